#!/usr/bin/python3
"""A server that answers wrongly on purpose, and what the operator's client makes of it.
One row a fault. faults.py SEND [NAME...]"""
import gzip
import json
import os
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import threading
import time


class Peer:
    """One connection; a fault writes to it what it likes."""

    def __init__(self, server, sock):
        self.server, self.sock, self.rest = server, sock, b""
        self.head, self.body = "", b""

    def read_request(self):
        while b"\r\n\r\n" not in self.rest:
            more = self.sock.recv(65536)
            if not more:
                return False
            self.rest += more
        head, self.rest = self.rest.split(b"\r\n\r\n", 1)
        self.head = head.decode()
        length = int(self.header("content-length") or 0)
        while len(self.rest) < length:
            self.rest += self.sock.recv(65536)
        self.body, self.rest = self.rest[:length], self.rest[length:]
        return True

    def header(self, name):
        for line in self.head.split("\r\n")[1:]:
            key, _, value = line.partition(":")
            if key.lower() == name:
                return value.strip()
        return None

    def send(self, data):
        self.sock.sendall(data)

    def reply(self, status, body=b"{}", kind="application/json", extra=""):
        self.send(f"HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\n{extra}"
                  f"Content-Length: {len(body)}\r\n\r\n".encode() + body)

    def reset(self):
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        socket.socket.close(self.sock)
        raise ConnectionError


def status(code, text="", **more):
    extra = "".join(f',"{k}":{v}' for k, v in more.items())
    return f'{{"kind":"Status","apiVersion":"v1","code":{code},"message":"{text}"{extra}}}'.encode()


CHUNKED = b"HTTP/1.1 200 X\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"


def throttled(p):
    p.reply(429, status(429, "slow down"), extra="Retry-After: 7\r\n")


def throttled_date(p):
    p.reply(429, status(429), extra="Retry-After: Wed, 21 Oct 2026 07:28:00 GMT\r\n")


def reset_before(p):
    p.reset()


def reset_after_head(p):
    p.send(b"HTTP/1.1 200 X\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{")
    time.sleep(0.1)
    p.reset()


def cut_body(p):
    p.send(b"HTTP/1.1 200 X\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{}")
    raise ConnectionError


def cut_chunks(p):
    p.send(CHUNKED + b"2\r\n{}\r\n")
    raise ConnectionError


def cut_failure(p):
    p.send(b"HTTP/1.1 503 X\r\nContent-Length: 100\r\n\r\n{")
    raise ConnectionError


def drip(p):
    p.send(CHUNKED)
    for _ in range(100):
        p.send(b"1\r\n \r\n")
        time.sleep(0.1)


def silent(p):
    time.sleep(5)


def half_head(p):
    p.send(b"HTTP/1.1 200 X\r\nContent-Ty")
    time.sleep(5)


def huge(p):
    p.reply(200, b" " * (17 << 20))


def bomb(p):
    p.reply(200, gzip.compress(b" " * (64 << 20)), extra="Content-Encoding: gzip\r\n")


def packed(p):
    p.reply(200, gzip.compress(b'{"a":1}'), extra="Content-Encoding: gzip\r\n")


def huge_failure(p):
    p.reply(500, status(500, "x" * (1 << 20)))


def huge_head(p):
    p.reply(200, extra="".join(f"X-{i}: {'y' * 1000}\r\n" for i in range(2000)))


def redirect(p):
    p.reply(302, extra="Location: /other\r\n")


def expired(p):
    if p.header("authorization") == "Bearer old":
        with open(p.server.token, "w", encoding="utf-8") as f:
            f.write("new\n")
        p.reply(401, status(401, "Unauthorized"))
    else:
        p.reply(200, f'{{"{p.header("authorization")}":1}}'.encode())


def stream_cut(p):
    p.send(CHUNKED + b"3\r\n{}\n\r\n")
    time.sleep(0.1)
    p.reset()


def close_each(p):
    p.reply(200, extra="Connection: close\r\n")
    raise ConnectionError


def reset_second(p):
    """The connection is used before, so libcurl might send the request again."""
    if p.server.requests > 1:
        raise ConnectionError
    p.reply(200)


def warns(p):
    """Of what is deprecated, and of the number of the request."""
    p.reply(200, extra='Warning: 299 - "v1beta1 is deprecated"\r\n'
            f'warning: 299 - "request {p.server.requests}"\r\n')


def warns_and_fails(p):
    p.reply(422, status(422, "no"), extra='Warning: 299 - "unknown field \\"x\\""\r\n')


def no_head(p):
    p.send(b"garbage\r\n\r\n")
    raise ConnectionError


def echo(p):
    p.reply(200, p.head.split(" ")[0].encode() + p.body + (p.header("content-type") or "").encode())


def say(code, *args, kind="application/json", **more):
    return lambda p: p.reply(code, status(code, *args, **more), kind=kind)


