#!/usr/bin/python3
"""Does the simulation decide as the routers do? simulate_oracle.py REPLAY ROUTER [--program FILE]

Starts the real router in front of fake engines on loopback, sends it requests one after
the other, and compares where each went with what REPLAY (tests/routers/replay.c) says: the
same endpoint where the simulation is certain, one of its candidates where it is not, and
for "goes where request N went" the same as that one. What must be certain is counted, too.

FILE is the router's program; without it, the one in the folder that run_routers.py makes:
${XDG_CACHE_HOME:-~/.cache}/router-controller/venv-ROUTER-VERSION/bin. Exit status 77 when it
is not there. Of production-stack, FILE is the Python of a venv with uhashring and xxhash, and
the variable PRODUCTION_STACK names its source tree; only its routing classes are run."""
import argparse
import glob
import http.client
import json
import os
import random
import socket
import subprocess
import sys
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

HERE = Path(__file__).resolve().parent
SKIPPED = 77
PROGRAMS = {"smg": "smg", "vllm-router": "vllm-router", "sglang-router": "sglang-router",
            "production-stack": "python3"}


# ---- engines ----

class Engine(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, model="m", waiting=0, kv=0.0):
        super().__init__(("127.0.0.1", 0), Handler)
        self.model, self.waiting, self.kv = model, waiting, kv
        self.held, self.release = 0, threading.Event()
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, request, client_address):
        pass  # a router that has gone


def render(body):
    if "messages" in body:
        return {"token_ids": list(json.dumps(body["messages"]).encode()), "features": None}
    prompts = body["prompt"] if isinstance(body["prompt"], list) else [body["prompt"]]
    return [{"token_ids": list(json.dumps(p).encode()), "features": None} for p in prompts]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def answer(self, status, body, kind="application/json"):
        data = (body if isinstance(body, str) else json.dumps(body)).encode()
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_GET(self):
        engine, path = self.server, self.path.split("?")[0]
        if path == "/v1/models":
            self.answer(200, {"object": "list", "data": [
                {"id": engine.model, "object": "model", "created": 1, "owned_by": "vllm"}]})
        elif path == "/health":
            self.answer(200, {})
        elif path == "/version":
            self.answer(200, {"version": "0.11.0"})
        elif path == "/metrics":
            names = {"num_requests_running": 0, "num_requests_waiting": engine.waiting,
                     "kv_cache_usage_perc": engine.kv, "gpu_cache_usage_perc": engine.kv}
            self.answer(200, "".join(f'vllm:{name}{{model_name="{engine.model}"}} {value}\n'
                                     for name, value in names.items()),
                        "text/plain; version=0.0.4")
        else:
            self.answer(404, {})

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        if b"HOLD" in body and self.path == "/v1/completions":
            self.server.held += 1
            self.server.release.wait(60)
        if self.path.endswith("/render"):  # vLLM's tokens; here, a token is a byte
            self.answer(200, render(json.loads(body)))
            return
        choice = {"index": 0, "finish_reason": "stop", "text": "ok", "logprobs": None}
        if self.path == "/v1/chat/completions":
            choice = {"index": 0, "finish_reason": "stop",
                      "message": {"role": "assistant", "content": "ok"}}
        elif self.path != "/v1/completions":
            self.answer(404, {})
            return
        self.answer(200, {"id": "x", "object": "x", "created": 1, "model": self.server.model,
                          "system_fingerprint": self.server.url, "choices": [choice],
                          "usage": {"prompt_tokens": 1, "completion_tokens": 1,
                                    "total_tokens": 2}})


# ---- the router ----

def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def request(port, method, path, body=None, headers=None):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request(method, path, body, headers or {})
    response = connection.getresponse()
    data = response.read()
    connection.close()
    return response.status, data


