"""The life of the real operator: one of two, with the rights of its role alone, and while a
kind is missing, its own or an optional one."""
import time

from mend import DEPLOYMENT, NAME, SERVICE
from operate import samples, scene
from operators import Operator
from world import ROOT, VERSION, Skipped, kube, read_documents

CRD = ("apiextensions.k8s.io/v1", "CustomResourceDefinition", None,
       "staticroutes.production-stack.vllm.ai")
ACCOUNT = "router-controller"


# ---- one of two ----

def leads(operator):
    """Only of a process that runs."""
    return operator.process.poll() is None and operator.metrics().get(
        ("leader_election_master_status", 'name="router-controller"')) == 1


def wait_leader(world, operators, seconds):
    """The one that leads, and after how long; it is a fault if two do."""
    began = time.monotonic()

    def look():
        leaders = [o for o in operators if leads(o)]
        if len(leaders) > 1:
            raise RuntimeError("two operators lead")
        return leaders[0] if leaders else None
    return world.wait("leader", look, seconds), time.monotonic() - began


def leader(world):
    """Does one write, and the other one take over: soon after a good end, else by time?"""
    here = scene(world, "leader")
    here.apply(*samples(here.namespace))
    operators = [Operator(world, here.namespace, elects=True) for _ in range(2)]
    try:
        first, after = wait_leader(world, operators, 30)
        print(f"the first leads after {after:.1f} s")
        here.wait_ready()
        for operator in operators:
            world.looked_at += 1
            if (operator.writes > 0) != (operator is first):
                who = "leads" if operator is first else "waits"
                yield f"{operator.writes} writes of the one that {who}"
            if not operator.is_ready():
                yield "an operator is not ready"
        first.stop()
        operators.remove(first)
        operators.append(Operator(world, here.namespace, elects=True))
        second, after = wait_leader(world, operators, 30)
        print(f"the second leads {after:.1f} s after a good end")
        if after > 5:
            yield f"the second leads only after {after:.1f} s"
        yield from repairs(here, "second")
        second.kill()
        operators.remove(second)
        _, after = wait_leader(world, operators, 30)
        print(f"the third leads {after:.1f} s after the second was killed")
        if not 10 <= after <= 20:
            yield f"the third leads {after:.1f} s after the second was killed"
        yield from repairs(here, "third")
    finally:
        for operator in operators:
            operator.kill()


def repairs(here, who):
    here.world.looked_at += 1
    here.merge(*SERVICE, NAME, {"spec": {"selector": {"app": "other"}}})
    try:
        here.world.wait("repair", lambda: "app" not in here.get(*SERVICE, NAME)["spec"]["selector"],
                        5)
    except RuntimeError as error:
        yield f"the {who}: {error}"


# ---- rights ----

def rbac(world):
    """Are the rights of its role enough?"""
    kubeconfig = world.kubeconfig.with_name(f"{ACCOUNT}.kubeconfig")
    if not kubeconfig.exists():
        raise Skipped(f"the control plane was started without the account {ACCOUNT}")
    for document in read_documents(ROOT / "config/rbac/rbac.yaml"):
        where = world.api.path(document.api_version, document.kind, document.namespace,
                               document.name)
        answer = world.api.request("PATCH", where, document.text, content=kube.APPLY,
                                   fieldManager="user", force="true", fieldValidation="Strict")
        if not answer.ok:
            raise RuntimeError(f"{document.kind} {document.name}: {answer.message}")
    here = scene(world, "rbac")
    here.apply(*samples(here.namespace))
    with Operator(world, here.namespace, "--namespace", "router-controller-system", elects=True,
                  kubeconfig=kubeconfig) as operator:
        here.wait_ready()
        operator.rest(2)
        yield from here.differences(here.rendered(*samples(here.namespace)))
        for (method, code), n in operator.requests().items():
            if code[0] != "2" and (method, code) != ("GET", "404"):
                yield f"{n} requests: {method} was answered by {code}"


# ---- a kind that is missing ----

