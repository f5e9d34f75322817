#!/usr/bin/python3
"""Does the rule of abi.py tell a break from an addition? One row a change."""
import sys

sys.dont_write_bytecode = True
import abi  # noqa: E402

OLD = """
call rctl_a = int (void)
enum rctl_e = 4 bytes
enum rctl_e.RCTL_E_ONE = 0
enum rctl_e.RCTL_E__COUNT = 1
struct rctl_fixed = 16 bytes
struct rctl_fixed.name = at 0, 8 bytes, const char *
struct rctl_fixed.on = at 8, 1 bytes, bool
struct rctl_grown = 24 bytes
struct rctl_grown.size = at 0, 8 bytes, size_t
struct rctl_grown.name = at 8, 8 bytes, const char *
struct rctl_grown.on = at 16, 1 bytes, bool
type rctl_time = int64_t, 8 bytes
"""
# What is done to OLD: lines that come or replace those of their name, names that go; then the
# names that the rule must call breaks, and additions.
ROWS = [
    ("nothing", [], [], [], []),
    ("a new call", ["call rctl_b = int (void)"], [], [], ["call rctl_b"]),
    ("a call is gone", [], ["call rctl_a"], ["call rctl_a"], []),
    ("another parameter", ["call rctl_a = int (int)"], [], ["call rctl_a"], []),
    ("a constant behind the last", ["enum rctl_e.RCTL_E_TWO = 1", "enum rctl_e.RCTL_E__COUNT = 2"],
     [], [], ["enum rctl_e.RCTL_E_TWO"]),
    ("a constant in front", ["enum rctl_e.RCTL_E_ONE = 1", "enum rctl_e.RCTL_E_NEW = 0"], [],
     ["enum rctl_e.RCTL_E_ONE"], ["enum rctl_e.RCTL_E_NEW"]),
    ("fewer constants", ["enum rctl_e.RCTL_E__COUNT = 0"], [], ["enum rctl_e.RCTL_E__COUNT"], []),
    ("a wider enum", ["enum rctl_e = 8 bytes"], [], ["enum rctl_e"], []),
    ("a new struct", ["struct rctl_new = 8 bytes", "struct rctl_new.x = at 0, 8 bytes, int64_t"],
     [], [], ["struct rctl_new", "struct rctl_new.x"]),
    ("a member more, no size",
     ["struct rctl_fixed = 24 bytes", "struct rctl_fixed.x = at 16, 8 bytes, int64_t"], [],
     ["struct rctl_fixed", "struct rctl_fixed.x"], []),
    ("a member in padding, no size", ["struct rctl_fixed.x = at 9, 1 bytes, bool"], [],
     ["struct rctl_fixed.x"], []),
    ("a member at the end",
     ["struct rctl_grown = 32 bytes", "struct rctl_grown.x = at 24, 8 bytes, int64_t"], [],
     [], ["struct rctl_grown.x"]),
    ("a member in what was padding", ["struct rctl_grown.x = at 17, 1 bytes, bool"], [],
     ["struct rctl_grown.x"], []),
    ("a struct that shrinks", ["struct rctl_grown = 16 bytes"], ["struct rctl_grown.on"],
     ["struct rctl_grown", "struct rctl_grown.on"], []),
    ("a member of another type", ["struct rctl_fixed.on = at 8, 4 bytes, int"], [],
     ["struct rctl_fixed.on"], []),
    ("members that change places",
     ["struct rctl_fixed.on = at 0, 1 bytes, bool",
      "struct rctl_fixed.name = at 8, 8 bytes, const char *"], [],
     ["struct rctl_fixed.name", "struct rctl_fixed.on"], []),
    ("another type behind a name", ["type rctl_time = double, 8 bytes"],
     [], ["type rctl_time"], []),
]


def names(sentences):
    return sorted(s.split(": ")[0] for s in sentences)


def main():
    old, faults = abi.read(OLD.splitlines()), 0
    for title, come, go, breaks, additions in ROWS:
        new = {k: v for k, v in {**old, **abi.read(come)}.items() if k not in go}
        got = [names(found) for found in abi.compare(old, new)]
        if got != [sorted(breaks), sorted(additions)]:
            print(f"{title}: breaks {got[0]}, additions {got[1]}")
            faults += 1
    print(f"compare: {len(ROWS)} changes, {faults} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
