"""Lets production-stack's own routing classes decide, without the server around them:
standard input holds the policy, the endpoints and the requests as JSON, standard output gets
the URL, or the status, for each. PRODUCTION_STACK names the source tree. What the classes
import but do not need here is replaced by empty modules; the choice of endpoints by model is
the one of its request service."""
import asyncio
import inspect
import json
import os
import sys
import types
from types import SimpleNamespace

sys.path.insert(0, os.path.join(os.environ["PRODUCTION_STACK"], "src"))


def replace(name, **members):
    module = types.ModuleType(name)
    vars(module).update(members)
    sys.modules[name] = module


class Singleton(type(__import__("abc").ABC)):
    pass


def quiet(*args, **kwargs):
    pass


logger = SimpleNamespace(debug=quiet, info=quiet, warning=quiet, error=quiet)
replace("requests")
replace("fastapi", HTTPException=Exception, Request=object)
replace("vllm_router.log", init_logger=lambda name: logger)
replace("vllm_router.service_discovery", EndpointInfo=object)
replace("vllm_router.stats.engine_stats", EngineStats=object)
replace("vllm_router.stats.request_stats", RequestStats=object)
replace("vllm_router.utils", SingletonABCMeta=Singleton)
package = types.ModuleType("vllm_router.stats")
package.__path__ = []
sys.modules["vllm_router.stats"] = package

from vllm_router.routers import routing_logic as logic  # noqa: E402


class Headers(dict):
    def get(self, key, default=None):
        return next((v for k, v in self.items() if k.lower() == key.lower()), default)


async def decide(router, endpoints, stats, line):
    chosen = [e for e in endpoints if line["model"] in e.model_names]
    if not chosen:
        return 404
    body = line.get("body") or {k: v for k, v in line.items() if k != "headers"}
    arguments = [chosen, {}, stats, SimpleNamespace(headers=Headers(line.get("headers", {})))]
    if len(inspect.signature(router.route_request).parameters) == 5:
        arguments.append(body)
    url = router.route_request(*arguments)
    if inspect.isawaitable(url):
        url = await url
    seen = stats.setdefault(url, SimpleNamespace(qps=0))
    seen.qps += 1 / 60
    return url


async def main():
    job = json.load(sys.stdin)
    router = {"roundrobin": lambda: logic.RoundRobinRouter(),
              "session": lambda: logic.SessionRouter(job["session_key"]),
              "prefixaware": lambda: logic.PrefixAwareRouter()}[job["policy"]]()
    endpoints = [SimpleNamespace(url=url, model_names=[model])
                 for url, model in job["endpoints"]]
    stats = {}
    print(json.dumps([await decide(router, endpoints, stats, line) for line in job["lines"]]))


asyncio.run(main())