def missing(world):
    """Do the others go on while a kind is missing, and does it work once it is back?"""
    here = scene(world, "missing")
    here.apply(*samples(here.namespace))
    with Operator(world, here.namespace) as operator:
        here.wait_ready()
        operator.rest(2)
        began = time.monotonic()
        world.api.request("DELETE", world.api.path(*CRD))
        try:
            world.wait("end of the CRD", lambda: not world.api.get(world.api.path(*CRD)).ok)
            world.wait("word of the missing kind", lambda: any(
                "does not serve" in line and "StaticRoute" in line for line in operator.lines), 60)
            print(f"missed after {time.monotonic() - began:.1f} s")
            yield from repairs(here, "rest")
            if not operator.is_ready():
                yield f"readyz says {operator.get(operator.health_port, '/readyz')}"
        finally:
            world.install_crds()
        began = time.monotonic()
        here.apply(*(d for d in samples(here.namespace) if d.kind == "StaticRoute"))
        world.wait("readiness of the new StaticRoute", lambda: here.conditions(
            "StaticRoute", "staticroute-sample").get("Ready", {}).get("status") == "True", 60)
        print(f"back after {time.monotonic() - began:.1f} s")
        world.looked_at += 1
        yield from here.differences(here.rendered(*samples(here.namespace)))


# ---- an optional kind that is missing ----

ROUTE = ("gateway.networking.k8s.io/v1", "HTTPRoute")
ROUTES = ("apiextensions.k8s.io/v1", "CustomResourceDefinition", None,
          "httproutes.gateway.networking.k8s.io")
ANYTHING = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}


def install_routes(world):
    """As much of a CRD as it takes; its group may not be used without the annotation."""
    answer = world.api.request("POST", world.api.path(*ROUTES[:3]), {
        "apiVersion": ROUTES[0], "kind": ROUTES[1], "metadata": {
            "name": ROUTES[3], "annotations": {"api-approved.kubernetes.io": "unapproved, a test"}},
        "spec": {"group": ROUTE[0].split("/")[0], "scope": "Namespaced",
                 "names": {"kind": ROUTE[1], "plural": "httproutes"},
                 "versions": [{"name": "v1", "served": True, "storage": True,
                               "schema": {"openAPIV3Schema": ANYTHING}}]}})
    if not answer.ok:
        raise RuntimeError(answer.message)


def unserved(world):
    """Is a child of a kind that the server does not serve left out and told of, and made as
    soon as it is served?"""
    here = scene(world, "unserved")
    here.say(VERSION, "InferenceService", "chat", spec={
        "modelName": "llama3", "backendMode": "External"})
    here.say(VERSION, "InferenceGateway", "door", spec={
        "router": {"type": "vllm-router"},
        "exposure": {"type": "HTTPRoute", "parentRefs": [{"name": "public"}]},
        "routes": [{"model": "llama3", "inferenceServiceRef": "chat"}]})

    def degraded(reason):
        return here.conditions("InferenceGateway", "door").get("Degraded", {}).get(
            "reason") == reason
    with Operator(world, here.namespace) as operator:
        try:
            world.wait("word of the missing kind", lambda: degraded("KindNotServed"))
            message = here.conditions("InferenceGateway", "door")["Degraded"]["message"]
            world.looked_at += 1
            if ROUTES[3] not in message:
                yield f"it is not told what to install: {message}"
            operator.rest(2)
            if here.get(*DEPLOYMENT, "door")["kind"] != "Deployment":
                yield "the rest of the gateway was not made"
            if ("PATCH", "404") in operator.requests():
                yield f"it was tried nevertheless: {operator.requests()}"
            install_routes(world)
            began = time.monotonic()
            world.wait("end of the complaint", lambda: degraded("AsAsked"), 90)
            print(f"made {time.monotonic() - began:.1f} s after its kind came")
            world.api.served.pop(ROUTE[0], None)
            if not here.api.get(here.api.path(*ROUTE, here.namespace)).body["items"]:
                yield "there is no HTTPRoute"
        finally:
            world.api.request("DELETE", world.api.path(*ROUTES))
        world.wait("word of the kind that is gone", lambda: degraded("KindNotServed"), 60)
        operator.rest(2)
