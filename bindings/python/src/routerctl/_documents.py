"""Documents: what was read and checked, the objects in it, and what is wrong with them."""
from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from . import _files
from ._call import Handle, Memory, check, make, new_context, text_in, text_out, written
from ._diagnostics import Diagnostics, Lazy, Place
from ._errors import DocumentError, UnreadableError
from ._native import ffi, lib
from ._plain import manifest

if TYPE_CHECKING:
    import datetime

    from ._rendering import Diff, Rendering
    from ._shape import Resource, SupportsToDict
    from ._world import Plans

Missing = Literal["warning", "error", "render"]
GraphFormat = Literal["mermaid", "dot", "svg", "text"]
_MISSING = {"warning": lib.RCTL_MISSING_WARNING, "error": lib.RCTL_MISSING_ERROR,
            "render": lib.RCTL_MISSING_RENDER}
_GRAPHS = {"mermaid": lib.RCTL_GRAPH_MERMAID, "dot": lib.RCTL_GRAPH_DOT,
           "svg": lib.RCTL_GRAPH_SVG, "text": lib.RCTL_GRAPH_TEXT}


class Progress(NamedTuple):
    """How far a call is. It is told before each file, and while one is worked on: then `memory`
    grows, and `done` stays."""

    phase: Literal["read", "check", "render"]
    name: str
    """The file or object that is being read."""
    done: int
    """Bytes that were read."""
    total: int
    """Bytes to read; pipes and objects are not counted."""
    memory: int
    """Bytes that the library holds."""


ProgressFunction = Callable[[Progress], object]


class Text(NamedTuple):
    """Text that is no file; `name` stands in places."""

    text: str | bytes
    name: str = "<string>"


if TYPE_CHECKING:
    Source = str | os.PathLike[str] | Text | Mapping[str, Any] | Resource | SupportsToDict
    """A path, a text, or an object: a mapping, a dataclass of this package, or one of the
    Kubernetes client's."""


@dataclass(frozen=True)
class Options:
    """What `load` was given besides sources."""

    namespace: str
    missing: Missing
    pass_through: bool
    max_diagnostics: int | None
    endpoints: Mapping[str, Source]
    progress: ProgressFunction | None


class Input(NamedTuple):
    """One text for the library; `read` opens the file when its turn has come."""

    name: bytes
    size: int
    is_object: bool
    read: Callable[[], bytes]


def _bytes_of(text: object) -> bytes:
    if isinstance(text, str):
        return text.encode()
    if isinstance(text, (bytes, bytearray, memoryview)):
        return bytes(text)
    raise TypeError(f"a text is a str or bytes, not {type(text).__name__}")


def inputs(sources: Iterable[Source]) -> list[Input]:
    """In the order given; a file that is reached twice is read once."""
    found: list[Input] = []
    finder = _files.Finder()
    for i, source in enumerate(sources):
        if isinstance(source, (str, os.PathLike)):
            before = len(finder.files)
            finder.operand(source)
            found.extend(Input(file.name, file.size, False, partial(_files.read, file))
                         for file in finder.files[before:])
            continue
        if isinstance(source, Text):
            name, data = text_in(source.name, "the name of a text"), _bytes_of(source.text)
        elif isinstance(source, (bytes, bytearray)):
            raise TypeError("bytes are no path; routerctl.Text(data) is text")
        else:
            data, name = manifest(source), f"<object {i}>".encode()
        found.append(Input(name, len(data), not isinstance(source, Text), partial(bytes, data)))
    if finder.errors:
        raise UnreadableError(finder.errors)
    return found


Kept = list[tuple[Input, bytes]]


def read_all(texts: Sequence[Input],
             each: Callable[[Input, bytes], object] = lambda text, data: None) -> Kept:
    """Hands each text on and returns all; what cannot be read is told when all were tried."""
    errors: list[OSError] = []
    kept: Kept = []
    for text in texts:
        try:
            data = text.read()
        except UnreadableError as error:
            errors.extend(error.errors)
            continue
        kept.append((text, data))
        if not errors:
            each(text, data)
    if errors:
        raise UnreadableError(errors)
    return kept


