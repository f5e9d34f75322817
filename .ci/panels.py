"""The panels of the dashboards, of which monitoring.py makes JSON: rows of (title, unit,
(query, legend)...), under a heading each. $namespace and $owner are chosen above the
dashboard. tests/monitoring checks each name in a query and a legend."""

OPERATOR = {
    "uid": "router-controller-operator",
    "title": "Router Controller / Operator",
    "choices": (("job", "label_values(prodstack_cache_synced, job)", False),),
    "rows": (
        ("Overview", (
            ("Operators", "none", ("count(leader_election_master_status{job=~\"$job\"})", "there"),
             ("sum(leader_election_master_status{job=~\"$job\"})", "leading")),
            ("Who leads", "none",
             ("max by (pod) (leader_election_master_status{job=~\"$job\"})", "{{pod}}")),
            ("Objects not Ready", "none",
             ('max by (kind) (prodstack_cr_condition{job=~"$job",condition="Ready",'
              'status="False"})', "{{kind}}")),
            ("Deletions held", "none",
             ("max by (kind) (prodstack_delete_breaker_open{job=~\"$job\"})", "{{kind}}")),
        )),
        ("Conditions", (
            ("Conditions that are False", "none",
             ('max by (kind, condition) (prodstack_cr_condition{job=~"$job",status="False"}) > 0',
              "{{kind}} {{condition}}")),
            ("Conditions that are Unknown", "none",
             ('max by (kind, condition) (prodstack_cr_condition{job=~"$job",status="Unknown"})'
              " > 0", "{{kind}} {{condition}}")),
            ("Ready", "none",
             ('max by (kind, status) (prodstack_cr_condition{job=~"$job",condition="Ready"})',
              "{{kind}} {{status}}")),
            ("Probes of backends", "reqps",
             ('sum by (result) (rate(prodstack_probe_total{job=~"$job"}[$__rate_interval]))',
              "{{result}}")),
        )),
        ("Reconciliations", (
            ("Reconciliations", "ops",
             ("sum by (controller, result) (rate(controller_runtime_reconcile_total"
              '{job=~"$job"}[$__rate_interval]))', "{{controller}} {{result}}")),
            ("Errors", "ops",
             ("sum by (controller) (rate(controller_runtime_reconcile_errors_total"
              '{job=~"$job"}[$__rate_interval]))', "{{controller}}"),
             ("sum by (controller) (rate(controller_runtime_terminal_reconcile_errors_total"
              '{job=~"$job"}[$__rate_interval]))', "{{controller}} terminal"),
             ("sum by (controller) (rate(controller_runtime_reconcile_timeouts_total"
              '{job=~"$job"}[$__rate_interval]))', "{{controller}} timeouts"),
             ("sum by (controller) (rate(controller_runtime_reconcile_panics_total"
              '{job=~"$job"}[$__rate_interval]))', "{{controller}} panics")),
            ("Duration, 99 of 100", "s",
             ("histogram_quantile(0.99, sum by (controller, le) (rate("
              'controller_runtime_reconcile_time_seconds_bucket{job=~"$job"}'
              "[$__rate_interval])))", "{{controller}}")),
            ("Running", "none",
             ('sum by (controller) (controller_runtime_active_workers{job=~"$job"})',
              "{{controller}}")),
        )),
        ("Queues", (
            ("Depth", "none",
             ('sum by (controller, priority) (workqueue_depth{job=~"$job"})',
              "{{controller}} {{priority}}")),
            ("Added, and put back", "ops",
             ('sum by (controller) (rate(workqueue_adds_total{job=~"$job"}[$__rate_interval]))',
              "{{controller}} added"),
             ('sum by (controller) (rate(workqueue_retries_total{job=~"$job"}'
              "[$__rate_interval]))", "{{controller}} put back")),
            ("Wait, 99 of 100", "s",
             ("histogram_quantile(0.99, sum by (controller, le) (rate("
              'workqueue_queue_duration_seconds_bucket{job=~"$job"}[$__rate_interval])))',
              "{{controller}}")),
            ("Work, 99 of 100", "s",
             ("histogram_quantile(0.99, sum by (controller, le) (rate("
              'workqueue_work_duration_seconds_bucket{job=~"$job"}[$__rate_interval])))',
              "{{controller}}")),
            ("Work that has not ended", "s",
             ('max by (controller) (workqueue_longest_running_processor_seconds{job=~"$job"})',
              "{{controller}} longest"),
             ('sum by (controller) (workqueue_unfinished_work_seconds{job=~"$job"})',
              "{{controller}} all")),
        )),
        ("API server", (
            ("Requests by code", "reqps",
             ('sum by (code) (rate(rest_client_requests_total{job=~"$job"}[$__rate_interval]))',
              "{{code}}")),
            ("Requests by method", "reqps",
             ('sum by (method) (rate(rest_client_requests_total{job=~"$job"}'
              "[$__rate_interval]))", "{{method}}")),
            ("Age of the last event", "s",
             ('max by (resource) (prodstack_watch_last_event_age_seconds{job=~"$job"})',
              "{{resource}}")),
            ("Lists, and streams begun", "ops",
             ('sum by (resource, reason) (rate(prodstack_relist_total{job=~"$job"}'
              "[$__rate_interval]))", "{{resource}} list {{reason}}"),
             ('sum by (resource) (rate(prodstack_watch_restarts_total{job=~"$job"}'
              "[$__rate_interval]))", "{{resource}} stream")),
            ("Objects known", "none",
             ('max by (resource) (prodstack_cache_objects{job=~"$job"})', "{{resource}}")),
            ("Not listed yet", "none",
             ('min by (resource) (prodstack_cache_synced{job=~"$job"}) == 0', "{{resource}}")),
            ("What should not be", "none",
             ('sum by (resource) (increase(prodstack_malformed_total{job=~"$job"}[1h]))',
              "malformed {{resource}}"),
             ('sum by (controller) (increase(prodstack_apply_noop_total{job=~"$job"}[1h]))',
              "no change {{controller}}"),
             ('sum(increase(prodstack_api_warnings_total{job=~"$job"}[1h]))', "warnings"),
             ('sum(increase(prodstack_events_dropped_total{job=~"$job"}[1h]))',
              "events dropped")),
        )),
        ("Process", (
            ("CPU", "percentunit",
             ('sum by (pod) (rate(process_cpu_seconds_total{job=~"$job"}[$__rate_interval]))',
              "{{pod}}")),
            ("Memory", "bytes",
             ('max by (pod) (process_resident_memory_bytes{job=~"$job"})', "{{pod}}")),
            ("File descriptors", "none",
             ('max by (pod) (process_open_fds{job=~"$job"})', "{{pod}} open"),
             ('max by (pod) (process_max_fds{job=~"$job"})', "{{pod}} allowed")),
            ("Up since", "s",
             ('time() - max by (pod) (process_start_time_seconds{job=~"$job"})', "{{pod}}")),
        )),
    ),
}

