"""Gateways: models, prefixes, sessions, load, deaths and edits."""
import hashlib
import time

import client
from router_metrics import judge_metrics
from world import VERSION

GATEWAY = "InferenceGateway"
LLAMA, MISTRAL = "llama3-70b", "mistral3"
LLAMAS, MISTRALS = "llama3-chatbot-service", "mistral-agent-service"
TIMES = 6
# smg forgets a backend after five seconds of draining. One that comes back meanwhile is not
# seen before it looks at all of them again, up to a minute later.
DRAIN_SECONDS = 7
# Five tries of each go to the same engine, which is left alone after ten failures.
LOST_WHEN_ONE_DIES = {"sglang-router": 2}


def two_models(scene):
    """Each model is answered by its own service, others by nobody."""
    scene.wait_for(f"InferenceService {LLAMAS}", f"InferenceService {MISTRALS}")
    scene.wait_for(f"{GATEWAY} llm-gateway", needs="llm-gateway")
    place = scene.gateway("llm-gateway")
    knows(place, LLAMA, MISTRAL)
    for stream in (False, True) * TIMES:
        scene.expect(place, LLAMA, LLAMAS, stream=stream)
        scene.expect(place, MISTRAL, MISTRALS, stream=stream)
    scene.refuse(place, "nobody", 404)
    scene.refuse(place, None, 400)
    scene.shows(GATEWAY, "llm-gateway", Router="smg", Ready="True")
    judge_metrics(scene, "llm-gateway")
    dies(scene, place)
    alias(scene, place)
    away(scene)


def knows(place, *models):
    """An engine that has just become ready is asked by the router within a second."""
    for model in models:
        client.until(f"first answer for {model}",
                     lambda m=model: client.ask(place, m).status == 200, 5)


def dies(scene, place):
    """The only engine of a model dies: the other model does not notice, and it comes back."""
    pod, = scene.pods(MISTRALS)
    pod.containers[0].kill()
    for _ in range(TIMES):
        scene.expect(place, LLAMA, LLAMAS)
    answer = client.ask(place, MISTRAL)
    scene.tally.count(answer, "a model without an engine", lambda a: a.status in (404, 500, 502,
                                                                                  503))
    client.until("word of the dead engine in the status", lambda: not all(
        route["ready"] for route in scene.get(VERSION, GATEWAY, "llm-gateway")["status"]["routes"]))
    pod.containers[0].release()
    client.until("first answer of the engine that came back",
                 lambda: client.ask(place, MISTRAL).status == 200)
    for _ in range(TIMES):
        scene.expect(place, MISTRAL, MISTRALS)


def alias(scene, place):
    """An edit of the routes: the router is replaced, and no request is lost meanwhile."""
    routes = scene.get(VERSION, GATEWAY, "llm-gateway")["spec"]["routes"]
    routes[0]["aliases"] = ["llama"]
    with client.Load(scene.tally, "the router is replaced",
                     lambda: scene.expect(place, LLAMA, LLAMAS)):
        scene.merge(VERSION, GATEWAY, "llm-gateway", {"spec": {"routes": routes}}, manager="user")
        client.until("new template", lambda: any(
            word == "llama=llama3-70b" for word in
            scene.deployment("llm-gateway")["spec"]["template"]["spec"]["containers"][0]["args"]))
        scene.wait_rolled_out("llm-gateway")
        scene.wait_gone("llm-gateway")
    for _ in range(TIMES):
        scene.expect(place, "llama", LLAMAS)
        scene.expect(place, MISTRAL, MISTRALS)


