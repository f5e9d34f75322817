"""`rctl plan` as the operator would use it: the namespace is read into a world, the actions
are carried out against the real server, and it is asked again until nothing is left."""
import json
import re
import subprocess
import tempfile

import objects
from world import ROOT, SAMPLES, VERSION, kube, read_documents

MANAGER = "router-controller"
SYSTEM = "router-controller-system"
ROUNDS = 8
OURS = ["InferenceService", "PrefillDecodingDisaggregation", "SpeculativeDecoding",
        "InferenceGateway", "InferenceCache", "StaticRoute"]
READ = [("v1", "Service"), ("v1", "ConfigMap"), ("v1", "ServiceAccount"), ("v1", "Pod"),
        ("apps/v1", "Deployment"), ("rbac.authorization.k8s.io/v1", "Role"),
        ("rbac.authorization.k8s.io/v1", "RoleBinding"), ("policy/v1", "PodDisruptionBudget"),
        ("networking.k8s.io/v1", "NetworkPolicy"), ("networking.k8s.io/v1", "Ingress"),
        ("discovery.k8s.io/v1", "EndpointSlice"),
        ("autoscaling/v2", "HorizontalPodAutoscaler")] + [(VERSION, kind) for kind in OURS]
WRITES = ("Apply", "Delete", "Status")


class Operator(kube.Api):
    """May do what config/rbac lets the operator do, and nothing else."""

    def exchange(self, verb, path, body, headers):
        user = f"system:serviceaccount:{SYSTEM}:{MANAGER}"
        return super().exchange(verb, path, body, dict(headers, **{
            "Impersonate-User": user, "Impersonate-Group": "system:authenticated"}))


def install_rbac(world):
    for document in read_documents(ROOT / "config/rbac/rbac.yaml"):
        where = world.api.path(document.api_version, document.kind, document.namespace,
                               document.name)
        answer = world.api.request("PATCH", where, document.text, content=kube.APPLY,
                                   fieldManager="user", fieldValidation="Strict")
        if not answer.ok:
            raise RuntimeError(f"{document.kind} {document.name}: {answer.message}")


