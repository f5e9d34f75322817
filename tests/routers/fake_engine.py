#!/usr/bin/python3
"""Engines without a model: what vLLM and SGLang show to a router, on loopback.

FakeEngine answers with its own name (`system_fingerprint`), keeps every request that it
got, and can be stopped, started again, slowed down and given a load to report. As half of
a P/D pair it refuses each request whose handshake is not that of its engine and connector,
also where the real engine would serve it slowly or wrongly; both halves share one
Transfers. A model that it does not serve is a 404, as with vLLM. As a program it is one
plain engine: fake_engine.py ADDRESS PORT MODEL [vllm|sglang]."""
import json
import socket
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

RENDEZVOUS_SECONDS = 5
SIDE_CHANNEL_PORT = 5600


class Refused(Exception):
    """A request that the engine does not take: the status and why."""

    def __init__(self, status, why):
        super().__init__(why)
        self.status = status


class Transfers:
    """KV blocks that prefill holds for decode, by the names that the router carries over."""

    def __init__(self):
        self.changed = threading.Condition()
        self.held = {}
        self.fetched = set()
        self.count = 0

    def number(self):
        with self.changed:
            self.count += 1
            return self.count

    def hold(self, key, value):
        with self.changed:
            self.held[key] = value
            self.changed.notify_all()

    def fetch(self, key, seconds=0.0):
        """What is held under `key`, once; None when nothing is within `seconds`."""
        with self.changed:
            self.changed.wait_for(lambda: key in self.held, seconds)
            if key in self.held:
                self.fetched.add(key)
                self.changed.notify_all()
            return self.held.pop(key, None)

    def was_fetched(self, key, seconds):
        with self.changed:
            return self.changed.wait_for(lambda: key in self.fetched, seconds)


def demand(right, why):
    if not right:
        raise Refused(400, why)


# ---- the halves of a P/D pair ----

def one_token(body):
    most = body.get("max_completion_tokens", body.get("max_tokens"))
    demand(most == 1, f"prefill is asked for {most} tokens, not for 1")
    demand(not body.get("stream"), "prefill is asked to stream")


def vllm_params(body):
    params = body.get("kv_transfer_params")
    demand(isinstance(params, dict), "no kv_transfer_params")
    demand("bootstrap_room" not in body, "a bootstrap room is SGLang's, not vLLM's")
    return params


def vllm_nixl_prefill(engine, body):
    params = vllm_params(body)
    demand(params.get("do_remote_decode") is True and not params.get("do_remote_prefill"),
           f"kv_transfer_params of decode at prefill: {params}")
    one_token(body)
    block = engine.transfers.number()
    engine.transfers.hold(block, engine.engine_id)
    return {"do_remote_prefill": True, "do_remote_decode": False, "remote_block_ids": [block],
            "remote_engine_id": engine.engine_id, "remote_host": engine.address,
            "remote_port": SIDE_CHANNEL_PORT, "tp_size": 1}


def vllm_nixl_decode(engine, body):
    params = vllm_params(body)
    demand(params.get("do_remote_prefill") is True, f"decode may not prefill itself: {params}")
    blocks = params.get("remote_block_ids")
    demand(isinstance(blocks, list) and len(blocks) == 1, f"no remote_block_ids: {params}")
    demand(engine.transfers.fetch(blocks[0]) == params.get("remote_engine_id"),
           f"no prefill engine holds these blocks: {params}")
    demand(params.get("remote_host") and params.get("remote_port") == SIDE_CHANNEL_PORT,
           f"the side channel is missing: {params}")


def vllm_mooncake_prefill(engine, body):
    params = vllm_params(body)
    demand(params.get("do_remote_decode") is True and params.get("transfer_id"),
           f"no transfer_id: {params}")
    one_token(body)
    engine.transfers.hold(params["transfer_id"],
                          (engine.engine_id, f"http://{engine.address}:{engine.bootstrap_port}"))


def vllm_mooncake_decode(engine, body):
    params = vllm_params(body)
    demand(params.get("do_remote_prefill") is True, f"decode may not prefill itself: {params}")
    source = (params.get("remote_engine_id"), params.get("remote_bootstrap_addr"))
    demand(engine.transfers.fetch(params.get("transfer_id")) == source,
           f"no prefill engine holds this transfer: {params}")


def prompt_of(body):
    return json.dumps(body.get("messages", body.get("prompt")), sort_keys=True)


def vllm_lmcache_prefill(engine, body):
    demand("bootstrap_room" not in body, "a bootstrap room is SGLang's, not vLLM's")
    one_token(body)
    engine.transfers.hold(prompt_of(body), engine.engine_id)


