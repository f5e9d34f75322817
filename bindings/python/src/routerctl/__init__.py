"""Router Controller: from the custom resources of an LLM serving stack to the Kubernetes
objects that serve them, and everything that is wrong with them.

    documents = routerctl.load("manifests/").check()
    print(documents.render().format())

The classes of the kinds (`InferenceService` and the rest) are loaded when they are first used.
"""
from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from ._diagnostics import Diagnostic, Diagnostics, Place, Related
from ._documents import Documents, Object, Objects, Progress, Text, load
from ._errors import ClosedError, DocumentError, LibraryError, RouterctlError, UnreadableError
from ._rendering import ABSENT, Change, Difference, Manifest, Rendering, diff
from ._tables import Code, codes, crd, explain, version
from ._world import Action, Key, Plan, Plans, World

if TYPE_CHECKING:
    from .kinds import *  # noqa: F403

__version__ = version()

__all__ = [
    "ABSENT", "Action", "Change", "ClosedError", "Code", "Diagnostic", "Diagnostics",
    "Difference", "DocumentError", "Documents", "Key", "LibraryError", "Manifest", "Object",
    "Objects", "Place", "Plan", "Plans", "Progress", "Related", "Rendering", "RouterctlError",
    "Text", "UnreadableError", "World", "codes", "crd", "diff", "explain", "load", "version",
]


def __getattr__(name: str) -> Any:
    # Half a hundred dataclasses take longer to make than all else takes to import.
    if not name.startswith("_"):
        kinds = import_module(".kinds", __name__)
        if name in kinds.__all__:
            return getattr(kinds, name)
        if name == "kinds":
            return kinds
    raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