# name, fault, arguments, the start of each line of the answer, requests that the server saw
NONE, NO = "none retry=0", "no-status retry=0"
CASES = [
    ("fine", lambda p: p.reply(200), "GET /x", [f"200 {NONE} opened=1 bytes=2"], 1),
    ("created", lambda p: p.reply(201), "POST /x --body {}", [f"201 {NONE} opened=1 bytes=2"], 1),
    ("sends-body", echo, "PATCH /x --body abc", [f"200 {NONE} opened=1 bytes=24"], 1),
    ("sends-nothing", echo, "DELETE /x", [f"200 {NONE} opened=1 bytes=6"], 1),
    ("throttled", throttled, "GET /x", ["429 none retry=7 opened=0 bytes=0 slow down"], 1),
    ("throttled-date", throttled_date, "GET /x", [f"429 {NONE}"], 1),
    ("500", say(500, "internal"), "GET /x", [f"500 {NONE} opened=0 bytes=0 internal"], 1),
    ("503-plain", lambda p: p.reply(503, b"no healthy upstream", "text/plain"), "GET /x",
     [f"503 {NO} opened=0 bytes=0 HTTP status 503"], 1),
    ("too-large", say(500, "etcdserver: request is too large"), "PUT /x --body {}",
     ["500 too-large retry=0"], 1),
    ("future", say(504, "x", details='{"causes":[{"reason":"ResourceVersionTooLarge"}]}'),
     "GET /x", ["504 future retry=0"], 1),
    ("terminating", say(403, "x", details='{"causes":[{"reason":"NamespaceTerminating"}]}'),
     "POST /x --body {}", ["403 terminating retry=0"], 1),
    ("exists", say(409, "x", reason='"AlreadyExists"'), "POST /x --body {}",
     ["409 exists retry=0"], 1),
    ("not-served", lambda p: p.reply(404, b"404 page not found\n", "text/plain"), "GET /x",
     [f"404 {NO}"], 1),
    ("not-found", say(404, "no such pod"), "GET /x", [f"404 {NONE}"], 1),
    ("control-bytes", say(500, "a\\u001b[31mb\\nc"), "GET /x",
     [f"500 {NONE} opened=0 bytes=0 a [31mb c"], 1),
    ("reset-before", reset_before, "GET /x", [f"0 {NONE} opened=0"], 1),
    ("reset-before-write", reset_before, "POST /x --body {}", [f"0 {NONE} opened=0"], 1),
    ("reset-on-used-write", reset_second, "POST /x --body {} --times 2",
     [f"200 {NONE}", f"0 {NONE}"], 2),
    ("reset-after-head", reset_after_head, "GET /x", [f"0 {NONE} opened=1"], 1),
    ("cut-body", cut_body, "GET /x", [f"0 {NONE} opened=1"], 1),
    ("cut-chunks", cut_chunks, "GET /x", [f"0 {NONE} opened=1"], 1),
    ("cut-failure", cut_failure, "GET /x", [f"503 {NO} opened=0"], 1),
    ("drip", drip, "GET /x --timeout 700", [f"0 {NONE} opened=1"], 1),
    ("silent", silent, "GET /x --timeout 500", [f"0 {NONE} opened=0"], 1),
    ("half-head", half_head, "GET /x --timeout 500", [f"0 {NONE} opened=0"], 1),
    ("huge", huge, "GET /x", [f"0 {NONE} opened=1 bytes=0 the answer is longer than 16777216"], 1),
    ("bomb", bomb, "GET /x", [f"0 {NONE} opened=1 bytes=0 the answer is longer than 16777216"], 1),
    ("packed", packed, "GET /x", [f"200 {NONE} opened=1 bytes=7"], 1),
    ("huge-failure", huge_failure, "GET /x", [f"500 {NO} opened=0"], 1),
    ("huge-head", huge_head, "GET /x", [f"0 {NONE} opened=0"], 1),
    ("redirect", redirect, "GET /x", [f"302 {NO} opened=0"], 1),
    ("redirect-write", redirect, "POST /x --body {}", [f"302 {NO} opened=0"], 1),
    ("html", lambda p: p.reply(200, b"<html>", "text/html"), "GET /x",
     [f"0 {NONE} opened=0 bytes=0 the answer is 'text/html', not JSON"], 1),
    ("no-head", no_head, "GET /x", [f"0 {NONE} opened=0"], 1),
    ("expired-token", expired, "GET /x --times 2",
     [f"401 {NONE} opened=0 bytes=0 Unauthorized", f"200 {NONE} opened=1 bytes=16"], 2),
    ("stream-cut", stream_cut, "GET /x --stream", [f"200 {NONE} opened=1 bytes=3"], 1),
    ("stream-refused", say(410, "too old"), "GET /x --stream",
     [f"410 {NONE} opened=0 bytes=0 too old"], 1),
    ("cancelled", drip, "GET /x --stream --cancel --times 3", ["cancelled"] * 3, 3),
    ("close-each", close_each, "POST /x --body {} --times 3", [f"200 {NONE} opened=1 bytes=2"] * 3,
     3),
    ("warns", warns, "PATCH /x --body {} --times 3", [f"200 {NONE} opened=1 bytes=2 warnings=2 ",
     f"200 {NONE} opened=1 bytes=2 warnings=4 ", f"200 {NONE} opened=1 bytes=2 warnings=6 "], 3),
    ("warns-and-fails", warns_and_fails, "PATCH /x --body {}",
     [f"422 {NONE} opened=0 bytes=0 warnings=1 no"], 1),
    ("warns-in-a-stream", warns, "GET /x --stream", [f"200 {NONE} opened=1 bytes=2 warnings=2 "],
     1),
]
# Texts of warnings that are logged, each once.
WARNED = {"warns": ["v1beta1 is deprecated", "request 1", "request 2", "request 3"],
          "warns-and-fails": ['unknown field "x"'],
          "warns-in-a-stream": ["v1beta1 is deprecated", "request 1"]}
