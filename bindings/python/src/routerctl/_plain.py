"""From what Python programs have (mappings, dataclasses of this package, objects of the
official Kubernetes client) to plain dicts, lists and scalars. What no manifest can say raises
TypeError or ValueError with the path where it stands."""
from __future__ import annotations

import datetime
import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

DEEPEST = 100
MOST_VALUES = 8_000_000


class Path:
    """A path that costs nothing until it is printed."""

    __slots__ = ("parent", "key")

    def __init__(self, parent: Path | None, key: str | int) -> None:
        self.parent = parent
        self.key = key

    def __str__(self) -> str:
        keys: list[str | int] = []
        at: Path | None = self
        while at:
            keys.append(at.key)
            at = at.parent
        text = ""
        for key in reversed(keys):
            if isinstance(key, int):
                text += f"[{key}]"
            elif not key.replace("_", "").isalnum():
                text += f"[{json.dumps(key)}]"
            else:
                text += f".{key}" if text else key
        return text


def complain(path: Path | None, text: str) -> str:
    return f"{path}: {text}" if path else text


def name_of(value: object) -> str:
    return type(value).__name__


class _Walk:
    def __init__(self) -> None:
        self.open: set[int] = set()
        self.values = 0

    def value(self, value: Any, path: Path | None) -> Any:
        self.values += 1
        if self.values > MOST_VALUES:
            raise ValueError(f"there are more than {MOST_VALUES} values")
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, str):
            return plain_str(value, path)
        if isinstance(value, int):
            return plain_int(value, path)
        if isinstance(value, float):
            return plain_float(value, path)
        if isinstance(value, datetime.datetime):
            return plain_time(value, path)
        if isinstance(value, (bytes, bytearray, memoryview)):
            raise TypeError(complain(path, f"{name_of(value)} is not text; decode it first"))
        return self.container(value, path)

    def container(self, value: Any, path: Path | None) -> Any:
        if id(value) in self.open:
            raise ValueError(complain(path, "this contains itself"))
        if len(self.open) >= DEEPEST:
            raise ValueError(f"values are nested more than {DEEPEST} deep")
        self.open.add(id(value))
        try:
            if isinstance(value, Mapping):
                return {self.key(key, path): self.value(item, Path(path, key))
                        for key, item in value.items()}
            if isinstance(value, Sequence):
                return [self.value(item, Path(path, i)) for i, item in enumerate(value)]
            return self.foreign(value, path)
        finally:
            self.open.discard(id(value))

    def key(self, key: object, path: Path | None) -> str:
        if not isinstance(key, str):
            raise TypeError(complain(path, f"a key must be a str, not {name_of(key)}"))
        return plain_str(key, path)

    def foreign(self, value: Any, path: Path | None) -> Any:
        """An object with `attribute_map`, as the official client's models have it, or with
        `to_dict()`, as its dynamic client's and our own have it."""
        names = getattr(value, "attribute_map", None)
        if isinstance(names, Mapping) and not isinstance(value, type):
            found = ((wire, getattr(value, attribute)) for attribute, wire in names.items())
            return {wire: self.value(item, Path(path, wire))
                    for wire, item in found if item is not None}
        if callable(getattr(value, "to_dict", None)) and not isinstance(value, type):
            return self.value(value.to_dict(), path)
        raise TypeError(complain(path, f"{name_of(value)} has no place in a manifest"))


def plain_str(value: str, path: Path | None) -> str:
    text = str.__str__(value)
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            raise ValueError(complain(path, "the text holds a lone surrogate")) from None
    return text


def plain_int(value: int, path: Path | None) -> int:
    number = int(value)
    if not -2**63 <= number < 2**63:
        raise ValueError(complain(path, "the number does not fit into 64 bits"))
    return number


def plain_float(value: float, path: Path | None) -> float:
    number = float(value)
    if not math.isfinite(number):
        raise ValueError(complain(path, f"{number} is no number that JSON knows"))
    return number


def plain_time(value: datetime.datetime, path: Path | None) -> str:
    if value.tzinfo is None:
        raise ValueError(complain(path, "the time has no time zone"))
    return value.astimezone(datetime.timezone.utc).isoformat().replace("+00:00", "Z")


def plain(value: Any, path: Path | None = None) -> Any:
    return _Walk().value(value, path)


def manifest(value: Any) -> bytes:
    """A whole object as JSON for the library."""
    tree = plain(value)
    if not isinstance(tree, dict):
        raise TypeError(f"a manifest is a mapping or an object, not {name_of(value)}")
    return json.dumps(tree, ensure_ascii=False, allow_nan=False,
                      separators=(",", ":")).encode()