class Router:
    def __init__(self, program, name, policy, flags, engines):
        start = {"smg": ["launch", "--disable-tokenizer-autoload", "--load-monitor-interval", "1"],
                 "sglang-router": ["launch"], "vllm-router": []}[name]
        self.port = free_port()
        self.log = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            [program, *start, "--policy", policy, *flags, "--host", "127.0.0.1", "--port",
             str(self.port), "--prometheus-port", str(free_port()), "--worker-urls",
             *(engine.url for engine in engines)], stdout=self.log, stderr=self.log)
        self.wait(len(engines), name)

    def wait(self, n_engines, name):
        for _ in range(300):
            time.sleep(0.1)
            if self.process.poll() is not None:
                self.log.seek(0)
                sys.exit(f"{name} ended: {self.log.read()[-2000:].decode(errors='replace')}")
            try:
                if request(self.port, "GET", "/readiness")[0] == 200:
                    # All of the engines, and their loads, are known a little later.
                    time.sleep(2.5)
                    return
            except OSError:
                pass
        sys.exit(f"{name} is not ready after 30 seconds")

    def send(self, line):
        body = line.get("body") or {k: line[k] for k in ("model", "prompt", "messages")
                                    if k in line}
        body = dict(body, model=line["model"])
        path = "/v1/chat/completions" if "messages" in body else "/v1/completions"
        headers = dict(line.get("headers", {}), **{"content-type": "application/json"})
        status, data = request(self.port, "POST", path, json.dumps(body).encode(), headers)
        return json.loads(data)["system_fingerprint"] if status == 200 else status

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


# ---- requests ----

WORDS = "the a of one two red green blue alpha beta gamma tree river stone night".split()


def words(rng, n):
    """Text of about n characters, with a few that are wider than a byte."""
    text = ""
    while len(text) < n:
        text += rng.choice(WORDS) + rng.choice([" ", " ", " ", "é ", "漢 "])
    return text[:n]


def chat(text, model="m", **more):
    return {"model": model, "messages": [{"role": "user", "content": text}], **more}


def completion(text, model="m", **more):
    return {"model": model, "prompt": text, **more}


def plain(rng, n=24, models=("m",)):
    return [chat(words(rng, 80), rng.choice(models)) for _ in range(n)]


def prefixes(rng, models=("m",)):
    """Prompts that share more and less than the threshold, word for word and in part."""
    heads, lines = [words(rng, 400) for _ in range(6)], []
    for head in heads * 3:
        keep = rng.choice([40, 100, 110, 127, 128, 129, 150, 256, 300, 390, 400])
        text = head[:keep] + words(rng, rng.choice([1, 20, 100, 500]))
        lines += [chat(text, rng.choice(models)), completion(head, rng.choice(models))]
    system = {"role": "system", "content": heads[0]}
    for _ in range(4):
        parts = [{"type": "text", "text": words(rng, 90)}, {"type": "text", "text": "and"}]
        lines.append({"model": models[0], "messages": [
            system, {"role": "user", "content": parts},
            {"role": "assistant", "content": "no"}, {"role": "user", "content": "é?"}]})
    lines += [chat("漢" * 200), chat("漢" * 70 + "字" * 130), chat("漢" * 50 + "子" * 150),
              chat("漢" * 200), chat("hi"), chat("hi"), chat("hi there")]
    return lines


def at_threshold(rng):
    """Pairs of which the second shares 100 characters of 334, just too little to be known, or
    of 333, just enough."""
    lines = []
    for total in [334] * 12 + [333] * 6:
        head = words(rng, 100)
        lines += [completion(head + "#" * 300), completion(head + "$" * (total - 100))]
    return lines


def sessions(rng, header, models=("m",), n=40):
    keys = [f"user-{i}" for i in range(6)] + ["conv", "conv_t1", "conv_t2_r1", "_t1"]
    lines = []
    for _ in range(n):
        line = chat(words(rng, 60), rng.choice(models))
        if rng.random() < 0.8:
            line["headers"] = {header: rng.choice(keys)}
        lines.append(line)
    return lines


