/* What /proc says of this process. */
#include "io/process.h"
#include "support/test.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

TEST(process, tells_what_is_used)
{
    enum { MANY = 64 << 20 };
    struct process before = process_measure(), after;
    volatile unsigned spin = 0;
    volatile char *memory = malloc(MANY);
    int fd = open("/dev/null", O_RDONLY);

    cr_assert(memory && fd >= 0);
    for (size_t i = 0; i < MANY; i += 1024)
        memory[i] = 1;
    while (spin < 30 * 1000 * 1000)
        spin = spin + 1;
    after = process_measure();
    cr_assert_geq(after.rss - before.rss, MANY * 0.9);
    cr_assert_geq(after.vsize - before.vsize, MANY * 0.9);
    cr_assert_geq(after.vsize, after.rss);
    cr_assert_eq(after.open_fds - before.open_fds, 1);
    cr_assert_geq(after.max_fds, after.open_fds);
    cr_assert_gt(after.cpu_seconds, before.cpu_seconds);
    close(fd);
    free((void *)(uintptr_t)memory);
}

TEST(process, knows_when_it_began)
{
    struct process process = process_measure();
    double now = (double)time(NULL);

    /* The kernel counts from a start that is told in whole seconds. */
    cr_assert_leq(process.started, now + 2);
    cr_assert_geq(process.started, now - 600);
}
