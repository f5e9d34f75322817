#!/usr/bin/python3
"""Do the dashboards and alerts ask for what there is? check.py ROOT ENGINE

Every metric and label of a query must be one that the operator documents
(docs/reference/metrics.md), that routers were seen to serve (NAMES of
tests/e2e/router_metrics.py), or that ENGINE, rctl-fake-engine, prints; labels may also be
what the monitors add. Legends and texts may only use labels that a result has. Runbooks must
be there. Where promtool is found, it reads the rules, too, and alerts.yaml must make each
alert fire."""
import ast
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import yaml

import promql

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "local"))
from engines import Engine  # noqa: E402

# What Prometheus and its operator put on each target.
TARGET = {"job", "instance", "namespace", "pod", "container", "endpoint"}
CLOCKED = {"rate", "increase"}


class Known:
    """`metrics`: name -> (type or None, labels); `values`: (metric, label) -> what it may be."""

    def __init__(self, root, engine):
        self.metrics, self.values = {"up": ("gauge", set())}, {}
        self.read_operator((root / "docs/reference/metrics.md").read_text())
        self.read_routers((root / "tests/e2e/router_metrics.py").read_text())
        for face in ("vllm", "sglang"):
            with Engine(engine, engine=face, model="m") as running:
                self.read_page(running.fetch("/metrics")[1])
        self.target = set(TARGET)
        for path in (root / "config/monitoring/objects").glob("*.yaml"):
            for doc in yaml.safe_load_all(path.read_text()):
                self.target |= {re.sub(r"\W", "_", label)
                                for label in doc["spec"].get("podTargetLabels", [])}
        # The kinds' conditions stand in lists that end with NULL.
        lists = re.findall(r"_conditions\[\] = \{(.*?)NULL\}",
                           (root / "lib/reconcile/tables.c").read_text(), re.S)
        self.conditions = set(re.findall(r'"(\w+)"', " ".join(lists)))

    def add(self, name, kind, labels):
        if kind == "histogram":
            self.metrics[f"{name}_bucket"] = ("counter", labels | {"le"})
            self.metrics[f"{name}_sum"] = self.metrics[f"{name}_count"] = ("counter", labels)
        else:
            self.metrics[name] = (kind, labels)

    def read_operator(self, text):
        rows = re.findall(r"^\| `(\w+)` \| (\w+) \| (.*?) \|", text, re.M)
        order = [name for name, _, _ in rows]
        for name, kind, labels in rows:
            self.add(name, kind, set(re.findall(r"`(\w+)`", labels)))
        for label, first, words in re.findall(r"^\| `(\w+)` \| `(\w+)` on \| (.*) \|", text, re.M):
            for name in order[order.index(first):]:
                self.values[name, label] = words

    def read_routers(self, text):
        for node in ast.parse(text).body:
            if isinstance(node, ast.Assign) and node.targets[0].id == "NAMES":
                for names in ast.literal_eval(node.value).values():
                    for name in names:
                        self.metrics[name] = (None, {"le"} if name.endswith("_bucket") else set())

    def read_page(self, text):
        kinds = dict(re.findall(r"^# TYPE (\S+) (\S+)", text, re.M))
        for name, labels in re.findall(r"^([\w:]+)\{(.*)\}", text, re.M):
            whole = re.sub(r"_(bucket|sum|count)$", "", name)
            kind = kinds.get(name) or ("counter" if kinds.get(whole) == "histogram" else None)
            self.metrics[name] = (kind, set(re.findall(r'(\w+)="', labels)))

    def labels(self, metric):
        return self.metrics[metric][1] | self.target


def judge_value(known, use, label, operator, value):
    words = known.values.get((use.metric, label))
    if "$" in value or words is None:
        return
    allowed = known.conditions if label == "condition" else set(re.findall(r"`([^`]+)`", words))
    wanted = {value} if operator in ("=", "!=") else set(value.split("|"))
    # The codes of HTTP are not listed.
    if label != "code" and not wanted <= allowed:
        yield f"{use.metric} has no {label} {' '.join(sorted(wanted - allowed))}"


def judge_use(known, use):
    if use.metric not in known.metrics:
        yield f"there is no metric {use.metric}"
        return
    kind, _ = known.metrics[use.metric]
    counts = kind == "counter" or kind is None and re.search("_(total|bucket)$", use.metric)
    clocked = bool(CLOCKED & set(use.inside))
    if bool(counts) != clocked and use.metric != "vllm:healthy_pods_total":
        yield f"{use.metric} is {'a' if counts else 'no'} counter"
    if use.metric == "vllm:healthy_pods_total" and clocked:
        yield f"{use.metric} is no counter, in spite of its name"
    if use.metric.endswith("_bucket") and "histogram_quantile" not in use.inside:
        yield f"{use.metric} is a bucket"
    for label in {label for label, _, _ in use.matchers} | (use.by or set()):
        if label not in known.labels(use.metric):
            yield f"{use.metric} has no label {label}"
    for matcher in use.matchers:
        yield from judge_value(known, use, *matcher)


def judge_query(known, text, used, asked):
    """Faults of a query, and of a legend or text that uses the labels `used`."""
    try:
        found, kept = promql.uses(text.replace("$__rate_interval", "5m"))
    except promql.Fault as fault:
        yield str(fault)
        return
    for use in found:
        asked.add(use.metric)
        yield from judge_use(known, use)
    if kept is None:
        kept = set.union(known.target, *(known.metrics.get(u.metric, (0, set()))[1] for u in found))
    for label in sorted(used - kept):
        yield f"its result has no label {label}"