def rids(rng):
    lines = []
    for _ in range(12):
        line = chat(words(rng, 60), rid=rng.choice(["a", "a_t1", "b", "b_r2"]))
        lines.append({"model": "m", "body": line})
        lines.append({"model": "m", "body": line, "headers": {"x-user-id": rng.choice("cd")}})
    return lines


def hash_keys(rng):
    """All that vllm-router may hash."""
    lines = [chat(words(rng, 60), headers={name: f"{name}-{i}"}) for i in range(3) for name in
             ("x-session-id", "X-User-Id", "x-tenant-id", "x-correlation-id", "x-trace-id")]
    lines += [chat("x", headers={"x-session-id": f"s{i}"}) for i in range(40)]
    lines += [chat("x", headers={"x-user-id": "u", "x-session-id": ""}),
              chat("x", headers={"x-user-id": "u", "x-session-id": "s1"}),
              chat("no key at all"), chat("another without a key")]
    lines += [{"model": "m", "body": chat("x", session_params={"session_id": f"p{i}"})}
              for i in range(6)]
    lines += [completion(words(rng, n)) for n in (5, 60, 99, 100, 101, 140, 700)]
    lines += [completion(text) for text in (
        "user: Bob says hi", "the user is 'session_id' : 'q1' now", '{"user": "alice"}',
        "{'session_params': {'session_id': 'n1'}}", "user : , nothing", "user_id=5 user: 7}",
        '"session_params" : {"x": {"session_id":"deep"}} tail', 'open "user": "never closed')]
    lines += [completion(["two", "prompts"]), completion([1, 2, 3]), completion([[1, 2], [3]])]
    return lines


def mixed_models(rng):
    return (sessions(rng, "x-user-id", ("m", "n"), 30) + plain(rng, 12, ("m", "n", "nobody")))


# ---- comparing ----

def run_replay(replay, engines, lines, router, policy, setup):
    with tempfile.TemporaryDirectory() as folder:
        snapshot, file = Path(folder, "endpoints.json"), Path(folder, "requests.jsonl")
        snapshot.write_text(json.dumps({"endpoints": [
            {"url": e.url, "model": e.model, "running": e.held, "waiting": e.waiting,
             "kvUsage": e.kv}
            for e in engines]}))
        file.write_text("\n".join(json.dumps(line) for line in lines))
        done = subprocess.run([replay, snapshot, file, router, policy, *setup], text=True,
                              capture_output=True)
    if done.returncode:
        sys.exit(f"replay failed: {done.stderr}")
    return [line.split("\t") for line in done.stdout.splitlines()]


def compare(lines, answers, seen):
    """Returns faults, and how many answers were certain."""
    faults, certain = [], 0
    if len(answers) != len(lines):
        return [f"{len(lines)} requests, {len(answers)} answers"], 0
    for i, (line, (how, status, same_as, urls, why), went) in enumerate(
            zip(lines, answers, seen), 1):
        wrong = None
        if int(status):
            wrong = went != int(status)
        elif how == "certain":
            wrong = went != urls
        else:
            wrong = went not in urls.split()
            wrong = wrong or (int(same_as) and went != seen[int(same_as) - 1])
        certain += how == "certain" and not int(status)
        if wrong:
            faults.append(f"request {i} went to {went}; simulated: {how} {status} same as "
                          f"{same_as}: {urls} ({why}); {json.dumps(line)[:200]}")
    return faults, certain


class Case:
    def __init__(self, policy, lines, flags=(), setup=(), engines=None, certain=0.0, circle=0,
                 pairs=False, held=0):
        self.policy, self.lines, self.flags, self.setup = policy, lines, flags, setup
        self.engines = engines or [{}] * 4
        self.certain = certain  # the share of requests that must be
        self.circle = circle    # so many requests in a row reach as many endpoints
        self.pairs = pairs      # of pairs that are drawn apart, some must go apart
        self.held = held        # requests that are in flight all the time


