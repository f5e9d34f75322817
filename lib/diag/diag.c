/*
 * The list of diagnostics: adds, drops what was told before, counts beyond the cap,
 * and keeps a total order that does not depend on the order in which faults were
 * found. Sorting is done by those who add, so that any number of threads may read.
 */
#include "diag/diag.h"

#include <stdarg.h>
#include <stdio.h>

enum { FIRST_ROOM = 16, MAX_MESSAGE = 1024, MAX_RELATED = 3 };

/*
 * A trace of something that was told. The hash covers everything that a user can
 * tell two faults apart by; place and code are kept beside it so that a made-up
 * collision cannot hide a fault elsewhere.
 */
struct diag_seen {
    uint64_t hash; /* never 0 in a slot that is used */
    uint32_t line, column;
    uint32_t code;
};

void diag_init(struct rctl_diags *diags, struct base_arena *arena, size_t cap)
{
    *diags = (struct rctl_diags){.arena = arena, .cap = cap};
}

static uint64_t hash_text(uint64_t hash, const char *text)
{
    return text ? base_hash(hash, text, strlen(text) + 1) : hash;
}

static struct diag_seen *find_slot(struct diag_seen *seen, size_t room,
                                   const struct diag_seen *wanted)
{
    size_t i = (size_t)wanted->hash & (room - 1);

    while (seen[i].hash != 0 &&
           (seen[i].hash != wanted->hash || seen[i].line != wanted->line ||
            seen[i].column != wanted->column || seen[i].code != wanted->code))
        i = (i + 1) & (room - 1);
    return &seen[i];
}

static void grow_seen(struct rctl_diags *diags)
{
    size_t room = diags->seen_room ? diags->seen_room * 2 : FIRST_ROOM * 4;
    struct diag_seen *seen = base_arena_zalloc(diags->arena, room * sizeof(*seen));

    for (size_t i = 0; i < diags->seen_room; i++)
        if (diags->seen[i].hash != 0)
            *find_slot(seen, room, &diags->seen[i]) = diags->seen[i];
    diags->seen = seen;
    diags->seen_room = room;
}

/* Returns false when the same was remembered before. */
static bool remember(struct rctl_diags *diags, const struct diag_seen *what)
{
    struct diag_seen *slot;

    if (diags->n_seen >= diags->seen_room / 2)
        grow_seen(diags);
    slot = find_slot(diags->seen, diags->seen_room, what);
    if (slot->hash != 0)
        return false;
    *slot = *what;
    diags->n_seen++;
    return true;
}

static void grow_items(struct rctl_diags *diags)
{
    size_t room = diags->room ? diags->room * 2 : FIRST_ROOM;
    struct diag_entry **items = base_arena_alloc(diags->arena, room * sizeof(struct diag_entry *));

    if (diags->n_items)
        memcpy(items, diags->items, diags->n_items * sizeof(*items));
    diags->items = items;
    diags->spare = base_arena_alloc(diags->arena, room * sizeof(struct diag_entry *));
    diags->room = room;
}

static rctl_place place_of(const struct rctl_diags *diags, struct diag_mark mark)
{
    return (rctl_place){
        .file = mark.file < diags->n_files ? diags->files[mark.file] : NULL,
        .line = mark.line,
        .column = mark.column,
    };
}

/* Shortens a message that a huge value made longer than anyone would read. */
static void shorten(char message[MAX_MESSAGE])
{
    size_t end = MAX_MESSAGE - sizeof("...");

    while (end > 0 && ((unsigned char)message[end] & 0xc0) == 0x80)
        end--; /* not within a character */
    memcpy(message + end, "...", sizeof("..."));
}

static struct diag_entry *add(struct rctl_diags *diags, const struct diag_entry *draft,
                              struct diag_mark mark)
{
    rctl_severity severity = draft->told.severity;
    struct diag_seen seen = {
        .line = mark.line, .column = mark.column, .code = (uint32_t)draft->code};
    struct diag_entry *entry;

    /* The place comes in, or thousands of equal messages would crowd one slot. */
    seen.hash = base_hash(BASE_HASH_SEED, (const char *)&severity, sizeof(severity));
    seen.hash = base_hash(seen.hash, (const char *)&seen.line, sizeof(seen.line));
    seen.hash = base_hash(seen.hash, (const char *)&seen.column, sizeof(seen.column));
    seen.hash = hash_text(seen.hash, place_of(diags, mark).file);
    seen.hash = hash_text(seen.hash, draft->told.object);
    seen.hash = hash_text(seen.hash, draft->told.path);
    seen.hash = hash_text(seen.hash, draft->told.message);
    seen.hash += seen.hash == 0;
    if (!remember(diags, &seen))
        return NULL;
    diags->totals[severity]++;
    if (diags->cap != 0 && diags->totals[severity] > diags->cap)
        return NULL;
    if (diags->n_items == diags->room)
        grow_items(diags);
    entry = base_arena_alloc(diags->arena, sizeof(*entry));
    *entry = *draft;
    entry->told.code = diag_code_name(draft->code);
    entry->told.place = place_of(diags, mark);
    entry->told.object = diag_escape_text(diags->arena, draft->told.object);
    entry->told.path = diag_escape_text(diags->arena, draft->told.path);
    entry->told.message = diag_escape_text(diags->arena, draft->told.message);
    entry->told.hint = diag_escape_text(diags->arena, draft->told.hint);
    diags->items[diags->n_items++] = entry;
    return entry;
}

