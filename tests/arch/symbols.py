#!/usr/bin/python3
"""Purity, measured: symbols.py STATIC_LIBRARY OPERATOR_CORE. What the objects of lib/ and
operator/core leave undefined must be in the lists below, and none of them may hold
writable data."""
import fnmatch
import re
import subprocess
import sys

ALLOWED = """
memcpy memmove memset memcmp bcmp memchr memrchr strlen strnlen strcmp strncmp strchr strrchr strstr strspn
strcspn strpbrk strtod strtol snprintf vsnprintf bsearch
__snprintf_chk __vsnprintf_chk __memcpy_chk __memmove_chk __memset_chk __stack_chk_fail
floor ceil fabs round trunc log10 pow fmod
__assert_fail setjmp _setjmp __sigsetjmp longjmp __longjmp_chk
yaml_* pcre2_*_8 inflate*
_GLOBAL_OFFSET_TABLE_ __isoc*_strtol
""".split()
# The default allocator is the only one that may ask the C library for memory.
ALLOWED_IN = {"mem.c.o": ["malloc", "free"]}
# The operator's core asks for no memory by itself and never jumps.
CORE_ALLOWED = """
memcpy memmove memset memcmp memchr bcmp strlen strcmp strncmp strspn strcspn strtod snprintf rctl_*
__snprintf_chk __memcpy_chk __memmove_chk __memset_chk __stack_chk_fail __assert_fail
_GLOBAL_OFFSET_TABLE_
""".split()
# Sections that the linker makes read-only after relocation; the rest must be empty.
WRITABLE = re.compile(r"^\.(data|bss|tdata|tbss)(?!\.rel\.ro)(\.|$)")


def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def check_undefined(archive, allow, allow_in, complain):
    defined, undefined, member = set(), [], ""
    for line in run("nm", archive).splitlines():
        if line.endswith(":"):
            member = line[:-1]
            continue
        words = line.split()
        if len(words) < 2:
            continue
        kind, name = words[-2], words[-1]
        if kind in "Uwv" and len(words) == 2:
            undefined.append((member, name))
        elif kind.isupper():
            defined.add(name)
    for member, name in undefined:
        allowed = allow + allow_in.get(member, [])
        if name not in defined and not any(fnmatch.fnmatchcase(name, a) for a in allowed):
            complain(f"{member}: calls {name}")


def check_writable(archive, complain):
    member = ""
    for line in run("objdump", "-h", archive).splitlines():
        found = re.match(r"^(\S+):\s+file format", line)
        if found:
            member = found[1]
        words = line.split()
        if len(words) >= 7 and words[0].isdigit() and int(words[2], 16) > 0 and \
                WRITABLE.match(words[1]):
            complain(f"{member}: {int(words[2], 16)} bytes of writable data in {words[1]}")


def main():
    faults = []
    check_undefined(sys.argv[1], ALLOWED, ALLOWED_IN, faults.append)
    check_undefined(sys.argv[2], CORE_ALLOWED, {}, faults.append)
    check_writable(sys.argv[1], faults.append)
    check_writable(sys.argv[2], faults.append)
    for fault in faults:
        print(fault)
    print(f"symbols: {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
