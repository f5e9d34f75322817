#!/usr/bin/python3
"""What the programs say about themselves as man pages: command_pages.py ROOT RCTL OPERATOR
writes docs/man/man1/rctl*.1 and docs/man/man8/rctl-operator.8 below ROOT, from `rctl help`,
the help of each command, and `rctl-operator --help`."""
import re
import subprocess
import sys
from pathlib import Path

import roff

HERE = Path(__file__).resolve().parent.parent
MANUAL = "Router Controller"


def run(*words):
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout


def usage(text):
    return roff.verbatim(re.match(r"Usage: ((?:.+\n)+)", text)[1].replace("\n       ", "\n").rstrip("\n").split("\n"))


def see_also(*pages):
    return roff.section("SEE ALSO", [f".BR {name} ({number})" + "," * (i + 1 < len(pages))
                                     for i, (name, number) in enumerate(pages)])


def option(head, *text):
    """`head` is "-o, --output FORMAT" or "--log-level=a|b"."""
    names, mark, value = re.fullmatch(r"((?:-\w, )?--[\w-]+)([= ]?)(.*)", head).groups()
    line = ", ".join(f"\\fB{roff.escape(name, code=True)}\\fP" for name in names.split(", "))
    if value:
        line += f"{mark}\\fI{roff.escape(value, code=True)}\\fP"
    return [".TP", line, *roff.wrap(" ".join(text))]


def one_line(text):
    return text[0].lower() + text[1:].rstrip(".")


def sentence(text):
    text = text.strip()
    return text[0].upper() + text[1:].rstrip(".") + "."


# ---- rctl ----

def split_help(text):
    """The parts of a command's help by their titles; "" is what stands before the first one."""
    parts, title = {"": []}, ""
    for line in text.split("\n"):
        found = re.match(r"(Options|Examples|Commands):$", line)
        if found:
            title = found[1]
            parts[title] = []
        elif line.startswith("Exit status:"):
            title = "Exit status"
            parts[title] = [line.split(":", 1)[1].strip()]
        else:
            parts[title].append(line)
    return parts


def exit_status(parts):
    lines = []
    for row in re.findall(r"(\d) ([^,]+)", " ".join(parts["Exit status"])):
        lines += [".TP", row[0], sentence(row[1])]
    return roff.section("EXIT STATUS", lines)


def command_page(name, text, version):
    parts = split_help(text)
    description = "\n".join(parts[""][2:]).strip("\n")
    options = []
    for line in parts["Options"]:
        if line:
            head, words = re.match(r"\s+(-.*?)\s{2,}(.*)", line).groups()
            options += option(head, words + ".")
    examples = [line[2:] for line in parts["Examples"] if line]
    return roff.page(
        f"rctl-{name}", 1, [f"rctl-{name}"], one_line(parts[""][2]), version, MANUAL,
        roff.section("SYNOPSIS", usage(text)),
        roff.section("DESCRIPTION", roff.paragraphs(description)),
        roff.section("OPTIONS", options),
        roff.section("EXAMPLES", roff.verbatim(examples)),
        exit_status(parts), see_also(("rctl", 1)))


def write_rctl(man1, rctl, version):
    text = run(rctl, "help")
    parts = split_help(text)
    doc = parts[""][2]
    commands, names = [], []
    for line in parts["Commands"]:
        found = re.match(r"  (\S+)\s+(.*)", line)
        if found and found[1] != "help":
            names.append(found[1])
            commands += [".TP", f".BR rctl-{found[1]} (1)", *roff.wrap(found[2] + ".")]
    pages = {name: run(rctl, "help", name) for name in names}
    for name, words in pages.items():
        (man1 / f"rctl-{name}.1").write_text(command_page(name, words, version))
    (man1 / "rctl.1").write_text(roff.page(
        "rctl", 1, ["rctl"], one_line(doc), version, MANUAL,
        roff.section("SYNOPSIS", usage(text)), roff.section("DESCRIPTION", roff.paragraphs(doc)),
        roff.section("COMMANDS", commands), exit_status(split_help(pages[names[0]])),
        see_also(("routerctl", 3), ("rctl-operator", 8))))


# ---- rctl-operator ----

def operator_page(text, snapshot, version):
    doc = text.split("\n\n")[1].replace("\n", " ")
    options, variables = [], []
    for head, words, variable in re.findall(r"  (--\S+)\n      (.*)\n(?:      \$(.*)\n)?", text):
        name, _, usual = variable.partition(", default ")
        after = f"The default is {usual}." if usual else ""
        options += option(head, words, *([after] if after else []))
        if name:
            variables += [".TP", f"\\fB{name}\\fP",
                          f"Stands for \\fB{roff.escape(head.split('=')[0], code=True)}\\fP."]
    return roff.page(
        "rctl-operator", 8, ["rctl-operator"], one_line(doc.split(". ")[0]), version, MANUAL,
        roff.section("SYNOPSIS", usage(text)), roff.section("DESCRIPTION", roff.paragraphs(doc)),
        roff.section("OPTIONS", options),
        roff.section("SNAPSHOT", roff.verbatim(snapshot.rstrip("\n").split("\n"))),
        roff.section("ENVIRONMENT", ["An option on the command line wins over its variable.",
                                     *variables]),
        see_also(("rctl", 1), ("rctl-rbac", 1)))


def main():
    root, rctl, operator = sys.argv[1:]
    version = run(rctl, "version").split()[1]
    for number in (1, 8):
        (Path(root) / f"docs/man/man{number}").mkdir(parents=True, exist_ok=True)
    write_rctl(Path(root) / "docs/man/man1", rctl, version)
    page = "docs/man/man8/rctl-operator.8"
    # Where the operator cannot be built, its page stays as it is.
    text = operator_page(run(operator, "--help"), run(operator, "snapshot", "--help"), version) \
        if Path(operator).exists() else (HERE / page).read_text()
    (Path(root) / page).write_text(text)


if __name__ == "__main__":
    main()
