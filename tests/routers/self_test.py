#!/usr/bin/python3
"""Does the rig of run_routers.py tell right from wrong? self_test.py [PART...]

Renderings written by hand, of every router, that must pass; the same with one thing wrong,
that must not. Then the fake engines and the checker of production-stack by themselves.
Exit status 77: something had to be left out since a wheel is not installed."""
import json
import sys

import live
import run_routers
from fake_engine import FakeEngine
from production_stack import check_file, check_router
from rendered import Cluster, Fault

run_routers.SETTLE_SECONDS = 4


# ---- objects as they are rendered ----

def labels(component, app, instance):
    return {"app.kubernetes.io/component": component, "app.kubernetes.io/name": app,
            "app.kubernetes.io/instance": instance,
            "app.kubernetes.io/managed-by": "router-controller"}


def workload(name, component, app, args, port=8000, pod=None, annotations=None, **container):
    """A Deployment and its Service."""
    marks = labels(component, app, name)
    selector = {key: value for key, value in marks.items() if not key.endswith("/name")}
    ports = [{"name": "http", "containerPort": port}]
    if "--prometheus-port" in args:
        ports.append({"name": "metrics", "containerPort": 29000})
    container = {"name": app, "image": "x", "args": args, "ports": ports, **container}
    meta = {"name": name, "namespace": "team-a", "labels": marks}
    return [{"kind": "Deployment", "metadata": meta, "spec": {
                "replicas": 1, "selector": {"matchLabels": selector},
                "template": {"metadata": {"labels": dict(marks, model=name),
                                          "annotations": annotations or {}},
                             "spec": dict({"containers": [container]}, **(pod or {}))}}},
            {"kind": "Service", "metadata": meta, "spec": {
                "selector": selector,
                "ports": [{"name": "http", "port": port, "targetPort": "http"}]}}]


def engine(name, model, kind="vllm"):
    first = [model] if kind == "vllm" else ["--model-path", model]
    return workload(name, "engine", kind, [*first, "--served-model-name", model])


def router(name, app, args, live_path="/liveness", ready_path="/readiness", **more):
    def probe(path):
        return {"httpGet": {"path": path, "port": "http"}}
    return workload(name, "router", app, args, livenessProbe=probe(live_path),
                    readinessProbe=probe(ready_path), **more)


def account(name):
    return [{"kind": "ServiceAccount", "metadata": {"name": name, "namespace": "team-a"}},
            {"kind": "Role", "metadata": {"name": name, "namespace": "team-a"},
             "rules": [{"apiGroups": [""], "resources": ["pods"],
                        "verbs": ["get", "list", "watch"]}]},
            {"kind": "RoleBinding", "metadata": {"name": name, "namespace": "team-a"},
             "roleRef": {"kind": "Role", "name": name},
             "subjects": [{"kind": "ServiceAccount", "name": name, "namespace": "team-a"}]}]


def half(name, kind, role):
    pair = {"prefill": "kv_producer", "decode": "kv_consumer"}
    args = ["m", "--served-model-name", "m", "--kv-transfer-config",
            json.dumps({"kv_connector": "NixlConnector", "kv_role": pair[role]})]
    notes = {}
    if kind == "sglang":
        args = ["--model-path", "m", "--disaggregation-mode", role,
                "--disaggregation-transfer-backend", "nixl",
                "--disaggregation-bootstrap-port", "8998"]
        notes = {"sglang.ai/bootstrap-port": "8998"}
    return workload(name, role, kind, args, annotations=notes)


def url(name):
    return f"http://{name}.team-a.svc:8000"


TWO = engine("chat", "llama") + engine("agent", "mistral", "sglang")
SMG = ["--host", "0.0.0.0", "--port", "8000", "--prometheus-port", "29000",
       "--disable-tokenizer-autoload"]
OWN = {"port": 8000}


def smg_gateway():
    args = [*SMG, "--model-alias", "l=llama", "--worker-urls", url("chat"), url("agent"),
            "--api-key", "$(API_KEY)"]
    secret = [{"name": "API_KEY", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}}]
    return TWO + router("gate", "smg", args, env=secret, command=["smg", "launch"]), {
        "gate": {"router": "smg", "locked": True, "refused": {"nope": 404},
                 "answers": {"llama": ["chat"], "l": ["chat"], "mistral": ["agent"]},
                 "flags": {**OWN, "disable-tokenizer-autoload": True, "model-alias": ["l=llama"],
                           "worker-urls": [url("chat"), url("agent")],
                           "api-key": "key-of-the-rig"}}}


