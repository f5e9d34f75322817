#!/usr/bin/python3
"""run_operator.py OPERATOR RCTL [SIZE...]: CPU time, memory and writes of `rctl-operator` on a
real control plane of its own (tests/controlplane), beside a bare loader that creates the
same children on the same plane, and beside production-stack's Go operator.

Figures move from machine to machine and from run to run; the ratios of one run are what
counts. The goals are printed beside them and never fail the run. The last size is what
the goals are about; all are 10 namespaces of InferenceServices with a Deployment and a
Service each. Status 0 and a word when the control plane is not built."""
import contextlib
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from concurrent import futures
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / folder) for folder in ("controlplane", "integration")]
import controlplane  # noqa: E402
import kube  # noqa: E402
import world  # noqa: E402

NAMESPACES = 10
WORKERS = 8         # connections of the loader: as many as the operator has rounds
CHANGES = 10        # single changes, of which a mean is taken
IDLE = 30           # seconds
QUIET = 10          # seconds without work that are rest
SILENT = 30         # seconds in which nothing may be written at rest
PATIENCE = 900      # seconds until rest
CROWD = 300         # services that share one namespace
CHILDREN = {"Deployment": "/apis/apps/v1/deployments", "Service": "/api/v1/services"}

# The peer on two shared cores, quoted from an earlier run on this kind of machine:
# production-stack's Go operator, August 2026, controller-runtime 0.20, VLLMRuntimes.
PEER = "production-stack's operator"
PEER_IDLE_MIB = 46.5
PEER_IDLE_CPU = 0.08
PEER_MIB = {100: 58.0, 1000: 88.5}
PEER_SECONDS = {100: 6.9, 1000: 96.0}
PEER_CPU = {100: 4.7, 1000: 8.4}  # until all exist, and 60 s on
PEER_WRITES = {100: 20.0, 1000: 43.0}  # a second, for ever
PEER_RESTART_WRITES = {1000: 1234 + 1289}  # in the first minute


def word(good):
    return "pass" if good else "FAIL"


# ---- the operator ----

