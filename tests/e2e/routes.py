"""StaticRoutes: the file, who reads it, and what is said of the backends."""
import json
from pathlib import Path

import client
import live
from router_metrics import judge_metrics
from production_stack import check_file
from rendered import Fault
from world import VERSION, read_documents

HERE = Path(__file__).resolve().parent
ROUTE, ROUTER, FILE = "staticroute-sample", "vllm-router", "static_config.json"
OPT, LLAMA = "facebook/opt-125m", "meta-llama/Llama-3.1-8B-Instruct"
TIMES = 6
RELOAD_SECONDS = 40  # the router looks each ten, and a slow machine is slower


def file_of(scene):
    """The settings in the ConfigMap, once a checker of the router's rules has passed them."""
    status = scene.get(VERSION, "StaticRoute", ROUTE)["status"]
    config = scene.get("v1", "ConfigMap", status["configMapRef"])
    try:
        return check_file(config["data"][FILE])
    except (Fault, ValueError) as fault:
        scene.tally.fault(f"the router would not take the file: {fault}")
        return json.loads(config["data"][FILE])


def sample(scene):
    """The file of the sample, and the router that reads it where it can be had."""
    scene.wait_for(f"StaticRoute {ROUTE}")
    spec = scene.get(VERSION, "StaticRoute", ROUTE)["spec"]
    status = scene.get(VERSION, "StaticRoute", ROUTE)["status"]
    settings = file_of(scene)
    scene.check((settings["static_backends"], settings["static_models"],
                 settings["routing_logic"]) ==
                (spec["staticBackends"], spec["staticModels"], spec["routingLogic"]),
                f"the file says {settings}")
    scene.check(status["configMapRef"] == "vllm-router-config" and status["lastAppliedTime"],
                f"the status says {status}")
    scene.shows("StaticRoute", ROUTE, Ready="True")
    scene.apply(*read_documents(HERE / "manifests/vllm-router.yaml"))
    try:
        scene.wait_rolled_out(ROUTER)
    except live.Missing as missing:
        raise live.Missing(f"{missing}; of its router only the file was checked") from None
    reads(scene)


def engines(scene):
    pod, = scene.pods(ROUTER)
    return pod.containers[1:]


def asked(scene):
    """How many requests each engine has had."""
    return [len(scene.requests(container)) for container in engines(scene)]


def ask(scene, place, model):
    return scene.tally.count(client.ask(place, model), model, lambda a: a.status == 200)


def reads(scene):
    """Both models by their own engines in turns, and a change of the file in the end."""
    place = scene.service(ROUTER)
    before = asked(scene)
    for _ in range(TIMES):
        ask(scene, place, OPT)
        ask(scene, place, LLAMA)
    seen = [now - then for now, then in zip(asked(scene), before)]
    scene.check(seen == [TIMES // 2, TIMES, TIMES // 2], f"the engines have had {seen} requests")
    scene.refuse(place, "nobody", 404)
    judge_metrics(scene, ROUTER, "production-stack", "gateway")
    client.until("word of the router that it has the file", lambda: scene.conditions(
        "StaticRoute", ROUTE)["RouterSynced"]["status"] == "True", 60)
    with client.Load(scene.tally, "the file changes", lambda: ask(scene, place, LLAMA)):
        scene.merge(VERSION, "StaticRoute", ROUTE, {"spec": {
            "staticBackends": "http://localhost:9001,http://localhost:9002",
            "staticModels": f"{OPT},{LLAMA}"}}, manager="user")

        def follows():
            before = asked(scene)
            for _ in range(TIMES):
                ask(scene, place, OPT)
            return asked(scene)[2] == before[2]
        client.until("new routes in the router", follows, RELOAD_SECONDS)


def backends(scene):
    """The operator asks the backends, and says which of them does not answer."""
    scene.wait_for(f"StaticRoute {ROUTE}", "InferenceService llama3-chatbot-service",
                   "InferenceService mistral-agent-service")
    file_of(scene)

    def healthy(*wanted):
        def look():
            status = scene.get(VERSION, "StaticRoute", ROUTE)["status"]
            found = [b["health"] for b in status.get("backends", [])]
            scene.tally.last = (found, scene.conditions("StaticRoute", ROUTE)
                                .get("BackendsHealthy", {}).get("status"))
            return scene.tally.last == (list(wanted), str(set(wanted) == {"Healthy"}))
        try:
            client.until(f"word that backends are {wanted}", look, 60)
        except RuntimeError as error:
            scene.tally.fault(f"{error}, but {scene.tally.last}")
    healthy("Healthy", "Healthy")
    pod, = scene.pods("mistral-agent-service")
    pod.containers[0].kill()
    healthy("Healthy", "Unhealthy")
    pod.containers[0].release()
    healthy("Healthy", "Healthy")
    scene.merge(VERSION, "StaticRoute", ROUTE, {"spec": {
        "staticBackends": file_of(scene)["static_backends"].split(",")[0],
        "staticModels": "llama3-70b"}}, manager="user")
    client.until("new file", lambda: file_of(scene)["static_models"] == "llama3-70b")
    healthy("Healthy")