def away(scene):
    """An engine is away for a moment while the router starts; the router may not serve before
    it knows it, since it would refuse a model that is there."""
    engine, = scene.pods(LLAMAS)
    old, = scene.pods("llm-gateway")
    routes = scene.get(VERSION, GATEWAY, "llm-gateway")["spec"]["routes"]
    routes[0]["aliases"] = ["llama", "llama3"]
    engine.containers[0].kill()
    scene.merge(VERSION, GATEWAY, "llm-gateway", {"spec": {"routes": routes}}, manager="user")
    new = client.until("new router", lambda: next(
        (pod for pod in scene.pods("llm-gateway") if pod is not old and pod.containers), None))
    client.until("look for the engine", lambda: "Step failed" in
                 new.containers[0].log.read_text("utf-8", "replace"))
    engine.containers[0].release()
    client.until("readiness of the new router", new.containers[0].is_ready)
    for _ in range(TIMES):
        scene.expect((new.address, 8000), LLAMA, LLAMAS)
    scene.wait_gone("llm-gateway")


# ---- three engines of one model, found by the router itself ----

def affinity(scene):
    """Prefixes and sessions stay where they were, until load, death or fewer engines move
    them."""
    scene.wait_for(f"InferenceService {LLAMAS}")
    scene.wait_for(f"{GATEWAY} llm-gateway", needs="llm-gateway")
    place = scene.gateway("llm-gateway")
    client.until("knowledge of all engines", lambda: len({
        client.ask(place, LLAMA, prompt=f"{i} {'x' * i * 40}").pod for i in range(12)}) == 3)
    owners = {name: stays(scene, place, name, prompt=True) for name in "abcdef"}
    scene.check(len(set(owners.values())) > 1, f"six prefixes are all on {owners['a']}")
    sessions = {name: stays(scene, place, name) for name in ("s1", "s2", "s3", "s4")}
    shifts(scene, place, owners)
    loses_one(scene, place, sessions)
    fewer(scene, place)
    judge_metrics(scene, "llm-gateway")


def prefix(name):
    return f"You are assistant {name}. " + f"Rule {name}: be brief. " * 120


def send(scene, place, name, i, prompt=False, wanted=None):
    """A request of the prefix or of the session `name`, for the pod `wanted` if one is."""
    more = {"prompt": f"{prefix(name)} Question {i}?"} if prompt else \
        {"prompt": hashlib.sha256(f"{name} {i}".encode()).hexdigest() * 9, "x_user_id": name}
    return scene.tally.count(
        client.ask(place, LLAMA, **more), f"{'prefix' if prompt else 'session'} {name}",
        lambda a: a.status == 200 and a.deployment == LLAMAS and wanted in (None, a.pod))


def stays(scene, place, name, prompt=False):
    """Name of the pod that answers all requests of a prefix or a session."""
    first = send(scene, place, name, 0, prompt)
    for i in range(1, TIMES):
        send(scene, place, name, i, prompt, first.pod)
    return first.pod


def shifts(scene, place, owners):
    """An engine whose KV cache is nearly full loses its prefixes, and gets new ones once it
    has room again."""
    pod = owners["a"]
    scene.turn(scene.pod(pod), kv_usage=0.95, running=60, waiting=30)
    client.until("way around the loaded engine",
                 lambda: send(scene, place, "a", 50, True).pod != pod)
    for i in range(TIMES):
        answer = send(scene, place, "a", 60 + i, True)
        scene.check(answer.pod != pod, "a prefix goes to an engine that is nearly full")
    scene.turn(scene.pod(pod), kv_usage=0, running=0, waiting=0)
    names = (f"after {i}" for i in range(10 ** 6))
    client.until("way back to the engine that has room",
                 lambda: send(scene, place, next(names), 0, True).pod == pod)


def loses_one(scene, place, sessions):
    """The engine of a session dies: another one answers, and keeps the session."""
    pod = scene.pod(sessions["s1"])
    pod.containers[0].kill()
    moved = send(scene, place, "s1", 20)
    scene.check(moved.pod != pod.name, "a dead engine has answered")
    for i in range(TIMES):
        send(scene, place, "s1", 21 + i, wanted=moved.pod)
    comes_back(pod)
    names = (f"new {i}" for i in range(10 ** 6))
    client.until("first answer of the engine that came back",
                 lambda: send(scene, place, next(names), 0).pod == pod.name)