def smg_file():
    manifest = {"version": 1, "workers": [{"url": url("chat")}, {"url": url("agent")}]}
    args = [*SMG, "--discovery-provider", "file", "--discovery-file", "/etc/router/w.json"]
    pod = {"volumes": [{"name": "f", "configMap": {"name": "f"}}]}
    return TWO + [{"kind": "ConfigMap", "metadata": {"name": "f", "namespace": "team-a"},
                   "data": {"w.json": json.dumps(manifest)}}] + router(
        "gate", "smg", args, pod=pod,
        volumeMounts=[{"name": "f", "mountPath": "/etc/router"}]), {
        "gate": {"router": "smg", "answers": {"llama": ["chat"], "mistral": ["agent"]},
                 "flags": {**OWN, "disable-tokenizer-autoload": True,
                           "discovery-provider": "file", "discovery-file": "/etc/router/w.json"}}}


def hosts_seen(app):
    """What is not the launcher's own default of --host and --prometheus-host 0.0.0.0."""
    return {"vllm-router": {"host": "0.0.0.0", "prometheus-host": "0.0.0.0"},
            "smg": {"prometheus-host": "0.0.0.0"}}.get(app, {})


def by_pods(app, model="llama"):
    """A router that looks for the pods of `chat` itself."""
    args = ["--host", "0.0.0.0", "--port", "8000", "--prometheus-host", "0.0.0.0",
            "--prometheus-port", "29000", "--service-discovery", "--service-discovery-port",
            "8000", "--service-discovery-namespace", "team-a", "--selector",
            "app.kubernetes.io/instance=chat", "app.kubernetes.io/component=engine"]
    flags = {**OWN, "service-discovery": True, "service-discovery-port": 8000,
             "service-discovery-namespace": "team-a", "selector": args[-2:]}
    flags.update(hosts_seen(app))
    if app == "smg":
        args.append("--disable-tokenizer-autoload")
        flags["disable-tokenizer-autoload"] = True
    return engine("chat", model) + account("looks") + router(
        "gate", app, args, pod={"serviceAccountName": "looks"}), {
        "gate": {"router": app, "answers": {model: ["chat"]}, "flags": flags}}


def pd(app, kind, switch):
    args = ["--host", "0.0.0.0", "--port", "8000", "--prometheus-host", "0.0.0.0",
            "--prometheus-port", "29000", switch, "--prefill", url("halves-prefill")]
    if kind == "sglang":
        args.append("8998")
    args += ["--decode", url("halves-decode")]
    flags = {**OWN, switch[2:]: True, "decode": [[url("halves-decode")]],
             "prefill": [args[args.index("--prefill") + 1:args.index("--decode")]]}
    flags.update(hosts_seen(app))
    return half("halves-prefill", kind, "prefill") + half("halves-decode", kind, "decode") + \
        router("front", app, args), {
            "front": {"router": app, "answers": {"m": ["halves-decode"]}, "flags": flags}}


def mooncake():
    """The router asks prefill's bootstrap server for the names of its ranks."""
    both = json.dumps(pd("vllm-router", "vllm", "--vllm-pd-disaggregation"))
    for old, new in {
            "NixlConnector": "MooncakeConnector",
            '"--decode"': '"8998", "--kv-connector", "mooncake", "--decode"',
            '"decode": ': '"kv-connector": "mooncake", "decode": ',
            f'[["{url("halves-prefill")}"]]': f'[["{url("halves-prefill")}", "8998"]]',
            '"name": "vllm", "image"': '"env": [{"name": "VLLM_MOONCAKE_BOOTSTRAP_PORT", '
                                       '"value": "8998"}], "name": "vllm", "image"'}.items():
        both = both.replace(old, new)
    return json.loads(both)


def gate_before_front():
    """An smg gateway in front of a pair that vllm-router drives."""
    objects, expect = pd("vllm-router", "vllm", "--vllm-pd-disaggregation")
    gate = router("gate", "smg", [*SMG, "--worker-urls", url("front"), url("chat")])
    expect["gate"] = {"router": "smg", "answers": {"m": ["halves-decode"], "llama": ["chat"]},
                      "flags": {**OWN, "disable-tokenizer-autoload": True,
                                "worker-urls": [url("front"), url("chat")]}}
    return gate + objects + engine("chat", "llama"), expect


def production_stack():
    config = {"service_discovery": "static", "routing_logic": "session",
              "static_backends": ",".join([url("chat"), url("agent")]),
              "static_models": "llama,mistral", "session_key": "x-user-id",
              "k8s_port": 8000, "k8s_namespace": "default", "k8s_label_selector": ""}
    pod = {"volumes": [{"name": "f", "configMap": {"name": "f"}}]}
    args = ["--port", "8000", "--dynamic-config-json", "/etc/router/static_config.json"]
    flags = {key.replace("_", "-"): value for key, value in config.items()}
    return TWO + [{"kind": "ConfigMap", "metadata": {"name": "f", "namespace": "team-a"},
                   "data": {"static_config.json": json.dumps(config)}}] + router(
        "gate", "production-stack", args, "/health", "/health", pod=pod,
        volumeMounts=[{"name": "f", "mountPath": "/etc/router"}]), {
        "gate": {"router": "production-stack", "refused": {"nope": 404},
                 "answers": {"llama": ["chat"], "mistral": ["agent"]},
                 "flags": {**flags, "port": 8000,
                           "dynamic-config-json": "/etc/router/static_config.json"}}}