class Operator:
    def __init__(self, program, kubeconfig, log):
        ports = controlplane.free_ports(2)
        self.metrics_url, self.health_url = (f"http://127.0.0.1:{port}" for port in ports)
        self.began = time.monotonic()
        self.process = subprocess.Popen(
            [program, f"--kubeconfig={kubeconfig}", "--leader-election-enabled=false",
             f"--metrics-addr=127.0.0.1:{ports[0]}", f"--health-probe-addr=127.0.0.1:{ports[1]}"],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        until = self.began + 60
        while not self.is_ready():
            if self.process.poll() is not None or time.monotonic() > until:
                sys.exit("bench: the operator does not become ready")
            time.sleep(0.02)

    def is_ready(self):
        try:
            return urllib.request.urlopen(f"{self.health_url}/readyz", timeout=5).status == 200
        except (urllib.error.URLError, ConnectionError):
            return False

    def cpu(self):
        """Seconds, user and system, of all threads: to the nanosecond where that is told."""
        tasks = Path(f"/proc/{self.process.pid}/task")
        return sum(int((task / "schedstat").read_text().split()[0])
                   for task in tasks.iterdir()) / 1e9

    def resident(self):
        """MiB."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"^VmRSS:\s+(\d+) kB", status, re.M).group(1)) / 1024

    def sums(self):
        """Writes to the API server, and rounds of work, since the start."""
        text = urllib.request.urlopen(f"{self.metrics_url}/metrics", timeout=10).read().decode()
        writes = rounds = 0.0
        for line in text.splitlines():
            if line.startswith("rest_client_requests_total{") and 'method="GET"' not in line:
                writes += float(line.rsplit(" ", 1)[1])
            elif line.startswith("controller_runtime_reconcile_total{"):
                rounds += float(line.rsplit(" ", 1)[1])
        return writes, rounds

    def rest(self):
        """Waits until it works no more; returns when it stopped to, and the CPU until then."""
        before, since, cpu = self.sums(), time.monotonic(), self.cpu()
        until = since + PATIENCE
        while time.monotonic() - since < QUIET and time.monotonic() < until:
            time.sleep(0.5)
            now = self.sums()
            if now != before:
                before, since, cpu = now, time.monotonic(), self.cpu()
        if time.monotonic() >= until:
            print(f"  no rest within {PATIENCE} s", flush=True)
        return since, cpu

    def stop(self):
        self.process.terminate()
        self.process.wait(60)


@contextlib.contextmanager
def running(program, kubeconfig, log):
    operator = Operator(program, kubeconfig, log)
    try:
        yield operator
    finally:
        operator.stop()


# ---- what is loaded ----

def namespaces(start, size):
    return [f"{start}-{size}-{i}" for i in range(NAMESPACES)]


def services_path(ns):
    return f"/apis/{world.VERSION}/namespaces/{ns}/inferenceservices"


def service(ns, number):
    return {"apiVersion": world.VERSION, "kind": "InferenceService",
            "metadata": {"name": f"model-{number}", "namespace": ns},
            "spec": {"modelName": f"org/model-{number}", "backendMode": "Managed", "replicas": 1,
                     "engine": "vllm",
                     "engineConfig": {"tensor-parallel-size": "1",
                                      "max-num-batched-tokens": "8192", "max-num-seqs": "256"}}}


def render(rctl, objects):
    """The children that the operator makes of them."""
    text = "".join(f"---\n{json.dumps(obj)}\n" for obj in objects)
    done = subprocess.run([rctl, "render", "-o", "json", "-"], input=text, check=True,
                          capture_output=True, text=True)
    items = json.loads(done.stdout)["items"]
    kinds = sorted(item["kind"] for item in items)
    if kinds != sorted(list(CHILDREN) * len(objects)):
        sys.exit(f"bench: other children than expected: {sorted(set(kinds))}")
    return items


def post(api, path, obj):
    answer = api.request("POST", path, obj)
    if not answer.ok:
        raise RuntimeError(f"POST {path}: {answer.message}")


def load(kubeconfig, rows):
    """Creates (path, object) rows over as many connections as the operator has."""
    def work(part):
        api = kube.Api(kubeconfig)
        for path, obj in part:
            post(api, path, obj)
    with futures.ThreadPoolExecutor(WORKERS) as pool:
        list(pool.map(work, [rows[i::WORKERS] for i in range(WORKERS)]))


def child_path(item):
    group = "/apis/apps/v1" if item["kind"] == "Deployment" else "/api/v1"
    return f"{group}/namespaces/{item['metadata']['namespace']}/{item['kind'].lower()}s"


def count(api, path):
    """How many there are of a kind, without reading them."""
    body = api.get(path, limit=1).body
    return len(body["items"]) + body["metadata"].get("remainingItemCount", 0)


def counts(api):
    return [count(api, path) for path in CHILDREN.values()]


# ---- what is measured ----

class Figures:
    """Of one size: seconds, CPU seconds, MiB, numbers of writes."""


def converge(plane, operator, rows):
    """Loads services; until all children exist, a minute on, and until rest."""
    figures = Figures()
    goal = [n + len(rows) for n in counts(plane.api)]
    cpu, (writes, rounds) = operator.cpu(), operator.sums()
    began = time.monotonic()
    pool = futures.ThreadPoolExecutor(1)
    loader = pool.submit(load, plane.kubeconfig, rows)
    while any(n < wanted for n, wanted in zip(counts(plane.api), goal)):
        if time.monotonic() - began > PATIENCE:
            sys.exit(f"bench: not all children within {PATIENCE} s")
        if loader.done():
            loader.result()  # raises what it met
        time.sleep(0.1)
    figures.seconds = time.monotonic() - began
    figures.cpu = operator.cpu() - cpu
    loader.result()
    pool.shutdown()
    time.sleep(60)
    figures.cpu_minute = operator.cpu() - cpu
    rest, rested = operator.rest()
    figures.rest, figures.cpu_rest = rest - began, rested - cpu
    figures.resident = operator.resident()
    at_rest = operator.sums()
    figures.writes, figures.rounds = at_rest[0] - writes, at_rest[1] - rounds
    time.sleep(SILENT)
    figures.silent = operator.sums()[0] - at_rest[0]
    return figures


def change(plane, operator, ns, name):
    """Seconds until the child of one changed object is patched."""
    child = plane.api.path("apps/v1", "Deployment", ns, name)
    old = plane.api.get(child).body["metadata"]["generation"]
    began = time.monotonic()
    answer = plane.api.request("PATCH", f"{services_path(ns)}/{name}",
                               {"spec": {"engineConfig": {"max-num-seqs": "128"}}},
                               content=kube.MERGE)
    if not answer.ok:
        sys.exit(f"bench: {answer.message}")
    while plane.api.get(child).body["metadata"]["generation"] == old:
        if time.monotonic() - began > 60:
            sys.exit("bench: the child of a changed object is not patched within 60 s")
        time.sleep(0.005)
    return time.monotonic() - began


def changes(plane, operator, places):
    """Of one change: seconds (median), milliseconds of CPU with all that follows (mean)."""
    cpu, took = operator.cpu(), []
    for i in range(CHANGES):
        took.append(change(plane, operator, places[i % len(places)], f"model-{i}"))
    _, rested = operator.rest()
    return statistics.median(took), (rested - cpu) * 1000 / CHANGES


def restart(program, plane, log):
    """Seconds and CPU until it is ready, CPU and writes until it is at rest."""
    with running(program, plane.kubeconfig, log) as operator:
        seconds, cpu = time.monotonic() - operator.began, operator.cpu()
        _, rested = operator.rest()
        return seconds, cpu, rested, operator.sums()[0]


def measure_idle(program, plane, log):
    with running(program, plane.kubeconfig, log) as operator:
        time.sleep(5)
        cpu = operator.cpu()
        time.sleep(IDLE)
        cpu, mib = (operator.cpu() - cpu) * 60 / IDLE, operator.resident()
    print(f"without objects: {mib:.1f} MiB resident, {cpu:.4f} s of CPU a minute; {PEER}: "
          f"{PEER_IDLE_MIB} MiB ({mib / PEER_IDLE_MIB:.2f} x), "
          f"{PEER_IDLE_CPU} s ({cpu / PEER_IDLE_CPU:.2f} x)", flush=True)
    return mib


def beside(ours, peers, size, unit):
    if size not in peers:
        return ""
    return f"; {PEER}: {peers[size]:g} {unit} ({ours / peers[size]:.3f} x)"


def measure_size(program, plane, log, size, places):
    objects = [service(places[i % len(places)], i) for i in range(size)]
    for ns in places:
        plane.namespace(ns)
    rows = [(services_path(obj["metadata"]["namespace"]), obj) for obj in objects]
    print(f"\n{size} services in {len(places)} namespace{'s' * (len(places) > 1)}", flush=True)
    with running(program, plane.kubeconfig, log) as operator:
        figures = converge(plane, operator, rows)
        known = size if len(places) > 1 else 0  # the peer had no crowd
        print(f"  all children exist after {figures.seconds:.1f} s"
              f"{beside(figures.seconds, PEER_SECONDS, known, 's')}")
        print(f"  CPU until then {figures.cpu:.2f} s, a minute on {figures.cpu_minute:.2f} s"
              f"{beside(figures.cpu_minute, PEER_CPU, known, 's')}")
        print(f"  at rest after {figures.rest:.0f} s: CPU {figures.cpu_rest:.2f} s, "
              f"{figures.cpu_rest * 1000 / size:.2f} ms a service, "
              f"{figures.rounds / size:.1f} rounds and {figures.writes / size:.1f} writes each")
        print(f"  resident at rest {figures.resident:.1f} MiB"
              f"{beside(figures.resident, PEER_MIB, known, 'MiB')}")
        print(f"  writes within {SILENT} s at rest: {figures.silent:.0f}"
              f"{beside(figures.silent / SILENT, PEER_WRITES, known, 'a second')}", flush=True)
        figures.change, figures.change_cpu = changes(plane, operator, places)
        print(f"  one change: child patched after {figures.change * 1000:.0f} ms, "
              f"{figures.change_cpu:.2f} ms of CPU with all that follows", flush=True)
    seconds, cpu, rested, writes = restart(program, plane, log)
    print(f"  restart: ready after {seconds:.2f} s with {cpu:.2f} s of CPU, {rested:.2f} s until "
          f"rest, {writes:.0f} writes{beside(writes, PEER_RESTART_WRITES, known, 'writes')}",
          flush=True)
    return figures


def measure_floor(rctl, plane, size):
    """Seconds in which a bare loader makes the children, with no operator there."""
    places = [plane.namespace(ns) for ns in namespaces("floor", size)]
    items = render(rctl, [service(places[i % NAMESPACES], i) for i in range(size)])
    rows = [(child_path(item), item) for item in items]
    began = time.monotonic()
    load(plane.kubeconfig, rows)
    seconds = time.monotonic() - began
    print(f"\na bare loader makes the {len(rows)} children in {seconds:.1f} s", flush=True)
    return seconds


def goal(what, ours, limit, unit="x"):
    print(f"  {what}, at most {limit:g} {unit}: {ours:.2f} {unit}  {word(ours <= limit)}")


def print_goals(idle, sizes, crowd, floor):
    (small, few), (size, many) = min(sizes.items()), max(sizes.items())
    print("\ngoals")
    goal(f"idle memory that {PEER} takes", idle / PEER_IDLE_MIB, 0.2)
    if size in PEER_MIB:
        goal(f"memory at {size} that {PEER} takes", many.resident / PEER_MIB[size], 0.2)
        goal(f"CPU an object at {size} that {PEER} takes", many.cpu_minute / PEER_CPU[size], 0.2)
    goal(f"convergence of {size} of the bare loader's", many.seconds / floor, 1.3)
    goal(f"writes at rest, {SILENT} s", sum(f.silent for f in (few, many, crowd)), 0, "writes")
    goal(f"CPU of a change at {size} of that at {small}", many.change_cpu / few.change_cpu, 1.5)
    goal(f"CPU an object, {CROWD} in one namespace, of that at {size}",
         crowd.cpu_rest / CROWD / (many.cpu_rest / size), 2)
    print(f"  ({PEER} was measured in an earlier run on this kind of machine, not in this one)")


def main():
    program, rctl = map(os.path.abspath, sys.argv[1:3])
    sizes = [int(size) for size in sys.argv[3:]] or [100, 1000]
    with tempfile.TemporaryDirectory(prefix="rctl-bench-") as scratch:
        home = Path(scratch) / "plane"
        status = controlplane.start(home, [])
        if status == controlplane.SKIPPED:
            print("the control plane is not built (tests/controlplane/build): not measured")
            return
        if status != 0:
            sys.exit("bench: the control plane does not start")
        try:
            with open(Path(scratch) / "log", "wb") as log:
                plane = world.World(home, rctl)
                plane.install_crds()
                idle = measure_idle(program, plane, log)
                figures = {size: measure_size(program, plane, log, size, namespaces("at", size))
                           for size in sizes}
                floor = measure_floor(rctl, plane, max(sizes))
                crowd = measure_size(program, plane, log, CROWD, ["crowd"])
                print_goals(idle, figures, crowd, floor)
        finally:
            controlplane.stop(home)


if __name__ == "__main__":
    main()
