/*
 * The only file that knows PCRE2. Patterns are checked, never run here: who runs
 * them are routers, most of them with RE2, so what RE2 lacks is refused.
 */
#include "base/base.h"

#include <stdio.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

enum { LONGEST_PATTERN = 4096, LARGEST_REPEAT = 1000 };

/* PCRE2 frees without telling a size, so each block carries its own. */
struct block {
    size_t size;
    uint64_t data[];
};

static void *pattern_alloc(size_t size, void *ctx)
{
    struct base_mem *mem = ctx;
    struct block *block = mem->from.alloc(mem->from.ctx, sizeof(*block) + size);

    if (!block)
        return NULL;
    block->size = sizeof(*block) + size;
    return block->data;
}

static void pattern_free(void *ptr, void *ctx)
{
    struct base_mem *mem = ctx;

    if (ptr) {
        struct block *block = (struct block *)((char *)ptr - offsetof(struct block, data));

        mem->from.release(mem->from.ctx, block, block->size);
    }
}

/* The escapes that both know; a letter that is not here has no meaning in RE2. */
static const char *check_escape(char c)
{
    if (c >= '1' && c <= '9')
        return "back references are not supported by routers";
    if (((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) && !strchr("aAbBdDfnpPQErsStvwWxz", c))
        return "this escape is not supported by routers";
    return NULL;
}

/* `text` follows "(?": a plain group, a named one and a set of flags are common. */
static const char *check_group(const char *text)
{
    const char *flags = text;

    if (*text == '=' || *text == '!' || (*text == '<' && (text[1] == '=' || text[1] == '!')))
        return "look-around is not supported by routers";
    if (*text == '<' || (*text == 'P' && text[1] == '<'))
        return NULL;
    while (*flags && strchr("imsU-", *flags))
        flags++;
    if (*flags == ':' || (*flags == ')' && flags > text))
        return NULL;
    return "this kind of group is not supported by routers";
}

/* The last character of the repeat ("{2,3}") that starts at `text`, or NULL. */
static const char *repeat_end(const char *text, unsigned long *ret_most)
{
    unsigned long number = 0, most = 0;
    const char *p = text + 1;

    for (; (*p >= '0' && *p <= '9') || *p == ','; p++) {
        number = *p == ',' || number > LARGEST_REPEAT ? 0 : number * 10 + (unsigned long)(*p - '0');
        most = number > most ? number : most;
    }
    *ret_most = most;
    return *p == '}' && p > text + 1 ? p : NULL;
}

/* Where a class ends: past "[^]" and "[:alpha:]", which hold brackets of their own. */
static const char *skip_in_class(const char *p)
{
    const char *end;

    if (*p == '[' && p[1] == ':') {
        end = strstr(p, ":]");
        if (end)
            return end + 1;
    }
    return p;
}

/* What PCRE2 takes and RE2 does not; NULL when there is nothing of the kind. */
static const char *beyond_re2(const char *pattern, size_t *ret_offset)
{
    const char *fault = NULL;
    bool in_class = false;

    for (const char *p = pattern; *p && !fault; p++) {
        *ret_offset = (size_t)(p - pattern);
        if (*p == '\\') {
            fault = check_escape(*++p);
            if (*p == 'Q')
                p = strstr(p, "\\E") ? strstr(p, "\\E") + 1 : p + strlen(p) - 1;
            else if (*p == '\0')
                break;
        } else if (in_class) {
            in_class = *p != ']';
            p = skip_in_class(p);
        } else if (*p == '[') {
            in_class = true;
            p += p[1] == '^';
            p += p[1] == ']';
        } else if (*p == '(' && p[1] == '?') {
            fault = check_group(p + 2);
        } else if (*p == '(' && p[1] == '*') {
            fault = "verbs are not supported by routers";
        } else if (*p == '*' || *p == '+' || *p == '?' || *p == '{') {
            unsigned long most = 0;
            const char *end = *p == '{' ? repeat_end(p, &most) : p;

            if (!end)
                continue;
            if (most > LARGEST_REPEAT)
                fault = "a repeat above 1000 is not supported by routers";
            else if (end[1] == '+')
                fault = "possessive repeats are not supported by routers";
            p = end;
        }
    }
    return fault;
}

const char *base_regex_check(struct base_mem *mem, const char *pattern, size_t *ret_offset,
                             char reason[128])
{
    pcre2_general_context *general;
    pcre2_compile_context *compile = NULL;
    pcre2_code *code = NULL;
    const char *beyond;
    int error = 0;
    size_t offset = 0;

    if (strlen(pattern) > LONGEST_PATTERN) {
        *ret_offset = LONGEST_PATTERN;
        return "the pattern is longer than 4096 bytes";
    }
    beyond = beyond_re2(pattern, ret_offset);
    if (beyond)
        return beyond;
    general = pcre2_general_context_create(pattern_alloc, pattern_free, mem);
    if (general)
        compile = pcre2_compile_context_create(general);
    if (compile)
        code = pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED,
                             PCRE2_UTF | PCRE2_NEVER_BACKSLASH_C | PCRE2_DOLLAR_ENDONLY, &error,
                             &offset, compile);
    if (!code && compile && error != PCRE2_ERROR_HEAP_FAILED) {
        pcre2_get_error_message(error, (PCRE2_UCHAR *)reason, 128);
        *ret_offset = offset;
    }
    pcre2_code_free(code);
    pcre2_compile_context_free(compile);
    pcre2_general_context_free(general);
    if (code)
        return NULL;
    if (!compile || error == PCRE2_ERROR_HEAP_FAILED)
        base_raise(&mem->fail, RCTL_E_NOMEM);
    return reason;
}
