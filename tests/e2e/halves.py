"""Prefill and decode: what each half is asked, by a router and by hand."""
import json

import client
import live
from gateways import comes_back
from router_metrics import judge_metrics
from production_stack import check_router
from rendered import Fault, number_of
from world import VERSION

TIMES = 8
ASKED = {"do_remote_decode": True, "do_remote_prefill": False}
PORT = 5600


def vllm(scene):
    """Two steps through the rendered router, each half with the body that vLLM needs."""
    through_router(scene, judge_vllm)


def sglang(scene):
    """Both halves at once, in one bootstrap room."""
    through_router(scene, judge_sglang)


def through_router(scene, judge):
    scene.wait_for("PrefillDecodingDisaggregation example-pdd")
    refuses(scene)
    try:
        scene.wait_for("InferenceService gpt4-inference", needs="gpt4-backend")
    except live.Missing as missing:
        checks_arguments(scene)
        raise live.Missing(f"{missing}; of its router only the arguments were checked") from None
    place = scene.service("gpt4-backend")
    before = taken(scene)
    for i in range(TIMES):
        scene.expect(place, "gpt-4", "example-pdd-decode", stream=i % 2 == 1, tokens=5 + i,
                     prompt=f"Question {i}?")
    judge(scene, *(after[n:] for after, n in zip(taken(scene), map(len, before))))
    judge_metrics(scene, "gpt4-backend")
    dies(scene, place)
    scene.shows("PrefillDecodingDisaggregation", "example-pdd", Ready="True")
    scene.shows("InferenceService", "gpt4-inference", Ready="True")


def checks_arguments(scene):
    """Of the router that cannot be run; its launcher's rules are known."""
    spec = scene.deployment("gpt4-backend")["spec"]["template"]["spec"]["containers"][0]
    try:
        check_router(spec["args"], {})
    except Fault as fault:
        scene.tally.fault(f"the router would not take its arguments: {fault}")


def taken(scene):
    """Requests that each half has taken: (prefill, decode), in order of time."""
    return [sorted((line for pod in scene.pods(f"example-pdd-{half}")
                    for line in scene.requests(pod.containers[0]) if line["status"] == 200),
                   key=lambda line: line["time"]) for half in ("prefill", "decode")]


def refuses(scene):
    """Without the right handshake both halves refuse: the fake engines would be of no use
    if they took anything."""
    for half in ("prefill", "decode"):
        pod = scene.pods(f"example-pdd-{half}")[0]
        answer = client.ask((pod.address, 8000), "gpt-4", tokens=4)
        scene.tally.count(answer, f"{half} without a handshake", lambda a: a.status == 400)


def judge_vllm(scene, prefill, decode):
    scene.check(len(prefill) == len(decode) == TIMES,
                f"{TIMES} requests were {len(prefill)} of prefill, {len(decode)} of decode")
    for i, (one, other) in enumerate(zip(prefill, decode)):
        first, second = one["body"], other["body"]
        params = first.get("kv_transfer_params", {})
        scene.check({key: params.get(key) for key in ASKED} == ASKED and
                    params.get("remote_engine_id") is None,
                    f"prefill {i} is told {params}")
        scene.check(first.get("max_tokens") == 1 and not first.get("stream"),
                    f"prefill {i} may write {first.get('max_tokens')} tokens")
        params = second.get("kv_transfer_params", {})
        source = scene.pod(one["engine"])
        scene.check((params.get("do_remote_prefill"), params.get("remote_engine_id"),
                     params.get("remote_host"), params.get("remote_port")) ==
                    (True, source.name, source.address, PORT), f"decode {i} is told {params}")
        scene.check(second.get("max_tokens") == 5 + i and
                    bool(second.get("stream")) == (i % 2 == 1),
                    f"decode {i} may write {second.get('max_tokens')} tokens")
        scene.check(first["messages"] == second["messages"], f"request {i}: other messages")


def port_of(pod, name):
    return number_of(pod.containers[0].spec, name)


def judge_sglang(scene, prefill, decode):
    rooms = {}
    for line in decode:
        rooms.setdefault(line["body"].get("bootstrap_room"), line)
    scene.check(len(prefill) == len(decode) == len(rooms) == TIMES,
                f"{TIMES} requests: {len(prefill)} of prefill, {len(decode)} of decode, "
                f"{len(rooms)} rooms")
    for line in prefill:
        one = line["body"]
        other = rooms.get(one.get("bootstrap_room"), {}).get("body")
        source = scene.pod(line["engine"])
        scene.check(one == other, f"the halves were asked otherwise: {one}, {other}")
        scene.check((one.get("bootstrap_host"), one.get("bootstrap_port")) ==
                    (source.address, port_of(source, "bootstrap")),
                    f"prefill meets at {one.get('bootstrap_host')}")


