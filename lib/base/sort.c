#include "base/base.h"

void base_merge(void *items, void *spare, size_t middle, size_t n, size_t size,
                base_compare *compare)
{
    char *to = items, *right = to + middle * size, *end = to + n * size;
    const char *left = spare, *left_end = left + middle * size;

    if (middle == 0 || middle == n || compare(right - size, right) <= 0)
        return;
    memcpy(spare, items, middle * size);
    for (; left < left_end && right < end; to += size)
        if (compare(left, right) <= 0) {
            memcpy(to, left, size);
            left += size;
        } else {
            memcpy(to, right, size);
            right += size;
        }
    memcpy(to, left, (size_t)(left_end - left));
}

void base_sort(void *items, void *spare, size_t n, size_t size, base_compare *compare)
{
    size_t middle = n / 2;

    if (n < 2)
        return;
    base_sort(items, spare, middle, size, compare);
    base_sort((char *)items + middle * size, spare, n - middle, size, compare);
    base_merge(items, spare, middle, n, size, compare);
}
