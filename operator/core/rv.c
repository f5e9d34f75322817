/* Resource versions, compared as decimal text. */
#include "core/rv.h"

#include <stdbool.h>
#include <string.h>

static bool is_number(const char *text)
{
    return *text >= '1' && *text <= '9' && text[strspn(text, "0123456789")] == '\0';
}

enum rv_order rv_compare(const char *a, const char *b)
{
    size_t n = strlen(a), m = strlen(b);
    int order = strcmp(a, b);

    if (order == 0)
        return RV_SAME;
    if (!is_number(a) || !is_number(b))
        return RV_UNORDERED;
    if (n != m)
        return n < m ? RV_OLDER : RV_NEWER;
    return order < 0 ? RV_OLDER : RV_NEWER;
}
