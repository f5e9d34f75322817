"""The operator as a function: from what a cluster has to what is to be written."""
from __future__ import annotations

import datetime
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeVar

from ._call import Handle, Memory, check, make, new_context, text_in, text_or_none, text_out, \
    written
from ._diagnostics import Diagnostics, Lazy
from ._documents import Kept, inputs, read_all
from ._native import ffi, lib

if TYPE_CHECKING:
    from ._documents import Source

ActionType = Literal["apply", "delete", "status", "event", "probe"]
Precondition = Literal["none", "absent", "uid"]
ProbeResult = Literal["healthy", "unhealthy", "refused"]
_TYPES: dict[int, ActionType] = {
    lib.RCTL_ACTION_APPLY: "apply", lib.RCTL_ACTION_DELETE: "delete",
    lib.RCTL_ACTION_STATUS: "status", lib.RCTL_ACTION_EVENT: "event",
    lib.RCTL_ACTION_PROBE: "probe"}
_PRECONDITIONS: dict[int, Precondition] = {
    lib.RCTL_PRECONDITION_NONE: "none", lib.RCTL_PRECONDITION_ABSENT: "absent",
    lib.RCTL_PRECONDITION_UID: "uid"}
_PROBES = {"healthy": lib.RCTL_PROBE_HEALTHY, "unhealthy": lib.RCTL_PROBE_UNHEALTHY,
           "refused": lib.RCTL_PROBE_REFUSED}
_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
R = TypeVar("R")
_MICROSECOND = datetime.timedelta(microseconds=1)


def to_time(moment: datetime.datetime) -> int:
    """The library's time, in nanoseconds."""
    if not isinstance(moment, datetime.datetime):
        raise TypeError(f"a datetime is wanted, not {type(moment).__name__}")
    if moment.tzinfo is None:
        raise ValueError("the time has no time zone")
    nanoseconds = (moment - _EPOCH) // _MICROSECOND * 1000
    if not -2**63 <= nanoseconds < 2**63:
        raise ValueError("the time is outside of the years 1678 to 2261")
    return nanoseconds


def from_time(nanoseconds: int) -> datetime.datetime | None:
    return _EPOCH + nanoseconds // 1000 * _MICROSECOND if nanoseconds else None


class Key(NamedTuple):
    """Names an object of our kinds."""

    kind: str
    namespace: str
    name: str


@dataclass(frozen=True, slots=True)
class Action:
    """One write, or a probe, that a plan wants. Members that do not concern its type are None
    or False."""

    type: ActionType
    api_version: str | None
    kind: str | None
    plural: str | None
    namespace: str | None
    name: str | None
    precondition: Precondition
    """"absent": nothing of that name exists, apply without force. "uid": see `uid`."""
    uid: str | None
    reason: str | None
    message: str | None
    warning: bool
    restarts: bool
    """Whether pods are replaced."""
    replaces: bool
    """A delete after which the next plan makes the object anew, as `immutable` differs."""
    immutable: str | None
    paths: tuple[str, ...]
    """Where an object that exists differs; at most 20."""
    url: str | None
    timeout: float
    """Of one attempt of a probe, in seconds."""
    _plan: Plan = field(repr=False, compare=False)
    _index: int = field(repr=False, compare=False)

    @property
    def body(self) -> dict[str, Any] | None:
        """What is applied; None for types that have no body."""
        with self._plan._handle.lock:
            pointer = self._plan._handle.get()
            try:
                text = written(lib.rctl_plan_write_body, pointer, self._index)
            except LookupError:
                return None
        tree: dict[str, Any] = json.loads(text)
        return tree


class Plan(Lazy[Action]):
    """What is to be done for one object: actions in their order; the first that fails ends it."""

    __slots__ = ("_handle", "key", "wake_at", "refusal")

    def __init__(self, handle: Handle, key: Key) -> None:
        self._handle = handle
        self.key = key
        with handle.lock:
            pointer = handle.get()
            self.wake_at = from_time(lib.rctl_plan_wake_at(pointer))
            """When to plan again even if nothing changes, or None."""
            self.refusal = text_or_none(lib.rctl_plan_refusal(pointer))
            """Why the object is not accepted, or None."""

    def _count(self) -> int:
        with self._handle.lock:
            pointer = self._handle.get()
            return int(lib.rctl_plan_count(pointer))

    def _item(self, index: int) -> Action:
        action = ffi.new("rctl_action *")
        with self._handle.lock:
            pointer = self._handle.get()
            check(lib.rctl_plan_get(pointer, index, action))
            return Action(
                type=_TYPES[action.type],
                api_version=text_or_none(action.api_version),
                kind=text_or_none(action.kind),
                plural=text_or_none(action.plural),
                namespace=text_or_none(action.name_space),
                name=text_or_none(action.name),
                precondition=_PRECONDITIONS[action.precondition],
                uid=text_or_none(action.uid),
                reason=text_or_none(action.reason),
                message=text_or_none(action.message),
                warning=bool(action.warning),
                restarts=bool(action.restarts),
                replaces=bool(action.replaces),
                immutable=text_or_none(action.immutable),
                paths=tuple(text_out(action.paths[i]) for i in range(action.n_paths)),
                url=text_or_none(action.url),
                timeout=action.timeout / 1e9,
                _plan=self,
                _index=index)

    def to_dict(self) -> dict[str, Any]:
        """All of it, as `rctl plan -o json` prints it."""
        with self._handle.lock:
            pointer = self._handle.get()
            tree: dict[str, Any] = json.loads(written(lib.rctl_plan_write, pointer))
        return tree


