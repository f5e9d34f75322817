/* "Did you mean": edit distance with adjacent swaps, over a table of names. */
#include "base/base.h"

enum { LONGEST = 64 };

static char fold(char c)
{
    if (c >= 'A' && c <= 'Z')
        return (char)(c - 'A' + 'a');
    return c == '_' ? '-' : c;
}

/* The number of single-letter edits, or `limit` + 1 when there are more. */
static size_t distance(const char *a, size_t n, const char *b, size_t m, size_t limit)
{
    size_t rows[3][LONGEST + 1];

    if ((n > m ? n - m : m - n) > limit)
        return limit + 1;
    for (size_t j = 0; j <= m; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= n; i++) {
        size_t *row = rows[i % 3], *above = rows[(i + 2) % 3], *two_up = rows[(i + 1) % 3];
        size_t least = row[0] = i;

        for (size_t j = 1; j <= m; j++) {
            size_t cost = above[j - 1] + (fold(a[i - 1]) != fold(b[j - 1]));

            if (above[j] + 1 < cost)
                cost = above[j] + 1;
            if (row[j - 1] + 1 < cost)
                cost = row[j - 1] + 1;
            if (i > 1 && j > 1 && fold(a[i - 1]) == fold(b[j - 2]) &&
                fold(a[i - 2]) == fold(b[j - 1]) && two_up[j - 2] + 1 < cost)
                cost = two_up[j - 2] + 1;
            row[j] = cost;
            if (cost < least)
                least = cost;
        }
        if (least > limit)
            return limit + 1;
    }
    return rows[n % 3][m];
}

const char *base_suggest(const char *word, const char *(*candidate)(const void *ctx, size_t i),
                         const void *ctx, size_t n)
{
    size_t len = strlen(word), best = len < 4 ? 1 : len < 9 ? 2 : 3;
    const char *found = NULL;

    if (len > LONGEST)
        return NULL;
    for (size_t i = 0; i < n; i++) {
        const char *name = candidate(ctx, i);
        size_t name_len = strlen(name), cost;

        if (name_len == 0 || name_len > LONGEST)
            continue;
        cost = distance(word, len, name, name_len, best);
        if (cost < best || (cost == best && !found)) {
            best = cost;
            found = name;
        }
    }
    return found;
}
