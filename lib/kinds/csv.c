/* Comma-separated lists, split and trimmed. */
#include "kinds/kinds.h"

struct kinds_csv kinds_csv_split(const char *text, struct base_arena *arena)
{
    struct kinds_csv csv = {NULL, 1, false};
    size_t at = 0;

    for (const char *c = text; *c; c++)
        csv.n_items += *c == ',';
    csv.items = base_arena_alloc(arena, csv.n_items * sizeof(*csv.items));
    for (const char *start = text;; start++) {
        const char *end = start + strcspn(start, ",");
        const char *first = start, *last = end;

        while (first < last && (*first == ' ' || *first == '\t' || *first == '\n'))
            first++;
        while (last > first && (last[-1] == ' ' || last[-1] == '\t' || last[-1] == '\n'))
            last--;
        csv.items[at++] = base_arena_text(arena, first, (size_t)(last - first));
        csv.broken |= first == last;
        if (*end == '\0')
            return csv;
        start = end;
    }
}