class Cluster:
    """One namespace as the operator sees it, and what it does there."""

    def __init__(self, world, namespace):
        self.world, self.api, self.namespace = world, world.api, world.namespace(namespace)
        self.operator = Operator(world.kubeconfig)
        self.told = []

    def snapshot(self):
        items = []
        for namespace in {self.namespace, "default"}:
            for api_version, kind in READ:
                answer = self.operator.get(self.api.path(api_version, kind, namespace))
                if not answer.ok:
                    raise RuntimeError(answer.message)
                for item in answer.body["items"] or []:
                    items.append(dict(item, apiVersion=api_version, kind=kind))
        return {"apiVersion": "v1", "kind": "List", "items": items}

    def plans(self, *paths):
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            json.dump(self.snapshot(), file)
            file.flush()
            done = subprocess.run([self.world.rctl, "plan", "-o", "json", "--world", file.name,
                                   "-n", self.namespace, *paths], capture_output=True, timeout=60)
        if done.returncode not in (0, 1):
            raise RuntimeError(f"rctl plan: status {done.returncode}: {done.stderr.decode()}")
        return [p for p in json.loads(done.stdout) if p["namespace"] == self.namespace]

    def writes(self, *paths):
        return [a for p in self.plans(*paths) for a in p["actions"] if a["type"] in WRITES]

    def carry_out(self, action):
        where = self.api.path(action["apiVersion"], action["kind"], action["namespace"],
                              action["name"])
        if action["type"] == "Delete":
            return self.operator.request("DELETE", where, {"propagationPolicy": "Background",
                                                           "preconditions": {"uid": action["uid"]}})
        if action["type"] == "Status":
            where += "/status"
        force = "false" if action.get("precondition") == "Absent" else "true"
        return self.operator.request("PATCH", where, action["body"], content=kube.APPLY,
                                     fieldManager=MANAGER, force=force, fieldValidation="Strict")

    def round(self):
        """One plan for each object; returns its writes. A plan ends where it fails."""
        done = []
        for plan in self.plans():
            for action in plan["actions"]:
                if action["type"] not in WRITES or not self.api.resource(action["apiVersion"],
                                                                         action["kind"]):
                    continue
                answer = self.carry_out(action)
                done.append(action)
                self.told += [f"{action['kind']} {action['name']}: {w}" for w in answer.warnings]
                if not answer.ok:
                    self.told.append(f"{action['type']} {action['kind']} {action['name']}: "
                                     f"{answer.message}")
                    break
        return done

    def settle(self):
        """Rounds until nothing is left to write; how many wrote more than a status."""
        wrote = 0
        for _ in range(ROUNDS):
            done = self.round()
            wrote += any(a["type"] != "Status" for a in done)
            if not done:
                return wrote
        raise RuntimeError(f"still something to write after {ROUNDS} rounds: " + "; ".join(
            f"{a['type']} {a['kind']} {a['name']} {a.get('paths')}" for a in self.writes()))

    def get(self, api_version, kind, name):
        return self.api.get(self.api.path(api_version, kind, self.namespace, name)).body

    def merge(self, api_version, kind, name, patch, manager="somebody"):
        answer = self.api.request("PATCH", self.api.path(api_version, kind, self.namespace, name),
                                  patch, content=kube.MERGE, fieldManager=manager)
        if not answer.ok:
            raise RuntimeError(f"{kind} {name}: {answer.message}")
        return answer.body

    def user_applies(self, text, document, namespace):
        where = self.api.path(document.api_version, document.kind, namespace, document.name)
        answer = self.api.request("PATCH", where, text, content=kube.APPLY, fieldManager="user",
                                  force="true", fieldValidation="Strict")
        if not answer.ok:
            raise RuntimeError(f"{document.kind} {document.name}: {answer.message}")
        return where

    def ready(self):
        """Name of each of our objects, and the condition Ready."""
        found = {}
        for kind in OURS:
            path = self.api.path(VERSION, kind, self.namespace)
            for item in self.api.get(path).body["items"]:
                conditions = item.get("status", {}).get("conditions", [])
                ready = next((c for c in conditions if c["type"] == "Ready"), {})
                found[f"{kind} {item['metadata']['name']}"] = (ready.get("status"),
                                                               ready.get("message"))
        return found


def apply_samples(cluster):
    return [cluster.user_applies(document.text, document,
                                 document.namespace or cluster.namespace)
            for path in sorted(SAMPLES.glob("*.yaml")) for document in read_documents(path)]


def is_settled_and_ready(cluster):
    cluster.round()
    ready = cluster.ready()
    return ready and all(status == "True" for status, _ in ready.values())


def converge(world):
    """Do the samples settle, come to life, rest, and go without leaving anything?"""
    world.install_crds()
    install_rbac(world)
    cluster = Cluster(world, "plan-converge")
    applied = apply_samples(cluster)
    try:
        rounds = cluster.settle()
        world.looked_at += len(cluster.ready())
        if rounds != 1:
            yield f"the samples are written in {rounds} rounds instead of one"
        try:
            world.wait("readiness of all samples", lambda: is_settled_and_ready(cluster), 60)
        except RuntimeError as error:
            yield str(error)
            yield from (f"{name}: {why}" for name, (status, why) in cluster.ready().items()
                        if status != "True")
        if cluster.settle() != 0:
            yield "children are written although nothing has changed"
        for action in cluster.writes():
            yield f"not at rest: {action['type']} {action['kind']} {action['name']}"
        yield from repaired(cluster)
        yield from cluster.told
    finally:
        for where in applied:
            world.api.request("DELETE", where, {"propagationPolicy": "Background"})
    yield from left_behind(cluster)


