#!/usr/bin/python3
"""What does `rctl-operator snapshot` make of an API server that fails? Either it prints all
that there is, or it says what went wrong and prints nothing. snapshot.py OPERATOR [NAME...]"""
import json
import os
import subprocess
import sys
import tempfile
import threading
from urllib.parse import parse_qs, urlsplit

from faults import Server, make_certificate, status

TOKEN = "s3cret"  # of the kubeconfig; nobody is to see it
OURS = "production-stack.vllm.ai"
PLAIN = (b"404 page not found\n", "text/plain")


def items(*names, size=0):
    return [{"metadata": {"name": n, "namespace": "team-a", "resourceVersion": "1",
                          "managedFields": [{"manager": "x"}]},
             **({"data": {"x": "y" * size}} if size else {})} for n in names]


def page(rows, token=""):
    """As the API server writes it: the kind comes last for custom resources, first for others."""
    meta = {"resourceVersion": "7", **({"continue": token} if token else {})}
    return json.dumps({"kind": "XList", "apiVersion": "v1", "metadata": meta,
                       "items": rows}).encode()


class Cluster:
    """Answers lists: Services in two pages, nothing else. A row changes one of the answers."""

    def __init__(self, **changes):
        self.changes, self.seen, self.lock = changes, [], threading.Lock()

    def __call__(self, p):
        verb, path, _ = p.head.split(" ", 2)
        where = urlsplit(path)
        plural = where.path.rsplit("/", 1)[1]
        query = {k: v[0] for k, v in parse_qs(where.query).items()}
        with self.lock:
            self.seen.append((verb, where.path, query))
            times = sum(s[1] == where.path for s in self.seen)
        change = self.changes.get(plural, self.changes.get("all"))
        if not (change and change(p, times, query)):
            self.usual(p, plural, query)

    def usual(self, p, plural, query):
        if plural != "services":
            p.reply(200, page([]))
        elif "continue" in query:
            p.reply(200, page(items("b")))
        else:
            p.reply(200, page(items("a"), token="next page"))


def always(*answer, **more):
    return lambda p, times, query: p.reply(*answer, **more) or True


def once(*answer, **more):
    return lambda p, times, query: times == 1 and (p.reply(*answer, **more) or True)


def stale(p, times, query):
    """The second page is asked for too late, once."""
    return times == 2 and (p.reply(410, status(410, "too old", reason='"Expired"')) or True)


def renewed(p, times, query):
    """The token was replaced in its file a moment ago."""
    if p.header("authorization") == "Bearer new":
        return False
    with open(p.server.token, "w", encoding="utf-8") as f:
        f.write("new\n")
    p.reply(401, status(401, "Unauthorized"))
    return True


def cut(p, times, query):
    p.send(b"HTTP/1.1 200 X\r\nContent-Type: application/json\r\nContent-Length: 999\r\n\r\n"
           b'{"kind":"XList","metadata":{},"items":[')
    raise ConnectionError


def silent(p, times, query):
    threading.Event().wait(5)
    raise ConnectionError


def not_served(*groups):
    return lambda p, times, query: any(g in p.head for g in groups) and (
        p.reply(404, *PLAIN) or True)


HALF = page(items("a"))[:-2]
# name, what is answered otherwise, exit status, names of what is printed, words on stderr
CASES = [
    ("whole", {}, 0, "ab", ""),
    ("stale-pages", {"services": stale}, 0, "ab", ""),
    ("throttled", {"services": once(429, status(429), extra="Retry-After: 1\r\n")}, 0, "ab", ""),
    ("fails-once", {"all": once(500, status(500, "oops"))}, 0, "ab", ""),
    ("new-token", {"services": renewed}, 0, "ab", ""),
    ("no-crds", {"all": not_served(OURS, "keda.sh")}, 0, "ab",
     "not served, and left out: inferenceservices." + OURS),
    ("big", {"configmaps": always(200, page(items("c", size=1400 << 10)))}, 0, "abc", ""),
    ("unauthorized", {"all": always(401, status(401, "Unauthorized"))}, 3, "",
     "does not accept the credentials (401): Unauthorized"),
    ("forbidden", {k: always(403, status(403, "no, never")) for k in ("pods", "deployments")}, 3,
     "", "this is lacking, bound to the user of the context:\n"
     "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\n"
     "metadata: {name: rctl-read, namespace: team-a}\nrules:\n"
     '- {apiGroups: ["apps"], resources: [deployments], verbs: [list]}\n'
     '- {apiGroups: [""], resources: [pods], verbs: [list]}\n'),
    ("no-api-server", {"all": always(404, *PLAIN)}, 3, "", "this is no API server of Kubernetes"),
    ("web-page", {"all": always(200, b"<html>", "text/html")}, 3, "", "'text/html', not JSON"),
    ("cut", {"services": cut}, 3, "", "cannot list services in namespace 'team-a': no answer"),
    ("half", {"services": always(200, HALF)}, 3, "", "is not a whole list"),
    ("no-list", {"services": always(200, b'{"kind":"Pod","items":[]}')}, 3, "", "is no list"),
    ("malformed", {"services": always(200, page([{"metadata": {}}]))}, 3, "", "cannot be read"),
    ("too-much", {"configmaps": always(200, page(items(*"cdefgh", size=12 << 20)))}, 3, "",
     "more than 64 MiB in all: name fewer namespaces by -n"),
    ("fails", {"services": always(500, status(500, "a\\u001b[31mb"))}, 3, "",
     "the API server fails: a [31mb"),
    ("silent", {"services": silent}, 3, "", "within 2 s"),
    ("busy", {"services": always(429, status(429, "later"), extra="Retry-After: 60\r\n")}, 3, "",
     "within 2 s: later"),
]
# The same without a server: name, words, the kubeconfig, exit status, words on stderr
CONFIG = "apiVersion: v1\nkind: Config\ncurrent-context: c\n" \
         "contexts: [{name: c, context: {cluster: a, user: u}},\n" \
         "  {name: d, context: {cluster: b}}]\n" \
         "clusters: [{name: a, cluster: {server: 'SERVER', certificate-authority: ca.pem}},\n" \
         "  {name: b, cluster: {server: 'https://127.0.0.1:1'}}]\n" \
         "users: [{name: u, user: {tokenFile: token}}]\n"
