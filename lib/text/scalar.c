/*
 * What a scalar means: kubectl's table from YAML words to JSON values. It mixes
 * YAML 1.1 (yes, 014), Go's number syntax (0b1, 1_000) and JSON (all numbers are
 * doubles beyond int64), and users meet it in every cluster, so it is kept as is.
 */
#include "text/text.h"

#include <stdio.h>

enum { LONGEST_NUMBER = 300 };

/* ---- numbers ---- */

struct number {
    bool whole;    /* magnitude counts; else real */
    bool negative;
    uint64_t magnitude;
    double real;
};

static unsigned digit_value(char c)
{
    if (c >= '0' && c <= '9')
        return (unsigned)(c - '0');
    if (c >= 'a' && c <= 'f')
        return (unsigned)(c - 'a') + 10;
    if (c >= 'A' && c <= 'F')
        return (unsigned)(c - 'A') + 10;
    return 99;
}

static bool parse_digits(const char *text, unsigned base, uint64_t *ret)
{
    uint64_t value = 0;

    if (!*text)
        return false;
    for (; *text; text++) {
        unsigned digit = digit_value(*text);

        if (digit >= base || value > (UINT64_MAX - digit) / base)
            return false;
        value = value * base + digit;
    }
    *ret = value;
    return true;
}

/* A whole number of at most 64 bits; only numbers without a sign use the highest. */
static bool parse_whole(const char *text, struct number *ret)
{
    unsigned base = 10;
    bool sign = *text == '-' || *text == '+';

    ret->negative = *text == '-';
    text += sign;
    if (text[0] == '0' && text[1]) {
        switch (text[1]) {
        case 'x': case 'X': base = 16; break;
        case 'o': case 'O': base = 8; break;
        case 'b': case 'B': base = 2; break;
        default: base = 0;
        }
        text += base ? 2 : 1;
        base = base ? base : 8;
    }
    if (!parse_digits(text, base, &ret->magnitude))
        return false;
    return !sign || ret->magnitude <= (uint64_t)INT64_MAX + ret->negative;
}

/* Takes the underscores away; they may stand anywhere but in front. */
static bool strip(const char *text, size_t len, char *out)
{
    size_t n = 0;

    if (len == 0 || len > LONGEST_NUMBER)
        return false;
    for (size_t i = 0; i < len; i++)
        if (text[i] != '_')
            out[n++] = text[i];
    out[n] = '\0';
    return true;
}