# The same, about TLS: name, cluster rows of the kubeconfig, answer, requests.
FINE = f"200 {NONE} opened=1 bytes=2"
TLS = [
    ("wrong-ca", "{server: SERVER, certificate-authority: wrong.pem}", f"0 {NONE} opened=0", 0),
    ("system-cas", "{server: SERVER}", f"0 {NONE} opened=0", 0),
    ("wrong-name", "{server: 'https://localhost:PORT', certificate-authority: ca.pem}",
     f"0 {NONE} opened=0", 0),
    ("told-name", "{server: 'https://localhost:PORT', certificate-authority: ca.pem, "
     "tls-server-name: 127.0.0.1}", FINE, 1),
    ("insecure", "{server: SERVER, insecure-skip-tls-verify: true}", FINE, 1),
    ("insecure-with-ca", "{server: SERVER, insecure-skip-tls-verify: true, "
     "certificate-authority: ca.pem}", "auth: ", 0),
    ("refused", "{server: 'https://127.0.0.1:1', certificate-authority: ca.pem}",
     f"0 {NONE} opened=0", 0),
]


class Server:
    def __init__(self, folder):
        self.folder, self.token = folder, os.path.join(folder, "token")
        self.fault, self.requests = None, 0
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.tls.load_cert_chain(os.path.join(folder, "ca.pem"), os.path.join(folder, "key.pem"))
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            sock, _ = self.listener.accept()
            threading.Thread(target=self.serve, args=(sock,), daemon=True).start()

    def serve(self, sock):
        try:
            sock.settimeout(20)
            sock = self.tls.wrap_socket(sock, server_side=True)
            peer = Peer(self, sock)
            while peer.read_request():
                self.requests += 1
                self.fault(peer)
        except (OSError, ValueError):
            pass
        finally:
            sock.close()


def make_certificate(folder, name, host):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=test",
                    "-addext", f"subjectAltName={host}", "-keyout", f"{folder}/{name}-key.pem",
                    "-out", f"{folder}/{name}.pem"], check=True, capture_output=True)


def run(send, server, words, cluster):
    config = os.path.join(server.folder, "config")
    cluster = cluster.replace("SERVER", f"'https://127.0.0.1:{server.port}'") \
                     .replace("PORT", str(server.port))
    with open(config, "w", encoding="utf-8") as f:
        f.write("apiVersion: v1\nkind: Config\ncurrent-context: c\n"
                "contexts: [{name: c, context: {cluster: a, user: u}}]\n"
                f"clusters:\n- name: a\n  cluster: {cluster}\n"
                "users: [{name: u, user: {tokenFile: token}}]\n")
    with open(server.token, "w", encoding="utf-8") as f:
        f.write("old\n")
    server.requests = 0
    env = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")}
    done = subprocess.run([send, config] + words, capture_output=True, text=True, timeout=60,
                          check=False, env=env)
    return done.stdout.splitlines(), done.stderr, done.returncode


def main():
    send, wanted, failed = sys.argv[1], sys.argv[2:], 0
    rows = [(n, f, w.split(), "{server: SERVER, certificate-authority: ca.pem}", lines, seen)
            for n, f, w, lines, seen in CASES]
    rows += [(n, lambda p: p.reply(200), ["GET", "/x"], cluster, [line], seen)
             for n, cluster, line, seen in TLS]
    with tempfile.TemporaryDirectory() as folder:
        make_certificate(folder, "ca", "IP:127.0.0.1,DNS:127.0.0.1")
        make_certificate(folder, "wrong", "IP:127.0.0.1")
        os.rename(f"{folder}/ca-key.pem", f"{folder}/key.pem")
        server = Server(folder)
        for name, fault, words, cluster, lines, seen in rows:
            if wanted and name not in wanted:
                continue
            server.fault = fault
            out, err, code = run(send, server, words, cluster)
            warned = [json.loads(line)["text"] for line in err.splitlines()
                      if '"the API server warns"' in line]
            fine = len(out) == len(lines) and all(map(str.startswith, out, lines)) and \
                warned == WARNED.get(name, []) and \
                server.requests == seen and code == (1 if name == "insecure-with-ca" else 0)
            if not fine:
                failed += 1
                print(f"{name}: expected {lines} and {seen} requests,\n"
                      f"  got {out} and {server.requests}, status {code}\n{err}")
    print(f"faults: {failed} of {len(rows)} cases failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
