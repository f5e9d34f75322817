/*
 * vLLM's arguments for P/D halves and for cache tiers. Both are KV connectors, and
 * vLLM takes a single --kv-transfer-config, so they are collected first and, when
 * there are several, wrapped into a MultiConnector. Which connector serves a tier:
 *
 * cpu     OffloadingConnector. --kv-offloading-size says the same but overwrites the
 *         connector of a P/D half, so it is never rendered.
 * disk    LMCache inside the engine. vLLM's own file tier knows no upper size, and a
 *         pod that outgrows its scratch volume is evicted; LMCache keeps to the size
 *         and serves the cpu tier along the way.
 * server  LMCacheMPConnector, the client of `lmcache server`, which is the one server
 *         with an eviction watermark.
 */
#include "engine/rules.h"

enum {
    SIDE_CHANNEL_PORT = 5600,
    BOOTSTRAP_PORT = 8998,
    LMCACHE_INIT_PORT = 7300,
    LMCACHE_ALLOC_PORT = 7400,
    MOST_RANKS = 64
};

static const int64_t gibibyte = 1024 * 1024 * 1024;

struct wiring {
    const rctl_engine_job *job;
    rctl_engine_out *out;
    struct base_arena *arena;
    const char *connectors[3]; /* JSON objects */
    size_t n_connectors;
    int64_t tp, workers, dp;
    bool lmcache; /* runs inside the engine */
};

static void add_connector(struct wiring *wiring, const char *name, const char *role,
                          const char *extra)
{
    assert(wiring->n_connectors < BASE_COUNT(wiring->connectors));
    wiring->connectors[wiring->n_connectors++] = base_arena_format(
        wiring->arena, "{\"kv_connector\":\"%s\",\"kv_role\":\"%s\"%s%s}", name, role,
        extra ? ",\"kv_connector_extra_config\":" : "", extra ? extra : "");
}

static void add_env_int(struct wiring *wiring, const char *name, int64_t value, const char *why)
{
    engine_out_env(wiring->out, name,
                   base_arena_format(wiring->arena, "%lld", (long long)value), why);
}

/* One port for each rank: "nixl", "nixl-1", ... */
static void add_ports(struct wiring *wiring, const char *name, int32_t first, int64_t n)
{
    for (int64_t i = 0; i < n && i < MOST_RANKS; i++)
        engine_out_port(wiring->out,
                        i == 0 ? name
                               : base_arena_format(wiring->arena, "%s-%lld", name, (long long)i),
                        first + (int32_t)i);
}

static void wire_nixl(struct wiring *wiring, const char *role)
{
    add_connector(wiring, "NixlConnector", role, NULL);
    engine_out_env_field(wiring->out, "VLLM_NIXL_SIDE_CHANNEL_HOST", "status.podIP",
                         "the other half dials this pod");
    add_env_int(wiring, "VLLM_NIXL_SIDE_CHANNEL_PORT", SIDE_CHANNEL_PORT,
                "the other half dials this port, plus the data parallel rank");
    add_ports(wiring, "nixl", SIDE_CHANNEL_PORT, wiring->dp);
}

static void wire_mooncake(struct wiring *wiring, const char *role)
{
    add_connector(wiring, "MooncakeConnector", role, NULL);
    if (wiring->job->role != RCTL_ROLE_PREFILL)
        return;
    add_env_int(wiring, "VLLM_MOONCAKE_BOOTSTRAP_PORT", BOOTSTRAP_PORT,
                "decode finds prefill through this port");
    engine_out_port(wiring->out, "bootstrap", BOOTSTRAP_PORT);
    /* Where a router that finds the pod by itself looks for the port. */
    engine_out_annotation(wiring->out, "vllm.ai/bootstrap-port",
                          base_arena_format(wiring->arena, "%d", BOOTSTRAP_PORT));
}

/* LMCache reads its ports as a list, one for each tensor parallel rank. */
static const char *list_ports(struct wiring *wiring, int32_t first)
{
    struct base_buf buf;

    base_buf_init(&buf, wiring->arena, NULL);
    for (int64_t i = 0; i < wiring->tp && i < MOST_RANKS; i++)
        base_buf_format(&buf, "%s%d", i ? "," : "", (int)(first + (int32_t)i));
    return buf.data;
}

