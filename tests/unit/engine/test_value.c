/* One value against one row: what passes, what it becomes, what is said otherwise. */
#include "pod.h"

static const rctl_flag count = {
    .name = "count", .type = RCTL_FLAG_INT, .traits = RCTL_FLAG_MIN, .min = 1};
static const rctl_flag human = {
    .name = "human", .type = RCTL_FLAG_INT_HUMAN, .traits = RCTL_FLAG_SPELLED, .choices = "auto"};
static const rctl_flag share = {.name = "share",
                                       .type = RCTL_FLAG_FLOAT,
                                       .traits = RCTL_FLAG_MIN_OPEN | RCTL_FLAG_MAX,
                                       .min = 0,
                                       .max = 1};
static const rctl_flag below = {.name = "below",
                                       .type = RCTL_FLAG_FLOAT,
                                       .traits = RCTL_FLAG_MIN | RCTL_FLAG_MAX_OPEN,
                                       .min = 0,
                                       .max = 1};
static const rctl_flag choice = {
    .name = "choice", .type = RCTL_FLAG_ENUM, .choices = "auto|half"};
static const rctl_flag advice = {.name = "advice",
                                        .type = RCTL_FLAG_STRING,
                                        .traits = RCTL_FLAG_ADVISORY | RCTL_FLAG_OPTIONAL,
                                        .choices = "FAST|SLOW"};
static const rctl_flag rank = {
    .name = "rank", .type = RCTL_FLAG_ENUM_INT, .choices = "1|8|16"};
static const rctl_flag text = {.name = "text", .type = RCTL_FLAG_STRING};
static const rctl_flag both = {.name = "both", .type = RCTL_FLAG_BOOL};
static const rctl_flag only = {.name = "only", .type = RCTL_FLAG_SWITCH};
static const rctl_flag object = {
    .name = "object", .type = RCTL_FLAG_JSON, .choices = "kv_role|b"};
static const rctl_flag either = {.name = "either", .type = RCTL_FLAG_JSON_OR_STRING};
static const rctl_flag texts = {.name = "texts", .type = RCTL_FLAG_LIST_STRING};
static const rctl_flag counts = {.name = "counts", .type = RCTL_FLAG_LIST_INT};
static const rctl_flag choices = {
    .name = "choices", .type = RCTL_FLAG_LIST_ENUM, .choices = "a|b"};

