/* De-duplication of Events: one item for each identity while its series lasts. */
#include "core/events.h"

#include "core/mem.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

const struct events_limits events_default = {1000, 6 * CORE_MINUTE, 30 * CORE_MINUTE,
                                             10 * CORE_SECOND, 12};

enum { N_PARTS = 7, SUFFIX_MAX = 16 };

struct item {
    struct slot slot;
    char *note;
    uint64_t suffix;       /* makes the name of the Event */
    int64_t first, last;   /* wall */
    core_time seen;        /* it last happened */
    core_time sent;        /* the server was last told */
    core_time at;          /* when it is looked at next */
    uint32_t count, told;  /* how often it happened, and what the server knows; 0: nothing */
    uint32_t telling;      /* the count of the request that is out */
    uint32_t tries;        /* that failed, of the present request */
    bool out;
};

void events_init(struct events *events, const rctl_allocator *from,
                 const struct events_limits *limits, uint64_t seed)
{
    memset(events, 0, sizeof(*events));
    events->limits = limits;
    events->due = CORE_NEVER;
    slots_init(&events->items, from, sizeof(struct item), N_PARTS, seed);
}

static void forget(struct events *events, uint32_t number)
{
    struct item *item = slots_get(&events->items, number);

    mem_free_text(&events->items.from, item->note);
    slots_remove(&events->items, number);
}

void events_done(struct events *events)
{
    for (uint32_t i = 0; i < events->items.used; i++)
        if (slots_get(&events->items, i))
            forget(events, i);
    slots_done(&events->items);
    events->due = CORE_NEVER;
}

size_t events_cut(const char *text, size_t most)
{
    size_t len = strlen(text);

    if (len <= most)
        return len;
    /* Bytes 10xxxxxx go on with a character; the cut stands before a first byte. */
    len = most;
    while (len > 0 && ((unsigned char)text[len] & 0xc0) == 0x80)
        len--;
    return len;
}

static char *copy_note(const struct events *events, const char *note)
{
    char cut[EVENTS_NOTE_MAX + 1];
    size_t len = events_cut(note, EVENTS_NOTE_MAX);

    memcpy(cut, note, len);
    cut[len] = '\0';
    return mem_text(&events->items.from, cut);
}

/* When an item has to be looked at next, if nothing happens before. */
static void schedule(struct events *events, struct item *item)
{
    const struct events_limits *limits = events->limits;

    if (item->out)
        item->at = CORE_NEVER;
    else if (item->tries)
        item->at = core_after(item->sent, limits->retry);
    else if (item->told < 2 && item->told < item->count)
        item->at = CORE_AT_ONCE;
    else
        item->at = core_after(item->seen, limits->quiet);
    if (!item->out && !item->tries && item->told < item->count)
        item->at = core_sooner(item->at, core_after(item->sent, limits->refresh));
    events->due = core_sooner(events->due, item->at);
}

int events_record(struct events *events, const struct events_about *about, core_time now,
                  int64_t wall)
{
    const char *const parts[N_PARTS] = {about->kind, about->ns,     about->name,  about->uid,
                                        about->type, about->reason, about->action};
    uint32_t number = slots_find(&events->items, parts);
    struct item *item;

    if (number == SLOTS_NONE) {
        char *note = NULL;
        int code = RCTL_E_LIMIT;

        if (events->items.n < events->limits->most) {
            note = copy_note(events, about->note);
            code = note ? slots_add(&events->items, parts, &number) : RCTL_E_NOMEM;
        }
        if (code != RCTL_OK) {
            mem_free_text(&events->items.from, note);
            events->dropped++;
            return code;
        }
        item = slots_get(&events->items, number);
        item->note = note;
        item->first = wall;
        item->suffix = (uint64_t)wall + events->serial++;
        item->sent = now;
    }
    item = slots_get(&events->items, number);
    if (item->count < INT32_MAX)
        item->count++;
    item->last = wall;
    item->seen = now;
    schedule(events, item);
    return RCTL_OK;
}

core_time events_due(const struct events *events)
{
    return events->due;
}

static void fill_name(struct events_request *request, const char *name, uint64_t suffix)
{
    size_t len = events_cut(name, EVENTS_NAME_MAX - 1 - SUFFIX_MAX);

    /* What stands before a dot ends with a letter or a digit. */
    while (len > 1 && (name[len - 1] == '.' || name[len - 1] == '-'))
        len--;
    snprintf(request->name, sizeof(request->name), "%.*s.%llx", (int)len, name,
             (unsigned long long)suffix);
}

static void fill_request(const struct item *item, uint32_t number,
                         struct events_request *request)
{
    const char *const *parts = item->slot.parts;

    *request = (struct events_request){
        .item = number,
        .verb = item->told ? EVENTS_PATCH : EVENTS_CREATE,
        .about = {parts[0], parts[1], parts[2], parts[3], parts[4], parts[5], parts[6],
                  item->note},
        .ns = *parts[1] ? parts[1] : "default",
        .first = item->first,
        .last = item->last,
        .count = item->count,
    };
    fill_name(request, parts[2], item->suffix);
}

bool events_take(struct events *events, core_time now, struct events_request *ret_request)
{
    if (now < events->due)
        return false;
    events->due = CORE_NEVER;
    for (uint32_t i = 0; i < events->items.used; i++) {
        struct item *item = slots_get(&events->items, i);

        if (!item)
            continue;
        if (item->at > now) {
            events->due = core_sooner(events->due, item->at);
            continue;
        }
        if (item->told == item->count) {
            forget(events, i); /* quiet, and the server knows all of it */
            continue;
        }
        item->out = true;
        item->telling = item->count;
        item->sent = now;
        schedule(events, item);
        fill_request(item, i, ret_request);
        events->due = CORE_AT_ONCE; /* the rest was not looked at */
        return true;
    }
    return false;
}

void events_result(struct events *events, uint32_t number, const struct answer *answer,
                   core_time now)
{
    struct item *item = slots_get(&events->items, number);
    enum answer_class class = answer_classify(answer);

    assert(item && item->out);
    item->out = false;
    switch (class) {
    case ANSWER_FINE:
    case ANSWER_EXISTS: /* the reply to an earlier try was lost */
        item->told = item->telling;
        item->tries = 0;
        item->sent = now;
        break;
    case ANSWER_GONE:
        /* Events live for an hour. A series that is older starts a new one. */
        if (item->told) {
            item->told = 0;
            item->suffix = (uint64_t)item->last + events->serial++;
            item->tries = 0;
            break;
        }
        forget(events, number);
        events->dropped++;
        return;
    case ANSWER_NO_REPLY:
    case ANSWER_SERVER:
    case ANSWER_THROTTLED:
    case ANSWER_UNAUTHORIZED:
        item->sent = now;
        if (++item->tries < events->limits->tries)
            break;
        forget(events, number);
        events->dropped++;
        return;
    default: /* refused; it would be again */
        forget(events, number);
        events->dropped++;
        return;
    }
    schedule(events, item);
}
