/* Texts that grow; a refusal of memory is remembered until the end. */
#include "core/text.h"

#include "core/mem.h"

#include <stdio.h>
#include <string.h>

void text_init(struct text *text, const rctl_allocator *from)
{
    memset(text, 0, sizeof(*text));
    text->from = *from;
}

void text_done(struct text *text)
{
    mem_free(&text->from, text->data, text->cap, 1);
    text->data = NULL;
    text->n = text->cap = 0;
}

void text_begin(struct text *text)
{
    text->n = 0;
    text->failed = false;
}

void text_add_bytes(struct text *text, const char *more, size_t n)
{
    char *data = NULL;

    if (text->failed)
        return;
    if (n < UINT32_MAX / 2 - text->n)
        data = mem_grow(&text->from, text->data, &text->cap, text->n + (uint32_t)n, 1);
    if (!data) {
        text->failed = true;
        return;
    }
    text->data = data;
    if (n)
        memcpy(data + text->n, more, n);
    text->n += (uint32_t)n;
}

const char *text_end(struct text *text)
{
    text_add_bytes(text, "", 1);
    if (text->failed)
        return NULL;
    text->n--; /* the NUL is not part of it */
    return text->data;
}

void text_add(struct text *text, const char *more)
{
    text_add_bytes(text, more, strlen(more));
}

void text_add_number(struct text *text, uint64_t number)
{
    char digits[24];

    snprintf(digits, sizeof(digits), "%llu", (unsigned long long)number);
    text_add(text, digits);
}

static bool is_plain(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           c == '-' || c == '.' || c == '_' || c == '~';
}

void text_add_escaped(struct text *text, const char *part)
{
    for (const char *c = part; *c; c++) {
        char escape[4];

        if (is_plain(*c)) {
            text_add_bytes(text, c, 1);
        } else {
            snprintf(escape, sizeof(escape), "%%%02X", (unsigned)(unsigned char)*c);
            text_add(text, escape);
        }
    }
}

void text_add_json(struct text *text, const char *value)
{
    text_add(text, "\"");
    for (const char *c = value; *c; c++) {
        char escape[8];

        if (*c == '"' || *c == '\\') {
            text_add(text, "\\");
            text_add_bytes(text, c, 1);
        } else if ((unsigned char)*c < 0x20) {
            snprintf(escape, sizeof(escape), "\\u%04x", (unsigned)(unsigned char)*c);
            text_add(text, escape);
        } else {
            text_add_bytes(text, c, 1);
        }
    }
    text_add(text, "\"");
}

/* The date of a day since 1970. Years begin in March here, so that leap days come last. */
static void civil(int64_t day, int64_t *year, int *month, int *of_month)
{
    int64_t shifted = day + 719468; /* days from 1 March of the year 0 */
    int64_t era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
    int64_t of_era = shifted - era * 146097;
    int64_t of_years = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * of_years + of_years / 4 - of_years / 100);
    int64_t march = (5 * of_year + 2) / 153;

    *of_month = (int)(of_year - (153 * march + 2) / 5 + 1);
    *month = (int)(march < 10 ? march + 3 : march - 9);
    *year = of_years + era * 400 + (*month <= 2);
}

void text_add_time(struct text *text, int64_t wall)
{
    int64_t micros = (wall >= 0 ? wall : 0) / 1000, year;
    int64_t seconds = micros / 1000000;
    int month, day, of_day = (int)(seconds % 86400);
    char out[48];

    civil(seconds / 86400, &year, &month, &day);
    snprintf(out, sizeof(out), "\"%04d-%02d-%02dT%02d:%02d:%02d.%06dZ\"", (int)year, month, day,
             of_day / 3600, of_day / 60 % 60, of_day % 60, (int)(micros % 1000000));
    text_add(text, out);
}

static int write_text(void *ctx, const char *data, size_t len)
{
    struct text *text = ctx;

    text_add_bytes(text, data, len);
    return text->failed;
}

rctl_sink text_sink(struct text *text)
{
    return (rctl_sink){write_text, text};
}
