#!/usr/bin/python3
"""Do real routers work with what is rendered? run_routers.py [--update] RCTL ROUTER [CASE...]

A case is a folder tests/routers/cases/CASE: every file named in*, given to `rctl render`
(`args` holds further arguments), and expect.json, an object of the router Deployments that
must come out. Of each: "router" (its kind), "flags" (those whose values are not the
launcher's own defaults, as the launcher understands them), "answers" (model or alias ->
the Deployments that may answer; the router in front of P/D halves answers by decode),
"refused" (model -> status, for routers that know their models), "locked" (true: without a
key a request is a 401). Judged are the Deployments of ROUTER; others of the case run too.

The launcher parses the arguments, then the router runs, in front of fake engines that stand
for the rendered pods, with the rendered files mounted, and where it asks Kubernetes for pods,
with the rights that were rendered. Probes must be answered, and requests go where they
should. production-stack's router is on no package index: its arguments and file meet a
checker in its place, and it runs only where PRODUCTION_STACK_PYTHON names a Python that has
it. --update writes "flags". Exit status 77: something had to be left out
since a wheel is not installed. ROUTER_READY_SECONDS bounds the wait for a router, 60."""
import contextlib
import json
import os
import shlex
import socket
import subprocess
import sys
import time
from pathlib import Path

from fake_cluster import FakeCluster, pod_object
from fake_engine import FakeEngine
from live import Missing, Router, can_run, dialect_of, parsed_flags, python_of
from production_stack import check_router
from rendered import Cluster, Fault, name_of, namespace_of

HERE = Path(__file__).resolve().parent
SKIPPED = 77
SETTLE_SECONDS = 15  # until a router that is ready knows all of its backends


def render(rctl, case):
    args = case / "args"
    done = subprocess.run([rctl, "render", "-o", "json",
                           *(shlex.split(args.read_text()) if args.exists() else []),
                           *sorted(p.name for p in case.iterdir() if p.name.startswith("in"))],
                          cwd=case, capture_output=True, text=True, timeout=60,
                          env=dict(os.environ, LC_ALL="C", NO_COLOR="1"))
    if done.returncode != 0:
        raise Fault(f"rctl render ended with status {done.returncode}:\n{done.stderr.strip()}")
    rendered = json.loads(done.stdout)
    return rendered["items"] if rendered["kind"] == "List" else [rendered]


def flags_of(cluster, deployment):
    words = cluster.words(deployment)
    if dialect_of(deployment) == "production-stack":
        return check_router(words, cluster.files(deployment))
    return parsed_flags(deployment, words)


def compare(what, got, want):
    faults = []
    for key in sorted(got.keys() | want.keys()):
        if got.get(key) != want.get(key):
            faults.append(f"{what} {key}: {json.dumps(got.get(key))}, "
                          f"expected {json.dumps(want.get(key))}")
    return faults


# ---- a case that runs ----

def in_order(cluster, routers):
    """Those first that others have behind them."""
    left, done = {name_of(router): router for router in routers}, []
    while left:
        free = [name for name, router in left.items()
                if not (cluster.behind(router) & left.keys()) - {name}]
        if not free:
            raise Fault(f"routers wait for each other: {sorted(left)}")
        done += [left.pop(name) for name in free]
    return done


@contextlib.contextmanager
def kubernetes_for(cluster, router):
    """The pods that were rendered and, beside them, one of somebody else."""
    first = next((pod for pods in cluster.pods.values() for pod in pods if pod.engine), None)
    if not first:
        raise Fault("no engine was rendered")
    stranger = FakeEngine("stranger-0", cluster.new_address(), first.engine.port,
                          first.engine.models, first.engine.kind).start()
    api = FakeCluster(cluster.new_address(), cluster.pod_rules(router))
    pods = [pod for pods in cluster.pods.values() for pod in pods]
    for pod in pods:
        api.add(pod_object(pod.name, pod.namespace, pod.labels, pod.annotations, pod.address,
                           pod.container))
    labels = dict(first.labels, **{"app.kubernetes.io/instance": "stranger", "model": "stranger"})
    api.add(pod_object(stranger.name, first.namespace, labels, {}, stranger.address,
                       first.container))
    try:
        yield api
    finally:
        api.close()
        stranger.stop()
    if stranger.requests:
        raise Fault(f"a pod of somebody else was asked for {stranger.requests[0]['path']}")


def ask(router, model, want):
    """What is wrong with the answer to one request, or None. `want` judges an answer."""
    end = time.monotonic() + SETTLE_SECONDS
    while True:
        status, who, text = router.ask(model)
        wrong = want(status, who)
        if wrong is None or time.monotonic() > end:
            return wrong and f"{router}: {model}: {wrong}: {text[:200]}"
        time.sleep(0.5)


