"""A small client of the Kubernetes API for tests: one connection, TLS with a client
certificate, JSON or YAML bodies, answers as they came. It reads the kubeconfigs that
controlplane.py writes (JSON, certificates by path) and needs nothing but Python."""
import http.client
import json
import ssl
import time
import urllib.parse
from typing import NamedTuple

JSON = "application/json"
YAML = "application/yaml"
APPLY = "application/apply-patch+yaml"
MERGE = "application/merge-patch+json"
TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io"
DROPPED = (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError, ssl.SSLEOFError)


class Answer(NamedTuple):
    status: int
    body: dict
    warnings: list

    @property
    def ok(self):
        return self.status < 300

    @property
    def message(self):
        """What the server says about a request that it refused, on one line."""
        return " ".join(str(self.body.get("message", self.body)).split())


def group_path(api_version):
    return f"/api/{api_version}" if "/" not in api_version else f"/apis/{api_version}"


class Api:
    """One thread at a time: a second request waits for the answer of the first."""

    def __init__(self, kubeconfig):
        with open(kubeconfig, encoding="utf-8") as file:
            config = json.load(file)
        cluster = config["clusters"][0]["cluster"]
        user = config["users"][0]["user"]
        self.server = urllib.parse.urlsplit(cluster["server"])
        self.tls = ssl.create_default_context(cafile=cluster["certificate-authority"])
        self.tls.load_cert_chain(user["client-certificate"], user["client-key"])
        self.connection = self.connect(timeout=30)
        self.served = {}

    def connect(self, timeout):
        return http.client.HTTPSConnection(self.server.hostname, self.server.port,
                                           context=self.tls, timeout=timeout)

    def request(self, verb, path, body=None, content=JSON, accept=JSON, **query):
        """The answer to one request; a body that is no text is sent as JSON."""
        if query:
            path += "?" + urllib.parse.urlencode(query)
        if body is not None and not isinstance(body, (str, bytes)):
            body = json.dumps(body)
        if isinstance(body, str):
            body = body.encode("utf-8", "surrogateescape")
        headers = {"Content-Type": content, "Accept": accept, "User-Agent": "routerctl-tests"}
        try:
            response, text = self.exchange(verb, path, body, headers)
        except DROPPED:
            # The server closes idle connections; all that tests send may be sent twice.
            response, text = self.exchange(verb, path, body, headers)
        # Asked soon after its definition came, a kind is "(re)initializing" for a moment.
        for _ in range(50):
            if response.status != 429:
                break
            time.sleep(0.2)
            response, text = self.exchange(verb, path, body, headers)
        try:
            parsed = json.loads(text)
        except ValueError:
            parsed = {"message": text.decode("utf-8", "replace")}
        return Answer(response.status, parsed, response.headers.get_all("Warning") or [])

    def exchange(self, *request):
        try:
            self.connection.request(*request)
            response = self.connection.getresponse()
            return response, response.read()
        except (OSError, http.client.HTTPException):
            self.connection.close()
            raise

    def get(self, path, **query):
        return self.request("GET", path, **query)

    def resource(self, api_version, kind):
        """The row of discovery for a kind, or None when the server does not serve it."""
        if api_version not in self.served:
            answer = self.get(group_path(api_version))
            self.served[api_version] = {
                row["kind"]: row for row in answer.body.get("resources", [])
                if "/" not in row["name"]} if answer.ok else {}
        return self.served[api_version].get(kind)

    def path(self, api_version, kind, namespace, name=None):
        row = self.resource(api_version, kind)
        if row is None:
            raise LookupError(f"the server serves no {kind} of {api_version}")
        path = group_path(api_version)
        if row["namespaced"]:
            path += f"/namespaces/{namespace}"
        path += f"/{row['name']}"
        return path if name is None else f"{path}/{urllib.parse.quote(name, safe='')}"

    def path_of(self, obj):
        meta = obj["metadata"]
        return self.path(obj["apiVersion"], obj["kind"], meta.get("namespace"), meta["name"])

    def apply(self, obj, **query):
        """Server-side apply, as rctl's operator does it."""
        return self.request("PATCH", self.path_of(obj), obj, content=APPLY, fieldManager="rctl",
                            force="true", fieldValidation="Strict", **query)

    def events(self, path, seconds, **query):
        """The events of a watch, until the server ends it after about `seconds`."""
        connection = self.connect(timeout=seconds + 15)
        query = urllib.parse.urlencode(dict(query, watch=1, timeoutSeconds=seconds))
        connection.request("GET", f"{path}?{query}", headers={"Accept": JSON})
        response = connection.getresponse()
        try:
            for line in response:
                yield json.loads(line)
        finally:
            connection.close()
