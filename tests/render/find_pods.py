#!/usr/bin/python3
"""Does everything that points at pods find them? find_pods.py RCTL ROOT

Renders the samples and each golden case of `render`. Every selector of a Service, budget,
policy or pool must match the labels of a rendered pod. Every router must be able to find
what it is told: selectors in its arguments match pods that listen on the port it asks, of
the right half, and never its own; addresses lead to a rendered Service and a port of it,
unless the service behind is somebody else's."""
import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import yaml


def render(rctl, paths, words, folder):
    done = subprocess.run([rctl, "render", "-o", "json", *words, *paths], cwd=folder, timeout=60,
                          capture_output=True)
    return json.loads(done.stdout)["items"] if done.stdout.strip() else []


def sources(root):
    yield "crds/samples", root / "crds/samples", ["."], []
    for case in sorted((root / "tests/golden/render").iterdir()):
        args = case / "args"
        words = shlex.split(args.read_text()) if args.exists() else []
        words = [w for w in words if w not in ("--explain", "-o", "json")]
        yield case.name, case, [p.name for p in sorted(case.glob("in*"))], words


class Pod:
    def __init__(self, deployment):
        template = deployment["spec"]["template"]
        self.name = deployment["metadata"]["name"]
        self.namespace = deployment["metadata"]["namespace"]
        self.labels = template["metadata"]["labels"]
        self.annotations = template["metadata"].get("annotations", {})
        self.container = template["spec"]["containers"][0]
        self.ports = {p["containerPort"] for p in self.container["ports"]}
        self.args = self.container.get("args", [])


def matches(selector, labels):
    return all(labels.get(key) == value for key, value in selector.items())


def parse_set(text):
    """A selector as kubectl takes it: a=b,c in (d,e)."""
    for key, one, many in re.findall(r"([^,=\s]+)(?:=([^,]*)| in \(([^)]*)\))", text):
        yield key, set(many.split(",")) if many else {one}


def values_of(args, flag):
    """The words behind a flag, up to the next one."""
    if flag not in args:
        return None
    rest = args[args.index(flag) + 1:]
    end = next((i for i, word in enumerate(rest) if word.startswith("--")), len(rest))
    return rest[:end]


def one(args, flag):
    values = values_of(args, flag)
    return values[0] if values else None


