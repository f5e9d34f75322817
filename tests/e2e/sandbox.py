#!/usr/bin/python3
"""Becomes one container: sandbox.py SPEC, in a mount and network namespace of its own.

SPEC is a JSON file that kubelet.py wrote. The root of the container is empty but for the
system's programs and what SPEC mounts; then the user, the environment and the command are
those of SPEC, and this process is the container. What a real image would hold comes from
this machine (/usr and the image's own folders), all of it read-only."""
import ctypes
import json
import os
import socket
import sys

MS_RDONLY, MS_NOSUID, MS_NODEV, MS_REMOUNT, MS_BIND, MS_REC = 1, 2, 4, 32, 4096, 16384
PR_SET_NO_NEW_PRIVS = 38
SYSTEM = ("bin", "sbin", "lib", "lib32", "lib64", "libx32")
ETC = ("alternatives", "group", "ld.so.cache", "ld.so.conf", "ld.so.conf.d", "localtime",
       "mime.types", "passwd", "ssl")
libc = ctypes.CDLL(None, use_errno=True)


def mount(source, target, kind=None, flags=0, data=None):
    words = [word.encode() if word else None for word in (source, target, kind, data)]
    if libc.mount(words[0], words[1], words[2], ctypes.c_ulong(flags), words[3]) != 0:
        error = ctypes.get_errno()
        raise OSError(error, f"mount {source} at {target}: {os.strerror(error)}")


def make_place(target, is_folder):
    os.makedirs(target if is_folder else os.path.dirname(target), exist_ok=True)
    if not is_folder and not os.path.lexists(target):
        open(target, "wb").close()


def bind(source, target, read_only=True):
    make_place(target, os.path.isdir(source))
    mount(source, target, flags=MS_BIND | MS_REC)
    if read_only:
        # Flags that the mount below has and a user namespace may not take away.
        locked = os.statvfs(target).f_flag & (MS_NOSUID | MS_NODEV)
        mount(None, target, flags=MS_REMOUNT | MS_BIND | MS_RDONLY | locked)


def put_system(root):
    bind("/usr", f"{root}/usr")
    for name in SYSTEM:
        if os.path.islink(f"/{name}"):
            os.symlink(os.readlink(f"/{name}"), f"{root}/{name}")
        elif os.path.isdir(f"/{name}"):
            bind(f"/{name}", f"{root}/{name}")
    for name in ETC:
        if os.path.exists(f"/etc/{name}"):
            bind(f"/etc/{name}", f"{root}/etc/{name}")
    for name in ("proc", "dev"):
        bind(f"/{name}", f"{root}/{name}", read_only=False)
    for name in ("tmp", "var", "run"):
        os.makedirs(f"{root}/{name}", exist_ok=True)


def put_volumes(root, spec):
    for path, text in spec["files"].items():
        make_place(root + path, False)
        with open(root + path, "w", encoding="utf-8") as file:
            file.write(text)
    for volume in spec["mounts"]:
        bind(volume["source"], root + volume["target"], volume["readOnly"])


def become(spec):
    libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    if spec["uid"] is not None:
        os.setgroups(spec["groups"])
        os.setgid(spec["gid"])
        os.setuid(spec["uid"])


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        spec = json.load(file)
    root = spec["root"]
    os.makedirs(root)
    mount("tmpfs", root, "tmpfs", data="mode=0755")
    put_system(root)
    put_volumes(root, spec)
    if spec["readOnlyRoot"]:
        mount(None, root, flags=MS_REMOUNT | MS_BIND | MS_RDONLY)
    socket.sethostname(spec["hostname"])
    os.chroot(root)
    os.chdir("/")
    become(spec)
    os.execvpe(spec["command"][0], spec["command"], spec["env"])


if __name__ == "__main__":
    main()
