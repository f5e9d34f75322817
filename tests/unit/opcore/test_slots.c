/*
 * opcore/slots: a table against a plain array, with keys that collide, and memory that
 * runs out at each allocation.
 */
#include "core/slots.h"
#include "support/memory.h"

#include <stdio.h>

struct thing {
    struct slot slot;
    int value;
};

enum { KEYS = 300 };

static void key_text(char text[2][16], uint32_t key)
{
    snprintf(text[0], 16, "ns%u", key % 7);
    snprintf(text[1], 16, "n%u", key / 7);
}

static uint32_t find(const struct slots *slots, uint32_t key)
{
    char text[2][16];
    const char *const parts[] = {text[0], text[1]};

    key_text(text, key);
    return slots_find(slots, parts);
}

static int add(struct slots *slots, uint32_t key, uint32_t *ret_number)
{
    char text[2][16];
    const char *const parts[] = {text[0], text[1]};

    key_text(text, key);
    return slots_add(slots, parts, ret_number);
}

TEST(opcore_slots, like_an_array)
{
    for (uint64_t seed = 1; seed <= 20; seed++) {
        uint32_t numbers[KEYS];
        struct memory memory;
        struct slots slots;
        uint64_t random = seed;

        memory_init(&memory);
        slots_init(&slots, &memory.mem.from, sizeof(struct thing), 2, seed);
        for (size_t i = 0; i < KEYS; i++)
            numbers[i] = SLOTS_NONE;
        for (int step = 0; step < 4000; step++) {
            uint32_t key;

            random = random * UINT64_C(6364136223846793005) + 1442695040888963407u;
            key = (uint32_t)(random >> 33) % KEYS;
            cr_assert_eq(find(&slots, key), numbers[key], "seed %d", (int)seed);
            if (numbers[key] != SLOTS_NONE) {
                struct thing *thing = slots_get(&slots, numbers[key]);

                cr_assert_eq(thing->value, (int)key);
                slots_remove(&slots, numbers[key]);
                numbers[key] = SLOTS_NONE;
            } else if (random >> 63 || step < 500) {
                cr_assert_eq(add(&slots, key, &numbers[key]), 0);
                cr_assert_eq(((struct thing *)slots_get(&slots, numbers[key]))->value, 0);
                ((struct thing *)slots_get(&slots, numbers[key]))->value = (int)key;
            }
        }
        slots_done(&slots);
        memory_done(&memory);
    }
}

TEST(opcore_slots, parts_do_not_run_together)
{
    const char *const a[] = {"ab", "c"}, *const b[] = {"a", "bc"}, *const c[] = {"abc", ""};
    struct memory memory;
    struct slots slots;
    uint32_t number;

    memory_init(&memory);
    slots_init(&slots, &memory.mem.from, sizeof(struct thing), 2, 0);
    cr_assert_eq(slots_add(&slots, a, &number), 0);
    cr_assert_eq(slots_find(&slots, b), SLOTS_NONE);
    cr_assert_eq(slots_find(&slots, c), SLOTS_NONE);
    cr_assert_eq(slots_find(&slots, a), number);
    slots_done(&slots);
    memory_done(&memory);
}

TEST(opcore_slots, refused_memory_changes_nothing)
{
    struct memory memory;
    struct slots slots;
    uint32_t number;

    memory_init(&memory);
    slots_init(&slots, &memory.mem.from, sizeof(struct thing), 2, 5);
    for (uint32_t key = 0; key < 200; key++) {
        for (size_t fail = 1;; fail++) {
            int code;

            memory.fail_at = memory.calls + fail;
            number = 12345;
            code = add(&slots, key, &number);
            memory.fail_at = 0;
            if (code == RCTL_OK)
                break;
            cr_assert_eq(code, RCTL_E_NOMEM);
            cr_assert_eq(number, 12345);
            cr_assert_eq(slots.n, key);
            cr_assert_eq(find(&slots, key), SLOTS_NONE);
            cr_assert(key == 0 || find(&slots, key - 1) == key - 1);
        }
        cr_assert_eq(number, key);
    }
    slots_done(&slots);
    memory_done(&memory);
}
