/* graph/text: each node is expanded once, circles end, and depth has a limit. */
#include "unit/graph/draw.h"

enum { MANY = 200 };

/* A circle of caches, which only references of a wrong kind can make. */
TEST(graph_text, a_long_circle_stays_narrow)
{
    static char texts[MANY][256];
    static const char *documents[MANY];
    struct draw draw;
    const char *text;
    size_t expanded = 0;

    for (int i = 0; i < MANY; i++) {
        snprintf(texts[i], sizeof(texts[i]),
                 DRAW_HEAD("InferenceCache", "c%03d")
                 "  modelName: m\n  pddRef: {name: c%03d, kind: InferenceCache}\n",
                 i, (i + 1) % MANY);
        documents[i] = texts[i];
    }
    draw_open(&draw, documents, MANY, /* backwards= */ false);
    text = draw_write(&draw, graph_write_text);
    for (const char *line = text; *line; line = strchr(line, '\n') + 1) {
        cr_assert_leq(strspn(line, " "), 24);
        expanded++;
    }
    for (const char *see = text; (see = strstr(see, "(see ")) != NULL; see++)
        expanded--;
    cr_expect_eq(expanded, MANY);
    cr_expect_not_null(strstr(text, "(see below)"));
    cr_expect_not_null(strstr(text, "(see above)"));
    draw_close(&draw);
}

TEST(graph_text, shared_targets_are_expanded_once)
{
    static const char *const documents[] = {
        DRAW_HEAD("InferenceService", "a") "  modelName: m\n  inferenceCacheRef: kv\n",
        DRAW_HEAD("InferenceService", "b") "  modelName: m\n  inferenceCacheRef: kv\n",
        DRAW_HEAD("InferenceCache", "kv") "  modelName: m\n  sdRef: lost\n",
    };
    struct draw draw;

    draw_open(&draw, documents, BASE_COUNT(documents), /* backwards= */ false);
    cr_expect_str_eq(draw_write(&draw, graph_write_text),
                     "InferenceService/a (m, vllm, 1 replica)\n"
                     "  inferenceCacheRef: InferenceCache/kv (m)\n"
                     "    sdRef: !! missing SpeculativeDecoding/lost\n"
                     "InferenceService/b (m, vllm, 1 replica)\n"
                     "  inferenceCacheRef: InferenceCache/kv (see above)\n");
    draw_close(&draw);
}