def vllm_lmcache_decode(engine, body):
    demand(engine.transfers.fetch(prompt_of(body)), "no prefill engine has seen this prompt")


def sglang_room(body):
    room = body.get("bootstrap_room")
    demand(isinstance(room, int), f"no bootstrap room: {sorted(body)}")
    demand("kv_transfer_params" not in body, "kv_transfer_params are vLLM's, not SGLang's")
    return room, (body.get("bootstrap_host"), body.get("bootstrap_port"))


def sglang_prefill(engine, body):
    room, place = sglang_room(body)
    demand(place == (engine.address, engine.bootstrap_port), f"not my bootstrap server: {place}")
    engine.transfers.hold(room, place)
    if not engine.transfers.was_fetched(room, RENDEZVOUS_SECONDS):
        raise Refused(500, "decode never came for its blocks")


def sglang_decode(engine, body):
    room, place = sglang_room(body)
    demand(engine.transfers.fetch(room, RENDEZVOUS_SECONDS) == place,
           f"no prefill engine is in this room: {place}")


def plain(engine, body):
    demand("bootstrap_room" not in body and not body.get("kv_transfer_params"),
           "a P/D handshake with an engine that does both stages")


HANDSHAKES = {
    ("vllm", "nixl", "prefill"): vllm_nixl_prefill,
    ("vllm", "nixl", "decode"): vllm_nixl_decode,
    ("vllm", "mooncake", "prefill"): vllm_mooncake_prefill,
    ("vllm", "mooncake", "decode"): vllm_mooncake_decode,
    ("vllm", "lmcache", "prefill"): vllm_lmcache_prefill,
    ("vllm", "lmcache", "decode"): vllm_lmcache_decode,
    ("sglang", "nixl", "prefill"): sglang_prefill,
    ("sglang", "nixl", "decode"): sglang_decode,
    ("sglang", "mooncake", "prefill"): sglang_prefill,
    ("sglang", "mooncake", "decode"): sglang_decode,
}


# ---- what is served ----

class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, body, kind="application/json"):
        data = (body if isinstance(body, str) else json.dumps(body)).encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def chunk(self, text):
        data = text.encode()
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        self.wfile.flush()

    def read_body(self):
        if "chunked" not in self.headers.get("Transfer-Encoding", ""):
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        data = b""
        while True:
            size = int(self.rfile.readline().split(b";")[0], 16)
            data += self.rfile.read(size)
            self.rfile.readline()
            if size == 0:
                return data

    def do_GET(self):
        engine = self.server.engine
        path = urlsplit(self.path).path
        engine.note(path, self.headers, None)
        if path == "/query" and self.server is engine.bootstrap:
            self.answer(200, {"0": {"engine_id": engine.engine_id}})
        elif path in engine.pages:
            page = engine.pages[path]()
            self.answer(200, page, "text/plain" if isinstance(page, str) else "application/json")
        else:
            self.answer(404, {"error": f"no {path} here"})

    def do_POST(self):
        engine = self.server.engine
        path = urlsplit(self.path).path
        data = self.read_body()
        try:
            body = json.loads(data)
            engine.note(path, self.headers, body)
            self.infer(engine, path, body)
        except ValueError:
            self.answer(400, {"error": "not JSON"})
        except Refused as refusal:
            if refusal.status != 404:
                engine.faults.append(f"{engine.name}: {path}: {refusal}")
            self.answer(refusal.status, {"error": {"message": str(refusal)}})
        except OSError:
            self.close_connection = True

    def infer(self, engine, path, body):
        if path not in engine.inference:
            raise Refused(404, f"no {path} here")
        if path != "/generate" and body.get("model") not in engine.models:
            raise Refused(404, f"the model {body.get('model')} does not exist")
        params = engine.handshake(engine, body)
        time.sleep(engine.first_token_seconds)
        if body.get("stream"):
            self.stream(engine, body)
            return
        text = " ".join(f"w{i}" for i in range(int(body.get("max_tokens") or 3)))
        if path == "/generate":
            self.answer(200, {"text": text, "meta_info": {"id": "g", "engine": engine.name}})
            return
        choice = {"index": 0, "finish_reason": "stop"}
        if path == "/v1/chat/completions":
            choice["message"] = {"role": "assistant", "content": text}
        else:
            choice["text"] = text
        answer = {"id": "a", "object": "chat.completion", "created": 1, "model": body["model"],
                  "system_fingerprint": engine.name, "choices": [choice],
                  "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}}
        if params:
            answer["kv_transfer_params"] = params
        self.answer(200, answer)

    def stream(self, engine, body):
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for i in range(int(body.get("max_tokens") or 3)):
            part = {"id": "a", "object": "chat.completion.chunk", "created": 1,
                    "model": body.get("model"), "system_fingerprint": engine.name,
                    "choices": [{"index": 0, "delta": {"content": f"w{i} "}}]}
            self.chunk(f"data: {json.dumps(part)}\n\n")
            time.sleep(engine.token_seconds)
        self.chunk("data: [DONE]\n\n")
        self.wfile.write(b"0\r\n\r\n")


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, engine, port):
        self.engine = engine
        self.open = set()
        super().__init__((engine.address, port), Handler)

    def get_request(self):
        request, peer = super().get_request()
        self.open.add(request)
        return request, peer

    def shutdown_request(self, request):
        self.open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request, client_address):
        pass  # a peer that hung up

    def die(self):
        """Connections end as well, those that are kept open between requests too."""
        self.shutdown()
        self.server_close()
        for request in list(self.open):
            try:
                request.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass


