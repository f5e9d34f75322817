"""The way into the library: return codes become exceptions, text goes out, callbacks come
in, and nothing is used after it was freed. No other module calls `lib` without this one."""
from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, TypeVar

from ._errors import ClosedError, LibraryError
from ._native import ffi, lib


def check(code: int) -> None:
    """Raises what a return code of the library means; 0 means nothing."""
    if code == lib.RCTL_OK:
        return
    message = ffi.string(lib.rctl_strerror(code)).decode()
    if code == lib.RCTL_E_NOMEM:
        raise MemoryError(message)
    if code == lib.RCTL_E_NOT_FOUND:
        raise LookupError(message)
    if code in (lib.RCTL_E_INVALID_ARG, lib.RCTL_E_LIMIT, lib.RCTL_E_UNSUPPORTED):
        raise ValueError(message)
    raise LibraryError(message, code)


# ---- text ----

def text_in(value: object, what: str) -> bytes:
    """A str for a `const char *` that the library copies."""
    if not isinstance(value, str):
        raise TypeError(f"{what} must be a str, not {type(value).__name__}")
    data = value.encode()
    if b"\0" in data:
        raise ValueError(f"{what} must not contain a null character")
    return data


def path_in(path: str | bytes | os.PathLike[str]) -> bytes:
    """The name of a file, as the system has it."""
    data = os.fsencode(path)
    if b"\0" in data:
        raise ValueError("a path must not contain a null character")
    return data


def text_out(pointer: Any) -> str:
    """A `const char *` that is never NULL."""
    text: str = ffi.string(pointer).decode("utf-8", "replace")
    return text


def text_or_none(pointer: Any) -> str | None:
    return text_out(pointer) if pointer else None


def written(call: Callable[..., int], *args: object) -> str:
    """What a call writes to the sink that is its last argument."""
    text = ffi.new("rctlpy_text *")
    try:
        code = call(*args, ffi.new("rctl_sink *", lib.rctlpy_text_sink(text)))
        if code == lib.RCTL_E_SINK:
            raise MemoryError("no memory for the text")
        check(code)
        return bytes(ffi.buffer(text.data, text.len)).decode("utf-8", "replace")
    finally:
        lib.rctlpy_text_free(text)


class Caller:
    """A Python function that the library calls. What it raises ends the call of the library,
    and is raised again by `reraise`."""

    def __init__(self, function: Callable[..., object]) -> None:
        self.function = function
        self.error: BaseException | None = None
        self.handle = ffi.new_handle(self)

    def reraise(self) -> None:
        if self.error is not None:
            error, self.error = self.error, None
            raise error


def _on_error(_type: object, error: BaseException, trace: Any) -> None:
    # Also an interrupt that came before the first line of the callback ends up here.
    ffi.from_handle(trace.tb_frame.f_locals["handle"]).error = error


def _write(handle: Any, data: Any, size: int) -> int:
    ffi.from_handle(handle).function(bytes(ffi.buffer(data, size)))
    return 0


def _beat(handle: Any) -> int:
    ffi.from_handle(handle).function()
    return 0


for name, function in (("rctlpy_write", _write), ("rctlpy_beat", _beat)):
    ffi.def_extern(name, error=1, onerror=_on_error)(function)


# ---- handles ----

class Gate:
    """Lets one thread at a time into a tree of handles. The same thread may come in again
    from a callback, to read; `busy` counts the calls that are running meanwhile."""

    __slots__ = ("lock", "busy", "lost", "__weakref__")

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.busy = 0
        self.lost = False  # another thread was inside when this process was forked
        _gates.add(self)


_gates: weakref.WeakSet[Gate] = weakref.WeakSet()


def _after_fork() -> None:
    for gate in list(_gates):
        if gate.lock.acquire(blocking=False):
            gate.lock.release()
        else:
            gate.lock = threading.RLock()
            gate.lost = True


os.register_at_fork(after_in_child=_after_fork)


