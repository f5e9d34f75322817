/* The list of engines, and versions told by images. */
#include "pod.h"

TEST(registry, takes_each_name_once)
{
    struct engine_registry registry = {0};
    struct memory memory;
    rctl_engine other = engine_vllm;

    memory_init(&memory);
    cr_assert_eq(engine_registry_add(&registry, &memory.arena, &engine_vllm), RCTL_OK);
    cr_assert_eq(engine_registry_add(&registry, &memory.arena, &engine_sglang), RCTL_OK);
    cr_assert_eq(engine_registry_add(&registry, &memory.arena, &engine_vllm), RCTL_E_LIMIT);
    for (char c = 'a'; c <= 'z'; c++) {
        rctl_engine *more = base_arena_alloc(&memory.arena, sizeof(*more));

        *more = other;
        more->name = base_arena_format(&memory.arena, "x%c", c);
        cr_assert_eq(engine_registry_add(&registry, &memory.arena, more), RCTL_OK);
    }
    cr_assert_eq(registry.n_items, 28);
    cr_assert_eq(engine_registry_find(&registry, "sglang"), &engine_sglang);
    cr_assert_null(engine_registry_find(&registry, "vlm"));
    memory_done(&memory);
}

TEST(registry, refuses_what_is_not_whole)
{
    static const rctl_flag unordered[] = {{.name = "b"}, {.name = "a"}};
    static const rctl_flag twice[] = {{.name = "a"}, {.name = "a"}};
    static const rctl_flag lost[] = {{.name = "a", .alias_of = "z"}};
    static const rctl_flag alone[] = {{.name = "a"}};
    static const rctl_engine_neutral neutral[] = {{.key = "max-num-seqs", .flag = "z"}};
    struct engine_registry registry = {0};
    struct memory memory;
    rctl_engine engine;

    memory_init(&memory);
#define REFUSES(change)                                                                            \
    do {                                                                                           \
        engine = engine_vllm;                                                                      \
        change;                                                                                    \
        cr_assert_eq(engine_registry_add(&registry, &memory.arena, &engine),                       \
                     RCTL_E_INVALID_ARG, "%s", #change);                                           \
    } while (0)
    REFUSES(engine.size = 8);
    REFUSES(engine.name = NULL);
    REFUSES(engine.name = "");
    REFUSES(engine.name = "vLLM");
    REFUSES(engine.title = NULL);
    REFUSES(engine.version = NULL);
    REFUSES(engine.image = NULL);
    REFUSES(engine.port_flag = NULL);
    REFUSES(engine.health_path = NULL);
    REFUSES(engine.flags = NULL);
    REFUSES((engine.flags = unordered, engine.n_flags = 2));
    REFUSES((engine.flags = twice, engine.n_flags = 2));
    REFUSES((engine.flags = lost, engine.n_flags = 1));
    REFUSES((engine.flags = alone, engine.n_flags = 1, engine.neutral = neutral,
             engine.n_neutral = 1));
    memory_done(&memory);
}

TEST(registry, reads_the_version_of_an_image)
{
    static const struct {
        const char *image, *version;
    } cases[] = {
        {"vllm/vllm-openai:v0.23.0-cu129", "0.23.0"},
        {"vllm/vllm-openai:0.24.0", "0.24.0"},
        {"lmsysorg/sglang:v0.5.15.post1-cu130", "0.5.15.post1"},
        {"lmsysorg/sglang:v0.5.10rc0", "0.5.10rc0"},
        {"registry:5000/a/b:v1.2", "1.2"},
        {"a/b:v0.9.1@sha256:0123", "0.9.1"},
        {"registry:5000/a/b", NULL},
        {"a/b", NULL},
        {"a/b:latest", NULL},
        {"a/b:v1", NULL},
        {"a/b:2025-05-27-v1", NULL},
        {"a/b:nightly-0.24.0", NULL},
        {"a/b:0.24.0beta", NULL},
        {"a/b@sha256:0123", NULL},
        {"", NULL},
    };
    struct memory memory;

    memory_init(&memory);
    for (size_t i = 0; i < BASE_COUNT(cases); i++) {
        const char *version = engine_image_version(cases[i].image, &memory.arena);

        cr_assert(base_str_eq(version, cases[i].version), "%s: %s", cases[i].image,
                  version ? version : "NULL");
    }
    memory_done(&memory);
}

TEST(registry, orders_versions_by_number)
{
    static const char *const ordered[] = {"0.5.9",        "0.5.10rc0", "0.5.10rc1", "0.5.10",
                                          "0.5.10.post1", "0.5.11",    "0.24.0",    "1.0"};

    for (size_t i = 0; i < BASE_COUNT(ordered); i++)
        for (size_t k = 0; k < BASE_COUNT(ordered); k++) {
            int order = engine_version_compare(ordered[i], ordered[k]);

            cr_assert_eq((order > 0) - (order < 0), (i > k) - (i < k), "%s and %s", ordered[i],
                         ordered[k]);
        }
    cr_assert_eq(engine_version_compare("0.24", "0.24.0"), 0);
}
