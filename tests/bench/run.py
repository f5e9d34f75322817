#!/usr/bin/python3
"""run.py RCTL: CPU time and peak memory of `rctl validate` beside a bare libyaml event
loop over the same bytes, and beside kubeconform and helm where they are on PATH.

Figures move from machine to machine and from run to run; the ratios of one run are
what counts. The goals are printed beside them and never fail the run."""
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
SIZES = [1, 1000, 10000, 100000]
COLD_RUNS = 200


def compile_c(source, program):
    flags = shlex.split(subprocess.run(["pkg-config", "--cflags", "--libs", "yaml-0.1"],
                                       check=True, capture_output=True, text=True).stdout)
    subprocess.run(["cc", "-O2", "-o", program, source, *flags], check=True)


def once(command, allowed):
    """CPU seconds, peak MiB and wall seconds of one run."""
    start = time.perf_counter()
    with open(os.devnull, "w") as null:
        child = subprocess.Popen(command, stdout=null, stderr=null)
        _, status, usage = os.wait4(child.pid, 0)
    wall = time.perf_counter() - start
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode not in allowed:
        sys.exit(f"bench: {shlex.join(map(str, command))} ended with {child.returncode}")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, wall


def best(command, runs, allowed=(0,)):
    results = [once(command, allowed) for _ in range(runs)]
    return min(r[0] for r in results), min(r[1] for r in results)


def median_wall(command, runs):
    """Milliseconds; a median, because one slow start says nothing."""
    return sorted(once(command, (0,))[2] for _ in range(runs))[runs // 2] * 1000


def word(good):
    return "pass" if good else "FAIL"


def measure_sizes(rctl, work):
    rows = {}
    print(f"{'documents':>10} {'input':>9} {'loop':>9} {'validate':>9} {'ratio':>7} {'peak':>9} "
          f"{'of input':>9}")
    for n in SIZES:
        path = work / f"{n}.yaml"
        runs = 3 if n >= 100000 else 7
        floor, _ = best([work / "floor", path], runs)
        cpu, peak = best([rctl, "validate", path], runs)
        size = path.stat().st_size / 2**20
        rows[n] = (floor, cpu, peak, size)
        ratio = f"{cpu / floor:.2f} x" if floor >= 0.005 else "-"
        of_input = f"{peak / size:.2f} x" if size >= 1 else "-"
        print(f"{n:>10} {size:>5.1f} MiB {floor:>7.3f} s {cpu:>7.3f} s {ratio:>7} {peak:>5.1f} MiB "
              f"{of_input:>9}", flush=True)
    return rows


def print_goals(rows, cold):
    floor, cpu, peak, size = rows[10000]
    print("\ngoals")
    print(f"  10 000 documents: at most 2 x the CPU of the loop:  {cpu / floor:.2f} x"
          f"  {word(cpu <= 2 * floor)}")
    print(f"  10 000 documents: peak at most 4 x the input:       {peak / size:.2f} x"
          f"  {word(peak <= 4 * size)}")
    each = [rows[n][1] / n for n in SIZES if n >= 1000]
    spread = max(each) / min(each)
    print(f"  1 000 to 100 000: time a document within 1.2 x:     {spread:.2f} x"
          f"  {word(spread <= 1.2)}")
    print(f"  cold start: at most 3 ms above an empty program:    {cold:.2f} ms"
          f"  {word(cold <= 3)}")


def measure_cold(rctl, work):
    (work / "empty.c").write_text("int main(void) { return 0; }\n")
    compile_c(work / "empty.c", work / "empty")
    empty = median_wall([work / "empty"], COLD_RUNS)
    ours = median_wall([rctl, "validate", work / "1.yaml"], COLD_RUNS)
    print(f"\ncold start, median of {COLD_RUNS}: empty program {empty:.2f} ms, "
          f"rctl validate of one file {ours:.2f} ms")
    return ours - empty


def measure_peers(work, rows):
    path = work / "10000.yaml"
    if shutil.which("kubeconform"):
        cpu, peak = best(["kubeconform", "-ignore-missing-schemas", "-n", "1", path], 3, (0, 1))
        print(f"\nkubeconform without schemas, 10 000 documents: {cpu:.3f} s, {peak:.1f} MiB, "
              f"{cpu / rows[10000][1]:.1f} x rctl")
    else:
        print("\nkubeconform is not on PATH: not measured")
    if shutil.which("helm"):
        print(f"helm version, cold: {median_wall(['helm', 'version'], 20):.1f} ms")
    else:
        print("helm is not on PATH: not measured")


def main():
    rctl = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory(prefix="rctl-bench-") as scratch:
        work = Path(scratch)
        compile_c(HERE / "floor.c", work / "floor")
        for n in SIZES:
            with open(work / f"{n}.yaml", "wb") as out:
                subprocess.run([sys.executable, HERE / "gen.py", str(n)], stdout=out, check=True)
        rows = measure_sizes(rctl, work)
        cold = measure_cold(rctl, work)
        print_goals(rows, cold)
        measure_peers(work, rows)


if __name__ == "__main__":
    main()
