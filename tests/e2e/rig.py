"""Does this rig find out what is wrong? Rendered Deployments with one thing changed.

Beside each stands an unchanged copy, which becomes ready; the changed one must not, and what
it says of itself must have the words of its row."""
import copy

import client

ENGINE, SGLANG, ROUTER = "llama3-chatbot-service", "mistral-agent-service", "llm-gateway"
HALF, FRONT = "example-pdd-prefill", "gpt4-backend"


def container(pod):
    return pod["containers"][0]


def set_probe(kind, **get):
    return lambda pod: container(pod)[kind]["httpGet"].update(get)


def add_words(*words):
    return lambda pod: container(pod)["args"].extend(words)


def drop_words(*words):
    def change(pod):
        args = container(pod)["args"]
        at = args.index(words[0])
        assert tuple(args[at:at + len(words)]) == words
        del args[at:at + len(words)]
    return change


def other_urls(pod):
    args = container(pod)["args"]
    args[:] = [word.replace(".svc:", ".svc:1") if word.startswith("http") else word
               for word in args]


def no_variables(pod):
    del container(pod)["env"]


def no_user(pod):
    del pod["securityContext"]["runAsUser"]


def mount_nothing(pod):
    pod["volumes"].append({"name": "files", "configMap": {"name": "nobody"}})
    container(pod)["volumeMounts"].append({"name": "files", "mountPath": "/etc/router"})


def elsewhere(pod):
    pod["nodeSelector"] = {"gpuType": "none"}


def other_account(pod):
    pod["serviceAccountName"] = "default"


def other_image(pod):
    container(pod)["image"] = "nobody/nothing:1"


# name, whose Deployment, what is changed, the words that tell of it ("": it is only not ready)
ROWS = (
    ("probe-path", ENGINE, set_probe("readinessProbe", path="/ready"), ""),
    ("probe-port", ENGINE, set_probe("startupProbe", port=8001), ""),
    ("port-name", ENGINE, set_probe("startupProbe", port="web"), "has no port 'web'"),
    ("router-probe", ROUTER, set_probe("readinessProbe", path="/alive"), ""),
    ("flag", ENGINE, add_words("--no-such-flag"), "unrecognized arguments: --no-such-flag"),
    ("router-flag", ROUTER, add_words("--no-such-flag"), "--no-such-flag"),
    ("host", SGLANG, drop_words("--host", "0.0.0.0"), ""),
    ("no-backends", ROUTER, drop_words("--worker-urls"), ""),
    ("urls", ROUTER, other_urls, ""),
    ("rights", FRONT, other_account, "pods is forbidden"),
    ("variable", HALF, no_variables, "no other pod reaches this one at localhost"),
    ("secret", ENGINE, lambda pod: container(pod)["env"][0]["valueFrom"]["secretKeyRef"].update(
        name="nobody"), 'secrets "nobody" not found'),
    ("user", ENGINE, no_user, "runAsNonRoot"),
    ("mount", ROUTER, mount_nothing, 'configmaps "nobody" not found'),
    ("node", ENGINE, elsewhere, "cannot be scheduled"),
    ("image", ENGINE, other_image, "nothing here stands for the image"),
)


def put(scene, name, source, change=None):
    """A copy of a live Deployment, called `name` and with labels of its own."""
    spec = copy.deepcopy(source["spec"])
    marks = {"rig": name}
    spec["selector"] = {"matchLabels": marks}
    spec["template"]["metadata"] = {"labels": marks}
    spec["progressDeadlineSeconds"] = 4200
    if change:
        change(spec["template"]["spec"])
    scene.say("apps/v1", "Deployment", name, spec=spec)


def what_it_says(scene, name):
    pods = scene.pods(name)
    told = scene.kubelet.faults[scene.namespace] + [str(pod.waiting) for pod in pods]
    told += [c.log.read_text("utf-8", "replace") for pod in pods for c in pod.containers
             if c.log.exists()]
    return "\n".join(told)


def is_ready(scene, name):
    return scene.deployment(name).get("status", {}).get("readyReplicas", 0) > 0


def finds_faults(scene):
    sources = {name: client.until(f"Deployment {name}", lambda n=name: (
        d if "spec" in (d := scene.deployment(n)) else None)) for name in
        (ENGINE, SGLANG, ROUTER, HALF, FRONT)}
    for router in (ROUTER, FRONT):
        scene.wait_rolled_out(router)
    for name, whose, change, _ in ROWS:
        put(scene, f"bad-{name}", sources[whose], change)
    for name, source in sources.items():
        put(scene, f"good-{name}", source)
    for name in sources:
        scene.wait_rolled_out(f"good-{name}")
    for name, _, _, words in ROWS:
        if words:
            try:
                client.until(words, lambda n=name, w=words: w in what_it_says(scene, f"bad-{n}"))
            except RuntimeError as error:
                scene.tally.fault(f"{name}: {error}")
        scene.check(not is_ready(scene, f"bad-{name}"), f"{name}: nobody notices what is wrong")
