#!/usr/bin/python3
"""Can programs that were compiled before still run? abi.py [--update [--break]] CC SHARED STATIC

Compares tests/abi/librouterctl.abi with what the headers say now, measured by the compiler:
each call's types, each struct's layout, each constant's value. What is gone or otherwise is a
break, told by name; what is new only wants the dump to be written anew, by --update. A break
is written once the SONAME is a new one, or, as long as there was no release under it, by
--update --break. Also checks that the shared library exports exactly the calls of the headers,
that the static one defines no other global name, and the SONAME."""
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(ROOT / ".ci"))
sys.dont_write_bytecode = True
import headers  # noqa: E402

DUMP = HERE / "librouterctl.abi"
SKIPPED = 77
TITLE = """\
# The binary interface of librouterctl where pointers have 8 bytes: what programs that were
# compiled before rely on. Written by tests/abi/abi.py --update; docs/conventions.md has the rule.
"""
TYPES = ("struct", "enum", "alias")


def run(*command):
    return subprocess.run([str(c) for c in command], check=True, capture_output=True,
                          text=True).stdout


# ---- what is there ----

def declarations():
    _, found = headers.read_all(ROOT / "include")
    return [d for h in found for g in h.groups for d in g.decls]


def spelled(decl):
    """The name of a type in C; `enum rctl_error` has no shorter one."""
    return decl.name if decl.text.startswith("typedef") else f"{decl.kind} {decl.name}"


def program(decls):
    """A C program that prints the dump's lines about types. It does not compile when the types
    of calls or members are not what was read from the headers."""
    checks, prints = [], []

    def show(key, form, *values):
        words = "".join(f", (long long)({v})" for v in values)
        prints.append(f'    printf("{key} = {form}\\n"{words});')

    for decl in decls:
        name = spelled(decl)
        if decl.kind == "function":
            kind, parameters = headers.prototype(decl)
            checks.append(f"extern {kind} {decl.name}({parameters});")
            continue
        if decl.kind not in TYPES:
            continue
        if decl.kind == "alias":
            text = re.match(r"typedef (.*);", headers.plain(decl.text))[1]
            show(f"type {name}", f"{headers.unnamed(text)[0]}, %lld bytes", f"sizeof({name})")
            continue
        show(f"{decl.kind} {decl.name}", "%lld bytes", f"sizeof({name})")
        for member, kind in headers.members(decl) if decl.kind == "struct" else []:
            show(f"struct {decl.name}.{member}", f"at %lld, %lld bytes, {kind}",
                 f"offsetof({name}, {member})", f"sizeof((({name} *)0)->{member})")
            if "(*)" not in kind:
                checks.append(f"{kind} *check_{decl.name}_{member}({name} *s);\n"
                              f"{kind} *check_{decl.name}_{member}({name} *s)\n"
                              f"{{\n    return &s->{member};\n}}")
        for constant in headers.constants(decl) if decl.kind == "enum" else []:
            show(f"enum {decl.name}.{constant}", "%lld", constant)
    return "\n".join(["#include <routerctl.h>", "#include <stdio.h>", "", *checks, "",
                      "int main(void)", "{", *prints, "    return 0;", "}", ""])


def measure(decls, compiler):
    """The lines of the dump, without the SONAME."""
    with tempfile.TemporaryDirectory(prefix="rctl-abi-") as work:
        source = Path(work) / "measure.c"
        source.write_text(program(decls))
        run(compiler, "-std=c99", "-Wall", "-Werror", "-I", ROOT / "include", source, "-o",
            source.with_suffix(""))
        lines = run(source.with_suffix("")).splitlines()
    for decl in decls:
        if decl.kind == "function":
            kind, parameters = headers.prototype(decl)
            lines.append(f"call {decl.name} = {kind} ({parameters})")
    return lines


def soname(shared):
    found = re.search(r"\(SONAME\).*\[(.*)\]", run("readelf", "-d", shared))
    return found[1] if found else "none"


# ---- the rule ----

