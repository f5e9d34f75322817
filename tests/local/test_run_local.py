#!/usr/bin/python3
"""Does `rctl run-local` start what is rendered, tell right answers from wrong ones, and
leave nothing behind? test_run_local.py RCTL stub|ROUTER [NAME...]

With `stub`, a router of our own that is good or bad in known ways; with the name of a real
one, the cases of tests/routers that render it. Exit status 77: its wheel is not installed."""
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from engines import Engine

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "routers"))
from live import Missing, python_of  # noqa: E402

RCTL = BIN = SCRATCH = None
TWO = "\n---\n".join(["""
apiVersion: production-stack.vllm.ai/v1alpha1
kind: InferenceGateway
metadata: {name: gate}
spec:
  routeStrategy: RoundRobin
  sessionAffinity: true
  sessionKey: x-who
  router: {type: smg}
  routes:
  - {model: one, inferenceServiceRef: chat}
  - {model: two, inferenceServiceRef: agent}
"""] + [f"""
apiVersion: production-stack.vllm.ai/v1alpha1
kind: InferenceService
metadata: {{name: {name}}}
spec:
  modelName: {model}
  backendMode: Managed
  engineConfig: {{tensor-parallel-size: "1", max-num-batched-tokens: "8192", max-num-seqs: "8"}}
""" for name, model in (("chat", "one"), ("agent", "two"))])


def check(right, what=""):
    if not right:
        raise AssertionError(what)


def same(got, want):
    check(got == want, f"{got!r}, expected {want!r}")


class Done:
    def __init__(self, status, out, err):
        self.status, self.out, self.err = status, out, err

    def expect(self, status, *told):
        everything = self.out + self.err
        check(self.status == status, f"status {self.status}, expected {status}:\n{everything}")
        for text in told:
            check(text in everything, f"{text!r} was not told:\n{everything}")
        return self


def environment():
    return dict(os.environ, TMPDIR=SCRATCH, NO_COLOR="1", LC_ALL="C")


def write(text, name="in.yaml"):
    path = os.path.join(SCRATCH, name)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return path


def run(*words, manifests=None, path=None, seconds=90):
    env = environment()
    if path is not None:
        env["PATH"] = path
    done = subprocess.run([RCTL, "run-local", *words, manifests or write(TWO)], env=env,
                          capture_output=True, text=True, timeout=seconds, stdin=subprocess.DEVNULL)
    check(not leftovers(), f"still running: {leftovers()}")
    return Done(done.returncode, done.stdout, done.stderr)


