"""The cluster of a run, and Scene, one namespace of it in which a sample is tried."""
import json
import re
import time
import traceback
from concurrent.futures import ThreadPoolExecutor

import client
import kube
import live
from kubelet import Kubelet
from network import Dns, Endpoints, Mirror, Proxy
from node import BRIDGE
from operate import Scene as Namespace
from world import ROOT, VERSION, read_documents

SYSTEM = "router-controller-system"
OPERATOR = "router-controller"
READY_SECONDS = 90
AT_A_TIME = 4
EXPECTED = {"e2e-rig"}  # namespaces in which things are wrong on purpose


class Cluster:
    def __init__(self, machine, world, programs):
        self.world = world
        server = world.api.server
        self.endpoints = Endpoints(world.kubeconfig)
        self.proxy = Proxy(self.endpoints, (server.hostname, server.port))
        self.dns = Dns(self.endpoints)
        self.kubelet = Kubelet(machine, world.kubeconfig, BRIDGE, programs)

    def install(self):
        """As docs/operate.md says: CRDs, roles, the operator."""
        self.world.install_crds()
        for path in ("config/rbac/rbac.yaml", "config/manager/manager.yaml"):
            for document in read_documents(ROOT / path):
                where = self.world.api.path(document.api_version, document.kind,
                                            document.namespace, document.name)
                answer = self.world.api.request(
                    "PATCH", where, document.text, content=kube.APPLY, fieldManager="user",
                    force="true", fieldValidation="Strict")
                if not answer.ok:
                    raise RuntimeError(f"{document.kind} {document.name}: {answer.message}")

    def operator_log(self):
        return "".join(f"\n{pod}:{pod.containers[0].tail(4)}"
                       for pod in self.kubelet.of(SYSTEM, OPERATOR) if pod.containers)

    def close(self):
        """What runs will find no API server from now on, which is no fault of it."""
        Mirror.over = self.kubelet.over = True

    def run(self, samples):
        """Everything is applied first, so that pods start side by side; then some are tried
        at a time, since most of it is waiting. Returns what came of each sample by name, and
        the faults that belong to none."""
        self.install()
        scenes = [Scene(self, name, sample) for name, sample in samples.items()]
        for scene in scenes:
            scene.prepare()
        with ThreadPoolExecutor(AT_A_TIME) as pool:
            list(pool.map(self.try_out, scenes))
        faults = {n: told for n, told in self.kubelet.faults.items() if n not in EXPECTED}
        for scene in scenes:
            if not scene.sample.namespace:  # else it is of several samples
                scene.tally.faults += faults.pop(scene.namespace, [])
        return {scene.tally.name: scene.tally.result() for scene in scenes}, \
            [fault for told in faults.values() for fault in told]

    def try_out(self, scene):
        began = time.monotonic()
        try:
            scene.sample.try_out(scene)
        except live.Missing as missing:
            scene.tally.skip(str(missing))
        except RuntimeError as error:
            scene.tally.fault(f"{error}{self.operator_log()}")
        except Exception:  # a bug of the sample is no reason to lose the others
            scene.tally.fault(traceback.format_exc())
        print(f"{scene.tally.name}: {scene.tally.sent} requests, "
              f"{time.monotonic() - began:.1f} s", flush=True)