def read(lines):
    return dict(line.split(" = ", 1) for line in lines if " = " in line)


def size_of(value):
    return int(re.search(r"(\d+) bytes", value)[1])


def grows(old, owner):
    """Whether a struct tells its own size, so that it may grow at its end."""
    return old.get(f"{owner}.size", "").startswith("at 0, ")


def compare(old, new):
    """What breaks programs that were compiled before, and what is new; both as sentences."""
    breaks, additions = [], []
    for key, was in old.items():
        now = new.get(key)
        if now is None:
            breaks.append(f"{key}: is gone; it was {was}")
        elif now != was and key.endswith("__COUNT") and int(now) > int(was):
            pass  # says how many there are in the headers, and nothing else
        elif now != was and key.startswith("struct ") and "." not in key and \
                grows(old, key) and size_of(now) > size_of(was):
            pass  # the new members are looked at below
        elif now != was:
            breaks.append(f"{key}: was {was}, is {now}")
    for key, now in new.items():
        owner = key.split(".")[0]
        if key in old:
            continue
        if not key.startswith("struct ") or "." not in key or owner not in old:
            additions.append(f"{key}: is new")
        elif not grows(old, owner):
            breaks.append(f"{key}: is new, in a struct without a member 'size'")
        elif int(re.match(r"at (\d+)", now)[1]) < size_of(old[owner]):
            breaks.append(f"{key}: is new and lies before what was the end of the struct: "
                          f"{now}, {old[owner]}")
        else:
            additions.append(f"{key}: is new, at the end")
    return breaks, additions


# ---- the libraries ----

def check_symbols(what, have, want):
    faults = [f"{what} has no {name}, which the headers declare" for name in want - have]
    faults += [f"{what} has {name}, which the headers do not declare" for name in have - want]
    return sorted(faults)


def check_libraries(shared, static, decls):
    calls = {d.name for d in decls if d.kind == "function"}
    exported = {line.split()[-1] for line in run("nm", "-D", "--defined-only", shared).split("\n")
                if line}
    open_names = {line.split()[-1] for line in
                  run("nm", "-g", "--defined-only", static).split("\n") if len(line.split()) == 3}
    return check_symbols(Path(shared).name, exported, calls) + \
        check_symbols(Path(static).name, open_names, calls)


def main():
    words = [w for w in sys.argv[1:] if w not in ("--update", "--break")]
    update, accept = "--update" in sys.argv, "--break" in sys.argv
    compiler, shared, static = words
    if sys.maxsize < 2**32:
        print("left out: the dump holds for pointers of 8 bytes")
        return SKIPPED
    decls = declarations()
    name = soname(shared)
    lines = [f"soname = {name}", *measure(decls, compiler)]
    old, new = read(DUMP.read_text().splitlines() if DUMP.exists() else []), read(lines)
    renamed = old.pop("soname", name) != new.pop("soname")
    faults = check_libraries(shared, static, decls)
    if not re.fullmatch(r"librouterctl\.so\.\d+", name):
        faults.append(f"the SONAME is {name}, not librouterctl.so.NUMBER")
    breaks, additions = compare(old, new)
    if update and (not breaks or renamed or accept):
        DUMP.write_text(TITLE + "\n".join(lines) + "\n")
    else:
        faults += [f"break: {b}" for b in breaks]
        faults += [f"addition: {a}" for a in additions]
        if breaks and not renamed:
            print(f"Programs that are linked to {name} would fail. Undo it, or raise SOVERSION in "
                  "lib/CMakeLists.txt;\nbefore the first release under that name, "
                  "tests/abi/abi.py --update --break accepts it.")
        elif additions or renamed:
            faults += ["the SONAME is another one than in the dump"] if renamed else []
            print("Write the dump anew: tests/abi/abi.py --update "
                  f"{compiler} {os.path.relpath(shared)} {os.path.relpath(static)}")
    for fault in faults:
        print(fault)
    print(f"abi: {len(new)} facts, {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
