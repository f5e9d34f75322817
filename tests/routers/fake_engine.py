"""rctl-fake-engine, standing for a rendered pod on an address of its own. What was asked of
it, and the handshakes that it refused, are read from its log. RCTL_FAKE_ENGINE names the
program; without it, that of the dev build is taken."""
import json
import os
import subprocess
import tempfile
import urllib.request
from pathlib import Path

TREE = Path(__file__).resolve().parent.parent.parent


class FakeEngine:
    def __init__(self, name, address, port, models, kind="vllm", role="both", connector="nixl",
                 bootstrap_port=0, peers=()):
        self.name, self.address, self.port, self.models = name, address, port, list(models)
        self.kind, self.process = kind, None
        self.folder = tempfile.TemporaryDirectory(prefix="engine-")
        self.log = Path(self.folder.name) / "log"
        self.words = [os.environ.get("RCTL_FAKE_ENGINE") or TREE / "build/dev/bin/rctl-fake-engine",
                      f"--engine={kind}", f"--host={address}", f"--port={port}", f"--name={name}",
                      f"--role={role}", f"--connector={connector}", f"--log={self.log}",
                      f"--bootstrap-port={bootstrap_port}",
                      *(f"--model={model}" for model in self.models),
                      *(f"--peer={peer}" for peer in peers)]

    def start(self):
        self.process = subprocess.Popen(self.words, stdout=subprocess.PIPE, text=True)
        if not self.process.stdout.readline().startswith("listening on"):
            raise AssertionError(f"{self.words} does not listen")
        return self

    def stop(self):
        """Connections end as well, those that are kept open between requests too."""
        self.process.terminate()
        self.process.wait()
        self.process.stdout.close()

    def turn(self, **knobs):
        """What it reports and how it fails, while it runs."""
        urllib.request.urlopen(f"http://{self.address}:{self.port}/fake/knobs",
                               json.dumps(knobs).encode()).close()

    @property
    def requests(self):
        """The lines of its log, one a request."""
        if not self.log.exists():
            return []
        return [json.loads(line) for line in self.log.read_text().splitlines()]

    @property
    def faults(self):
        """Handshakes and other requests that it refused; a model that is not there is none."""
        return [f"{self.name}: {line['path']}: {line['why']}" for line in self.requests
                if line["method"] == "POST" and line["status"] not in (0, 200, 404)]