TWO_MODELS = [{}, {"model": "n"}, {}, {"model": "n"}, {}]
OVERRIDE = ("--routing-key-override", "--routing-key-headers", "x-user-id")
OVERRIDE_SET = ("routing_key_override=1", "session_header=x-user-id")
# Loads that smg reads: the second is out by its queue, the third by its cache.
LOADED = [{}, {"waiting": 9}, {"kv": 0.85}, {"waiting": 7, "kv": 0.2}]

CASES = {
    "smg": [
        Case("round_robin", plain, circle=4),
        Case("round_robin", plain, engines=LOADED, circle=2),
        Case("round_robin", plain, engines=[{}, {"waiting": 9}], certain=1),
        Case("random", plain),
        Case("least_load", plain),
        Case("least_load", plain, engines=LOADED, certain=0.1),
        Case("least_load", plain, engines=[{"waiting": 7}, {}, {"waiting": 7}], certain=0.2),
        Case("cache_aware", prefixes),
        Case("cache_aware", at_threshold, pairs=True),
        Case("cache_aware", prefixes, engines=LOADED),
        Case("cache_aware", prefixes, ("--cache-threshold", "0.7"), ("cache_threshold=0.7",)),
        Case("cache_aware", lambda rng: prefixes(rng, ("m", "n")), engines=TWO_MODELS),
        Case("cache_aware", prefixes,
             ("--disable-worker-overload-protection", "--overload-token-usage-threshold", "0.5"),
             ("no_overload_protection=1", "overload_usage=0.5"),
             engines=[{}, {"kv": 0.6}, {}]),
        Case("cache_aware", mixed_models, OVERRIDE, OVERRIDE_SET, TWO_MODELS),
        Case("round_robin", mixed_models, OVERRIDE, OVERRIDE_SET, TWO_MODELS),
        Case("random", lambda rng: sessions(rng, "x-smg-routing-key"), OVERRIDE[:1],
             OVERRIDE_SET[:1]),
        Case("random", rids, OVERRIDE, OVERRIDE_SET),
        Case("random", lambda rng: sessions(rng, "x-user-id"), OVERRIDE, OVERRIDE_SET,
             engines=[{}, {"waiting": 20}], certain=1),
    ],
    "vllm-router": [
        Case("round_robin", plain, circle=4),
        Case("random", plain),
        Case("power_of_two", plain),
        Case("cache_aware", prefixes),
        Case("cache_aware", prefixes, held=1),
        Case("cache_aware", prefixes, held=3, certain=1),
        Case("power_of_two", plain, held=1, engines=[{}, {}], certain=1),
        Case("consistent_hash", hash_keys, certain=0.95),
        Case("consistent_hash", hash_keys, engines=[{}] * 9, certain=0.9),
        Case("sticky_least_loaded", hash_keys, certain=0.85),
        Case("sticky_least_loaded", lambda rng: sessions(rng, "x-user-id"), certain=1),
    ],
    "sglang-router": [
        Case("round_robin", plain, circle=4),
        Case("random", plain),
        Case("power_of_two", plain),
        Case("cache_aware", prefixes),
        Case("cache_aware", prefixes, held=1),
        Case("cache_aware", prefixes, held=3, certain=1),
        Case("power_of_two", plain, held=1, engines=[{}, {}]),
        Case("manual", lambda rng: sessions(rng, "x-smg-routing-key")),
    ],
    "production-stack": [
        Case("roundrobin", lambda rng: plain(rng, 30, ("m", "n", "nobody")), engines=TWO_MODELS,
             certain=0.6),
        Case("session", lambda rng: sessions(rng, "x-user-id", ("m", "n"), 200),
             setup=("session_header=x-user-id", "static_list=1"), engines=TWO_MODELS, certain=0.7),
        Case("session", lambda rng: sessions(rng, "X-User-Id", n=200),
             setup=("session_header=x-user-id", "static_list=1"), engines=[{}] * 12, certain=0.7),
        Case("prefixaware", lambda rng: prefixes(rng, ("m", "n")), engines=TWO_MODELS),
        Case("prefixaware", prefixes, engines=[{}], certain=1),
    ],
}


