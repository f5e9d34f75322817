#!/usr/bin/python3
"""Who may include whom. The arrows of docs/architecture.md are checked here, not
by goodwill: folders of lib/ in their order, programs and bindings only through
the public headers, one file for each foreign library, no clock and no network in the
operator's core, few files of its shell and of local/ for each library, no cycles of
headers."""
import re
import sys
from pathlib import Path

ORDER = ["base", "diag", "text", "schema", "engine", "router", "discovery",
         "kinds", "graph", "render", "diff", "reconcile", "gen", "api"]
# Foreign headers, and the only files that may know them.
WRAPPERS = {"yaml.h": "lib/text/yaml_read.c", "pcre2.h": "lib/base/regex.c",
            "zlib.h": "lib/text/inflate.c"}
# What lib/ may take from the C library: nothing that reads, waits or asks the time.
PURE = {"assert.h", "ctype.h", "float.h", "inttypes.h", "limits.h", "math.h", "setjmp.h",
        "stdarg.h", "stdbool.h", "stddef.h", "stdint.h", "stdio.h", "stdlib.h", "string.h"}
# The operator's core is as pure, and allocates only what it is given an allocator for.
CORE = {"assert.h", "stdbool.h", "stddef.h", "stdint.h", "stdio.h", "stdlib.h", "string.h"}
# The operator's shell: the files that may know a foreign library. Of the C library and the
# system it may take anything, but the core knows none of it.
SHELL = {"curl/": ["auth", "client", "loop", "probe"], "event2/": ["httpd", "loop"],
         "json-c/": ["json"], "yaml.h": ["kubeconfig"]}
# The programs that try a rendering on this machine: the same, by path below local/.
LOCAL = {"event2/": ["engine/infer", "engine/main", "engine/record", "engine/serve",
                     "engine/transfer"],
         "curl/": ["run/http"], "routerctl": ["run/load"]}
INCLUDE = re.compile(r'^\s*#\s*include\s+([<"])([^>"]+)[>"]')


def includes(path):
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        found = INCLUDE.match(line)
        if found:
            yield number, found[1], found[2]


def sources(folder):
    return sorted(p for p in folder.rglob("*") if p.suffix in (".c", ".h", ".def", ".cc"))


def check_lib(root, complain):
    lib = root / "lib"
    for path in sources(lib):
        name = path.relative_to(root).as_posix()
        folder = path.relative_to(lib).parts[0]
        if folder not in ORDER:
            complain(name, 0, f"folder '{folder}' has no place in the order")
            continue
        for line, quote, target in includes(path):
            if target.startswith("routerctl"):
                if not (root / "include" / target).exists():
                    complain(name, line, f"there is no public header {target}")
            elif quote == '"':
                top = target.split("/")[0]
                if "/" not in target or not (lib / target).exists():
                    complain(name, line, f"\"{target}\" is not a path below lib/")
                elif ORDER.index(top) > ORDER.index(folder):
                    complain(name, line, f"{folder} may not include {top}: the arrow turns")
            elif target in WRAPPERS:
                if WRAPPERS[target] != name:
                    complain(name, line, f"<{target}> belongs to {WRAPPERS[target]} alone")
            elif target not in PURE:
                complain(name, line, f"<{target}> is not among what lib/ may use")


def check_public(root, complain):
    for path in sources(root / "include"):
        name = path.relative_to(root).as_posix()
        for line, _, target in includes(path):
            if not target.startswith("routerctl/") and \
                    target not in ("stdbool.h", "stddef.h", "stdint.h"):
                complain(name, line, f"a public header may not need <{target}>")


def check_outside(root, complain):
    for folder in ("cli", "operator", "local", "bindings", "docs/examples"):
        if not (root / folder).is_dir():
            continue
        for path in sources(root / folder):
            name = path.relative_to(root).as_posix()
            for line, quote, target in includes(path):
                if (root / "lib" / target).exists() and not target.startswith("routerctl"):
                    complain(name, line, f"\"{target}\" is inside lib/")
                elif quote == '"' and not (path.parent / target).exists() and \
                        not (root / folder.split("/")[0] / target).exists():
                    complain(name, line, f"\"{target}\" is not a file of {folder}/")
                elif folder == "cli" and target in WRAPPERS:
                    complain(name, line, f"<{target}> belongs to {WRAPPERS[target]} alone")


def check_core(root, complain):
    for path in sources(root / "operator" / "core"):
        name = path.relative_to(root).as_posix()
        for line, quote, target in includes(path):
            if quote == '"' and not target.startswith("core/"):
                complain(name, line, f"\"{target}\" is not a path below operator/ into core/")
            elif quote == "<" and target not in CORE and not target.startswith("routerctl"):
                complain(name, line, f"<{target}> is not among what operator/core may use")


def check_shell(root, complain):
    for path in sources(root / "operator"):
        name = path.relative_to(root / "operator").as_posix()
        for line, quote, target in includes(path):
            for library, stems in SHELL.items():
                if quote == "<" and target.startswith(library) and not \
                        (name.startswith("io/") and path.stem.split("_")[0] in stems):
                    complain("operator/" + name, line,
                             f"<{target}> belongs to operator/io/{stems} alone")


def check_local(root, complain):
    for path in sources(root / "local"):
        name = path.relative_to(root / "local").as_posix()
        for line, quote, target in includes(path):
            for library, files in LOCAL.items():
                if quote == "<" and target.startswith(library) and \
                        name.rpartition(".")[0] not in files:
                    complain("local/" + name, line, f"<{target}> belongs to local/{files} alone")


def check_cycles(root, complain):
    graph = {}
    for base in ("lib", "include", "operator", "local"):
        for path in sources(root / base):
            if path.suffix == ".h":
                key = path.relative_to(root / base).as_posix()
                graph[key] = [target for _, _, target in includes(path)]
    done = set()

    def visit(name, trail):
        if name in trail:
            complain(name, 0, "headers in a circle: " +
                     " -> ".join(trail[trail.index(name):] + [name]))
        elif name in graph and name not in done:
            for target in graph[name]:
                visit(target, trail + [name])
            done.add(name)

    for name in sorted(graph):
        visit(name, [])


def main():
    root = Path(sys.argv[1])
    faults = []

    def complain(name, line, text):
        faults.append(f"{name}:{line}: {text}")

    for check in (check_lib, check_public, check_outside, check_core, check_shell,
                  check_local, check_cycles):
        check(root, complain)
    for fault in faults:
        print(fault)
    print(f"includes: {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
