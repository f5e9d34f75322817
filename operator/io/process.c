/* The process as /proc and the system calls tell of it. */
#include "io/process.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum { STAT = 1024, START_FIELD = 22 };

static double read_cpu(void)
{
    struct timespec used;

    if (clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used) != 0)
        return -1;
    return (double)used.tv_sec + (double)used.tv_nsec / 1e9;
}

static void read_memory(struct process *process)
{
    FILE *file = fopen("/proc/self/statm", "re");
    double page = (double)sysconf(_SC_PAGESIZE);
    unsigned long pages, resident;

    if (!file)
        return;
    if (fscanf(file, "%lu %lu", &pages, &resident) == 2) {
        process->vsize = (double)pages * page;
        process->rss = (double)resident * page;
    }
    fclose(file);
}

static double count_fds(void)
{
    DIR *folder = opendir("/proc/self/fd");
    double n = -1; /* the one of the folder itself is no news */

    if (!folder)
        return -1;
    for (struct dirent *entry; (entry = readdir(folder));)
        n += entry->d_name[0] != '.';
    closedir(folder);
    return n;
}

static double read_limit(void)
{
    struct rlimit limit;

    return getrlimit(RLIMIT_NOFILE, &limit) == 0 ? (double)limit.rlim_cur : -1;
}

/* When the machine was started; the clock may have been set since. */
static double read_boot(void)
{
    FILE *file = fopen("/proc/stat", "re");
    char line[STAT];
    double boot = -1;

    if (!file)
        return -1;
    while (boot < 0 && fgets(line, sizeof(line), file))
        if (sscanf(line, "btime %lf", &boot) != 1)
            boot = -1;
    fclose(file);
    return boot;
}

static double read_start(void)
{
    FILE *file = fopen("/proc/self/stat", "re");
    double boot = read_boot(), ticks = -1;
    char text[STAT] = "", *at;

    if (!file)
        return -1;
    text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
    fclose(file);
    /* The name of the program is in parentheses, and may hold some as well. */
    at = strrchr(text, ')');
    for (int field = 2; at && field < START_FIELD; field++)
        at = strchr(at + 1, ' ');
    if (!at || sscanf(at, "%lf", &ticks) != 1 || boot < 0)
        return -1;
    return boot + ticks / (double)sysconf(_SC_CLK_TCK);
}

struct process process_measure(void)
{
    struct process process = {.cpu_seconds = read_cpu(),
                              .rss = -1,
                              .vsize = -1,
                              .open_fds = count_fds(),
                              .max_fds = read_limit(),
                              .started = read_start()};

    read_memory(&process);
    return process;
}
