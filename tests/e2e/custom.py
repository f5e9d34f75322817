"""Custom discovery: what a provider tells is rendered by rctl and applied, and the router
that runs follows it."""
import json
import tempfile
import time
from pathlib import Path

import client
from gateways import DRAIN_SECONDS, LLAMA, LLAMAS, knows

DOOR = """
apiVersion: production-stack.vllm.ai/v1alpha1
kind: InferenceGateway
metadata: {name: door}
spec:
  serviceDiscovery: custom
  discovery: {provider: %s}
  hotReload: true
  router: {type: smg}
  routes:
    - {model: llama3-70b, inferenceServiceRef: llama3-chatbot-service}
---
apiVersion: production-stack.vllm.ai/v1alpha1
kind: InferenceService
metadata: {name: llama3-chatbot-service}
spec: {modelName: llama3-70b, backendMode: External}
"""


def put(scene, provider, pods):
    """Renders the gateway for endpoints as Prometheus would be told them, and applies it."""
    targets = [{"targets": [f"{pod.address}:8000" for pod in pods], "labels": {"model": LLAMA}}]
    with tempfile.TemporaryDirectory() as scratch:
        manifest, told = Path(scratch, "door.yaml"), Path(scratch, "targets.json")
        manifest.write_text(DOOR % provider)
        told.write_text(json.dumps(targets))
        rendered = scene.world.render([manifest], "-n", scene.namespace, "--endpoints",
                                      f"door={told}")
    for thing in rendered:
        answer = scene.api.apply(thing)
        scene.check(answer.ok, f"{thing['kind']}: {answer.message}")


def follows(provider):
    def try_out(scene):
        scene.wait_for(f"InferenceService {LLAMAS}")
        one, two, three = scene.pods(LLAMAS)
        put(scene, provider, [one, two])
        scene.wait_rolled_out("door")
        place = scene.service("door")
        knows(place, LLAMA)
        reached(scene, place, [one, two])
        door, = scene.pods("door")
        with client.Load(scene.tally, "endpoints change",
                         lambda: scene.expect(place, LLAMA, LLAMAS)):
            for pods in ([two, three], [one, two]):
                put(scene, provider, pods)
                reached(scene, place, pods)
                time.sleep(DRAIN_SECONDS)
        scene.check(scene.pods("door") == [door] and door.containers[0].restarts == 0,
                    "the router was restarted")
    return try_out


def reached(scene, place, pods):
    """All of the pods, and in the end no others."""
    names = {pod.name for pod in pods}
    client.until(f"way to {names}", lambda: names == {
        client.ask(place, LLAMA).pod for _ in range(4 * len(pods))}, 60)
    for _ in range(8):
        scene.tally.count(client.ask(place, LLAMA), "an endpoint of the provider",
                          lambda a: a.status == 200 and a.pod in names)
