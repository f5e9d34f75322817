/*
 * Numbers as engines read them: plain digits, and for a few flags also 8k or 8K.
 * What people write by mistake (4.0, 1e3, 010, 0x1f, 1_000) gets told apart, because
 * "not a number" helps nobody who wrote a number.
 */
#include "engine/settings.h"

/* 1k is 1000, 1K is 1024; only the decimal ones take a fraction. */
static bool read_human(const char *text, int64_t *ret_value)
{
    static const char decimal[] = "kmgt", binary[] = "KMGT";
    size_t len = strlen(text);
    const char *place;
    char digits[32];
    double value, step, unit = 1;

    if (len < 2 || len > sizeof(digits) || text[0] < '0' || text[0] > '9')
        return false;
    memcpy(digits, text, len - 1);
    digits[len - 1] = '\0';
    if (strspn(digits, "0123456789.") != len - 1)
        return false;
    if ((place = strchr(decimal, text[len - 1])) != NULL) {
        step = 1000;
    } else if ((place = strchr(binary, text[len - 1])) != NULL && !strchr(digits, '.')) {
        step = 1024;
        place = decimal + (place - binary);
    } else {
        return false;
    }
    for (const char *c = decimal; c <= place; c++)
        unit *= step;
    if (!base_num_double(digits, &value) || value * unit > 9e15)
        return false;
    *ret_value = (int64_t)(value * unit);
    return true;
}

static const char *without_zeros(const char *text)
{
    while (*text == '0' && text[1] != '\0')
        text++;
    return text;
}

/* Tells what about `text` keeps it from being a whole number. */
static void explain(const rctl_flag *flag, const char *text, struct base_arena *arena,
                    struct engine_complaint *ret)
{
    size_t digits = strspn(text, "0123456789");
    double value;

    ret->code = DIAG_ENGINE_BAD_VALUE;
    ret->hint = flag->type == RCTL_FLAG_INT_HUMAN ? "write plain digits, or a form such as 8k"
                                                  : "write plain digits, such as \"4\"";
    ret->message =
        base_arena_format(arena, "%s is not a whole number", engine_quote(text, arena));
    if (text[digits] == '\0' && digits > 1 && text[0] == '0') {
        ret->message = base_arena_format(arena, "%s starts with a zero, which is no plain number",
                                         engine_quote(text, arena));
        if (digits < 20)
            ret->hint = base_arena_format(arena, "write \"%s\"", without_zeros(text));
    } else if (text[digits] == '\0' && digits > 18) {
        ret->code = DIAG_ENGINE_OUT_OF_RANGE;
        ret->message = base_arena_format(arena, "%s is larger than any number an engine can use",
                                         engine_quote(text, arena));
    } else if (digits > 0 && text[digits] != 'x' && base_num_double(text, &value) &&
               value < 9e15 && value == (double)(int64_t)value) {
        ret->hint = base_arena_format(arena, "write \"%lld\"", (long long)value);
    }
}

static void out_of_range(const rctl_flag *flag, const char *text, struct base_arena *arena,
                         struct engine_complaint *ret)
{
    bool low = flag->traits & (RCTL_FLAG_MIN | RCTL_FLAG_MIN_OPEN);
    bool high = flag->traits & (RCTL_FLAG_MAX | RCTL_FLAG_MAX_OPEN);
    const char *above = flag->traits & RCTL_FLAG_MIN_OPEN ? "above" : "at least";
    const char *below = flag->traits & RCTL_FLAG_MAX_OPEN ? "below" : "at most";
    char min[32], max[32];

    base_num_print(flag->min, min);
    base_num_print(flag->max, max);
    ret->code = DIAG_ENGINE_OUT_OF_RANGE;
    if (low && high)
        ret->message = base_arena_format(arena, "%s is not %s %s and %s %s",
                                         engine_quote(text, arena), above, min, below, max);
    else
        ret->message = base_arena_format(arena, "%s is not %s %s", engine_quote(text, arena),
                                         low ? above : below, low ? min : max);
}

static bool in_range(const rctl_flag *flag, double value)
{
    if (flag->traits & RCTL_FLAG_MIN && value < flag->min)
        return false;
    if (flag->traits & RCTL_FLAG_MIN_OPEN && value <= flag->min)
        return false;
    if (flag->traits & RCTL_FLAG_MAX && value > flag->max)
        return false;
    return !(flag->traits & RCTL_FLAG_MAX_OPEN && value >= flag->max);
}

bool engine_read_number(const rctl_flag *flag, const char *text, struct base_arena *arena,
                        struct engine_value *ret, struct engine_complaint *ret_complaint)
{
    double value;

    ret->text = text;
    if (flag->traits & RCTL_FLAG_SPELLED && engine_has_choice(flag->choices, text))
        return true;
    if (flag->type == RCTL_FLAG_FLOAT || flag->type == RCTL_FLAG_LIST_FLOAT) {
        if (!base_num_double(text, &value)) {
            ret_complaint->code = DIAG_ENGINE_BAD_VALUE;
            ret_complaint->message =
                base_arena_format(arena, "%s is not a number", engine_quote(text, arena));
            ret_complaint->hint = "write a decimal number, such as \"0.9\"";
            return false;
        }
    } else {
        if (!base_num_int(text, &ret->number) &&
            (flag->type != RCTL_FLAG_INT_HUMAN || !read_human(text, &ret->number))) {
            explain(flag, text, arena, ret_complaint);
            return false;
        }
        ret->has_number = true;
        value = (double)ret->number;
    }
    if (in_range(flag, value))
        return true;
    out_of_range(flag, text, arena, ret_complaint);
    return false;
}
