"""Rendered objects as a cluster on loopback: each pod gets an address of its own.

URLs of Services, ports and mounted files in a router's arguments become those of the
pods that stand for them here. A URL that no rendered Service answers, a Service that
selects nothing and a port that it does not have are faults of what was rendered."""
import json
import os
import re
import socket
from urllib.parse import urlsplit

from fake_engine import FakeEngine

URL = re.compile(r"https?://[A-Za-z0-9.-]+(?::\d+)?")
VARIABLE = re.compile(r"\$\(([A-Za-z_][A-Za-z0-9_]*)\)")
PORT_FLAGS = {"--port", "--prometheus-port", "--health-check-port"}  # it listens on them
HOST_FLAGS = {"--host", "--prometheus-host"}
KEY = "key-of-the-rig"  # stands for every Secret
ROUTERS = ("gateway", "router")  # components: of a gateway, in front of P/D halves
MOST_PODS = 3           # that stand for one Deployment


class Fault(Exception):
    """What was rendered cannot work."""


def labels_of(deployment):
    return deployment["metadata"].get("labels", {})


def name_of(thing):
    return thing["metadata"]["name"]


def namespace_of(thing):
    return thing["metadata"].get("namespace", "default")


def pod_spec(deployment):
    return deployment["spec"]["template"]["spec"]


def container_of(deployment):
    return pod_spec(deployment)["containers"][0]


def number_of(container, port):
    """A port as a number; it may be the name of one of the container's."""
    if isinstance(port, int):
        return port
    for known in container.get("ports", []):
        if known.get("name") == port:
            return known["containerPort"]
    raise Fault(f"the container {container['name']} has no port {port!r}")


def split_words(words):
    """--flag=value as two words."""
    for word in words:
        if word.startswith("--") and "=" in word:
            yield from word.split("=", 1)
        else:
            yield word


def values_of(words, flag):
    """The words after `flag`, up to the next flag; None when it is not there."""
    words = list(split_words(words))
    if flag not in words:
        return None
    rest = words[words.index(flag) + 1:]
    return rest[:next((i for i, w in enumerate(rest) if w.startswith("--")), len(rest))]


class Pod:
    def __init__(self, deployment, index, address):
        self.deployment = name_of(deployment)
        self.name = f"{self.deployment}-{index}"
        self.namespace = namespace_of(deployment)
        template = deployment["spec"]["template"]["metadata"]
        self.labels, self.annotations = template["labels"], dict(template.get("annotations", {}))
        self.container = container_of(deployment)
        self.component = self.labels.get("app.kubernetes.io/component")
        self.router = self.deployment if self.component in ROUTERS else None
        self.address = address
        self.engine = None


