# Made by cffi from the public headers of librouterctl when the package is built.
from typing import Any

ffi: Any
lib: Any
