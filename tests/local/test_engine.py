#!/usr/bin/python3
"""Does rctl-fake-engine show what vLLM and SGLang would, and refuse what they refuse?
test_engine.py ENGINE [NAME...]: runs the functions below whose names begin with NAME. Each
starts its own engines; one that crashes or leaks (in a sanitizer build) fails it."""
import contextlib
import http.client
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time

from engines import Engine

PROGRAM = ""


def check(right, what=""):
    if not right:
        raise AssertionError(what)


def same(got, want):
    check(got == want, f"{got!r}, expected {want!r}")


def engine(**options):
    return Engine(PROGRAM, **{"model": "m", "name": "e0", **options})


def pieces(text):
    """The JSON of a stream of events, which must end as streams do."""
    events = text.split("\n\n")
    same(events[-2:], ["data: [DONE]", ""])
    check(all(event.startswith("data: ") for event in events[:-1]), text)
    return [json.loads(event[6:]) for event in events[:-2]]


# ---- the two faces ----

def test_vllm_pages():
    with engine(model=["m", "alias"]) as e:
        same(e.fetch("/health"), (200, ""))
        models = json.loads(e.fetch("/v1/models")[1])["data"]
        same([(m["id"], m["root"], m["owned_by"]) for m in models],
             [("m", "m", "vllm"), ("alias", "m", "vllm")])
        check("version" in json.loads(e.fetch("/version")[1]))
        same(json.loads(e.fetch("/load")[1]), {"server_load": 0})
        same(json.loads(e.fetch("/tokenize", {"model": "m", "prompt": "12345"})[1])["count"], 2)
        for path in ("/generate", "/server_info", "/nowhere"):
            same(e.fetch(path)[0], 404)


def test_sglang_pages():
    with engine(engine="sglang", role="both") as e:
        for path in ("/health", "/health_generate", "/v1/loads", "/get_load"):
            same(e.fetch(path)[0], 200)
        for path in ("/get_server_info", "/server_info"):
            same(json.loads(e.fetch(path)[1])["disaggregation_mode"], "null")
        for path in ("/get_model_info", "/model_info"):
            same(json.loads(e.fetch(path)[1])["model_path"], "m")
        same(json.loads(e.fetch("/v1/models")[1])["data"][0]["owned_by"], "sglang")
        same(e.fetch("/version")[0], 404)
        status, answer = e.ask("/generate", model=None, prompt=None, text="Hello",
                               sampling_params={"max_new_tokens": 2})
        same((status, answer["text"], answer["meta_info"]["completion_tokens"]), (200, "e0 w1", 2))
        same(answer["meta_info"]["engine"], "e0")


def test_answers_say_who_and_how_much():
    with engine() as e:
        status, answer = e.ask(prompt="x" * 40)
        same((status, answer["system_fingerprint"], answer["object"]),
             (200, "e0", "text_completion"))
        same(answer["choices"][0]["text"], "e0 w1 w2")
        same(answer["choices"][0]["finish_reason"], "length")
        same(answer["usage"]["prompt_tokens"], 10)
        same(answer["usage"]["completion_tokens"], 3)
        status, answer = e.ask("/v1/chat/completions", prompt=None, max_tokens=None,
                               max_completion_tokens=1,
                               messages=[{"role": "user", "content": "hi"}])
        same(answer["choices"][0]["message"], {"role": "assistant", "content": "e0"})
        check(answer["id"].startswith("chatcmpl-"))
        same(len(e.ask(max_tokens=None)[1]["choices"][0]["text"].split()), 16)
        same(e.ask(max_tokens=10 ** 12)[1]["choices"][0]["finish_reason"], "stop")


def test_stop():
    with engine() as e:
        for stop, text, reason, tokens in ((" w2", "e0 w1", "stop", 2), ("1", "e0 w", "stop", 2),
                                           (["zzz", "e"], "", "stop", 0), ("q", "e0 w1 w2 w3",
                                                                           "length", 4)):
            answer = e.ask(max_tokens=4, stop=stop)[1]
            choice = answer["choices"][0]
            same((choice["text"], choice["finish_reason"], answer["usage"]["completion_tokens"]),
                 (text, reason, tokens))