class Cluster:
    """All objects of one rendering."""

    def __init__(self, objects):
        self.objects = objects
        self.ports = {}
        self.used = 0
        self.pods = {}  # of each Deployment, by (namespace, name)
        for deployment in self.of_kind("Deployment"):
            count = min(MOST_PODS, max(1, deployment["spec"].get("replicas", 1)))
            self.pods[namespace_of(deployment), name_of(deployment)] = [
                Pod(deployment, i, self.new_address()) for i in range(count)]

    def of_kind(self, kind):
        return [thing for thing in self.objects if thing["kind"] == kind]

    def find(self, kind, namespace, name):
        for thing in self.of_kind(kind):
            if (namespace_of(thing), name_of(thing)) == (namespace, name):
                return thing
        return None

    # ---- places ----

    def new_address(self):
        """Runs beside each other differ in the process, so their addresses do."""
        self.used += 1
        process = os.getpid() % 32000
        return f"127.{64 + process // 250}.{process % 250}.{self.used}"

    def port(self, number, router=None):
        """A free port that stands for `number`: the same one for all pods but routers, which
        listen on all addresses when they are told no host."""
        if (number, router) not in self.ports:
            with socket.socket() as probe:
                probe.bind(("", 0))
                self.ports[number, router] = probe.getsockname()[1]
        return self.ports[number, router]

    def at(self, pod, number):
        return f"{pod.address}:{self.port(number, pod.router)}"

    def selected(self, service):
        """The pods of the Deployments that a Service selects."""
        selector = service["spec"].get("selector") or {}
        found = [pod for pods in self.pods.values() for pod in pods
                 if selector and pod.namespace == namespace_of(service) and
                 selector.items() <= pod.labels.items()]
        if not found:
            raise Fault(f"the Service {name_of(service)} selects no rendered pod")
        if len({pod.deployment for pod in found}) > 1:
            raise Fault(f"the Service {name_of(service)} selects several Deployments: "
                        f"{sorted({pod.deployment for pod in found})}")
        return found

    def service_at(self, url, namespace):
        host = urlsplit(url).hostname
        parts = re.sub(r"\.svc(\.cluster\.local)?$", "", host).split(".")
        if len(parts) == 1:
            parts.append(namespace)
        service = self.find("Service", parts[1], parts[0]) if len(parts) == 2 else None
        if not service:
            raise Fault(f"nobody answers {url}: there is no such Service")
        return service

    def place_of(self, url, namespace):
        """(pod, port of the container) behind a URL."""
        service = self.service_at(url, namespace)
        wanted = urlsplit(url).port or {"http": 80, "https": 443}[urlsplit(url).scheme]
        pod = self.selected(service)[0]
        for port in service["spec"]["ports"]:
            if port["port"] == wanted:
                return pod, number_of(pod.container, port.get("targetPort", wanted))
        raise Fault(f"the Service {name_of(service)} has no port {wanted}")

    def put_urls(self, text, namespace):
        def local(match):
            pod, port = self.place_of(match.group(), namespace)
            return f"{urlsplit(match.group()).scheme}://{self.at(pod, port)}"
        return URL.sub(local, text)

    # ---- engines ----

    def start_engines(self):
        engines = []
        for deployment in self.of_kind("Deployment"):
            component = labels_of(deployment).get("app.kubernetes.io/component")
            if component not in ("engine", "prefill", "decode"):
                continue
            for pod in self.pods[namespace_of(deployment), name_of(deployment)]:
                pod.engine = self.engine_of(pod, component)
                engines.append(pod.engine.start())
        return engines

    def engine_of(self, pod, component):
        container = pod.container
        kind, words = pod.labels["app.kubernetes.io/name"], container.get("args", [])
        models = values_of(words, "--served-model-name") or \
            values_of(words, "--model-path") or words[:1]
        bootstrap = self.bootstrap_port(container, words) or "blocks"
        for key, value in pod.annotations.items():
            if key.endswith("/bootstrap-port"):
                pod.annotations[key] = str(self.port(int(value)))
        peers = [f"{other.address}:{self.port(bootstrap)}" for pods in self.pods.values()
                 for other in pods if other.component == "prefill" and component == "decode"]
        return FakeEngine(pod.name, pod.address, self.port(number_of(container, "http")), models,
                          kind, "both" if component == "engine" else component,
                          self.connector(kind, words), self.port(bootstrap), peers)

    @staticmethod
    def bootstrap_port(container, words):
        flag = values_of(words, "--disaggregation-bootstrap-port")
        if flag:
            return int(flag[0])
        for variable in container.get("env", []):
            if variable["name"] == "VLLM_MOONCAKE_BOOTSTRAP_PORT":
                return int(variable["value"])
        return 0

    @staticmethod
    def connector(kind, words):
        if kind == "sglang":
            return (values_of(words, "--disaggregation-transfer-backend") or ["mooncake"])[0]
        config = json.loads((values_of(words, "--kv-transfer-config") or ["{}"])[0])
        parts = config.get("kv_connector_extra_config", {}).get("connectors", [config])
        names = [part.get("kv_connector", "") for part in parts]
        for connector in ("nixl", "mooncake", "lmcache"):
            if any(name.lower().startswith(connector) for name in names):
                return connector
        return "nixl"

    # ---- routers ----

    def routers(self):
        return [deployment for deployment in self.of_kind("Deployment")
                if labels_of(deployment).get("app.kubernetes.io/component") in ROUTERS]

    def environment(self, deployment):
        """Literal values; each Secret holds the same key."""
        return {variable["name"]: variable.get("value", "") if "valueFrom" not in variable else
                KEY for variable in container_of(deployment).get("env", [])}

    def words(self, deployment):
        """Arguments as the kubelet hands them over, not yet made local."""
        values = self.environment(deployment)
        return [VARIABLE.sub(lambda m: values.get(m.group(1), m.group()), word)
                for word in container_of(deployment).get("args", [])]

    def files(self, deployment):
        """Mounted files of ConfigMaps: path in the container -> text."""
        volumes = {volume["name"]: volume for volume in pod_spec(deployment).get("volumes", [])}
        files = {}
        for mount in container_of(deployment).get("volumeMounts", []):
            source = volumes.get(mount["name"])
            if source is None:
                raise Fault(f"there is no volume {mount['name']} to mount")
            if "configMap" not in source:
                continue
            config = self.find("ConfigMap", namespace_of(deployment), source["configMap"]["name"])
            if not config:
                raise Fault(f"there is no ConfigMap {source['configMap']['name']} to mount")
            if "subPath" in mount:
                raise Fault(f"{mount['mountPath']} is a subPath: it never follows a change")
            for key, text in config.get("data", {}).items():
                files[mount["mountPath"].rstrip("/") + "/" + key] = text
        return files

    def local_words(self, deployment, folder):
        """Arguments that work here. Mounted files are written below `folder`."""
        namespace = namespace_of(deployment)
        pod = self.pods[namespace, name_of(deployment)][0]
        files = self.files(deployment)
        for path, text in files.items():
            os.makedirs(folder + os.path.dirname(path), exist_ok=True)
            with open(folder + path, "w", encoding="utf-8") as file:
                file.write(self.put_urls(text, namespace))
        words, flag = [], ""
        for word in split_words(self.words(deployment)):
            if word.startswith("--"):
                flag = word
            elif flag in HOST_FLAGS and word == "0.0.0.0":
                word = pod.address
            elif flag in PORT_FLAGS:
                word = str(self.port(int(word), pod.router))
            elif word.isdigit() and flag in ("--service-discovery-port", "--k8s-port",
                                               "--prefill"):
                word = str(self.port(int(word)))
            elif word in files:
                word = folder + word
            else:
                word = self.put_urls(word, namespace)
            words.append(word)
        return words

    def behind(self, deployment):
        """Names of the Deployments that a router's arguments and files lead to."""
        texts = self.words(deployment) + list(self.files(deployment).values())
        return {self.place_of(url, namespace_of(deployment))[0].deployment
                for text in texts for url in URL.findall(text)}

    def probe_url(self, deployment, probe):
        container = container_of(deployment)
        get = container.get(probe, {}).get("httpGet")
        if not get:
            raise Fault(f"no httpGet in {probe}")
        pod = self.pods[namespace_of(deployment), name_of(deployment)][0]
        port = number_of(container, get["port"])
        return f"http://{self.at(pod, port)}{get['path']}"

    def metrics_url(self, deployment):
        """Where Prometheus reads a router whose container names a port for it, or None."""
        pod = self.pods[namespace_of(deployment), name_of(deployment)][0]
        for port in pod.container.get("ports", []):
            if port.get("name") == "metrics":
                return f"http://{self.at(pod, port['containerPort'])}/metrics"
        return None

    def service_url(self, deployment):
        """Where clients reach a router: through the Service that selects it."""
        for service in self.of_kind("Service"):
            selector = service["spec"].get("selector") or {}
            pod = self.pods[namespace_of(deployment), name_of(deployment)][0]
            if selector and namespace_of(service) == pod.namespace and \
                    selector.items() <= pod.labels.items():
                port = service["spec"]["ports"][0]
                number = number_of(pod.container, port.get("targetPort", port["port"]))
                return f"http://{self.at(pod, number)}"
        raise Fault(f"no Service selects the router {name_of(deployment)}")

    def pod_rules(self, deployment):
        """(verb, namespace) on pods that the router's account was given by Roles."""
        account = pod_spec(deployment).get("serviceAccountName")
        namespace = namespace_of(deployment)
        if not account or not self.find("ServiceAccount", namespace, account):
            return set()
        if pod_spec(deployment).get("automountServiceAccountToken") is False:
            return set()
        rules = set()
        for binding in self.of_kind("RoleBinding"):
            role = self.find("Role", namespace_of(binding), binding["roleRef"]["name"])
            ours = any(subject["name"] == account and
                       subject.get("namespace", namespace_of(binding)) == namespace
                       for subject in binding.get("subjects", []))
            for rule in role["rules"] if role and ours else []:
                if "pods" in rule["resources"] and "" in rule["apiGroups"]:
                    rules |= {(verb, namespace_of(binding)) for verb in rule["verbs"]}
        return rules
