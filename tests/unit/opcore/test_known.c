/*
 * opcore/known: lists and events become the changes that they mean, every object comes
 * back exactly once, and lack of memory changes nothing.
 */
#include "core/known.h"
#include "support/memory.h"

#include <stdio.h>

/* Objects of the tests are texts; a change is written down as one word. */
struct log {
    char text[1000];
    size_t len;
};

static void drain(struct known *known, struct log *log)
{
    static const char *const signs[] = {"+", "~", "-", "o"};
    struct known_change change;

    while (known_change(known, &change)) {
        struct known_change again;

        cr_assert(known_change(known, &again));
        cr_assert_eq(change.type, again.type, "looking changes nothing");
        log->len += (size_t)snprintf(log->text + log->len, sizeof(log->text) - log->len,
                                     "%s%s:%s.%s(%s,%s) ", signs[change.type], change.name,
                                     change.uid, change.rv,
                                     change.object ? (const char *)change.object : "",
                                     change.old ? (const char *)change.old : "");
        known_accept(known);
    }
}

static const char *finish(struct known *known, struct log *log)
{
    drain(known, log);
    log->len = 0;
    if (*log->text)
        log->text[strlen(log->text) - 1] = '\0';
    return log->text;
}

static struct known_meta meta(const char *name, const char *uid, const char *rv)
{
    return (struct known_meta){"ns", name, uid, rv};
}

static const char *list(struct known *known, struct log *log, const struct known_meta *items,
                        size_t n, const char *object)
{
    memset(log, 0, sizeof(*log));
    for (size_t i = 0; i < n; i++) {
        cr_assert_eq(known_stage(known, &items[i], (void *)(uintptr_t)object), 0);
        drain(known, log);
    }
    known_replace(known, false);
    return finish(known, log);
}

static const char *event(struct known *known, struct log *log, struct known_meta item,
                         const char *object, bool gone)
{
    memset(log, 0, sizeof(*log));
    cr_assert_eq(known_event(known, &item, (void *)(uintptr_t)object, gone), 0);
    return finish(known, log);
}

static void start(struct memory *memory, struct known *known)
{
    memory_init(memory);
    known_init(known, &memory->mem.from, 3);
}

static void stop(struct memory *memory, struct known *known)
{
    known_done(known);
    memory_done(memory);
}

TEST(opcore_known, lists_give_the_difference)
{
    const struct known_meta first[] = {meta("a", "1", "10"), meta("b", "2", "11"),
                                       meta("c", "3", "12")};
    const struct known_meta second[] = {meta("a", "1", "10"), meta("b", "9", "20"),
                                        meta("d", "4", "21")};
    struct memory memory;
    struct known known;
    struct log log;

    start(&memory, &known);
    cr_assert_str_eq(list(&known, &log, first, 3, "x"), "+a:1.10(x,) +b:2.11(x,) +c:3.12(x,)");
    cr_assert_eq(known.n_known, 3);
    cr_assert_str_eq(list(&known, &log, second, 3, "y"),
                     "oa:1.10(y,) -b:2.11(,x) +b:9.20(y,) -c:3.12(,x) +d:4.21(y,)");
    cr_assert_eq(known.n_known, 3);
    cr_assert_eq(known.appeared, 2);
    cr_assert_eq(known.vanished, 2);
    cr_assert_str_eq(list(&known, &log, first, 0, "z"), "-a:1.10(,x) -b:9.20(,y) -d:4.21(,y)");
    stop(&memory, &known);
}

TEST(opcore_known, a_list_may_go_back_in_time)
{
    const struct known_meta now = meta("a", "1", "50"), restored = meta("a", "1", "20");
    struct memory memory;
    struct known known;
    struct log log;

    start(&memory, &known);
    list(&known, &log, &now, 1, "x");
    cr_assert_str_eq(list(&known, &log, &restored, 1, "y"), "~a:1.20(y,x)");
    stop(&memory, &known);
}

