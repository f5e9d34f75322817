"""Does the real operator do on a real API server what it is for? It makes the samples work,
rests, takes objects in any order, and mends what others change."""
import os
import re
import tempfile
import time
from collections import Counter
from pathlib import Path

import objects
from operators import Operator
from plan import OURS, READ, Cluster
from world import SAMPLES, VERSION, kube, read_documents

# How long nothing may be written, and how many more services there are meanwhile.
REST_SECONDS = int(os.environ.get("RCTL_TEST_REST_SECONDS", "60"))
REST_SERVICES = int(os.environ.get("RCTL_TEST_REST_SERVICES", "0"))

# Kinds of others that this server does not have.
MISSING = [("GET", "404")]


def samples(namespace):
    """The documents of the samples, those of another namespace moved into this one."""
    for path in sorted(SAMPLES.glob("*.yaml")):
        for document in read_documents(path):
            text = re.sub(r"namespace: default$", f"namespace: {namespace}", document.text,
                          flags=re.M)
            yield document._replace(text=text, namespace=namespace)


class Scene(Cluster):
    """A namespace of a test, and what is asked of it."""

    def apply(self, *documents):
        for document in documents:
            self.user_applies(document.text, document, self.namespace)

    def say(self, api_version, kind, name, **fields):
        """Applies an object that is written as a dict."""
        answer = self.api.request(
            "PATCH", self.api.path(api_version, kind, self.namespace, name),
            {"apiVersion": api_version, "kind": kind, "metadata": {"name": name}, **fields},
            content=kube.APPLY, fieldManager="user", force="true", fieldValidation="Strict")
        if not answer.ok:
            raise RuntimeError(f"{kind} {name}: {answer.message}")
        return answer.body

    def delete(self, api_version, kind, name):
        return self.api.request("DELETE", self.api.path(api_version, kind, self.namespace, name),
                                {"propagationPolicy": "Background"})

    def conditions(self, kind, name):
        status = self.get(VERSION, kind, name).get("status", {})
        return {c["type"]: c for c in status.get("conditions", [])}

    def versions(self, field="resourceVersion"):
        """Of all that is read or written, by kind and name."""
        return {f"{kind} {item['metadata']['name']}": item["metadata"][field]
                for api_version, kind in READ
                for item in self.api.get(self.api.path(api_version, kind, self.namespace))
                .body["items"] or []}

    def is_ready(self):
        ready = self.ready()
        return ready and all(status == "True" for status, _ in ready.values())

    def wait_ready(self, seconds=60):
        try:
            self.world.wait("readiness of all", self.is_ready, seconds)
        except RuntimeError as error:
            raise RuntimeError(f"{error}: " + "; ".join(
                f"{name}: {why}" for name, (status, why) in self.ready().items()
                if status != "True"))

    def rendered(self, *documents):
        """What rctl prints of the documents."""
        with tempfile.TemporaryDirectory() as scratch:
            paths = [Path(scratch, f"{i:02}.yaml") for i in range(len(documents))]
            for path, document in zip(paths, documents):
                path.write_text(document.text, "utf-8")
            return self.world.render(paths, "-n", self.namespace)

    def differences(self, rendered):
        """Where the server has something else than what is rendered."""
        for obj in rendered:
            if not self.api.resource(obj["apiVersion"], obj["kind"]):
                continue
            self.world.looked_at += 1
            name = f"{obj['kind']} {obj['metadata']['name']}"
            answer = self.api.get(self.api.path_of(obj))
            if answer.ok:
                yield from (f"{name}: {line}" for line in objects.lost(obj, answer.body))
            else:
                yield f"{name}: {answer.message}"


def scene(world, name):
    world.install_crds()
    return Scene(world, f"operator-{name}")


