"""What the real operator serves at /metrics: is it what docs/reference/metrics.md says, in both
formats, and is it true? Read by another parser than the one that other tests use. Those of GPUs
come from an exporter of ours; tests/faults/scraper.py has the odd ones."""
import os
import sys
import time
from collections import Counter
from pathlib import Path

from operate import samples, scene
from operators import Operator
from plan import OURS
from world import ROOT, VERSION

sys.path[:0] = [str(ROOT / "tests/unit/opcore"), str(ROOT / "tests/faults")]
import check_metrics  # noqa: E402
import scraper  # noqa: E402

PAGE = ROOT / "docs/reference/metrics.md"
OPENMETRICS = "application/openmetrics-text; version=1.0.0"
# What dashboards that are made for controller-runtime, Go clients and processes ask for, and
# the labels by which they do.
CONTROLLER, QUEUE = {"controller"}, {"name", "controller"}
QUERIES = {
    "controller_runtime_reconcile_total": CONTROLLER | {"result"},
    "controller_runtime_reconcile_errors_total": CONTROLLER,
    "controller_runtime_terminal_reconcile_errors_total": CONTROLLER,
    "controller_runtime_reconcile_panics_total": CONTROLLER,
    "controller_runtime_reconcile_time_seconds_bucket": CONTROLLER | {"le"},
    "controller_runtime_reconcile_time_seconds_sum": CONTROLLER,
    "controller_runtime_reconcile_time_seconds_count": CONTROLLER,
    "controller_runtime_max_concurrent_reconciles": CONTROLLER,
    "controller_runtime_active_workers": CONTROLLER,
    "workqueue_depth": QUEUE | {"priority"},
    "workqueue_adds_total": QUEUE,
    "workqueue_retries_total": QUEUE,
    "workqueue_queue_duration_seconds_bucket": QUEUE | {"le"},
    "workqueue_work_duration_seconds_bucket": QUEUE | {"le"},
    "workqueue_unfinished_work_seconds": QUEUE,
    "workqueue_longest_running_processor_seconds": QUEUE,
    "rest_client_requests_total": {"code", "method", "host"},
    "leader_election_master_status": {"name"},
    "process_cpu_seconds_total": set(),
    "process_resident_memory_bytes": set(),
    "process_open_fds": set(),
    "process_start_time_seconds": set(),
}


def read(text, openmetrics=False):
    """Lists of labels and value by the name of the series."""
    found = {}
    for name, (_, rows) in check_metrics.parse(text, openmetrics).items():
        for suffix, labels, value in rows:
            found.setdefault(name + suffix, []).append((labels, value))
    return found


def conditions(here):
    """How many objects have which condition with which status."""
    found = Counter()
    for kind in OURS:
        items = here.api.get(here.api.path(VERSION, kind, here.namespace)).body["items"]
        found.update((kind, c["type"], c["status"]) for item in items
                     for c in item.get("status", {}).get("conditions", []))
    return found


def metrics(world):
    """Is the page what is documented, what dashboards ask for, and true?"""
    here = scene(world, "metrics")
    here.apply(*samples(here.namespace))
    exporter = scraper.Exporter(scraper.reply(scraper.GOOD))
    with Operator(world, here.namespace, "--gpu-metrics-endpoint",
                  f"http://127.0.0.1:{exporter.port}/metrics", elects=True) as operator:
        here.wait_ready()
        operator.rest(2)
        world.wait("GPUs", lambda: ("prodstack_gpu_scrape_age_seconds", "") in operator.metrics())
        page = PAGE.read_text("utf-8")
        for openmetrics in (False, True):
            status, text = operator.get(operator.metrics_port, "/metrics",
                                        Accept=OPENMETRICS if openmetrics else "text/plain")
            try:
                check_metrics.check_reference(text, page, openmetrics)
            except AssertionError as error:
                yield f"status {status}, openmetrics {openmetrics}: {error}"
            for name, (kind, rows) in check_metrics.parse(text, openmetrics).items():
                world.looked_at += 1
                if kind == "histogram":
                    check_metrics.check_histogram(name, rows)
        yield from asked(read(operator.get(operator.metrics_port, "/metrics")[1]))
        yield from counted(here, operator)
        here.merge(VERSION, "InferenceService", "mistral-agent-service",
                   {"spec": {"engineConfig": {"max-num-seqs": "many"}}})
        world.wait("refusal", lambda: here.conditions(
            "InferenceService", "mistral-agent-service")["Accepted"]["status"] == "False")
        operator.rest(2)
        yield from counted(here, operator)
        yield from measured(read(operator.get(operator.metrics_port, "/metrics")[1]),
                            operator.process.pid)


def asked(found):
    for name, labels in QUERIES.items():
        if name not in found:
            yield f"a dashboard finds no {name}"
        elif any(row.keys() != labels for row, _ in found[name]):
            yield f"{name} has the labels {set(found[name][0][0])}, dashboards want {labels}"
    for name in ("controller_runtime_reconcile_total", "workqueue_adds_total",
                 "workqueue_queue_duration_seconds_count"):
        if any(not sum(value for row, value in found[name] if row["controller"] == c)
               for c in {row["controller"] for row, _ in found[name]}):
            yield f"{name} is 0 for a controller: {found[name]}"


def counted(here, operator):
    """Conditions are counted as the server has them; others have the value 0."""
    found = read(operator.get(operator.metrics_port, "/metrics")[1])
    told = {(row["kind"], row["condition"], row["status"]): int(value)
            for row, value in found["prodstack_cr_condition"]}
    real = conditions(here)
    here.world.looked_at += len(told)
    yield from (f"conditions {key}: {told.get(key)} told, the server has {real[key]}"
                for key in told.keys() | real.keys() if told.get(key) != real[key])
    for name in ("prodstack_apply_noop_total", "controller_runtime_reconcile_timeouts_total",
                 "prodstack_malformed_total", "prodstack_api_warnings_total"):
        if any(value for _, value in found[name]):
            yield f"{name}: {found[name]}"


def measured(found, pid):
    """What the kernel says of the process by itself."""
    ticks, pages = os.sysconf("SC_CLK_TCK"), os.sysconf("SC_PAGE_SIZE")
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    rss = int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[1]) * pages
    cpu = (int(fields[11]) + int(fields[12])) / ticks
    for name, real, slack in (
            ("process_cpu_seconds_total", cpu, 0.5),
            ("process_resident_memory_bytes", rss, 4 << 20),
            ("process_open_fds", len(os.listdir(f"/proc/{pid}/fd")), 3),
            ("process_start_time_seconds", time.time() - (
                float(Path("/proc/uptime").read_text("ascii").split()[0]) -
                int(fields[19]) / ticks), 2)):
        ((_, told),) = found[name]
        if abs(told - real) > slack:
            yield f"{name} is {told}, and {real} by the kernel"
