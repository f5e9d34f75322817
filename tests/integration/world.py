"""What every test starts from: documents as they were written, the API server of the
running instance, and the program under test."""
import gzip
import json
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/controlplane"))
import kube  # noqa: E402

GROUP = "production-stack.vllm.ai"
VERSION = f"{GROUP}/v1alpha1"
SAMPLES = ROOT / "crds/samples"


class Document(NamedTuple):
    """One YAML document as it was written; a malformed one may have no kind."""
    text: str
    first: int
    last: int
    api_version: str
    kind: str
    name: str
    namespace: str


def word(pattern, text):
    found = re.search(pattern, text, re.M)
    return found.group(1).strip("\"'") if found else None


def read_documents(path):
    """The documents of a file, found by their marks, since not every case is good YAML."""
    data = path.read_bytes()
    if path.suffix == ".gz":
        try:
            data = gzip.decompress(data)
        except (OSError, EOFError):
            return
    text = data.decode("utf-8-sig", "surrogateescape")
    marks = list(re.finditer(r"^---(?=\s).*\n?", text, re.M))
    starts, ends = [0] + [m.end() for m in marks], [m.start() for m in marks] + [len(text)]
    first = 1
    for start, end in zip(starts, ends):
        part = text[start:end]
        last = first + part.count("\n")
        # Some cases are megabytes of values; what a document is stands at its top.
        head = part[:4096]
        # A comment of its own, or nothing, is no document.
        if re.search(r"^[ \t]*[^\s#]", head, re.M):
            metadata = word(r"^metadata:.*((?:\n[ \t\r].*|\n)*)", head) or ""
            yield Document(part, first, last, word(r"^apiVersion: *([^\s#]+)", head),
                           word(r"^kind: *([^\s#]+)", head),
                           word(r"^  name: *([^\s#]+)", metadata),
                           word(r"^  namespace: *([^\s#]+)", metadata))
        first = last + 1


class Skipped(Exception):
    """Something that the test needs is not here."""


class World:
    def __init__(self, home, rctl):
        self.kubeconfig = home / "kubeconfig"
        self.programs = home / "bin"
        self.api = kube.Api(self.kubeconfig)
        self.rctl = rctl
        self.namespaces = set()
        self.looked_at = 0

    def kubectl(self, *words):
        program = self.programs / "kubectl"
        if not program.exists():
            raise Skipped("there is no kubectl beside the API server")
        return subprocess.run([program, "--kubeconfig", self.kubeconfig, *words],
                              cwd=ROOT, capture_output=True, text=True, timeout=60)

    def namespace(self, name):
        if name in self.namespaces:
            return name
        answer = self.api.request("POST", "/api/v1/namespaces", {
            "apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
        if not answer.ok and answer.status != 409:
            raise RuntimeError(f"namespace {name}: {answer.message}")
        self.namespaces.add(name)
        return name

    def wait(self, what, look, seconds=20):
        """What `look` finds, as soon as it finds something."""
        until = time.monotonic() + seconds
        while not (found := look()):
            if time.monotonic() > until:
                raise RuntimeError(f"no {what} within {seconds} s")
            time.sleep(0.05)
        return found

    def install_crds(self):
        """Applies crds/*.yaml and waits for them; a second time changes nothing."""
        answers = {}
        for path in sorted((ROOT / "crds").glob("*.yaml")):
            group, plural = path.stem.split("_")
            where = self.api.path("apiextensions.k8s.io/v1", "CustomResourceDefinition", None,
                                  f"{plural}.{group}")
            answer = self.api.request("PATCH", where, path.read_bytes(), content=kube.APPLY,
                                      fieldManager="rctl", fieldValidation="Strict")
            answers[path.name] = answer
            if answer.ok:
                self.wait(f"established {plural}", lambda: any(
                    c["type"] == "Established" and c["status"] == "True"
                    for c in self.api.get(where).body["status"].get("conditions") or []))
        kinds = {a.body["spec"]["names"]["kind"] for a in answers.values() if a.ok}

        def served():
            self.api.served.pop(VERSION, None)
            return all(self.api.resource(VERSION, kind) for kind in kinds)
        self.wait("discovery of our kinds", served)
        return answers

    def try_out(self, document, namespace):
        """Sends one document as it is to the server, which forgets it again."""
        path = self.api.path(document.api_version, document.kind, namespace)
        return self.api.request("POST", path, document.text, content=kube.YAML,
                                dryRun="All", fieldValidation="Strict", fieldManager="rctl")

    def render(self, paths, *options, cwd=ROOT):
        """The objects that rctl prints; documents with errors are left out by rctl."""
        done = subprocess.run([self.rctl, "render", "-o", "json", *options, *map(str, paths)],
                              cwd=cwd, capture_output=True, timeout=60)
        if done.returncode not in (0, 1):
            raise RuntimeError(f"rctl render: status {done.returncode}: {done.stderr.decode()}")
        return json.loads(done.stdout)["items"] if done.stdout else []

    def validate(self, paths, *options):
        """What rctl says, without the places."""
        done = subprocess.run([self.rctl, "validate", *options, *map(str, paths)], cwd=ROOT,
                              capture_output=True, text=True, timeout=60)
        return re.findall(r"^\S+: ((?:error|warning|note): .*\])$", done.stdout, re.M)
