"""Killed after every single write. The samples fall into parts that do not refer to each
other; for each part the writes of an undisturbed run are counted, and for each of those an
operator is killed right after it, before it sees the answer (killer.c). Another operator
goes on, and in the end the server has the same, by the same creations, each made once."""
import json
import re
import time
from collections import Counter

import objects
from operate import Scene, samples
from operators import Operator
from plan import OURS, READ
from world import VERSION, Skipped, kube

# More make the API server so slow at giving addresses to Services that writes time out.
SIDE_BY_SIDE = 10
# What Kubernetes makes of a Deployment or a Service, under names by chance.
OTHERS = ("Pod", "EndpointSlice")
# What is known only after backends were asked for a while.
PROBED = ("BackendsHealthy", "RouterSynced")


# ---- what there is ----

def parts():
    """Documents of the samples, together with those that they name or that name them."""
    def names(one, other):
        return re.search(rf"(?<![\w.-]){re.escape(other.name)}(?![\w.-])", one.text)
    found = []
    for document in samples("default"):
        near = [part for part in found
                if any(names(document, d) or names(d, document) for d in part)]
        found = [part for part in found if part not in near]
        found.append([document, *(d for part in near for d in part)])
    return found


def moved(part, namespace):
    return [d._replace(namespace=namespace, text=re.sub(
        r"namespace: default$", f"namespace: {namespace}", d.text, flags=re.M)) for d in part]


def neutral(item, kind):
    """Without what differs between two runs: namespaces, names by chance, times, what follows
    from these, and what becomes known only half a minute later."""
    meta = item["metadata"]
    kept = {key: meta.get(key) for key in ("name", "labels", "generation")}
    kept["annotations"] = {key: value for key, value in meta.get("annotations", {}).items()
                           if "/applied-" not in key}
    kept["owners"] = [[o["kind"], o["name"]] for o in meta.get("ownerReferences", [])]
    rest = {key: value for key, value in item.items()
            if key not in ("metadata", "apiVersion", "kind", "status")}
    if kind == "Service":
        rest["spec"] = {key: value for key, value in rest["spec"].items()
                        if key not in ("clusterIP", "clusterIPs")}
    if kind in OURS:
        status = item.get("status", {})
        rest["status"] = {key: value for key, value in status.items()
                          if key not in ("backends", "lastAppliedTime")}
        rest["status"]["conditions"] = {
            c["type"]: [c["status"], c["reason"], c["message"]]
            for c in status.get("conditions", []) if c["type"] not in PROBED}
    text = json.dumps({"metadata": kept, **rest}).replace(meta["namespace"], "NAMESPACE")
    text = re.sub(r'/config-hash": "\w+"', '/config-hash": "HASH"', text)
    return json.loads(re.sub(r"-[0-9a-f]{6,10}-[0-9a-z]{5}\"", "-POD\"", text))


def everywhere(world, api_version, kind):
    plural = world.api.resource(api_version, kind)["name"]
    return world.api.get(f"{kube.group_path(api_version)}/{plural}").body["items"] or []


def unready(world):
    """Namespaces in which something of ours is not ready."""
    found = set()
    for kind in OURS:
        for item in everywhere(world, VERSION, kind):
            if not any(c["type"] == "Ready" and c["status"] == "True"
                       for c in item.get("status", {}).get("conditions", [])):
                found.add(item["metadata"]["namespace"])
    return found


def look(world, namespaces):
    """For each namespace: what stands in it, as uid and neutral form by kind and name."""
    found = {namespace: {} for namespace in namespaces}
    for api_version, kind in READ:
        if kind in OTHERS:
            continue
        for item in everywhere(world, api_version, kind):
            here = found.get(item["metadata"]["namespace"])
            if here is not None:
                here[f"{kind} {item['metadata']['name']}"] = (item["metadata"]["uid"],
                                                              neutral(item, kind))
    return found


class Writes:
    """What operators have created and deleted in a namespace, and what they may have: a request
    whose sender is gone is carried out or not."""

    def __init__(self):
        self.made, self.unsure = Counter(), Counter()

    def keys(self):
        return self.made.keys() | self.unsure.keys()


def read_audit(world, namespaces):
    """The writes by namespace, as the API server has logged them."""
    found = {namespace: Writes() for namespace in namespaces}
    with open(world.kubeconfig.with_name("audit.log"), encoding="utf-8") as file:
        for line in file:
            if '"userAgent":"rctl-operator/' not in line:
                continue
            event = json.loads(line)
            about, code = event["objectRef"], event.get("responseStatus", {}).get("code", 0)
            here = found.get(about.get("namespace"))
            if here is None or about["resource"] == "events" or "subresource" in about:
                continue
            key = (event["verb"], about["resource"], about["name"])
            if code == 201 or event["verb"] == "delete":
                here.made[key] += 1
            elif code == 0 or code >= 500:
                here.unsure[key] += 1
    return found


def differences(expected, found):
    """Between what an undisturbed run has come to, and another one."""
    for name in sorted(expected.keys() | found.keys()):
        one, other = expected.get(name), found.get(name)
        if not one or not other:
            yield f"{name} is there in one run only"
        else:
            yield from (f"{name}: {line}" for line in
                        {*objects.lost(one[1], other[1]), *objects.lost(other[1], one[1])})


