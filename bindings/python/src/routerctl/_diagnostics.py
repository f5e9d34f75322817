"""Diagnostics: what is wrong with documents, as values that outlive the documents."""
from __future__ import annotations

import operator
import os
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeVar, overload

from ._call import Handle, check, path_in, text_or_none, text_out, written
from ._native import ffi, lib

Severity = Literal["error", "warning", "note"]
DiagnosticFormat = Literal["text", "json", "junit", "sarif", "github"]

_SEVERITIES: dict[int, Severity] = {
    lib.RCTL_SEVERITY_ERROR: "error",
    lib.RCTL_SEVERITY_WARNING: "warning",
    lib.RCTL_SEVERITY_NOTE: "note",
}
_FORMATS = {
    "text": lib.RCTL_DIAG_TEXT,
    "json": lib.RCTL_DIAG_JSON,
    "junit": lib.RCTL_DIAG_JUNIT,
    "sarif": lib.RCTL_DIAG_SARIF,
    "github": lib.RCTL_DIAG_GITHUB,
}


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a file. Lines and columns count from 1, columns in characters; 0 is unknown,
    as for everything that did not come as text."""

    file: str | None
    line: int
    column: int

    def __str__(self) -> str:
        where = "" if self.file is None else self.file
        return f"{where}:{self.line}:{self.column}" if self.line else where


@dataclass(frozen=True, slots=True)
class Related:
    """Another place that belongs to a diagnostic."""

    place: Place
    message: str


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One thing that is wrong, or worth knowing."""

    severity: Severity
    code: str
    """Stable pair of words, such as "engine.missing-key"; `explain(code)` tells more."""
    place: Place
    object: str | None
    """"InferenceService/default/chat"."""
    path: str | None
    """"spec.engineConfig[\\"max-num-seqs\\"]"."""
    message: str
    hint: str | None
    related: tuple[Related, ...]

    @property
    def file(self) -> str | None:
        return self.place.file

    @property
    def line(self) -> int:
        return self.place.line

    @property
    def column(self) -> int:
        return self.place.column

    def __str__(self) -> str:
        """As compilers write it, so that editors jump to the place."""
        where = [str(self.place)] if str(self.place) else []
        if not self.place.line and self.object:
            where.append(self.object)
        path = f"{self.path}: " if self.path else ""
        lines = [": ".join([*where, self.severity, f"{path}{self.message} [{self.code}]"])]
        if self.hint:
            lines.append(f"  hint: {self.hint}")
        lines += [f"{related.place}: note: {related.message}" for related in self.related]
        return "\n".join(lines)


T = TypeVar("T")


class Lazy(Sequence[T]):
    """A sequence whose items are made when they are asked for; `_count` and `_item` know how."""

    __slots__ = ()

    def _count(self) -> int:
        raise NotImplementedError

    def _item(self, index: int) -> T:
        raise NotImplementedError

    def __len__(self) -> int:
        return self._count()

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> list[T]: ...

    def __getitem__(self, index: int | slice) -> T | list[T]:
        n = self._count()
        if isinstance(index, slice):
            return [self._item(i) for i in range(*index.indices(n))]
        at = operator.index(index)
        if not -n <= at < n:
            raise IndexError(f"{at} is not within the {n} there are")
        return self._item(at + n if at < 0 else at)

    def __iter__(self) -> Iterator[T]:
        for i in range(self._count()):
            yield self._item(i)

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self._count()}>"


class Diagnostics(Lazy[Diagnostic]):
    """All diagnostics of documents, in order of file, line, column and code. At most as many
    of each severity are kept as `max_diagnostics` said; `total` counts all."""

    __slots__ = ("_owner", "_pointer", "_objects")

    def __init__(self, owner: Handle, find: Callable[[Any], Any],
                 objects: Collection[str] = ()) -> None:
        with owner.lock:
            pointer = owner.get()
            self._pointer = find(pointer)
        self._owner = owner
        self._objects = objects  # names that stand for objects, which have no lines

    def _count(self) -> int:
        with self._owner.lock:
            self._owner.get()
            return int(lib.rctl_diags_count(self._pointer))

    def _place(self, place: Any) -> Place:
        file = os.fsdecode(ffi.string(place.file)) if place.file else None
        if file in self._objects:
            return Place(file, 0, 0)
        return Place(file, place.line, place.column)

    def _item(self, index: int) -> Diagnostic:
        diag = ffi.new("rctl_diag *")
        with self._owner.lock:
            self._owner.get()
            check(lib.rctl_diags_get(self._pointer, index, diag))
            return Diagnostic(
                severity=_SEVERITIES[diag.severity],
                code=text_out(diag.code),
                place=self._place(diag.place),
                object=text_or_none(diag.object),
                path=text_or_none(diag.path),
                message=text_out(diag.message),
                hint=text_or_none(diag.hint),
                related=tuple(Related(self._place(diag.related[i]),
                                      text_out(diag.related_messages[i]))
                              for i in range(diag.n_related)),
            )

    def total(self, severity: Severity) -> int:
        """How many there are of a severity, those that were not kept included."""
        for number, name in _SEVERITIES.items():
            if name == severity:
                with self._owner.lock:
                    self._owner.get()
                    return int(lib.rctl_diags_total(self._pointer, number))
        raise ValueError(f"there is no severity '{severity}'")

    def of(self, severity: Severity) -> list[Diagnostic]:
        """Those of one severity that were kept."""
        return [diagnostic for diagnostic in self if diagnostic.severity == severity]

    def format(self, format: DiagnosticFormat = "text", *, color: bool = False,
               files: Sequence[str] = ()) -> str:
        """The whole list as `rctl validate -o` prints it. `files` are those that were read, so
        that JUnit shows clean ones."""
        if format not in _FORMATS:
            raise ValueError(f"there is no format '{format}'; there are: {', '.join(_FORMATS)}")
        names = [ffi.new("char[]", path_in(name)) for name in files]
        array = ffi.new("char *[]", names)
        options = ffi.new("rctl_diag_format_options *", {
            "size": ffi.sizeof("rctl_diag_format_options"), "color": bool(color),
            "files": array, "n_files": len(names)})
        with self._owner.lock:
            self._owner.get()
            return written(lib.rctl_diags_write, self._pointer, _FORMATS[format], options)