class Object:
    """One object of our kinds, as it was read."""

    __slots__ = ("_owner", "_pointer", "kind", "namespace", "name", "place", "has_errors")

    def __init__(self, owner: Handle, pointer: Any, objects: frozenset[str]) -> None:
        self._owner = owner
        self._pointer = pointer
        self.kind = text_out(lib.rctl_object_kind(pointer))
        self.namespace = text_out(lib.rctl_object_namespace(pointer))
        self.name = text_out(lib.rctl_object_name(pointer))
        self.has_errors = bool(lib.rctl_object_has_errors(pointer))
        place = lib.rctl_object_place(pointer)
        file = os.fsdecode(ffi.string(place.file)) if place.file else None
        hidden = file in objects
        self.place = Place(file, 0 if hidden else place.line, 0 if hidden else place.column)

    def get(self, path: str = "") -> Any:
        """The value at a path ("spec.routes[0].model"), as it was written; LookupError when
        nothing is there. Without a path: all of it."""
        name = text_in(path, "the path")
        with self._owner.lock:
            self._owner.get()
            return json.loads(written(lib.rctl_object_get, self._pointer, name))

    def to_dict(self) -> dict[str, Any]:
        """As it was written."""
        tree: dict[str, Any] = self.get()
        return tree

    def to_resource(self) -> Resource:
        """As a dataclass. Raises TypeError or ValueError for one that has errors."""
        from .kinds import KINDS
        return KINDS[self.kind].from_dict(self.get())

    def to_yaml(self) -> str:
        """With defaults filled in, references in their long form, and fields in order."""
        with self._owner.lock:
            self._owner.get()
            return written(lib.rctl_object_write, self._pointer)

    def __repr__(self) -> str:
        return f"<{self.kind} {self.namespace}/{self.name}>"


class Objects(Lazy[Object]):
    """The objects of our kinds, in the order read."""

    __slots__ = ("_owner", "_objects")

    def __init__(self, owner: Handle, objects: frozenset[str]) -> None:
        self._owner = owner
        self._objects = objects

    def _count(self) -> int:
        with self._owner.lock:
            pointer = self._owner.get()
            return int(lib.rctl_set_count(pointer))

    def _item(self, index: int) -> Object:
        with self._owner.lock:
            pointer = self._owner.get()
            return Object(self._owner, lib.rctl_set_get(pointer, index), self._objects)