static struct diag_entry *add_format(struct rctl_diags *diags, struct diag_entry *draft,
                                     struct diag_mark mark, const char *format, va_list args)
{
    char message[MAX_MESSAGE];
    int len = vsnprintf(message, sizeof(message), format, args);

    assert(len >= 0);
    if ((size_t)len >= sizeof(message))
        shorten(message);
    draft->told.message = message;
    return add(diags, draft, mark);
}

struct diag_entry *diag_add(struct rctl_diags *diags, enum diag_code code, struct diag_mark mark,
                            const char *object, const char *path, const char *hint,
                            const char *message, ...)
{
    struct diag_entry draft = {.code = code,
                               .told = {.severity = diag_code_severity(code),
                                        .object = object,
                                        .path = path,
                                        .hint = hint}};
    struct diag_entry *entry;
    va_list args;

    va_start(args, message);
    entry = add_format(diags, &draft, mark, message, args);
    va_end(args);
    return entry;
}

struct diag_entry *diag_add_as(struct rctl_diags *diags, rctl_severity severity,
                               enum diag_code code, struct diag_mark mark, const char *object,
                               const char *path, const char *hint, const char *message, ...)
{
    struct diag_entry draft = {
        .code = code,
        .told = {.severity = severity, .object = object, .path = path, .hint = hint}};
    struct diag_entry *entry;
    va_list args;

    va_start(args, message);
    entry = add_format(diags, &draft, mark, message, args);
    va_end(args);
    return entry;
}

void diag_related(struct rctl_diags *diags, struct diag_entry *entry, struct diag_mark mark,
                  const char *message)
{
    struct related {
        rctl_place places[MAX_RELATED];
        const char *messages[MAX_RELATED];
    } *fresh;
    size_t n;

    if (!entry || entry->told.n_related == MAX_RELATED)
        return;
    n = entry->told.n_related;
    fresh = base_arena_zalloc(diags->arena, sizeof(*fresh));
    for (size_t i = 0; i < n; i++) {
        fresh->places[i] = entry->told.related[i];
        fresh->messages[i] = entry->told.related_messages[i];
    }
    fresh->places[n] = place_of(diags, mark);
    fresh->messages[n] = diag_escape_text(diags->arena, message);
    entry->told.related = fresh->places;
    entry->told.related_messages = fresh->messages;
    entry->told.n_related = n + 1;
}

static int compare_text(const char *a, const char *b)
{
    return strcmp(a ? a : "", b ? b : "");
}

static int compare(const void *a, const void *b)
{
    const rctl_diag *x = &(*(struct diag_entry *const *)a)->told;
    const rctl_diag *y = &(*(struct diag_entry *const *)b)->told;
    int order = compare_text(x->place.file, y->place.file);

    if (order == 0 && x->place.line != y->place.line)
        order = x->place.line < y->place.line ? -1 : 1;
    if (order == 0 && x->place.column != y->place.column)
        order = x->place.column < y->place.column ? -1 : 1;
    if (order == 0)
        order = strcmp(x->code, y->code);
    if (order == 0)
        order = compare_text(x->path, y->path);
    if (order == 0)
        order = strcmp(x->message, y->message);
    if (order == 0)
        order = compare_text(x->object, y->object);
    return order;
}

/* Files mostly come in order, so what was added since the last time mostly goes last. */
void diag_sort(struct rctl_diags *diags)
{
    size_t n_new = diags->n_items - diags->n_sorted;

    if (n_new == 0)
        return;
    base_sort(diags->items + diags->n_sorted, diags->spare, n_new, sizeof(*diags->items), compare);
    base_merge(diags->items, diags->spare, diags->n_sorted, diags->n_items,
               sizeof(*diags->items), compare);
    diags->n_sorted = diags->n_items;
}

size_t diag_dropped(const struct rctl_diags *diags, rctl_severity severity)
{
    size_t total = diags->totals[severity];

    return diags->cap != 0 && total > diags->cap ? total - diags->cap : 0;
}

bool diag_write_dropped(const struct rctl_diags *diags, struct base_buf *out)
{
    bool any = false;

    for (int severity = RCTL_SEVERITY_ERROR; severity >= RCTL_SEVERITY_NOTE; severity--) {
        size_t n = diag_dropped(diags, (rctl_severity)severity);

        if (n == 0)
            continue;
        base_buf_format(out, "%s%zu more %s%s", any ? " and " : "", n,
                        diag_severity_name((rctl_severity)severity), n == 1 ? "" : "s");
        any = true;
    }
    return any;
}