def other_writes(expected, found):
    """Each object is created once, nothing is deleted, and there are no other ones."""
    for key in sorted(expected.keys() | found.keys()):
        wanted = 1 if key in expected.keys() and key[0] != "delete" else 0
        if not found.made[key] <= wanted <= found.made[key] + found.unsure[key]:
            yield f"{' '.join(key)}: {found.made[key]} times instead of {wanted}"


# ---- runs ----

class Run:
    def __init__(self, world, part, number, killed_at):
        self.scene = Scene(world, f"operator-kill-{number}-{killed_at}")
        self.namespace, self.killed_at, self.number = self.scene.namespace, killed_at, number
        self.scene.apply(*moved(part, self.namespace))

    def start(self, killer):
        env = {"LD_PRELOAD": str(killer), "RCTL_TEST_KILL_AT": str(self.killed_at)}
        self.operator = Operator(self.scene.world, self.namespace,
                                 env=env if self.killed_at else {})

    def was_killed(self):
        return self.operator.process.poll() == -9


def wait_over(world, runs, seconds=90):
    """Until each is killed, or at rest before it came so far: statuses that follow each other
    are joined in some runs, so not each has as many writes."""
    def none_left():
        time.sleep(0.5)
        left = [run for run in runs if not run.was_killed()]
        return all(run.operator.is_quiet(2) for run in left) and not (
            left and unready(world) & {run.namespace for run in left})
    try:
        world.wait("end or rest of all operators", none_left, seconds)
    except RuntimeError as error:
        raise RuntimeError(f"{error}: " + "; ".join(
            f"{run.namespace}: {run.operator.lines[-1]}" for run in runs
            if not run.was_killed())) from error


def undisturbed(world, all_parts):
    """A run of each part, with as many writes as its operator has made."""
    runs = [Run(world, part, number, 0) for number, part in enumerate(all_parts)]
    try:
        for run in runs:
            run.start(None)
        wait_over(world, runs)
    finally:
        for run in runs:
            run.operator.kill()
    return runs


def kill_and_go_on(world, runs, killer):
    """What was there in between."""
    try:
        for run in runs:
            run.start(killer)
        wait_over(world, runs)
        killed = sum(run.was_killed() for run in runs)
    finally:
        for run in runs:
            run.operator.kill()
    namespaces = [run.namespace for run in runs]
    before = look(world, namespaces)
    with Operator(world, ",".join(namespaces), "--namespace", "default") as operator:
        world.wait("readiness of all", lambda: not (
            time.sleep(0.5) or unready(world) & set(namespaces)), 90)
        world.wait("rest", lambda: operator.is_quiet(1.5), 60)
    return before, killed


def compare(run, whole, before, after, writes):
    now, then = after[run.namespace], before[run.namespace]
    yield from (f"{name} was made anew" for name in then
                if name in now and now[name][0] != then[name][0])
    yield from differences(after[whole.namespace], now)
    yield from other_writes(writes[whole.namespace], writes[run.namespace])


def kill(world):
    """Is the end the same, and nothing made twice, wherever the operator is killed?"""
    killer = world.rctl.parent.parent / "tests/integration/killer.so"
    if not killer.exists():
        raise Skipped(f"there is no {killer}")
    began, all_parts = time.monotonic(), parts()
    world.install_crds()
    wholes = undisturbed(world, all_parts)
    todo = [(number, k) for number, whole in enumerate(wholes)
            for k in range(1, whole.operator.writes + 1)]
    print(f"killed after each of {[w.operator.writes for w in wholes]} writes of "
          f"{len(all_parts)} parts; counted in {time.monotonic() - began:.0f} s")
    killed = 0
    for start in range(0, len(todo), SIDE_BY_SIDE):
        runs = [Run(world, all_parts[number], number, k)
                for number, k in todo[start:start + SIDE_BY_SIDE]]
        before, by_count = kill_and_go_on(world, runs, killer)
        killed += by_count
        namespaces = [run.namespace for run in (*runs, *wholes)]
        after, writes = look(world, namespaces), read_audit(world, namespaces)
        for run in runs:
            world.looked_at += len(after[run.namespace])
            yield from (f"{run.namespace}: {line}" for line in
                        compare(run, wholes[run.number], before, after, writes))
    print(f"{killed} of {len(todo)} were killed by count, "
          f"in {time.monotonic() - began:.0f} s in all")
    # Statuses are joined more or less often, as time goes; far fewer means that killing fails.
    if killed < 0.6 * len(todo):
        yield f"only {killed} of {len(todo)} were killed by count"
    yield from would_notice(world, runs[-1], wholes[runs[-1].number])


# ---- the test of the test ----

def would_notice(world, run, whole):
    """A creation that is lost, one that is repeated, and an object that is not the same."""
    namespaces = [run.namespace, whole.namespace]
    writes = read_audit(world, namespaces)
    key = next(iter(writes[whole.namespace].made))
    for times in (0, 2):
        doctored = Writes()
        doctored.made.update(writes[whole.namespace].made)
        doctored.made[key] = times
        if not list(other_writes(writes[whole.namespace], doctored)):
            yield f"it would not be noticed if there were {' '.join(key)} {times} times"
    _, plural, short = key
    api_version, kind = next((v, k) for v, k in READ if world.api.resource(v, k)["name"] == plural)
    name = f"{kind} {short}"
    run.scene.delete(api_version, kind, short)
    lost = look(world, namespaces)
    if f"{name} is there in one run only" not in differences(lost[whole.namespace],
                                                            lost[run.namespace]):
        yield f"the loss of {name} would not be noticed"
