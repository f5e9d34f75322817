"""What others do to the objects of the real operator: it mends what is its own, leaves the
rest alone, and says so where it cannot go on."""
import time

from operate import samples, scene
from operators import Operator
from plan import MANAGER
from world import VERSION

DEPLOYMENT, SERVICE = ("apps/v1", "Deployment"), ("v1", "Service")
NAME = "mistral-agent-service"


def writes(operator, since):
    """What the operator wrote after line `since` of its log, without each status."""
    return [line for line in operator.lines[since:]
            if " writing " in line and 'reason="status"' not in line]


def edits(here):
    """What is edited, in which object, how, and how to see that it is undone."""
    first = here.get(*DEPLOYMENT, "gpt4-backend")["spec"]["template"]["spec"]["containers"][0]
    env = [dict(first["env"][0], value="/root"), *first["env"][1:]]
    pod = {"spec": {"containers": [dict(first, env=env)]}}
    return [("environment", DEPLOYMENT, "gpt4-backend", {"spec": {"template": pod}},
             lambda o: o["spec"]["template"]["spec"]["containers"][0]["env"] == first["env"]),
            ("selector", SERVICE, NAME, {"spec": {"selector": {"app": "other"}}},
             lambda o: "app" not in o["spec"]["selector"]),
            ("replicas", DEPLOYMENT, NAME, {"spec": {"replicas": 3}},
             lambda o: o["spec"]["replicas"] == 1)]


def drift(world):
    """Is each edit undone by one write, and nothing else touched?"""
    here = scene(world, "drift")
    here.apply(*samples(here.namespace))
    with Operator(world, here.namespace) as operator:
        here.wait_ready()
        operator.rest(2)
        for what, kind, name, patch, is_undone in edits(here):
            world.looked_at += 1
            since = len(operator.lines)
            here.merge(*kind, name, patch)
            world.wait(f"repair of {what}", lambda: is_undone(here.get(*kind, name)), 5)
            operator.rest(2)
            if len(writes(operator, since)) != 1:
                yield f"{what}: not repaired by one write: {writes(operator, since)}"
        yield from left_alone(here, operator)
        yield from made_again(here)
        yield from scaled(here, operator)
        yield from taken(here, operator)


def left_alone(here, operator):
    since = len(operator.lines)
    here.merge(*SERVICE, NAME, {"metadata": {"labels": {"team": "a"}}})
    operator.rest(2)
    here.world.looked_at += 1
    if writes(operator, since) or here.get(*SERVICE, NAME)["metadata"]["labels"]["team"] != "a":
        yield f"a label of others is not left alone: {writes(operator, since)}"


def made_again(here):
    for kind in (SERVICE, DEPLOYMENT):
        here.world.looked_at += 1
        uid = here.get(*kind, NAME)["metadata"]["uid"]
        began = time.monotonic()
        here.delete(*kind, NAME)
        here.world.wait(f"new {kind[1]}", lambda k=kind: here.get(*k, NAME).get(
            "metadata", {}).get("uid", uid) != uid)
        if time.monotonic() - began > 2:
            yield f"a deleted {kind[1]} is back after {time.monotonic() - began:.1f} s"
    here.wait_ready()


def scaled(here, operator):
    """An autoscaler has its say, and what ran goes on to run as it takes over."""
    here.world.looked_at += 1
    here.merge(VERSION, "InferenceService", NAME, {"spec": {"replicas": 3}})
    here.world.wait("three replicas", lambda: here.get(*DEPLOYMENT, NAME)["spec"]["replicas"] == 3)
    here.say("autoscaling/v2", "HorizontalPodAutoscaler", NAME, spec={
        "minReplicas": 1, "maxReplicas": 5,
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": NAME}})
    operator.rest(3)
    replicas = here.get(*DEPLOYMENT, NAME)["spec"]["replicas"]
    if replicas != 3:
        yield f"as an autoscaler takes over, 3 replicas become {replicas}"
    since = len(operator.lines)
    here.merge(*DEPLOYMENT, NAME, {"spec": {"replicas": 4}}, manager="autoscaler")
    operator.rest(3)
    replicas = here.get(*DEPLOYMENT, NAME)["spec"]["replicas"]
    if replicas != 4 or writes(operator, since):
        yield f"an autoscaler wants 4 replicas, there are {replicas}: {writes(operator, since)}"


def taken(here, operator):
    """A name that somebody else has: nothing of it is touched, and the status says so."""
    here.world.looked_at += 1
    labels = {"app": "taken"}
    here.say(*DEPLOYMENT, "taken", spec={"selector": {"matchLabels": labels}, "template": {
        "metadata": {"labels": labels}, "spec": {"containers": [{"name": "a", "image": "b"}]}}})
    here.say(VERSION, "InferenceService", "taken",
             spec=here.get(VERSION, "InferenceService", NAME)["spec"])
    here.world.wait("condition NameTaken", lambda: any(
        c["reason"] == "NameTaken" and "'taken'" in c["message"]
        for c in here.conditions("InferenceService", "taken").values()))
    operator.rest(2)
    theirs = here.get(*DEPLOYMENT, "taken")["metadata"]
    if theirs["generation"] != 1 or MANAGER in [m["manager"] for m in theirs["managedFields"]]:
        yield f"a Deployment of somebody else was changed: {theirs}"
    if here.get(*SERVICE, "taken")["kind"] == "Service":
        yield "a Service was made beside the Deployment of somebody else"


def invalid(world):
    """Is a spec that the schema takes and rctl refuses told of, and nothing done by it?"""
    here = scene(world, "invalid")
    here.apply(*samples(here.namespace))
    with Operator(world, here.namespace) as operator:
        here.wait_ready()
        operator.rest(2)
        before, since = here.get(*DEPLOYMENT, NAME), len(operator.lines)
        here.merge(VERSION, "InferenceService", NAME, {"spec": {"replicas": 2, "engineConfig": {
            "max-num-seqs": "many", "max-num-batched-tokens": "few"}}})

        def refusal():
            accepted = here.conditions("InferenceService", NAME)["Accepted"]
            return accepted if accepted["status"] == "False" else None
        accepted = world.wait("refusal", refusal)
        world.looked_at += 1
        if (accepted["reason"] != "Invalid" or "and 1 more error" not in accepted["message"] or
                not accepted["message"].startswith("spec.engineConfig")):
            yield f"the condition is {accepted}"
        operator.rest(3)
        if writes(operator, since):
            yield f"what runs is not left alone: {writes(operator, since)}"
        after = here.get(*DEPLOYMENT, NAME)
        if after["metadata"]["generation"] != before["metadata"]["generation"]:
            yield "the Deployment is not the same"
        here.merge(VERSION, "InferenceService", NAME, {"spec": {"replicas": 1, "engineConfig": {
            "max-num-seqs": "128", "max-num-batched-tokens": "8192"}}})
        here.wait_ready()
