"""A kubelet for one node of namespaces: what the API server says of pods is really run.

Each pod has a thread that binds it to the node, makes its volumes, starts its containers
with exactly the command, environment, mounts and user of the object, asks its probes, and
writes its status. Engines are fakes that are up at once, so their probes are asked ten times
as often as they say, while startup and liveness probes keep the patience that they say; all
other containers are asked as they say. What this kubelet cannot do, or sees go wrong, is in
`faults`."""
import json
import os
import threading
import time
from collections import defaultdict
from pathlib import Path

import kube
import live
from container import Container
from images import Images
from network import Mirror
from volumes import Waiting, amount, files_of, put_files

NODE = "e2e"
LABELS = {"kubernetes.io/arch": "amd64", "kubernetes.io/hostname": NODE, "zone": "rack1",
          "gpuType": "NVIDIA-A100", "nvidia.com/gpu": "true"}
SYNC_SECONDS = 1.0  # until a mounted file follows its ConfigMap


class Server:
    """The API server for many threads: each waits its turn."""

    def __init__(self, kubeconfig):
        self.api, self.lock = kube.Api(kubeconfig), threading.Lock()

    def request(self, *words, **more):
        with self.lock:
            return self.api.request(*words, **more)

    def get(self, path, **query):
        return self.request("GET", path, **query)


def fits(spec):
    """Why a pod may not run on the node, or None. Resources are not counted."""
    for key, value in spec.get("nodeSelector", {}).items():
        if LABELS.get(key) != value:
            return f"the node has no label {key}={value}"
    required = spec.get("affinity", {}).get("nodeAffinity", {}).get(
        "requiredDuringSchedulingIgnoredDuringExecution", {})
    terms = required.get("nodeSelectorTerms", [{}])
    if not any(all(matches(e) for e in term.get("matchExpressions", [])) for term in terms):
        return f"the node is none of {terms}"
    return None


def matches(expression):
    here = LABELS.get(expression["key"])
    judge = {"In": lambda v: here in v, "NotIn": lambda v: here not in v,
             "Exists": lambda v: here is not None, "DoesNotExist": lambda v: here is None}
    return judge[expression["operator"]](expression.get("values", []))


def stamp():
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


class Pod:
    """One pod on the node, from its binding to its end."""

    def __init__(self, kubelet, thing):
        self.kubelet, self.thing = kubelet, thing
        meta = thing["metadata"]
        self.namespace, self.name, self.uid = meta["namespace"], meta["name"], meta["uid"]
        self.path = f"/api/v1/namespaces/{self.namespace}/pods/{self.name}"
        self.home = kubelet.node.home / "pods" / self.uid
        self.network = self.address = None
        self.containers = []
        self.folders, self.empty = {}, {}  # volumes of files, and those that are empty at first
        self.told, self.since, self.synced = None, {}, 0.0
        self.waiting = Waiting("ContainerCreating", "")
        self.changed = threading.Event()
        threading.Thread(target=self.live, daemon=True).start()

    def __str__(self):
        return f"{self.namespace}/{self.name}"

    def fault(self, text):
        self.kubelet.fault(self.namespace, f"{self}: {text}")

    @property
    def leaving(self):
        return self.thing["metadata"].get("deletionTimestamp")

    # ---- life ----

    def live(self):
        try:
            if self.bind():
                self.network, self.address = self.kubelet.node.add_pod()
                self.run()
            self.end()
        except Exception as error:  # a thread of ours that dies must not be silent
            self.fault(f"{type(error).__name__}: {error}")

    def bind(self):
        reason = fits(self.thing["spec"])
        if reason:
            self.fault(f"cannot be scheduled: {reason}")
            while not self.leaving:
                self.pause(1)
            return False
        if not self.thing["spec"].get("nodeName"):
            self.send("POST", f"{self.path}/binding", {
                "apiVersion": "v1", "kind": "Binding", "metadata": {"name": self.name},
                "target": {"kind": "Node", "name": NODE}})
            self.thing = dict(self.thing, spec=dict(self.thing["spec"], nodeName=NODE))
        return True

    def run(self):
        while not self.leaving:
            if not self.containers:
                self.make()
            for container in self.containers:
                container.tend()
            self.tell()
            self.sync()
            self.pause(min((c.rest() for c in self.containers), default=0.3))

    def make(self):
        """Containers, as soon as all that they need is there."""
        try:
            if self.thing["spec"].get("initContainers"):
                raise LookupError("init containers are not run here")
            pod = self.with_status()
            for volume in self.thing["spec"].get("volumes", []):
                files = files_of(self.kubelet.server, pod, volume)
                folder = self.home / "volumes" / volume["name"]
                if files is not None:
                    put_files(folder, files)
                    self.folders[volume["name"]] = folder
                elif volume["name"] not in self.empty:
                    size = amount(volume["emptyDir"].get("sizeLimit", "1Gi"))
                    self.kubelet.node.add_memory(folder, size)
                    self.empty[volume["name"]] = folder
            self.containers = [Container(self, pod, spec)
                               for spec in self.thing["spec"]["containers"]]
        except Waiting as reason:
            self.waiting = reason
        except live.Missing as missing:
            self.waiting = Waiting("ErrImagePull", str(missing))
            self.kubelet.missing[self.namespace, self.owner()] = str(missing)
        except (LookupError, AttributeError) as error:
            self.waiting = Waiting("ErrImagePull", str(error))
            self.fault(str(error))

    def with_status(self):
        """The pod as the downward API sees it now."""
        return dict(self.thing, status=dict(self.thing.get("status", {}), podIP=self.address,
                                            hostIP=self.kubelet.address))

    def owner(self):
        """Name of the Deployment; a ReplicaSet has a hash behind that name."""
        owners = self.thing["metadata"].get("ownerReferences") or [{"name": self.name + "-x"}]
        return owners[0]["name"].rpartition("-")[0]

    def sync(self):
        """Mounted ConfigMaps and Secrets follow what they are made of."""
        if time.monotonic() - self.synced < SYNC_SECONDS:
            return
        self.synced = time.monotonic()
        for volume in self.thing["spec"].get("volumes", []):
            if volume["name"] in self.folders and ("configMap" in volume or "secret" in volume):
                try:
                    files = files_of(self.kubelet.server, self.thing, volume)
                    put_files(self.folders[volume["name"]], files)
                except Waiting:
                    pass  # deleted meanwhile: what is mounted stays

    def end(self):
        grace = self.thing["metadata"].get("deletionGracePeriodSeconds", 30)
        until = time.monotonic() + grace
        enders = [threading.Thread(target=c.end, args=(until,)) for c in self.containers]
        for ender in enders:
            ender.start()
        for ender in enders:
            ender.join()
        self.send("DELETE", self.path, {"gracePeriodSeconds": 0,
                                        "preconditions": {"uid": self.uid}})
        for folder in self.empty.values():
            self.kubelet.node.remove_memory(folder)
        if self.network:
            self.kubelet.node.remove_pod(self.network)
        self.kubelet.pods.pop((self.namespace, self.name), None)

    def pause(self, seconds):
        self.changed.wait(seconds)
        self.changed.clear()

    # ---- status ----

    def status(self):
        statuses = [c.status() for c in self.containers] or [
            {"name": c["name"], "image": c["image"], "imageID": "", "restartCount": 0,
             "ready": False, "started": False,
             "state": {"waiting": {"reason": self.waiting.reason,
                                   "message": str(self.waiting)}}}
            for c in self.thing["spec"]["containers"]]
        ready = all(s["ready"] for s in statuses)
        states = {"PodScheduled": True, "Initialized": True, "ContainersReady": ready,
                  "Ready": ready}
        return {
            "phase": "Running" if self.containers else "Pending",
            "podIP": self.address, "podIPs": [{"ip": self.address}],
            "hostIP": self.kubelet.address, "hostIPs": [{"ip": self.kubelet.address}],
            "conditions": [{"type": name, "status": str(state)} for name, state in
                           states.items()],
            "containerStatuses": statuses}

    def tell(self):
        status = self.status()
        if status == self.told:
            return
        body = json.loads(json.dumps(status))
        for condition in body["conditions"]:
            name, state = condition["type"], condition["status"]
            if self.since.get(name, (None,))[0] != state:
                self.since[name] = (state, stamp())
            condition["lastTransitionTime"] = self.since[name][1]
        body["startTime"] = self.thing["metadata"]["creationTimestamp"]
        if self.send("PATCH", f"{self.path}/status", {
                "metadata": {"uid": self.uid}, "status": body}):
            self.told = status

    def send(self, verb, path, body):
        content = kube.MERGE if verb == "PATCH" else kube.JSON
        answer = self.kubelet.server.request(verb, path, body, content=content)
        if not answer.ok and answer.status not in (404, 409):
            self.fault(f"{verb} {path}: {answer.message}")
        return answer.ok


