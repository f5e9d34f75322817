#!/usr/bin/python3
"""Plays the kubelet: every pod gets an address and becomes Running and Ready.

usage: podready.py KUBECONFIG [HOLD]

A pod stays not ready, or becomes so, while the file HOLD has a line `key=value` that
is one of its labels. All pods run on one node, since those without a node are no
endpoints of a Service; pods that are deleted end at once."""
import http.client
import itertools
import os
import queue
import sys
import threading
import time

import kube

PODS = "/api/v1/pods"
NODE = "tests"
# A server that is away, or a stream that was cut within an event.
FAILURES = (OSError, http.client.HTTPException, ValueError)


def held_labels(path):
    try:
        with open(path, encoding="utf-8") as file:
            return {tuple(line.strip().split("=", 1)) for line in file if "=" in line}
    except FileNotFoundError:
        return set()


def is_ready(pod):
    return any(c["type"] == "Ready" and c["status"] == "True"
               for c in pod.get("status", {}).get("conditions", []))


def follow(api, changed):
    """Puts every pod into the queue, and again each time that it changes."""
    while True:
        try:
            pods = api.get(PODS)
            if not pods.ok:
                raise OSError(pods.message)
            for pod in pods.body["items"] or []:
                changed.put(("ADDED", pod))
            version = pods.body["metadata"]["resourceVersion"]
            for event in api.events(PODS, seconds=300, resourceVersion=version):
                if event["type"] == "ERROR":
                    break
                changed.put((event["type"], event["object"]))
        except FAILURES as error:
            print(f"podready: {error}; listing again", flush=True)
            time.sleep(0.5)


class Kubelet:
    def __init__(self, api):
        self.api = api
        self.pods = {}
        self.held = set()
        self.hosts = itertools.count(1)

    def join(self):
        self.send("POST", "/api/v1/nodes", {
            "apiVersion": "v1", "kind": "Node", "metadata": {"name": NODE},
            "status": {"conditions": [{"type": "Ready", "status": "True"}]}})

    def take(self, kind, pod):
        key = (pod["metadata"]["namespace"], pod["metadata"]["name"])
        if kind == "DELETED":
            self.pods.pop(key, None)
        else:
            self.pods[key] = pod
            self.tend(pod)

    def hold(self, labels):
        self.held = labels
        for pod in list(self.pods.values()):
            self.tend(pod)

    def tend(self, pod):
        """Does for one pod what is still to be done, which may be nothing."""
        meta, status = pod["metadata"], pod.get("status", {})
        path = f"/api/v1/namespaces/{meta['namespace']}/pods/{meta['name']}"
        if meta.get("deletionTimestamp"):
            self.send("DELETE", path, {"gracePeriodSeconds": 0, "preconditions": {"uid": meta["uid"]}})
            return
        ready = not self.held & set(meta.get("labels", {}).items())
        if status.get("podIP") and is_ready(pod) == ready:
            return
        if not pod["spec"].get("nodeName"):
            self.send("POST", f"{path}/binding", {
                "apiVersion": "v1", "kind": "Binding", "metadata": {"name": meta["name"]},
                "target": {"kind": "Node", "name": NODE}})
        address = status.get("podIP")
        if not address:
            host = next(self.hosts)
            address = f"10.{128 + host // 65536}.{host // 256 % 256}.{host % 256}"
        self.send("PATCH", f"{path}/status", {
            "metadata": {"uid": meta["uid"]}, "status": running(pod, address, ready)})

    def send(self, verb, path, body):
        content = kube.MERGE if verb == "PATCH" else kube.JSON
        answer = self.api.request(verb, path, body, content=content)
        # A pod that was deleted or replaced meanwhile comes back as another event.
        if not answer.ok and answer.status not in (404, 409):
            print(f"podready: {verb} {path}: {answer.message}", flush=True)


def running(pod, address, ready):
    """The status of a pod whose containers all run."""
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    states = {"PodScheduled": True, "Initialized": True, "ContainersReady": ready, "Ready": ready}
    return {
        "phase": "Running", "podIP": address, "podIPs": [{"ip": address}],
        "startTime": pod.get("status", {}).get("startTime", now),
        "conditions": [{"type": name, "status": str(state), "lastTransitionTime": now}
                       for name, state in states.items()],
        "containerStatuses": [
            {"name": c["name"], "image": c["image"], "imageID": "", "restartCount": 0,
             "ready": ready, "started": True, "state": {"running": {"startedAt": now}}}
            for c in pod["spec"]["containers"]],
    }


def main(argv):
    if len(argv) not in (2, 3):
        print(__doc__, file=sys.stderr)
        return 2
    hold = argv[2] if len(argv) == 3 else os.devnull
    changed = queue.Queue()
    kubelet = Kubelet(kube.Api(argv[1]))
    kubelet.join()
    # The client serves one thread only, so the watching thread has its own.
    threading.Thread(target=follow, args=(kube.Api(argv[1]), changed), daemon=True).start()
    while True:
        try:
            labels = held_labels(hold)
            if labels != kubelet.held:
                kubelet.hold(labels)
            kubelet.take(*changed.get(timeout=0.1))
        except queue.Empty:
            continue
        except FAILURES as error:
            print(f"podready: {error}; tending all pods again", flush=True)
            kubelet.held = None
            time.sleep(0.5)


if __name__ == "__main__":
    sys.exit(main(sys.argv))
