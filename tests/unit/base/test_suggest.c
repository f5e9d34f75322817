/*
 * base/suggest: what is offered after "did you mean", and when it is better to
 * offer nothing.
 */
#include "support/memory.h"

static const char *const words[] = {
    "vllm", "sglang", "max-num-seqs", "max-num-batched-tokens", "tensor-parallel-size",
    "replicas", "modelName", "a-name-of-more-than-sixty-four-letters-that-nobody-would-ever-mean",
};

static const char *candidate(const void *ctx, size_t i)
{
    (void)ctx;
    return words[i];
}

static const char *empty(const void *ctx, size_t i)
{
    (void)ctx;
    (void)i;
    return "";
}

static const char *suggest(const char *word)
{
    return base_suggest(word, candidate, NULL, BASE_COUNT(words));
}

TEST(base_suggest, near_words)
{
    const struct {
        const char *word, *want;
    } cases[] = {
        {"vlm", "vllm"},
        {"vllmm", "vllm"},
        {"vlml", "vllm"}, /* two letters swapped */
        {"VLLM", "vllm"},
        {"sglan", "sglang"},
        {"max_num_seqs", "max-num-seqs"},
        {"max-num-seq", "max-num-seqs"},
        {"tensor-paralel-size", "tensor-parallel-size"},
        {"replica", "replicas"},
        {"modelname", "modelName"},
        {"vllm", "vllm"},
    };

    for (size_t i = 0; i < BASE_COUNT(cases); i++) {
        const char *got = suggest(cases[i].word);

        cr_assert(base_str_eq(got, cases[i].want), "'%s' gave '%s'", cases[i].word,
                  got ? got : "nothing");
    }
}

TEST(base_suggest, nothing_near)
{
    const char *far[] = {"", "x", "triton", "completely-different", "max-model-len",
                         "a-word-of-very-many-letters-which-is-longer-than-what-is-looked-at-here"};

    for (size_t i = 0; i < BASE_COUNT(far); i++)
        cr_assert_null(suggest(far[i]), "'%s' gave '%s'", far[i], suggest(far[i]));
    cr_assert_null(base_suggest("vllm", candidate, NULL, 0));
    cr_assert_null(base_suggest("p", empty, NULL, 1), "an empty name is no suggestion");
}
