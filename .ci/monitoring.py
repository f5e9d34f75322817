#!/usr/bin/python3
"""Dashboards and alert rules: monitoring.py ROOT writes, below ROOT, the Grafana dashboards
in config/monitoring/dashboards from panels.py, and from alerts.py config/monitoring/rules.yaml,
the same as a PrometheusRule in config/monitoring/objects, and the alerts of docs/operate.md."""
import json
import re
import sys
from pathlib import Path

import alerts
import panels

HERE = Path(__file__).resolve().parent.parent
RUNBOOKS = "docs/operate.md"
SOURCE = {"type": "prometheus", "uid": "${datasource}"}
ACROSS, HEIGHT = 4, 8  # panels in a line, of a grid that is 24 wide


# ---- dashboards ----

def panel(number, at, row):
    title, unit, *queries = row
    return {
        "id": number, "type": "timeseries", "title": title, "datasource": SOURCE,
        "gridPos": {"x": at[0], "y": at[1], "w": 24 // ACROSS, "h": HEIGHT},
        "fieldConfig": {"defaults": {"unit": unit, "min": 0,
                                     "custom": {"fillOpacity": 10, "showPoints": "never"}},
                        "overrides": []},
        "options": {"legend": {"displayMode": "list", "placement": "bottom", "showLegend": True},
                    "tooltip": {"mode": "multi", "sort": "desc"}},
        "targets": [{"refId": chr(ord("A") + i), "datasource": SOURCE, "expr": expr,
                     "legendFormat": legend} for i, (expr, legend) in enumerate(queries)],
    }


def layout(rows):
    """The panels below their headings, with where they stand."""
    made, y = [], 0
    for heading, of_row in rows:
        made.append({"id": len(made) + 1, "type": "row", "title": heading, "collapsed": False,
                     "gridPos": {"x": 0, "y": y, "w": 24, "h": 1}, "panels": []})
        y += 1
        for i, row in enumerate(of_row):
            at = (i % ACROSS * (24 // ACROSS), y + i // ACROSS * HEIGHT)
            made.append(panel(len(made) + 1, at, row))
        y += -(-len(of_row) // ACROSS) * HEIGHT
    return made


def choice(name, query, many):
    return {"name": name, "type": "query", "datasource": SOURCE, "query": query, "refresh": 2,
            "sort": 1, "includeAll": True, "multi": many, "allValue": ".*",
            "current": {"text": "All", "value": "$__all"}}


def dashboard(board):
    datasource = {"name": "datasource", "type": "datasource", "query": "prometheus",
                  "label": "Data source"}
    return {
        "uid": board["uid"], "title": board["title"], "tags": ["router-controller"],
        "schemaVersion": 39, "version": 1, "editable": True, "refresh": "30s",
        "time": {"from": "now-1h", "to": "now"}, "timezone": "",
        "templating": {"list": [datasource, *(choice(*row) for row in board["choices"])]},
        "annotations": {"list": []}, "panels": layout(board["rows"]),
    }


# ---- rules ----

def quoted(text):
    """A scalar of YAML; JSON's are also YAML's."""
    return json.dumps(text, ensure_ascii=False)


def rules(indent):
    lines = ["groups:"]
    for group, rows in alerts.GROUPS:
        lines += [f"- name: {group}", "  rules:"]
        for row in rows:
            lines += [f"  - alert: {row.name}", f"    expr: {quoted(row.expr)}",
                      f"    for: {row.wait}", "    labels:", f"      severity: {row.severity}",
                      "    annotations:", f"      summary: {quoted(row.summary)}",
                      f"      description: {quoted(row.description)}",
                      f"      runbook_url: {quoted(RUNBOOKS + '#' + row.name.lower())}"]
    return "".join(f"{' ' * indent}{line}\n" for line in lines)


RULE_OBJECT = """\
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: router-controller
  namespace: router-controller-system
  labels:
    app.kubernetes.io/name: router-controller
spec:
"""


# ---- docs/operate.md ----

def filled(text):
    """What Prometheus fills in, for who reads it before: the label's name in braces."""
    return re.sub(r"\{\{ \$(?:labels\.)?(\w+)[^}]*\}\}", r"<\1>", text).replace(
        "<", "&lt;").replace(">", "&gt;")


def page():
    rows = [row for _, group in alerts.GROUPS for row in group]
    lines = ["| alert | severity | when | for |", "|---|---|---|---|"]
    for row in rows:
        expr = row.expr.replace("|", "\\|")
        lines.append(f"| [{row.name}](#{row.name.lower()}) | {row.severity} | `{expr}` | "
                     f"{row.wait} |")
    for row in rows:
        lines += ["", f"### {row.name}", "", f"{filled(row.description)} {row.todo}"]
    return "\n".join(lines)


def filled_in(text):
    """docs/operate.md with the part between its marks written anew."""
    start, end = "<!-- alerts: from .ci/alerts.py -->\n", "\n<!-- end of alerts -->"
    before, rest = text.split(start)
    return before + start + page() + end + rest.split(end)[1]


def main():
    root = Path(sys.argv[1])
    folder = root / "config/monitoring"
    for name in (folder / "dashboards", folder / "objects", root / "docs"):
        name.mkdir(parents=True, exist_ok=True)
    for name, board in panels.BOARDS:
        (folder / f"dashboards/{name}.json").write_text(json.dumps(dashboard(board), indent=2) +
                                                        "\n")
    note = "# Generated from .ci/alerts.py; do not edit.\n"
    (folder / "rules.yaml").write_text(note + rules(0))
    (folder / "objects/rules.yaml").write_text(note + RULE_OBJECT + rules(2))
    (root / RUNBOOKS).write_text(filled_in((HERE / RUNBOOKS).read_text()))


if __name__ == "__main__":
    main()