def dies(scene, place):
    """One of two decode pods dies: once that is known the other one does all."""
    pods = scene.pods("example-pdd-decode")
    if len(pods) < 2:
        return
    gone, left = pods[0], pods[1]
    gone.containers[0].kill()
    client.until("word of the dead pod", lambda: scene.get(
        VERSION, "PrefillDecodingDisaggregation", "example-pdd")["status"]["decode"]["ready"] == 1)
    client.until("way around the dead pod", lambda: client.ask(place, "gpt-4").pod == left.name)
    for _ in range(TIMES):
        answer = scene.expect(place, "gpt-4", "example-pdd-decode")
        scene.check(answer.pod == left.name, f"{answer.pod} has answered, not {left.name}")
    comes_back(gone)
    client.until("first answer of the pod that came back",
                 lambda: scene.expect(place, "gpt-4", "example-pdd-decode").pod == gone.name)


# ---- halves without a service in front ----

def by_hand(scene):
    """The sample has no InferenceService, so a client does what a router would."""
    name = "pdd-llama3-chatbot"
    objects = {"PrefillDecodingDisaggregation": name, "SpeculativeDecoding": "sd-llama3-chatbot",
               "InferenceCache": "llama3-chatbot-cache"}
    scene.wait_for(*(f"{kind} {other}" for kind, other in objects.items()))
    for kind, other in objects.items():
        scene.shows(kind, other, Ready="True")
    empty = {f"remote_{key}": None for key in ("engine_id", "block_ids", "host", "port")}
    for _ in range(TIMES // 2):
        two_steps(scene, name, "llama3-70b", {**ASKED, **empty}, lambda answer, _: answer)
    words = scene.deployment(f"{name}-decode")["spec"]["template"]["spec"]["containers"][0]["args"]
    scene.check(any('"model":"llama3-1b"' in word for word in words),
                f"nothing speculates with llama3-1b: {words}")


def mooncake(scene):
    """No router does what vLLM's halves on Mooncake need, so the service is refused; the
    halves work all the same, for a client that names a transfer and the bootstrap server."""
    scene.wait_for("PrefillDecodingDisaggregation example-pdd")
    accepted = client.until("word of the service", lambda: scene.conditions(
        "InferenceService", "gpt4-inference").get("Accepted"))
    scene.check(accepted["status"] == "False" and "router.unfit" in accepted["message"],
                f"the service is {accepted}")
    for i in range(TIMES // 2):
        def second(_, pod, name=f"transfer-{i}"):
            port = pod.thing["metadata"]["annotations"]["vllm.ai/bootstrap-port"]
            return {"do_remote_prefill": True, "do_remote_decode": False, "transfer_id": name,
                    "remote_engine_id": pod.name,
                    "remote_bootstrap_addr": f"http://{pod.address}:{port}"}
        two_steps(scene, "example-pdd", "gpt-4", {**ASKED, "transfer_id": f"transfer-{i}"}, second)


def place_of(scene, name):
    """(address, port) of a half, by its headless Service."""
    host = f"{name}.{scene.namespace}.svc.cluster.local"
    found = scene.cluster.dns.find(host)
    scene.check(found == [pod.address for pod in scene.pods(name)], f"{host} is {found}")
    return found[0], scene.get("v1", "Service", name)["spec"]["ports"][0]["port"]


def two_steps(scene, name, model, params, second):
    """One request: prefill is told `params`, decode what `second` makes of its answer."""
    body = {"model": model, "messages": [{"role": "user", "content": "Hello"}]}
    status, text = client.exchange(place_of(scene, f"{name}-prefill"), client.CHAT,
                                   dict(body, max_tokens=1, kv_transfer_params=params))
    scene.check(status == 200, f"prefill: {status} {text[:200]}")
    told = json.loads(text).get("kv_transfer_params") if status == 200 else None
    status, text = client.exchange(
        place_of(scene, f"{name}-decode"), client.CHAT,
        dict(body, max_tokens=4,
             kv_transfer_params=second(told, scene.pods(f"{name}-prefill")[0])))
    pod = json.loads(text).get("system_fingerprint") if status == 200 else None
    scene.tally.count(client.Answer(status, pod, model, 0, text), "two steps by hand",
                      lambda a: a.status == 200 and a.deployment == f"{name}-decode")
