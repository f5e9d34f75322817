/* router/registry: what may be registered, and what is refused before it can do harm. */
#include "router/router.h"
#include "support/memory.h"

static const rctl_router *const shipped[] = {&router_production_stack, &router_vllm_router,
                                             &router_smg, &router_sglang_router,
                                             &router_gateway_api};

static int add(const rctl_router *router)
{
    struct router_registry registry = {0};
    struct memory memory;
    int code;

    memory_init(&memory);
    code = router_registry_add(&registry, &memory.arena, router);
    memory_done(&memory);
    return code;
}

TEST(router_registry, what_ships_is_sane_and_judges_every_wish)
{
    for (size_t i = 0; i < BASE_COUNT(shipped); i++) {
        cr_expect_eq(add(shipped[i]), RCTL_OK, "%s", shipped[i]->name);
        for (int wish = 0; wish < RCTL_WISH__COUNT; wish++) {
            size_t rows = 0;

            for (size_t k = 0; k < shipped[i]->n_ways; k++)
                rows += (int)shipped[i]->ways[k].wish == wish;
            cr_expect_gt(rows, 0, "%s says nothing of %s", shipped[i]->name,
                         rctl_wish_name((rctl_wish)wish));
        }
    }
}

TEST(router_registry, a_name_is_taken_once)
{
    struct router_registry registry = {0};
    rctl_router other = router_smg;
    struct memory memory;

    memory_init(&memory);
    cr_assert_eq(router_registry_add(&registry, &memory.arena, &router_smg), RCTL_OK);
    cr_expect_eq(router_registry_add(&registry, &memory.arena, &other), RCTL_E_LIMIT);
    other.name = "auto";
    cr_expect_eq(router_registry_add(&registry, &memory.arena, &other), RCTL_E_LIMIT);
    cr_expect_eq(router_registry_find(&registry, "smg"), &router_smg);
    cr_expect_null(router_registry_find(&registry, "other"));
    memory_done(&memory);
}

TEST(router_registry, refuses_what_is_not_whole)
{
    static const rctl_router_way no_policy[] = {
        {RCTL_WISH_STATIC, "nowhere", "x", NULL, NULL, NULL, false}};
    static const rctl_router_way no_flag[] = {
        {RCTL_WISH_STATIC, NULL, "x", "no-such-flag", NULL, NULL, false}};
    static const rctl_router_way no_reason[] = {
        {RCTL_WISH_STATIC, NULL, NULL, NULL, NULL, NULL, false}};
    static const rctl_flag unsorted[] = {{.name = "b", .type = RCTL_FLAG_INT},
                                         {.name = "a", .type = RCTL_FLAG_INT}};
    rctl_router rows[10];

    for (size_t i = 0; i < BASE_COUNT(rows); i++)
        rows[i] = router_vllm_router;
    rows[0].size--;
    rows[1].name = "Upper";
    rows[2].title = NULL;
    rows[3].live_path = NULL;
    rows[4].arguments = NULL;
    rows[5].ways = no_policy, rows[5].n_ways = 1;
    rows[6].ways = no_flag, rows[6].n_ways = 1;
    rows[7].ways = no_reason, rows[7].n_ways = 1;
    rows[8].flags = unsorted, rows[8].n_flags = 2;
    rows[9].metrics_port_flag = "no-such-flag";
    for (size_t i = 0; i < BASE_COUNT(rows); i++)
        cr_expect_eq(add(&rows[i]), RCTL_E_INVALID_ARG, "row %zu", i);
}
