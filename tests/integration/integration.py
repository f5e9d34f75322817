#!/usr/bin/python3
"""Does a real control plane agree with us? integration.py DIR RCTL TEST

DIR is an instance that tests/controlplane/controlplane.py has started, RCTL the program
under test, TEST a row of TESTS. A test is a function of a file beside this one that
yields one line for each thing that is wrong. Without an instance it is skipped, with status 77.
To run one by hand:

    tests/controlplane/build
    tests/controlplane/controlplane.py start /tmp/plane
    tests/integration/integration.py /tmp/plane build/dev/bin/rctl agreement
    tests/controlplane/controlplane.py stop /tmp/plane"""
import sys
from pathlib import Path

import asking
import killed
import life
import mend
import metrics
import objects
import operate
import plan
import schema
from world import Skipped, World

SKIPPED = 77
TESTS = {f.__name__: f for f in (schema.crds, schema.samples, schema.agreement, schema.columns,
                                 schema.explain, schema.commands, objects.dry_run,
                                 objects.returned, objects.available, asking.live,
                                 plan.converge, plan.rest, plan.edits)}
TESTS |= {f"operator.{f.__name__}": f for f in (operate.converge, operate.rest, operate.order,
                                               mend.drift, mend.invalid, metrics.metrics,
                                               killed.kill,
                                               life.leader, life.rbac, life.missing, life.unserved)}


def main(argv):
    if len(argv) != 4 or argv[3] not in TESTS:
        print(f"{__doc__}\n\nTESTS: {' '.join(TESTS)}", file=sys.stderr)
        return 2
    name = argv[3]
    home = Path(argv[1]).resolve()
    if not (home / "kubeconfig").exists():
        print(f"{name}: skipped: no control plane was started; see tests/controlplane/build")
        return SKIPPED
    world = World(home, Path(argv[2]).resolve())
    faults = 0
    try:
        for line in TESTS[name](world):
            print(line.encode("utf-8", "backslashreplace").decode())
            faults += 1
    except Skipped as reason:
        print(f"{name}: skipped: {reason}")
        return SKIPPED
    except RuntimeError as error:
        print(error)
        faults += 1
    print(f"{name}: {world.looked_at} looked at, {faults} faults")
    return 1 if faults or not world.looked_at else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