def cases():
    """Inputs that render, each with the paths and options for rctl."""
    for name, folder, paths, words in objects.sources():
        if folder != ROOT and "--endpoints" not in words:
            yield name, [folder / path for path in paths], words


def rest(world):
    """Is nothing written a second time, whatever the server made of what it was sent?"""
    world.install_crds()
    install_rbac(world)
    for name, paths, words in cases():
        cluster = Cluster(world, f"rest-{name}")
        applied = []
        try:
            for document in (d for path in paths for d in read_documents(path)):
                if document.namespace in (None, "default") and world.api.resource(
                        document.api_version, document.kind):
                    where = world.api.path(document.api_version, document.kind, cluster.namespace,
                                           document.name)
                    text = re.sub("^  namespace: default$", f"  namespace: {cluster.namespace}",
                                  document.text, flags=re.M)
                    if world.api.request("PATCH", where, text, content=kube.APPLY,
                                         fieldManager="user", force="true").ok:
                        applied.append(where)
            first = [a for a in cluster.round() if a["type"] != "Status"]
            again = [a for a in cluster.round() if a["type"] != "Status"]
            world.looked_at += len(first)
            yield from (f"{name}: {a['type']} {a['kind']} {a['name']} again: {a.get('paths')}"
                        for a in again)
            yield from (f"{name}: {line}" for line in cluster.told)
        finally:
            for where in applied:
                world.api.request("DELETE", where, {"propagationPolicy": "Background"})


def repaired(cluster):
    """Edits of others are undone by one write each; what is not ours to say stays."""
    deployment, service = ("apps/v1", "Deployment"), ("v1", "Service")
    name = "mistral-agent-service"
    live = cluster.get(*deployment, "gpt4-backend")
    first = live["spec"]["template"]["spec"]["containers"][0]
    edits = [
        ("replicas", deployment, name, {"spec": {"replicas": 3}}),
        ("environment", deployment, "gpt4-backend", {"spec": {"template": {"spec": {"containers": [
            dict(first, env=[dict(first["env"][0], value="/root"), *first["env"][1:]])]}}}}),
        ("selector", service, name, {"spec": {"selector": {"app": "other"}}}),
        ("owner", deployment, name, {"metadata": {"ownerReferences": None}}),
        ("hash", service, name,
         {"metadata": {"annotations": {"production-stack.vllm.ai/applied-hash": None}}}),
        ("label", service, name, {"metadata": {"labels": {"app.kubernetes.io/component": "x"}}}),
    ]
    for what, kind, child, patch in edits:
        cluster.world.looked_at += 1
        cluster.merge(*kind, child, patch)
        applies = [a for a in cluster.round() if a["type"] != "Status"]
        if [a["type"] for a in applies] != ["Apply"]:
            yield f"{what}: the edit is answered by {[(a['type'], a['name']) for a in applies]}"
        applies = [a for a in cluster.round() if a["type"] != "Status"]
        if applies:
            yield f"{what}: not repaired by one write: {applies[0].get('paths')}"
    for what, kind, child, patch in [
            ("a label of others", service, name, {"metadata": {"labels": {"team": "a"}}}),
            ("an annotation of others", deployment, name, {"metadata": {"annotations": {"x": "y"}}})]:
        cluster.merge(*kind, child, patch)
        for action in cluster.writes():
            if action["type"] != "Status":
                yield f"{what} is not left alone: {action.get('paths')}"


def left_behind(cluster):
    """Everything that was made goes with its owner. The garbage collector looks for new kinds
    of owners twice a minute only."""
    def remains():
        return [f"{kind} {item['metadata']['name']}" for api, kind in READ
                for item in cluster.api.get(cluster.api.path(api, kind, cluster.namespace))
                .body["items"] or []
                if item["metadata"].get("labels", {})
                .get("app.kubernetes.io/managed-by") == MANAGER]
    try:
        cluster.world.wait("empty namespace", lambda: not remains(), 120)
    except RuntimeError:
        yield from (f"left behind: {name}" for name in remains())
