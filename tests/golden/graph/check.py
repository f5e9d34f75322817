#!/usr/bin/python3
"""Are the pictures of the golden cases what their formats say? check.py svg|dot|mermaid|graphviz

svg: XML that refers to nothing outside and holds only what draws. dot and mermaid: every
line is one of the few that we write, so no name got out of its quotes. graphviz: `dot`
reads it; exit status 77 (skipped) where Graphviz is not installed."""
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

HERE = Path(__file__).resolve().parent
SVG = "{http://www.w3.org/2000/svg}"
DRAWS = {SVG + name for name in ("svg", "g", "title", "rect", "path", "text")}
PLAIN = {"x", "y", "width", "height", "viewBox", "rx", "d", "fill", "stroke", "stroke-width",
         "stroke-dasharray", "stroke-linejoin", "paint-order", "font-family", "font-size",
         "font-weight", "text-anchor", "transform"}

DOT_STRING = r'"(?:[^"\\\n]|\\["\\n])*"'
DOT_VALUES = rf"\[\w+=(?:{DOT_STRING}|[\w.]+)(?:, \w+=(?:{DOT_STRING}|[\w.]+))*\]"
DOT = re.compile(rf'digraph objects \{{|  rankdir=LR;|  node {DOT_VALUES};|  n\d+ {DOT_VALUES};|'
                 rf"  n\d+ -> n\d+(?: {DOT_VALUES})?;|\}}")
MERMAID_TEXT = r"(?:[\w ./:,()-]|#\d+;|[^\x00-\x7f])*"
MERMAID = re.compile(rf'flowchart LR|  n\d+\["(?:{MERMAID_TEXT}|<br/>|<b>|</b>)*"\]:::[a-z]+|'
                     rf'  n\d+ (?:-->|-\.->)(?:\|"{MERMAID_TEXT}"\|)? n\d+|'
                     r"  style n\d+ stroke:#\w+,stroke-width:3px|  linkStyle \d+ stroke:#\w+|"
                     r"  classDef [a-z]+ [a-z0-9:#, -]+")


def check_svg(path):
    root = ElementTree.fromstring(path.read_bytes())
    assert root.tag == SVG + "svg", "the root is no svg"
    for element in root.iter():
        assert element.tag in DRAWS, f"holds a {element.tag}"
        for name, value in element.attrib.items():
            assert name in PLAIN, f"has an attribute {name}"
            assert "url(" not in value and "//" not in value, f"{name} refers to {value}"


def check_lines(pattern):
    def check(path):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            assert pattern.fullmatch(line), f"line {number}: {line}"
    return check


def check_graphviz(path):
    done = subprocess.run(["dot", "-Tplain", str(path)], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0 and not done.stderr, done.stderr
    nodes = [line for line in done.stdout.splitlines() if line.startswith("node ")]
    written = re.findall(r"^  n\d+ \[", path.read_text(encoding="utf-8"), re.M)
    assert len(nodes) == len(written), f"{len(nodes)} nodes, expected {len(written)}"


def main():
    check, extension = {"svg": (check_svg, "svg"), "dot": (check_lines(DOT), "dot"),
                        "mermaid": (check_lines(MERMAID), "mermaid"),
                        "graphviz": (check_graphviz, "dot")}[sys.argv[1]]
    if sys.argv[1] == "graphviz" and not shutil.which("dot"):
        print("SKIPPED: Graphviz is not installed")
        return 77
    files = sorted(HERE.glob(f"*/out.{extension}"))
    failed = 0
    for path in files:
        try:
            check(path)
        except (AssertionError, ElementTree.ParseError) as fault:
            failed += 1
            print(f"{path.parent.name}: {fault}")
    print(f"graph {sys.argv[1]}: {len(files)} pictures, {failed} failed")
    return 1 if failed or not files else 0


if __name__ == "__main__":
    sys.exit(main())