def judge_board(known, board, asked):
    choices = {row["name"] for row in board["templating"]["list"]}
    ids = [panel["id"] for panel in board["panels"]]
    if len(set(ids)) != len(ids):
        yield "two panels have one id"
    for row in board["templating"]["list"]:
        if row["type"] == "query":
            selector, label = re.fullmatch(r"label_values\((.*), (\w+)\)", row["query"]).groups()
            for fault in judge_query(known, f"max by ({label}) ({selector})", {label}, asked):
                yield f"${row['name']}: {fault}"
    for panel in board["panels"]:
        for target in panel.get("targets", []):
            names = set(re.findall(r"\$(\w+)", target["expr"])) - {"__rate_interval"}
            if names - choices:
                yield f"{panel['title']}: nothing chooses {' '.join(names - choices)}"
            used = set(re.findall(r"\{\{(\w+)\}\}", target["legendFormat"]))
            for fault in judge_query(known, target["expr"], used, asked):
                yield f"{panel['title']}: {fault}"


def judge_rules(root, known, rules, asked):
    names = [rule["alert"] for rule in rules]
    if len(set(names)) != len(names):
        yield "two alerts have one name"
    for rule in rules:
        notes = rule["annotations"]
        used = set(re.findall(r"\$labels\.(\w+)", notes["summary"] + notes["description"]))
        for fault in judge_query(known, rule["expr"], used, asked):
            yield f"{rule['alert']}: {fault}"
        page, anchor = notes["runbook_url"].split("#")
        headings = re.findall(r"^#+ (.*)$", (root / page).read_text(), re.M)
        if anchor not in {re.sub(r"[^\w\- ]", "", h).lower().replace(" ", "-") for h in headings}:
            yield f"{rule['alert']}: {page} has no heading {anchor}"


# What the rows of alerts.yaml leave to be filled in.
STANDS_FOR = {
    "$JOB": 'job="router-controller-metrics"',
    "$ENGINE": 'namespace="n",app_kubernetes_io_instance="i",app_kubernetes_io_component="engine"',
    "$ROUTER": 'namespace="n",app_kubernetes_io_instance="i",app_kubernetes_io_component="gateway"',
}


def firing_test(alert, row, fires):
    series = []
    for line in row["fires" if fires else "silent"]:
        for short, labels in STANDS_FOR.items():
            line = line.replace(short, labels)
        name, _, values = re.match(r"([^{ ]+(\{.*\})?) (.*)", line).groups()
        series.append({"series": name, "values": values})
    return {"name": f"{alert} {'fires' if fires else 'is silent'}", "interval": "1m",
            "input_series": series, "promql_expr_test": [{
                "expr": f'count(ALERTS{{alertname="{alert}",alertstate="firing"}})',
                "eval_time": f"{row['at']}m",
                "exp_samples": [{"labels": "{}", "value": 1}] if fires else []}]}


def ask_promtool(root, rules):
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    promtool = shutil.which("promtool") or shutil.which(
        "promtool", path=cache / "router-controller/promtool/usr/bin")
    rows = yaml.safe_load((HERE / "alerts.yaml").read_text())
    for name in sorted({rule["alert"] for rule in rules} ^ set(rows)):
        yield f"{name}: in one of rules.yaml and alerts.yaml only"
    if not promtool:
        print("check: skipped promtool: it is not installed")
        return
    plain = root / "config/monitoring/rules.yaml"
    tests = {"rule_files": [str(plain)], "evaluation_interval": "1m",
             "tests": [firing_test(name, row, fires) for name, row in rows.items()
                       for fires in (True, False)]}
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as made:
        yaml.safe_dump(tests, made)
        made.flush()
        for words in (["check", "rules", plain], ["test", "rules", made.name]):
            done = subprocess.run([promtool, *words], capture_output=True, text=True, timeout=120)
            if done.returncode != 0:
                yield f"promtool {words[0]} rules: {done.stdout}{done.stderr}"
    print(f"check: promtool tried {len(rows)} alerts, each firing and silent")


def main():
    root, engine = Path(sys.argv[1]).resolve(), str(Path(sys.argv[2]).resolve())
    known, asked, faults, boards = Known(root, engine), set(), [], 0
    for path in sorted((root / "config/monitoring/dashboards").glob("*.json")):
        board = json.loads(path.read_text())
        faults += [f"{path.name}: {f}" for f in judge_board(known, board, asked)]
        boards += 1
    plain = yaml.safe_load((root / "config/monitoring/rules.yaml").read_text())
    rules = [rule for group in plain["groups"] for rule in group["rules"]]
    faults += judge_rules(root, known, rules, asked)
    wrapped = yaml.safe_load((root / "config/monitoring/objects/rules.yaml").read_text())
    if wrapped["spec"] != plain:
        faults.append("the PrometheusRule is not what rules.yaml says")
    faults += ask_promtool(root, rules)
    for fault in faults:
        print(fault)
    print(f"check: {boards} dashboards, {len(rules)} alerts, {len(asked)} of "
          f"{len(known.metrics)} names asked for, {len(faults)} faults")
    return 1 if faults or boards != 2 or not rules else 0


if __name__ == "__main__":
    sys.exit(main())
