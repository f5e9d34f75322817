#!/usr/bin/python3
"""A control plane of its own on this machine, for tests.

usage: controlplane.py start DIR [NAMESPACE:NAME...]
       controlplane.py stop DIR

`start` runs what ./build has built: etcd, kube-apiserver and kube-controller-manager
with RBAC on, and podready.py in place of kubelets. All that belongs to the instance is
in DIR, which it makes anew: kubeconfig (an administrator), NAME.kubeconfig for each
service account that is named, bin (the programs), log/, audit.log (all writes), and `hold`,
the file of podready.py. Ports are free ones, so that instances may run side by side. The status is
77 when the programs are not built. `stop` ends the instance of DIR, however it was left,
and removes DIR."""
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import kube

HERE = Path(__file__).resolve().parent
SKIPPED = 77
ATTEMPTS = 3
# Who wrote what, and what came of it: one line of JSON for each write.
AUDIT = {"apiVersion": "audit.k8s.io/v1", "kind": "Policy", "omitStages": ["RequestReceived"],
         "rules": [{"level": "None", "verbs": ["get", "list", "watch"]}, {"level": "Metadata"}]}


class Lost(Exception):
    """A program of the instance ended, or did not become ready in time."""


def programs():
    """The folder of the built programs, or None."""
    found = subprocess.run([HERE / "build", "--find"], stdout=subprocess.PIPE, text=True)
    return Path(found.stdout.strip()) if found.returncode == 0 else None


# ---- certificates ----

