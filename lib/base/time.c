/* RFC 3339 times. No clock is read here and no time zone is known but UTC. */
#include "base/base.h"

#include <stdio.h>

enum { DAY = 86400 };

/* Days since 1970-01-01 of a date of the Gregorian calendar, and back. A year starts in
 * March here, so that the leap day comes last. */
static int64_t days_of(int64_t year, int month, int day)
{
    int64_t era, of_era, of_year;

    year -= month <= 2;
    era = (year >= 0 ? year : year - 399) / 400;
    of_era = year - era * 400;
    of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static void date_of(int64_t days, int *ret_year, int *ret_month, int *ret_day)
{
    int64_t era, of_era, year, of_year, month;

    days += 719468;
    era = (days >= 0 ? days : days - 146096) / 146097;
    of_era = days - era * 146097;
    year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    of_year = of_era - (365 * year + year / 4 - year / 100);
    month = (5 * of_year + 2) / 153;
    *ret_day = (int)(of_year - (153 * month + 2) / 5 + 1);
    *ret_month = (int)(month < 10 ? month + 3 : month - 9);
    *ret_year = (int)(year + era * 400 + (*ret_month <= 2));
}

void base_time_print(rctl_time time, char out[BASE_TIME_SIZE])
{
    int64_t seconds = time / RCTL_SECOND - (time % RCTL_SECOND < 0);
    int64_t days = seconds / DAY - (seconds % DAY < 0);
    int of_day = (int)(seconds - days * DAY), year, month, day;

    date_of(days, &year, &month, &day);
    snprintf(out, BASE_TIME_SIZE, "%04u-%02u-%02uT%02u:%02u:%02uZ", (unsigned)year % 10000,
             (unsigned)month % 100, (unsigned)day % 100, (unsigned)of_day / 3600 % 24,
             (unsigned)of_day / 60 % 60, (unsigned)of_day % 60);
}

/* `n` digits; -1 when something else stands there. */
static int digits(const char *text, int n)
{
    int value = 0;

    for (int i = 0; i < n; i++) {
        if (text[i] < '0' || text[i] > '9')
            return -1;
        value = value * 10 + (text[i] - '0');
    }
    return value;
}

static bool parse_zone(const char *text, int *ret_seconds)
{
    int hours, minutes;

    *ret_seconds = 0;
    if (strcmp(text, "Z") == 0 || strcmp(text, "z") == 0)
        return true;
    if (strlen(text) != 6 || (*text != '+' && *text != '-') || text[3] != ':')
        return false;
    hours = digits(text + 1, 2);
    minutes = digits(text + 4, 2);
    *ret_seconds = (hours * 3600 + minutes * 60) * (*text == '-' ? -1 : 1);
    return hours >= 0 && hours < 24 && minutes >= 0 && minutes < 60;
}

int rctl_time_parse(const char *text, rctl_time *ret_time)
{
    int64_t fraction = 0, unit = RCTL_SECOND / 10;
    int part[6], zone;

    if (!text || !ret_time)
        return RCTL_E_INVALID_ARG;
    if (strlen(text) < 20 || text[4] != '-' || text[7] != '-' ||
        (text[10] != 'T' && text[10] != 't') || text[13] != ':' || text[16] != ':')
        return RCTL_E_NOT_FOUND;
    part[0] = digits(text, 4);
    for (int i = 1; i < 6; i++)
        part[i] = digits(text + 2 + 3 * i, 2);
    /* Of later years, nanoseconds do not fit. */
    if (part[0] < 1700 || part[0] > 2260 || part[1] < 1 || part[1] > 12 || part[2] < 1 ||
        part[2] > 31 || part[3] < 0 || part[3] > 23 || part[4] < 0 || part[4] > 59 ||
        part[5] < 0 || part[5] > 60)
        return RCTL_E_NOT_FOUND;
    text += 19;
    if (*text == '.') {
        for (text++; *text >= '0' && *text <= '9'; text++, unit /= 10)
            fraction += (*text - '0') * unit;
    }
    if (!parse_zone(text, &zone))
        return RCTL_E_NOT_FOUND;
    *ret_time = (days_of(part[0], part[1], part[2]) * DAY + part[3] * 3600 + part[4] * 60 +
                 part[5] - zone) *
                    RCTL_SECOND +
                fraction;
    return RCTL_OK;
}
