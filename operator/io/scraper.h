/*
 * scraper: asks an exporter of GPU metrics, at the URL that the administrator gave, again
 * and again. A round looks the host up and asks each of its addresses, a few at a time.
 * The fence is that of probes, with one difference: an address of this machine may be
 * asked when the URL has just that address for its host, as with a port that is forwarded.
 * No redirects, proxies or credentials; what comes is read as it comes and never stored.
 */
#ifndef IO_SCRAPER_H
#define IO_SCRAPER_H

#include "core/metrics.h"
#include "io/loop.h"
#include "io/probe.h"

enum {
    SCRAPER_CONNECT_MS = 2000,
    SCRAPER_TOTAL_MS = 10000, /* of one address */
    SCRAPER_ADDRESSES = 64,   /* of one host; the rest is not asked */
    SCRAPER_AT_ONCE = 4
};

#define SCRAPER_EVERY (15 * CORE_SECOND) /* and up to a tenth more, by chance */
#define SCRAPER_FORGET (60 * CORE_SECOND) /* after so long nothing is told of GPUs */

struct scraper;

/* `fence` outlives it. NULL: the URL is none that is asked. */
struct scraper *scraper_new(struct loop *loop, const struct probes_out *fence,
                            const rctl_allocator *from, const char *url);
/* Before loop_free(), not from a callback. Takes NULL, as the others do. */
void scraper_free(struct scraper *scraper);

/* Begins a round when one is due, and returns when to call again. */
core_time scraper_turn(struct scraper *scraper, core_time now);
/* Sets the metrics of GPUs and of reading them. */
void scraper_report(const struct scraper *scraper, struct metrics *metrics, core_time now);

#endif
