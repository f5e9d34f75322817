"""What stands for a container image on this machine: a row says which programs are in it.

Routers are the released ones, in the venvs of .ci/setup: the rendered command runs as it
is. An engine needs a GPU, so engine.py takes its place, given the whole rendered command: it
reads that as the engine would and becomes rctl-fake-engine. An image without a row is a fault."""
from pathlib import Path
from typing import NamedTuple

import live

HERE = Path(__file__).resolve().parent
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class Image(NamedTuple):
    entry: list      # the entry point, for a container without a command
    folders: list    # what the image has beside the system
    front: list      # put before the command: what stands for its program here
    path: str

    @property
    def is_fake(self):
        """It does not need minutes to come up, so nobody has to wait for it."""
        return bool(self.front)


def router(dialect):
    python = live.python_of(dialect)
    venv = python.parent.parent
    return Image(["python3", "-m", live.LAUNCHERS[dialect]], [str(venv)], [],
                 f"{venv}/bin:{PATH}")


def engine(program, *entry):
    reader = f"{HERE}/engine.py"
    return Image(list(entry), [reader, str(program)], ["python3", reader, str(program)], PATH)


def operator(program):
    return Image([str(program)], [str(program)], [], PATH)


class Images:
    def __init__(self, programs):
        """`programs` is the folder of what we have built."""
        fake = programs / "rctl-fake-engine"
        self.rows = {
            "vllm/vllm-openai": lambda: engine(fake, "vllm", "serve"),
            "lmsysorg/sglang": lambda: engine(fake),
            "lightseekorg/smg": lambda: router("smg"),
            "vllm/vllm-router": lambda: router("vllm-router"),
            "lmsysorg/sgl-model-gateway": lambda: router("sglang-router"),
            "lmcache/lmstack-router": lambda: router("production-stack"),
            "rctl-operator": lambda: operator(programs / "rctl-operator"),
        }

    def find(self, reference):
        """The image; live.Missing when it is known but not installed here."""
        name = reference.partition("@")[0]
        if ":" in name.rpartition("/")[2]:
            name = name.rpartition(":")[0]
        if name not in self.rows:
            raise LookupError(f"nothing here stands for the image {reference}")
        return self.rows[name]()


def command_of(image, container):
    """The words that run in a container: those of the rendered object, or the image's."""
    words = container.get("command") or image.entry
    if not words:
        raise LookupError(f"the image {container['image']} has no entry point")
    return words + container.get("args", [])


def system_environment(image, hostname):
    """What a container runtime gives to every process."""
    return {"PATH": image.path, "HOSTNAME": hostname, "HOME": "/",
            "PYTHONDONTWRITEBYTECODE": "1"}
