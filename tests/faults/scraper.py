#!/usr/bin/python3
"""Exporters of GPU metrics that answer rightly and wrongly, and what the real operator makes
of each. One row a fault, all side by side. There is no API server; that must not matter.
A name with several addresses is asked in a network of its own; where the system forbids to
make one, that is left out. scraper.py OPERATOR [NAME...]"""
import itertools
import os
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

LABELS = ('gpu="{0}",UUID="GPU-{0}",device="nvidia{0}",modelName="NVIDIA H100 80GB HBM3",'
          '{1}="node-a",container="vllm",namespace="{2}",pod="{3}"')


def rows(index, node, ns, pod, util, used, free):
    labels = "{" + LABELS.format(index, node, ns, pod) + "}"
    return (f"DCGM_FI_DEV_GPU_UTIL{labels} {util}\nDCGM_FI_DEV_FB_USED{labels} {used}\n"
            f"DCGM_FI_DEV_FB_FREE{labels} {free}\nDCGM_FI_DEV_GPU_TEMP{labels} 50\n")


GOOD = ("# HELP DCGM_FI_DEV_GPU_UTIL GPU utilization (in %).\n"
        "# TYPE DCGM_FI_DEV_GPU_UTIL gauge\n" + rows(0, "Hostname", "a", "llama-0", 80, 100, 900) +
        rows(1, "hostname", "a", "llama-0", 40, 300, 700) + rows(2, "Hostname", "", "", 0, 0, 1000))
ODD = (rows(0, "Hostname", "a", "p", "NaN", "+Inf", -1) +
       rows(1, "Hostname", "a", "p", 9223372036854775794, 5, 5) +
       rows(2, "Hostname", "a", 'x\\"} 1\\nevil_metric{a=\\"b', 50, 1, 1) +
       'DCGM_FI_DEV_GPU_UTIL{pod="cut\n')
TEXT = "text/plain; version=0.0.4; charset=utf-8"


