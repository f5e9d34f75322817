"""What `rctl render` prints, as the API server and its controllers see it."""
import json
import re
import shlex
import tempfile
from collections import Counter
from decimal import Decimal
from pathlib import Path

from world import ROOT, SAMPLES, VERSION, kube, read_documents

AVAILABLE = 30
UNITS = {"": 1, "m": Decimal("0.001"), "k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12,
         "Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40}


def amount(path, value):
    """The server writes quantities in another way: 1 as "1", and 1024Mi as 1Gi."""
    quantity = re.fullmatch(r"([0-9.]+)([A-Za-z]*)", str(value))
    if not re.search(r"\.(requests|limits)\.|\.(sizeLimit|storage)$", path) or not quantity:
        return value
    return Decimal(quantity.group(1)) * UNITS[quantity.group(2)]


def lost(sent, got, path=""):
    """Where the server keeps something else than what it was sent. A difference would be
    seen as drift, and applied again, for ever."""
    if isinstance(sent, dict) and isinstance(got, dict):
        for key, value in sent.items():
            yield from lost(value, got.get(key), f"{path}.{key}" if path else key)
    elif isinstance(sent, list) and isinstance(got, list) and len(sent) == len(got):
        for i, (one, other) in enumerate(zip(sent, got)):
            yield from lost(one, other, f"{path}[{i}]")
    elif amount(path, sent) != amount(path, got):
        yield f"{path} is {got!r}, sent as {sent!r}"


def sources():
    """All that the tests render: name, folder, files, further arguments."""
    yield "crds/samples", ROOT, [SAMPLES], []
    for case in sorted((ROOT / "tests/golden/render").iterdir()):
        args = case / "args"
        words = shlex.split(args.read_text()) if args.exists() else []
        for i in range(1, len(words)):
            if words[i - 1] == "--endpoints":
                gateway, file = words[i].split("=", 1)
                words[i] = f"{gateway}={case / file}"
        words = [w for w in words if w not in ("--explain", "-o", "json")]
        yield case.name, case, [p.name for p in sorted(case.glob("in*"))], words


def dry_run(world):
    """Would the server take each rendered object as it is?"""
    not_served = set()
    for name, folder, paths, words in sources():
        for obj in world.render(paths, *words, cwd=folder):
            world.looked_at += 1
            where = f"{name}: {obj['kind']} {obj['metadata']['name']}"
            if not world.api.resource(obj["apiVersion"], obj["kind"]):
                not_served.add(f"{obj['kind']} of {obj['apiVersion']}")
                continue
            world.namespace(obj["metadata"]["namespace"])
            answer = world.api.apply(obj, dryRun="All")
            if not answer.ok:
                yield f"{where}: {answer.message}"
                continue
            yield from (f"{where}: {warning}" for warning in answer.warnings)
            yield from (f"{where}: {difference}" for difference in lost(obj, answer.body))
    for kind in sorted(not_served):
        print(f"the server does not serve {kind}; such objects were not tried")


def back_from_server(world, document, namespace):
    """A document as a controller would read it: with defaults, and the keys of maps sorted."""
    if document.api_version == VERSION:
        answer = world.try_out(document, world.namespace(document.namespace or namespace))
        if answer.ok:
            return json.dumps(answer.body)
    return document.text


def differences(world, files, copies, words):
    """What rctl says and renders otherwise of the copies."""
    told, now = (Counter(world.validate(paths, *words)) for paths in (files, copies))
    yield from (f"told of the copy only: {line}" for line in now - told)
    yield from (f"not told of the copy: {line}" for line in told - now)
    objects, others = ({(o["kind"], o["metadata"]["namespace"], o["metadata"]["name"]): o
                        for o in world.render(paths, *words)} for paths in (files, copies))
    world.looked_at += len(objects)
    for key in sorted(objects.keys() | others.keys()):
        where = f"{key[0]} {key[2]}"
        if key in objects and key in others:
            yield from (f"{where}: {line}" for line in lost(objects[key], others[key]))
        else:
            yield f"{where}: is rendered only from {'the file' if key in objects else 'the copy'}"


def returned(world):
    """Is the same told and rendered of a file and of what the server has made of it?"""
    world.install_crds()
    for name, folder, paths, words in sources():
        paths = [folder / path for path in paths]
        files = [f for path in paths for f in (sorted(path.glob("*.yaml")) if path.is_dir() else [path])]
        namespace = words[words.index("-n") + 1] if "-n" in words else "default"
        documents = [d for file in files for d in read_documents(file)]
        with tempfile.TemporaryDirectory() as scratch:
            copies = [Path(scratch, f"{i:02}.yaml") for i in range(len(documents))]
            for copy, document in zip(copies, documents):
                copy.write_text(back_from_server(world, document, namespace), "utf-8")
            yield from (f"{name}: {line}" for line in differences(world, files, copies, words))


def is_available(world, deployment):
    """Whether all pods are ready. The condition alone does not say it: it is also true
    while as many pods are missing as the strategy lets be missing."""
    live = world.api.get(world.api.path_of(deployment)).body
    status = live["status"]
    return (status.get("observedGeneration") == live["metadata"]["generation"] and
            status.get("readyReplicas", 0) == live["spec"]["replicas"] and
            any(c["type"] == "Available" and c["status"] == "True"
                for c in status.get("conditions", [])))


def has_endpoint(world, service):
    """Whether the selector of a Service finds a pod that is ready."""
    meta = service["metadata"]
    path = world.api.path("discovery.k8s.io/v1", "EndpointSlice", meta["namespace"])
    selector = f"kubernetes.io/service-name={meta['name']}"
    return any(e["conditions"].get("ready")
               for part in world.api.get(path, labelSelector=selector).body["items"]
               for e in part.get("endpoints") or [])


def available(world):
    """Do the samples and what is rendered from them come to life, and then rest?"""
    world.install_crds()
    namespace = world.namespace("available")
    applied = []
    try:
        for path in sorted(SAMPLES.glob("*.yaml")):
            for document in read_documents(path):
                where = world.api.path(document.api_version, document.kind,
                                       document.namespace or namespace, document.name)
                answer = world.api.request("PATCH", where, document.text, content=kube.APPLY,
                                           fieldManager="user", fieldValidation="Strict")
                applied.append(where)
                if not answer.ok:
                    yield f"{path.name}: {document.kind} {document.name}: {answer.message}"
        objects = world.render([SAMPLES], "-n", namespace)
        for obj in objects:
            answer = world.api.apply(obj)
            applied.append(world.api.path_of(obj))
            if not answer.ok:
                yield f"{obj['kind']} {obj['metadata']['name']}: {answer.message}"
        deployments = [obj for obj in objects if obj["kind"] == "Deployment"]
        for deployment in deployments:
            world.looked_at += 1
            world.wait(f"available Deployment {deployment['metadata']['name']}",
                       lambda d=deployment: is_available(world, d), AVAILABLE)
        for service in (obj for obj in objects if obj["kind"] == "Service"):
            world.looked_at += 1
            world.wait(f"endpoint of Service {service['metadata']['name']}",
                       lambda s=service: has_endpoint(world, s), AVAILABLE)
        yield from changed_again(world, objects)
    finally:
        for path in applied:
            world.api.request("DELETE", path, {"propagationPolicy": "Background"})


def changed_again(world, objects):
    """Applying the same once more must change nothing, not even the version."""
    for obj in objects:
        if obj["kind"] == "Deployment":
            before = world.api.get(world.api.path_of(obj)).body["metadata"]["generation"]
            after = world.api.apply(obj).body["metadata"]["generation"]
        else:
            before = world.api.get(world.api.path_of(obj)).body["metadata"]["resourceVersion"]
            after = world.api.apply(obj).body["metadata"]["resourceVersion"]
        if before != after:
            yield f"{obj['kind']} {obj['metadata']['name']}: changes when it is applied again"
