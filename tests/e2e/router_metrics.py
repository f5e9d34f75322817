"""The metrics of a router that runs are those that dashboards are told to read."""
import os

from client import exchange
from rendered import labels_of, number_of

# What there is once requests have been served, by router and by what stands behind it.
NAMES = {
    ("smg", "gateway"): ("smg_http_requests_total", "smg_router_requests_total",
                         "smg_router_request_duration_seconds_bucket", "smg_worker_health",
                         "smg_worker_pool_size"),
    ("smg", "router"): ("smg_router_requests_total", "smg_pd_ttft_seconds_bucket",
                        "smg_pd_prefill_duration_seconds_bucket", "smg_worker_health"),
    ("vllm-router", "gateway"): ("vllm_router_requests_total",
                                 "vllm_router_generate_duration_seconds_bucket",
                                 "vllm_router_processed_requests_total"),
    ("vllm-router", "router"): ("vllm_router_pd_requests_total",
                                "vllm_router_pd_request_duration_seconds_bucket",
                                "vllm_router_pd_prefill_requests_total",
                                "vllm_router_pd_decode_requests_total"),
    ("sglang-router", "gateway"): ("smg_router_requests_total",
                                   "smg_router_request_duration_seconds_bucket",
                                   "smg_worker_health"),
    ("production-stack", "gateway"): ("vllm:current_qps", "vllm:healthy_pods_total",
                                      "vllm:num_incoming_requests_total"),
    ("production-stack", "router"): ("vllm:healthy_pods_total",),
}


def judge_metrics(scene, name, *kind):
    """`kind`: router and what it is for, of a Deployment that was not rendered."""
    labels = labels_of(scene.deployment(name))
    kind = kind or (labels["app.kubernetes.io/name"], labels["app.kubernetes.io/component"])
    pod = scene.pods(name)[0]
    ports = [p["name"] for p in pod.containers[0].spec["ports"]]
    port = number_of(pod.containers[0].spec, "metrics" if "metrics" in ports else "http")
    status, text = exchange((pod.address, port), "/metrics")
    scene.check(status == 200, f"{name}: /metrics: {status}")
    seen = {line.split("{")[0].split(" ")[0] for line in text.splitlines() if line[:1] != "#"}
    if "E2E_LOGS" in os.environ:
        print(f"  {scene.tally.name}: {' '.join(sorted(seen))}", flush=True)
    for wanted in NAMES[kind]:
        scene.check(wanted in seen, f"{name}: /metrics has no {wanted}")
