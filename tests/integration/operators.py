"""rctl-operator as a process of a test: how it is started, what it logs and counts, and how
it ends. Each has a namespace of its own, so that tests may run side by side."""
import re
import signal
import subprocess
import threading
import time
import urllib.error
import urllib.request
from typing import NamedTuple

import controlplane
from world import Skipped

WRITE = "writing"
SERIES = re.compile(r'([a-z_:]+)(?:\{((?:\w+="(?:[^"\\]|\\.)*",?)*)\})? (\S+)')
# The lease alone is renewed by PUT.
WRITING = ("PATCH", "POST", "DELETE")


def read_metrics(text):
    """Pairs of name and labels, with their values; an odd line is refused."""
    found = {}
    for line in text.splitlines():
        series = SERIES.fullmatch(line)
        if series:
            found[series.group(1), series.group(2) or ""] = float(series.group(3))
        elif not re.match(r"# (HELP|TYPE) [a-z_:]+ ", line):
            raise RuntimeError(f"no line of metrics: {line}")
    return found


class Usage(NamedTuple):
    """What it has needed so far: requests by method and code, seconds and bytes."""
    requests: dict
    cpu: float
    rss: int


class Operator:
    """A running rctl-operator, of one namespace or several with commas."""

    def __init__(self, world, namespace, *options, elects=False, kubeconfig=None, env=None):
        program = world.rctl.with_name("rctl-operator")
        if not program.exists():
            raise Skipped("there is no rctl-operator beside rctl")
        self.world = world
        self.metrics_port, self.health_port = controlplane.free_ports(2)
        self.lines, self.writes, self.wrote_at = [], 0, time.monotonic()
        self.process = subprocess.Popen(
            [program, "--kubeconfig", kubeconfig or world.kubeconfig, "--namespace", namespace,
             "--watch-namespaces", namespace, "--metrics-addr", f"127.0.0.1:{self.metrics_port}",
             "--health-probe-addr", f"127.0.0.1:{self.health_port}", "--log-format", "text",
             "--leader-election-enabled", str(elects).lower(), *options],
            stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=env or {})
        self.reader = threading.Thread(target=self.read_log, daemon=True)
        self.reader.start()

    def read_log(self):
        for line in self.process.stderr:
            self.lines.append(line.rstrip())
            if f" {WRITE} " in line:
                self.writes += 1
                self.wrote_at = time.monotonic()

    def is_quiet(self, seconds):
        """Has it told of no write for so long?"""
        return time.monotonic() - self.wrote_at > seconds

    def get(self, port, path, **headers):
        """Status and text of an answer; (0, "") while nobody listens."""
        request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError:
            return 0, ""

    def is_ready(self):
        if self.process.poll() is not None:
            raise RuntimeError(f"the operator ended: {self.lines[-3:]}")
        return self.get(self.health_port, "/readyz")[0] == 200

    def metrics(self):
        return read_metrics(self.get(self.metrics_port, "/metrics")[1])

    def requests(self):
        """How many requests it has sent by method and code."""
        found = {}
        for (name, labels), value in self.metrics().items():
            if name == "rest_client_requests_total":
                words = dict(re.findall(r'(\w+)="([^"]*)"', labels))
                found[words["method"], words["code"]] = int(value)
        return found

    def usage(self):
        found = self.metrics()
        return Usage(self.requests(), found["process_cpu_seconds_total", ""],
                     int(found["process_resident_memory_bytes", ""]))

    def wrote(self):
        return sum(n for (method, _), n in self.requests().items() if method in WRITING)

    def rest(self, seconds=4):
        """Waits until nothing has been written for so long, and tells how often it has."""
        last, since = self.wrote(), time.monotonic()

        def is_at_rest():
            nonlocal last, since
            if (now := self.wrote()) != last:
                last, since = now, time.monotonic()
            return time.monotonic() - since > seconds
        self.world.wait("rest of the operator", is_at_rest, 60)
        return last

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        """Ends it in good order; its status is 0 then."""
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(15)
        self.reader.join()
        if status:
            raise RuntimeError(f"the operator ended with status {status}: {self.lines[-3:]}")

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if self.process.poll() is not None:
            return
        if kind is None:
            self.stop()
            return
        self.kill()
        print("\n".join(self.lines[-20:]))
