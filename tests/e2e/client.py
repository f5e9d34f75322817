"""Clients of a cluster, and what came of their requests.

A request goes to the ClusterIP of a Service over a connection of its own, as from another
pod. Whoever asks says what must come of it; Tally counts what did: answered by the right
backend or refused as it has to be, by a wrong one, or lost, which is no answer or a 5xx."""
import http.client
import json
import threading
import time
from typing import NamedTuple
from urllib.parse import urlsplit

CHAT = "/v1/chat/completions"
SECONDS = 20


class Answer(NamedTuple):
    status: int      # 0: none
    pod: str         # that answered
    model: str
    chunks: int      # of a stream that came to its end; 0 otherwise
    text: str

    @property
    def deployment(self):
        """The hashes of the ReplicaSet and of the pod are the last two parts."""
        return self.pod.rsplit("-", 2)[0] if self.pod else None


def exchange(place, path, body=None, headers=None, seconds=SECONDS):
    """(status, text), status 0 when there was no whole answer."""
    connection = http.client.HTTPConnection(*place, timeout=seconds)
    try:
        data = None if body is None else json.dumps(body)
        connection.request("GET" if data is None else "POST", path, data,
                           {"Content-Type": "application/json", **(headers or {})})
        answer = connection.getresponse()
        return answer.status, answer.read().decode("utf-8", "replace")
    except (OSError, http.client.HTTPException) as error:
        return 0, f"{type(error).__name__}: {error}"
    finally:
        connection.close()


def read_stream(text):
    """The parts of an event stream, and whether it came to its end."""
    lines = [line[5:].strip() for line in text.splitlines() if line.startswith("data:")]
    return [json.loads(line) for line in lines if line != "[DONE]"], lines[-1:] == ["[DONE]"]


def ask(place, model, prompt="Who are you?", stream=False, tokens=4, path=CHAT, **headers):
    """One request. Underscores of `headers` are dashes."""
    body = {"model": model, "max_tokens": tokens, "stream": stream,
            "messages": [{"role": "user", "content": prompt}]}
    if model is None:
        del body["model"]
    status, text = exchange(place, path, body,
                            {name.replace("_", "-"): value for name, value in headers.items()})
    if status != 200:
        return Answer(status, None, None, 0, text)
    try:
        parts, whole = read_stream(text) if stream else ([json.loads(text)], False)
        first = parts[0]
        return Answer(status, first.get("system_fingerprint"), first.get("model"),
                      len(parts) if whole else 0, text)
    except (ValueError, IndexError):
        return Answer(status, None, None, 0, text)


class Tally:
    """What came of the requests of one sample."""

    def __init__(self, name):
        self.name = name
        self.sent = self.right = self.wrong = self.lost = 0
        self.skipped, self.faults = [], []
        self.lock = threading.Lock()

    def count(self, answer, what, right):
        """`right` says whether an answer is as it has to be."""
        with self.lock:
            self.sent += 1
            if right(answer):
                self.right += 1
            elif answer.status == 0 or answer.status >= 500:
                self.lost += 1
                self.fault(f"{what}: lost: {answer.status} {answer.text[:160]}")
            else:
                self.wrong += 1
                self.fault(f"{what}: {answer.status} of {answer.pod}: {answer.text[:160]}")
        return answer

    def fault(self, text):
        self.faults.append(text)
        if len(self.faults) <= 20:
            print(f"  {self.name}: {text}", flush=True)

    def skip(self, reason):
        self.skipped.append(reason)

    def result(self):
        return {name: getattr(self, name) for name in
                ("sent", "right", "wrong", "lost", "skipped", "faults")}


class Load:
    """Requests that go on while something else happens; none of them may be lost."""

    def __init__(self, tally, what, one, rate=20):
        """`one` sends a request and counts it; `rate` is that of each second."""
        self.tally, self.what, self.one, self.pause = tally, what, one, 1 / rate
        self.over = threading.Event()
        self.threads = [threading.Thread(target=self.run) for _ in range(2)]

    def run(self):
        while not self.over.wait(self.pause * len(self.threads)):
            self.one()

    def __enter__(self):
        self.before = self.tally.sent
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        for thread in self.threads:
            thread.join()
        print(f"  {self.tally.name}: {self.tally.sent - self.before} requests while "
              f"{self.what}", flush=True)


def until(what, look, seconds=30):
    """What `look` finds as soon as it finds something; RuntimeError when it never does."""
    end = time.monotonic() + seconds
    while not (found := look()):
        if time.monotonic() > end:
            raise RuntimeError(f"no {what} within {seconds} s")
        time.sleep(0.05)
    return found


def place_of(url):
    parts = urlsplit(url)
    return parts.hostname, parts.port or 80
