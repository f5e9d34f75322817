/* The knobs as rows. */
#include "knobs.h"

#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#define AT(member) offsetof(struct engine_knobs, member)

static const struct knob rows[] = {
    {"fail_rate", AT(fail_rate), 0, 1, 0, "Share of requests for tokens that fail"},
    {"fail_status", AT(fail_status), 400, 599, 500, "Status of those"},
    {"health", AT(health), 200, 599, 200, "Status of /health"},
    {"hang", AT(hang), 0, 1, 0, "1: answer nothing more, except /fake/"},
    {"delay_ms", AT(delay_ms), 0, 600000, 0, "Milliseconds before the first token"},
    {"token_ms", AT(token_ms), 0, 60000, 0, "Milliseconds from token to token"},
    {"running", AT(running), 0, 1e6, 0, "Running requests reported beside the real ones"},
    {"waiting", AT(waiting), 0, 1e6, 0, "Waiting requests reported"},
    {"kv_usage", AT(kv_usage), 0, 1, 0, "KV cache usage reported, 0 to 1"},
    {"die", AT(die), 0, 1, 0, "1: end the process without a word"},
};

enum { N_ROWS = sizeof(rows) / sizeof(rows[0]) };

size_t knobs_count(void)
{
    return N_ROWS;
}

const struct knob *knobs_get(size_t index)
{
    return &rows[index];
}

double knobs_read(const struct engine_knobs *knobs, const struct knob *knob)
{
    double value;

    memcpy(&value, (const char *)knobs + knob->member, sizeof(value));
    return value;
}

bool knobs_set(struct engine_knobs *knobs, const struct knob *knob, double value)
{
    if (!(value >= knob->least && value <= knob->most))
        return false;
    memcpy((char *)knobs + knob->member, &value, sizeof(value));
    return true;
}

void knobs_reset(struct engine_knobs *knobs)
{
    for (size_t i = 0; i < N_ROWS; i++)
        knobs_set(knobs, &rows[i], rows[i].usual);
}

static const struct knob *find(const char *name)
{
    for (size_t i = 0; i < N_ROWS; i++)
        if (strcmp(rows[i].name, name) == 0)
            return &rows[i];
    return NULL;
}

bool knobs_take(struct engine_knobs *knobs, struct json_object *object, char *why, size_t n)
{
    struct engine_knobs new = *knobs;

    if (!json_object_is_type(object, json_type_object)) {
        snprintf(why, n, "knobs are a JSON object");
        return false;
    }
    json_object_object_foreach(object, name, value)
    {
        const struct knob *knob = find(name);
        json_type type = json_object_get_type(value);

        if (!knob) {
            snprintf(why, n, "there is no knob %.64s", name);
            return false;
        }
        if ((type != json_type_boolean && type != json_type_int && type != json_type_double) ||
            !knobs_set(&new, knob, json_object_get_double(value))) {
            snprintf(why, n, "%s is a number from %g to %g", name, knob->least, knob->most);
            return false;
        }
    }
    *knobs = new;
    return true;
}

struct json_object *knobs_show(const struct engine_knobs *knobs)
{
    struct json_object *object = json_object_new_object();

    for (size_t i = 0; i < N_ROWS; i++)
        json_object_object_add(object, rows[i].name,
                               json_object_new_double(knobs_read(knobs, &rows[i])));
    return object;
}
