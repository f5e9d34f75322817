/* The table of flags that the pages of engines and routers have in common. */
#include "gen/gen.h"

static const char *type_name(rctl_flag_type type)
{
    switch (type) {
    case RCTL_FLAG_STRING: return "string";
    case RCTL_FLAG_INT: return "integer";
    case RCTL_FLAG_INT_HUMAN: return "integer, also 8k or 8K";
    case RCTL_FLAG_FLOAT: return "number";
    case RCTL_FLAG_BOOL: return "boolean";
    case RCTL_FLAG_SWITCH: return "switch";
    case RCTL_FLAG_ENUM: return "one of";
    case RCTL_FLAG_ENUM_INT: return "one of";
    case RCTL_FLAG_JSON: return "JSON";
    case RCTL_FLAG_JSON_OR_STRING: return "JSON or string";
    case RCTL_FLAG_LIST_STRING: return "list of strings";
    case RCTL_FLAG_LIST_INT: return "list of integers";
    case RCTL_FLAG_LIST_FLOAT: return "list of numbers";
    case RCTL_FLAG_LIST_ENUM: return "list of";
    case RCTL_FLAG_REMOVED: return "removed";
    case RCTL_FLAG_TYPE__COUNT: break;
    }
    return "value";
}

static void put_choices(struct base_buf *out, const char *choices)
{
    for (const char *c = choices; *c;) {
        size_t len = strcspn(c, "|");

        base_buf_puts(out, c == choices ? " " : ", ");
        gen_md_code(out, base_arena_text(out->arena, c, len));
        c += len + (c[len] == '|');
    }
}

static void put_range(struct base_buf *out, const rctl_flag *flag)
{
    char number[32];

    if (flag->traits & (RCTL_FLAG_MIN | RCTL_FLAG_MIN_OPEN)) {
        base_num_print(flag->min, number);
        base_buf_format(out, ", %s %s", flag->traits & RCTL_FLAG_MIN ? "at least" : "above",
                        number);
    }
    if (flag->traits & (RCTL_FLAG_MAX | RCTL_FLAG_MAX_OPEN)) {
        base_num_print(flag->max, number);
        base_buf_format(out, ", %s %s", flag->traits & RCTL_FLAG_MAX ? "at most" : "below",
                        number);
    }
}

/* Sentences apart by spaces: what one should know before setting the flag. */
static void put_notes(struct base_buf *out, const rctl_flag *flag)
{
    if (flag->alias_of)
        base_buf_format(out, "Another name of `%s`. ", flag->alias_of);
    if (flag->traits & RCTL_FLAG_OURS)
        base_buf_puts(out, "Rendered from other fields; cannot be set. ");
    if (flag->traits & RCTL_FLAG_UNSAFE)
        base_buf_puts(out, "Needs `allowUnsafeFlags`. ");
    if (flag->traits & RCTL_FLAG_DEPRECATED)
        base_buf_puts(out, "Deprecated. ");
    if (flag->since)
        base_buf_format(out, "Since %s. ", flag->since);
    if (flag->until)
        base_buf_format(out, "Until %s. ", flag->until);
    if (flag->instead)
        base_buf_format(out, "Use `%s` instead. ", flag->instead);
    if (flag->note)
        gen_md_text(out, flag->note);
}

void gen_md_flags(struct base_buf *out, const rctl_flag *flags, size_t n)
{
    base_buf_puts(out, "| key | value | default | notes |\n| --- | --- | --- | --- |\n");
    for (size_t i = 0; i < n; i++) {
        const rctl_flag *flag = &flags[i];

        base_buf_puts(out, "| ");
        gen_md_code(out, flag->name);
        base_buf_format(out, " | %s", type_name(flag->type));
        if (flag->choices)
            put_choices(out, flag->choices);
        put_range(out, flag);
        base_buf_puts(out, " | ");
        if (flag->fallback && flag->fallback[0])
            gen_md_code(out, flag->fallback);
        base_buf_puts(out, " | ");
        put_notes(out, flag);
        base_buf_puts(out, " |\n");
    }
}
