"""Finds and reads manifests as rctl does: a file, a folder with all *.yaml, *.yml and *.json
below it (also as .gz), or "-" for standard input. The order is that of the arguments, and by
bytes within a folder; a file that is reached twice is read once. Faults are collected, so that
one that cannot be read does not hide the others."""
from __future__ import annotations

import errno
import os
import stat
import sys
from io import RawIOBase
from typing import NamedTuple

from ._call import path_in
from ._errors import UnreadableError

# One byte more is read, so that the library can tell what is too long.
MOST_BYTES = 64 * 1024 * 1024
DEEPEST = 100
ENDS = (b".yaml", b".yml", b".json")


class Found(NamedTuple):
    """A file that was found. Names are bytes, as the system has them."""

    name: bytes
    named: bool  # by the caller, so it may be a pipe or a device
    size: int
    is_stdin: bool


def _is_manifest(name: bytes) -> bool:
    stem = name[:-3] if name.endswith(b".gz") else name
    return any(len(stem) > len(end) and stem.endswith(end) for end in ENDS)


class Finder:
    """Collects the files that operands name, each once, and what could not be looked at."""

    def __init__(self) -> None:
        self.files: list[Found] = []
        self.errors: list[OSError] = []
        self._seen: set[tuple[int, int]] = set()
        self._reached = 0  # files, those that were seen before included

    def fail(self, number: int, why: str, name: bytes) -> None:
        self.errors.append(OSError(number, why, os.fsdecode(name)))

    def add(self, name: bytes, named: bool, status: os.stat_result) -> None:
        size = status.st_size if stat.S_ISREG(status.st_mode) else 0
        self.take(Found(name, named, size, False), (status.st_dev, status.st_ino))

    def take(self, file: Found, identity: tuple[int, int]) -> None:
        self._reached += 1
        if identity not in self._seen:
            self._seen.add(identity)
            self.files.append(file)

    def walk(self, folder: bytes, depth: int) -> None:
        if depth > DEEPEST:
            self.fail(errno.ELOOP, "folders are nested too deeply", folder)
            return
        try:
            names = sorted(name for name in os.listdir(folder) if not name.startswith(b"."))
        except OSError as error:
            self.errors.append(_named(error, folder))
            return
        for name in names:
            self.visit(os.path.join(folder.rstrip(b"/") or b"/", name), depth)

    def visit(self, path: bytes, depth: int) -> None:
        """Links to files are followed; links to folders are not, as they may loop."""
        try:
            if stat.S_ISDIR(os.lstat(path).st_mode):
                self.walk(path, depth + 1)
            elif _is_manifest(path):
                status = os.stat(path)
                if stat.S_ISREG(status.st_mode):
                    self.add(path, False, status)
                elif not stat.S_ISDIR(status.st_mode):
                    self.fail(errno.EINVAL, "it is not a regular file", path)
        except OSError as error:
            if _is_manifest(path):
                self.errors.append(_named(error, path))

    def operand(self, operand: str | os.PathLike[str]) -> None:
        path = path_in(operand)
        if path == b"-":
            self.take(Found(b"<stdin>", True, 0, True), (0, 0))
            return
        try:
            status = os.stat(path)
        except OSError as error:
            self.errors.append(_named(error, path))
            return
        if not stat.S_ISDIR(status.st_mode):
            self.add(path, True, status)
            return
        before = self._reached, len(self.errors)
        self.walk(path, 0)
        if before == (self._reached, len(self.errors)):
            self.fail(errno.ENOENT, "no *.yaml, *.yml or *.json files in it", path)


def _named(error: OSError, name: bytes) -> OSError:
    return OSError(error.errno, error.strerror, os.fsdecode(name))


def read(file: Found) -> bytes:
    """The bytes of a file, or the first ones of one that is too long."""
    if file.is_stdin:
        return sys.stdin.buffer.read(MOST_BYTES + 1)
    # What was found in a folder was regular then; a pipe by now must not make us wait.
    flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NOCTTY | (0 if file.named else os.O_NONBLOCK)
    try:
        with open(os.open(file.name, flags), "rb", buffering=0) as stream:
            if not file.named and not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
                raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
            return _read_all(stream, file.size)
    except OSError as error:
        raise UnreadableError([_named(error, file.name)]) from None


def _read_all(stream: RawIOBase, size: int) -> bytes:
    parts: list[bytes] = []
    left = MOST_BYTES + 1
    while left > 0:
        part = stream.read(min(left, max(size + 1, 65536)))
        if not part:
            break
        parts.append(part)
        left -= len(part)
    return parts[0] if len(parts) == 1 else b"".join(parts)
