"""Rendered objects, and two renderings compared."""
from __future__ import annotations

import json
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any, Literal

from ._call import Handle, check, make, text_or_none, text_out, write_to, written
from ._diagnostics import Lazy
from ._native import ffi, lib

if TYPE_CHECKING:
    from ._documents import Documents, Object

Format = Literal["yaml", "json", "explain"]
_FORMATS = {"yaml": lib.RCTL_RENDER_YAML, "json": lib.RCTL_RENDER_JSON,
            "explain": lib.RCTL_RENDER_YAML_EXPLAIN}


def _format(name: str) -> int:
    if name not in _FORMATS:
        raise ValueError(f"there is no format '{name}'; there are: {', '.join(_FORMATS)}")
    return int(_FORMATS[name])


class Manifest:
    """One rendered object."""

    __slots__ = ("_owner", "_index", "_made_by", "api_version", "kind", "namespace", "name")

    def __init__(self, owner: Rendering, index: int, manifest: Any) -> None:
        self._owner = owner
        self._index = index
        self._made_by = manifest.owner
        self.api_version = text_out(manifest.api_version)
        self.kind = text_out(manifest.kind)
        self.namespace = text_or_none(manifest.name_space) or None
        self.name = text_out(manifest.name)

    @property
    def owner(self) -> Object | None:
        """The object that asks for it; None for a document that was passed through."""
        return self._owner._object(self._made_by) if self._made_by else None

    def format(self, format: Format = "yaml") -> str:
        """As YAML, as JSON, or as YAML with a comment on what made each argument."""
        number = _format(format)
        with self._owner._handle.lock:
            pointer = self._owner._handle.get()
            return written(lib.rctl_render_write, pointer, self._index, number)

    def to_dict(self) -> dict[str, Any]:
        tree: dict[str, Any] = json.loads(self.format("json"))
        return tree

    def __repr__(self) -> str:
        space = f"{self.namespace}/" if self.namespace else ""
        return f"<{self.kind} {space}{self.name}>"


class Rendering(Lazy[Manifest]):
    """What was rendered. The order depends on names only."""

    __slots__ = ("_handle", "_set", "_objects", "__weakref__")

    def __init__(self, handle: Handle, owner: Handle, objects: frozenset[str]) -> None:
        self._handle = handle
        self._set = owner
        self._objects = objects

    def _count(self) -> int:
        with self._handle.lock:
            pointer = self._handle.get()
            return int(lib.rctl_render_count(pointer))

    def _item(self, index: int) -> Manifest:
        manifest = ffi.new("rctl_manifest *")
        with self._handle.lock:
            pointer = self._handle.get()
            check(lib.rctl_render_get(pointer, index, manifest))
            return Manifest(self, index, manifest)

    def _object(self, pointer: Any) -> Object:
        from ._documents import Object
        with self._handle.lock:
            self._handle.get()
            return Object(self._set, pointer, self._objects)

    def format(self, format: Format = "yaml") -> str:
        """All of it, as `rctl render` prints it."""
        number = _format(format)
        with self._handle.lock:
            pointer = self._handle.get()
            return written(lib.rctl_render_write_all, pointer, number)

    def write(self, file: IO[bytes], format: Format = "yaml") -> None:
        """The same into a binary file, piece by piece. What the file raises is raised here."""
        number = _format(format)

        def take(data: bytes) -> None:
            while data:  # a raw file may take less than it is given
                taken = file.write(data)
                data = b"" if taken is None else data[taken:]

        with self._handle.lock:
            pointer = self._handle.get()
            write_to(self._handle, take, lib.rctl_render_write_all, pointer, number)

    @property
    def closed(self) -> bool:
        return self._handle.closed

    def close(self) -> None:
        """Ends its use. Most of its memory belongs to the documents, and goes with them."""
        self._handle.close()

    def __enter__(self) -> Rendering:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


# ---- two renderings compared ----

class Absent:
    """The value of a field that is not there."""

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT = Absent()


@dataclass(frozen=True, slots=True)
class Difference:
    """A place where two versions of an object differ."""

    path: str
    old: Any
    new: Any


@dataclass(frozen=True, slots=True)
class Change:
    """An object that came, went or changed."""

    type: Literal["added", "removed", "changed"]
    api_version: str
    kind: str
    namespace: str | None
    name: str
    restarts: bool
    """Whether its pods are replaced."""
    immutable: str | None
    """A path that cannot be changed in place."""
    places: tuple[Difference, ...]


Diff = tuple[Change, ...]
_TYPES: dict[int, Literal["added", "removed", "changed"]] = {
    lib.RCTL_CHANGE_ADDED: "added", lib.RCTL_CHANGE_REMOVED: "removed",
    lib.RCTL_CHANGE_CHANGED: "changed"}


def _value(pointer: Any, index: int, place: int, newer: bool) -> Any:
    try:
        return json.loads(written(lib.rctl_diff_write_value, pointer, index, place, newer))
    except LookupError:
        return ABSENT


def _change(pointer: Any, index: int) -> Change:
    change = ffi.new("rctl_change *")
    check(lib.rctl_diff_get(pointer, index, change))
    return Change(
        type=_TYPES[change.type],
        api_version=text_out(change.manifest.api_version),
        kind=text_out(change.manifest.kind),
        namespace=text_or_none(change.manifest.name_space) or None,
        name=text_out(change.manifest.name),
        restarts=bool(change.restarts),
        immutable=text_or_none(change.immutable),
        places=tuple(Difference(text_out(lib.rctl_diff_path(pointer, index, place)),
                                _value(pointer, index, place, False),
                                _value(pointer, index, place, True))
                     for place in range(change.n_places)))


def diff(old: Documents, new: Documents) -> Diff:
    """What two sets of documents render otherwise, as an API server compares: quantities by
    amount, lists by what identifies their items. In the order of `new`; what is gone is last."""
    renderings = [old.render()._handle, new.render()._handle]
    # Two gates are always passed in the same order, so that no two threads wait for each other.
    first, second = sorted(renderings, key=lambda handle: id(handle.gate))
    with first.lock, second.lock:
        handle = make(lib.rctl_diff_new, "rctl_diff", lib.rctl_diff_free,
                      renderings[0].get(), renderings[1].get(), keep=renderings)
        pointer = handle.get()
        changes = tuple(_change(pointer, i) for i in range(lib.rctl_diff_count(pointer)))
        handle.close()
    return changes
