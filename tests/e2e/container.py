"""One container of a pod: its process, its probes, its end."""
import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from images import command_of, system_environment
from network import resolv_conf
from rendered import Fault, number_of
from volumes import environment, expand

HERE = Path(__file__).resolve().parent
HASTE = 10
LONGEST_BACKOFF = 3.0
SERVER = "10.96.0.1"  # the Service `kubernetes`


class Probe:
    """One kind of probe. `passed` is None until it is known."""

    def __init__(self, spec, haste, patient):
        self.spec, self.haste = spec, haste
        self.every = spec.get("periodSeconds", 10) / haste
        self.most = spec.get("failureThreshold", 3) * (haste if patient else 1)
        self.reset()

    def reset(self):
        self.passed, self.failures, self.successes = None, 0, 0
        self.due = time.monotonic() + self.spec.get("initialDelaySeconds", 0) / self.haste

    def ask(self, container):
        if time.monotonic() < self.due:
            return
        good = asks_well(self.spec, container)
        self.due = time.monotonic() + self.every
        self.successes, self.failures = (self.successes + 1, 0) if good else \
            (0, self.failures + 1)
        if self.successes >= self.spec.get("successThreshold", 1):
            self.passed = True
        elif self.failures >= self.most:
            self.passed = False


def asks_well(spec, container):
    """One answer to a probe, from the node, as a kubelet asks."""
    seconds = spec.get("timeoutSeconds", 1)
    if "httpGet" not in spec:
        raise LookupError(f"no probe like {sorted(spec)} here")
    get = spec["httpGet"]
    port = number_of(container.spec, get["port"])
    url = f"{get.get('scheme', 'HTTP').lower()}://{container.pod.address}:{port}{get['path']}"
    headers = {h["name"]: h["value"] for h in get.get("httpHeaders", [])}
    try:
        request = urllib.request.Request(url, headers=headers)
        with urllib.request.urlopen(request, timeout=seconds) as answer:
            return 200 <= answer.status < 400
    except (OSError, ValueError):
        return False


