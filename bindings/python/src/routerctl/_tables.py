"""What the tables of the library say."""
from __future__ import annotations

from typing import NamedTuple

from ._call import Memory, check, new_context, text_in, text_out, written
from ._diagnostics import _SEVERITIES, Severity
from ._native import ffi, lib


class Code(NamedTuple):
    """What a code of diagnostics means."""

    code: str
    severity: Severity
    meaning: str
    example: str
    fix: str


def version() -> str:
    """The version of the library in use."""
    return text_out(lib.rctl_version())


def codes() -> list[Code]:
    """All codes of diagnostics, in order of name."""
    info = ffi.new("rctl_code_info *")
    found = []
    for i in range(lib.rctl_codes_count()):
        check(lib.rctl_codes_get(i, info))
        found.append(Code(text_out(info.code), _SEVERITIES[info.severity],
                          text_out(info.meaning), text_out(info.example), text_out(info.fix)))
    return found


def explain(topic: str) -> str:
    """Explains a code of diagnostics, a kind, a field, an engine, a router or one of their
    flags, as `rctl explain` does. LookupError when it is none of these."""
    name = text_in(topic, "the topic")
    context = new_context(Memory())  # held until the call is over
    try:
        return written(lib.rctl_explain, context.get(), name)
    except LookupError:
        raise LookupError(f"nothing is called '{topic}'") from None


def crd(kind: str) -> str:
    """The CustomResourceDefinition of a kind, as YAML. LookupError for other kinds."""
    name = text_in(kind, "the kind")
    context = new_context(Memory())  # held until the call is over
    try:
        return written(lib.rctl_gen_crd, context.get(), name)
    except LookupError:
        raise LookupError(f"there is no kind '{kind}'") from None
