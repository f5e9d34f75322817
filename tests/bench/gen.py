#!/usr/bin/python3
"""gen.py N: writes N mixed documents of the six kinds to stdout, the same ones each
time, about 560 bytes each. Every reference points at a document of the same output,
so that the whole of validation is exercised and nothing is found."""
import sys

API = "apiVersion: production-stack.vllm.ai/v1alpha1\n"


def head(kind, name):
    team = int(name.split("-")[1]) % 7  # all documents of a block share a namespace
    return (f"{API}kind: {kind}\nmetadata:\n  name: {name}\n  namespace: team-{team}\n"
            f"  labels:\n    app.kubernetes.io/part-of: serving\n    tier: gold\n    owner: platform-team\nspec:\n")


LLAMA = "meta-llama/Llama-3.1-8B-Instruct"
MISTRAL = "mistralai/Mistral-7B-Instruct-v0.3"


def service(block, i, refs, model=LLAMA):
    name = f"chat-{block:06d}-{i}"
    text = head("InferenceService", name) + (
        f"  modelName: \"{model}\"\n"
        f"  backendRef:\n    name: svc-{block:06d}-{i}\n    port: 8000\n")
    if "pdd" not in refs:
        text += ("  engine: vllm\n  replicas: 2\n  engineConfig:\n"
                 "    tensor-parallel-size: \"1\"\n    max-num-batched-tokens: \"8192\"\n"
                 "    max-num-seqs: \"256\"\n"
                 "  resources:\n    requests:\n      nvidia.com/gpu: \"1\"\n      memory: 64Gi\n"
                 "    limits:\n      nvidia.com/gpu: \"1\"\n      memory: 64Gi\n")
    for ref in refs:
        field, kind = {"pdd": ("prefillDecodingRef", "PrefillDecodingDisaggregation"),
                       "sd": ("speculativeDecodingRef", "SpeculativeDecoding"),
                       "cache": ("inferenceCacheRef", "InferenceCache")}[ref]
        text += f"  {field}:\n    name: {ref}-{block:06d}-0\n    kind: {kind}\n"
    return text


def pdd(block):
    text = head("PrefillDecodingDisaggregation", f"pdd-{block:06d}-0") + (
        "  modelName: \"meta-llama/Llama-3.1-8B-Instruct\"\n  engine: vllm  # or sglang\n"
        "  engineConfig:\n    tensor-parallel-size: \"4\"\n"
        "    max-num-batched-tokens: \"8192\"\n    max-num-seqs: \"256\"\n"
        "  topologyHint:\n    nodeSelector:\n      kubernetes.io/arch: amd64\n"
        "    affinity:\n      nodeAffinity:\n"
        "        requiredDuringSchedulingIgnoredDuringExecution:\n"
        "          nodeSelectorTerms:\n          - matchExpressions:\n"
        "            - key: nvidia.com/gpu\n              operator: Exists\n")
    for half in ("prefillResources", "decodeResources"):
        text += f"  {half}:\n    requests:\n      nvidia.com/gpu: \"4\"\n      memory: 64Gi\n"
        text += "    limits:\n      nvidia.com/gpu: \"4\"\n      memory: 64Gi\n"
    return text


def sd(block):
    return head("SpeculativeDecoding", f"sd-{block:06d}-0") + (
        "  draftModel: \"meta-llama/Llama-3.2-1B-Instruct\"\n"
        "  targetModel: \"meta-llama/Llama-3.1-8B-Instruct\"\n  numSpeculativeTokens: 5\n")


def cache(block):
    return head("InferenceCache", f"cache-{block:06d}-0") + (
        "  modelName: \"meta-llama/Llama-3.1-8B-Instruct\"\n  tiers:\n"
        "    cpu:\n      size: 32Gi\n    disk:\n      size: 200Gi\n      path: /var/cache/kv\n")


def gateway(block):
    text = head("InferenceGateway", f"gate-{block:06d}-0") + (
        "  schedulingPolicy: gpu-load-aware\n  routeStrategy: PrefixHash\n"
        "  sessionAffinity: true\n  routes:\n")
    for model, i in ((LLAMA, 0), (MISTRAL, 4)):
        text += f"  - model: {model}\n    inferenceServiceRef: chat-{block:06d}-{i}\n"
    return text


def route(block):
    return head("StaticRoute", f"route-{block:06d}-0") + (
        "  serviceDiscovery: static\n  routingLogic: roundrobin\n"
        "  staticBackends: \"http://10.0.0.1:9001,http://10.0.0.2:9002,http://10.0.0.3:9003\"\n"
        "  staticModels: \"facebook/opt-125m,meta-llama/Llama-3.1-8B-Instruct,"
        "facebook/opt-125m\"\n"
        "  staticAliases: \"opt:facebook/opt-125m\"\n"
        "  healthCheck:\n    timeoutSeconds: 5\n    periodSeconds: 10\n"
        f"  configMapName: router-{block:06d}-config\n")


def documents(n):
    block = 0
    while n > 0:
        made = [service(block, 0, []), service(block, 1, ["cache"]), cache(block),
                service(block, 2, ["sd"]), sd(block), pdd(block), service(block, 3, ["pdd"]),
                gateway(block), route(block), service(block, 4, [], MISTRAL)]
        if n < len(made):
            made = [service(block, i, []) for i in range(n)]
        yield from made
        n -= len(made)
        block += 1


def main():
    first = True
    for text in documents(int(sys.argv[1])):
        if not first:
            sys.stdout.write("---\n")
        first = False
        sys.stdout.write(text)


if __name__ == "__main__":
    main()