def test_streams():
    with engine() as e:
        body = {"model": "m", "messages": [], "max_tokens": 3, "stream": True,
                "stream_options": {"include_usage": True}}
        parts = pieces(e.fetch("/v1/chat/completions", body)[1])
        deltas = [part["choices"][0]["delta"] for part in parts[:-1]]
        same("".join(delta["content"] for delta in deltas), "e0 w1 w2")
        same(deltas[0]["role"], "assistant")
        same([part["choices"][0]["finish_reason"] for part in parts[:-1]],
             [None, None, None, "length"])
        same((parts[-1]["choices"], parts[-1]["usage"]["completion_tokens"]), ([], 3))
        parts = pieces(e.fetch("/v1/completions", {"prompt": "p", "max_tokens": 2,
                                                   "stream": True, "stop": "w1"})[1])
        same([part["choices"][0]["text"] for part in parts], ["e0", " ", ""])
    with engine(engine="sglang") as e:
        parts = pieces(e.fetch("/generate", {"text": "p", "stream": True, "sampling_params":
                                             {"max_new_tokens": 2}})[1])
        same([part["text"] for part in parts], ["e0", "e0 w1", "e0 w1"])


def test_stream_comes_as_it_is_made():
    with engine(token_ms=150) as e:
        connection = http.client.HTTPConnection("127.0.0.1", e.port, timeout=20)
        body = json.dumps({"prompt": "p", "max_tokens": 3, "stream": True})
        connection.request("POST", "/v1/completions", body)
        answer = connection.getresponse()
        times = [time.monotonic() for line in iter(answer.readline, b"") if line.strip()]
        connection.close()
        check(0.25 < times[-1] - times[0] < 5, times)


def test_client_that_goes_away():
    with engine(token_ms=20) as e:
        for _ in range(3):
            with socket.create_connection(("127.0.0.1", e.port)) as peer:
                body = json.dumps({"prompt": "p", "max_tokens": 400, "stream": True}).encode()
                peer.sendall(b"POST /v1/completions HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n"
                             b"\r\n%s" % (len(body), body))
                peer.recv(100)
        end = time.monotonic() + 10
        while e.stats()["running"] > 0 and time.monotonic() < end:
            time.sleep(0.05)
        same((e.stats()["running"], e.stats()["failed"]), (0, 3))


# ---- what is refused ----

def test_errors_in_the_shape_of_vllm():
    with engine() as e:
        status, answer = e.ask(model="nobody")
        same((status, answer["error"]["type"], answer["error"]["code"], answer["error"]["param"]),
             (404, "NotFoundError", 404, "model"))
        same(answer["error"]["message"], "The model `nobody` does not exist.")
        for body in ({"prompt": None}, {"max_tokens": 0}, {"max_tokens": "3"}):
            same(e.ask(**body)[0], 400)


def test_errors_in_the_shape_of_sglang():
    with engine(engine="sglang") as e:
        status, answer = e.ask(model="nobody")
        same((status, answer["object"], answer["code"]), (404, "error", 404))


def test_garbage():
    with engine() as e:
        for body in ("", "{", "[]", "7", "{}{}", '{"model": "m\xff"}', "[" * 100000,
                     '{"prompt": ' + "[" * 64 + "]" * 64 + "}", "null", '{"a":1}garbage'):
            same((body[:20], e.fetch("/v1/completions", body.encode("latin-1"))[0]),
                 (body[:20], 400))
        for raw in (b"\0" * 100, b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n",
                    b"POST /v1/completions HTTP/1.1\r\nContent-Length: x\r\n\r\n",
                    b"POST /v1/completions HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
                    b"POST /v1/completions HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
                    b"GET http:// HTTP/1.1\r\n\r\n", b"BREW / HTTP/1.1\r\n\r\n",
                    b"GET /health HTTP/1.1\r\n" + b"x: " + b"y" * 100000 + b"\r\n\r\n"):
            with socket.create_connection(("127.0.0.1", e.port), timeout=5) as peer:
                peer.sendall(raw)
                with contextlib.suppress(OSError):
                    peer.shutdown(socket.SHUT_WR)
                    peer.recv(1000)
        same(e.fetch("/v1/completions", method="GET")[0], 405)
        same(e.fetch("/health", method="DELETE")[0], 405)
        check(e.fetch("/v1/completions", b"x" * (17 << 20))[0] in (0, 413), "a body too large")
        same(e.ask()[0], 200)


