"""rctl-fake-engine as processes for tests: started, asked, and ended without a leak."""
import http.client
import json
import re
import subprocess


class Engine:
    """One engine; use it in a `with`. Keywords are its options, lists repeat one."""

    def __init__(self, program, **options):
        words = [program]
        for name, value in options.items():
            values = value if isinstance(value, list) else [value]
            words += [f"--{name.replace('_', '-')}={one}" for one in values]
        self.words, self.process, self.port, self.bootstrap = words, None, 0, 0
        self.bootstrapped = options.get("role") == "prefill"

    def __enter__(self):
        self.process = subprocess.Popen(self.words, stdout=subprocess.PIPE, text=True)
        self.port = self.read_port("listening on")
        if self.bootstrapped:
            self.bootstrap = self.read_port("bootstrap on")
        return self

    def read_port(self, what):
        line = self.process.stdout.readline()
        found = re.fullmatch(what + r" \S+:(\d+)\n", line)
        if not found:
            raise AssertionError(f"{self.words}: {line!r}")
        return int(found[1])

    def __exit__(self, kind, *_):
        told = self.process.poll() is None  # else the test has ended it, and judges
        self.process.terminate()
        status = self.process.wait(timeout=20)
        self.process.stdout.close()
        if told and status != 0 and kind is None:
            raise AssertionError(f"{self.words} ended with status {status}")

    # ---- requests ----

    def fetch(self, path, body=None, headers=None, port=None, method=None, seconds=20):
        """(status, text); a dict as body is sent as JSON. Status 0: no answer."""
        connection = http.client.HTTPConnection("127.0.0.1", port or self.port, timeout=seconds)
        try:
            data = json.dumps(body) if isinstance(body, (dict, list)) else body
            connection.request(method or ("GET" if body is None else "POST"), path, data,
                               headers or {})
            answer = connection.getresponse()
            return answer.status, answer.read().decode("utf-8", "replace")
        except (OSError, http.client.HTTPException) as error:
            return 0, str(error)
        finally:
            connection.close()

    def ask(self, path="/v1/completions", headers=None, seconds=20, **body):
        """(status, decoded answer) of a request for tokens, by default a good one."""
        whole = {"model": "m", "prompt": "Who is there?", "max_tokens": 3, **body}
        status, text = self.fetch(path, {k: v for k, v in whole.items() if v is not None},
                                  headers, seconds=seconds)
        return status, json.loads(text) if text[:1] in ("{", "[") else text

    def turn(self, **knobs):
        status, text = self.fetch("/fake/knobs", knobs)
        if status != 200:
            raise AssertionError(text)

    def stats(self):
        return json.loads(self.fetch("/fake/stats")[1])

    def metric(self, name):
        """The value of a metric, whatever its labels."""
        found = re.search(rf"^{re.escape(name)}{{[^}}]*}} (\S+)$", self.fetch("/metrics")[1], re.M)
        return float(found[1]) if found else None