OWNER = 'namespace=~"$namespace",app_kubernetes_io_instance=~"$owner"'
# The router of production-stack has series of engines under the same names.
ENGINE = OWNER + ',app_kubernetes_io_component=~"engine|prefill|decode"'
ROUTER = OWNER + ',app_kubernetes_io_component=~"gateway|router"'
BY = "namespace, app_kubernetes_io_instance"
NAME = "{{namespace}}/{{app_kubernetes_io_instance}}"
BY_ROLE = BY + ", app_kubernetes_io_component"
ROLE = NAME + " {{app_kubernetes_io_component}}"


def engines(operation, vllm, sglang):
    """One series an owner and role, whichever engine it runs."""
    return (f"{operation} by ({BY_ROLE}) ({vllm}{{{ENGINE}}} or {sglang}{{{ENGINE}}})", ROLE)


def rate(name, where=ENGINE):
    return f"rate({name}{{{where}}}[$__rate_interval])"


def engine_rates(vllm, sglang):
    return (f"sum by ({BY_ROLE}) ({rate(vllm)} or {rate(sglang)})", ROLE)


def engine_quantile(share, name):
    buckets = f"{rate(f'vllm:{name}_bucket')} or {rate(f'sglang:{name}_bucket')}"
    return (f"histogram_quantile({share}, sum by ({BY_ROLE}, le) ({buckets}))",
            f"{ROLE} {share}")


def router_rate(name, legend=NAME):
    return (f"sum by ({BY}) ({rate(name, ROUTER)})", legend)


