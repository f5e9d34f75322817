#!/usr/bin/python3
"""What does a user see? run_golden.py [--update] RCTL VERB [CASE...]

A case is a folder tests/golden/VERB/CASE. Its input is every file named in*, given
to `rctl VERB` in order of name from inside the folder, so that places are short;
`args` holds further arguments. Expected: diags.txt (of `validate` its stdout, of
every other verb its stderr), out.yaml (stdout of the others; of `graph` out.svg, out.dot
and so on, by the format in `args`; of `plan`, `diff` and `status` out.txt or out.json) and the
exit status in `exit`. A missing diags.txt or out.* stands for no text; a missing `exit`
for 0, or 1 when diags.txt tells an error.
--update writes what came out instead."""
import concurrent.futures
import difflib
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ERROR = re.compile(r"^\S.*?: error: ", re.M)


def name_output(verb, args):
    if verb in ("plan", "diff", "status"):
        return "out.json" if "json" in args else "out.txt"
    if verb != "graph":
        return "out.yaml"
    return "out." + (args[args.index("-o") + 1] if "-o" in args else "svg")


def run(rctl, verb, case):
    inputs = sorted(p.name for p in case.iterdir() if p.name.startswith("in"))
    args = case / "args"
    extra = shlex.split(args.read_text()) if args.exists() else []
    env = dict(os.environ, LC_ALL="C", NO_COLOR="1")
    done = subprocess.run([rctl, verb, *extra, *inputs], cwd=case, env=env, timeout=60,
                          stdin=subprocess.DEVNULL, capture_output=True)
    out = done.stdout.decode("utf-8", "surrogateescape")
    err = done.stderr.decode("utf-8", "surrogateescape")
    if verb == "validate":
        return {"diags.txt": out}, done.returncode, err
    return {"diags.txt": err, name_output(verb, extra): out}, done.returncode, err


def usual_exit(diags):
    return 1 if ERROR.search(diags) else 0


def compare(case, texts, status, err):
    faults = []
    for name, got in texts.items():
        path = case / name
        want = path.read_bytes().decode("utf-8", "surrogateescape") if path.exists() else ""
        if got != want:
            faults += difflib.unified_diff(want.splitlines(), got.splitlines(),
                                           f"{case.name}/{name}", "now", lineterm="")
    expected = case / "exit"
    want = int(expected.read_text()) if expected.exists() else usual_exit(texts["diags.txt"])
    if status != want:
        faults.append(f"{case.name}: exit status {status}, expected {want}")
        faults += err.splitlines()[-20:]
    return faults


def update(case, texts, status):
    for name, got in texts.items():
        if got:
            (case / name).write_bytes(got.encode("utf-8", "surrogateescape"))
        else:
            (case / name).unlink(missing_ok=True)
    if status != usual_exit(texts["diags.txt"]):
        (case / "exit").write_text(f"{status}\n")
    else:
        (case / "exit").unlink(missing_ok=True)


def main():
    words = sys.argv[1:]
    rewrite = "--update" in words
    words = [w for w in words if w != "--update"]
    if len(words) < 2:
        print(__doc__)
        return 2
    rctl, verb, names = os.path.abspath(words[0]), words[1], words[2:]
    cases = sorted(p for p in (HERE / verb).glob("*")
                   if p.is_dir() and (not names or p.name in names))
    if not cases:
        print(f"golden {verb}: no such case")
        return 1
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        results = pool.map(lambda case: run(rctl, verb, case), cases)
        for case, (texts, status, err) in zip(cases, results):
            if status < 0 or status > 3:
                faults = [f"{case.name}: ended with status {status}", *err.splitlines()[-40:]]
            elif rewrite:
                update(case, texts, status)
                continue
            else:
                faults = compare(case, texts, status, err)
            failed += bool(faults)
            for line in faults:
                print(line.encode("utf-8", "backslashreplace").decode())
    print(f"golden {verb}: {len(cases)} cases, {failed} failed{', rewritten' * rewrite}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
