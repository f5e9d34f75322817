#!/usr/bin/python3
"""Every diagnostic code is raised somewhere in lib/ and seen by a golden case:
codes.py ROOT lists those that are not."""
import re
import sys
from pathlib import Path

# A golden case would need megabytes of input: the unit test that shows it instead.
LARGE = {"discovery.too-many": "tests/unit/discovery/test_run.c"}
ROW = re.compile(r'^CODE\(\s*(\w+)\s*,\s*"([^"]+)"', re.M)


def main():
    root = Path(sys.argv[1])
    codes = {}
    for table in ("codes.def", "codes_engine.def"):
        for word, code in ROW.findall((root / "lib/diag" / table).read_text()):
            if word in codes or code in codes.values():
                print(f"{table}: {word} '{code}' stands there twice")
            codes[word] = code
    source = "\n".join(p.read_text() for p in sorted((root / "lib").rglob("*"))
                       if p.suffix in (".c", ".h", ".def") and not p.name.startswith("codes"))
    seen = set()
    # What only an engine from outside can tell is seen by the program that registers one.
    shown = [*(root / "tests/golden").rglob("diags.txt"), *(root / "tests/install").glob("*.expected")]
    for path in sorted(shown):
        seen.update(re.findall(r"\[([a-z0-9-]+\.[a-z0-9-]+)\]$", path.read_text(), re.M))
    seen.update(c for c, test in LARGE.items() if f'"{c}"' in (root / test).read_text())

    unused = [w for w in codes if not re.search(rf"\bDIAG_{w}\b", source)]
    unshown = sorted(c for c in codes.values() if c not in seen)
    unknown = sorted(seen - set(codes.values()))
    for word in unused:
        print(f"never raised in lib/: DIAG_{word} '{codes[word]}'")
    for code in unshown:
        print(f"no golden case shows: {code}")
    for code in unknown:
        print(f"a golden case shows a code that is in no table: {code}")
    print(f"codes: {len(codes)} in the tables, {len(unused)} never raised, "
          f"{len(unshown)} without a golden case")
    return 1 if unused or unshown or unknown or not codes else 0


if __name__ == "__main__":
    sys.exit(main())