class Container:
    def __init__(self, pod, thing, spec):
        self.pod, self.spec, self.name = pod, spec, spec["name"]
        self.image = pod.kubelet.images.find(spec["image"])
        self.variables = environment(pod.kubelet.server, thing, spec, self.known())
        words = [expand(word, self.variables) for word in command_of(self.image, spec)]
        self.command = self.image.front + words
        haste = HASTE if self.image.is_fake else 1
        self.probes = {kind: Probe(spec[kind], haste, kind != "readinessProbe") for kind in
                       ("startupProbe", "livenessProbe", "readinessProbe") if kind in spec}
        self.process, self.held = None, False
        self.restarts, self.again = 0, 0.0
        self.log = pod.kubelet.logs / f"{pod.namespace}.{pod.name}.{self.name}.log"
        self.home = pod.home / self.name
        self.home.mkdir(parents=True, exist_ok=True)

    def known(self):
        known = system_environment(self.image, self.pod.name)
        known.update({"KUBERNETES_SERVICE_HOST": SERVER, "KUBERNETES_SERVICE_PORT": "443"})
        if self.pod.thing["spec"].get("enableServiceLinks", True):
            known.update(self.pod.kubelet.links(self.pod.namespace))
        return known

    # ---- the process ----

    def mounts(self):
        volumes = {**self.pod.empty, **self.pod.folders}
        mounts = []
        for mount in self.spec.get("volumeMounts", []):
            if "subPath" in mount:
                raise Fault(f"{mount['mountPath']} is a subPath: it never follows a change")
            mounts.append({"target": mount["mountPath"], "source": str(volumes[mount["name"]]),
                           "readOnly": mount["name"] in self.pod.folders or
                           mount.get("readOnly", False)})
        mounts.sort(key=lambda mount: mount["target"])
        # The image's own folders come last: a volume may lie above where they are here.
        return mounts + [{"source": f, "target": f, "readOnly": True}
                         for f in self.image.folders]

    def sandbox(self):
        whole, own = self.pod.thing["spec"].get("securityContext", {}), \
            self.spec.get("securityContext", {})
        uid = own.get("runAsUser", whole.get("runAsUser"))
        if own.get("runAsNonRoot", whole.get("runAsNonRoot")) and not uid:
            raise Fault("the image would run as root, which runAsNonRoot forbids")
        gid = own.get("runAsGroup", whole.get("runAsGroup", 0))
        if not self.pod.kubelet.node.may_change_user():
            uid = None
        return {"root": str(self.home / f"root{self.restarts}"), "mounts": self.mounts(),
                "files": {"/etc/resolv.conf": resolv_conf(self.pod.namespace),
                          "/etc/nsswitch.conf": "hosts: files dns\n",
                          "/etc/hosts": f"127.0.0.1 localhost\n{self.pod.address} "
                                        f"{self.pod.name}\n"},
                "readOnlyRoot": own.get("readOnlyRootFilesystem", False),
                "hostname": self.pod.name[:63], "uid": uid, "gid": gid,
                "groups": [whole["fsGroup"]] if "fsGroup" in whole else [],
                "command": self.command, "env": self.variables}

    def start(self):
        spec = self.home / "sandbox.json"
        spec.write_text(json.dumps(self.sandbox()))
        self.log.touch()
        self.log.chmod(0o666)  # whoever runs inside may open its /dev/stdout
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                ["nsenter", f"--net=/run/netns/{self.pod.network}", "--", "unshare", "--mount",
                 "--uts", "--propagation", "private", "--", sys.executable,
                 str(HERE / "sandbox.py"), str(spec)],
                stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
                start_new_session=True, cwd="/")
        for probe in self.probes.values():
            probe.reset()

    def runs(self):
        return self.process is not None and self.process.poll() is None

    def tend(self):
        """Starts it, asks what is due, and starts it again when it has ended."""
        if self.process is None or not self.runs():
            if self.process is not None and not self.again:
                self.stopped()
            if not self.held and time.monotonic() >= self.again:
                self.again = 0.0
                self.start()
            return
        startup = self.probes.get("startupProbe")
        if startup and not startup.passed:
            startup.ask(self)
            if startup.passed is False:
                self.fail("startupProbe")
            return
        for kind in ("livenessProbe", "readinessProbe"):
            if kind in self.probes:
                self.probes[kind].ask(self)
        alive = self.probes.get("livenessProbe")
        if alive and alive.passed is False:
            self.fail("livenessProbe")

    def stopped(self):
        self.restarts += 1
        self.again = time.monotonic() + min(LONGEST_BACKOFF, 0.25 * 2 ** self.restarts)
        if not self.held:
            # By itself, which nothing here should.
            self.pod.fault(f"{self.name} ended with status {self.process.returncode}"
                           f"{self.tail()}")

    def fail(self, probe):
        self.pod.fault(f"{probe} fails: {self.probes[probe].spec}{self.tail()}")
        self.signal(signal.SIGKILL)
        self.process.wait()

    def signal(self, number):
        try:
            os.killpg(self.process.pid, number)
        except ProcessLookupError:
            pass

    def kill(self):
        """The process dies; it is started again only after release()."""
        self.held = True
        self.signal(signal.SIGKILL)
        self.process.wait()
        self.pod.changed.set()

    def release(self):
        self.held = False
        self.pod.changed.set()

    def run_inside(self, words):
        return subprocess.run(["nsenter", "--target", str(self.process.pid), "--mount", "--net",
                               "--uts", "--root", "--", *words], stdin=subprocess.DEVNULL,
                              capture_output=True, env=self.variables, check=False)

    def end(self, until):
        if not self.runs():
            return
        hook = self.spec.get("lifecycle", {}).get("preStop", {}).get("exec", {}).get("command")
        if hook:
            done = self.run_inside(hook)
            if done.returncode and self.runs():
                self.pod.fault(f"preStop {hook}: status {done.returncode}: "
                               f"{done.stderr.decode()[:200]}")
        self.signal(signal.SIGTERM)
        try:
            self.process.wait(max(2, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            self.signal(signal.SIGKILL)
            self.process.wait()

    # ---- what is told ----

    def is_ready(self):
        if not self.runs():
            return False
        if "startupProbe" in self.probes and not self.probes["startupProbe"].passed:
            return False
        probe = self.probes.get("readinessProbe")
        return bool(probe.passed) if probe else True

    def rest(self):
        """Seconds until something is due."""
        if not self.runs():
            return 0.05
        startup = self.probes.get("startupProbe")
        starts = bool(startup and not startup.passed)
        due = [p.due for kind, p in self.probes.items() if (kind == "startupProbe") == starts]
        return min(0.5, max(0.02, min(due, default=time.monotonic() + 0.5) - time.monotonic()))

    def status(self):
        waits = {"waiting": {"reason": "CrashLoopBackOff"}}
        return {"name": self.name, "image": self.spec["image"], "imageID": "",
                "restartCount": self.restarts, "ready": self.is_ready(),
                "started": self.runs(), "state": {"running": {}} if self.runs() else waits}

    def tail(self, lines=8):
        text = self.log.read_text("utf-8", "replace") if self.log.exists() else ""
        return "".join(f"\n  | {line[-200:]}" for line in text.splitlines()[-lines:])
