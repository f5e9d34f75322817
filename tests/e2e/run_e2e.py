#!/usr/bin/python3
"""Does what the operator makes of the samples really serve?

usage: run_e2e.py PROGRAMS [SAMPLE...]
       run_e2e.py --results FILE PROGRAMS SAMPLE...
       run_e2e.py --of FILE SAMPLE

PROGRAMS is a folder with rctl, rctl-operator and rctl-fake-engine. In namespaces of its own
this machine becomes a cluster of one node (node.py): the real API server and controllers,
our CRDs, roles and operator as they are installed, then the samples. What the operator
rendered is read from the API server and started as a kubelet would start it (kubelet.py),
with the released routers and, in place of engines, fakes that speak their HTTP. Then
requests are sent, and each has to be answered by whom the sample says.

SAMPLE is a row of samples.py. The table at the end says of each what was sent, answered by
the right and by a wrong backend, lost, and what had to be skipped. --results, with the names
of all samples, also writes that to FILE, so that --of can tell of one; it fails only for what
is of no sample.
E2E_LOGS names a folder for what all containers write. Exit status 77: nothing could be run,
or, with --of, something of the sample was skipped."""
import json
import os
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
for folder in ("routers", "integration", "controlplane"):
    sys.path.insert(0, str(HERE.parent / folder))

import controlplane  # noqa: E402
import node  # noqa: E402
from world import World  # noqa: E402

SKIPPED = 77
PROGRAMS = ("rctl", "rctl-operator", "rctl-fake-engine")
COLUMNS = ("sent", "right", "wrong", "lost")


def check(programs):
    if controlplane.programs() is None:
        raise node.NotHere("no control plane was built; see tests/controlplane/build")
    for name in PROGRAMS:
        if not (programs / name).exists():
            raise node.NotHere(f"there is no {name} in {programs}")


def tell(results):
    """The table, and below it what was wrong."""
    rows = [("sample", *COLUMNS, "skipped")]
    rows += [(name, *(str(found[c]) for c in COLUMNS), "; ".join(found["skipped"]) or "-")
             for name, found in results.items()]
    wide = [max(map(len, column)) for column in zip(*rows)]
    for row in rows:
        print("  ".join([row[0].ljust(wide[0]), *(cell.rjust(wide[i + 1]) for i, cell in
                                                  enumerate(row[1:5])), row[5]]))
    for name, found in results.items():
        for fault in found["faults"]:
            print(f"{name}: {fault}")


def one_of(path, name):
    if not path.exists():
        print(f"{name}: skipped: the samples were not run")
        return SKIPPED
    found = json.loads(path.read_text())[name]
    tell({name: found})
    return 1 if found["faults"] else SKIPPED if found["skipped"] else 0


def run(programs, names, by_name):
    """What came of the samples, and what was wrong beside them; None without a cluster."""
    # What follows needs what is only inside.
    from cluster import Cluster
    from samples import SAMPLES
    unknown = set(names) - SAMPLES.keys()
    if by_name and SAMPLES.keys() - set(names):
        sys.exit(f"not named: {', '.join(sorted(SAMPLES.keys() - set(names)))}")
    if unknown:
        sys.exit(f"there is no sample {', '.join(sorted(unknown))}; there are "
                 f"{' '.join(SAMPLES)}")
    machine = node.Node()
    plane = machine.home / "plane"
    if controlplane.start(plane, [], kubelet=False):
        sys.exit("e2e: the control plane does not start")
    cluster = Cluster(machine, World(plane, programs / "rctl"), programs)
    results = cluster.run({n: s for n, s in SAMPLES.items() if not names or n in names})
    cluster.close()
    controlplane.stop(plane)
    return results


def main(argv):
    words = argv[1:]
    if words[:1] == ["--of"] and len(words) == 3:
        return one_of(Path(words[1]), words[2])
    path = None
    if words[:1] == ["--results"]:
        path, words = Path(words[1]).resolve(), words[2:]
    if not words or words[0].startswith("-"):
        print(__doc__, file=sys.stderr)
        return 2
    programs, began = Path(words[0]).resolve(), time.monotonic()
    if path:
        path.unlink(missing_ok=True)
    try:
        check(programs)
        node.enter(argv)
    except node.NotHere as reason:
        print(f"e2e: skipped: {reason}")
        return SKIPPED
    results, others = run(programs, words[1:], by_name=bool(path))
    if path:
        path.write_text(json.dumps(results, indent=1))
    print()
    tell(results)
    for fault in others:
        print(fault)
    faults = others + [fault for found in results.values() for fault in found["faults"]]
    print(f"e2e: {len(results)} samples, {sum(f['sent'] for f in results.values())} requests, "
          f"{len(faults)} faults, {sum(len(f['skipped']) for f in results.values())} skipped, "
          f"{time.monotonic() - began:.0f} s")
    return 1 if (others if path else faults) else 0


if __name__ == "__main__":
    os.environ.setdefault("PYTHONDONTWRITEBYTECODE", "1")
    sys.exit(main(sys.argv))
