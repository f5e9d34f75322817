/* The wishes as rows: their names, and which of them may go unhonoured. */
#include "router/router.h"

enum firmness { USUAL, HARD, SOFT };

static const struct row {
    const char *name, *doc;
    enum firmness firmness;
} rows[] = {
#define WISH(id, name, firmness, doc) [RCTL_WISH_##id] = {name, doc, firmness},
#include "router/wishes.def"
#undef WISH
};

static uint64_t all_of(enum firmness firmness)
{
    uint64_t bits = 0;

    for (int i = 0; i < RCTL_WISH__COUNT; i++)
        if (rows[i].firmness == firmness)
            bits |= RCTL_WISH_BIT(i);
    return bits;
}

uint64_t router_hard_wishes(void)
{
    return all_of(HARD);
}

uint64_t router_soft_wishes(void)
{
    return all_of(SOFT);
}

const char *rctl_wish_name(rctl_wish wish)
{
    return (unsigned)wish < RCTL_WISH__COUNT ? rows[wish].name : NULL;
}

const char *rctl_wish_doc(rctl_wish wish)
{
    return (unsigned)wish < RCTL_WISH__COUNT ? rows[wish].doc : NULL;
}