class Scene(Namespace):
    def __init__(self, cluster, name, sample):
        super().__init__(cluster.world, sample.namespace or f"e2e-{name}")
        self.api = kube.Api(cluster.world.kubeconfig)  # one for each thread
        self.cluster, self.sample = cluster, sample
        self.kubelet = cluster.kubelet
        self.tally = client.Tally(name)

    def prepare(self):
        """Applies the sample, and the Secret that its user would have."""
        self.say("v1", "Secret", "hf-token", stringData={"token": "of-the-user"})
        for path in self.sample.files:
            for document in read_documents(path):
                text = re.sub(r"namespace: default$", f"namespace: {self.namespace}",
                              document.text, flags=re.M)
                self.apply(document._replace(text=text, namespace=self.namespace))
        for kind, name, spec in self.sample.edits:
            self.merge(VERSION, kind, name, {"spec": spec}, manager="user")

    # ---- what there is ----

    def service(self, name, port_name="http"):
        """Where clients reach a Service: its ClusterIP and port, once it has both."""
        thing = self.get("v1", "Service", name)
        for port in thing.get("spec", {}).get("ports", []):
            if port.get("name") == port_name:
                return thing["spec"]["clusterIP"], port["port"]
        raise RuntimeError(f"the Service {name} has no port {port_name}")

    def gateway(self, name):
        """The address that the status of a gateway gives to clients."""
        url = self.get(VERSION, "InferenceGateway", name)["status"]["url"]
        host, port = client.place_of(url)
        found = self.cluster.dns.find(f"{host}.cluster.local")
        if not found:
            raise RuntimeError(f"status.url is {url}, which nobody resolves")
        return found[0], port

    def pods(self, deployment):
        return self.kubelet.of(self.namespace, deployment)

    def pod(self, name):
        return self.kubelet.pods[self.namespace, name]

    def deployment(self, name):
        return self.get("apps/v1", "Deployment", name)

    @staticmethod
    def requests(container, path=client.CHAT):
        """The lines of an engine's log about requests to `path`, with their bodies."""
        lines = container.log.read_text("utf-8", "replace").splitlines()
        told = [json.loads(line) for line in lines if line.startswith("{")]
        return [line for line in told if line["path"] == path]

    def turn(self, pod, **knobs):
        """Turns knobs of the fake engine in a pod."""
        port = pod.containers[0].spec["ports"][0]["containerPort"]
        status, text = client.exchange((pod.address, port), "/fake/knobs", knobs)
        if status != 200:
            raise RuntimeError(f"{pod}: knobs: {status} {text}")

    # ---- waiting ----

    def wait_for(self, *names, needs=None, seconds=READY_SECONDS):
        """Until our objects ("Kind name") are Ready. live.Missing: `needs`, a Deployment
        behind them, has an image that is not installed here."""
        def look():
            self.need(needs)
            ready = self.ready()
            return all(ready.get(name, (None,))[0] == "True" for name in names)
        try:
            client.until(f"readiness of {', '.join(names)}", look, seconds)
        except RuntimeError as error:
            ready = self.ready()
            raise RuntimeError(f"{error}: " + "; ".join(
                f"{name}: {ready.get(name)}" for name in names)) from None

    def need(self, deployment):
        why = self.kubelet.missing.get((self.namespace, deployment))
        if why:
            raise live.Missing(why)

    def wait_rolled_out(self, name, seconds=60):
        """Until a Deployment has all its pods from its newest template, and no others."""
        def look():
            self.need(name)
            thing = self.deployment(name)
            status, wanted = thing.get("status", {}), thing["spec"]["replicas"]
            return status.get("observedGeneration") == thing["metadata"]["generation"] and \
                status.get("updatedReplicas", 0) == status.get("readyReplicas", 0) == \
                status.get("replicas", 0) == wanted
        client.until(f"roll-out of {name}", look, seconds)

    def wait_gone(self, name, left=1, seconds=60):
        """Until nothing runs any more of the pods of a Deployment but `left` ones."""
        client.until(f"end of old pods of {name}", lambda: sum(
            pod.owner() == name and pod.namespace == self.namespace
            for pod in list(self.kubelet.pods.values())) == left, seconds)

    # ---- asking ----

    def expect(self, place, model, *deployments, **more):
        """One request that one of the Deployments must answer, for the model asked for."""
        answer = client.ask(place, model, **more)
        return self.tally.count(answer, f"{model}", lambda a: a.status == 200 and
                                a.deployment in deployments and
                                (not more.get("stream") or a.chunks > 0))

    def refuse(self, place, model, status):
        answer = client.ask(place, model)
        return self.tally.count(answer, f"{model} must be refused",
                                lambda a: a.status == status)

    def shows(self, kind, name, **wanted):
        """What `kubectl get` prints of an object must be `wanted`, by column."""
        table = self.api.request("GET", self.api.path(VERSION, kind, self.namespace),
                                 accept=kube.TABLE).body
        titles = [c["name"] for c in table["columnDefinitions"]]
        rows = [dict(zip(titles, row["cells"])) for row in table["rows"]]
        row = next((row for row in rows if row["Name"] == name), {})
        self.check(wanted.items() <= row.items(), f"kubectl get {kind}: {row}, not {wanted}")

    def check(self, right, what):
        if not right:
            self.tally.fault(what)

