/* Turns, timers and signals. Transfers are tested by tests/faults. */
#include "io/loop.h"
#include "support/test.h"

#include <signal.h>
#include <string.h>

struct world {
    struct loop *loop;
    int turns, stops;
    core_time due;
    bool raise;
};

static core_time turn(void *ctx, core_time now)
{
    struct world *world = ctx;

    world->turns++;
    if (world->raise && world->turns == 1)
        raise(SIGTERM);
    if (world->due && now >= world->due)
        loop_stop(world->loop);
    return world->due ? world->due : CORE_NEVER;
}

static void stop(void *ctx)
{
    struct world *world = ctx;

    world->stops++;
    loop_stop(world->loop);
}

static void done(struct loop_job *job, CURLcode result, bool cancelled)
{
    (void)result;
    cr_assert(cancelled);
    curl_easy_cleanup(job->easy);
    job->easy = NULL;
}

TEST(loop, comes_when_it_is_due_and_not_before)
{
    struct world world = {0};
    struct loop_calls calls = {turn, stop, &world};

    world.loop = loop_new(&calls);
    world.due = loop_now() + 50 * CORE_MS;
    cr_assert_eq(loop_run(world.loop), 0);
    cr_assert_geq(loop_now(), world.due);
    cr_assert_leq(world.turns, 3, "%d turns", world.turns);
    loop_free(world.loop);
}

TEST(loop, a_time_that_is_past_is_now)
{
    static const core_time times[] = {CORE_AT_ONCE, 1};

    for (size_t i = 0; i < 2; i++) {
        struct world world = {.due = times[i]};
        struct loop_calls calls = {turn, stop, &world};

        world.loop = loop_new(&calls);
        cr_assert_eq(loop_run(world.loop), 0);
        loop_free(world.loop);
    }
}

TEST(loop, a_signal_asks_to_stop)
{
    struct world world = {.raise = true};
    struct loop_calls calls = {turn, stop, &world};

    world.loop = loop_new(&calls);
    cr_assert_eq(loop_run(world.loop), 0);
    cr_assert_eq(world.stops, 1);
    loop_free(world.loop);
}

TEST(loop, what_is_cancelled_or_left_over_is_told)
{
    struct world world = {0};
    struct loop_calls calls = {turn, stop, &world};
    struct loop_job jobs[3];

    memset(jobs, 0, sizeof(jobs));
    world.loop = loop_new(&calls);
    for (int i = 0; i < 3; i++) {
        jobs[i].easy = curl_easy_init();
        jobs[i].lane = LOOP_REQUESTS;
        jobs[i].done = done;
        curl_easy_setopt(jobs[i].easy, CURLOPT_URL, "http://10.255.255.1/");
        loop_add(world.loop, &jobs[i]);
    }
    loop_cancel(world.loop, &jobs[0]);
    loop_settle(world.loop);
    cr_assert_null(jobs[0].easy);
    cr_assert_not_null(jobs[1].easy);
    /* Its connections are given up; it ends on them all the same. */
    loop_distrust(world.loop, &jobs[1]);
    loop_cancel(world.loop, &jobs[1]);
    loop_settle(world.loop);
    cr_assert_null(jobs[1].easy);
    loop_free(world.loop);
    cr_assert_null(jobs[2].easy);
}
