"""The alerts: one row each, of which monitoring.py makes config/monitoring/rules.yaml, the
PrometheusRule object, and the section on alerts in docs/operate.md. The texts are plain
Markdown; {{ $labels.x }} and {{ $value }} are filled in by Prometheus. tests/monitoring
checks the names, and alerts.yaml there shows each alert firing."""
from collections import namedtuple

Alert = namedtuple("Alert", "name severity wait expr summary description todo")

# Names that other programs built on controller-runtime have as well need the job's.
JOB = 'job="router-controller-metrics"'
ENGINES = 'app_kubernetes_io_component=~"engine|prefill|decode"'
ROUTERS = 'app_kubernetes_io_component=~"gateway|router"'
OWNER = "namespace, app_kubernetes_io_instance"
WHOSE = "{{ $labels.namespace }}/{{ $labels.app_kubernetes_io_instance }}"
FAILED = "401|403|429|5..|<error>"

OPERATOR = (
    Alert("RouterControllerDown", "critical", "5m",
          'absent(leader_election_master_status{name="router-controller"})',
          "No operator is there",
          "No metrics of an operator have been seen for 5 minutes.",
          "What is deployed goes on serving, but no change is carried out. Look at the pods of "
          "`router-controller-system`, and whether Prometheus lists them as targets."),
    Alert("RouterControllerNotLeading", "critical", "2m",
          'sum(leader_election_master_status{name="router-controller"}) != 1',
          "{{ $value }} operators lead, not 1",
          "Nobody leads, or two think that they do.",
          "`kubectl get lease -n router-controller-system` names the holder. With 0: `/readyz` "
          "and the log tell what the operators wait for. With more: are there two "
          "installations, or one with `LEADER_ELECTION_ENABLED=false`?"),
    Alert("RouterControllerReconcileErrors", "warning", "30m",
          f"sum by (controller) (rate(controller_runtime_reconcile_errors_total{{{JOB}}}[10m]))"
          " > 0",
          "Reconciliations of {{ $labels.controller }} fail",
          "Writes for objects of {{ $labels.controller }} have failed for 30 minutes.",
          "The log has the object and the API server's answer. Refused writes: a right is "
          "missing, or an admission webhook says no."),
    Alert("RouterControllerTimeouts", "warning", "10m",
          "sum by (controller) (increase(controller_runtime_reconcile_timeouts_total"
          f"{{{JOB}}}[10m])) > 0",
          "The API server does not answer writes in time",
          "Writes for objects of {{ $labels.controller }} had no answer within 5 s.",
          "Look at the load of the API server and of its admission webhooks. The operator tries "
          "again by itself."),
    Alert("RouterControllerPanics", "critical", "0m",
          "sum by (controller) (increase(controller_runtime_reconcile_panics_total"
          f"{{{JOB}}}[1h])) > 0",
          "A reconciliation of {{ $labels.controller }} broke a promise of the program",
          "A bug of the operator was met.",
          "The log names the object. Report it with the object and `rctl plan --live`."),
    Alert("RouterControllerQueueOld", "warning", "15m",
          "histogram_quantile(0.99, sum by (controller, le) "
          f"(rate(workqueue_queue_duration_seconds_bucket{{{JOB}}}[10m]))) > 60",
          "Keys of {{ $labels.controller }} wait for more than a minute",
          "1 of 100 objects of {{ $labels.controller }} that are ready waits "
          "{{ $value | humanizeDuration }}.",
          "Is the process short of CPU, or are writes slow (RouterControllerTimeouts)? The "
          "dashboard shows depth and duration beside each other."),
    Alert("RouterControllerWatchOld", "warning", "5m",
          "max by (resource) (prodstack_watch_last_event_age_seconds) > 600",
          "The watch of {{ $labels.resource }} is silent",
          "Neither an event nor a bookmark has come for {{ $value | humanizeDuration }}.",
          "Something between operator and API server keeps the connection without data: a proxy, "
          "or a firewall. The operator begins a new stream by itself; a restart does it at once."),
    Alert("RouterControllerCacheNotSynced", "info", "15m",
          "min by (resource) (prodstack_cache_synced) == 0",
          "{{ $labels.resource }} could not be listed",
          "What depends on {{ $labels.resource }} is not looked at.",
          "Rights are missing (`rctl rbac` prints them), or the optional kind is not served by "
          "this cluster, which may be as you want it."),
    Alert("RouterControllerDeletionsHeld", "warning", "5m",
          "max by (kind) (prodstack_delete_breaker_open) == 1",
          "Deletions of {{ $labels.kind }} are held back",
          "A list of {{ $labels.kind }} shrank in a way that two lists do not agree on.",
          "The Event `DeletionsHeld` and the log tell how many were and are known. Compare with "
          "`kubectl get`; it ends by itself when two lists agree."),
    Alert("RouterControllerNotReady", "warning", "30m",
          'max by (kind) (prodstack_cr_condition{condition="Ready",status="False"}) > 0',
          "{{ $value }} objects of {{ $labels.kind }} are not Ready",
          "Objects of {{ $labels.kind }} have not served for 30 minutes.",
          "`rctl status -A` shows which, and why; [the table](#when-something-is-not-ready) "
          "tells what to do by reason."),
    Alert("RouterControllerSpecsRefused", "warning", "15m",
          'max by (kind) (prodstack_cr_condition{condition="Accepted",status="False"}) > 0',
          "{{ $value }} specs of {{ $labels.kind }} are refused",
          "Specs of {{ $labels.kind }} are not carried out; what was there before is kept.",
          "`rctl status -A` shows which; the message of Accepted has the path and the code."),
    Alert("RouterControllerNoBackend", "critical", "5m",
          'max by (kind) (prodstack_cr_condition{condition="BackendReady",status="False"}) > 0',
          "{{ $value }} objects of {{ $labels.kind }} have nothing behind them that serves",
          "BackendReady is False: requests find no backend.",
          "`rctl status -A` leads from the service to its pods; look at those that are not "
          "ready."),
    Alert("RouterControllerBackendsUnhealthy", "warning", "10m",
          'max by (kind) (prodstack_cr_condition{condition="BackendsHealthy",status="False"}) > 0',
          "{{ $value }} objects of {{ $labels.kind }} have backends that do not answer",
          "Backends that a StaticRoute names do not answer their health path.",
          "`rctl status -A` shows how many, and the first of them; ask it from within the "
          "cluster, and mend it or take it out of `staticBackends`."),
    Alert("RouterControllerApiErrors", "warning", "15m",
          f'sum(rate(rest_client_requests_total{{{JOB},code=~"{FAILED}"}}[10m])) / '
          f"sum(rate(rest_client_requests_total{{{JOB}}}[10m])) > 0.05",
          "{{ $value | humanizePercentage }} of the requests to the API server fail",
          "Requests are refused (401, 403, 429), fail (5xx) or get no answer.",
          "The dashboard shows the codes. 401, 403: the service account and `config/rbac/`; 429: "
          "priority and fairness of the API server; `<error>`: the network."),
    Alert("RouterControllerAppliesChangeNothing", "info", "1h",
          "sum by (controller) (increase(prodstack_apply_noop_total[10m])) > 0",
          "Writes for {{ $labels.controller }} change nothing",
          "The API server takes each change back, for an hour already.",
          "At rest there are no writes. A webhook that mutates, another controller that owns the "
          "field, or a bug: `rctl diff --live` shows the field."),
    Alert("RouterControllerApiWarnings", "info", "0m",
          "increase(prodstack_api_warnings_total[1d]) > 0",
          "The API server warns",
          "Answers had Warning headers, such as of a version that will go.",
          "Each text is in the log once."),
    Alert("RouterControllerMalformed", "warning", "0m",
          "sum by (resource) (increase(prodstack_malformed_total[1h])) > 0",
          "Objects of {{ $labels.resource }} could not be read",
          "Something between operator and API server breaks what is sent.",
          "Look for a proxy that cuts off or rewrites answers; the log tells what was wrong."),
)

