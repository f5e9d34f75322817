#!/usr/bin/python3
"""Would check.py see what is wrong? rig.py ROOT ENGINE

Each name and label of each query and legend that is committed is misspelled, one at a time,
and each must be found out; WRONG are queries that are wrong in other ways."""
import json
import re
import sys
from pathlib import Path

import yaml

import check
import promql

WRONG = (
    ("sum(rate(workqueue_depth[5m]))", "", "workqueue_depth is no counter"),
    ("sum(workqueue_adds_total)", "", "workqueue_adds_total is a counter"),
    ("sum(rate(vllm:healthy_pods_total[5m]))", "", "in spite of its name"),
    ("sum(rate(smg_pd_ttft_seconds_bucket[5m]))", "", "smg_pd_ttft_seconds_bucket is a bucket"),
    ("histogram_quantil(0.9, vllm:num_requests_running)", "", "no function histogram_quantil"),
    ("sum by (kind) (prodstack_cr_condition)", "condition", "its result has no label condition"),
    ("sum(prodstack_cr_condition)", "kind", "its result has no label kind"),
    ("absent(up)", "job", "its result has no label job"),
    ('prodstack_cr_condition{condition="Redy"}', "", "has no condition Redy"),
    ('prodstack_cr_condition{status=~"True|Flase"}', "", "has no status Flase"),
    ('prodstack_probe_total{result="refuse"}', "", "has no result refuse"),
    ('sum(rate(controller_runtime_reconcile_total{result="ok"}[5m]))', "", "has no result ok"),
    ("sum by (server) (vllm:kv_cache_usage_perc)", "", "has no label server"),
    ("sum by (model_name) (vllm:kv_cache_usage_perc or up)", "", "up has no label model_name"),
    ("sum(up", "", "a ) is missing"),
    ("up)", "", "a ) too much"),
    ("up{job}", "", "is no matcher"),
    ("up & up", "", "is not understood"),
)


def committed(root):
    """(query, legend or text) of all that is committed."""
    for path in sorted((root / "config/monitoring/dashboards").glob("*.json")):
        for panel in json.loads(path.read_text())["panels"]:
            for target in panel.get("targets", []):
                yield target["expr"].replace("$__rate_interval", "5m"), target["legendFormat"]
    for group in yaml.safe_load((root / "config/monitoring/rules.yaml").read_text())["groups"]:
        for rule in group["rules"]:
            notes = rule["annotations"]
            yield rule["expr"], " ".join(
                "{{%s}}" % name for name in
                re.findall(r"\$labels\.(\w+)", notes["summary"] + notes["description"]))


def misspelled(query, legend):
    """(what was misspelled, query, labels of the legend), for each name in them."""
    used = set(re.findall(r"\{\{(\w+)\}\}", legend))
    texts = [match.span() for match in re.finditer(r'"[^"]*"', query)]
    known = promql.FUNCTIONS | promql.AGGREGATIONS | promql.OPERATORS | {"by"}
    for match in re.finditer(r"(?<![\w:$\[])[a-zA-Z_][\w:]*", query):
        if match[0] in known or \
                any(start <= match.start() < end for start, end in texts):
            continue
        yield match[0], query[:match.end()] + "q" + query[match.end():], used
    for label in used:
        yield label, query, used - {label} | {label + "q"}


def main():
    root, engine = Path(sys.argv[1]).resolve(), str(Path(sys.argv[2]).resolve())
    known, missed, tried = check.Known(root, engine), [], 0
    for query, legend in committed(root):
        for name, wrong, used in misspelled(query, legend):
            tried += 1
            if not list(check.judge_query(known, wrong, used, set())):
                missed.append(f"{name} misspelled in {wrong}")
    for query, label, words in WRONG:
        faults = " ".join(check.judge_query(known, query, {label} - {""}, set()))
        tried += 1
        if words not in faults:
            missed.append(f"{query}: {faults or 'no fault'}, not: {words}")
    for text in missed:
        print(text)
    print(f"rig: {tried} mistakes, {len(missed)} not found out")
    return 1 if missed or tried < 300 else 0


if __name__ == "__main__":
    sys.exit(main())