class FakeEngine:
    def __init__(self, name, address, port, models, kind="vllm", role="serve",
                 connector="nixl", bootstrap_port=0, transfers=None):
        self.name, self.address, self.port = name, address, port
        self.models, self.kind, self.role = list(models), kind, role
        self.bootstrap_port, self.transfers = bootstrap_port, transfers
        self.engine_id = f"id-of-{name}"
        self.handshake = plain if role == "serve" else HANDSHAKES[kind, connector, role]
        self.running = self.waiting = 0     # requests, as reported
        self.kv_usage = 0.0                 # 0 to 1, as reported
        self.first_token_seconds = self.token_seconds = 0.0
        self.requests = []                  # (path, headers, body), body None of a GET
        self.faults = []                    # refused handshakes
        self.servers, self.bootstrap = [], None
        self.inference = {"/v1/chat/completions", "/v1/completions"}
        self.pages = {"/health": lambda: "", "/v1/models": self.list_models,
                      "/metrics": self.metrics}
        if kind == "vllm":
            self.pages.update({"/version": lambda: {"version": "0.24.0"},
                               "/load": lambda: {"server_load": self.running + self.waiting}})
        else:
            self.inference.add("/generate")
            for path in ("/get_server_info", "/server_info"):
                self.pages[path] = self.server_info
            for path in ("/get_model_info", "/model_info"):
                self.pages[path] = lambda: {"model_path": self.models[0], "is_generation": True}
            self.pages.update({"/health_generate": lambda: "", "/get_load": self.loads,
                               "/v1/loads": lambda: {"loads": self.loads()}})

    def note(self, path, headers, body):
        self.requests.append((path, dict(headers), body))

    def asked(self, path="/v1/chat/completions"):
        """The bodies that were posted to `path`."""
        return [body for at, _, body in self.requests if at == path and body is not None]

    def list_models(self):
        return {"object": "list",
                "data": [{"id": model, "object": "model", "created": 1, "root": model,
                          "owned_by": self.kind, "max_model_len": 8192} for model in self.models]}

    def server_info(self):
        mode = {"serve": "null"}.get(self.role, self.role)
        return {"model_path": self.models[0], "served_model_name": self.models[0],
                "version": "0.5.5", "tp_size": 1, "dp_size": 1, "disaggregation_mode": mode}

    def loads(self):
        return [{"dp_rank": 0, "num_reqs": self.running + self.waiting,
                 "num_running_reqs": self.running, "num_waiting_reqs": self.waiting,
                 "num_tokens": 0, "token_usage": self.kv_usage}]

    def metrics(self):
        names = {"vllm": ("vllm:num_requests_running", "vllm:num_requests_waiting",
                          "vllm:kv_cache_usage_perc"),
                 "sglang": ("sglang:num_running_reqs", "sglang:num_queue_reqs",
                            "sglang:token_usage")}[self.kind]
        label = f'{{model_name="{self.models[0]}"}}'
        return "".join(f"# TYPE {name} gauge\n{name}{label} {value}\n" for name, value in
                       zip(names, (self.running, self.waiting, self.kv_usage)))

    def start(self):
        self.servers = [Server(self, self.port)]
        if self.bootstrap_port and self.role == "prefill":
            self.bootstrap = Server(self, self.bootstrap_port)
            self.servers.append(self.bootstrap)
        for server in self.servers:
            threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def stop(self):
        for server in self.servers:
            server.die()
        self.servers = []


def main():
    if not 4 <= len(sys.argv) <= 5:
        print(__doc__)
        return 2
    address, port, model = sys.argv[1:4]
    FakeEngine(f"{address}:{port}", address, int(port), [model], *sys.argv[4:]).start()
    threading.Event().wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
