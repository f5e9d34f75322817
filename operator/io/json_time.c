/* Times in JSON texts. */
#include "io/json_tree.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

/* ".25" as nanoseconds; *text goes behind it. */
static int64_t read_fraction(const char **text)
{
    int64_t nanoseconds = 0, unit = CORE_SECOND / 10;

    if (**text != '.')
        return 0;
    for ((*text)++; **text >= '0' && **text <= '9'; (*text)++, unit /= 10)
        nanoseconds += (**text - '0') * unit;
    return nanoseconds;
}

bool json_tree_time(const char *text, int64_t *ret_wall)
{
    int year, month, day, hour, minute, second, used = 0, zone_hour, zone_minute;
    struct tm utc = {0};
    int64_t fraction, offset = 0;

    if (sscanf(text, "%4d-%2d-%2dT%2d:%2d:%2d%n", &year, &month, &day, &hour, &minute, &second,
               &used) != 6)
        return false;
    text += used;
    fraction = read_fraction(&text);
    if (sscanf(text, "%3d:%2d", &zone_hour, &zone_minute) == 2)
        offset = zone_hour * 3600 + (*text == '-' ? -zone_minute : zone_minute) * 60;
    else if (strcmp(text, "Z") != 0)
        return false;
    /* Later than nanoseconds can count, or so old that nobody means it. */
    if (year < 1970 || year > 2200)
        return false;
    utc.tm_year = year - 1900;
    utc.tm_mon = month - 1;
    utc.tm_mday = day;
    utc.tm_hour = hour;
    utc.tm_min = minute;
    utc.tm_sec = second;
    *ret_wall = ((int64_t)timegm(&utc) - offset) * CORE_SECOND + fraction;
    return true;
}