def converge(world):
    """Do the samples come to life, with exactly what rctl renders of them?"""
    here = scene(world, "converge")
    here.apply(*samples(here.namespace))
    with Operator(world, here.namespace) as operator:
        here.wait_ready()
        yield from here.differences(here.rendered(*samples(here.namespace)))
        for kind in OURS:
            table = here.api.request("GET", here.api.path(VERSION, kind, here.namespace),
                                     accept=kube.TABLE).body
            titles = [c["name"] for c in table["columnDefinitions"]]
            for row in table["rows"]:
                world.looked_at += 1
                shown = dict(zip(titles, row["cells"]))
                if shown.get("Ready") != "True":
                    yield f"{kind}: a row shows {shown}"
            if not table["rows"]:
                yield f"{kind}: there is none"
        if not operator.is_ready():
            yield f"readyz says {operator.get(operator.health_port, '/readyz')}"
        if not operator.metrics():
            yield "there are no metrics"
        yield from (f"{n} requests: {method} was answered by {code}"
                    for (method, code), n in operator.requests().items()
                    if code[0] != "2" and (method, code) not in MISSING)


def rest(world):
    """Is nothing written once all is well, and nothing after a new start?"""
    here = scene(world, "rest")
    here.apply(*samples(here.namespace), *more_services(here.namespace, REST_SERVICES))
    with Operator(world, here.namespace) as operator:
        here.wait_ready(60 + REST_SERVICES)
        # Some backends fail three times, ten seconds apart, before they count as dead.
        world.wait("known backends", lambda: "Unknown" not in [
            c["status"] for c in here.conditions("StaticRoute", "staticroute-sample").values()], 60)
        wrote, before = operator.rest(), here.versions()
        first = operator.usage()
        time.sleep(REST_SECONDS)
        last = operator.usage()
        world.looked_at += len(before)
        requests = Counter(last.requests)
        requests.subtract(first.requests)
        print(f"{REST_SECONDS} s at rest with {len(before)} objects: requests "
              f"{ {key: n for key, n in requests.items() if n} }, {last.cpu - first.cpu:.2f} s of "
              f"CPU time, {first.rss / 2**20:.1f} MiB, then {last.rss / 2**20:.1f}")
        if operator.wrote() != wrote:
            yield f"{operator.wrote() - wrote} writes at rest: {operator.lines[-5:]}"
        yield from changes(before, here.versions())
    with Operator(world, here.namespace) as operator:
        world.wait("readiness of the operator", operator.is_ready)
        wrote = operator.rest(8)
        if wrote:
            yield f"{wrote} writes after a new start: {operator.lines[-5:]}"
        yield from changes(before, here.versions())


def more_services(namespace, n):
    """Copies of a sample under other names."""
    (sample,) = (d for d in samples(namespace) if d.name == "mistral-agent-service")
    for i in range(n):
        name = f"more-{i}"
        yield sample._replace(name=name, text=re.sub(rf"name: {sample.name}$", f"name: {name}",
                                                     sample.text, flags=re.M))


# Who refers to others, then what is referred to.
REVERSED = ["InferenceGateway", "StaticRoute", "InferenceService", "InferenceCache",
            "PrefillDecodingDisaggregation", "SpeculativeDecoding", "Service"]
DANGLING = {"llm-gateway": "InferenceGateway", "staticroute-sample": "StaticRoute",
            "basic-inference": "InferenceService", "gpt4-inference": "InferenceService",
            "llama3-chatbot-cache": "InferenceCache"}


def order(world):
    """Do the samples come to life when what they refer to arrives last?"""
    here = scene(world, "order")
    documents = sorted(samples(here.namespace), key=lambda d: REVERSED.index(d.kind))
    first = [d for d in documents if d.name in DANGLING]
    with Operator(world, here.namespace):
        here.apply(*first)
        for document in first:
            world.looked_at += 1

            def refusal(d=document):
                return any(c["status"] == "False" and c["reason"] == "RefNotFound" and
                           "does not exist" in c["message"]
                           for c in here.conditions(d.kind, d.name).values())
            try:
                world.wait(f"word of what is missing for {document.name}", refusal)
            except RuntimeError as error:
                yield f"{error}: {here.conditions(document.kind, document.name)}"
        for document in documents:
            if document not in first:
                here.apply(document)
        here.wait_ready()
        yield from here.differences(here.rendered(*documents))


def changes(before, after):
    for name in sorted(before.keys() | after.keys()):
        if before.get(name) != after.get(name):
            yield f"{name}: was {before.get(name)}, is {after.get(name)}"
