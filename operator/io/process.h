/*
 * process: what the kernel counts for this process, for the metrics process_*. Read when
 * asked, nothing is kept.
 */
#ifndef IO_PROCESS_H
#define IO_PROCESS_H

/* Negative: not known here. */
struct process {
    double cpu_seconds;   /* in user and system mode */
    double rss, vsize;    /* bytes */
    double open_fds, max_fds;
    double started;       /* seconds since 1970 */
};

struct process process_measure(void);

#endif