def test_key():
    with engine(api_key="secret") as e:
        same(e.fetch("/v1/models")[0], 401)
        same(e.ask()[0], 401)
        same(e.ask(headers={"Authorization": "Bearer secre"})[0], 401)
        same(e.ask(headers={"Authorization": "Bearer secret"})[0], 200)
        same([e.fetch(path)[0] for path in ("/health", "/metrics", "/version")], [200] * 3)
    with engine(engine="sglang", api_key="secret") as e:
        same([e.fetch(path)[0] for path in ("/health", "/metrics", "/server_info", "/generate")],
             [200, 200, 401, 405])


# ---- knobs and numbers ----

def test_metrics_count():
    with engine(running=2, waiting=7, kv_usage=0.5) as e:
        same(e.metric("vllm:num_requests_running"), 2)
        same(e.metric("vllm:num_requests_waiting"), 7)
        same((e.metric("vllm:kv_cache_usage_perc"), e.metric("vllm:gpu_cache_usage_perc")),
             (0.5, 0.5))
        e.turn(kv_usage=0.9, waiting=0)
        same((e.metric("vllm:kv_cache_usage_perc"), e.metric("vllm:num_requests_waiting")),
             (0.9, 0))
        e.ask()
        same((e.metric("vllm:generation_tokens_total"), e.metric("vllm:request_success_total")),
             (3, 1))
    with engine(engine="sglang", kv_usage=0.25, waiting=3) as e:
        same((e.metric("sglang:token_usage"), e.metric("sglang:num_queue_reqs")), (0.25, 3))
        same(json.loads(e.fetch("/get_load")[1])[0]["num_waiting_reqs"], 3)


def test_running_is_real():
    with engine(delay_ms=1500) as e:
        asking = threading.Thread(target=e.ask)
        asking.start()
        end = time.monotonic() + 10
        while e.metric("vllm:num_requests_running") != 1 and time.monotonic() < end:
            time.sleep(0.02)
        same(e.metric("vllm:num_requests_running"), 1)
        asking.join()
        same(e.metric("vllm:num_requests_running"), 0)


def test_prefix_cache():
    with engine(cache_blocks=16) as e:
        prompt = "".join(f"{i:04}" for i in range(160))  # 10 blocks of 64 bytes
        same(e.ask(prompt=prompt)[1]["usage"]["prompt_tokens_details"]["cached_tokens"], 0)
        same(e.ask(prompt=prompt)[1]["usage"]["prompt_tokens_details"]["cached_tokens"], 160)
        half = prompt[:320] + "y" * 320
        same(e.ask(prompt=half)[1]["usage"]["prompt_tokens_details"]["cached_tokens"], 80)
        same(e.metric("vllm:prefix_cache_queries_total"), 480)
        same(e.metric("vllm:prefix_cache_hits_total"), 240)
        for i in range(20):  # more than there is room for
            e.ask(prompt=str(i) * 640)
        same(e.ask(prompt=prompt)[1]["usage"]["prompt_tokens_details"]["cached_tokens"], 0)


def test_failures():
    with engine(fail_rate=0.25, fail_status=503) as e:
        same([e.ask()[0] for _ in range(8)], [200, 200, 200, 503] * 2)
        e.turn(fail_rate=1, fail_status=429)
        same(e.ask()[0], 429)
        e.turn(fail_rate=0, health=503)
        same((e.fetch("/health")[0], e.ask()[0]), (503, 200))


def test_knobs_are_checked():
    with engine() as e:
        for knobs in ({"kv_usage": 2}, {"nothing": 1}, {"delay_ms": "1"}, {"fail_rate": -1}, []):
            same((knobs, e.fetch("/fake/knobs", knobs)[0]), (knobs, 400))
        same(e.fetch("/fake/knobs", {"waiting": 1, "nothing": 1})[0], 400)
        same(json.loads(e.fetch("/fake/knobs")[1])["waiting"], 0)
        e.turn(hang=False)


def test_delay():
    with engine(delay_ms=200) as e:
        start = time.monotonic()
        e.ask(max_tokens=1)
        check(0.19 < time.monotonic() - start < 5)


def test_hang_and_wake():
    with engine() as e:
        e.turn(hang=1)
        same(e.fetch("/health", seconds=0.3)[0], 0)
        answers = []
        waiting = [threading.Thread(target=lambda: answers.append(e.ask()[0])) for _ in range(3)]
        for thread in waiting:
            thread.start()
        time.sleep(0.3)
        same(answers, [])
        e.turn(hang=0)
        for thread in waiting:
            thread.join()
        same(answers, [200] * 3)


