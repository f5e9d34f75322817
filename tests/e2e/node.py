"""This machine as the node of a cluster: namespaces in place of machines.

All that a run starts lives in a user (unless root runs it), mount, process and network
namespace that ends with it. There each pod has a network namespace with an address and an
eth0 of its own on one bridge, so that containers listen where they were told to, and the
addresses of Services are those of the node itself, where network.py forwards them."""
import os
import subprocess
import sys
from itertools import count
from pathlib import Path

BRIDGE = "10.244.0.1"
SERVICES = "10.96.0.0/16"       # as controlplane.py tells the API server
DNS = "10.96.0.10"
NOBODY = "10.244.255.254"       # the API server does not start without a default route
INSIDE = "E2E_INSIDE"


class NotHere(Exception):
    """What a run needs and this machine does not have or allow."""


def run(*words, text=None):
    done = subprocess.run(words, input=text, capture_output=True, text=True)
    if done.returncode != 0:
        raise NotHere(f"{' '.join(words[:4])}: {done.stderr.strip()}")
    return done.stdout


def enter(argv):
    """Starts this program again inside of the namespaces; returns only there."""
    if INSIDE in os.environ:
        return
    words = ["unshare", "--mount", "--net", "--uts", "--pid", "--fork", "--kill-child",
             "--mount-proc"]
    ways = [words] if os.geteuid() == 0 else []
    for way in [*ways, [*words, "--user", "--map-root-user"]]:
        try:
            # A bridge and a pair of interfaces are what is most likely not to be there.
            run(*way, "ip", "-batch", "-", text="link add br0 type bridge\n"
                                                "link add veth0 type veth peer name veth1\n")
        except (NotHere, OSError) as reason:
            failure = reason
            continue
        os.execvpe("unshare", [*way, sys.executable, *argv], dict(os.environ, **{INSIDE: "1"}))
    raise NotHere(f"no namespaces here: {failure}")


class Node:
    def __init__(self):
        # All that is written goes with the namespaces. Names of network namespaces are
        # mounts below /run, too.
        run("mount", "-t", "tmpfs", "tmpfs", "/run")
        self.home = Path("/run/e2e")
        self.home.mkdir()
        self.names = count(1)
        run("ip", "-batch", "-", text=f"""
            link set lo up
            addr add {SERVICES} dev lo
            link add br0 type bridge
            addr add {BRIDGE}/16 dev br0
            link set br0 up
            route add default via {NOBODY}
            """)

    @staticmethod
    def may_change_user():
        """Root alone: a namespace of somebody else's maps one user."""
        with open("/proc/self/uid_map", encoding="ascii") as file:
            return int(file.read().split()[2]) > 65536

    def add_pod(self):
        """(name of the network namespace, address)"""
        number = next(self.names)
        name, address = f"pod{number}", f"10.244.{1 + number // 250}.{1 + number % 250}"
        run("ip", "netns", "add", name)
        run("ip", "-batch", "-", text=f"""
            link add veth{number} type veth peer name eth0 netns {name}
            link set veth{number} master br0 up
            """)
        run("ip", "-n", name, "-batch", "-", text=f"""
            link set lo up
            addr add {address}/16 dev eth0
            link set eth0 up
            route add default via {BRIDGE}
            """)
        return name, address

    @staticmethod
    def remove_pod(name):
        run("ip", "netns", "del", name)

    @staticmethod
    def add_memory(folder, size):
        """An empty volume: all containers of a pod share it, and it outlives them."""
        os.makedirs(folder)
        run("mount", "-t", "tmpfs", "-o", f"mode=0777,size={size},nosuid,nodev", "tmpfs",
            str(folder))

    @staticmethod
    def remove_memory(folder):
        run("umount", str(folder))