class Check:
    def __init__(self, name, objects, external):
        self.name, self.objects, self.external, self.faults = name, objects, external, []
        self.pods = [Pod(o) for o in objects if o["kind"] == "Deployment"]

    def fault(self, text):
        self.faults.append(f"{self.name}: {text}")

    def select(self, who, namespace, wanted):
        found = [p for p in self.pods if p.namespace == namespace and wanted(p.labels)]
        if not found:
            self.fault(f"{who} selects no pod")
        return found

    def objects_select(self):
        for obj in self.objects:
            spec, meta = obj.get("spec", {}), obj["metadata"]
            who = f"{obj['kind']} {meta['name']}"
            selector = {"Service": spec.get("selector"),
                        "PodDisruptionBudget": spec.get("selector", {}).get("matchLabels"),
                        "NetworkPolicy": spec.get("podSelector", {}).get("matchLabels"),
                        "InferencePool": spec.get("selector", {}).get("matchLabels")
                        }.get(obj["kind"])
            if not selector:
                continue
            pods = self.select(who, meta["namespace"], lambda labels: matches(selector, labels))
            if obj["kind"] == "Service":
                names = {p["name"] for pod in pods for p in pod.container["ports"]}
                for port in spec["ports"]:
                    if port["targetPort"] not in names:
                        self.fault(f"{who}: no pod has a port {port['targetPort']}")

    def found_by(self, router, who, wanted, port):
        pods = self.select(who, router.namespace, wanted)
        for pod in pods:
            if pod is router:
                self.fault(f"{who} selects the router itself")
            if port not in pod.ports:
                self.fault(f"{who}: {pod.name} does not listen on {port}")
        return pods

    def by_words(self, router, flag, role):
        words = values_of(router.args, flag)
        if words is None:
            return
        selector = dict(word.split("=", 1) for word in words)
        who = f"{router.name} {flag}"
        port = int(one(router.args, "--service-discovery-port"))
        for pod in self.found_by(router, who, lambda labels: matches(selector, labels), port):
            if role and pod.labels.get("llm-d.ai/role") != role:
                self.fault(f"{who}: {pod.name} is no {role} pod")
            needs_bootstrap = "--pd-disaggregation" in router.args or \
                one(router.args, "--kv-connector") == "mooncake"
            if role == "prefill" and needs_bootstrap:
                key = ("vllm" if "--kv-connector" in router.args else "sglang") + \
                    ".ai/bootstrap-port"
                if int(pod.annotations.get(key, 0)) not in pod.ports:
                    self.fault(f"{who}: {pod.name} does not tell its bootstrap port")
        if one(router.args, "--service-discovery-namespace") != router.namespace:
            self.fault(f"{who}: looks into another namespace")

    def by_set(self, router):
        text = one(router.args, "--k8s-label-selector")
        if not text:
            return
        wanted = dict(parse_set(text))
        pods = self.found_by(router, f"{router.name} --k8s-label-selector",
                             lambda labels: all(labels.get(k) in v for k, v in wanted.items()),
                             int(one(router.args, "--k8s-port")))
        for key, values in wanted.items():
            for value in sorted(values - {p.labels.get(key) for p in pods}):
                self.fault(f"{router.name}: no pod has the label {key}={value}")
        for pod in pods:
            if "model" not in pod.labels and "--prefill-model-labels" in router.args:
                self.fault(f"{router.name}: {pod.name} has no label model")
        for role in ("prefill", "decode"):
            label = one(router.args, f"--{role}-model-labels")
            if label and not any(p.labels.get("model") == label and
                                 p.labels.get("llm-d.ai/role") == role for p in pods):
                self.fault(f"{router.name}: no {role} pod has the label model={label}")

    def addresses(self, router):
        text = " ".join(router.args) + " ".join(
            v for o in self.objects if o["kind"] == "ConfigMap" for v in o["data"].values())
        services = {(o["metadata"]["name"], o["metadata"]["namespace"]):
                    {p["port"] for p in o["spec"]["ports"]}
                    for o in self.objects if o["kind"] == "Service"}
        for name, namespace, port in re.findall(r"https?://([^./\s]+)\.([^./\s]+)\.svc:(\d+)", text):
            if (name, namespace) in services:
                if int(port) not in services[name, namespace]:
                    self.fault(f"{router.name}: Service {name} has no port {port}")
            elif name not in self.external:
                self.fault(f"{router.name}: there is no Service {name}")

    def run(self):
        self.objects_select()
        for router in self.pods:
            if router.labels["app.kubernetes.io/component"] not in ("gateway", "router"):
                continue
            self.by_words(router, "--selector", None)
            self.by_words(router, "--prefill-selector", "prefill")
            self.by_words(router, "--decode-selector", "decode")
            self.by_set(router)
            self.addresses(router)
        return self.faults


def external_services(folder, paths):
    files = [f for p in paths for f in (sorted((folder / p).glob("*.yaml"))
                                        if (folder / p).is_dir() else [folder / p])]
    names = set()
    for file in files:
        for doc in yaml.safe_load_all(file.read_text()):
            spec = (doc or {}).get("spec") or {}
            if spec.get("backendMode") == "External":
                ref = spec.get("backendRef", doc["metadata"]["name"])
                names.add(ref if isinstance(ref, str) else ref["name"])
            if doc and doc["kind"] == "StaticRoute":
                names.update(re.findall(r"://([^./]+)\.", spec["staticBackends"]))
    return names


def main():
    rctl, root = str(Path(sys.argv[1]).resolve()), Path(sys.argv[2]).resolve()
    faults, looked_at, routers = [], 0, 0
    for name, folder, paths, words in sources(root):
        check = Check(name, render(rctl, paths, words, folder), external_services(folder, paths))
        faults += check.run()
        looked_at += len(check.objects)
        routers += sum(p.labels["app.kubernetes.io/component"] in ("gateway", "router")
                       for p in check.pods)
    for fault in faults:
        print(fault)
    print(f"find_pods: {looked_at} objects, {routers} routers, {len(faults)} faults")
    return 1 if faults or routers < 10 else 0


if __name__ == "__main__":
    sys.exit(main())
