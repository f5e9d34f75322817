/* /metrics, under the engines' own names: one row a metric. */
#include "../memory.h"
#include "pages.h"
#include "prefix.h"
#include "serve.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { VLLM = 1 << ENGINE_VLLM, SGLANG = 1 << ENGINE_SGLANG };
enum { BLOCK_TOKENS = PREFIX_BLOCK };

static double running(const struct engine *engine)
{
    return (double)engine->counts.running + engine->knobs.running;
}

static double waiting(const struct engine *engine)
{
    return engine->knobs.waiting;
}

static double kv_usage(const struct engine *engine)
{
    return engine->knobs.kv_usage;
}

static double asked(const struct engine *engine)
{
    return (double)engine->counts.blocks_asked * BLOCK_TOKENS;
}

static double hit(const struct engine *engine)
{
    return (double)engine->counts.blocks_hit * BLOCK_TOKENS;
}

static double hit_rate(const struct engine *engine)
{
    return engine->counts.blocks_asked ? hit(engine) / asked(engine) : 0;
}

static double prompt_tokens(const struct engine *engine)
{
    return (double)engine->counts.prompt_tokens;
}

static double answer_tokens(const struct engine *engine)
{
    return (double)engine->counts.answer_tokens;
}

static double answered(const struct engine *engine)
{
    return (double)engine->counts.answered;
}

static double first_token(const struct engine *engine)
{
    return engine->counts.first_token_seconds;
}

static double whole(const struct engine *engine)
{
    return engine->counts.whole_seconds;
}

/* A histogram has the sum as its value, over the requests answered, and one bucket. */
static const struct metric {
    int face;
    const char *name, *type;
    double (*value)(const struct engine *engine);
} metrics[] = {
    {VLLM, "vllm:num_requests_running", "gauge", running},
    {VLLM, "vllm:num_requests_waiting", "gauge", waiting},
    {VLLM, "vllm:kv_cache_usage_perc", "gauge", kv_usage},
    {VLLM, "vllm:prefix_cache_queries_total", "counter", asked},
    {VLLM, "vllm:prefix_cache_hits_total", "counter", hit},
    /* The names until 0.10, which production-stack's router still reads. */
    {VLLM, "vllm:gpu_cache_usage_perc", "gauge", kv_usage},
    {VLLM, "vllm:gpu_prefix_cache_queries_total", "counter", asked},
    {VLLM, "vllm:gpu_prefix_cache_hits_total", "counter", hit},
    {VLLM, "vllm:prompt_tokens_total", "counter", prompt_tokens},
    {VLLM, "vllm:generation_tokens_total", "counter", answer_tokens},
    {VLLM, "vllm:request_success_total", "counter", answered},
    {VLLM, "vllm:time_to_first_token_seconds", "histogram", first_token},
    {VLLM, "vllm:e2e_request_latency_seconds", "histogram", whole},
    {SGLANG, "sglang:num_running_reqs", "gauge", running},
    {SGLANG, "sglang:num_queue_reqs", "gauge", waiting},
    {SGLANG, "sglang:token_usage", "gauge", kv_usage},
    {SGLANG, "sglang:cache_hit_rate", "gauge", hit_rate},
    {SGLANG, "sglang:cached_tokens_total", "counter", hit},
    {SGLANG, "sglang:prompt_tokens_total", "counter", prompt_tokens},
    {SGLANG, "sglang:generation_tokens_total", "counter", answer_tokens},
    {SGLANG, "sglang:num_requests_total", "counter", answered},
    {SGLANG, "sglang:time_to_first_token_seconds", "histogram", first_token},
    {SGLANG, "sglang:e2e_request_latency_seconds", "histogram", whole},
};

/* A label's value, with what has to be escaped. */
static char *escaped(const char *text)
{
    char *to = memory_new(2 * strlen(text) + 1), *at = to;

    for (; *text; text++) {
        if (*text == '\\' || *text == '"' || *text == '\n')
            *at++ = '\\';
        *at++ = *text == '\n' ? 'n' : *text;
    }
    return to;
}

static char *labels_of(const struct engine *engine)
{
    static const char *const types[] = {"unified", "prefill", "decode"};
    char *model = escaped(engine->options.models.items[0]), *labels;

    if (engine->options.kind == ENGINE_VLLM)
        labels = memory_format("engine=\"0\",model_name=\"%s\"", model);
    else
        labels = memory_format("engine_type=\"%s\",model_name=\"%s\",pp_rank=\"0\",tp_rank=\"0\"",
                               types[engine->options.role], model);
    free(model);
    return labels;
}

static void write_metric(FILE *to, const struct metric *metric, const struct engine *engine,
                         const char *labels)
{
    double value = metric->value(engine);

    fprintf(to, "# HELP %s Of a fake engine.\n# TYPE %s %s\n", metric->name, metric->name,
            metric->type);
    if (strcmp(metric->type, "histogram") == 0)
        fprintf(to,
                "%s_bucket{%s,le=\"+Inf\"} %.0f\n"
                "%s_sum{%s} %.9g\n"
                "%s_count{%s} %.0f\n",
                metric->name, labels, answered(engine), metric->name, labels, value, metric->name,
                labels, answered(engine));
    else
        fprintf(to, "%s{%s} %.9g\n", metric->name, labels, value);
}

int pages_metrics(struct engine *engine, struct evhttp_request *request, struct json_object *body)
{
    char *text = NULL, *labels = labels_of(engine);
    size_t n = 0;
    FILE *to = open_memstream(&text, &n);
    int status;

    (void)body;
    for (size_t i = 0; to && i < sizeof(metrics) / sizeof(metrics[0]); i++)
        if (metrics[i].face == 1 << engine->options.kind)
            write_metric(to, &metrics[i], engine, labels);
    if (to && engine->options.kind == ENGINE_VLLM)
        fprintf(to,
                "# HELP vllm:cache_config_info Of a fake engine.\n"
                "# TYPE vllm:cache_config_info gauge\n"
                "vllm:cache_config_info{block_size=\"%d\",num_gpu_blocks=\"%.0f\",%s} 1\n",
                BLOCK_TOKENS, engine->options.cache_blocks, labels);
    if (!to || fclose(to) != 0)
        status = serve_error(engine, request, 500, "out of memory", NULL);
    else
        status = serve_text(engine, request, 200, "text/plain; version=0.0.4; charset=utf-8", text,
                            n);
    free(text);
    free(labels);
    return status;
}