static const struct {
    const rctl_flag *flag;
    const char *yaml;
    const char *value; /* NULL when it does not pass */
    const char *code;  /* NULL when nothing is said */
} cases[] = {
    {&count, "\"4\"", "4", NULL},
    {&count, "4", "4", NULL},
    {&count, "9223372036854775807", "9223372036854775807", NULL},
    {&count, "abc", NULL, "engine.bad-value"},
    {&count, "\"\"", NULL, "engine.bad-value"},
    {&count, "\" 4\"", NULL, "engine.bad-value"},
    {&count, "0", NULL, "engine.out-of-range"},
    {&count, "\"-1\"", NULL, "engine.out-of-range"},
    {&count, "4.0", NULL, "engine.bad-value"},
    {&count, "\"4.0\"", NULL, "engine.bad-value"},
    {&count, "1e3", NULL, "engine.bad-value"},
    {&count, "\"1e3\"", NULL, "engine.bad-value"},
    {&count, "18446744073709551616", NULL, "engine.out-of-range"},
    {&count, "\"18446744073709551616\"", NULL, "engine.out-of-range"},
    {&count, "010", NULL, "engine.bad-value"},
    {&count, "0x10", NULL, "engine.bad-value"},
    {&count, "1_000", NULL, "engine.bad-value"},
    {&count, "+4", NULL, "engine.bad-value"},
    {&count, "true", NULL, "engine.bad-value"},
    {&count, "[4]", NULL, "engine.bad-value"},
    {&count, "{a: 4}", NULL, "engine.bad-value"},
    {&count, "null", NULL, "engine.bad-value"},
    {&count, "8k", NULL, "engine.bad-value"},
    {&human, "8k", "8k", NULL},
    {&human, "8K", "8K", NULL},
    {&human, "1.5k", "1.5k", NULL},
    {&human, "1.5K", NULL, "engine.bad-value"},
    {&human, "auto", "auto", NULL},
    {&human, "-1", "-1", NULL},
    {&human, "k", NULL, "engine.bad-value"},
    {&human, "8x", NULL, "engine.bad-value"},
    {&human, "9999999T", NULL, "engine.bad-value"},
    {&share, "0.9", "0.9", NULL},
    {&share, "1", "1", NULL},
    {&share, "0", NULL, "engine.out-of-range"},
    {&share, "1.1", NULL, "engine.out-of-range"},
    {&share, "\"inf\"", NULL, "engine.bad-value"},
    {&below, "0", "0", NULL},
    {&below, "1", NULL, "engine.out-of-range"},
    {&choice, "half", "half", NULL},
    {&choice, "Half", NULL, "engine.bad-choice"},
    {&advice, "fast", "fast", NULL},
    {&advice, "other", "other", "engine.unknown-choice"},
    {&advice, "None", "(unset)", NULL},
    {&advice, "\"\"", "(unset)", NULL},
    {&rank, "8", "8", NULL},
    {&rank, "9", NULL, "engine.bad-choice"},
    {&text, "plain words", "plain words", NULL},
    {&text, "12", NULL, "engine.bad-value"},
    {&text, "yes", NULL, "engine.bad-value"},
    {&text, "\"12\"", "12", NULL},
    {&text, "--api-key", NULL, "engine.injection"},
    {&text, "\"-x\"", NULL, "engine.injection"},
    {&text, "a$(HOME)", NULL, "engine.injection"},
    {&text, "a$$b", NULL, "engine.injection"},
    {&text, "a$b", "a$b", NULL},
    {&text, "\"a\\nb\"", NULL, "engine.injection"},
    {&text, "\"a\\x7fb\"", NULL, "engine.injection"},
    {&both, "true", "true", NULL},
    {&both, "yes", "true", NULL},
    {&both, "\"false\"", "false", NULL},
    {&both, "\"yes\"", NULL, "engine.bad-value"},
    {&both, "1", NULL, "engine.bad-value"},
    {&only, "false", "false", NULL},
    {&object, "'{\"b\": [1, true]}'", "{\"b\":[1,true]}", NULL},
    {&object, "{kv-role: x}", "{\"kv-role\":\"x\"}", NULL},
    {&object, "'{\"c\": 1}'", NULL, "engine.bad-choice"},
    {&object, "'{b: 1}'", NULL, "engine.bad-value"},
    {&object, "'{\"b\": 01}'", NULL, "engine.bad-value"},
    {&object, "'{\"b\": 1} x'", NULL, "engine.bad-value"},
    {&object, "'{\"b\": 1,}'", NULL, "engine.bad-value"},
    {&object, "'{\"b\": \"\\q\"}'", NULL, "engine.bad-value"},
    {&object, "'\"b\"'", NULL, "engine.bad-value"},
    {&object, "'{\"b\": \"\\u0024(X)\"}'", NULL, "engine.injection"},
    {&object, "'[1, -2.5e3, null]'", "[1,-2500,null]", NULL},
    {&object, "plain", NULL, "engine.bad-value"},
    {&object, "3", NULL, "engine.bad-value"},
    {&either, "plain", "plain", NULL},
    {&either, "'{\"any\": 1}'", "{\"any\":1}", NULL},
    {&either, "'{any'", NULL, "engine.bad-value"},
    {&texts, "a b", "a b", NULL},
    {&texts, "[a, \"b c\"]", "a b c", NULL},
    {&texts, "'{\"name\": \"x\", \"path\": \"/y\"}'", "{\"name\": \"x\", \"path\": \"/y\"}", NULL},
    {&texts, "a --api-key", NULL, "engine.injection"},
    {&texts, "[]", NULL, "engine.bad-value"},
    {&texts, "\"  \"", NULL, "engine.bad-value"},
    {&counts, "1 2 4", "1 2 4", NULL},
    {&counts, "[1, 2]", "1 2", NULL},
    {&counts, "8", "8", NULL},
    {&counts, "1 x", NULL, "engine.bad-value"},
    {&choices, "a b", "a b", NULL},
    {&choices, "[a, c]", NULL, "engine.bad-choice"},
};