WITHOUT = [
    ("unreachable", "--context d", CONFIG, 3, "no answer: "),
    ("plugin-fails", "", CONFIG.replace("tokenFile: token", "exec: {command: /bin/false, "
     "apiVersion: client.authentication.k8s.io/v1}"), 3, "no answer: "),
    ("no-context", "--context e", CONFIG, 3, "there is no context 'e'"),
    ("broken-config", "", "a: [", 3, "config:"),
    ("no-config", "--kubeconfig nowhere", CONFIG, 3, "there is no kubeconfig at 'nowhere'"),
    ("bad-namespace", "-n A_B", CONFIG, 2, "'A_B' is no list of up to 64 namespaces"),
    ("bad-timeout", "--timeout 0", CONFIG, 2, "'0' is no number of seconds from 1 to 3600"),
    ("both", "-A -n a", CONFIG, 2, "exclude each other"),
    ("unknown", "--watch", CONFIG, 2, "unknown argument '--watch'"),
    ("no-value", "--context", CONFIG, 2, "--context needs a value"),
    ("own-namespace", "--show-namespace", CONFIG, 0, ""),
]


def run(program, server, config, words):
    path = os.path.join(server.folder, "config")
    with open(path, "w", encoding="utf-8") as f:
        f.write(config.replace("SERVER", f"https://127.0.0.1:{server.port}"))
    with open(server.token, "w", encoding="utf-8") as f:
        f.write(f"{TOKEN}\n")
    return subprocess.run([program, "snapshot", *words], capture_output=True, text=True,
                          timeout=60, check=False, cwd=server.folder,
                          env={"KUBECONFIG": path})


def judge(done, code, names, words):
    if done.returncode != code:
        yield f"exit status {done.returncode} instead of {code}"
    if words not in done.stderr or (not words and done.stderr):
        yield f"not said: {words!r}"
    if TOKEN in done.stderr + done.stdout:
        yield "the token is printed"
    if names is None:
        return
    if code != 0 and done.stdout:
        yield f"half of it is printed: {done.stdout[:80]}"
    if code == 0:
        found = json.loads(done.stdout)
        if found["kind"] != "List" or "managedFields" in done.stdout:
            yield "it is not the List that is wanted"
        if sorted(o["metadata"]["name"] for o in found["items"]) != list(names):
            yield f"objects {[o['metadata']['name'] for o in found['items']]}"
        if not all(o.get("kind") and o.get("apiVersion") for o in found["items"]):
            yield "an object does not say what it is"


def asked_well(cluster):
    """Reads, in pages, of the namespace that was named; of pods only our own."""
    for verb, path, query in cluster.seen:
        if verb != "GET" or "/namespaces/team-a/" not in path or query.get("limit") != "500":
            yield f"{verb} {path} {query}"
        if path.endswith("/pods") != ("labelSelector" in query):
            yield f"the selector of {path} is {query.get('labelSelector')}"


def main():
    program, wanted = os.path.abspath(sys.argv[1]), sys.argv[2:]
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        make_certificate(folder, "ca", "IP:127.0.0.1")
        os.rename(f"{folder}/ca-key.pem", f"{folder}/key.pem")
        server = Server(folder)
        rows = [(n, Cluster(**c), CONFIG, ["-n", "team-a", "--timeout",
                                           "2" if "2 s" in words else "30"], code, names, words)
                for n, c, code, names, words in CASES]
        rows += [(n, Cluster(), config, words.split(), code, None, told)
                 for n, words, config, code, told in WITHOUT]
        for name, cluster, config, words, code, names, told in rows:
            if wanted and name not in wanted:
                continue
            server.fault = cluster
            done = run(program, server, config, words)
            faults = [*judge(done, code, names, told), *asked_well(cluster)]
            failed += bool(faults)
            for fault in faults:
                print(f"{name}: {fault}\n  {done.stderr.strip()[:400]}")
    print(f"snapshot: {len(rows)} cases, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