def openssl(home, *words):
    subprocess.run(["openssl", *words], cwd=home / "pki", check=True,
                   stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def make_key(home, name):
    openssl(home, "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", f"{name}.key")


def make_authority(home):
    make_key(home, "ca")
    openssl(home, "req", "-x509", "-new", "-key", "ca.key", "-days", "30", "-subj", "/CN=tests",
            "-out", "ca.crt")


def make_certificate(home, name, subject, usage, names=""):
    (home / "pki" / f"{name}.ext").write_text(f"extendedKeyUsage={usage}\n{names}")
    make_key(home, name)
    openssl(home, "req", "-new", "-key", f"{name}.key", "-subj", subject, "-out", f"{name}.csr")
    openssl(home, "x509", "-req", "-in", f"{name}.csr", "-CA", "ca.crt", "-CAkey", "ca.key",
            "-CAcreateserial", "-days", "30", "-extfile", f"{name}.ext", "-out", f"{name}.crt")


def make_kubeconfig(home, port, name, subject):
    make_certificate(home, name, subject, "clientAuth")
    pki = home / "pki"
    cluster = {"server": f"https://127.0.0.1:{port}", "certificate-authority": f"{pki}/ca.crt"}
    user = {"client-certificate": f"{pki}/{name}.crt", "client-key": f"{pki}/{name}.key"}
    path = home / ("kubeconfig" if name == "admin" else f"{name}.kubeconfig")
    path.write_text(json.dumps({
        "apiVersion": "v1", "kind": "Config", "current-context": "tests",
        "clusters": [{"name": "tests", "cluster": cluster}],
        "users": [{"name": name, "user": user}],
        "contexts": [{"name": "tests", "context": {"cluster": "tests", "user": name}}]}))
    return path


# ---- processes ----

def free_ports(n):
    """Ports that were free a moment ago; who loses the race for one starts over."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(n)]
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


class Instance:
    def __init__(self, home):
        self.home = home
        self.running = {}

    def spawn(self, name, *words):
        with open(self.home / "log" / name, "wb") as log:
            process = subprocess.Popen(words, cwd=self.home, stdin=subprocess.DEVNULL, stdout=log,
                                       stderr=subprocess.STDOUT, start_new_session=True)
        self.running[name] = process
        with open(self.home / "pids", "a", encoding="utf-8") as pids:
            pids.write(f"{process.pid}\n")

    def wait(self, what, is_there, seconds=60):
        until = time.monotonic() + seconds
        while not is_there():
            for name, process in self.running.items():
                if process.poll() is not None:
                    raise Lost(f"{name} ended with status {process.returncode}")
            if time.monotonic() > until:
                raise Lost(f"no {what} within {seconds} s")
            time.sleep(0.05)

    def tell_logs(self):
        for log in sorted((self.home / "log").iterdir()):
            for line in log.read_text("utf-8", "replace").splitlines()[-5:]:
                print(f"  {log.name}: {line[:300]}", file=sys.stderr)


def answers(api, path):
    try:
        return api.get(path).ok
    except OSError:
        return False


def launch(home, bin_dir, accounts, kubelet):
    for folder in ("pki", "log"):
        (home / folder).mkdir(parents=True)
    (home / "bin").symlink_to(bin_dir)
    instance = Instance(home)
    clients, peers, secure = free_ports(3)
    pki = home / "pki"
    make_authority(home)
    make_certificate(home, "apiserver", "/CN=kube-apiserver", "serverAuth",
                     "subjectAltName=IP:127.0.0.1,IP:10.96.0.1,DNS:localhost,"
                     "DNS:kubernetes.default.svc\n")
    openssl(home, "genrsa", "-out", "accounts.key", "2048")
    admin = make_kubeconfig(home, secure, "admin", "/O=system:masters/CN=admin")
    for account in accounts:
        namespace, name = account.split(":")
        make_kubeconfig(home, secure, name, "/O=system:serviceaccounts"
                        f"/O=system:serviceaccounts:{namespace}"
                        f"/CN=system:serviceaccount:{namespace}:{name}")

    (home / "audit.json").write_text(json.dumps(AUDIT))
    client_url, peer_url = f"http://127.0.0.1:{clients}", f"http://127.0.0.1:{peers}"
    # Nobody misses the data after a crash, so nothing is synced to the disk.
    instance.spawn(
        "etcd", bin_dir / "etcd", "--data-dir", home / "etcd", "--unsafe-no-fsync",
        "--log-level=warn", f"--listen-client-urls={client_url}",
        f"--advertise-client-urls={client_url}", f"--listen-peer-urls={peer_url}",
        f"--initial-advertise-peer-urls={peer_url}", f"--initial-cluster=default={peer_url}")
    instance.spawn(
        "kube-apiserver", bin_dir / "kube-apiserver", f"--etcd-servers={client_url}",
        "--bind-address=127.0.0.1", f"--secure-port={secure}", "--endpoint-reconciler-type=none",
        f"--tls-cert-file={pki}/apiserver.crt", f"--tls-private-key-file={pki}/apiserver.key",
        f"--client-ca-file={pki}/ca.crt", "--authorization-mode=RBAC",
        "--service-cluster-ip-range=10.96.0.0/16",
        f"--audit-policy-file={home}/audit.json", f"--audit-log-path={home}/audit.log",
        "--service-account-issuer=https://kubernetes.default.svc",
        f"--service-account-key-file={pki}/accounts.key",
        f"--service-account-signing-key-file={pki}/accounts.key")
    api = kube.Api(admin)
    instance.wait("API server", lambda: answers(api, "/readyz"))
    # No node tells of itself here; the two controllers would take all for dead.
    instance.spawn(
        "kube-controller-manager", bin_dir / "kube-controller-manager", f"--kubeconfig={admin}",
        "--controllers=*,-node-lifecycle-controller,-taint-eviction-controller",
        "--leader-elect=false", "--secure-port=0",
        f"--service-account-private-key-file={pki}/accounts.key", f"--root-ca-file={pki}/ca.crt")
    if kubelet:
        instance.spawn("podready", sys.executable, HERE / "podready.py", admin, home / "hold")
    instance.wait("controller manager", lambda: answers(
        api, "/api/v1/namespaces/default/serviceaccounts/default"))


def start(home, accounts, kubelet=True):
    """`kubelet`: podready.py plays it; without, the caller has one of its own."""
    bin_dir = programs()
    if bin_dir is None:
        return SKIPPED
    for attempt in range(ATTEMPTS):
        stop(home)
        began = time.monotonic()
        try:
            launch(home, bin_dir, accounts, kubelet)
            print(f"started in {time.monotonic() - began:.1f} s: {home}/kubeconfig")
            return 0
        except Lost as lost:
            print(f"controlplane: {lost} (attempt {attempt + 1} of {ATTEMPTS})", file=sys.stderr)
            Instance(home).tell_logs()
        except BaseException:
            stop(home)
            raise
    stop(home)
    return 1


def is_ours(pid, home):
    """Whether the process still is the one that was started: all have DIR among their words."""
    try:
        return os.fsencode(home) in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


def stop(home):
    try:
        pids = [int(line) for line in (home / "pids").read_text().split()]
    except FileNotFoundError:
        pids = []
    for pid in pids:
        if is_ours(pid, home):
            os.killpg(pid, signal.SIGKILL)
    while any(is_ours(pid, home) for pid in pids):
        time.sleep(0.02)
    shutil.rmtree(home, ignore_errors=True)


def main(argv):
    if len(argv) < 3 or argv[1] not in ("start", "stop"):
        print(__doc__, file=sys.stderr)
        return 2
    home = Path(argv[2]).resolve()
    if argv[1] == "start":
        return start(home, argv[3:])
    stop(home)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
