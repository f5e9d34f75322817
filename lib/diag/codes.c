/*
 * The table of codes: codes.def and codes_engine.def expanded into the texts that
 * `rctl explain` and the reference page show.
 */
#include "diag/diag.h"

static const rctl_code_info codes[] = {
#define CODE(id, name, severity, meaning, example, fix)                                            \
    {name, RCTL_SEVERITY_##severity, meaning, example, fix},
#include "diag/codes.def"
#include "diag/codes_engine.def"
#undef CODE
};

const char *diag_code_name(enum diag_code code)
{
    assert(code < DIAG__COUNT);
    return codes[code].code;
}

rctl_severity diag_code_severity(enum diag_code code)
{
    assert(code < DIAG__COUNT);
    return codes[code].severity;
}

void diag_code_info(enum diag_code code, rctl_code_info *ret_info)
{
    assert(code < DIAG__COUNT);
    *ret_info = codes[code];
}

const char *diag_severity_name(rctl_severity severity)
{
    static const char *const names[RCTL_SEVERITY__COUNT] = {"note", "warning", "error"};

    assert((unsigned)severity < RCTL_SEVERITY__COUNT);
    return names[severity];
}