SERVING = (
    Alert("EngineCacheNearlyFull", "warning", "10m",
          f"max by ({OWNER}, pod) (vllm:kv_cache_usage_perc{{{ENGINES}}} or "
          f"sglang:token_usage{{{ENGINES}}}) > 0.95",
          "The KV cache of {{ $labels.pod }} is nearly full",
          f"{{{{ $value | humanizePercentage }}}} of the KV cache of an engine of {WHOSE} is "
          "taken; requests wait or are put back.",
          "Add replicas, or give it more memory, a smaller `max-model-len` or fewer requests at "
          "once. One pod alone: is the load spread as it should be (`rctl explain routing`)?"),
    Alert("EngineRequestsWaiting", "warning", "10m",
          f"avg by ({OWNER}) (vllm:num_requests_waiting{{{ENGINES}}} or "
          f"sglang:num_queue_reqs{{{ENGINES}}}) > 10",
          f"Requests wait at the engines of {WHOSE}",
          "{{ $value | humanize }} requests wait at each engine, on average.",
          "Add replicas. Where time to the first token does not matter, raise the bound."),
    Alert("RouterWithoutBackend", "critical", "5m",
          f"max by ({OWNER}) (smg_worker_health{{{ROUTERS}}} or "
          f"vllm:healthy_pods_total{{{ROUTERS}}}) == 0",
          f"The router of {WHOSE} has no healthy backend",
          "The router finds none of its backends healthy, and refuses requests.",
          "Look at the engines behind it (`rctl status`). When they are Ready: can the router "
          "reach them, or does a NetworkPolicy of somebody else forbid it?"),
    Alert("ServingNotScraped", "warning", "30m",
          f'min by ({OWNER}, pod) (up{{app_kubernetes_io_component=~'
          '"engine|prefill|decode|gateway|router"}) == 0',
          "{{ $labels.pod }} answers no request for metrics",
          f"A pod of {WHOSE} has not answered on /metrics for 30 minutes.",
          "Is the pod ready? When it is: a NetworkPolicy forbids Prometheus to ask; "
          "`spec.networkPolicy.from` of a gateway has to name its namespace."),
)

GROUPS = (("router-controller", OPERATOR), ("router-controller-serving", SERVING))
