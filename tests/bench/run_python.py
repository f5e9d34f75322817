#!/usr/bin/python3
"""run_python.py RCTL WHEELS: what the Python package costs beside `rctl validate` and beside
PyYAML's C loader, which only reads. WHEELS is the folder that holds the wheel of this machine.

As in run.py, the ratios of one run are what counts; the goals never fail the run."""
import compileall
import os
import platform
import subprocess
import sys
import tempfile
import timeit
import zipfile
from pathlib import Path
from time import process_time

import yaml

from run import HERE, Meter, compile_c, word

DOCUMENTS = 10000
RUNS = 7


def cpu(call, runs=RUNS):
    """The best of some, in seconds of this process."""
    best = float("inf")
    for _ in range(runs):
        start = process_time()
        call()
        best = min(best, process_time() - start)
    return best


def read_with_yaml(path):
    with open(path, "rb") as file:
        for _ in yaml.load_all(file, yaml.CSafeLoader):
            pass


def measure_import(meter, package):
    """Milliseconds of CPU above an interpreter that starts and ends."""
    os.environ["PYTHONPATH"] = str(package)
    ours, nothing = (meter.best([sys.executable, "-c", code], 3 * RUNS)[0]
                     for code in ("import routerctl", "pass"))
    return (ours - nothing) * 1000


def measure_load(routerctl, meter, rctl, path):
    ours = theirs = float("inf")
    for _ in range(RUNS):  # in turns, so that a noisy moment hits both
        theirs = min(theirs, meter.once([rctl, "validate", path])[0])
        ours = min(ours, cpu(lambda: routerctl.load(path), 1))
    reading = cpu(lambda: read_with_yaml(path), 1)
    print(f"{DOCUMENTS} documents: load {ours:.3f} s, rctl validate {theirs:.3f} s, "
          f"PyYAML's C loader {reading:.3f} s")
    print(f"  load, checks included: at most 1.15 x rctl validate:  {ours / theirs:.2f} x"
          f"  {word(ours <= 1.15 * theirs)}")
    print(f"  at least 5 x faster than PyYAML, which only reads:    {reading / ours:.1f} x"
          f"  {word(reading >= 5 * ours)}")


def measure_objects(routerctl, path):
    documents = routerctl.load(path)
    found, rendering = documents.objects[0], documents.render()
    getter = min(timeit.repeat("found.name", globals=locals(), number=100000, repeat=5)) * 1e4
    print(f"  a getter of an object: at most 200 ns:                {getter:.0f} ns"
          f"  {word(getter <= 200)}")
    asked = cpu(lambda: [documents.document_count for _ in range(10000)]) / 10000
    each = cpu(lambda: [found.name for found in documents.objects]) / len(documents.objects)
    made = cpu(lambda: [manifest.name for manifest in rendering]) / len(rendering)
    print(f"a getter that asks the library: {asked * 1e9:.0f} ns")
    print(f"an object made when it is looked at: {each * 1e6:.1f} us; "
          f"a manifest: {made * 1e6:.1f} us")


def main():
    rctl = os.path.abspath(sys.argv[1])
    [wheel] = Path(sys.argv[2]).glob(f"*_{platform.machine()}.whl")
    with tempfile.TemporaryDirectory(prefix="rctl-bench-") as scratch:
        work = Path(scratch)
        compile_c(HERE / "measure.c", work / "measure")
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(work / "package")
        compileall.compile_dir(work / "package", quiet=1)
        path = work / "many.yaml"
        with open(path, "wb") as out:
            subprocess.run([sys.executable, HERE / "gen.py", str(DOCUMENTS)], stdout=out,
                           check=True)
        sys.path.insert(0, str(work / "package"))
        import routerctl
        meter = Meter(work / "measure")
        measure_load(routerctl, meter, rctl, path)
        importing = measure_import(meter, work / "package")
        print(f"  import: at most 50 ms:                                {importing:.1f} ms"
              f"  {word(importing <= 50)}")
        measure_objects(routerctl, path)


if __name__ == "__main__":
    main()