def leftovers():
    """Processes that name the folder of this test in their arguments or environment."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            text = (process / "cmdline").read_bytes() + (process / "environ").read_bytes()
        except OSError:
            continue
        if SCRATCH.encode() in text and int(process.name) != os.getpid():
            found.append((process / "cmdline").read_bytes().replace(b"\0", b" ").decode())
    return found


def folders():
    return [p.name for p in Path(SCRATCH).iterdir() if p.name.startswith("rctl-run-local-")]


def stub(mode):
    return f"smg={sys.executable} {HERE / 'stub_router.py'} {mode}"


# ---- routers that are good and bad in known ways ----

def test_right():
    done = run("--fake-engines", "--send=8", "--router", stub("right"))
    done.expect(0, "all were answered by the right backend")
    same([line.split()[:4] for line in done.out.splitlines() if line.startswith("gate ")],
         [["gate", "one", "chat-0", "4"], ["gate", "two", "agent-0", "4"]])
    same(folders(), [])


def test_json():
    done = run("--fake-engines", "--send=4", "-o", "json", "--router", stub("right")).expect(0)
    got = json.loads(done.out)
    same(got["right"], True)
    same([(r["router"], r["model"], r["backend"], r["why"], r["requests"])
          for r in got["answers"]],
         [("gate", "one", "chat-0", None, 2), ("gate", "two", "agent-0", None, 2)])
    check(all(row["p50Ms"] <= row["p95Ms"] for row in got["answers"]), got)
    same([engine["models"] for engine in got["engines"]], [["two"], ["one"]])
    check("routers:" in done.err, done.err)


def test_sessions_must_stay():
    pods = TWO.replace("modelName: one", "modelName: one\n  replicas: 3").replace(
        "routeStrategy: RoundRobin", "serviceDiscovery: k8s\n  routeStrategy: RoundRobin").replace(
            "  - {model: two, inferenceServiceRef: agent}\n", "")
    run("--fake-engines", "--send=16", "--router", stub("right"), manifests=write(pods)).expect(
        0, "gate: 4 of 4 sessions stayed with one backend")
    run("--fake-engines", "--send=16", "--router", stub("turns"), manifests=write(pods)).expect(
        1, "gate: 0 of 4 sessions stayed with one backend", "chat-2")


def test_wrong():
    done = run("--fake-engines", "--send=4", "--router", stub("wrong"))
    done.expect(1, "is not to serve it", "not all were answered by the right backend")


def test_exit_at_once():
    done = run("--fake-engines", "--send=4", "--router", stub("exit"))
    done.expect(3, "gate ended with status 7", "  | a first line\n", "  | bad flag\n")
    same(len(folders()), 1)
    check((Path(SCRATCH) / folders()[0] / "gate" / "log").exists())


def test_never_ready():
    run("--fake-engines", "--send=4", "--timeout=1", "--router", stub("silent")).expect(
        3, "gate is not ready after 1 seconds", "/readiness answers 0")


def test_death_on_the_way():
    run("--fake-engines", "--send=4", "--router", stub("mortal")).expect(
        3, "gate ended with status 9", "  | out of luck", "status 0: ")


def test_children_of_routers_end_too():
    run("--fake-engines", "--send=2", "--router", stub("child")).expect(0)


def test_no_program():
    run("--fake-engines", "--send=2", path="/nowhere").expect(
        3, "gate: there is no program smg in PATH; give --router smg=COMMAND")
    run("--fake-engines", "--send=2", "--router=smg=/bin/sh/x").expect(3, "no program /bin/sh/x")
    run("--fake-engines", "--send=2", "--router=gate=/dev/null").expect(3, "no program /dev/null")


def test_what_is_asked_for_must_be_there():
    run("--send=2").expect(2, "nobody stands for the engine agent",
                           "nobody stands for the engine chat")
    run("--fake-engines", "--send=2", "--router=vllm=x").expect(2, "no router of that kind")
    run("--fake-engines", "--send=2", "--engine=x=http://y").expect(2, "no engine, model or addr")
    same(folders(), [])


def test_port_in_use():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        run("--fake-engines", "--send=2", f"--port={port}", "--router", stub("right")).expect(
            3, f"gate: port {port} is in use by another program")
    run("--fake-engines", "--send=2", f"--port={port}", "--router", stub("right")).expect(
        0, f"http://127.0.0.1:{port}")


def test_engines_of_the_user():
    with Engine(os.path.join(BIN, "rctl-fake-engine"), model="one", name="x") as mine:
        url = f"http://127.0.0.1:{mine.port}"
        run("--fake-engines", f"--engine=chat={url}", "--send=4", "--router", stub("right")).expect(
            0, f"chat-0                       {url}  (yours: one)")
        same(mine.stats()["answered"], 3)  # one of them to settle
        run("--fake-engines", f"--engine=one={url}/", "--send=2", "--router",
            stub("right")).expect(0)
    run("--fake-engines", f"--engine=chat={url}", "--send=2", "--router", stub("right")).expect(
        3, f"chat-0: nobody answers {url}/health")


def test_requests_from_a_file():
    lines = [{"id": "a", "model": "one", "prompt": "p", "headers": {"x-who": "me"}},
             {"model": "two", "messages": []}, {"body": {"model": "two", "prompt": "p"}},
             {"model": "nobody", "prompt": "p"}, {"model": "one", "prompt": "p", "gateway": "gate"}]
    path = write("\n\n".join(json.dumps(line) for line in lines), "requests.jsonl")
    done = run("--fake-engines", "--requests", path, "--keep", "--router", stub("right"))
    done.expect(0, "rightly status 404: no such model")
    logs = Path(SCRATCH) / folders()[0] / "chat-0" / "requests.jsonl"
    asked = [line for line in map(json.loads, logs.read_text().splitlines()) if "body" in line]
    same([line["path"] for line in asked][-2:], ["/v1/completions"] * 2)
    for text, told in (("{}{}", "requests.jsonl:1: this is no request"),
                       ('\n{"model": "one", "prompt": "p", "gateway": "x"}', "requests.jsonl:2:")):
        run("--fake-engines", "--requests", write(text, "requests.jsonl"), "--router",
            stub("right")).expect(3, told)


def test_failing_engine():
    with Engine(os.path.join(BIN, "rctl-fake-engine"), model="one", fail_rate=0.5) as mine:
        run("--fake-engines", f"--engine=chat=http://127.0.0.1:{mine.port}", "--send=8",
            "--router", stub("right")).expect(1, "status 500: ")


def start(*words):
    process = subprocess.Popen([RCTL, "run-local", *words, write(TWO)], env=environment(),
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                               stdin=subprocess.DEVNULL)
    lines = []
    while not lines or not lines[-1].startswith("ready"):
        lines.append(process.stdout.readline())
        check(lines[-1], lines)
    return process, "".join(lines)


def test_interrupt():
    process, text = start("--fake-engines", "--router", stub("child"))
    check("gate" in text and "http://127.0.0.1:" in text, text)
    process.send_signal(signal.SIGINT)
    same(process.wait(timeout=30), 0)
    process.stdout.close()
    same((leftovers(), folders()), ([], []))


def test_interrupt_while_it_starts():
    process = subprocess.Popen([RCTL, "run-local", "--fake-engines", "--router", stub("silent"),
                                write(TWO)], env=environment(), stdout=subprocess.DEVNULL,
                               stderr=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL)
    end = time.monotonic() + 30
    while time.monotonic() < end and not any(line.startswith(sys.executable)
                                             for line in leftovers()):
        time.sleep(0.05)
    process.terminate()
    same((process.wait(timeout=30), process.stderr.read()), (3, "rctl run-local: interrupted\n"))
    process.stderr.close()
    same(leftovers(), [])


def test_router_that_ends_while_we_wait():
    process, text = start("--fake-engines", "--router", stub("mortal"))
    url = next(line.split()[1] for line in text.splitlines() if "(smg" in line)
    for _ in range(3):
        subprocess.run(["curl", "-s", "-d", '{"model": "one", "prompt": "p"}',
                        url + "/v1/completions"], capture_output=True, check=False, timeout=20)
    rest = process.communicate(timeout=30)[0]
    check(process.returncode == 3 and "gate ended with status 9" in rest, rest)
    same(leftovers(), [])


def test_killed():
    process, _ = start("--fake-engines", "--router", stub("right"))
    process.kill()
    process.communicate(timeout=30)
    end = time.monotonic() + 10
    while leftovers() and time.monotonic() < end:
        time.sleep(0.05)
    same(leftovers(), [])


def test_nothing_to_try():
    text = TWO.replace("router: {type: smg}", "router: {type: gateway-api}\n  exposure: "
                       "{type: HTTPRoute, parentRefs: [{name: edge}]}")
    text = text.replace("  sessionAffinity: true\n  sessionKey: x-who\n", "")
    run("--fake-engines", "--send=2", manifests=write(text)).expect(
        3, "HTTPRoute gate", "there is no router that can be tried here")


def test_program_by_hand():
    done = subprocess.run([os.path.join(BIN, "rctl-run-local"), "--nothing"], text=True,
                          capture_output=True, timeout=20, stdin=subprocess.DEVNULL)
    same((done.returncode, done.stderr),
         (2, "rctl run-local: this program is started by 'rctl run-local'\n"))
    for text in ("", "[", "{}", '{"objects": [], "sources": []}', "[" * 10000):
        done = subprocess.run([os.path.join(BIN, "rctl-run-local"), "--fake-engines"], text=True,
                              capture_output=True, timeout=20, input=text, env=environment())
        check(done.returncode in (2, 3) and done.stderr, (text[:9], done.returncode, done.stderr))


# ---- real ones ----

def real(dialect):
    """The cases of tests/routers that render this router."""
    program = {"smg": "smg launch", "sglang-router": "sglang-router launch",
               "vllm-router": "vllm-router", "production-stack": "python -m vllm_router.app"}
    folder = python_of(dialect).parent
    command = f"{dialect}={folder}/{program[dialect]}"
    for case in sorted((HERE.parent / "routers" / "cases").iterdir()):
        expect = json.loads((case / "expect.json").read_text())
        if any(router["router"] != dialect for router in expect.values()):
            continue
        yield case.name, lambda case=case, expect=expect: try_case(command, case, expect)


def try_case(command, case, expect):
    words = (case / "args").read_text().split() if (case / "args").exists() else []
    done = run("--fake-engines", "--send=12", "-o", "json", "--router", command, *words,
               manifests=str(case / "in.yaml")).expect(0)
    got = json.loads(done.out)
    same(got["right"], True)
    answered = {(row["router"], row["model"], row["backend"].rpartition("-")[0])
                for row in got["answers"]}
    same(answered, {(name, model, backend) for name, router in expect.items()
                    for model, backends in router["answers"].items() for backend in backends})


def main():
    global RCTL, BIN, SCRATCH
    RCTL, part, wanted = os.path.realpath(sys.argv[1]), sys.argv[2], tuple(sys.argv[3:]) or ("",)
    BIN = os.path.dirname(RCTL)
    try:
        tests = list(real(part)) if part != "stub" else [
            (name, test) for name, test in sorted(globals().items()) if name.startswith("test_")]
    except Missing as missing:
        print(f"run-local {part}: left out: {missing}")
        return 77
    tests = [(name, test) for name, test in tests if name.startswith(wanted)]
    failed = 0
    for name, test in tests:
        SCRATCH = tempfile.mkdtemp(prefix="run-local-")
        try:
            test()
        except AssertionError as error:
            print(f"{name}: {error}")
            failed += 1
        shutil.rmtree(SCRATCH)
    print(f"run-local {part}: {len(tests)} tests, {failed} failed")
    return 1 if failed or not tests else 0


if __name__ == "__main__":
    sys.exit(main())
