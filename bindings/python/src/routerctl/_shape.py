"""What the dataclasses of kinds.py can do, and how their values are checked and converted.
kinds.py itself holds rows alone. Values are checked for their types here; all else is told by
the library, as diagnostics."""
from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Protocol, TypeVar

from ._plain import Path, complain, name_of, plain, plain_float, plain_int, plain_str

S = TypeVar("S", bound="Shape")


class SupportsToDict(Protocol):
    """A model of the official Kubernetes client, or anything that looks like one."""

    def to_dict(self) -> Any: ...


KubernetesObject = Mapping[str, Any] | SupportsToDict
"""What a pod takes there: a mapping, or an object of the official client."""


class Converter:
    """Both ways between a member and its plain form."""

    __slots__ = ()

    def encode(self, value: Any, path: Path | None, defaults: bool) -> Any:
        raise NotImplementedError

    def decode(self, value: Any, path: Path | None) -> Any:
        return self.encode(value, path, False)


def wrong(path: Path | None, wanted: str, value: object) -> TypeError:
    return TypeError(complain(path, f"{wanted} is wanted, not {name_of(value)}"))


class Scalar(Converter):
    __slots__ = ("types", "name")

    def __init__(self, name: str, *types: type) -> None:
        self.types = types
        self.name = name

    def encode(self, value: Any, path: Path | None, defaults: bool) -> Any:
        # bool is an int for Python, but not for a manifest.
        if not isinstance(value, self.types) or \
                (isinstance(value, bool) and bool not in self.types):
            raise wrong(path, self.name, value)
        if isinstance(value, str):
            return plain_str(value, path)
        if isinstance(value, float):
            return plain_float(value, path)
        if isinstance(value, int) and not isinstance(value, bool):
            return plain_int(value, path)
        return value


class Anything(Converter):
    __slots__ = ()

    def encode(self, value: Any, path: Path | None, defaults: bool) -> Any:
        return plain(value, path)


class Foreign(Converter):
    """An object of Kubernetes itself, which is passed on."""

    __slots__ = ()

    def encode(self, value: Any, path: Path | None, defaults: bool) -> Any:
        tree = plain(value, path)
        if not isinstance(tree, dict):
            raise wrong(path, "a mapping or an object of the Kubernetes client", value)
        return tree


class Nested(Converter):
    __slots__ = ("shape",)

    def __init__(self, shape: type[Shape]) -> None:
        self.shape = shape

    def encode(self, value: Any, path: Path | None, defaults: bool) -> Any:
        if not isinstance(value, self.shape):
            raise wrong(path, self.shape.__name__, value)
        return value._encode(path, defaults)

    def decode(self, value: Any, path: Path | None) -> Any:
        return self.shape._decode(value, path)


class Named(Nested):
    """A reference, which may also be a bare name."""

    __slots__ = ()

    def encode(self, value: Any, path: Path | None, defaults: bool) -> Any:
        if isinstance(value, str):
            return plain_str(value, path)
        return super().encode(value, path, defaults)

    def decode(self, value: Any, path: Path | None) -> Any:
        return plain_str(value, path) if isinstance(value, str) else super().decode(value, path)


class List(Converter):
    __slots__ = ("item",)

    def __init__(self, item: Converter) -> None:
        self.item = item

    def _items(self, value: Any, path: Path | None) -> Sequence[Any]:
        if not isinstance(value, Sequence) or isinstance(value, (str, bytes, bytearray)):
            raise wrong(path, "a list", value)
        return value

    def encode(self, value: Any, path: Path | None, defaults: bool) -> Any:
        return [self.item.encode(item, Path(path, i), defaults)
                for i, item in enumerate(self._items(value, path))]

    def decode(self, value: Any, path: Path | None) -> Any:
        return [self.item.decode(item, Path(path, i))
                for i, item in enumerate(self._items(value, path))]