def comes_back(pod):
    """An engine takes longer to start than smg needs to forget one."""
    time.sleep(DRAIN_SECONDS)
    pod.containers[0].release()
    client.until("return of the engine", pod.containers[0].is_ready)


def fewer(scene, place):
    """One engine less, while requests go on."""
    turn = iter(range(10 ** 6))
    with client.Load(scene.tally, "an engine is taken away",
                     lambda: send(scene, place, f"user{next(turn) % 5}", 1)):
        scene.merge(VERSION, "InferenceService", LLAMAS, {"spec": {"replicas": 2}},
                    manager="user")
        client.until("fewer pods", lambda: len(scene.pods(LLAMAS)) == 2)
        scene.wait_gone(LLAMAS, 2)


# ---- other routers, and routes that change in a router that runs ----

def one_model(scene):
    """One model on two engines, prefixes kept; an engine dies and comes back."""
    scene.wait_for(f"InferenceService {LLAMAS}")
    scene.wait_for(f"{GATEWAY} llm-gateway", needs="llm-gateway")
    place = scene.gateway("llm-gateway")
    knows(place, LLAMA)
    for name in "abcd":
        stays(scene, place, name, prompt=True)
    for _ in range(TIMES):
        scene.expect(place, LLAMA, LLAMAS, stream=True)
    judge_metrics(scene, "llm-gateway")
    pod = scene.pods(LLAMAS)[0]
    pod.containers[0].kill()
    client.until("word of the dead engine in the status", lambda: "1 of 2" in str(
        scene.conditions("InferenceService", LLAMAS)))
    router = scene.get(VERSION, GATEWAY, "llm-gateway")["status"]["routerType"]
    for i in range(LOST_WHEN_ONE_DIES.get(router, 0)):
        client.ask(place, LLAMA, prompt=prefix(f"lost {i}"))
    for i in range(TIMES):
        answer = send(scene, place, f"while dead {i}", 0, True)
        scene.check(answer.pod != pod.name, "a dead engine has answered")
    comes_back(pod)


def locked(scene):
    """Who shows the key of the Secret is answered, who does not is refused."""
    scene.wait_for(f"{GATEWAY} llm-gateway", needs="llm-gateway")
    place, key = scene.gateway("llm-gateway"), {"Authorization": "Bearer of-the-user"}
    client.until("first answer", lambda: client.ask(place, LLAMA, **key).status == 200, 5)
    for _ in range(TIMES):
        scene.expect(place, LLAMA, LLAMAS, **key)
        scene.refuse(place, LLAMA, 401)
        scene.tally.count(client.ask(place, LLAMA, Authorization="Bearer guessed"), "a wrong key",
                          lambda a: a.status == 401)


def hot(scene):
    """Routes change while the router runs: it follows its file, and nothing is restarted."""
    scene.wait_for(f"InferenceService {LLAMAS}", f"InferenceService {MISTRALS}")
    scene.wait_for(f"{GATEWAY} llm-gateway", needs="llm-gateway")
    place = scene.gateway("llm-gateway")
    knows(place, LLAMA, MISTRAL)
    pod, = scene.pods("llm-gateway")
    routes = scene.get(VERSION, GATEWAY, "llm-gateway")["spec"]["routes"]
    with client.Load(scene.tally, "a route goes and comes",
                     lambda: scene.expect(place, LLAMA, LLAMAS)):
        for wanted, status in ((routes[:1], 404), (routes, 200)):
            scene.merge(VERSION, GATEWAY, "llm-gateway", {"spec": {"routes": wanted}},
                        manager="user")
            client.until(f"status {status} for {MISTRAL}",
                         lambda s=status: client.ask(place, MISTRAL).status == s, 60)
    for _ in range(TIMES):
        scene.expect(place, MISTRAL, MISTRALS)
    left = scene.pods("llm-gateway")
    scene.check(left == [pod] and pod.containers[0].restarts == 0, "the router was restarted")