TEST(opcore_known, duplicates_of_a_list_come_back)
{
    const struct known_meta twice[] = {meta("a", "1", "10"), meta("a", "1", "10")};
    struct memory memory;
    struct known known;
    struct log log;

    start(&memory, &known);
    cr_assert_str_eq(list(&known, &log, twice, 2, "x"), "oa:1.10(x,) +a:1.10(x,)");
    stop(&memory, &known);
}

TEST(opcore_known, a_list_that_is_given_up)
{
    const struct known_meta first = meta("a", "1", "10"), second = meta("b", "2", "11");
    struct memory memory;
    struct known known;
    struct log log;

    start(&memory, &known);
    list(&known, &log, &first, 1, "x");
    memset(&log, 0, sizeof(log));
    cr_assert_eq(known_stage(&known, &first, "y"), 0);
    cr_assert_eq(known_stage(&known, &second, "y"), 0);
    known_discard(&known);
    cr_assert_str_eq(finish(&known, &log), "oa:1.10(y,) ob:2.11(y,)");
    cr_assert_eq(known.n_known, 1);
    cr_assert_eq(known.items.n, 1);
    cr_assert(known_has(&known, "ns", "a"));
    cr_assert_not(known_has(&known, "ns", "b"));
    stop(&memory, &known);
}

TEST(opcore_known, broken_items_delete_nothing)
{
    const struct known_meta first[] = {meta("a", "1", "10"), meta("b", "2", "11")};
    struct memory memory;
    struct known known;
    struct log log;

    start(&memory, &known);
    list(&known, &log, first, 2, "x");
    memset(&log, 0, sizeof(log));
    cr_assert_eq(known_stage(&known, &first[0], "y"), 0);
    known_replace(&known, /* keep_missing= */ true);
    cr_assert_str_eq(finish(&known, &log), "oa:1.10(y,)");
    cr_assert_eq(known.n_known, 2);
    stop(&memory, &known);
}

TEST(opcore_known, events)
{
    struct memory memory;
    struct known known;
    struct log log;

    start(&memory, &known);
    cr_assert_str_eq(event(&known, &log, meta("a", "1", "10"), "p", false), "+a:1.10(p,)");
    cr_assert_str_eq(event(&known, &log, meta("a", "1", "12"), "q", false), "~a:1.12(q,p)");
    cr_assert_str_eq(event(&known, &log, meta("a", "1", "12"), "r", false), "oa:1.12(r,)");
    cr_assert_str_eq(event(&known, &log, meta("a", "1", "11"), "r", false), "oa:1.11(r,)");
    cr_assert_str_eq(event(&known, &log, meta("a", "2", "20"), "s", false),
                     "-a:1.12(,q) +a:2.20(s,)");
    cr_assert_str_eq(event(&known, &log, meta("a", "1", "15"), "t", true), "oa:1.15(t,)");
    cr_assert_str_eq(event(&known, &log, meta("a", "2", "21"), "u", true), "-a:2.20(u,s)");
    cr_assert_str_eq(event(&known, &log, meta("a", "2", "21"), "v", true), "oa:2.21(v,)");
    cr_assert_eq(known.items.n, 0);
    stop(&memory, &known);
}

TEST(opcore_known, what_cannot_be_kept_is_refused)
{
    char longer[100];
    struct known_meta bad[] = {meta("a", "", "1"), meta("a", "1", ""), meta("a", longer, "1"),
                               meta("a", "1", longer)};
    struct memory memory;
    struct known known;

    memset(longer, '7', sizeof(longer) - 1);
    longer[sizeof(longer) - 1] = '\0';
    start(&memory, &known);
    for (size_t i = 0; i < 4; i++) {
        cr_assert_eq(known_event(&known, &bad[i], "x", false), RCTL_E_LIMIT);
        cr_assert_eq(known_stage(&known, &bad[i], "x"), RCTL_E_LIMIT);
    }
    cr_assert_eq(known.items.n, 0);
    stop(&memory, &known);
}

