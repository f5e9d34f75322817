/* The two halves of a P/D pair against each other. */
#include "pod.h"

static const struct {
    const rctl_engine *engine;
    const char *connector, *prefill, *decode, *codes;
} cases[] = {
    {&engine_vllm, "nixl", "tensor-parallel-size: 2", "tensor-parallel-size: 4", ""},
    {&engine_vllm, NULL, "tensor-parallel-size: 4", "tensor-parallel-size: 2",
     "engine.pair-tensor-parallel"},
    {&engine_vllm, "mooncake", "tensor-parallel-size: 4", "tensor-parallel-size: 2", ""},
    {&engine_vllm, "mooncake", "tensor-parallel-size: 4", "tensor-parallel-size: 6",
     "engine.pair-uneven"},
    {&engine_vllm, "nixl", "block-size: 128", "block-size: 64", "engine.pair-block-size"},
    {&engine_vllm, "nixl", "block-size: 64", "block-size: 128", ""},
    {&engine_vllm, "nixl", "block-size: 64", "{}", ""},
    {&engine_vllm, "nixl", "dtype: half", "{}", "engine.pair-dtype"},
    {&engine_vllm, "nixl", "dtype: auto", "{}", ""},
    {&engine_vllm, "nixl", "{}", "kv-cache-dtype: fp8", "engine.pair-kv-dtype"},
    {&engine_vllm, "nixl", "attention-backend: FLASHINFER", "attention-backend: FLASH_ATTN",
     "engine.pair-attention"},
    {&engine_sglang, "nixl", "page-size: 64", "page-size: 1", "engine.pair-page-size"},
    {&engine_sglang, "nixl", "kv-cache-dtype: fp8_e5m2", "{}", "engine.pair-kv-dtype"},
    {&engine_sglang, "nixl", "pp-size: 4", "pp-size: 2", "engine.pair-pipeline"},
    {&engine_sglang, "nixl", "pp-size: 2", "pp-size: 2", ""},
    {&engine_sglang, "nixl", "pp-size: 2", "{}", ""},
    {&engine_sglang, "nixl", "tp-size: 2", "tp-size: 4", "engine.pair-staging"},
};

TEST(pair, halves_must_fit)
{
    for (size_t i = 0; i < BASE_COUNT(cases); i++) {
        struct pod prefill, decode;

        pod_init(&prefill, cases[i].engine);
        pod_init(&decode, cases[i].engine);
        prefill.job.role = RCTL_ROLE_PREFILL;
        decode.job.role = RCTL_ROLE_DECODE;
        prefill.job.connector = decode.job.connector = cases[i].connector;
        pod_config(&prefill, cases[i].prefill);
        pod_config(&decode, cases[i].decode);
        cr_assert_str_eq(pod_resolve(&prefill), "");
        cr_assert_str_eq(pod_resolve(&decode), "");
        engine_check_pair(&prefill.input, &prefill.result, &decode.input, &decode.result,
                          &decode.memory.arena, &decode.diags);
        cr_assert_str_eq(pod_codes(&decode), cases[i].codes, "%s and %s", cases[i].prefill,
                         cases[i].decode);
        pod_done(&prefill);
        pod_done(&decode);
    }
}

TEST(pair, shows_both_places)
{
    struct pod prefill, decode;
    const rctl_diag *diag;

    pod_init(&prefill, &engine_vllm);
    pod_init(&decode, &engine_vllm);
    prefill.job.role = RCTL_ROLE_PREFILL;
    decode.job.role = RCTL_ROLE_DECODE;
    pod_config(&prefill, "tensor-parallel-size: 4");
    pod_config(&decode, "dtype: auto\ntensor-parallel-size: 2");
    pod_resolve(&prefill);
    pod_resolve(&decode);
    engine_check_pair(&prefill.input, &prefill.result, &decode.input, &decode.result,
                      &decode.memory.arena, &decode.diags);
    diag = pod_diag(&decode, 0);
    cr_assert_eq(diag->place.line, 3);
    cr_assert_eq(diag->n_related, 1);
    cr_assert_eq(diag->related[0].line, 2);
    cr_assert_str_eq(diag->message,
                     "decode has 2 tensor parallel ranks and prefill 4, which NIXL cannot join");
    pod_done(&prefill);
    pod_done(&decode);
}
