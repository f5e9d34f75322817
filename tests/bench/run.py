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
from pathlib import Path

HERE = Path(__file__).resolve().parent
SIZES = [1, 1000, 10000, 100000]
COLD_RUNS = 200


def compile_c(source, program):
    flags = shlex.split(subprocess.run(["pkg-config", "--cflags", "--libs", "yaml-0.1"],
                                       check=True, capture_output=True, text=True).stdout)
    subprocess.run(["cc", "-O2", "-o", program, source, *flags], check=True)


class Meter:
    def __init__(self, program):
        self.program = program

    def once(self, command, allowed=(0,)):
        """CPU seconds, peak MiB and wall seconds of one run."""
        words = subprocess.run([self.program, *command], check=True, capture_output=True,
                               text=True).stdout.split()
        if int(words[3]) not in allowed:
            sys.exit(f"bench: {shlex.join(map(str, command))} ended with {words[3]}")
        return float(words[0]), int(words[1]) / 1024, float(words[2])

    def best(self, command, runs, allowed=(0,)):
        results = [self.once(command, allowed) for _ in range(runs)]
        return min(r[0] for r in results), min(r[1] for r in results)

    def median_wall(self, command, runs):
        """Milliseconds; a median, because one slow start says nothing."""
        return sorted(self.once(command)[2] for _ in range(runs))[runs // 2] * 1000


def word(good):
    return "pass" if good else "FAIL"


def measure_sizes(meter, rctl, work):
    rows = {}
    print(f"{'documents':>10} {'input':>9} {'loop':>9} {'validate':>9} {'ratio':>7} {'peak':>9} "
          f"{'of input':>9}")
    for n in SIZES:
        path = work / f"{n}.yaml"
        runs = 3 if n >= 100000 else 7
        floor, _ = meter.best([work / "floor", path], runs)
        cpu, peak = meter.best([rctl, "validate", path], runs)
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
    # A small set bears the start of the process; what must not be is growth.
    growth = max(later / first for i, first in enumerate(each) for later in each[i:])
    print(f"  1 000 to 100 000: time a document grows at most 1.2 x: {growth:.2f} x"
          f"  {word(growth <= 1.2)}")
    print(f"  cold start: at most 3 ms above an empty program:    {cold:.2f} ms"
          f"  {word(cold <= 3)}")


def measure_cold(meter, rctl, work):
    (work / "empty.c").write_text("int main(void) { return 0; }\n")
    compile_c(work / "empty.c", work / "empty")
    empty = meter.median_wall([work / "empty"], COLD_RUNS)
    ours = meter.median_wall([rctl, "validate", work / "1.yaml"], COLD_RUNS)
    print(f"\ncold start, median of {COLD_RUNS}: empty program {empty:.2f} ms, "
          f"rctl validate of one file {ours:.2f} ms")
    return ours - empty


def write_gateways(path, gateways, routes):
    """Gateways over services of their own, which somebody else runs."""
    head = "apiVersion: production-stack.vllm.ai/v1alpha1\n"
    with open(path, "w", encoding="utf-8") as out:
        for g in range(gateways):
            out.write(f"{head}kind: InferenceGateway\nmetadata: {{name: door-{g}}}\nspec:\n"
                      "  schedulingPolicy: gpu-load-aware\n  routeStrategy: PrefixHash\n"
                      "  sessionAffinity: true\n  routes:\n")
            for r in range(routes):
                out.write(f"    - model: org/model-{g}-{r}\n"
                          f"      inferenceServiceRef: chat-{g}-{r}\n")
            for r in range(routes):
                out.write(f"---\n{head}kind: InferenceService\nmetadata: {{name: chat-{g}-{r}}}\n"
                          f"spec: {{modelName: org/model-{g}-{r}, backendMode: External}}\n")
            out.write("---\n")


def measure_gateways(meter, rctl, work):
    print("\ngateways x routes: validate, render")
    each = {}
    for gateways, routes in ((25, 100), (100, 25), (100, 100), (400, 100)):
        path = work / f"gateways-{gateways}-{routes}.yaml"
        write_gateways(path, gateways, routes)
        validate, _ = meter.best([rctl, "validate", path], 3)
        render, peak = meter.best([rctl, "render", path], 3)
        each[gateways, routes] = render / (gateways * routes)
        print(f"  {gateways:>3} x {routes:<3} {validate:.3f} s  {render:.3f} s  "
              f"{render / validate:.2f} x  {peak:.1f} MiB")
        if (gateways, routes) == (100, 100):
            print(f"  100 x 100: render at most 3 x validate: {render / validate:.2f} x"
                  f"  {word(render <= 3 * validate)}")
    growth = each[400, 100] / each[25, 100]
    print(f"  time a route, 25 to 400 gateways, grows at most 1.2 x: {growth:.2f} x"
          f"  {word(growth <= 1.2)}")


def measure_peers(meter, work, rows):
    path = work / "10000.yaml"
    if shutil.which("kubeconform"):
        cpu, peak = meter.best(["kubeconform", "-ignore-missing-schemas", "-n", "1", path], 3, (0, 1))
        print(f"\nkubeconform without schemas, 10 000 documents: {cpu:.3f} s, {peak:.1f} MiB, "
              f"{cpu / rows[10000][1]:.1f} x rctl")
    else:
        print("\nkubeconform is not on PATH: not measured")
    if shutil.which("helm"):
        print(f"helm version, cold: {meter.median_wall(['helm', 'version'], 20):.1f} ms")
    else:
        print("helm is not on PATH: not measured")


def main():
    rctl = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory(prefix="rctl-bench-") as scratch:
        work = Path(scratch)
        for name in ("floor", "measure"):
            compile_c(HERE / f"{name}.c", work / name)
        meter = Meter(work / "measure")
        for n in SIZES:
            with open(work / f"{n}.yaml", "wb") as out:
                subprocess.run([sys.executable, HERE / "gen.py", str(n)], stdout=out, check=True)
        rows = measure_sizes(meter, rctl, work)
        cold = measure_cold(meter, rctl, work)
        print_goals(rows, cold)
        measure_gateways(meter, rctl, work)
        measure_peers(meter, work, rows)


if __name__ == "__main__":
    main()
