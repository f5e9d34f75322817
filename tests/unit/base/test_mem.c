/*
 * base/mem: the jump that carries "out of memory" upwards, also through nested
 * tries, and that nothing stays behind after it.
 */
#include "support/memory.h"

struct job {
    struct memory *m;
    int inner_code;
    int steps;
};

static void succeed(void *arg)
{
    struct job *job = arg;

    job->steps++;
}

static void exhaust(void *arg)
{
    struct job *job = arg;

    job->steps++;
    base_arena_alloc(&job->m->arena, 100);
    job->steps++;
}

static void nest(void *arg)
{
    struct job *job = arg;

    job->inner_code = base_try(&job->m->mem.fail, exhaust, job);
    base_raise(&job->m->mem.fail, RCTL_E_SINK);
}

TEST(base_mem, a_body_that_ends_is_ok)
{
    struct memory m;
    struct job job = {&m, 0, 0};

    memory_init(&m);
    cr_assert_eq(base_try(&m.mem.fail, succeed, &job), RCTL_OK);
    cr_assert_eq(job.steps, 1);
    cr_assert_null(m.mem.fail.top);
    memory_done(&m);
}

TEST(base_mem, a_refused_allocation_jumps_out)
{
    struct memory m;
    struct job job = {&m, 0, 0};

    memory_init(&m);
    m.fail_at = 1;
    cr_assert_eq(base_try(&m.mem.fail, exhaust, &job), RCTL_E_NOMEM);
    cr_assert_eq(job.steps, 1, "nothing runs after the refusal");
    cr_assert_eq(base_try(&m.mem.fail, exhaust, &job), RCTL_OK, "the next try works");
    memory_done(&m);
}

TEST(base_mem, tries_nest)
{
    struct memory m;
    struct job job = {&m, 0, 0};

    memory_init(&m);
    m.fail_at = 1;
    cr_assert_eq(base_try(&m.mem.fail, nest, &job), RCTL_E_SINK);
    cr_assert_eq(job.inner_code, RCTL_E_NOMEM);
    cr_assert_null(m.mem.fail.top);
    memory_done(&m);
}

TEST(base_mem, the_default_allocator_works)
{
    struct base_mem mem;
    void *ptr;

    base_mem_init(&mem, NULL);
    ptr = base_mem_alloc(&mem, 10);
    memset(ptr, 1, 10);
    base_mem_free(&mem, ptr, 10);
    base_mem_free(&mem, NULL, 0);
}
