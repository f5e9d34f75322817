/*
 * What must hold between the halves of a P/D pair. The halves meet only at run time,
 * in their first handshake, so these faults show late and far from their cause. All
 * are told at the decode half, with the prefill half as the related place.
 */
#include "engine/settings.h"

struct pair {
    const rctl_engine_config *prefill, *decode;
    const struct engine_input *prefill_input, *decode_input;
    const struct engine_result *prefill_result, *decode_result;
    struct base_arena *arena;
    struct rctl_diags *diags;
};

static struct engine_place place_of(const struct pair *pair, const struct engine_input *input,
                                    const rctl_engine_config *config, const char *flag)
{
    const struct engine_setting *setting = engine_config_find(config, flag);
    const struct text_path *path = input->sources[0].path;

    if (setting)
        return (struct engine_place){setting->mark, setting->path};
    return (struct engine_place){input->mark, path ? text_path_print(path, pair->arena) : NULL};
}

static void tell(const struct pair *pair, enum diag_code code, const char *flag, const char *hint,
                 const char *message)
{
    struct engine_place here = place_of(pair, pair->decode_input, pair->decode, flag);
    struct engine_place there = place_of(pair, pair->prefill_input, pair->prefill, flag);
    struct diag_entry *entry = diag_add(pair->diags, code, here.mark, pair->decode_input->object,
                                        here.path, hint, "%s", message);

    if (engine_config_find(pair->prefill, flag))
        diag_related(pair->diags, entry, there.mark, "the prefill half");
}

/* The value in force: as set, or the engine's own default, or "" when it chooses. */
static const char *in_force(const rctl_engine_config *config, const char *flag)
{
    const char *value = engine_config_get(config, flag);
    const rctl_flag *row = engine_find_flag(config->engine, flag);

    if (value)
        return value;
    return row && row->fallback ? row->fallback : "";
}

/* A flag that must have the same value in both halves. */
static void must_agree(const struct pair *pair, enum diag_code code, const char *flag)
{
    const char *prefill = in_force(pair->prefill, flag), *decode = in_force(pair->decode, flag);

    if (strcmp(prefill, decode) == 0)
        return;
    tell(pair, code, flag, "give both halves the same value",
         base_arena_format(pair->arena, "'%s' is %s for decode and %s for prefill", flag,
                           *decode ? engine_quote(decode, pair->arena) : "unset",
                           *prefill ? engine_quote(prefill, pair->arena) : "unset"));
}

static const char *connector_of(const struct pair *pair)
{
    const char *connector = pair->decode_input->job->connector;
    const char *const *known = pair->decode_input->engine->connectors;

    return connector ? connector : known && known[0] ? known[0] : "";
}

static const char *sizes(const struct pair *pair, const char *format)
{
    return base_arena_format(pair->arena, format, (long long)pair->decode_result->tensor_parallel,
                             (long long)pair->prefill_result->tensor_parallel);
}

static void check_vllm(const struct pair *pair)
{
    int64_t prefill = pair->prefill_result->tensor_parallel;
    int64_t decode = pair->decode_result->tensor_parallel;
    int64_t block = engine_config_int(pair->prefill, "block-size", 0);
    const char *connector = connector_of(pair), *flag = "tensor-parallel-size";

    if (strcmp(connector, "nixl") == 0 && decode < prefill)
        tell(pair, DIAG_ENGINE_PAIR_TENSOR_PARALLEL, flag,
             "raise it for decode, or lower it for prefill",
             sizes(pair, "decode has %lld tensor parallel ranks and prefill %lld, which NIXL "
                         "cannot join"));
    if (strcmp(connector, "mooncake") == 0 && decode % prefill != 0 && prefill % decode != 0)
        tell(pair, DIAG_ENGINE_PAIR_UNEVEN, flag, "let one be a multiple of the other",
             sizes(pair,
                   "neither of the sizes %lld (decode) and %lld (prefill) divides the other"));
    if (engine_config_int(pair->decode, "block-size", block) < block)
        tell(pair, DIAG_ENGINE_PAIR_BLOCK_SIZE, "block-size", "give both halves the same value",
             "the block size of decode is below that of prefill");
    must_agree(pair, DIAG_ENGINE_PAIR_DTYPE, "dtype");
    must_agree(pair, DIAG_ENGINE_PAIR_KV_DTYPE, "kv-cache-dtype");
    must_agree(pair, DIAG_ENGINE_PAIR_ATTENTION, "attention-backend");
}

static void check_sglang(const struct pair *pair)
{
    int64_t prefill_pp = pair->prefill_result->pipeline_parallel;
    int64_t decode_pp = pair->decode_result->pipeline_parallel;

    must_agree(pair, DIAG_ENGINE_PAIR_PAGE_SIZE, "page-size");
    must_agree(pair, DIAG_ENGINE_PAIR_KV_DTYPE, "kv-cache-dtype");
    if (decode_pp != 1 && decode_pp != prefill_pp)
        tell(pair, DIAG_ENGINE_PAIR_PIPELINE, "pp-size", "use 1 for decode, or the size of prefill",
             base_arena_format(pair->arena,
                               "decode has %lld pipeline stages, and prefill %lld",
                               (long long)decode_pp, (long long)prefill_pp));
    if (pair->prefill_result->tensor_parallel != pair->decode_result->tensor_parallel)
        tell(pair, DIAG_ENGINE_PAIR_STAGING, "tp-size",
             "use equal sizes, or set SGLANG_DISAGG_STAGING_BUFFER=1 in env of both halves",
             sizes(pair, "decode has %lld tensor parallel ranks and prefill %lld, which is slow "
                         "without a staging buffer"));
}

void engine_check_pair(const struct engine_input *prefill,
                       const struct engine_result *prefill_result,
                       const struct engine_input *decode,
                       const struct engine_result *decode_result, struct base_arena *arena,
                       struct rctl_diags *diags)
{
    struct pair pair = {prefill_result->config, decode_result->config, prefill, decode,
                        prefill_result,         decode_result,         arena,   diags};

    if (strcmp(prefill->engine->name, decode->engine->name) != 0)
        return; /* one engine serves both halves; the kind has one field for it */
    if (decode->engine == &engine_vllm)
        check_vllm(&pair);
    else if (decode->engine == &engine_sglang)
        check_sglang(&pair);
}