class Plans(Lazy[Plan]):
    """The plans of all objects of a world, in an order of names; each is made when it is asked
    for."""

    __slots__ = ("world", "_keys")

    def __init__(self, world: World) -> None:
        self.world = world
        self._keys = world.keys()

    def _count(self) -> int:
        return len(self._keys)

    def _item(self, index: int) -> Plan:
        return self.world.reconcile(*self._keys[index])

    @property
    def diagnostics(self) -> Diagnostics:
        """What is wrong with the texts and objects; complete once a plan was made."""
        return self.world.diagnostics


class World:
    """A snapshot of a cluster. Fill it with `add`, then with `edit`; once a plan was made from
    it, it does not change any more."""

    def __init__(self, *, namespace: str = "default", probes: bool = True,
                 now: datetime.datetime | None = None) -> None:
        moment = to_time(datetime.datetime.now(datetime.timezone.utc) if now is None else now)
        self._space = ffi.new("char[]", text_in(namespace, "the namespace"))
        self._objects: set[str] = set()
        self._planned = False
        self._memory = Memory()
        context = new_context(self._memory)
        options = ffi.new("rctl_world_options *", {
            "size": ffi.sizeof("rctl_world_options"), "default_namespace": self._space,
            "no_probes": not probes})
        self._handle = make(lib.rctl_world_new, "rctl_world", lib.rctl_world_free,
                            context.get(), options, parent=context)
        self._change(lib.rctl_world_set_now, moment)

    def _run(self, body: Callable[[Any], R]) -> R:
        """A call that Ctrl-C can end. A world that was left half done is closed."""
        with self._handle.lock:
            pointer = self._handle.get_alone()
            try:
                return self._memory.watch(self._handle, lambda: None, lambda: body(pointer))
            except (KeyboardInterrupt, MemoryError):
                self.close()
                raise

    def _change(self, call: Callable[..., int], *args: object) -> None:
        if self._planned:
            raise RuntimeError("a world does not change once a plan was made from it")
        self._run(lambda pointer: check(call(pointer, *args)))

    def _fill(self, call: Callable[..., int], kept: Kept) -> None:
        for text, data in kept:
            if text.is_object:
                self._objects.add(text.name.decode())
            self._change(call, text.name, ffi.from_buffer(data), len(data))

    def _take(self, kept: Kept, feeds: list[tuple[bytes, Kept]]) -> None:
        self._fill(lib.rctl_world_edit, kept)
        for gateway, found in feeds:
            for text, data in found:
                self._change(lib.rctl_world_discover, gateway, text.name, ffi.from_buffer(data),
                             len(data))

    def add(self, *sources: Source) -> None:
        """What was observed: objects as an API server gives them, or lists of them. Kinds that
        no controller reads are passed over."""
        self._fill(lib.rctl_world_add, read_all(inputs(sources)))

    def edit(self, *sources: Source) -> None:
        """What is about to be applied; after all of `add`."""
        self._fill(lib.rctl_world_edit, read_all(inputs(sources)))

    def add_probe(self, url: str, result: ProbeResult, *, at: datetime.datetime,
                  in_a_row: int = 1, body: bytes | None = None) -> None:
        """What came of a probe that a plan asked for."""
        if result not in _PROBES:
            raise ValueError(f"result is one of {', '.join(_PROBES)}, not {result!r}")
        if not 0 < in_a_row < 2**32:
            raise ValueError("in_a_row must be at least 1, and fit into 32 bits")
        where = ffi.new("char[]", text_in(url, "the URL"))
        answer = ffi.NULL if body is None else ffi.from_buffer(body)
        self._change(lib.rctl_world_add_probe, ffi.new("rctl_probe *", {
            "size": ffi.sizeof("rctl_probe"), "url": where, "result": _PROBES[result],
            "in_a_row": in_a_row, "at": to_time(at), "body": answer,
            "body_len": len(body or b"")}))

    def keys(self) -> list[Key]:
        """The objects of our kinds, in an order of names."""
        keys: list[Key] = []
        found = ffi.new("rctl_key *")

        def read(pointer: Any) -> None:
            while (code := lib.rctl_world_key(pointer, len(keys), found)) == lib.RCTL_OK:
                keys.append(Key(text_out(found.kind), text_out(found.name_space),
                                text_out(found.name)))
            if code != lib.RCTL_E_NOT_FOUND:
                check(code)

        self._planned = True
        self._run(read)
        return keys

    def reconcile(self, kind: str, namespace: str, name: str) -> Plan:
        """The plan for one object; an empty one when it is not there."""
        words = [text_in(kind, "the kind"), text_in(namespace, "the namespace"),
                 text_in(name, "the name")]
        self._planned = True
        handle = self._run(lambda pointer: make(
            lib.rctl_reconcile, "rctl_plan", lib.rctl_plan_free, pointer, *words,
            parent=self._handle))
        return Plan(handle, Key(kind, namespace, name))

    def plans(self) -> Plans:
        """The plans of all objects."""
        return Plans(self)

    @property
    def diagnostics(self) -> Diagnostics:
        """What is wrong with the texts and objects; complete once a plan was made."""
        return Diagnostics(self._handle, lib.rctl_world_diags, self._objects)

    @property
    def closed(self) -> bool:
        return self._handle.closed

    def close(self) -> None:
        """Frees everything now, plans included."""
        self._handle.close()

    def __enter__(self) -> World:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