/* All processes must hash the same tokens to the same key. */
static void use_lmcache(struct wiring *wiring)
{
    if (!wiring->lmcache)
        engine_out_env(wiring->out, "PYTHONHASHSEED", "0", "LMCache shares keys by hash");
    wiring->lmcache = true;
}

static void wire_lmcache(struct wiring *wiring, const char *role)
{
    bool prefill = wiring->job->role == RCTL_ROLE_PREFILL;
    rctl_engine_out *out = wiring->out;
    const char *why = "LMCache carries the KV cache from prefill to decode";

    add_connector(wiring, "LMCacheConnectorV1", role,
                  base_arena_format(
                      wiring->arena,
                      "{\"discard_partial_chunks\":false,\"lmcache_rpc_port\":\"%s1\"}",
                      prefill ? "producer" : "consumer"));
    use_lmcache(wiring);
    engine_out_env(out, "LMCACHE_ENABLE_PD", "true", why);
    engine_out_env(out, "LMCACHE_LOCAL_CPU", "false", why);
    engine_out_env(out, "LMCACHE_PD_ROLE", prefill ? "sender" : "receiver", why);
    engine_out_env(out, "LMCACHE_TRANSFER_CHANNEL", "nixl", why);
    add_env_int(wiring, "LMCACHE_PD_BUFFER_SIZE", gibibyte, why);
    engine_out_env(out, "LMCACHE_PD_BUFFER_DEVICE", "cuda", why);
    if (!prefill) {
        engine_out_env_field(out, "LMCACHE_PD_PEER_HOST", "status.podIP", why);
        engine_out_env(out, "LMCACHE_PD_PEER_INIT_PORT", list_ports(wiring, LMCACHE_INIT_PORT),
                       why);
        engine_out_env(out, "LMCACHE_PD_PEER_ALLOC_PORT", list_ports(wiring, LMCACHE_ALLOC_PORT),
                       why);
        add_ports(wiring, "lm-init", LMCACHE_INIT_PORT, wiring->tp);
        add_ports(wiring, "lm-alloc", LMCACHE_ALLOC_PORT, wiring->tp);
    } else if (wiring->job->front_host) {
        engine_out_env(out, "LMCACHE_PD_PROXY_HOST", wiring->job->front_host, why);
        add_env_int(wiring, "LMCACHE_PD_PROXY_PORT", wiring->job->front_port, why);
    } else {
        engine_fault(out, DIAG_ENGINE_LMCACHE_FRONT, NULL,
                     "set LMCACHE_PD_PROXY_HOST and LMCACHE_PD_PROXY_PORT in env, or use nixl",
                     "LMCache reports each transfer to the router, which is not known here");
    }
}

static void wire_role(struct wiring *wiring)
{
    const char *connector = wiring->job->connector ? wiring->job->connector : "nixl";
    bool prefill = wiring->job->role == RCTL_ROLE_PREFILL;
    const char *role = prefill ? "kv_producer" : "kv_consumer";

    if (wiring->job->role == RCTL_ROLE_SERVE)
        return;
    if (strcmp(connector, "nixl") == 0)
        wire_nixl(wiring, role);
    else if (strcmp(connector, "mooncake") == 0)
        wire_mooncake(wiring, role);
    else if (strcmp(connector, "lmcache") == 0)
        wire_lmcache(wiring, role);
}

/* LMCache reads sizes as GiB of one worker, as plain numbers. */
static void add_env_gibibytes(struct wiring *wiring, const char *name, int64_t bytes,
                              const char *why)
{
    int64_t thousandths = bytes / wiring->workers / (gibibyte / 1000);

    engine_out_env(wiring->out, name,
                   base_arena_format(wiring->arena, "%lld.%03d", (long long)(thousandths / 1000),
                                     (int)(thousandths % 1000)),
                   why);
}

static void keep_on_disk(struct wiring *wiring, const rctl_kv_cache *cache)
{
    const char *why = "disk tier of the cache";
    /* Blocks pass through host memory on their way to the disk, asked for or not. */
    int64_t buffer = cache->cpu_bytes > 0 ? cache->cpu_bytes : gibibyte * wiring->workers;

    if (wiring->lmcache) {
        engine_fault(wiring->out, DIAG_ENGINE_TIER, NULL, "use the connector nixl or mooncake",
                     "LMCache cannot carry P/D transfers and keep a disk tier at once");
        return;
    }
    add_connector(wiring, "LMCacheConnectorV1", "kv_both", NULL);
    use_lmcache(wiring);
    engine_out_env(wiring->out, "LMCACHE_LOCAL_CPU", cache->cpu_bytes > 0 ? "true" : "false", why);
    add_env_gibibytes(wiring, "LMCACHE_MAX_LOCAL_CPU_SIZE", buffer, why);
    engine_out_env(wiring->out, "LMCACHE_LOCAL_DISK",
                   base_arena_format(wiring->arena, "file://%s", cache->disk_path), why);
    add_env_gibibytes(wiring, "LMCACHE_MAX_LOCAL_DISK_SIZE", cache->disk_bytes, why);
    engine_out_scratch(wiring->out, "kv-cache", cache->disk_path, cache->disk_bytes);
    engine_out_host_memory(wiring->out, buffer);
}

