#!/usr/bin/python3
"""A container of vLLM or SGLang without a GPU: engine.py PROGRAM COMMAND...

COMMAND is what the rendered container runs, `vllm serve ...` or `python3 -m
sglang.launch_server ...`. It is understood as the engine would: an unknown flag, a value that
is none, and a variable that the engine refuses end it with status 2. What it says of host,
port, names, role and connector, with the engine's own defaults where it is silent, is what
PROGRAM, rctl-fake-engine, is then told; each request is a line of JSON in the log of the
container."""
import argparse
import json
import os
import socket
import sys

CONNECTORS = {"NixlConnector": "nixl", "MooncakeConnector": "mooncake",
              "LMCacheConnectorV1": "lmcache"}
OTHER_CONNECTORS = {"OffloadingConnector", "LMCacheMPConnector"}  # not between two halves
ROLES = {"kv_producer": "prefill", "kv_consumer": "decode", "kv_both": "both"}
METHODS = {"draft_model", "ngram", "ngram_gpu", "eagle", "eagle3", "mtp", "medusa",
           "mlp_speculator", "suffix", "dflash", "dspark"}
SPECULATION = {"method", "model", "num_speculative_tokens", "draft_tensor_parallel_size",
               "prompt_lookup_min", "prompt_lookup_max"}


def parser(prog):
    return argparse.ArgumentParser(prog=prog, allow_abbrev=False, add_help=False)


def whole(text):
    if int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text} is not above 0")
    return int(text)


def own_address():
    """That of the pod, which its name has."""
    return socket.gethostbyname(os.environ["HOSTNAME"])


# ---- vLLM ----

def transfer_config(flags, config):
    """(role, connector) of --kv-transfer-config."""
    name, role = config.get("kv_connector"), config.get("kv_role")
    if name is None:
        flags.error("--kv-transfer-config has no kv_connector")
    if role not in ROLES:
        flags.error("Please specify kv_role when kv_connector is set")
    unknown = config.keys() - {"kv_connector", "kv_role", "kv_connector_extra_config"}
    if unknown:
        flags.error(f"--kv-transfer-config: unknown {sorted(unknown)}")
    if name == "MultiConnector":
        parts = [transfer_config(flags, part)
                 for part in config["kv_connector_extra_config"]["connectors"]]
        return next((part for part in parts if part[1] != "other"), parts[0])
    if name not in CONNECTORS and name not in OTHER_CONNECTORS:
        flags.error(f"--kv-transfer-config: unknown connector {name}")
    return ROLES[role], CONNECTORS.get(name, "other")


def meeting_port(flags, connector, env):
    """Where a half hands out KV blocks; each connector has variables of its own."""
    if connector == "mooncake":
        return int(env.get("VLLM_MOONCAKE_BOOTSTRAP_PORT", "8998"))
    if connector == "nixl":
        host = env.get("VLLM_NIXL_SIDE_CHANNEL_HOST", "localhost")
        if host != own_address():
            flags.error(f"VLLM_NIXL_SIDE_CHANNEL_HOST: no other pod reaches this one at {host}")
        return int(env.get("VLLM_NIXL_SIDE_CHANNEL_PORT", "5600"))
    return flags.error(f"two halves over {connector} are not tried here")


def vllm(words, env):
    flags = parser("vllm serve")
    flags.add_argument("model")
    flags.add_argument("--served-model-name", nargs="+")
    flags.add_argument("--host", default="0.0.0.0")
    flags.add_argument("--port", type=whole, default=8000)
    for name in ("tensor-parallel-size", "pipeline-parallel-size", "max-num-batched-tokens",
                 "max-num-seqs", "max-model-len", "shutdown-timeout", "seed"):
        flags.add_argument(f"--{name}", type=whole)
    flags.add_argument("--enable-prefix-caching", action=argparse.BooleanOptionalAction)
    flags.add_argument("--kv-transfer-config", type=json.loads)
    flags.add_argument("--speculative-config", type=json.loads)
    given = flags.parse_args(words)
    if (given.max_num_batched_tokens or 1 << 40) < (given.max_num_seqs or 0):
        flags.error("max_num_batched_tokens must be greater than or equal to max_num_seqs")
    speculation = given.speculative_config or {"method": "ngram"}
    if speculation.get("method") not in METHODS or speculation.keys() - SPECULATION:
        flags.error(f"--speculative-config: {speculation}")
    if "://" in env.get("VLLM_PORT", ""):
        flags.error(f"VLLM_PORT {env['VLLM_PORT']} appears to be a URI")
    role, connector = transfer_config(flags, given.kv_transfer_config) \
        if given.kv_transfer_config else ("both", "other")
    told = {"engine": "vllm", "host": given.host, "port": given.port, "connector": connector,
            "models": given.served_model_name or [given.model],
            "role": "both" if connector == "other" else role}
    if told["role"] != "both":
        told["bootstrap-port"] = meeting_port(flags, connector, env)
    return told


# ---- SGLang ----

def sglang(words, _):
    flags = parser("sglang.launch_server")
    flags.add_argument("--model-path", "--model", required=True)
    flags.add_argument("--served-model-name")
    flags.add_argument("--host", default="127.0.0.1")
    flags.add_argument("--port", type=whole, default=30000)
    flags.add_argument("--chunked-prefill-size", type=int)
    for name in ("tp-size", "dp-size", "max-prefill-tokens", "max-running-requests",
                 "context-length", "speculative-num-steps", "speculative-eagle-topk",
                 "speculative-num-draft-tokens"):
        flags.add_argument(f"--{name}", type=whole)
    flags.add_argument("--enable-metrics", action="store_true")
    flags.add_argument("--disaggregation-mode", choices=("null", "prefill", "decode"),
                       default="null")
    flags.add_argument("--disaggregation-transfer-backend", default="mooncake",
                       choices=("mooncake", "nixl"))
    flags.add_argument("--disaggregation-bootstrap-port", type=whole, default=8998)
    flags.add_argument("--speculative-algorithm", choices=("EAGLE", "EAGLE3", "STANDALONE",
                                                           "NGRAM"))
    flags.add_argument("--speculative-draft-model-path")
    given = flags.parse_args(words)
    if not given.enable_metrics:
        flags.error("without --enable-metrics no router sees its load")
    told = {"engine": "sglang", "host": given.host, "port": given.port,
            "models": [given.served_model_name or given.model_path],
            "role": {"null": "both"}.get(given.disaggregation_mode, given.disaggregation_mode),
            "connector": given.disaggregation_transfer_backend}
    if told["role"] == "prefill":
        told["bootstrap-port"] = given.disaggregation_bootstrap_port
    return told


COMMANDS = ((["vllm", "serve"], vllm), (["python3", "-m", "sglang.launch_server"], sglang))


def understand(words, env):
    """What the fake engine is told; it ends this process where the real one would end."""
    for start, read in COMMANDS:
        if words[:len(start)] == start:
            return read(words[len(start):], env)
    sys.exit(f"exec: {words[:3]}: no such program in the image of an engine")


def main():
    program, words = sys.argv[1], sys.argv[2:]
    told = understand(words, os.environ)
    models = told.pop("models")
    os.execv(program, [program, f"--name={os.environ['HOSTNAME']}", "--log=/dev/stdout",
                       *(f"--model={model}" for model in models),
                       *(f"--{name}={value}" for name, value in told.items())])


if __name__ == "__main__":
    main()