class Documents:
    """Documents that were read and checked. What is read from them stays usable until they
    are closed; afterwards ClosedError is raised. `with` closes them; else they live as long
    as anything that came from them."""

    def __init__(self, sources: Sequence[Source], options: Options) -> None:
        self._options = options
        self._memory = Memory()
        self._rendering: Rendering | None = None
        texts = inputs(sources)
        self._objects = frozenset(text.name.decode() for text in texts if text.is_object)
        context = new_context(self._memory)
        self._handle = make(lib.rctl_set_new, "rctl_set", lib.rctl_set_free, context.get(),
                            self._set_options(), parent=context)
        self._feeds: list[tuple[bytes, Kept]] = []
        self._texts = self._read(texts)

    def _set_options(self) -> Any:
        given = self._options
        if given.missing not in _MISSING:
            raise ValueError(f"missing is one of {', '.join(_MISSING)}, not {given.missing!r}")
        most = given.max_diagnostics
        if most is not None and not 0 < most < 2**63:
            raise ValueError("max_diagnostics is a positive number, or None for all")
        self._namespace = ffi.new("char[]", text_in(given.namespace, "the namespace"))
        return ffi.new("rctl_set_options *", {
            "size": ffi.sizeof("rctl_set_options"), "default_namespace": self._namespace,
            "missing": _MISSING[given.missing], "keep_others": bool(given.pass_through),
            "max_diags": ffi.cast("size_t", -1) if most is None else most})

    # ---- reading ----

    def _read(self, texts: list[Input]) -> Kept:
        total = sum(text.size for text in texts)
        done = 0
        phase: Literal["read", "check"] = "read"
        name = ""

        def beat() -> None:
            self._tell(phase, name, done, total)

        def add(text: Input, data: bytes) -> None:
            nonlocal done, name
            name = os.fsdecode(text.name)
            beat()
            check(lib.rctl_set_add(pointer, text.name, ffi.from_buffer(data), len(data)))
            done += text.size

        def body() -> Kept:
            nonlocal phase, name
            kept = read_all(texts, add)
            for gateway, source in self._options.endpoints.items():
                found = read_all(inputs([source]))
                self._feeds.append((text_in(gateway, "a gateway"), found))
                for text, data in found:
                    check(lib.rctl_set_discover(pointer, self._feeds[-1][0], text.name,
                                                ffi.from_buffer(data), len(data)))
            phase, name = "check", ""
            beat()
            check(lib.rctl_set_check(pointer))
            return kept

        with self._handle.lock:
            pointer = self._handle.get_alone()
            return self._memory.watch(self._handle, beat, body)

    def _tell(self, phase: Literal["read", "check", "render"], name: str, done: int,
              total: int) -> None:
        progress = self._options.progress
        if progress is not None:
            progress(Progress(phase, name, done, total, self._memory.used))

    # ---- what is in it ----

    @property
    def diagnostics(self) -> Diagnostics:
        """Everything that is wrong so far; rendering may add to it."""
        return Diagnostics(self._handle, lib.rctl_set_diags, self._objects)

    @property
    def objects(self) -> Objects:
        return Objects(self._handle, self._objects)

    @property
    def document_count(self) -> int:
        """How many documents there were, those of other kinds included."""
        with self._handle.lock:
            pointer = self._handle.get()
            return int(lib.rctl_set_documents(pointer))

    @property
    def has_errors(self) -> bool:
        return self.diagnostics.total("error") > 0

    def check(self) -> Documents:
        """Raises DocumentError when there are errors; else returns these documents."""
        diagnostics = self.diagnostics
        total = diagnostics.total("error")
        if total:
            raise DocumentError(diagnostics.of("error"), total)
        return self

    # ---- what follows from it ----

    def render(self) -> Rendering:
        """The Kubernetes objects that serve what has no errors. What cannot be rendered adds
        errors to `diagnostics`. Rendered once, and kept."""
        from ._rendering import Rendering
        with self._handle.lock:
            if self._rendering is None or self._rendering.closed:
                pointer = self._handle.get_alone()
                handle = self._memory.watch(
                    self._handle, lambda: self._tell("render", "", 0, 0),
                    lambda: make(lib.rctl_render_new, "rctl_render", lib.rctl_render_free,
                                 pointer, parent=self._handle))
                self._rendering = Rendering(handle, self._handle, self._objects)
            return self._rendering

    def diff(self, newer: Documents) -> Diff:
        """What `newer` renders otherwise than these documents."""
        from ._rendering import diff
        return diff(self, newer)

    def plan(self, *world: Source, now: datetime.datetime | None = None) -> Plans:
        """What the operator would do if these documents were applied, in a cluster that has the
        objects of `world` (paths, texts or objects, as for `load`)."""
        from ._world import World
        made = World(namespace=self._options.namespace, now=now)
        made.add(*world)
        made._take(self._texts, self._feeds)
        return made.plans()

    def graph(self, format: GraphFormat = "mermaid") -> str:
        """A drawing of what refers to what."""
        if format not in _GRAPHS:
            raise ValueError(f"there is no format '{format}'; there are: {', '.join(_GRAPHS)}")
        with self._handle.lock:
            pointer = self._handle.get_alone()
            return written(lib.rctl_graph_write, pointer, _GRAPHS[format])

    # ---- life ----

    @property
    def closed(self) -> bool:
        return self._handle.closed

    def close(self) -> None:
        """Frees everything now. Once is enough, twice does no harm."""
        self._handle.close()

    def __enter__(self) -> Documents:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return "<Documents: closed>" if self.closed else \
            f"<Documents: {len(self.objects)} objects, {len(self.diagnostics)} diagnostics>"


def load(*sources: Source, namespace: str = "default", missing: Missing = "warning",
         pass_through: bool = False, max_diagnostics: int | None = 100,
         endpoints: Mapping[str, Source] | None = None,
         progress: ProgressFunction | None = None) -> Documents:
    """Reads and checks documents.

    A source is a path (a file, a folder, or "-" for standard input), a `Text`, or an object: a
    mapping, a dataclass of this package, or an object of the Kubernetes client. What is wrong
    with documents is told by `diagnostics` (see also `Documents.check`); UnreadableError is
    raised for files that cannot be read.

    namespace: of objects that name none.
    missing: what a reference to an object that is not among the sources is.
    pass_through: whether documents of other kinds are part of what is rendered.
    max_diagnostics: how many are kept of each severity; None keeps all.
    endpoints: for each gateway, what its discovery provider reads.
    progress: is called with a `Progress`; what it raises ends the call.
    """
    return Documents(sources, Options(namespace, missing, pass_through, max_diagnostics,
                                      endpoints or {}, progress))