class Kubelet:
    def __init__(self, node, kubeconfig, address, programs):
        self.node, self.address = node, address
        self.server = Server(kubeconfig)
        self.images = Images(programs)
        self.logs = Path(os.environ.get("E2E_LOGS") or node.home / "logs")
        self.logs.mkdir(parents=True, exist_ok=True)
        self.pods, self.over = {}, False
        self.faults = defaultdict(list)  # namespace -> things that must not happen
        self.missing = {}               # (namespace, Deployment) -> why its image is not here
        self.server.request("POST", "/api/v1/nodes", {
            "apiVersion": "v1", "kind": "Node", "metadata": {"name": NODE, "labels": LABELS},
            "status": {"conditions": [{"type": "Ready", "status": "True"}]}})
        self.mirror = Mirror(kubeconfig, "/api/v1/pods", self.take)

    def take(self, event, thing):
        key = (thing["metadata"]["namespace"], thing["metadata"]["name"])
        pod = self.pods.get(key)
        if event == "DELETED":
            return
        if pod is None:
            self.pods[key] = Pod(self, thing)
        elif pod.uid == thing["metadata"]["uid"]:
            # The node was written by us; an older event may not know it yet.
            pod.thing = dict(thing, spec=dict(thing["spec"], nodeName=NODE))
            if thing["metadata"].get("deletionTimestamp"):
                pod.changed.set()

    def links(self, namespace):
        """Variables that name each Service of a namespace, where a pod does not refuse them."""
        values = {}
        for service in self.server.get(f"/api/v1/namespaces/{namespace}/services").body["items"]:
            name = service["metadata"]["name"].upper().replace("-", "_")
            address, port = service["spec"].get("clusterIP"), service["spec"]["ports"][0]["port"]
            if address != "None":
                values.update({f"{name}_SERVICE_HOST": address, f"{name}_SERVICE_PORT": str(port),
                               f"{name}_PORT": f"tcp://{address}:{port}"})
        return values

    def fault(self, namespace, text):
        if not self.over:
            self.faults[namespace].append(text)

    def of(self, namespace, deployment):
        """Pods of a Deployment that are not on their way out, by name."""
        return sorted((pod for pod in list(self.pods.values())
                       if pod.namespace == namespace and pod.owner() == deployment
                       and not pod.leaving), key=lambda pod: pod.name)