static void keep_on_cpu(struct wiring *wiring, const rctl_kv_cache *cache)
{
    add_connector(wiring, "OffloadingConnector", "kv_both",
                  base_arena_format(wiring->arena, "{\"cpu_bytes_to_use\":%lld}",
                                    (long long)cache->cpu_bytes));
    engine_out_host_memory(wiring->out, cache->cpu_bytes);
}

static void keep_on_server(struct wiring *wiring, const rctl_kv_cache *cache)
{
    struct base_buf extra;
    const char *host;

    if (wiring->lmcache) {
        engine_fault(wiring->out, DIAG_ENGINE_TIER, NULL, "keep one of the two",
                     "LMCache cannot run inside the engine and as its server at once");
        return;
    }
    base_buf_init(&extra, wiring->arena, NULL);
    host = base_arena_format(wiring->arena, "tcp://%s", cache->server_host);
    base_buf_puts(&extra, "{\"lmcache.mp.host\":");
    base_buf_json(&extra, host, strlen(host));
    base_buf_format(&extra, ",\"lmcache.mp.port\":%d}", (int)cache->server_port);
    add_connector(wiring, "LMCacheMPConnector", "kv_both", extra.data);
}

static void wire_cache(struct wiring *wiring, const rctl_engine_config *config)
{
    const rctl_kv_cache *cache = wiring->job->cache;

    if (!cache)
        return;
    if (engine_config_off(config, "enable-prefix-caching"))
        engine_fault(wiring->out, DIAG_ENGINE_CACHE_OFF, "enable-prefix-caching",
                     "remove the key, or the reference to the cache",
                     "turns off the cache that is referenced");
    else
        engine_out_arg(wiring->out, "enable-prefix-caching", NULL, "the cache reuses prefixes");
    if (cache->disk_bytes > 0)
        keep_on_disk(wiring, cache);
    else if (cache->cpu_bytes > 0)
        keep_on_cpu(wiring, cache);
    if (cache->server_host)
        keep_on_server(wiring, cache);
}

static void render(struct wiring *wiring)
{
    const char *why = wiring->job->role == RCTL_ROLE_SERVE ? "tiers of the cache"
                                                          : "this half of the P/D pair";
    struct base_buf buf;

    if (wiring->n_connectors == 0)
        return;
    base_buf_init(&buf, wiring->arena, NULL);
    if (wiring->n_connectors == 1) {
        base_buf_puts(&buf, wiring->connectors[0]);
    } else {
        base_buf_puts(&buf, "{\"kv_connector\":\"MultiConnector\",\"kv_role\":\"kv_both\","
                            "\"kv_connector_extra_config\":{\"connectors\":[");
        for (size_t i = 0; i < wiring->n_connectors; i++)
            base_buf_format(&buf, "%s%s", i ? "," : "", wiring->connectors[i]);
        base_buf_puts(&buf, "]}}");
    }
    engine_out_arg(wiring->out, "kv-transfer-config", buf.data, why);
}

void engine_vllm_kv(const rctl_engine_job *job, const rctl_engine_config *config,
                    rctl_engine_out *out)
{
    struct wiring wiring = {.job = job, .out = out, .arena = engine_out_arena(out)};
    int64_t pp = engine_config_int(config, "pipeline-parallel-size", 1);

    wiring.tp = engine_config_int(config, "tensor-parallel-size", 1);
    wiring.workers = wiring.tp > MOST_RANKS || pp > MOST_RANKS ? 1 : wiring.tp * pp;
    wiring.dp = engine_config_int(config, "data-parallel-size-local",
                                  engine_config_int(config, "data-parallel-size", 1));
    wire_role(&wiring);
    wire_cache(&wiring, config);
    render(&wiring);
}
