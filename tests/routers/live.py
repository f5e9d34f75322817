"""Real routers as processes: where their wheels are, what their launchers make of
arguments, and how to start one on what was rendered and wait until its probes answer."""
import json
import os
import re
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

from rendered import KEY, Fault, container_of, labels_of, name_of

HERE = Path(__file__).resolve().parent
READY_SECONDS = float(os.environ.get("ROUTER_READY_SECONDS", "60"))
LAUNCHERS = {"smg": "smg.launch_router", "vllm-router": "vllm_router.launch_router",
             "sglang-router": "sglang_router.launch_router",
             "production-stack": "vllm_router.app"}


class Missing(Exception):
    """A router whose wheel is not installed here."""


def dialect_of(deployment):
    return labels_of(deployment).get("app.kubernetes.io/name")


def python_of(dialect):
    """The Python of the venv that .ci/setup made for the wheel; of production-stack, which
    is on no package index, the one that PRODUCTION_STACK_PYTHON names."""
    if dialect == "production-stack":
        if "PRODUCTION_STACK_PYTHON" not in os.environ:
            raise Missing(f"{dialect} is on no package index")
        return Path(os.environ["PRODUCTION_STACK_PYTHON"])
    versions = dict(line.split() for line in (HERE / "wheels").read_text().splitlines())
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    venv = cache / "router-controller" / f"venv-{dialect}-{versions[dialect]}"
    if not (venv / ".complete").exists():
        raise Missing(f"{dialect} {versions[dialect]} is not installed (.ci/setup test does it)")
    return venv / "bin" / "python"


def can_run(dialect):
    try:
        python_of(dialect)
    except Missing:
        return False
    return True


def launcher_words(deployment):
    """(command, arguments of the launcher) of a container. `smg launch` is one command."""
    words = list(container_of(deployment).get("command", []))
    if words[:1] == ["smg"] or words[:1] == ["sglang-router"]:
        return words[:2], words[2:]
    if words[1:2] == ["-m"]:
        return words[:3], words[3:]
    return words[:1], words[1:]


def parsed_flags(deployment, words):
    """Flags as the launcher understands them; a Fault when it refuses them."""
    dialect = dialect_of(deployment)
    done = subprocess.run([str(python_of(dialect)), str(HERE / "parse_flags.py"),
                           LAUNCHERS[dialect], *launcher_words(deployment)[1], *words],
                          capture_output=True, text=True, timeout=120)
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise Fault(f"the launcher refuses the arguments: {last}")
    return json.loads(done.stdout)


def fetch(url, body=None, headers=None, seconds=10):
    """(status, text); status 0 when nobody answers."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json",
                                                 **(headers or {})})
    try:
        with urllib.request.urlopen(request, timeout=seconds) as answer:
            return answer.status, answer.read().decode("utf-8", "replace")
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode("utf-8", "replace")
    except OSError as error:
        return 0, str(error)


class Router:
    """One router of a rendering, started and ready; use it in a `with`."""

    def __init__(self, cluster, deployment, kubernetes):
        self.cluster, self.deployment, self.kubernetes = cluster, deployment, kubernetes
        self.process, self.folder = None, None

    def command(self):
        command, first = launcher_words(self.deployment)
        dialect = dialect_of(self.deployment)
        programs = python_of(dialect).parent
        words = first + self.cluster.local_words(self.deployment, self.folder.name)
        if not command:  # the image's entry point
            return [str(programs / "python"), "-m", LAUNCHERS[dialect], *words]
        program = "python" if command[0].startswith("python") else command[0]
        if not (programs / program).exists():
            raise Fault(f"the image has no program {command[0]}")
        return [str(programs / program), *command[1:], *words]

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="router-")
        try:
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def start(self):
        home = Path(self.folder.name)
        (home / "kubeconfig").write_text(self.kubernetes.kubeconfig())
        env = {"PATH": os.environ["PATH"], "HOME": "/nonexistent",
               "KUBECONFIG": str(home / "kubeconfig"),
               **self.cluster.environment(self.deployment)}
        with open(home / "log", "wb") as log:
            self.process = subprocess.Popen(self.command(), env=env, cwd=home, stdout=log,
                                            stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
        for probe in ("livenessProbe", "readinessProbe"):
            self.wait(probe)
        metrics = self.cluster.metrics_url(self.deployment)
        if metrics and fetch(metrics)[0] != 200:
            raise Fault(f"nobody can read its metrics{self.tail()}")

    def wait(self, probe):
        url = self.cluster.probe_url(self.deployment, probe)
        end = time.monotonic() + READY_SECONDS
        while True:
            status, text = fetch(url)
            if status == 200:
                return
            if self.process.poll() is not None:
                raise Fault(f"ended at start with status {self.process.returncode}{self.tail()}")
            if time.monotonic() > end:
                raise Fault(f"{probe} is never 200, but {status}: {text[:200]}{self.why()}"
                            f"{self.tail()}")
            time.sleep(0.1)

    def why(self):
        asked, refused = self.kubernetes.asked, self.kubernetes.refused
        return (f"\n  asked for pods: {sorted(set(asked))}" if asked else "") + \
            (f"\n  not allowed to: {sorted(set(refused), key=str)}" if refused else "")

    def tail(self):
        text = (Path(self.folder.name) / "log").read_text(errors="replace")
        text = re.sub(r"\x1b\[[0-9;]*m", "", text)
        return "".join(f"\n  | {line[-200:]}" for line in text.splitlines()[-8:])

    def ask(self, model, key=True):
        """(status, name of the Deployment that answered or None, text)"""
        headers = {"x-user-id": "somebody", **({"Authorization": f"Bearer {KEY}"} if key else {})}
        body = {"model": model, "max_tokens": 4,
                "messages": [{"role": "user", "content": f"Who serves {model}?"}]}
        status, text = fetch(self.cluster.service_url(self.deployment) + "/v1/chat/completions",
                             body, headers)
        who = None
        if status == 200:
            pod = json.loads(text).get("system_fingerprint") or ""
            who = pod.rpartition("-")[0]
        return status, who, text

    def __exit__(self, *_):
        if self.process and self.process.poll() is None:
            self.process.kill()
        if self.process:
            self.process.wait()
        self.folder.cleanup()

    def __str__(self):
        return name_of(self.deployment)