def _release(free: Callable[[Any], object], pointer: Any, gate: Gate, _keep: object) -> None:
    # Without the lock, which the collector might wait for in vain: nothing else is in use that
    # freeing touches, and the counters of memory are atomic.
    if not gate.lost:
        free(pointer)


class Handle:
    """Owns one object of the library, which lives as long as anything that was read from it: a
    child keeps its parent, and closing a parent closes its children first.

        with handle.lock:
            lib.rctl_set_count(handle.get())

    The lock is taken by `with` itself, without a line of Python that an interrupt could hit.
    """

    __slots__ = ("_pointer", "gate", "_finalizer", "_children", "__weakref__")

    def __init__(self, pointer: Any, free: Callable[[Any], object], keep: object = None,
                 parent: Handle | None = None) -> None:
        self._pointer = pointer
        self.gate: Gate = parent.gate if parent else Gate()
        self._children: weakref.WeakSet[Handle] = weakref.WeakSet()
        self._finalizer = weakref.finalize(self, _release, free, pointer, self.gate,
                                           (keep, parent))
        # A daemon thread may still be inside when the interpreter ends.
        self._finalizer.atexit = False
        if parent:
            parent._children.add(self)

    @property
    def lock(self) -> AbstractContextManager[object]:
        return self.gate.lock

    def get(self) -> Any:
        """The pointer, for a call that only reads."""
        if self.gate.lost:
            raise ClosedError("another thread was using this when the process was forked")
        if self._pointer is None:
            raise ClosedError("this was closed, or what it was read from")
        return self._pointer

    def get_alone(self) -> Any:
        """The pointer, for a call that changes something."""
        if self.gate.busy:
            raise RuntimeError("another call on the same documents is still running here")
        return self.get()

    @property
    def closed(self) -> bool:
        return self._pointer is None or self.gate.lost

    def close(self) -> None:
        with self.lock:
            if self.gate.busy and not self.gate.lost:
                raise RuntimeError("cannot be closed while a call on it is running")
            for child in list(self._children):
                child.close()
            self._pointer = None
            self._finalizer()


def make(call: Callable[..., int], kind: str, free: Callable[[Any], object], *args: object,
         keep: object = None, parent: Handle | None = None) -> Handle:
    """Calls a maker whose last argument receives the new object."""
    result = ffi.new(f"{kind} **")
    check(call(*args, result))
    return Handle(result[0], free, keep, parent)


# ---- calls with callbacks: the handle is locked, and stays as it is meanwhile ----

def write_to(handle: Handle, take: Callable[[bytes], object], call: Callable[..., int],
             *args: object) -> None:
    """Hands what a call writes to `take`, piece by piece."""
    caller = Caller(take)
    sink = ffi.new("rctl_sink *", {"write": lib.rctlpy_write, "ctx": caller.handle})
    handle.gate.busy += 1
    try:
        code = call(*args, sink)
    finally:
        handle.gate.busy -= 1
    caller.reraise()
    check(code)


R = TypeVar("R")


class Memory:
    """What one context allocates from."""

    def __init__(self) -> None:
        self.struct = ffi.new("rctlpy_memory *")
        self.allocator = ffi.new("rctl_allocator *", lib.rctlpy_allocator(self.struct))

    @property
    def used(self) -> int:
        return int(self.struct.used)

    def watch(self, handle: Handle, beat: Callable[[], object], body: Callable[[], R]) -> R:
        """Runs `body`; while it is in the library, `beat` is called, and Ctrl-C is seen."""
        caller = Caller(beat)
        handle.gate.busy += 1
        try:
            self.struct.handle = caller.handle
            self.struct.beat = lib.rctlpy_beat
            return body()
        except MemoryError:
            caller.reraise()
            raise
        finally:
            handle.gate.busy -= 1
            self.struct.beat = ffi.NULL
            self.struct.handle = ffi.NULL
            self.struct.stopped = False


def new_context(memory: Memory) -> Handle:
    """A context of its own for each set or world, so that none shares memory with another."""
    return make(lib.rctl_ctx_new, "rctl_ctx", lib.rctl_ctx_free, memory.allocator, keep=memory)