def answers_by(names):
    def want(status, who):
        if status != 200:
            return f"status {status}"
        return None if who in names else f"answered by {who}, expected {' or '.join(names)}"
    return want


def refused_with(wanted):
    return lambda status, who: None if status == wanted else f"status {status}, not {wanted}"


def talk(router, expected):
    faults = [ask(router, model, answers_by(names))
              for model, names in expected.get("answers", {}).items()]
    faults += [ask(router, model, refused_with(status))
               for model, status in expected.get("refused", {}).items()]
    if expected.get("locked"):
        status = router.ask(next(iter(expected["answers"])), key=False)[0]
        if status != 401:
            faults.append(f"{router}: without a key: status {status}, not 401")
    return [fault for fault in faults if fault]


def run_live(cluster, dialect, expect):
    """Starts every router of the case and judges those of `dialect`."""
    faults = []
    with contextlib.ExitStack() as stack:
        engines = cluster.start_engines()
        for engine in engines:
            stack.callback(engine.stop)
        for deployment in in_order(cluster, cluster.routers()):
            name = name_of(deployment)
            try:
                api = stack.enter_context(kubernetes_for(cluster, deployment))
                router = stack.enter_context(Router(cluster, deployment, api))
            except Fault as fault:
                raise Fault(f"{name}: {fault}") from None
            if dialect_of(deployment) == dialect:
                found = talk(router, expect[name])
                if api.refused and not found:
                    found = [f"{router}: asks Kubernetes for what it has no rights to"]
                faults += [fault + router.why() + router.tail() for fault in found]
        faults += [fault for engine in engines for fault in engine.faults]
    return faults


def judge(objects, dialect, expect):
    """Faults of the routers of `dialect` among rendered objects; sets "flags" as seen."""
    cluster = Cluster(objects)
    faults, ours = [], []
    rendered = {name_of(router): router for router in cluster.routers()}
    for name in sorted(rendered.keys() | expect.keys()):
        got = dialect_of(rendered[name]) if name in rendered else None
        want = expect.get(name, {}).get("router")
        if got != want:
            faults.append(f"the router {name} is {got}, expected {want}")
        elif got == dialect:
            ours.append(rendered[name])
    for router in ours if not faults else []:
        try:
            flags = flags_of(cluster, router)
        except Fault as fault:
            faults.append(f"{name_of(router)}: {fault}")
            continue
        expected = expect[name_of(router)]
        expected["seen"] = flags
        faults += compare(f"{name_of(router)}: the flag", flags, expected.get("flags", {}))
    if faults or not ours or dialect == "production-stack" and not can_run(dialect):
        return faults
    return run_live(cluster, dialect, expect)


def has_loopback_network():
    try:
        with socket.socket() as probe:
            probe.bind(("127.64.0.1", 0))
        return True
    except OSError:
        return False


def run_case(rctl, dialect, case, rewrite):
    path = case / "expect.json"
    expect = json.loads(path.read_text())
    if all(router["router"] != dialect for router in expect.values()):
        return None
    try:
        faults = judge(render(rctl, case), dialect, expect)
    except Fault as fault:
        faults = [str(fault)]
    seen = {name: router.pop("seen") for name, router in expect.items() if "seen" in router}
    if rewrite and seen:
        for name, flags in seen.items():
            expect[name]["flags"] = flags
        path.write_text(json.dumps(expect, indent=2) + "\n")
        faults = [fault for fault in faults if ": the flag " not in fault]
    return faults


def main():
    words = [word for word in sys.argv[1:] if word != "--update"]
    if len(words) < 2:
        print(__doc__)
        return 2
    rctl, dialect, names = os.path.abspath(words[0]), words[1], words[2:]
    if not has_loopback_network():
        print(f"routers {dialect}: left out: only Linux gives 127.0.0.0/8 to every process")
        return SKIPPED
    try:
        if dialect != "production-stack":
            python_of(dialect)
    except Missing as missing:
        print(f"routers {dialect}: left out: {missing}")
        return SKIPPED
    cases = failed = missed = 0
    for case in sorted(p for p in (HERE / "cases").iterdir() if not names or p.name in names):
        try:
            faults = run_case(rctl, dialect, case, "--update" in sys.argv)
        except Missing as missing:
            print(f"{case.name}: left out: {missing}")
            missed += 1
            continue
        cases += faults is not None
        failed += bool(faults)
        for fault in faults or []:
            print(f"{case.name}: {fault}")
    print(f"routers {dialect}: {cases} cases, {failed} failed, {missed} left out")
    return 1 if failed or cases + missed == 0 else SKIPPED if missed else 0


if __name__ == "__main__":
    sys.exit(main())
