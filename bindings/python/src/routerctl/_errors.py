"""What the package raises. What is wrong with a document is a diagnostic first; it becomes
an exception where somebody asked for documents without errors."""
from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ._diagnostics import Diagnostic

SHOWN = 10


class RouterctlError(Exception):
    """The base of all exceptions of this package."""


class ClosedError(RouterctlError, ValueError):
    """Something was used after it, or what it belongs to, was closed."""


class LibraryError(RouterctlError):
    """The library broke a promise of its own. Please report it with the input."""

    def __init__(self, message: str, code: int) -> None:
        super().__init__(message)
        self.code = code


class UnreadableError(RouterctlError, OSError):
    """Files that could not be read; `errors` has one OSError for each."""

    def __init__(self, errors: Sequence[OSError]) -> None:
        first = errors[0]
        super().__init__(first.errno, first.strerror, first.filename)
        self.errors = tuple(errors)

    def __str__(self) -> str:
        return "\n".join(f"cannot read '{e.filename}': {e.strerror}" for e in self.errors)

    def __reduce__(self) -> tuple[type[UnreadableError], tuple[tuple[OSError, ...]]]:
        return UnreadableError, (self.errors,)


class DocumentError(RouterctlError, ValueError):
    """The documents have errors: `diagnostics` holds them, with their places. At most as many
    are kept as `max_diagnostics` allows; `total` counts all."""

    def __init__(self, diagnostics: Sequence[Diagnostic], total: int) -> None:
        super().__init__(diagnostics, total)
        self.diagnostics = tuple(diagnostics)
        self.total = total

    def __str__(self) -> str:
        lines = [str(diagnostic) for diagnostic in self.diagnostics[:SHOWN]]
        if self.total > len(lines):
            lines.append(f"and {self.total - len(lines)} more")
        return "\n".join(lines)
