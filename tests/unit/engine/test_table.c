/* Are the flag tables sane, and are rows found however they are spelled? */
#include "pod.h"

static const rctl_engine *const engines[] = {&engine_vllm, &engine_sglang};

/* A row's own default must pass the row. */
static void check_default(const rctl_engine *engine, const rctl_flag *flag,
                          struct memory *memory)
{
    struct text_node node = {.type = TEXT_STR, .style = TEXT_QUOTED};
    struct engine_complaint complaint;
    struct engine_value value;

    if (!flag->fallback || (*flag->fallback == '\0' && flag->type == RCTL_FLAG_STRING))
        return;
    node.u.str = flag->fallback;
    node.len = (uint32_t)strlen(flag->fallback);
    cr_assert(engine_value_read(flag, &node, &memory->arena, &value, &complaint) &&
                  !complaint.message,
              "%s --%s: its default '%s' %s", engine->name, flag->name, flag->fallback,
              complaint.message ? complaint.message : "");
}

static void check_row(const rctl_engine *engine, const rctl_flag *flag,
                      struct memory *memory)
{
    bool words = flag->type == RCTL_FLAG_ENUM || flag->type == RCTL_FLAG_ENUM_INT ||
                 flag->type == RCTL_FLAG_LIST_ENUM;
    unsigned low = flag->traits & (RCTL_FLAG_MIN | RCTL_FLAG_MIN_OPEN);
    unsigned high = flag->traits & (RCTL_FLAG_MAX | RCTL_FLAG_MAX_OPEN);

    cr_assert_eq(engine_find_flag(engine, flag->name)->name,
                 flag->alias_of ? engine_find_flag(engine, flag->alias_of)->name : flag->name);
    if (flag->alias_of)
        return;
    cr_assert(flag->name[0] != '-', "%s --%s", engine->name, flag->name);
    cr_assert(!words || (flag->choices && *flag->choices), "%s --%s", engine->name, flag->name);
    cr_assert(low != (RCTL_FLAG_MIN | RCTL_FLAG_MIN_OPEN), "%s --%s", engine->name, flag->name);
    cr_assert(high != (RCTL_FLAG_MAX | RCTL_FLAG_MAX_OPEN), "%s --%s", engine->name, flag->name);
    cr_assert(!low || !high || flag->min < flag->max, "%s --%s", engine->name, flag->name);
    cr_assert(!(flag->traits & RCTL_FLAG_UNSAFE) || flag->note, "%s --%s says not why",
              engine->name, flag->name);
    cr_assert(!(flag->traits & RCTL_FLAG_OURS) || flag->note || flag->instead,
              "%s --%s says not what to use", engine->name, flag->name);
    cr_assert((flag->type == RCTL_FLAG_REMOVED) == (flag->until != NULL), "%s --%s",
              engine->name, flag->name);
    cr_assert(!flag->since || !flag->until, "%s --%s", engine->name, flag->name);
    check_default(engine, flag, memory);
}

TEST(table, rows_are_sane)
{
    for (size_t i = 0; i < BASE_COUNT(engines); i++) {
        struct memory memory;

        memory_init(&memory);
        cr_assert_null(engine_check_table(engines[i]));
        for (size_t k = 0; k < engines[i]->n_flags; k++)
            check_row(engines[i], &engines[i]->flags[k], &memory);
        memory_done(&memory);
    }
}

TEST(table, descriptors_name_flags_that_exist)
{
    for (size_t i = 0; i < BASE_COUNT(engines); i++) {
        const rctl_engine *engine = engines[i];
        const char *const names[] = {engine->model_flag,          engine->served_name_flag,
                                     engine->host_flag,           engine->port_flag,
                                     engine->metrics_flag,        engine->tensor_parallel_flag,
                                     engine->pipeline_parallel_flag, engine->data_parallel_flag,
                                     engine->dp_attention_flag};

        for (size_t k = 0; k < BASE_COUNT(names); k++)
            cr_assert(!names[k] || engine_find_flag(engine, names[k]), "%s", names[k]);
    }
}

