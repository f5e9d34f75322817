#!/usr/bin/python3
"""A router for tests of what run-local says of bad ones: stub_router.py MODE [FLAG...] It
takes --port and --worker-urls, asks each worker for its models, and sends requests on.
Modes: right (to the model's first worker); turns (to one after the other); wrong (all to
the first of all); exit (at once, with status 7); silent (never listens); mortal (ends at
the third request); child (right, with a process of its own that ignores SIGTERM)."""
import http.client
import json
import os
import signal
import subprocess
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

MODE, WORDS = sys.argv[1], sys.argv[2:]


def values(flag):
    rest = WORDS[WORDS.index(flag) + 1:]
    return rest[:next((i for i, w in enumerate(rest) if w.startswith("--")), len(rest))]


def ask(worker, method, path, body=None):
    connection = http.client.HTTPConnection(urlsplit(worker).netloc, timeout=20)
    connection.request(method, path, body)
    answer = connection.getresponse()
    return answer.status, answer.read()


def models():
    found = {}
    for worker in values("--worker-urls"):
        for model in json.loads(ask(worker, "GET", "/v1/models")[1])["data"]:
            found.setdefault(model["id"], []).append(worker)
    return found


class Handler(BaseHTTPRequestHandler):
    count = 0

    def log_message(self, *_):
        pass

    def reply(self, status, data):
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_GET(self):
        self.reply(200, b"")

    def do_POST(self):
        Handler.count += 1
        if MODE == "mortal" and Handler.count == 3:
            print("out of luck", flush=True)
            os._exit(9)
        data = self.rfile.read(int(self.headers["Content-Length"]))
        body = json.loads(data)
        workers = MODELS.get(body["model"], [None])
        worker = workers[0]
        if MODE == "turns":
            workers.append(workers.pop(0))
        if MODE == "wrong":
            worker = values("--worker-urls")[0]
            data = json.dumps(dict(body, model=next(m for m in MODELS if worker in MODELS[m])))
        if worker is None:
            self.reply(404, b"no such model")
        else:
            self.reply(*ask(worker, "POST", self.path, data))


if MODE == "exit":
    print("a first line\n\033[31mbad flag\033[0m", flush=True)
    sys.exit(7)
if MODE == "silent":
    signal.pause()
if MODE == "child":
    subprocess.Popen([sys.executable, "-c", "import signal\nsignal.signal(15, 1)\n"
                      "while True: signal.pause()"])
MODELS = models()
ThreadingHTTPServer(("127.0.0.1", int(values("--port")[0])), Handler).serve_forever()
