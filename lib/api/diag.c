/*
 * The public side of diagnostics: argument checks, then lib/diag. Reading and
 * writing a list never changes it, so any number of threads may do so at once;
 * writing therefore works with memory of its own.
 */
#include "api/api.h"

const char *rctl_version(void)
{
    return RCTL_VERSION;
}

const char *rctl_strerror(int code)
{
    switch (code) {
    case RCTL_OK: return "Success";
    case RCTL_E_NOMEM: return "Out of memory";
    case RCTL_E_INVALID_ARG: return "An argument of the call is not valid";
    case RCTL_E_LIMIT: return "A limit was reached";
    case RCTL_E_UNSUPPORTED: return "Not supported by this version";
    case RCTL_E_NOT_FOUND: return "Nothing has that name";
    case RCTL_E_SINK: return "The output could not be written";
    case RCTL_E_BUG: return "The library broke a promise of its own; please report it";
    default: return "Unknown error code";
    }
}

const char *rctl_severity_name(rctl_severity severity)
{
    if ((unsigned)severity >= RCTL_SEVERITY__COUNT)
        return "unknown";
    return diag_severity_name(severity);
}

size_t rctl_diags_count(const rctl_diags *diags)
{
    return diags ? diags->n_items : 0;
}

int rctl_diags_get(const rctl_diags *diags, size_t index, rctl_diag *ret_diag)
{
    if (!diags || !ret_diag)
        return RCTL_E_INVALID_ARG;
    if (index >= diags->n_items)
        return RCTL_E_NOT_FOUND;
    *ret_diag = diags->items[index]->told;
    return RCTL_OK;
}

size_t rctl_diags_total(const rctl_diags *diags, rctl_severity severity)
{
    return diags && (unsigned)severity < RCTL_SEVERITY__COUNT ? diags->totals[severity] : 0;
}

struct diags_job {
    void (*write)(const struct diag_output *output);
    struct diag_output output;
};

static void write_diags(struct api_writer *writer)
{
    const struct diags_job *job = writer->arg;
    struct diag_output output = job->output;

    output.out = &writer->out;
    job->write(&output);
}

static bool are_files_named(const rctl_diag_format_options *options)
{
    if (options->n_files != 0 && !options->files)
        return false;
    for (size_t i = 0; i < options->n_files; i++)
        if (!options->files[i])
            return false;
    return true;
}

int rctl_diags_write(const rctl_diags *diags, rctl_diag_format format,
                     const rctl_diag_format_options *options, const rctl_sink *sink)
{
    static void (*const writers[RCTL_DIAG_FORMAT__COUNT])(const struct diag_output *) = {
        [RCTL_DIAG_TEXT] = diag_write_text,     [RCTL_DIAG_JSON] = diag_write_json,
        [RCTL_DIAG_JUNIT] = diag_write_junit,   [RCTL_DIAG_SARIF] = diag_write_sarif,
        [RCTL_DIAG_GITHUB] = diag_write_github,
    };
    rctl_diag_format_options known;
    struct diags_job job;

    if (!diags || !sink || !sink->write || !api_read_options(options, sizeof(known), &known) ||
        !are_files_named(&known))
        return RCTL_E_INVALID_ARG;
    if ((unsigned)format >= RCTL_DIAG_FORMAT__COUNT)
        return RCTL_E_UNSUPPORTED;
    job = (struct diags_job){writers[format], {.diags = diags, .options = &known}};
    return api_write(&diags->arena->mem->from, sink, write_diags, &job);
}

size_t rctl_codes_count(void)
{
    return DIAG__COUNT;
}

/* The table stands in the order of the source; it is small enough to count ranks. */
int rctl_codes_get(size_t index, rctl_code_info *ret_info)
{
    if (!ret_info)
        return RCTL_E_INVALID_ARG;
    for (size_t i = 0; i < DIAG__COUNT; i++) {
        const char *name = diag_code_name((enum diag_code)i);
        size_t rank = 0;

        for (size_t k = 0; k < DIAG__COUNT; k++)
            rank += strcmp(diag_code_name((enum diag_code)k), name) < 0;
        if (rank != index)
            continue;
        diag_code_info((enum diag_code)i, ret_info);
        return RCTL_OK;
    }
    return RCTL_E_NOT_FOUND;
}

int rctl_codes_find(const char *code, rctl_code_info *ret_info)
{
    if (!code || !ret_info)
        return RCTL_E_INVALID_ARG;
    for (size_t i = 0; i < DIAG__COUNT; i++) {
        if (strcmp(diag_code_name((enum diag_code)i), code) != 0)
            continue;
        diag_code_info((enum diag_code)i, ret_info);
        return RCTL_OK;
    }
    return RCTL_E_NOT_FOUND;
}