static bool starts_number(char c)
{
    return (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
}

static bool parse_number(const char *text, size_t len, struct number *ret)
{
    char clean[LONGEST_NUMBER + 1];

    if (len == 0 || !starts_number(*text) || !strip(text, len, clean))
        return false;
    ret->whole = parse_whole(clean, ret);
    return ret->whole || base_num_double(clean, &ret->real);
}

/* ---- words ---- */

static bool is_word(const char *text, size_t len, const char *lower)
{
    bool upper_first = text[0] >= 'A' && text[0] <= 'Z';
    bool upper_rest = len > 1 && text[1] >= 'A' && text[1] <= 'Z';

    if (strlen(lower) != len || (upper_rest && !upper_first))
        return false;
    for (size_t i = 0; i < len; i++) {
        bool upper = i == 0 ? upper_first : upper_rest;

        if (text[i] != (upper ? lower[i] - 'a' + 'A' : lower[i]))
            return false;
    }
    return true;
}

static bool is_any_word(const char *text, size_t len, const char *const *words)
{
    for (; *words; words++)
        if (is_word(text, len, *words))
            return true;
    return false;
}

static enum text_type word_type(const char *text, size_t len)
{
    static const char *const bools[] = {"true", "false", "yes", "no", "on", "off", "y", "n", NULL};

    if (len > 5)
        return TEXT_STR;
    if (is_any_word(text, len, bools))
        return TEXT_BOOL;
    return is_word(text, len, "null") ? TEXT_NULL : TEXT_STR;
}

static bool is_not_finite(const char *text, size_t len)
{
    static const char *const words[] = {".inf", ".Inf", ".INF", ".nan", ".NaN", ".NAN", NULL};
    bool sign = len == 5 && (*text == '+' || *text == '-');

    if (len - sign != 4)
        return false;
    for (size_t i = 0; words[i]; i++)
        if (memcmp(text + sign, words[i], 4) == 0 && (!sign || i < 3))
            return true;
    return false;
}

enum text_type text_plain_type(const char *text, size_t len)
{
    struct number number;

    if (len == 0 || (len == 1 && *text == '~'))
        return TEXT_NULL;
    if (!starts_number(*text))
        return strchr("yYnNtTfFoO", *text) ? word_type(text, len) : TEXT_STR;
    if (parse_number(text, len, &number)) {
        if (number.whole)
            return TEXT_INT;
        for (size_t i = 0; i < len; i++)
            if (text[i] == '.' || text[i] == 'e' || text[i] == 'E')
                return TEXT_FLOAT;
        return TEXT_INT;
    }
    return is_not_finite(text, len) ? TEXT_FLOAT : TEXT_STR;
}

/* ---- values ---- */

bool text_bool(const struct text_node *node)
{
    const char *text = node->u.str;

    if (node->type != TEXT_BOOL)
        return false;
    return strchr("yYtT", text[0]) || text[1] == 'n' || text[1] == 'N';
}

static bool is_number(const struct text_node *node)
{
    return node->type == TEXT_INT || node->type == TEXT_FLOAT;
}

bool text_int(const struct text_node *node, int64_t *ret)
{
    struct number number;
    const double exact = 9007199254740992.0; /* beyond, a float is not sure of its last digits */

    if (!is_number(node) || !parse_number(node->u.str, node->len, &number))
        return false;
    if (number.whole) {
        if (number.magnitude > (uint64_t)INT64_MAX + number.negative)
            return false;
        *ret = number.negative ? (int64_t)(0 - number.magnitude) : (int64_t)number.magnitude;
        return true;
    }
    if (!(number.real >= -exact && number.real <= exact) ||
        (double)(int64_t)number.real < number.real || (double)(int64_t)number.real > number.real)
        return false;
    *ret = (int64_t)number.real;
    return true;
}

bool text_double(const struct text_node *node, double *ret)
{
    struct number number;

    if (!is_number(node) || !parse_number(node->u.str, node->len, &number))
        return false;
    *ret = number.real;
    if (number.whole)
        *ret = number.negative ? -(double)number.magnitude : (double)number.magnitude;
    return true;
}

/*
 * The shortest digits, as encoding/json of Go lays them out: no exponent from
 * 1e-6 up to 1e21. `printed` is what base_num_print() made.
 */
static void write_real(const char *printed, struct base_buf *out)
{
    char digits[32];
    int n = 0, point = 0, exponent = 0;
    bool after = false;

    if (*printed == '-')
        base_buf_putc(out, *printed++);
    for (; *printed && *printed != 'e'; printed++) {
        if (*printed == '.') {
            after = true;
        } else if (n || *printed != '0') {
            digits[n++] = *printed;
            point += !after;
        } else {
            point -= after;
        }
    }
    if (*printed == 'e') {
        bool negative = printed[1] == '-';

        for (printed += 2; *printed; printed++)
            exponent = exponent * 10 + (*printed - '0');
        exponent = negative ? -exponent : exponent;
    }
    while (n > 1 && digits[n - 1] == '0')
        n--;
    point += exponent; /* the value is 0.DIGITS x 10^point */
    if (point - 1 < -6 || point - 1 >= 21) {
        base_buf_putc(out, digits[0]);
        if (n > 1)
            base_buf_putc(out, '.');
        base_buf_add(out, digits + 1, (size_t)(n - 1));
        base_buf_format(out, "e%+d", point - 1);
    } else if (point <= 0) {
        base_buf_puts(out, "0.");
        base_buf_fill(out, '0', (size_t)-point);
        base_buf_add(out, digits, (size_t)n);
    } else if (point >= n) {
        base_buf_add(out, digits, (size_t)n);
        base_buf_fill(out, '0', (size_t)(point - n));
    } else {
        base_buf_add(out, digits, (size_t)point);
        base_buf_putc(out, '.');
        base_buf_add(out, digits + point, (size_t)(n - point));
    }
}

static void write_number(const struct text_node *node, struct base_buf *out)
{
    char printed[32];
    int64_t whole;
    double real;

    if (text_int(node, &whole)) {
        base_buf_format(out, "%lld", (long long)whole);
    } else if (text_double(node, &real)) {
        base_num_print(real, printed);
        write_real(printed, out);
    } else {
        base_buf_json(out, node->u.str, node->len); /* an infinity: the reader refused it */
    }
}

void text_scalar_json(const struct text_node *node, struct base_buf *out)
{
    switch ((enum text_type)node->type) {
    case TEXT_NULL: base_buf_puts(out, "null"); break;
    case TEXT_BOOL: base_buf_puts(out, text_bool(node) ? "true" : "false"); break;
    case TEXT_INT:
    case TEXT_FLOAT: write_number(node, out); break;
    default: base_buf_json(out, node->u.str, node->len); break;
    }
}