class Map(Converter):
    __slots__ = ("item",)

    def __init__(self, item: Converter) -> None:
        self.item = item

    def encode(self, value: Any, path: Path | None, defaults: bool) -> Any:
        if not isinstance(value, Mapping):
            raise wrong(path, "a mapping", value)
        for key in value:
            if not isinstance(key, str):
                raise TypeError(complain(path, f"a key must be a str, not {name_of(key)}"))
        return {plain_str(key, path): self.item.encode(item, Path(path, key), defaults)
                for key, item in value.items()}


STR = Scalar("str", str)
INT = Scalar("int", int)
NUM = Scalar("float", float, int)
BOOL = Scalar("bool", bool)
QUANTITY = Scalar("str, int or float", str, int, float)
ANY = Anything()
FOREIGN = Foreign()

Rows = dict[str, tuple[str, Converter]]
"""Member -> name in manifests, and converter."""


def _fields(shape: Any) -> tuple[dataclasses.Field[Any], ...]:
    return dataclasses.fields(shape)


class Shape:
    """A part of an object. Members that are None, or that say no more than their default, are
    not written."""

    __slots__ = ()
    _rows: ClassVar[Rows]

    def to_dict(self, *, defaults: bool = False) -> dict[str, Any]:
        """The plain form, with the names that manifests use. TypeError and ValueError tell what
        no manifest can hold; whether the values make sense is for `load` to say. With
        `defaults`, members that hold their default are written, too."""
        return self._encode(None, defaults)

    @classmethod
    def from_dict(cls: type[S], tree: Mapping[str, Any]) -> S:
        """From the plain form. Raises TypeError or ValueError, also for unknown fields."""
        return cls._decode(tree, None)

    def _encode(self, path: Path | None, defaults: bool) -> dict[str, Any]:
        tree: dict[str, Any] = {}
        for field in _fields(type(self)):
            value = getattr(self, field.name)
            wire, converter = self._rows[field.name]
            default = field.default
            if value is None:
                if default is dataclasses.MISSING:
                    raise TypeError(complain(Path(path, wire), "a value is wanted, not None"))
            elif defaults or type(value) is not type(default) or value != default:
                tree[wire] = converter.encode(value, Path(path, wire), defaults)
        return tree

    @classmethod
    def _decode(cls: type[S], tree: Any, path: Path | None) -> S:
        if not isinstance(tree, Mapping):
            raise wrong(path, "a mapping", tree)
        attributes = {wire: (name, converter) for name, (wire, converter) in cls._rows.items()}
        members: dict[str, Any] = {}
        for wire, value in tree.items():
            if wire not in attributes:
                raise ValueError(complain(path, f"{cls.__name__} has no field '{wire}'"))
            if value is not None:
                name, converter = attributes[wire]
                members[name] = converter.decode(value, Path(path, wire))
        for field in _fields(cls):
            if field.default is dataclasses.MISSING and field.name not in members:
                raise ValueError(complain(path, f"'{cls._rows[field.name][0]}' is missing"))
        return cls(**members)


class Resource(Shape):
    """An object of one of our kinds."""

    __slots__ = ()
    api_version: ClassVar[str]
    kind: ClassVar[str]

    def _encode(self, path: Path | None, defaults: bool) -> dict[str, Any]:
        tree = {"apiVersion": self.api_version, "kind": self.kind}
        tree.update(super()._encode(path, defaults))
        return tree

    @classmethod
    def _decode(cls: type[S], tree: Any, path: Path | None) -> S:
        if not isinstance(tree, Mapping):
            raise wrong(path, "a mapping", tree)
        rest = dict(tree)
        for wire, name in (("apiVersion", "api_version"), ("kind", "kind")):
            wanted = getattr(cls, name, None)
            given = rest.pop(wire, None)
            if given != wanted:
                raise ValueError(f"{wire}: '{wanted}' is wanted, not {given!r}")
        return super()._decode(rest, path)