RIGHT = {
    "smg-gateway": smg_gateway,
    "smg-file": smg_file,
    "smg-pods": lambda: by_pods("smg"),
    "vllm-router-pods": lambda: by_pods("vllm-router"),
    "sglang-router-pods": lambda: by_pods("sglang-router"),
    "vllm-router-pd": lambda: pd("vllm-router", "vllm", "--vllm-pd-disaggregation"),
    "vllm-router-mooncake": mooncake,
    "sglang-router-pd": lambda: pd("sglang-router", "sglang", "--pd-disaggregation"),
    "smg-pd": lambda: pd("smg", "sglang", "--pd-disaggregation"),
    "smg-before-vllm-router": gate_before_front,
    "production-stack-file": production_stack,
}

# name of the right one | what is replaced in its JSON, by what | what must be told then
WRONG = [
    ("smg-gateway", {"--worker-urls": "--worker-url-list"}, "refuses the arguments"),
    ("smg-gateway", {"l=llama": "l=mistral"}, "answered by agent, expected chat"),
    ("smg-gateway", {'"nope": 404': '"nope": 503'}, "status 404, not 503"),
    ("smg-gateway", {"agent.team-a.svc:8000": "agent.team-b.svc:8000"}, "no such Service"),
    ("smg-gateway", {"agent.team-a.svc:8000": "agent.team-a.svc:8001"}, "has no port 8001"),
    ("smg-gateway", {"/readiness": "/ready"}, "readinessProbe is never 200"),
    ("smg-gateway", {'"smg", "launch"': '"smg", "start"'}, "ended at start"),
    ("smg-gateway", {'"--host", "0.0.0.0"': '"--log-level", "warn"'}, "the flag log-level"),
    ("smg-file", {'version\\": 1': 'version\\": 2'}, "readinessProbe is never 200"),
    ("smg-file", {'"mountPath": "/etc/router"': '"mountPath": "/etc"'}, "never 200"),
    ("smg-pods", {"instance=chat": "instance=char"}, "readinessProbe is never 200"),
    ("smg-pods", {'"app.kubernetes.io/instance=chat", ': ""}, "a pod of somebody else was asked"),
    ("smg-pods", {'"--prometheus-host", "0.0.0.0"': '"--prometheus-host", "127.0.0.1"',
                  '"prometheus-host": "0.0.0.0"': '"prometheus-host": "127.0.0.1"'},
     "nobody can read its metrics"),
    ("vllm-router-pods", {"instance=chat": "instance=char"}, "readinessProbe is never 200"),
    ("sglang-router-pods", {'"watch"': '"patch"'}, "has no rights to"),
    ("vllm-router-pods", {'"serviceAccountName": "looks"': '"serviceAccountName": "other"'},
     "not allowed to"),
    ("vllm-router-pd", {"--vllm-pd-disaggregation": "--pd-disaggregation"},
     "refuses the arguments"),
    ("vllm-router-pd", {"NixlConnector": "MooncakeConnector"}, "no transfer_id"),
    ("sglang-router-pd", {'"8998", "--decode"': '"8999", "--decode"', '"8998"]]': '"8999"]]'},
     "not my bootstrap server"),
    ("production-stack-file", {"session_key": "session-key"}, "stops every later change"),
]
NEVER_SECONDS = 5  # that "never" is waited for

# what replaces what in the file of production-stack-file | what must be told then
WRONG_FILES = [
    ("http://chat.team-a.svc:8000", "http://chat:8000", "would be skipped"),
    (",http", ", http", "would be skipped"),
    ("llama,mistral", "llama", "as many models as backends"),
    ('"session"', '"round_robin"', "routing_logic"),
    ('"session_key"', '"callbacks"', "needs a session_key"),
    ('"k8s_port": 8000, ', "", "differs from the start"),
    ('"k8s_port": 8000', '"k8s_port": "8000"', "is no int"),
    ('"static"', '"external-only"', "cannot be reloaded"),
    ('"x-user-id"', '"x", "static_aliases": "l:m:n"', "static_aliases"),
    ('"x-user-id"', '"x", "static_backend_health_checks": true', "need static_model_types"),
    ('"x-user-id"', '"x", "static_model_types": "chat,talk"', "static_model_types: talk"),
    ('"session"', '"disaggregated_prefill"', "by flags only"),
]
WRONG_FLAGS = [
    ("--policy roundrobin", "there is no flag --policy"),
    ("--service-discovery static --routing-logic roundrobin", "needs backends"),
    ("--routing-logic least-load", "not one of"),
    ("--k8s-port http", "not a whole number"),
    ("--log-stats --engine-stats-interval 0", "not above 0"),
    ("--dynamic-config-json /x", "is not mounted"),
    ("--static-backends --static-models m", "has no value"),
    ("--service-discovery k8s --routing-logic disaggregated_prefill", "labels of both halves"),
]