TEST(value, passes_or_is_told)
{
    for (size_t i = 0; i < BASE_COUNT(cases); i++) {
        struct engine_complaint complaint;
        struct engine_value value;
        struct memory memory;
        const char *got;

        memory_init(&memory);
        got = engine_value_read(cases[i].flag, tree_parse(&memory, cases[i].yaml), &memory.arena,
                                &value, &complaint)
                  ? (value.unset ? "(unset)" : value.text)
                  : NULL;
        cr_assert(base_str_eq(got, cases[i].value), "%s %s: %s", cases[i].flag->name,
                  cases[i].yaml, got ? got : "refused");
        cr_assert(base_str_eq(complaint.message ? diag_code_name(complaint.code) : NULL,
                              cases[i].code),
                  "%s %s: %s", cases[i].flag->name, cases[i].yaml,
                  complaint.message ? complaint.message : "nothing is said");
        memory_done(&memory);
    }
}

TEST(value, knows_the_number_meant)
{
    static const struct {
        const char *yaml;
        int64_t number;
    } numbers[] = {{"8k", 8000}, {"8K", 8192}, {"1.5k", 1500}, {"2m", 2000000}, {"7", 7}};

    for (size_t i = 0; i < BASE_COUNT(numbers); i++) {
        struct engine_complaint complaint;
        struct engine_value value;
        struct memory memory;

        memory_init(&memory);
        cr_assert(engine_value_read(&human, tree_parse(&memory, numbers[i].yaml), &memory.arena,
                                    &value, &complaint));
        cr_assert(value.has_number);
        cr_assert_eq(value.number, numbers[i].number, "%s", numbers[i].yaml);
        memory_done(&memory);
    }
}

TEST(value, tells_how_to_write_what_is_meant)
{
    static const struct {
        const char *yaml, *hint;
    } hints[] = {{"\"4.0\"", "write \"4\""},
                 {"1e3", "write \"1000\""},
                 {"\"010\"", "write \"10\""},
                 {"abc", "write plain digits, such as \"4\""}};

    for (size_t i = 0; i < BASE_COUNT(hints); i++) {
        struct engine_complaint complaint;
        struct engine_value value;
        struct memory memory;

        memory_init(&memory);
        cr_assert(!engine_value_read(&count, tree_parse(&memory, hints[i].yaml), &memory.arena,
                                     &value, &complaint));
        cr_assert_str_eq(complaint.hint, hints[i].hint, "%s", hints[i].yaml);
        memory_done(&memory);
    }
}

TEST(value, json_may_not_nest_without_end)
{
    struct memory memory;
    char deep[200];

    memory_init(&memory);
    memset(deep, '[', 99);
    memset(deep + 99, ']', 99);
    deep[198] = '\0';
    cr_assert_null(engine_read_json(deep, &memory.arena));
    cr_assert(engine_read_json(deep + 80, &memory.arena) == NULL);
    memory_done(&memory);
}

TEST(value, long_texts_are_cut_between_characters)
{
    struct memory memory;
    char long_text[200];

    memory_init(&memory);
    for (size_t i = 0; i + 3 < sizeof(long_text); i += 3)
        memcpy(long_text + i, "\xe2\x82\xac", 4); /* the euro sign */
    cr_assert_eq(strlen(engine_quote(long_text, &memory.arena)), 1 + 78 + 3 + 1);
    memory_done(&memory);
}
