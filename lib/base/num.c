/* Numbers as text: checked, exact, and the same in every locale. */
#include "base/base.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

bool base_num_int(const char *text, int64_t *ret_value)
{
    bool negative = *text == '-';
    uint64_t value = 0, limit = negative ? (uint64_t)INT64_MAX + 1 : (uint64_t)INT64_MAX;

    text += negative;
    if (!is_digit(*text) || (text[0] == '0' && text[1] != '\0') || (negative && *text == '0'))
        return false;
    for (; is_digit(*text); text++) {
        uint64_t digit = (uint64_t)(*text - '0');

        if (value > (limit - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    if (*text != '\0')
        return false;
    *ret_value = negative ? (int64_t)(0 - value) : (int64_t)value;
    return true;
}

/* Reads [digits][.digits][e[+-]digits]; returns the end, or NULL. */
static const char *decimal_end(const char *text)
{
    const char *start;
    bool digits = false;

    if (*text == '+' || *text == '-')
        text++;
    for (start = text; is_digit(*text); text++)
        digits = true;
    if (*text == '.')
        for (text++; is_digit(*text); text++)
            digits = true;
    if (!digits)
        return NULL;
    if ((*text == 'e' || *text == 'E') && text > start) {
        const char *exponent = text + 1;

        if (*exponent == '+' || *exponent == '-')
            exponent++;
        if (is_digit(*exponent)) {
            while (is_digit(*exponent))
                exponent++;
            text = exponent;
        }
    }
    return text;
}

/*
 * strtod reads the decimal point of the process's locale, so the point is
 * carried by the exponent instead: "12.5e3" is read as "125e2".
 */
bool base_num_double(const char *text, double *ret_value)
{
    const char *end = decimal_end(text), *p = text;
    char digits[400];
    size_t n = 0;
    long shift = 0, exponent = 0;
    bool after_point = false;

    if (!end || *end != '\0' || end - text > 300)
        return false;
    for (; p < end && *p != 'e' && *p != 'E'; p++) {
        if (*p == '.') {
            after_point = true;
            continue;
        }
        digits[n++] = *p;
        shift += after_point;
    }
    if (p < end)
        exponent = strtol(p + 1, NULL, 10);
    if (exponent > 100000 || exponent < -100000)
        return false;
    snprintf(digits + n, sizeof(digits) - n, "e%ld", exponent - shift);
    *ret_value = strtod(digits, NULL);
    return isfinite(*ret_value);
}

void base_num_print(double value, char *out)
{
    for (int precision = 15; precision <= 17; precision++) {
        double back;

        snprintf(out, 32, "%.*g", precision, value);
        for (char *c = out; *c; c++)
            if (*c == ',')
                *c = '.';
        if (base_num_double(out, &back) && back == value)
            return;
    }
}

/* ---- Kubernetes quantities ---- */

static const struct suffix {
    const char *text;
    int tens, twos; /* powers */
} suffixes[] = {
    {"", 0, 0},    {"m", -3, 0},  {"k", 3, 0},   {"M", 6, 0},   {"G", 9, 0},   {"T", 12, 0},
    {"P", 15, 0},  {"E", 18, 0},  {"Ki", 0, 10}, {"Mi", 0, 20}, {"Gi", 0, 30}, {"Ti", 0, 40},
    {"Pi", 0, 50}, {"Ei", 0, 60}, {"n", -9, 0},  {"u", -6, 0},  {NULL, 0, 0},
};

/* A decimal number with so many digits kept that no quantity loses any. */
struct decimal {
    uint64_t digits;
    int exponent; /* of 10 */
    bool inexact; /* something below was dropped */
};

static bool shrink(struct decimal *d)
{
    if (d->digits == 0)
        return false;
    d->inexact |= d->digits % 10 != 0;
    d->digits /= 10;
    d->exponent++;
    return true;
}

static struct decimal read_decimal(const char *p, const char *end)
{
    struct decimal d = {0, 0, false};
    bool point = false;

    for (; p < end && *p != 'e' && *p != 'E'; p++) {
        if (*p == '.') {
            point = true;
        } else if (d.digits < UINT64_MAX / 100) {
            d.digits = d.digits * 10 + (uint64_t)(*p - '0');
            d.exponent -= point;
        } else {
            d.inexact |= *p != '0';
            d.exponent += !point;
        }
    }
    if (p < end) {
        long given = strtol(p + 1, NULL, 10);

        d.exponent += given > 1000 ? 1000 : given < -1000 ? -1000 : (int)given;
    }
    return d;
}

bool base_num_quantity(const char *text, int64_t *ret_milli)
{
    const char *end = decimal_end(text);
    const struct suffix *suffix = suffixes;
    bool negative = *text == '-';
    struct decimal d;

    if (!end)
        return false;
    /* A lone E, as in "1E", is exa: decimal_end() stops before it. */
    while (suffix->text && strcmp(end, suffix->text) != 0)
        suffix++;
    /* "1e3Ki" is no quantity. */
    if (!suffix->text || (*end != '\0' && memchr(text, 'e', (size_t)(end - text))))
        return false;
    d = read_decimal(text + (*text == '+' || *text == '-'), end);
    d.exponent += suffix->tens + 3; /* thousandths */
    for (int twos = suffix->twos; twos > 0 && d.digits; twos -= 10) {
        if (d.digits > UINT64_MAX >> 10)
            for (int i = 0; i < 4; i++)
                shrink(&d);
        d.digits <<= 10;
    }
    while (d.exponent > 0 && d.digits && d.digits <= INT64_MAX / 10) {
        d.digits *= 10;
        d.exponent--;
    }
    while (d.exponent < 0 && shrink(&d))
        ;
    if (d.digits && d.exponent > 0)
        d.digits = INT64_MAX;
    if (d.inexact && d.digits < INT64_MAX)
        d.digits++;
    if (d.digits > INT64_MAX)
        d.digits = INT64_MAX;
    *ret_milli = negative ? -(int64_t)d.digits : (int64_t)d.digits;
    return true;
}