def judged(objects, expect):
    faults = []
    for dialect in sorted({router["router"] for router in expect.values()}):
        try:
            faults += run_routers.judge(objects, dialect, expect)
        except Fault as fault:
            faults.append(str(fault))
    return faults


def refusal(call, *args):
    try:
        call(*args)
    except Fault as fault:
        return str(fault)
    return "nothing was refused"


def part_right():
    for name, make in RIGHT.items():
        yield name, lambda make=make: judged(*make())


def part_wrong():
    for name, replaced, told in WRONG:
        def attempt(name=name, replaced=replaced, told=told):
            both = json.dumps(RIGHT[name]())
            for old, new in replaced.items():
                if old not in both:
                    return [f"{old} is nowhere in it"]
                both = both.replace(old, new)
            patience = live.READY_SECONDS
            if "never" in told or "not allowed" in told:
                live.READY_SECONDS = NEVER_SECONDS
            faults = "\n".join(judged(*json.loads(both)))
            live.READY_SECONDS = patience
            return [] if told in faults else [f"{told!r} was not told, but {faults!r}"]
        yield f"{name} with {list(replaced.values())[0]}", attempt


def part_pairs():
    """A router in front of halves that it drives in a foreign way."""
    for app, switch, driven, real, told in (
            ("sglang-router", "--pd-disaggregation", "sglang", "vllm", "room is SGLang's"),
            ("smg", "--pd-disaggregation", "sglang", "vllm", "no kv_transfer_params"),
            ("vllm-router", "--vllm-pd-disaggregation", "vllm", "sglang", "params are vLLM's")):
        def attempt(app=app, switch=switch, driven=driven, real=real, told=told):
            objects, expect = pd(app, driven, switch)
            halves = half("halves-prefill", real, "prefill") + half("halves-decode", real, "decode")
            faults = "\n".join(judged(halves + objects[len(halves):], expect))
            return [] if told in faults else [f"{told!r} was not told, but {faults!r}"]
        yield f"{app} before {real}", attempt


def part_checker():
    objects, _ = production_stack()
    text = next(thing for thing in objects if thing["kind"] == "ConfigMap")["data"]
    text = text["static_config.json"]
    for old, new, told in WRONG_FILES:
        yield f"file with {new}", lambda old=old, new=new, told=told: [
            got for got in [refusal(check_file, text.replace(old, new))] if told not in got]
    for words, told in WRONG_FLAGS:
        yield words, lambda words=words, told=told: [
            got for got in [refusal(check_router, words.split(), {})] if told not in got]


def part_engines():
    """A death ends connections, and load and outages are seen."""
    def attempt():
        cluster = Cluster([])
        fake = FakeEngine("e", cluster.new_address(), cluster.port(8000), ["m"]).start()
        base = f"http://{fake.address}:{fake.port}"
        fake.turn(waiting=7, kv_usage=0.5)
        metrics = live.fetch(base + "/metrics")[1]
        seen = [live.fetch(base + "/health")[0], 'model_name="m"} 7\n' in metrics,
                live.fetch(base + "/v1/completions", {"model": "other", "prompt": "p"})[0]]
        fake.stop()
        seen.append(live.fetch(base + "/health")[0])
        fake.start()
        seen.append(live.fetch(base + "/v1/completions", {"model": "m", "prompt": "p"})[0])
        fake.stop()
        return [] if seen == [200, True, 404, 0, 200] else [f"seen: {seen}"]
    yield "an engine by itself", attempt


PARTS = {"engines": part_engines, "checker": part_checker, "right": part_right,
         "wrong": part_wrong, "pairs": part_pairs}


def main():
    if not run_routers.has_loopback_network():
        print("rig: left out: only Linux gives 127.0.0.0/8 to every process")
        return run_routers.SKIPPED
    tried = failed = missed = 0
    for part in sys.argv[1:] or PARTS:
        for name, attempt in PARTS[part]():
            tried += 1
            try:
                faults = attempt()
            except live.Missing as missing:
                print(f"{part}: {name}: left out: {missing}")
                missed += 1
                continue
            failed += bool(faults)
            for fault in faults:
                print(f"{part}: {name}: {fault}")
    print(f"rig: {tried} tried, {failed} failed, {missed} left out")
    return 1 if failed else run_routers.SKIPPED if missed else 0


if __name__ == "__main__":
    sys.exit(main())