def test_end_while_hung():
    with engine() as e:
        e.turn(hang=1)
        same(e.fetch("/health", seconds=0.2)[0], 0)


def test_die():
    with engine() as e:
        same(e.fetch("/fake/knobs", {"die": 1})[0], 0)
        same(e.process.wait(timeout=10), 1)


# ---- halves ----

@contextlib.contextmanager
def pair(kind="vllm", connector="nixl", **decode):
    with engine(engine=kind, role="prefill", connector=connector, name="p") as p:
        with engine(engine=kind, role="decode", connector=connector, name="d",
                    **{name: value(p) for name, value in decode.items()}) as d:
            yield p, d


ASK = {"do_remote_decode": True, "do_remote_prefill": False}


def prefill(p, **params):
    status, answer = p.ask(max_tokens=1, kv_transfer_params={**ASK, **params})
    same(status, 200)
    return answer.get("kv_transfer_params")


def refused(e, told, **body):
    status, answer = e.ask(**body)
    text = json.dumps(answer)
    check(status == 400 and told in text, f"{status} {text}, expected 400 and {told!r}")
    check(told in e.stats()["last_refusal"], e.stats())


def test_nixl():
    with pair() as (p, d):
        params = prefill(p)
        same(params["remote_port"], p.bootstrap)
        status, answer = d.ask(kv_transfer_params=params)
        same((status, answer["system_fingerprint"]), (200, "d"))
        refused(d, "no prefill holds", kv_transfer_params=params)  # once is all


def test_nixl_refusals():
    with pair() as (p, d):
        refused(p, "no kv_transfer_params", max_tokens=1)
        refused(p, "without do_remote_decode", max_tokens=1, kv_transfer_params={})
        refused(p, "not for 1", max_tokens=2, kv_transfer_params=ASK)
        refused(p, "not for 1", max_tokens=None, kv_transfer_params=ASK)
        refused(p, "asked to stream", max_tokens=1, stream=True, kv_transfer_params=ASK)
        refused(p, "SGLang's", max_tokens=1, bootstrap_room=1, kv_transfer_params=ASK)
        refused(d, "no kv_transfer_params")
        refused(d, "without do_remote_prefill", kv_transfer_params=ASK)
        for change, told in (({"remote_engine_id": "x"}, "not of x"),
                             ({"remote_engine_id": None}, "no remote_engine_id"),
                             ({"remote_block_ids": [4711]}, "no prefill holds"),
                             ({"remote_block_ids": None}, "remote_block_ids"),
                             ({"remote_host": None}, "remote_host"),
                             ({"remote_port": 1}, "nobody hands over")):
            params = {**prefill(p), **change}
            refused(d, told, kv_transfer_params=params)
        same(d.stats()["answered"], 0)


def test_mooncake():
    with pair(connector="mooncake") as (p, d):
        same(prefill(p, transfer_id="t1"), None)
        ranks = json.loads(p.fetch("/query", port=p.bootstrap)[1])
        params = {"do_remote_prefill": True, "do_remote_decode": False, "transfer_id": "t1",
                  "remote_engine_id": ranks["0"]["engine_id"],
                  "remote_bootstrap_addr": f"http://127.0.0.1:{p.bootstrap}"}
        refused(d, "no prefill holds", kv_transfer_params={**params, "transfer_id": "t2"})
        refused(d, "no address", kv_transfer_params={**params, "remote_bootstrap_addr": "x"})
        same(d.ask(kv_transfer_params=params)[0], 200)
        refused(p, "no transfer_id", max_tokens=1, kv_transfer_params=ASK)


def test_lmcache():
    with pair(connector="lmcache", peer=lambda p: ["127.0.0.1:1", f"127.0.0.1:{p.bootstrap}"]) \
            as (p, d):
        refused(d, "no prefill holds", prompt="one")
        same(p.ask(prompt="one", max_tokens=1)[0], 200)
        refused(d, "no prefill holds", prompt="two")
        same(d.ask(prompt="one", stream=False)[0], 200)
        refused(p, "not for 1", prompt="one")