def router_quantile(share, name, legend=NAME):
    return (f"histogram_quantile({share}, sum by ({BY}, le) ({rate(name + '_bucket', ROUTER)}))",
            f"{legend} {share}")


SERVING = {
    "uid": "router-controller-serving",
    "title": "Router Controller / Serving",
    "choices": (
        ("namespace", 'label_values(up{app_kubernetes_io_component!=""}, namespace)', True),
        ("owner", 'label_values(up{namespace=~"$namespace"}, app_kubernetes_io_instance)', True)),
    "rows": (
        ("Engines: load", (
            ("Pods that answer", "none", (f"sum by ({BY_ROLE}) (up{{{ENGINE}}})", ROLE)),
            ("Requests that run", "none",
             engines("sum", "vllm:num_requests_running", "sglang:num_running_reqs")),
            ("Requests that wait", "none",
             engines("sum", "vllm:num_requests_waiting", "sglang:num_queue_reqs")),
            ("KV cache, fullest pod", "percentunit",
             engines("max", "vllm:kv_cache_usage_perc", "sglang:token_usage")),
            ("KV cache by pod", "percentunit",
             (f"max by (pod) (vllm:kv_cache_usage_perc{{{ENGINE}}} or "
              f"sglang:token_usage{{{ENGINE}}})", "{{pod}}")),
            ("Prefix cache hits", "percentunit",
             (f"sum by ({BY_ROLE}) ({rate('vllm:prefix_cache_hits_total')}) / "
              f"sum by ({BY_ROLE}) ({rate('vllm:prefix_cache_queries_total')})", ROLE),
             (f"avg by ({BY_ROLE}) (sglang:cache_hit_rate{{{ENGINE}}})", ROLE)),
        )),
        ("Engines: answers", (
            ("Requests answered", "reqps",
             engine_rates("vllm:request_success_total", "sglang:num_requests_total")),
            ("Tokens of prompts", "ops",
             engine_rates("vllm:prompt_tokens_total", "sglang:prompt_tokens_total")),
            ("Tokens of answers", "ops",
             engine_rates("vllm:generation_tokens_total", "sglang:generation_tokens_total")),
            ("Time to the first token", "s",
             engine_quantile("0.5", "time_to_first_token_seconds"),
             engine_quantile("0.95", "time_to_first_token_seconds")),
            ("Time of a whole answer", "s",
             engine_quantile("0.5", "e2e_request_latency_seconds"),
             engine_quantile("0.95", "e2e_request_latency_seconds")),
        )),
        ("Routers", (
            ("Requests", "reqps", router_rate("smg_router_requests_total"),
             router_rate("vllm_router_requests_total"),
             router_rate("vllm:num_incoming_requests_total")),
            ("Duration of requests", "s",
             router_quantile("0.95", "smg_router_request_duration_seconds"),
             router_quantile("0.95", "vllm_router_generate_duration_seconds")),
            ("Healthy backends", "none",
             (f"sum by ({BY}) (smg_worker_health{{{ROUTER}}})", NAME),
             (f"sum by ({BY}) (vllm:healthy_pods_total{{{ROUTER}}})", NAME)),
            ("Backends in the pool", "none",
             (f"sum by ({BY}) (smg_worker_pool_size{{{ROUTER}}})", NAME)),
            ("Requests of HTTP", "reqps", router_rate("smg_http_requests_total")),
            ("Requests sent on", "reqps", router_rate("vllm_router_processed_requests_total"),
             (f"sum by ({BY}) (vllm:current_qps{{{ROUTER}}})", NAME)),
        )),
        ("Routers of prefill and decode", (
            ("Requests of pairs", "reqps", router_rate("vllm_router_pd_requests_total"),
             router_rate("vllm_router_pd_prefill_requests_total", NAME + " prefill"),
             router_rate("vllm_router_pd_decode_requests_total", NAME + " decode")),
            ("Duration of pairs", "s",
             router_quantile("0.95", "vllm_router_pd_request_duration_seconds")),
            ("Time to the first token of pairs", "s",
             router_quantile("0.95", "smg_pd_ttft_seconds")),
            ("Time of prefill", "s",
             router_quantile("0.95", "smg_pd_prefill_duration_seconds")),
        )),
    ),
}

BOARDS = (("operator", OPERATOR), ("serving", SERVING))