TEST(table, the_facts_that_everybody_relies_on)
{
    const rctl_flag *flag;

    cr_assert_eq(engine_find_flag(&engine_sglang, "tensor-parallel-size"),
                 engine_find_flag(&engine_sglang, "tp-size"));
    cr_assert_eq(engine_find_flag(&engine_vllm, "-tp"),
                 engine_find_flag(&engine_vllm, "tensor-parallel-size"));
    flag = engine_find_flag(&engine_vllm, "max-num-batched-tokens");
    cr_assert_eq(flag->type, RCTL_FLAG_INT_HUMAN);
    cr_assert_eq(flag->traits, RCTL_FLAG_MIN);
    flag = engine_find_flag(&engine_vllm, "gpu-memory-utilization");
    cr_assert_eq(flag->traits, RCTL_FLAG_MIN_OPEN | RCTL_FLAG_MAX);
    cr_assert_str_eq(engine_find_flag(&engine_vllm, "swap-space")->until, "0.17.1");
    cr_assert_null(engine_find_flag(&engine_vllm, "no-such-flag"));
}

TEST(table, reads_names_as_the_engine_does)
{
    struct engine_name name;
    struct memory memory;

    memory_init(&memory);
    name = engine_find_name(&engine_vllm, "max_num_seqs", &memory.arena);
    cr_assert_str_eq(name.flag->name, "max-num-seqs");
    cr_assert_null(engine_find_name(&engine_sglang, "tp_size", &memory.arena).flag);
    name = engine_find_name(&engine_vllm, "no-enforce-eager", &memory.arena);
    cr_assert(name.negated && strcmp(name.flag->name, "enforce-eager") == 0);
    cr_assert_null(engine_find_name(&engine_vllm, "no-max-num-seqs", &memory.arena).flag);
    name = engine_find_name(&engine_vllm, "compilation_config.cache_dir", &memory.arena);
    cr_assert_str_eq(name.flag->name, "compilation-config");
    cr_assert_str_eq(name.part, "cache_dir");
    cr_assert_null(engine_find_name(&engine_vllm, "dtype.x", &memory.arena).flag);
    cr_assert_null(engine_find_name(&engine_vllm, "compilation-config.", &memory.arena).flag);
    memory_done(&memory);
}

TEST(table, says_what_an_unknown_name_may_have_meant)
{
    static const struct {
        const rctl_engine *engine;
        const char *name, *hint;
    } cases[] = {
        {&engine_vllm, "max-num-seq", "write 'max-num-seqs'"},
        {&engine_vllm, "max-nun-seqs", "did you mean 'max-num-seqs'?"},
        {&engine_vllm, "tp", "write 'tensor-parallel-size'"},
        {&engine_vllm, "--max-num-seqs", "write 'max-num-seqs'"},
        {&engine_sglang, "tp_size", "write 'tp-size'"},
        {&engine_sglang, "max-num-sequ", "did you mean 'max-num-seqs'?"},
        {&engine_vllm, "completely-different", NULL},
        {&engine_vllm, "max", NULL},
        {&engine_vllm, "", NULL},
        {&engine_vllm, "---", NULL},
    };
    struct memory memory;

    memory_init(&memory);
    for (size_t i = 0; i < BASE_COUNT(cases); i++) {
        struct engine_complaint complaint =
            engine_unknown_name(cases[i].engine, cases[i].name, &memory.arena);

        cr_assert(complaint.message);
        cr_assert(base_str_eq(complaint.hint, cases[i].hint), "%s: %s", cases[i].name,
                  complaint.hint ? complaint.hint : "NULL");
    }
    memory_done(&memory);
}

TEST(table, finds_choices_whole)
{
    cr_assert(engine_has_choice("a|bc|d", "a"));
    cr_assert(engine_has_choice("a|bc|d", "bc"));
    cr_assert(engine_has_choice("a|bc|d", "d"));
    cr_assert(!engine_has_choice("a|bc|d", "b"));
    cr_assert(!engine_has_choice("a|bc|d", "a|bc"));
    cr_assert(!engine_has_choice("a|bc|d", ""));
}