TEST(opcore_known, refused_memory_changes_nothing)
{
    struct memory memory;
    struct known known;
    struct log log = {0};

    start(&memory, &known);
    for (int i = 0; i < 60; i++) {
        struct known_meta item;
        char name[16];
        int code;

        snprintf(name, sizeof(name), "n%d", i);
        item = meta(name, "1", "5");
        for (size_t fail = 1;; fail++) {
            memory.fail_at = memory.calls + fail;
            code = known_stage(&known, &item, "x");
            memory.fail_at = 0;
            if (code == RCTL_OK)
                break;
            cr_assert_eq(code, RCTL_E_NOMEM);
            cr_assert_eq(known.items.n, (uint32_t)i);
            cr_assert_eq(known.n_staged, (uint32_t)i);
        }
    }
    memory.fail_at = memory.calls + 1;
    known_replace(&known, false);
    finish(&known, &log);
    cr_assert_eq(known.n_known, 60);
    known_clear(&known);
    memset(&log, 0, sizeof(log));
    finish(&known, &log);
    cr_assert_eq(known.items.n, 0);
    stop(&memory, &known);
}

/* ---- each object comes back once, and what is known is what the server has ---- */

enum { NAMES = 12, OBJECTS = 4000 };

struct ledger {
    bool held[OBJECTS]; /* objects that the store has */
    size_t next;
};

static void settle(struct known *known)
{
    struct known_change change;

    while (known_change(known, &change)) {
        if (change.object && change.type != KNOWN_ADDED && change.type != KNOWN_UPDATED) {
            cr_assert(*(bool *)change.object, "handed back twice");
            *(bool *)change.object = false;
        }
        if (change.old) {
            cr_assert(*(bool *)change.old, "handed back twice");
            *(bool *)change.old = false;
        }
        known_accept(known);
    }
}

static void *object(struct ledger *ledger)
{
    cr_assert(ledger->next < OBJECTS);
    ledger->held[ledger->next] = true;
    return &ledger->held[ledger->next++];
}

TEST(opcore_known, random_histories)
{
    for (uint64_t seed = 1; seed <= 100; seed++) {
        int uid[NAMES] = {0}, rv[NAMES] = {0}; /* of the server; uid 0 for none */
        struct ledger *ledger = calloc(1, sizeof(*ledger));
        uint64_t random = seed;
        int clock = 1;
        struct memory memory;
        struct known known;
        size_t held = 0;

        start(&memory, &known);
        for (int step = 0; step < 300; step++) {
            char text[3][16];
            struct known_meta item = {"", text[0], text[1], text[2]};
            size_t i;
            bool gone;

            random = random * UINT64_C(6364136223846793005) + 1442695040888963407u;
            i = (size_t)(random >> 33) % NAMES;
            if ((random >> 40) % 10 == 0) { /* a list */
                for (size_t k = 0; k < NAMES; k++) {
                    snprintf(text[0], 16, "n%zu", k);
                    snprintf(text[1], 16, "u%d", uid[k]);
                    snprintf(text[2], 16, "%d", rv[k]);
                    if (uid[k])
                        cr_assert_eq(known_stage(&known, &item, object(ledger)), 0);
                }
                if ((random >> 50) % 2)
                    known_replace(&known, false);
                else
                    known_discard(&known);
                settle(&known);
                continue;
            }
            rv[i] = ++clock;
            gone = uid[i] && (random >> 45) % 3 == 0;
            if (!uid[i] || (random >> 47) % 8 == 0)
                uid[i] = gone ? uid[i] : clock;
            snprintf(text[0], 16, "n%zu", i);
            snprintf(text[1], 16, "u%d", uid[i]);
            snprintf(text[2], 16, "%d", rv[i]);
            if (gone)
                uid[i] = 0;
            cr_assert_eq(known_event(&known, &item, object(ledger), gone), 0);
            settle(&known);
            cr_assert_eq(known_has(&known, "", text[0]), uid[i] != 0, "seed %d", (int)seed);
        }
        for (size_t i = 0; i < ledger->next; i++)
            held += ledger->held[i];
        cr_assert_eq(held, known.n_known);
        known_clear(&known);
        settle(&known);
        for (size_t i = 0; i < ledger->next; i++)
            cr_assert_not(ledger->held[i]);
        stop(&memory, &known);
        free(ledger);
    }
}