def test_sglang_pair():
    with pair(kind="sglang") as (p, d):
        room = {"bootstrap_host": "127.0.0.1", "bootstrap_port": p.bootstrap,
                "bootstrap_room": 2 ** 62}
        for first, second in ((p, d), (d, p)):
            got = []
            asking = threading.Thread(target=lambda e=first: got.append(e.ask(**room)[0]))
            asking.start()
            time.sleep(0.2)
            same(got, [])
            same(second.ask(**room)[0], 200)
            asking.join()
            same(got, [200])
        refused(p, "not my bootstrap server", **{**room, "bootstrap_port": 1})
        refused(p, "not my bootstrap server", **{**room, "bootstrap_host": "127.0.0.2"})
        refused(d, "no bootstrap_room", bootstrap_host="127.0.0.1")
        refused(d, "vLLM's", **room, kv_transfer_params=ASK)
        refused(d, "nobody hands over", **{**room, "bootstrap_port": 1})


def test_rooms_that_do_not_meet():
    with pair(kind="sglang") as (p, d):
        room = {"bootstrap_host": "127.0.0.1", "bootstrap_port": p.bootstrap}
        got = []
        asking = threading.Thread(target=lambda: got.append(d.ask(**room, bootstrap_room=1)[0]))
        asking.start()
        same(p.ask(**room, bootstrap_room=2)[0], 500)
        asking.join()
        same(got, [400])


def test_no_half():
    with engine() as e:
        refused(e, "does both stages", kv_transfer_params=ASK)
        refused(e, "does both stages", bootstrap_room=1)


# ---- the log and the command line ----

def test_log():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "log")
        with engine(log=path, api_key="k") as e:
            e.ask(headers={"X-Session-Id": "s1", "Authorization": "Bearer k", "Cookie": "c"})
            e.ask(model="nobody", headers={"Authorization": "Bearer k"})
            e.fetch("/fake/stats")
            e.fetch("/v1/completions", b"{")
            with open(path, encoding="utf-8") as file:
                lines = [json.loads(line) for line in file]
        same([(line["id"], line["path"], line["status"], line.get("model")) for line in lines],
             [("e0-1", "/v1/completions", 200, "m"), ("e0-2", "/v1/completions", 404, "nobody"),
              ("e0-3", "/v1/completions", 401, None)])
        same(lines[0]["headers"]["x-session-id"], "s1")
        same(lines[0]["headers"]["authorization"], "(given)")
        check("cookie" not in lines[0]["headers"], lines[0])
        same(lines[0]["body"]["max_tokens"], 3)
        same(lines[1]["why"], "The model `nobody` does not exist.")


def run(*words):
    done = subprocess.run([PROGRAM, *words], capture_output=True, text=True, timeout=20)
    return done.returncode, done.stderr


def test_usage():
    for words, told in (([], "--model=NAME is needed"), (["--engine=llama"], "vllm|sglang"),
                        (["--port=x"], "--port is a number"), (["--port=70000"], "to 65535"),
                        (["--port=1.5"], "--port is a number"), (["model"], "no option: model"),
                        (["--nothing=1"], "no such option: nothing"),
                        (["--model"], "missing after --model"),
                        (["--model=m", "--kv-usage=2"], "kv_usage is a number from 0 to 1"),
                        (["--" + "x" * 500 + "=1"], "no option"),
                        (["--model=m", "--role=decode", "--connector=other"], "nixl")):
        status, text = run(*words)
        check(status == 2 and told in text, f"{words}: {status} {text}")
    same(run("--help")[0], 0)


def test_what_cannot_be():
    with engine() as e:
        status, text = run("--model=m", f"--port={e.port}")
        check(status == 3 and "cannot listen on 127.0.0.1" in text, text)
    status, text = run("--model=m", "--log=/nowhere/log")
    check(status == 3 and "cannot write /nowhere/log" in text, text)


def main():
    global PROGRAM
    PROGRAM = os.path.abspath(sys.argv[1])
    wanted = tuple(sys.argv[2:]) or ("test_",)
    tests = [(name, test) for name, test in sorted(globals().items())
             if name.startswith("test_") and name.startswith(wanted)]
    failed = 0
    for name, test in tests:
        try:
            test()
        except AssertionError as error:
            print(f"{name}: {error}")
            failed += 1
    print(f"fake engine: {len(tests)} tests, {failed} failed")
    return 1 if failed or not tests else 0


if __name__ == "__main__":
    sys.exit(main())
