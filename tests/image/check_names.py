#!/usr/bin/python3
"""Does the static operator look up names with nothing around it? check_names.py PROGRAM

In a root folder that holds the program and what a kubelet mounts (/etc/hosts and
/etc/resolv.conf), and in a network of its own whose only name server is ours, the operator is
given API servers by name. Where its connections arrive tells what it made of the names. The C
library's resolver takes no modules and no nsswitch.conf for that; one that does would fail.
Status 77 when the program was not built, or when this user may not do so."""
import fcntl
import os
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

SKIPPED = 77
PORT = 8001
PATIENCE = 20  # seconds
INSIDE = "--inside"
HOSTS = "127.0.0.1 localhost\n127.0.0.7 listed.example\n"
RESOLV = "nameserver 127.0.0.1\nsearch team-a.svc.cluster.local svc.cluster.local\noptions ndots:5\n"
ZONE = {"api.team-a.svc.cluster.local": "127.0.0.8", "api.team-b.svc.cluster.local": "127.0.0.9"}
# what the kubeconfig says, and where that is
CASES = [("listed.example", "127.0.0.7"), ("api", "127.0.0.8"), ("api.team-b", "127.0.0.9"),
         ("api.team-b.svc.cluster.local", "127.0.0.9"), ("localhost", "127.0.0.1")]
KUBECONFIG = """apiVersion: v1
kind: Config
clusters: [{{name: here, cluster: {{server: "http://{name}:{port}"}}}}]
users: [{{name: me, user: {{}}}}]
contexts: [{{name: it, context: {{cluster: here, user: me}}}}]
current-context: it
"""


def raise_loopback():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        name_and_flags = struct.pack("16sH14x", b"lo", 0x41)  # up and running
        fcntl.ioctl(control, 0x8914, name_and_flags)          # SIOCSIFFLAGS


def answer(question):
    """Of a name server that knows ZONE and no address of version 6."""
    labels, at = [], 12
    while question[at]:
        labels.append(question[at + 1:at + 1 + question[at]].decode())
        at += 1 + question[at]
    kind = struct.unpack("!H", question[at + 1:at + 3])[0]
    address = ZONE.get(".".join(labels).lower())
    found = address is not None and kind == 1
    head = question[:2] + struct.pack("!HHHHH", 0x8580 if address else 0x8583, 1, found, 0, 0)
    record = b"\xc0\x0c" + struct.pack("!HHIH", 1, 1, 5, 4) + socket.inet_aton(address or "0.0.0.0")
    return head + question[12:at + 5] + (record if found else b"")


def serve_names(server):
    while True:
        question, asker = server.recvfrom(512)
        server.sendto(answer(question), asker)


def where(root, name):
    """The address at which the operator's first connection arrives."""
    (root / "kubeconfig").write_text(KUBECONFIG.format(name=name, port=PORT))
    with socket.create_server(("0.0.0.0", PORT)) as server:
        server.settimeout(PATIENCE)
        operator = subprocess.Popen(
            ["chroot", "--userspec=65532:65532", root, "/rctl-operator", "--kubeconfig=/kubeconfig",
             "--metrics-addr=127.0.0.1:0", "--health-probe-addr=127.0.0.1:0"],
            stderr=subprocess.PIPE, text=True)
        try:
            connection, _ = server.accept()
            with connection:
                return connection.getsockname()[0]
        except socket.timeout:
            return "nowhere"
        finally:
            operator.kill()
            told = operator.communicate()[1]
            print(f"{name}: {told.splitlines()[-1] if told else ''}")


def inside(program):
    raise_loopback()
    names = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    names.bind(("127.0.0.1", 53))
    threading.Thread(target=serve_names, args=(names,), daemon=True).start()
    with tempfile.TemporaryDirectory() as root:
        root = Path(root)
        root.chmod(0o755)
        shutil.copy(program, root / "rctl-operator")
        (root / "etc").mkdir()
        (root / "etc/hosts").write_text(HOSTS)
        (root / "etc/resolv.conf").write_text(RESOLV)
        wrong = [f"{name}: {got}, not {address}" for name, address in CASES
                 if (got := where(root, name)) != address]
    assert not wrong, wrong
    return 0


def main(argv):
    program = argv[-1]
    if argv[1] == INSIDE:
        return inside(program)
    if not Path(program).exists():
        print(f"left out: {program} is not there (make static)")
        return SKIPPED
    if os.geteuid() != 0 or subprocess.run(["unshare", "--net", "true"]).returncode != 0:
        print("left out: only root may make a network and a root folder")
        return SKIPPED
    return subprocess.run(["unshare", "--net", sys.executable, __file__, INSIDE, program]).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv))
