"""`rctl plan` as the operator would use it: the namespace is read into a world, the actions
are carried out against the real server, and it is asked again until nothing is left."""
import json
import re
import subprocess
import tempfile

import objects
from world import ROOT, SAMPLES, VERSION, Document, kube, read_documents

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


DEPLOYMENT = ("apps/v1", "Deployment", "chat")


def accepted(cluster):
    conditions = cluster.get(VERSION, "InferenceService", "chat")["status"]["conditions"]
    return next((c["status"], c["reason"]) for c in conditions if c["type"] == "Accepted")


def children(done):
    return [(a["type"], a["kind"], a["name"]) for a in done if a["type"] != "Status"]


def edits(world):
    """What becomes of one service that is edited, scaled by others and broken on the way?"""
    world.install_crds()
    install_rbac(world)
    cluster = Cluster(world, "plan-edits")
    put(cluster, "InferenceService", "chat", {"modelName": "llama3", "resources": {
        "requests": {"cpu": "0.5", "memory": "2048Mi"}}})
    cluster.settle()
    try:
        for test in (autoscaled, dangling, replaced, external, taken):
            world.looked_at += 1
            yield from (f"{test.__name__}: {line}" for line in test(cluster))
        yield from cluster.told
    finally:
        world.api.request("DELETE", f"/api/v1/namespaces/{cluster.namespace}")


def put(cluster, kind, name, spec):
    text = json.dumps({"apiVersion": VERSION, "kind": kind, "metadata": {"name": name}, "spec": spec})
    cluster.user_applies(text, Document(text, 0, 0, VERSION, kind, name, None), cluster.namespace)


def autoscaled(cluster):
    """The handing over of the replicas changes none, and then they are the autoscaler's."""
    cluster.merge(VERSION, "InferenceService", "chat", {"spec": {"replicas": 3}}, "user")
    cluster.settle()
    where = cluster.api.path("autoscaling/v2", "HorizontalPodAutoscaler", cluster.namespace)
    cluster.api.request("POST", where, {
        "metadata": {"name": "chat"}, "spec": {"minReplicas": 2, "maxReplicas": 9, "scaleTargetRef": {
            "apiVersion": "apps/v1", "kind": "Deployment", "name": "chat"}}})
    if children(cluster.round()) != [("Apply", *DEPLOYMENT[1:])]:
        yield "the replicas are not handed over by one write"
    if cluster.get(*DEPLOYMENT)["spec"]["replicas"] != 3:
        yield "handing over changes the replicas"
    scale = cluster.api.path(*DEPLOYMENT[:2], cluster.namespace, "chat") + "/scale"
    cluster.api.request("PATCH", scale, {"spec": {"replicas": 5}}, content=kube.MERGE,
                        fieldManager="kube-controller-manager")
    if children(cluster.round()):
        yield "the autoscaler is fought"
    cluster.merge(VERSION, "InferenceService", "chat",
                  {"spec": {"image": "vllm/vllm-openai:v0.23.0"}}, "user")
    cluster.settle()
    if cluster.get(*DEPLOYMENT)["spec"]["replicas"] != 5:
        yield "another change takes the replicas back"
    cluster.api.request("DELETE", f"{where}/chat")
    cluster.settle()
    if cluster.get(*DEPLOYMENT)["spec"]["replicas"] != 3:
        yield "without an autoscaler the replicas are not those of the spec"


def dangling(cluster):
    """A reference that leads nowhere is told once, and what runs is left alone."""
    before = cluster.get(*DEPLOYMENT)["metadata"]["generation"]
    cluster.merge(VERSION, "InferenceService", "chat",
                  {"spec": {"inferenceCacheRef": "nowhere", "replicas": 1}}, "user")
    if children(cluster.round()) or cluster.writes():
        yield "more than a status is written, or it is written again"
    if accepted(cluster) != ("False", "RefNotFound"):
        yield f"the condition Accepted is {accepted(cluster)}"
    if cluster.get(*DEPLOYMENT)["metadata"]["generation"] != before:
        yield "the Deployment is changed"
    cluster.merge(VERSION, "InferenceService", "chat", {"spec": {"inferenceCacheRef": None}}, "user")
    cluster.settle()
    if accepted(cluster)[0] != "True":
        yield "it is not accepted again"


def replaced(cluster):
    """Where a field cannot change, the Deployment is made anew."""
    uid = cluster.get(*DEPLOYMENT)["metadata"]["uid"]
    put(cluster, "PrefillDecodingDisaggregation", "halves", {"modelName": "llama3"})
    cluster.merge(VERSION, "InferenceService", "chat",
                  {"spec": {"prefillDecodingRef": "halves", "resources": None, "image": None}}, "user")
    cluster.settle()
    live = cluster.get(*DEPLOYMENT)
    if live["metadata"]["uid"] == uid:
        yield "the Deployment is the old one"
    if live["spec"]["selector"]["matchLabels"]["app.kubernetes.io/component"] != "router":
        yield "the Deployment is not that of the router"


def external(cluster):
    """A Service that somebody else has made is a backend; what was ours goes."""
    path = cluster.api.path("v1", "Service", cluster.namespace)
    cluster.api.request("POST", path, {"metadata": {"name": "theirs"}, "spec": {
        "selector": {"app": "theirs"}, "ports": [{"port": 8000}]}})
    theirs = cluster.api.get(f"{path}/theirs").body["metadata"]["resourceVersion"]
    cluster.merge(VERSION, "InferenceService", "chat",
                  {"spec": {"prefillDecodingRef": None, "backendRef": "theirs"}}, "user")
    cluster.settle()
    if cluster.get(VERSION, "InferenceService", "chat")["status"].get("mode") != "External":
        yield "the mode is not External"
    if cluster.get(*DEPLOYMENT).get("status") != "Failure":
        yield "our Deployment is still there"
    if cluster.api.get(f"{path}/theirs").body["metadata"]["resourceVersion"] != theirs:
        yield "their Service is touched"


def taken(cluster):
    """When the mode is forced, their Service is in the way, and nothing is made."""
    cluster.merge(VERSION, "InferenceService", "chat", {"spec": {"backendMode": "Managed"}}, "user")
    if children(cluster.round()):
        yield "children are written although the name is taken"
    if accepted(cluster) != ("False", "NameTaken"):
        yield f"the condition Accepted is {accepted(cluster)}"
