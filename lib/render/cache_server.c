/*
 * The LMCache server of a cache with tiers.server. Here, and only here, the
 * eviction threshold is obeyed and not just observed.
 */
#include "render/render.h"

enum { HTTP_PORT = 8080 };

static void put_args(struct render *render, const struct icache_spec *spec)
{
    struct text_builder *out = &render->builder;
    const struct transfer_policy *policy = spec->transfer_policy;
    char number[32];

    text_put_list(out, "args");
    text_put_str(out, NULL, "--host");
    text_put_str(out, NULL, "0.0.0.0");
    text_put_str(out, NULL, "--port");
    text_put_str(out, NULL, base_arena_format(render->arena, "%d", KINDS_LMCACHE_PORT));
    text_put_str(out, NULL, "--http-host");
    text_put_str(out, NULL, "0.0.0.0");
    text_put_str(out, NULL, "--http-port");
    text_put_str(out, NULL, base_arena_format(render->arena, "%d", HTTP_PORT));
    base_num_print((double)kinds_quantity(spec->tiers->server->size.v) / (1024.0 * 1024 * 1024),
                   number);
    text_put_str(out, NULL, "--l1-size-gb");
    text_put_str(out, NULL, number);
    text_put_str(out, NULL, "--eviction-policy");
    text_put_str(out, NULL, "LRU");
    if (policy && policy->eviction_threshold.at) {
        base_num_print(policy->eviction_threshold.v, number);
        text_put_str(out, NULL, "--eviction-trigger-watermark");
        text_put_str(out, NULL, number);
    }
    text_put_end(out);
}

static void put_probe(struct text_builder *out, const char *key, int64_t period)
{
    render_put_probe(out, key,
                     &(struct render_probe){.port = "lmcache", .period = period, .failures = 3});
}

static void put_container(struct render *render, const struct icache_spec *spec)
{
    struct text_builder *out = &render->builder;
    const struct server_tier *server = spec->tiers->server;
    /* What the server itself needs besides the blocks that it holds. */
    int64_t memory = kinds_quantity(server->size.v) + (INT64_C(2) << 30);
    const char *quantity = render_bytes(render, memory);

    text_put_map(out, NULL);
    put_args(render, spec);
    text_put_list(out, "command");
    text_put_str(out, NULL, "lmcache");
    text_put_str(out, NULL, "server");
    text_put_end(out);
    text_put_str(out, "image", server->image.v ? server->image.v : "lmcache/standalone:latest");
    put_probe(out, "livenessProbe", 10);
    text_put_str(out, "name", "lmcache");
    text_put_list(out, "ports");
    render_put_port(out, "lmcache", KINDS_LMCACHE_PORT);
    render_put_port(out, "http", HTTP_PORT);
    text_put_end(out);
    put_probe(out, "readinessProbe", 5);
    text_put_map(out, "resources");
    text_put_map(out, "limits");
    text_put_str(out, "memory", quantity);
    text_put_end(out);
    text_put_map(out, "requests");
    text_put_str(out, "memory", quantity);
    text_put_end(out);
    text_put_end(out);
    render_put_container_security(out, /* drop_all= */ false, /* read_only_root= */ false);
    text_put_end(out);
}

void render_cache_server(struct render *render, const rctl_object *owner,
                         const struct icache_spec *spec)
{
    struct text_builder *out = &render->builder;
    const char *name = kinds_child_name(render->arena, owner->name, "-lmcache");

    render_open(render, "apps/v1", "Deployment", owner, name, "lmcache", "cache-server");
    text_put_map(out, "spec");
    text_put_int(out, "replicas", 1);
    text_put_map(out, "selector");
    render_put_selector(render, "matchLabels", owner, "cache-server");
    text_put_end(out);
    text_put_map(out, "strategy");
    text_put_str(out, "type", "Recreate");
    text_put_end(out);
    text_put_map(out, "template");
    text_put_map(out, "metadata");
    render_put_labels(render, "labels", owner, "lmcache", "cache-server");
    text_put_end(out);
    text_put_map(out, "spec");
    text_put_bool(out, "automountServiceAccountToken", false);
    text_put_list(out, "containers");
    put_container(render, spec);
    text_put_end(out);
    text_put_bool(out, "enableServiceLinks", false);
    render_put_pod_security(out, /* user= */ 0);
    text_put_end(out);
    text_put_end(out);
    text_put_end(out);
    render_close(render, "apps/v1", "Deployment", owner, name);

    render_open(render, "v1", "Service", owner, name, "lmcache", "cache-server");
    text_put_map(out, "spec");
    text_put_list(out, "ports");
    text_put_map(out, NULL);
    text_put_str(out, "name", "lmcache");
    text_put_int(out, "port", KINDS_LMCACHE_PORT);
    text_put_str(out, "protocol", "TCP");
    text_put_str(out, "targetPort", "lmcache");
    text_put_end(out);
    text_put_end(out);
    render_put_selector(render, "selector", owner, "cache-server");
    text_put_str(out, "type", "ClusterIP");
    text_put_end(out);
    render_close(render, "v1", "Service", owner, name);
}