def run_production_stack(program, case, engines, lines):
    """Its routing classes decide in a process of their own."""
    job = {"policy": case.policy, "lines": lines, "session_key": "x-user-id",
           "endpoints": [[e.url, e.model] for e in engines]}
    done = subprocess.run([program, HERE / "simulate_production_stack.py"],
                          input=json.dumps(job), text=True, capture_output=True)
    if done.returncode:
        sys.exit(f"production-stack failed: {done.stderr}")
    return json.loads(done.stdout)


def send_held(process, i):
    try:
        process.send(completion(f"{i} HOLD " + "x" * 20 * i))
    except OSError:
        pass  # the router was stopped first


def hold(process, engines, n):
    for i in range(n):
        threading.Thread(target=send_held, args=[process, i], daemon=True).start()
        for _ in range(100):
            if sum(engine.held for engine in engines) > i:
                break
            time.sleep(0.1)


def check_pairs(answers, seen):
    """Were the second ones of pairs, where the simulation draws them, really drawn?"""
    drawn = [i for i in range(1, len(seen), 2) if answers[i][2] == "0"]
    if len(drawn) != 12 or all(seen[i] == seen[i - 1] for i in drawn):
        return [f"{len(drawn)} pairs are drawn apart, and none went apart"]
    return []


def run_case(replay, program, router, case, seed):
    engines = [Engine(**spec) for spec in case.engines]
    lines = case.lines(random.Random(seed))
    try:
        if router == "production-stack":
            seen = run_production_stack(program, case, engines, lines)
        else:
            process = Router(program, router, case.policy, case.flags, engines)
            try:
                hold(process, engines, case.held)
                seen = [process.send(line) for line in lines]
            finally:
                for engine in engines:
                    engine.release.set()
                process.stop()
    finally:
        for engine in engines:
            engine.shutdown()
            engine.server_close()
    answers = run_replay(replay, engines, lines, router, case.policy, case.setup)
    faults, certain = compare(lines, answers, seen)
    if certain < case.certain * len(lines):
        faults.append(f"only {certain} of {len(lines)} answers are certain")
    if case.pairs:
        faults += check_pairs(answers, seen)
    if case.circle and any(len(set(seen[i:i + case.circle])) != case.circle
                           for i in range(len(seen) - case.circle)):
        faults.append(f"{case.circle} in a row did not reach {case.circle} endpoints: {seen}")
    print(f"{router} {case.policy} {' '.join(case.flags)}: {len(lines)} requests, "
          f"{certain} certain, {len(faults)} faults (seed {seed})")
    for fault in faults[:10]:
        print(f"  {fault}")
    return bool(faults)


def find_program(router):
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    found = glob.glob(f"{cache}/router-controller/venv-{router}-*/bin/{PROGRAMS[router]}")
    return sorted(found)[-1] if found else None


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("replay")
    parser.add_argument("router", choices=CASES)
    parser.add_argument("--program")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", help="only this policy")
    args = parser.parse_args()
    program = args.program or find_program(args.router)
    if not program or (args.router == "production-stack" and
                       not os.environ.get("PRODUCTION_STACK")):
        print(f"SKIPPED {args.router}: there is no virtual environment with it")
        return SKIPPED
    cases = [c for c in CASES[args.router] if args.only in (None, c.policy)]
    failed = sum(run_case(args.replay, program, args.router, case, args.seed + i)
                 for i, case in enumerate(cases))
    print(f"{args.router}: {len(cases)} cases, {failed} failed")
    return 1 if failed or not cases else 0


if __name__ == "__main__":
    sys.exit(main())
