/*
 * rctl explain: what a diagnostic, a kind, a field, an engine, a router or a flag
 * means; and why a set of manifests gets which router.
 */
#include "load.h"
#include "opt.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define AT(member) offsetof(struct cli_args, member)

static const struct opt_row options[] = {
    {"output", 'o', OPT_CHOICE, AT(output), 0, "FORMAT", "text|json", "Format of `explain routing`"},
    {"namespace", 'n', OPT_TEXT, AT(name_space), 0, "NAME", NULL,
     "Namespace of objects that name none [default]"},
    {"max-errors", '\0', OPT_COUNT, AT(max_errors), AT(max_errors_given), "N", NULL,
     "Show at most N of each severity, 0 for all [100]"},
    OPT_ENDPOINTS,
    OPT_COLOR,
};

/* ---- a topic ---- */

/* The answer is kept until it is known to be one. */
static int keep(void *ctx, const char *data, size_t len)
{
    struct io_text *text = ctx;

    text->data = io_grow(text->data, text->len + len + 1);
    memcpy(text->data + text->len, data, len);
    text->len += len;
    text->data[text->len] = '\0';
    return 0;
}

static int say_unknown(const char *topic, const struct io_text *nearest)
{
    if (nearest->len > 0)
        io_say("nothing is called '%s'; did you mean '%.*s'?", topic,
               (int)strcspn(nearest->data, "\n"), nearest->data);
    else
        io_say("nothing is called '%s'", topic);
    return CLI_USAGE;
}

static int explain_topic(const char *topic)
{
    struct io_text text = {0};
    rctl_sink sink = {keep, &text};
    rctl_ctx *ctx = NULL;
    int code = rctl_ctx_new(NULL, &ctx);

    if (code == RCTL_OK)
        code = rctl_explain(ctx, topic, &sink);
    if (code == RCTL_OK) {
        code = CLI_FINE;
        io_stdout.write(io_stdout.ctx, text.data, text.len);
    } else if (code == RCTL_E_NOT_FOUND) {
        code = say_unknown(topic, &text);
    } else {
        code = io_fail(code);
    }
    rctl_ctx_free(ctx);
    free(text.data);
    return code;
}

/* ---- routing ---- */

static int explain_routing(struct cli_args paths)
{
    rctl_set_options how = {.missing = RCTL_MISSING_WARNING};
    struct load load;
    int code;

    paths.operands++;
    paths.n_operands--;
    if (!load_open(&load, &paths, &how))
        return CLI_BROKEN;
    code = rctl_routing_write(load.set, paths.output ? RCTL_ROUTING_JSON : RCTL_ROUTING_TEXT,
                              &io_stdout);
    if (code == RCTL_OK)
        code = load_write_diags(&load, RCTL_DIAG_TEXT, io_wants_color(&paths, STDERR_FILENO),
                                &io_stderr);
    code = code == RCTL_OK ? load_exit(&load, /* strict= */ false) : io_fail(code);
    load_close(&load);
    return code;
}

static int run(const struct cli_args *args)
{
    bool routing = strcmp(args->operands[0], "routing") == 0;

    if (routing && args->n_operands < 2) {
        io_say("explain routing needs the PATH of at least one manifest");
        return CLI_USAGE;
    }
    if (!routing && args->n_operands > 1) {
        io_say("explain takes one topic, and '%s' is a second one", args->operands[1]);
        return CLI_USAGE;
    }
    return routing ? explain_routing(*args) : explain_topic(args->operands[0]);
}

const struct cli_command cmd_explain = {
    .name = "explain",
    .operands = "TOPIC | routing PATH...",
    .summary = "Explain a diagnostic, a kind, a field, an engine, a router, a flag, or a choice",
    .details = "A TOPIC is a diagnostic code, a kind or one of its fields, an engine or a router or\n"
               "one of their flags, or one of the lists kinds, engines, routers, codes.\n"
               "\n"
               "With routing, the manifests are read, and for each gateway and each service with\n"
               "prefill and decode halves it is told which router was chosen, what each router\n"
               "would and would not do, and the command line and files of the chosen one.\n",
    .examples = "  rctl explain engine.missing-key\n"
                "  rctl explain infsvc.spec.model\n"
                "  rctl explain vllm.max-num-seqs\n"
                "  rctl explain routing manifests/\n",
    .options = options,
    .n_options = CLI_COUNT(options),
    .min_operands = 1,
    .max_operands = SIZE_MAX,
    .run = run,
};
