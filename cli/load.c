/*
 * Loads manifests into a set of the library and tells how it went. A file that
 * cannot be read does not keep the others from being looked at.
 */
#include "load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int add_files(struct load *load)
{
    struct io_text text = {0};
    int code = RCTL_OK;

    for (size_t i = 0; i < load->files.n_items && code == RCTL_OK; i++) {
        if (io_read(&load->files.items[i], &text))
            code = rctl_set_add(load->set, load->files.items[i].name, text.data, text.len);
        else
            load->broken = true;
    }
    free(text.data);
    return code;
}

static bool is_empty(const struct load *load)
{
    return rctl_set_documents(load->set) == 0 && rctl_diags_count(rctl_set_diags(load->set)) == 0;
}

int load_endpoints(const char *option, bool *broken, load_discover *discover, void *to)
{
    const char *equals = strchr(option, '=');
    struct io_text text = {0};
    struct io_file file = {.named = true};
    char *gateway;
    int code = RCTL_OK;

    if (!equals || equals == option || equals[1] == '\0') {
        io_say("--endpoints needs GATEWAY=FILE, not '%s'", option);
        *broken = true;
        return RCTL_OK;
    }
    gateway = io_grow(NULL, strlen(option) + 1);
    memcpy(gateway, option, strlen(option) + 1);
    gateway[equals - option] = '\0';
    file.name = gateway + (equals - option) + 1;
    file.is_stdin = strcmp(file.name, "-") == 0;
    if (io_read(&file, &text))
        code = discover(to, gateway, file.name, text.data, text.len);
    else
        *broken = true;
    free(text.data);
    free(gateway);
    return code;
}

static int discover(void *to, const char *gateway, const char *name, const char *data, size_t len)
{
    return rctl_set_discover(to, gateway, name, data, len);
}

bool load_open(struct load *load, const struct cli_args *args, rctl_set_options *options)
{
    int code;

    *load = (struct load){0};
    options->size = sizeof(*options);
    options->default_namespace = args->name_space;
    options->max_bytes = IO_MAX_BYTES;
    if (args->max_errors_given)
        options->max_diags = args->max_errors ? args->max_errors : SIZE_MAX;
    io_find(&load->files, args->operands, args->n_operands);
    load->broken = load->files.failed;
    code = rctl_ctx_new(NULL, &load->ctx);
    if (code == RCTL_OK)
        code = rctl_set_new(load->ctx, options, &load->set);
    if (code == RCTL_OK)
        code = add_files(load);
    for (size_t i = 0; i < args->endpoints.n_items && code == RCTL_OK; i++)
        code = load_endpoints(args->endpoints.items[i], &load->broken, discover, load->set);
    if (code != RCTL_OK)
        io_fail(code);
    else if (!is_empty(load))
        return true;
    else if (!load->broken) /* most likely, what should have made the input failed */
        io_say("there are no documents to look at");
    load_close(load);
    return false;
}

void load_close(struct load *load)
{
    load->set = rctl_set_free(load->set);
    load->ctx = rctl_ctx_free(load->ctx);
    io_free(&load->files);
}

int load_write_diags(const struct load *load, rctl_diag_format format, bool color,
                     const rctl_sink *sink)
{
    size_t n = load->files.n_items;
    const char **names = io_grow(NULL, (n + 1) * sizeof(*names));
    rctl_diag_format_options options = {
        .size = sizeof(options), .color = color, .files = names, .n_files = n};
    int code;

    for (size_t i = 0; i < n; i++)
        names[i] = load->files.items[i].name;
    code = rctl_diags_write(rctl_set_diags(load->set), format, &options, sink);
    free(names);
    return code;
}

static const char *plural(size_t n)
{
    return n == 1 ? "" : "s";
}

void load_say_summary(const struct load *load)
{
    const rctl_diags *diags = rctl_set_diags(load->set);
    size_t documents = rctl_set_documents(load->set), ours = rctl_set_count(load->set);
    char others[64] = "", faults[128] = "";
    size_t used = 0;

    if (documents > ours)
        snprintf(others, sizeof(others), " (%zu of other kinds)", documents - ours);
    for (int i = RCTL_SEVERITY_ERROR; i >= RCTL_SEVERITY_NOTE; i--) {
        size_t total = rctl_diags_total(diags, (rctl_severity)i);

        if (total > 0)
            used += (size_t)snprintf(faults + used, sizeof(faults) - used, "%s%zu %s%s",
                                     used ? ", " : "", total,
                                     rctl_severity_name((rctl_severity)i), plural(total));
    }
    io_say("%zu document%s in %zu file%s%s: %s", documents, plural(documents),
           load->files.n_items, plural(load->files.n_items), others, used ? faults : "no faults");
}

int load_exit(const struct load *load, bool strict)
{
    const rctl_diags *diags = rctl_set_diags(load->set);

    if (load->broken)
        return CLI_BROKEN;
    if (rctl_diags_total(diags, RCTL_SEVERITY_ERROR) > 0 ||
        (strict && rctl_diags_total(diags, RCTL_SEVERITY_WARNING) > 0))
        return CLI_FAULTS;
    return CLI_FINE;
}
