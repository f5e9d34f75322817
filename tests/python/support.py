"""What the tests of the Python package share."""
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(os.environ["ROUTERCTL_SOURCE"])
SAMPLES = ROOT / "crds" / "samples"
BROKEN = ROOT / "docs" / "examples" / "broken.yaml"
RCTL = os.environ["RCTL"]

API = "production-stack.vllm.ai/v1alpha1"
CHAT = f"""apiVersion: {API}
kind: InferenceService
metadata:
  name: chat
spec:
  modelName: org/model
  engine: vlm
"""


def rctl(*args, text=""):
    """Standard output, standard error and exit status of rctl."""
    # It has a sanitizer's runtime of its own, where it has one.
    env = {name: value for name, value in os.environ.items() if name != "LD_PRELOAD"}
    done = subprocess.run([RCTL, *map(str, args)], input=text, capture_output=True, text=True,
                          env=env)
    return done.stdout, done.stderr, done.returncode


def python(code, *args, **how):
    """Runs a program in an interpreter of its own; for what may end it."""
    return subprocess.run([sys.executable, "-c", code, *map(str, args)], capture_output=True,
                          text=True, timeout=120, **how)


def service(name="chat", **spec):
    return {"apiVersion": API, "kind": "InferenceService", "metadata": {"name": name},
            "spec": {"modelName": "org/model", **spec}}


def many(n):
    """Documents enough for a load that takes a while."""
    return "---\n".join(CHAT.replace("chat", f"chat-{i}").replace("vlm", "vllm")
                        for i in range(n))
