#!/usr/bin/python3
"""What does rctl do at a command line? run_cli.py [--update] RCTL [FILE.test...]

A transcript is a list of cases:

    === name of the case
    $ command for /bin/sh; more lines with $ belong to the same script
    --- stdout
    --- stderr
    --- exit 1

A section that is missing stands for no text, or exit status 0. Two more may follow the
command: "--- terminal" runs it with a terminal for stdout and stderr (all its text is then
expected under stdout), and "--- check json|sarif|junit" parses stdout beside comparing it;
"--- check ... only" does not compare. Each case runs in a folder of its own with a copy of
tests/cli/data, with `rctl` and `kubectl-rctl` on PATH. --update writes what came out."""
import concurrent.futures
import difflib
import json
import os
import pty
import re
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from pathlib import Path

HERE = Path(__file__).resolve().parent


class Case:
    def __init__(self, name):
        self.name, self.command, self.directives = name, [], []
        self.texts = {"stdout": "", "stderr": ""}
        self.status = 0

    def text(self):
        lines = [f"=== {self.name}"] + [f"$ {line}" for line in self.command]
        lines += [f"--- {directive}" for directive in self.directives]
        out = "\n".join(lines) + "\n"
        for section, text in self.texts.items():
            if text and not (section == "stdout" and self.only_checked()):
                out += f"--- {section}\n{text}"
                out += "" if text.endswith("\n") else "\\no newline\n"
        return out + (f"--- exit {self.status}\n" if self.status else "")

    def only_checked(self):
        return any(d.startswith("check") and d.endswith("only") for d in self.directives)


def parse(path):
    head, cases, section = "", [], None
    for line in path.read_text().splitlines(keepends=True):
        if line.startswith("=== "):
            if section:  # the empty line before is not part of the text
                cases[-1].texts[section] = re.sub(r"\n\Z", "", cases[-1].texts[section])
            cases.append(Case(line[4:].strip()))
            section = None
        elif not cases:
            head += line
        elif line.startswith("$ ") and section is None:
            cases[-1].command.append(line[2:].rstrip("\n"))
        elif line.startswith("--- exit "):
            cases[-1].status = int(line[9:])
            section = None
        elif line.startswith("--- std"):
            section = line[4:].strip()
        elif line.startswith(("--- terminal", "--- check ")):
            cases[-1].directives.append(line[4:].strip())
        elif line == "\\no newline\n":
            cases[-1].texts[section] = cases[-1].texts[section][:-1]
        elif section:
            cases[-1].texts[section] += line
    return head, cases


def environment(bindir, home):
    kept = {k: v for k, v in os.environ.items() if "SAN_OPTIONS" in k}
    return dict(kept, PATH=f"{bindir}:/usr/bin:/bin", HOME=str(home), TERM="xterm", LC_ALL="C")


def run_on_terminal(argv, **how):
    ours, theirs = pty.openpty()
    process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=theirs, stderr=theirs, **how)
    os.close(theirs)
    out = b""
    while True:
        try:
            piece = os.read(ours, 65536)
        except OSError:  # all writers have gone
            break
        if not piece:
            break
        out += piece
    os.close(ours)
    return process.wait(60), out.replace(b"\r\n", b"\n"), b""


def run(case, bindir):
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder) / "work"
        shutil.copytree(HERE / "data", work, symlinks=True)
        argv = ["/bin/sh", "-c", "\n".join(case.command)]
        how = {"cwd": work, "env": environment(bindir, folder)}
        if "terminal" in case.directives:
            try:
                status, out, err = run_on_terminal(argv, **how)
            except OSError as error:  # a machine without terminals
                return None, str(error)
        else:
            done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, timeout=60,
                                  **how)
            status, out, err = done.returncode, done.stdout, done.stderr
        for name in sorted(os.listdir(work), reverse=True):
            if os.path.isdir(work / name):
                os.chmod(work / name, 0o755)
    return status, {"stdout": readable(out), "stderr": readable(err)}


def readable(data):
    text = data.decode("utf-8", "backslashreplace")
    return re.sub(r"[\x00-\x08\x0b-\x1f\x7f]", lambda c: f"<{ord(c[0]):02x}>", text)


def check_format(name, text):
    if name == "junit":
        root = ElementTree.fromstring(text)
        cases = root.findall("./testsuite/testcase")
        failed = [c for c in cases if c.find("failure") is not None]
        assert root.tag == "testsuites" and int(root.get("tests")) == len(cases)
        assert int(root.get("failures")) == len(failed)
        return
    value = json.loads(text)
    if name == "sarif":
        run, = value["runs"]
        rules = run["tool"]["driver"]["rules"]
        assert value["version"] == "2.1.0"
        for result in run["results"]:
            assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
            assert result["level"] in ("error", "warning", "note") and result["message"]["text"]


def compare(case, status, texts):
    faults = []
    for section in ("stdout", "stderr"):
        if section == "stdout" and case.only_checked():
            continue
        want, got = case.texts[section], texts[section]
        if want != got:
            faults += difflib.unified_diff(want.splitlines(), got.splitlines(),
                                           f"{section} expected", "now", lineterm="")
    for directive in case.directives:
        if directive.startswith("check "):
            try:
                check_format(directive.split()[1], texts["stdout"])
            except Exception as error:  # whatever is wrong with it
                faults.append(f"stdout is no {directive.split()[1]}: {error!r}")
    if status != case.status:
        faults.append(f"exit status {status}, expected {case.status}")
    return faults


def run_file(path, bindir, pool, update):
    head, cases = parse(path)
    bad = 0
    for case, (status, texts) in zip(cases, pool.map(lambda c: run(c, bindir), cases)):
        if status is None:
            print(f"SKIPPED {path.name}: {case.name}: {texts}")
            continue
        faults = compare(case, status, texts)
        if update:
            case.status, case.texts = status, texts
        elif faults:
            bad += 1
            print(f"FAIL {path.name}: {case.name}", *faults, sep="\n  ")
    if update:
        path.write_text(head + "\n".join(case.text() for case in cases))
    return len(cases), bad


def main(argv):
    update = "--update" in argv
    argv = [a for a in argv if a != "--update"]
    files = [Path(a) for a in argv[1:]] or sorted(HERE.glob("*.test"))
    total = failed = 0
    with tempfile.TemporaryDirectory() as bindir, concurrent.futures.ThreadPoolExecutor(8) as pool:
        for name in ("rctl", "kubectl-rctl"):
            os.symlink(os.path.abspath(argv[0]), f"{bindir}/{name}")
        for path in files:
            n, bad = run_file(path, bindir, pool, update)
            total, failed = total + n, failed + bad
    print(f"{total} cases, {failed} failed")
    return 1 if failed or total == 0 else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
