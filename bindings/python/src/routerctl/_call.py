"""The way into the library: return codes become exceptions, text goes out, callbacks come
in, and nothing is used after it was freed. No other module calls `lib` without this one."""
from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

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


def write_to(take: Callable[[bytes], object], call: Callable[..., int], *args: object) -> None:
    """Hands what a call writes to `take`, piece by piece."""
    caller = Caller(take)
    code = call(*args, ffi.new("rctl_sink *", {"write": lib.rctlpy_write, "ctx": caller.handle}))
    caller.reraise()
    check(code)


class Memory:
    """What one context allocates from. `watched` lets a function be called while a call of
    the library runs, in which Ctrl-C is seen, too."""

    def __init__(self) -> None:
        self.struct = ffi.new("rctlpy_memory *")
        self.allocator = ffi.new("rctl_allocator *", lib.rctlpy_allocator(self.struct))

    @property
    def used(self) -> int:
        return int(self.struct.used)

    @contextmanager
    def watched(self, function: Callable[[], object]) -> Iterator[None]:
        caller = Caller(function)
        self.struct.handle = caller.handle
        self.struct.beat = lib.rctlpy_beat
        try:
            yield
        except MemoryError:
            caller.reraise()
            raise
        finally:
            self.struct.beat = ffi.NULL
            self.struct.handle = ffi.NULL
            self.struct.stopped = False
        caller.reraise()


# ---- handles ----

class Gate:
    """Lets one thread at a time into a tree of handles. The same thread may come in again
    from a callback, to read."""

    __slots__ = ("lock", "depth", "lost", "__weakref__")

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.depth = 0
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
    if not gate.lost:
        free(pointer)


class Handle:
    """Owns one object of the library. It lives as long as anything that was read from it, and
    a child keeps its parent; closing a parent closes its children first."""

    __slots__ = ("_pointer", "_gate", "_finalizer", "_children", "__weakref__")

    def __init__(self, pointer: Any, free: Callable[[Any], object], keep: object = None,
                 parent: Handle | None = None) -> None:
        self._pointer = pointer
        self._gate: Gate = parent._gate if parent else Gate()
        self._children: weakref.WeakSet[Handle] = weakref.WeakSet()
        self._finalizer = weakref.finalize(self, _release, free, pointer, self._gate,
                                           (keep, parent))
        # A daemon thread may still be inside when the interpreter ends.
        self._finalizer.atexit = False
        if parent:
            parent._children.add(self)

    def __enter__(self) -> Any:
        """The pointer, for calls that only read."""
        gate = self._gate
        gate.lock.acquire()
        if gate.lost or self._pointer is None:
            gate.lock.release()
            self._complain()
        gate.depth += 1
        return self._pointer

    def __exit__(self, *_: object) -> None:
        gate = self._gate
        gate.depth -= 1
        gate.lock.release()

    def _complain(self) -> None:
        if self._gate.lost:
            raise ClosedError("another thread was using this when the process was forked")
        raise ClosedError("this was closed, or what it was read from")

    @contextmanager
    def alone(self) -> Iterator[Any]:
        """The pointer, for calls that change something."""
        with self as pointer:
            if self._gate.depth > 1:
                raise RuntimeError("another call on the same documents is still running here")
            yield pointer

    @property
    def closed(self) -> bool:
        return self._pointer is None or self._gate.lost

    def close(self) -> None:
        gate = self._gate
        with gate.lock:
            if gate.depth and not gate.lost:
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


def new_context(memory: Memory) -> Handle:
    """A context of its own for each set or world, so that none shares memory with another."""
    return make(lib.rctl_ctx_new, "rctl_ctx", lib.rctl_ctx_free, memory.allocator, keep=memory)
