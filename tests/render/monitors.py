#!/usr/bin/python3
"""Do the monitors of config/monitoring/objects find what serves metrics? monitors.py RCTL ROOT

Renders the samples and each golden case of `render`: every pod of an engine or a router must
be a target of exactly one endpoint, on a port that the pod has, and nothing else may be one.
The operator's monitor must select its Service, and through it a port of its pods. SHAPES are
the fields that we use of the published CustomResourceDefinitions, typed by hand."""
import sys
from pathlib import Path

import jsonschema
import yaml

from find_pods import Pod, render, sources

SERVING = {"engine", "prefill", "decode", "gateway", "router"}
TEXT, LABELS = {"type": "string"}, {"type": "object", "additionalProperties": {"type": "string"}}


def shape(**fields):
    """An object that has these fields and no others; those in `optional` may be missing."""
    optional = fields.pop("optional", ())
    return {"type": "object", "additionalProperties": False, "properties": fields,
            "required": [name for name in fields if name not in optional]}


def some(of):
    return {"type": "array", "minItems": 1, "items": of}


ENDPOINT = shape(port=TEXT, path={"const": "/metrics"},
                 interval={"type": "string", "pattern": "^[0-9]+[smh]$"})
SELECTOR = shape(matchLabels=LABELS, optional=["matchExpressions"], matchExpressions=some(
    shape(key=TEXT, operator={"enum": ["In", "NotIn", "Exists", "DoesNotExist"]},
          values=some(TEXT))))
RULE = shape(alert=TEXT, expr=TEXT, labels=LABELS, annotations=LABELS, optional=["for"],
             **{"for": {"type": "string", "pattern": "^[0-9]+[smhd]$"}})
SHAPES = {
    "ServiceMonitor": shape(selector=SELECTOR, endpoints=some(ENDPOINT)),
    "PodMonitor": shape(namespaceSelector=shape(any={"const": True}), selector=SELECTOR,
                        podTargetLabels=some(TEXT), podMetricsEndpoints=some(ENDPOINT)),
    "PrometheusRule": shape(groups=some(shape(name=TEXT, rules=some(RULE)))),
}


def selects(selector, labels):
    if any(labels.get(key) != value for key, value in selector["matchLabels"].items()):
        return False
    return all((labels.get(row["key"]) in row["values"]) == (row["operator"] == "In")
               for row in selector.get("matchExpressions", []))


def load(path):
    return [doc for doc in yaml.safe_load_all(path.read_text()) if doc]


def judge_shape(monitor):
    who = f"{monitor['kind']} {monitor['metadata']['name']}"
    if monitor["apiVersion"] != "monitoring.coreos.com/v1":
        yield f"{who}: apiVersion {monitor['apiVersion']}"
    checker = jsonschema.Draft7Validator(SHAPES[monitor["kind"]])
    for error in checker.iter_errors(monitor["spec"]):
        yield f"{who}: {'.'.join(str(step) for step in error.path)}: {error.message}"


def judge_pods(name, pods, monitors, used):
    """Each pod that serves has one target; faults, and what was used of the monitors."""
    for pod in pods:
        ports = {p["name"] for p in pod.container["ports"]}
        targets = []
        for monitor in monitors:
            if not selects(monitor["spec"]["selector"], pod.labels):
                continue
            for endpoint in monitor["spec"]["podMetricsEndpoints"]:
                targets.append(endpoint["port"])
                used.add(monitor["metadata"]["name"])
                if endpoint["port"] not in ports:
                    yield (f"{name}: {pod.name} has no port {endpoint['port']} for "
                           f"{monitor['metadata']['name']}")
            for label in monitor["spec"]["podTargetLabels"]:
                if label not in pod.labels:
                    yield f"{name}: {pod.name} has no label {label}"
        wanted = int(pod.labels["app.kubernetes.io/component"] in SERVING)
        if len(targets) != wanted:
            yield f"{name}: {pod.name} is {len(targets)} targets, not {wanted}"


def judge_operator(root, monitor):
    """From the monitor by way of the Service to the port of the pods."""
    objects = load(root / "config/manager/manager.yaml")
    services = [o for o in objects if o["kind"] == "Service" and
                o["metadata"]["namespace"] == monitor["metadata"]["namespace"] and
                selects(monitor["spec"]["selector"], o["metadata"]["labels"])]
    if len(services) != 1:
        yield f"ServiceMonitor: selects {len(services)} Services"
        return
    pod = Pod(next(o for o in objects if o["kind"] == "Deployment"))
    if not services[0]["spec"]["selector"].items() <= pod.labels.items():
        yield "ServiceMonitor: its Service does not select the operator's pods"
    named = {p["name"]: p["targetPort"] for p in services[0]["spec"]["ports"]}
    numbers = {p["name"]: p["containerPort"] for p in pod.container["ports"]}
    listens = {e["name"]: e.get("value") for e in pod.container["env"]}["METRICS_ADDR"]
    for endpoint in monitor["spec"]["endpoints"]:
        if f":{numbers.get(named.get(endpoint['port']))}" != listens:
            yield f"ServiceMonitor: port {endpoint['port']} does not lead to {listens}"


def main():
    rctl, root = str(Path(sys.argv[1]).resolve()), Path(sys.argv[2]).resolve()
    monitors = [doc for path in sorted((root / "config/monitoring/objects").glob("*.yaml"))
                for doc in load(path)]
    of_pods = [m for m in monitors if m["kind"] == "PodMonitor"]
    faults = [fault for monitor in monitors for fault in judge_shape(monitor)]
    for monitor in monitors:
        if monitor["kind"] == "ServiceMonitor":
            faults += judge_operator(root, monitor)
    looked_at, used = 0, set()
    for name, folder, paths, words in sources(root):
        pods = [Pod(o) for o in render(rctl, paths, words, folder) if o["kind"] == "Deployment"]
        faults += judge_pods(name, pods, of_pods, used)
        looked_at += len(pods)
    faults += [f"{m['metadata']['name']} selects nothing" for m in of_pods
               if m["metadata"]["name"] not in used]
    for fault in faults:
        print(fault)
    print(f"monitors: {len(monitors)} objects, {looked_at} pods, {len(faults)} faults")
    return 1 if faults or looked_at < 10 else 0


if __name__ == "__main__":
    sys.exit(main())
