"""The samples and what each must do: rows of SAMPLES, and the simpler of their functions.

The files are those of crds/samples; `edits` are what a user would change of them to see
more: another router, more replicas."""
from typing import Callable, NamedTuple

import custom
import gateways
import halves
import rig
import routes
from world import SAMPLES as FOLDER

GATEWAY, PDD, SERVICE = "InferenceGateway", "PrefillDecodingDisaggregation", "InferenceService"


class Sample(NamedTuple):
    try_out: Callable
    files: list
    namespace: str = None
    edits: list = []


def files(*names):
    return [FOLDER / f"{name}.yaml" for name in names]


def basic(scene):
    """A service without a router: clients ask its Service, an engine answers."""
    scene.wait_for("InferenceService basic-inference", "InferenceCache llama2-cache")
    place = scene.service("llama2-service-backend")
    for stream in (False, True) * 3:
        scene.expect(place, "meta-llama/Llama-2-70b-chat-hf", "llama2-service-backend",
                     stream=stream)
    scene.refuse(place, "nobody", 404)
    scene.shows(SERVICE, "basic-inference", Ready="True")


def one_model(router):
    """The gateway of the sample as routers can do it that know one model only."""
    return [(GATEWAY, "llm-gateway", {
                "router": {"type": router}, "serviceDiscovery": "k8s", "schedulingPolicy": None,
                "sessionAffinity": False, "routes": [
                    {"model": "llama3-70b", "inferenceServiceRef": "llama3-chatbot-service"}]}),
            (SERVICE, "llama3-chatbot-service", {"replicas": 2})]


SAMPLES = {
    "basic-inference-service": Sample(basic, files("companions", "basic-inference-service"),
                                      "default"),
    "gpu-aware-gateway": Sample(gateways.two_models, files("companions", "gpu-aware-gateway"),
                                "default"),
    "cache-pdd-sd": Sample(halves.by_hand, files("companions", "cache-pdd-sd"), "default"),
    "static-route": Sample(routes.sample, files("companions", "static-route"), "default"),
    "static-route-backends": Sample(routes.backends, files("companions", "static-route"), edits=[
        ("StaticRoute", "staticroute-sample", {
            "staticBackends": "http://llama3-chatbot-service.e2e-static-route-backends.svc:8000,"
                              "http://mistral-agent-service.e2e-static-route-backends.svc:8000",
            "staticModels": "llama3-70b,mistral3",
            "healthCheck": {"periodSeconds": 1, "failureThreshold": 2}})]),
    "gateway-replicas": Sample(gateways.affinity, files("companions", "gpu-aware-gateway"), edits=[
        (GATEWAY, "llm-gateway", {"serviceDiscovery": "k8s", "routes": [
            {"model": "llama3-70b", "inferenceServiceRef": "llama3-chatbot-service"}]}),
        (SERVICE, "llama3-chatbot-service", {"replicas": 3})]),
    "gateway-vllm-router": Sample(gateways.one_model, files("companions", "gpu-aware-gateway"),
                                  edits=one_model("vllm-router")),
    "gateway-sglang-router": Sample(gateways.one_model, files("companions", "gpu-aware-gateway"),
                                    edits=one_model("sglang-router")),
    "gateway-hot-reload": Sample(gateways.hot, files("companions", "gpu-aware-gateway"), edits=[
        (GATEWAY, "llm-gateway", {"hotReload": True, "schedulingPolicy": None,
                                  "sessionAffinity": False, "routeStrategy": "RoundRobin",
                                  "router": {"type": "smg"}})]),
    "gateway-api-key": Sample(gateways.locked, files("companions", "gpu-aware-gateway"), edits=[
        (GATEWAY, "llm-gateway", {"router": {"type": "smg", "apiKeySecretRef": {
            "name": "hf-token", "key": "token"}}})]),
    "pdd-inference-service": Sample(halves.vllm, files("pdd-inference-service")),
    "pdd-vllm-router": Sample(halves.vllm, files("pdd-inference-service"), edits=[
        (SERVICE, "gpt4-inference", {"router": {"type": "vllm-router"}}),
        (PDD, "example-pdd", {"decodeReplicas": 2})]),
    "pdd-mooncake": Sample(halves.mooncake, files("pdd-inference-service"), edits=[
        (PDD, "example-pdd", {"kvTransfer": {"connector": "mooncake"}})]),
    # The sample's own comment offers the other engine.
    "pdd-sglang": Sample(halves.sglang, files("pdd-inference-service"), edits=[
        (PDD, "example-pdd", {"engine": "sglang", "decodeReplicas": 2, "engineConfig": {
            "tensor-parallel-size": "4", "max-num-batched-tokens": "8192",
            "max-num-seqs": "256"}})]),
    "custom-discovery-file": Sample(custom.follows("file"), files("companions"), edits=[
        (SERVICE, "llama3-chatbot-service", {"replicas": 3})]),
    "custom-discovery-http": Sample(custom.follows("http"), files("companions"), edits=[
        (SERVICE, "llama3-chatbot-service", {"replicas": 3})]),
    "rig": Sample(rig.finds_faults, files("companions", "gpu-aware-gateway",
                                          "pdd-inference-service"), edits=[
        (SERVICE, "gpt4-inference", {"router": {"type": "vllm-router"}})]),
}
