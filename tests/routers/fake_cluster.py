"""A Kubernetes API that knows pods and nothing else, on loopback, without TLS.

Routers that look for pods themselves list and watch them here. What is asked is held
against the rules of the Role that was rendered for them, as a cluster would. Pods may be
added and removed while somebody watches."""
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit


def pod_object(name, namespace, labels, annotations, address, container):
    """A pod that runs and is ready. `container` is the one of the Deployment."""
    return {
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": name, "namespace": namespace, "uid": f"uid-{namespace}-{name}",
                     "labels": labels, "annotations": annotations,
                     "creationTimestamp": "2026-01-01T00:00:00Z"},
        "spec": {"containers": [container]},
        "status": {"phase": "Running", "podIP": address, "podIPs": [{"ip": address}],
                   "conditions": [{"type": kind, "status": "True"}
                                  for kind in ("Initialized", "ContainersReady", "Ready")],
                   "containerStatuses": [{"name": container["name"], "ready": True,
                                          "restartCount": 0, "image": "", "imageID": "",
                                          "state": {"running": {}}}]}}


def matches(selector, labels):
    """The equality form of a label selector, "a=b,c=d"; everything matches none."""
    for term in filter(None, (selector or "").split(",")):
        key, _, value = term.replace("==", "=").partition("=")
        if labels.get(key.strip()) != value.strip():
            return False
    return True


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, body):
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def refuse(self, status, reason, message):
        self.answer(status, {"kind": "Status", "apiVersion": "v1", "status": "Failure",
                             "reason": reason, "message": message, "code": status})

    def do_GET(self):
        cluster = self.server.cluster
        url = urlsplit(self.path)
        query = {key: values[0] for key, values in parse_qs(url.query).items()}
        parts = url.path.strip("/").split("/")
        if parts[:3] == ["api", "v1", "pods"]:
            namespace, rest = None, parts[3:]
        elif parts[:3] == ["api", "v1", "namespaces"] and parts[4:5] == ["pods"]:
            namespace, rest = parts[3], parts[5:]
        else:
            self.refuse(404, "NotFound", f"no {url.path} here")
            return
        watch = query.get("watch", "").lower() in ("1", "true")
        verb = "get" if rest else "watch" if watch else "list"
        cluster.asked.append((verb, namespace, query.get("labelSelector", "")))
        if (verb, namespace) not in cluster.allowed:
            cluster.refused.append((verb, namespace))
            self.refuse(403, "Forbidden", f"may not {verb} pods in {namespace or 'all namespaces'}")
        elif rest:
            pod = cluster.find(namespace, rest[0])
            self.answer(200, pod) if pod else self.refuse(404, "NotFound", rest[0])
        elif watch:
            self.watch(cluster, namespace, query)
        else:
            version, pods = cluster.snapshot(namespace, query.get("labelSelector"))
            self.answer(200, {"kind": "PodList", "apiVersion": "v1",
                              "metadata": {"resourceVersion": str(version)}, "items": pods})

    def watch(self, cluster, namespace, query):
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        since = int(query.get("resourceVersion") or 0)
        try:
            while True:
                since, events = cluster.wait(since)
                if events is None:
                    break
                for kind, pod in events:
                    if namespace in (None, pod["metadata"]["namespace"]) and \
                            matches(query.get("labelSelector"), pod["metadata"]["labels"]):
                        data = (json.dumps({"type": kind, "object": pod}) + "\n").encode()
                        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
                self.wfile.flush()
            self.wfile.write(b"0\r\n\r\n")
        except OSError:
            self.close_connection = True


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        pass  # a watcher that hung up


class FakeCluster:
    def __init__(self, address, allowed):
        """`allowed` holds (verb, namespace); namespace None is all of them."""
        self.allowed = set(allowed)
        self.asked, self.refused = [], []  # (verb, namespace, selector), (verb, namespace)
        self.changed = threading.Condition()
        self.events = []                   # the version of an event is its place plus 1
        self.closed = False
        self.server = Server((address, 0), Handler)
        self.server.cluster = self
        self.url = f"http://{address}:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def tell(self, kind, pod):
        with self.changed:
            version = str(len(self.events) + 1)
            pod = dict(pod, metadata=dict(pod["metadata"], resourceVersion=version))
            self.events.append((kind, pod))
            self.changed.notify_all()

    def add(self, pod):
        self.tell("ADDED", pod)

    def remove(self, pod):
        self.tell("DELETED", pod)

    def snapshot(self, namespace, selector=None):
        pods = {}
        with self.changed:
            for kind, pod in self.events:
                key = (pod["metadata"]["namespace"], pod["metadata"]["name"])
                pods[key] = pod if kind == "ADDED" else None
            return len(self.events), [pod for key, pod in pods.items() if pod and
                                      namespace in (None, key[0]) and
                                      matches(selector, pod["metadata"]["labels"])]

    def find(self, namespace, name):
        pods = [pod for pod in self.snapshot(namespace)[1] if pod["metadata"]["name"] == name]
        return pods[0] if pods else None

    def wait(self, since):
        with self.changed:
            self.changed.wait_for(lambda: self.closed or len(self.events) > since)
            return len(self.events), None if self.closed else self.events[since:]

    def kubeconfig(self):
        return json.dumps({
            "apiVersion": "v1", "kind": "Config", "current-context": "fake",
            "clusters": [{"name": "fake", "cluster": {"server": self.url}}],
            "users": [{"name": "fake", "user": {"token": "fake"}}],
            "contexts": [{"name": "fake", "context": {"cluster": "fake", "user": "fake"}}]})

    def close(self):
        with self.changed:
            self.closed = True
            self.changed.notify_all()
        self.server.shutdown()
        self.server.server_close()
