"""What production-stack's router would say about arguments and a dynamic config file.

It is on no package index, so it cannot be run here as the others are. These are its
checks, as far as what is rendered can meet them: those of its start, and those that it
only makes at run time, where a bad file is a line in a log that nobody reads."""
import json
import re

from rendered import Fault

ROUTING = {"roundrobin", "session", "kvaware", "prefixaware", "disaggregated_prefill",
           "disaggregated_prefill_orchestrated"}
CHOICES = {
    "service-discovery": {"static", "k8s", "external-only"},
    "k8s-service-discovery-type": {"pod-ip", "service-name"},
    "routing-logic": ROUTING,
    "request-rewriter": {"noop"},
    "file-storage-class": {"local_file"},
    "batch-processor": {"local"},
    "log-level": {"critical", "error", "warning", "info", "debug", "trace"},
    "log-format": {"text", "json"},
}
TEXTS = set("""host root-path static-backends static-models static-aliases static-model-types
    static-model-labels k8s-namespace k8s-label-selector session-key callbacks file-storage-path
    dynamic-config-yaml dynamic-config-json feature-gates sentry-dsn otel-endpoint
    otel-service-name prefill-model-labels decode-model-labels external-providers-config""".split())
NUMBERS = set("""port static-backend-health-check-interval
    static-backend-health-check-timeout-seconds k8s-port k8s-watcher-timeout-seconds
    backend-health-check-timeout-seconds lmcache-controller-port lmcache-controller-reply-port
    lmcache-controller-heartbeat-port engine-stats-interval request-stats-window
    log-stats-interval kv-aware-threshold prefix-min-match-length
    max-instance-failover-reroute-attempts lmcache-health-check-interval
    lmcache-worker-timeout""".split())
FRACTIONS = {"sentry-traces-sample-rate", "sentry-profile-session-sample-rate"}
SWITCHES = {"static-backend-health-checks", "enable-batch-api", "log-stats", "otel-secure"}
POSITIVE = {"engine-stats-interval", "request-stats-window", "log-stats-interval"}
FILE_KEYS = {
    "service_discovery": str, "routing_logic": str, "static_backends": str, "static_models": str,
    "static_aliases": str, "static_model_labels": str, "static_model_types": str,
    "static_backend_health_checks": bool, "static_backend_health_check_interval": int,
    "static_backend_health_check_timeout_seconds": int, "prefill_model_labels": str,
    "decode_model_labels": str, "k8s_port": int, "k8s_namespace": str,
    "k8s_label_selector": str, "session_key": str, "callbacks": str,
}
TYPES = {"chat", "completion", "embeddings", "rerank", "score", "transcription", "vision",
         "messages"}
BACKEND = re.compile(r"https?://(([a-zA-Z0-9_-]+\.)+[a-zA-Z]{2,}|localhost|"
                     r"\d{1,3}(\.\d{1,3}){3})(:\d+)?(/.*)?$")


def check(right, why):
    if not right:
        raise Fault(why)


def read_flags(words):
    """The arguments as flag -> value."""
    flags, words = {}, list(words)
    while words:
        word = words.pop(0)
        check(word.startswith("--"), f"{word!r} belongs to no flag")
        name, equals, value = word[2:].partition("=")
        if name in SWITCHES:
            check(not equals, f"--{name} takes no value")
            flags[name] = True
            continue
        check(name in TEXTS | NUMBERS | FRACTIONS | CHOICES.keys(), f"there is no flag --{name}")
        if not equals:
            check(words and not words[0].startswith("-"), f"--{name} has no value")
            value = words.pop(0)
        if name in NUMBERS:
            check(re.fullmatch(r"-?\d+", value), f"--{name} {value}: not a whole number")
            value = int(value)
        elif name in FRACTIONS:
            value = float(value)
            check(0 <= value <= 1, f"--{name} {value}: not from 0 to 1")
        elif name in CHOICES:
            check(value in CHOICES[name], f"--{name} {value}: not one of {sorted(CHOICES[name])}")
        check(name not in POSITIVE or value > 0, f"--{name} {value}: not above 0")
        flags[name] = value
    return flags


def check_routing(get):
    """What start and reload check alike. `get` takes a key of the file."""
    discovery, logic = get("service_discovery"), get("routing_logic")
    check(discovery in CHOICES["service-discovery"], f"service_discovery: {discovery}")
    check(logic in ROUTING, f"routing_logic: {logic}")
    check(logic != "session" or get("session_key"), "session needs a session_key")
    if discovery == "k8s":
        for key in ("k8s_port", "k8s_namespace", "k8s_label_selector"):
            check(get(key) is not None, f"k8s discovery needs {key}")
    if discovery == "static":
        check_static(get)


def check_static(get):
    backends, models = get("static_backends"), get("static_models")
    check(backends and models, "static discovery needs backends and models")
    urls = backends.split(",")
    for url in urls:
        check(BACKEND.match(url) and not url.endswith("/"), f"{url!r} would be skipped")
    check(len(models.split(",")) == len(urls), "as many models as backends are needed")
    for key in ("static_model_labels", "static_model_types"):
        check(not get(key) or len(get(key).split(",")) == len(urls),
              f"as many {key} as backends are needed")
    if get("static_backend_health_checks"):
        check(get("static_model_types"), "health checks need static_model_types")
    for kind in (get("static_model_types") or "").split(","):
        check(not kind or kind in TYPES, f"static_model_types: {kind}")
    for pair in filter(None, (get("static_aliases") or "").split(",")):
        alias, _, model = pair.partition(":")
        check(alias and model and ":" not in model, f"static_aliases: {pair!r}")
        check(model in models.split(","), f"static_aliases: nobody serves {model}")


def check_file(text):
    """A dynamic config file; returns it as an object."""
    config = json.loads(text)
    for key, value in config.items():
        check(key in FILE_KEYS, f"the key {key} stops every later change")
        check(type(value) is FILE_KEYS[key], f"{key}: {value!r} is no {FILE_KEYS[key].__name__}")
    for key in ("service_discovery", "routing_logic"):
        check(key in config, f"{key} is missing")
    check(config["service_discovery"] != "external-only", "external-only cannot be reloaded")
    for key in ("k8s_port", "k8s_namespace", "k8s_label_selector"):
        check(key in config, f"without {key} the file differs from the start, and rules anew")
    check(not config["routing_logic"].startswith("disaggregated") and
          "prefill_model_labels" not in config, "P/D works by flags only, not by a file")
    check(config["routing_logic"] != "kvaware", "kvaware loses its ports by a file")
    check_routing(config.get)
    return config


def check_router(words, files):
    """Flags of a rendered router, the values of its file among them. `files` are mounted."""
    flags = read_flags(words)
    check("dynamic-config-yaml" not in flags or "dynamic-config-json" not in flags,
          "only one dynamic config file can be given")
    path = flags.get("dynamic-config-json")
    config = {}
    if path:
        check(path in files, f"{path} is not mounted")
        config = check_file(files[path])
    defaults = {"k8s_port": 8000, "k8s_namespace": "default", "k8s_label_selector": ""}

    def get(key):
        return flags.get(key.replace("_", "-"), config.get(key, defaults.get(key)))

    check_routing(get)
    if (get("routing_logic") or "").startswith("disaggregated"):
        check(get("prefill_model_labels") and get("decode_model_labels"),
              "P/D needs the labels of both halves")
    return dict({key.replace("_", "-"): value for key, value in config.items()}, **flags)