class Exporter(threading.Thread):
    """One that listens on `host`, and answers each request as its fault does."""

    def __init__(self, fault, host="127.0.0.1", port=0):
        super().__init__(daemon=True)
        self.fault, self.paths = fault, []
        self.listener = socket.create_server(
            (host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
        self.port = self.listener.getsockname()[1]
        self.start()

    def run(self):
        while True:
            sock, _ = self.listener.accept()
            threading.Thread(target=self.serve, args=[sock], daemon=True).start()

    def serve(self, sock):
        try:
            head = sock.recv(65536).decode()
            if not head:
                return
            self.paths.append(head.split(" ")[1])
            self.fault(sock)
        except OSError:
            pass
        finally:
            sock.close()


def reply(text, kind=TEXT, status=200, extra=""):
    body = text.encode()
    kind = f"Content-Type: {kind}\r\n" if kind else ""
    return lambda sock: sock.sendall(
        f"HTTP/1.1 {status} X\r\n{kind}{extra}Content-Length: {len(body)}\r\n\r\n".encode() + body)


def hang(sock):
    time.sleep(60)


def hang_in_body(sock):
    sock.sendall(f"HTTP/1.1 200 X\r\nContent-Type: {TEXT}\r\n\r\n{GOOD}".encode())
    time.sleep(60)


def cut_off(sock):
    sock.sendall(f"HTTP/1.1 200 X\r\nContent-Type: {TEXT}\r\nContent-Length: 99999\r\n\r\n{GOOD}"
                 .encode())


def endless(sock):
    sock.sendall(f"HTTP/1.1 200 X\r\nContent-Type: {TEXT}\r\n\r\n".encode())
    for i in itertools.count():
        sock.sendall(rows(i, "Hostname", "a", f"p{i}", 1, 1, 1).encode() * 100)


def one_line(sock):
    sock.sendall(f"HTTP/1.1 200 X\r\nContent-Type: {TEXT}\r\n\r\n".encode())
    while True:
        sock.sendall(b"x" * 65536)


def huge(sock):
    sock.sendall(f"HTTP/1.1 200 X\r\nContent-Type: {TEXT}\r\nContent-Length: {10 << 30}\r\n\r\n"
                 .encode() + GOOD.encode())
    time.sleep(60)


def redirect(sock):
    sock.sendall(b"HTTP/1.1 302 X\r\nLocation: http://169.254.169.254/latest/meta-data\r\n"
                 b"Content-Length: 0\r\n\r\n")


def redirect_here(sock):
    sock.sendall(b"HTTP/1.1 302 X\r\nLocation: /other\r\nContent-Length: 0\r\n\r\n")


GOOD_METRICS = {
    'prodstack_gpu_utilization_ratio{node="node-a",namespace="a",pod="llama-0",'
    'model="NVIDIA H100 80GB HBM3"}': 0.6,
    'prodstack_gpu_utilization_ratio{node="node-a",namespace="",pod="",'
    'model="NVIDIA H100 80GB HBM3"}': 0,
    'prodstack_gpu_memory_used_bytes{node="node-a",namespace="a",pod="llama-0",'
    'model="NVIDIA H100 80GB HBM3"}': 400 << 20,
    'prodstack_gpu_memory_used_bytes{node="node-a",namespace="",pod="",'
    'model="NVIDIA H100 80GB HBM3"}': 0,
    'prodstack_gpu_memory_total_bytes{node="node-a",namespace="a",pod="llama-0",'
    'model="NVIDIA H100 80GB HBM3"}': 2000 << 20,
    'prodstack_gpu_memory_total_bytes{node="node-a",namespace="",pod="",'
    'model="NVIDIA H100 80GB HBM3"}': 1000 << 20,
}
ODD_POD = r'x\"} 1\nevil_metric{a=\"b'
ODD_LABELS = 'node="node-a",namespace="a",pod="%s",model="NVIDIA H100 80GB HBM3"'
ODD_METRICS = {
    f"prodstack_gpu_utilization_ratio{{{ODD_LABELS % ODD_POD}}}": 0.5,
    f"prodstack_gpu_memory_used_bytes{{{ODD_LABELS % 'p'}}}": 5 << 20,
    f"prodstack_gpu_memory_used_bytes{{{ODD_LABELS % ODD_POD}}}": 1 << 20,
    f"prodstack_gpu_memory_total_bytes{{{ODD_LABELS % 'p'}}}": 10 << 20,
    f"prodstack_gpu_memory_total_bytes{{{ODD_LABELS % ODD_POD}}}": 2 << 20,
}
# Name, fault, the URL's host, what is counted, metrics of GPUs.
CASES = [
    ("good", reply(GOOD), "127.0.0.1", "success", GOOD_METRICS),
    ("good-v6", reply(GOOD), "[::1]", "success", GOOD_METRICS),
    ("openmetrics", reply(GOOD + "# EOF\n", "application/openmetrics-text; version=1.0.0"),
     "127.0.0.1", "success", GOOD_METRICS),
    ("empty", reply(""), "127.0.0.1", "success", {}),
    ("odd", reply(ODD), "127.0.0.1", "success", ODD_METRICS),
    ("html-as-text", reply("<html>\n<body>\n</html>\n"), "127.0.0.1", "malformed", {}),
    ("html", reply(GOOD, "text/html"), "127.0.0.1", "type", {}),
    ("no-type", reply(GOOD, None), "127.0.0.1", "type", {}),
    ("no-end", reply(GOOD, "application/openmetrics-text"), "127.0.0.1", "cut_off", {}),
    ("half-line", reply(GOOD[:-8]), "127.0.0.1", "cut_off", {}),
    ("cut-off", cut_off, "127.0.0.1", "cut_off", {}),
    ("error", reply(GOOD, status=500), "127.0.0.1", "failed", {}),
    ("hang", hang, "127.0.0.1", "failed", {}),
    ("hang-in-body", hang_in_body, "127.0.0.1", "failed", {}),
    ("endless", endless, "127.0.0.1", "too_large", {}),
    ("one-line", one_line, "127.0.0.1", "too_large", {}),
    ("10-GiB", huge, "127.0.0.1", "too_large", {}),
    ("redirect", redirect, "127.0.0.1", "failed", {}),
    ("redirect-here", redirect_here, "127.0.0.1", "failed", {}),
    ("name-of-this-machine", reply(GOOD), "localhost", "refused", {}),
    ("number", reply(GOOD), "2130706433", "refused", {}),
    ("link-local", reply(GOOD), "169.254.169.254", "refused", {}),
    ("closed", None, "127.0.8.1", "failed", {}),
]
# Those that may not even be connected to.
NOT_ASKED = ("name-of-this-machine", "number", "link-local", "closed")


# Exporters of a name with several addresses: the second has one GPU that the first has, too.
SEVERAL = {
    "10.1.0.1": reply(GOOD),
    "10.1.0.2": reply(rows(3, "Hostname", "a", "llama-0", 60, 0, 0) +
                      rows(1, "Hostname", "a", "llama-0", 40, 300, 700)),
    "10.1.0.3": reply(GOOD, status=500),
    "127.0.0.1": reply(ODD),  # may not be asked by a name
}
ALONE = ["unshare", "--map-root-user", "--mount", "--net"]


def free_port(host):
    with socket.create_server((host, 0)) as free:
        return free.getsockname()[1]


def read(address):
    """Samples of an operator's page by name and labels."""
    with urllib.request.urlopen(f"http://{address}/metrics", timeout=5) as answer:
        text = answer.read().decode()
    return {name: float(value) for name, value in
            re.findall(r"^([^#\n]\S*(?:\{.*\})?) (\S+)$", text, re.M)}


class Case(threading.Thread):
    def __init__(self, operator, config, row, number):
        super().__init__()
        self.name, self.fault, self.host, self.result, self.expected = row
        self.operator, self.config, self.faults = operator, config, []
        self.own = f"127.0.9.{number}"  # so that no two cases are after the same port

    def run(self):
        exporter = Exporter(self.fault, "::1" if ":" in self.host else "127.0.0.1") \
            if self.fault else None
        port = exporter.port if exporter else free_port(self.host)
        found = self.ask(f"http://{self.host}:{port}/metrics")
        if found:
            self.judge(found, exporter)

    def ask(self, url):
        """What an operator tells after its first round."""
        address = f"{self.own}:{free_port(self.own)}"
        env = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")}
        process = subprocess.Popen(
            [self.operator, "--kubeconfig", self.config, "--leader-election-enabled", "false",
             "--metrics-addr", address, "--health-probe-addr", "127.0.0.1:0",
             "--gpu-metrics-endpoint", url],
            stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=env)
        try:
            return self.wait(process, address)
        except (OSError, RuntimeError) as error:
            self.faults.append(str(error))
            return None
        finally:
            process.terminate()
            log = process.communicate(timeout=20)[1]
            if process.returncode:
                self.faults.append(f"status {process.returncode}: {log[-500:]}")

    def wait(self, process, address):
        """The page once a round has ended; no answer may be slow meanwhile."""
        until, found = time.monotonic() + 40, {}
        while time.monotonic() < until and process.poll() is None:
            try:
                found = read(address)
            except TimeoutError:
                self.faults.append("the operator did not answer for 5 s")
            except OSError:
                pass
            if "prodstack_gpu_scrape_duration_seconds" in found:
                return found
            time.sleep(0.1)
        raise RuntimeError(f"no round ended: {found}")

    def judge(self, found, exporter):
        counts = {name: value for name, value in found.items()
                  if name.startswith("prodstack_gpu_scrape_total") and value}
        if counts != {f'prodstack_gpu_scrape_total{{result="{self.result}"}}': 1}:
            self.faults.append(f"counted {counts}, expected {self.result}")
        gpus = {name: value for name, value in found.items()
                if re.match(r"prodstack_gpu_(utilization|memory)|evil", name)}
        if gpus.keys() != self.expected.keys() or \
                any(abs(gpus[name] - value) > 1e-6 for name, value in self.expected.items()):
            self.faults.append(f"told {gpus}")
        if ("prodstack_gpu_scrape_age_seconds" in found) != (self.result == "success"):
            self.faults.append("the age is told wrongly")
        if found["process_resident_memory_bytes"] > 100 << 20:
            self.faults.append(f"takes {found['process_resident_memory_bytes']} bytes")
        paths = exporter.paths if exporter else []
        if paths != ([] if self.name in NOT_ASKED else ["/metrics"]):
            self.faults.append(f"asked for {paths}")


def several(operator, config, folder):
    """In a network of its own: each address of a name is asked, and what one fails, others tell."""
    hosts = os.path.join(folder, "hosts")
    with open(hosts, "w", encoding="utf-8") as f:
        f.writelines(f"{address} gpus.test\n" for address in SEVERAL)
    for command in (["ip", "link", "set", "lo", "up"], ["mount", "--bind", hosts, "/etc/hosts"],
                    *(["ip", "address", "add", f"{a}/32", "dev", "lo"] for a in SEVERAL
                      if a != "127.0.0.1")):
        subprocess.run(command, check=True)
    exporters = [Exporter(fault, address, 9400) for address, fault in SEVERAL.items()]
    case = Case(operator, config, ("several", None, "gpus.test", None, None), 1)
    found = case.ask("http://gpus.test:9400/metrics") or {}
    told = {name: value for name, value in found.items() if "gpu" in name and value
            and "seconds" not in name}
    model = 'node="node-a",namespace="a",pod="llama-0",model="NVIDIA H100 80GB HBM3"'
    idle = 'node="node-a",namespace="",pod="",model="NVIDIA H100 80GB HBM3"'
    expected = {
        f"prodstack_gpu_utilization_ratio{{{model}}}": 0.6,
        f"prodstack_gpu_memory_used_bytes{{{model}}}": 400 << 20,
        f"prodstack_gpu_memory_total_bytes{{{model}}}": 2000 << 20,
        f"prodstack_gpu_memory_total_bytes{{{idle}}}": 1000 << 20,
        'prodstack_gpu_scrape_total{result="success"}': 2,
        'prodstack_gpu_scrape_total{result="failed"}': 1,
    }
    asked = [len(exporter.paths) for exporter in exporters]
    if told.keys() != expected.keys() or asked != [1, 1, 1, 0] or \
            any(abs(told[name] - value) > 1e-6 for name, value in expected.items()):
        case.faults.append(f"told {told}, asked {asked}")
    for fault in case.faults:
        print(f"several: {fault}")
    return 1 if case.faults else 0


def start_several(operator):
    if subprocess.run(ALONE + ["ip", "link"], capture_output=True, check=False).returncode:
        print("scraper: several addresses are left out, as no network can be made")
        return 0
    return subprocess.run(ALONE + [sys.executable, __file__, operator, "several"], timeout=60,
                          check=False).returncode


def main():
    operator, wanted, failed = sys.argv[1], sys.argv[2:], 0
    with tempfile.TemporaryDirectory() as folder:
        config = os.path.join(folder, "config")
        with open(config, "w", encoding="utf-8") as f:
            f.write("apiVersion: v1\nkind: Config\ncurrent-context: c\n"
                    "contexts: [{name: c, context: {cluster: a, user: u}}]\n"
                    f"clusters: [{{name: a, cluster: {{server: 'http://127.0.8.2:9'}}}}]\n"
                    "users: [{name: u, user: {token: none}}]\n")
        if wanted == ["several"]:
            return several(operator, config, folder)
        cases = [Case(operator, config, row, i + 1) for i, row in enumerate(CASES)
                 if not wanted or row[0] in wanted]
        for case in cases:
            case.start()
        for case in cases:
            case.join()
            failed += bool(case.faults)
            for fault in case.faults:
                print(f"{case.name}: {fault}")
    failed += 0 if wanted else bool(start_several(operator))
    print(f"scraper: {failed} of {len(cases)} cases failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
