/* The list of providers. */
#include "discovery/discovery.h"
#include "support/memory.h"

static int resolve(void *ctx, const rctl_discovery_job *job, rctl_discovery_out *out)
{
    (void)ctx;
    (void)job;
    (void)out;
    return RCTL_OK;
}

static const rctl_discovery plain = {
    .size = sizeof(rctl_discovery), .name = "plain", .doc = "Nothing.", .resolve = resolve};

TEST(registry, takes_each_name_once)
{
    struct discovery_registry registry = {0};
    struct memory memory;

    memory_init(&memory);
    cr_assert_eq(discovery_registry_add(&registry, &memory.arena, &plain), RCTL_OK);
    cr_assert_eq(discovery_registry_add(&registry, &memory.arena, &plain), RCTL_E_LIMIT);
    for (char c = 'a'; c <= 'z'; c++) {
        rctl_discovery *more = base_arena_alloc(&memory.arena, sizeof(*more));

        *more = plain;
        more->name = base_arena_format(&memory.arena, "x-%c", c);
        cr_assert_eq(discovery_registry_add(&registry, &memory.arena, more), RCTL_OK);
    }
    cr_assert_eq(registry.n_items, 27);
    cr_assert_eq(discovery_registry_find(&registry, "plain"), &plain);
    cr_assert_null(discovery_registry_find(&registry, "plane"));
    memory_done(&memory);
}

TEST(registry, refuses_what_is_not_whole)
{
    struct discovery_registry registry = {0};
    struct memory memory;
    rctl_discovery provider;

    memory_init(&memory);
#define REFUSES(change)                                                                            \
    do {                                                                                           \
        provider = plain;                                                                          \
        change;                                                                                    \
        cr_assert_eq(discovery_registry_add(&registry, &memory.arena, &provider),                  \
                     RCTL_E_INVALID_ARG, "%s", #change);                                           \
    } while (0)
    REFUSES(provider.size = 8);
    REFUSES(provider.name = NULL);
    REFUSES(provider.name = "");
    REFUSES(provider.name = "Plain");
    REFUSES(provider.name = "a b");
    REFUSES(provider.doc = NULL);
    REFUSES(provider.resolve = NULL);
    memory_done(&memory);
}

TEST(registry, a_context_has_the_four_that_ship)
{
    static const char *const names[] = {"static", "k8s", "file", "http"};
    rctl_ctx *ctx = NULL;

    cr_assert_eq(rctl_ctx_new(NULL, &ctx), RCTL_OK);
    cr_assert_eq(rctl_discoveries_count(ctx), BASE_COUNT(names));
    for (size_t i = 0; i < BASE_COUNT(names); i++) {
        const rctl_discovery *provider = rctl_discoveries_get(ctx, i);

        cr_assert_str_eq(provider->name, names[i]);
        cr_assert_eq(rctl_discoveries_find(ctx, names[i]), provider);
        cr_assert_eq(rctl_discovery_register(ctx, provider), RCTL_E_LIMIT);
    }
    cr_assert_null(rctl_discoveries_get(ctx, BASE_COUNT(names)));
    cr_assert_null(rctl_discoveries_find(ctx, "dns"));
    cr_assert_null(rctl_discoveries_find(NULL, "static"));
    cr_assert_eq(rctl_discoveries_count(NULL), 0);
    cr_assert_eq(rctl_discovery_register(NULL, &plain), RCTL_E_INVALID_ARG);
    cr_assert_eq(rctl_discovery_register(ctx, NULL), RCTL_E_INVALID_ARG);
    cr_assert_eq(rctl_discovery_register(ctx, &plain), RCTL_OK);
    rctl_ctx_free(ctx);
}
