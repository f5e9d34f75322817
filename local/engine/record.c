/* Lines of the log. Headers that routers add or route by are in it, secrets are not. */
#include "record.h"

#include "../memory.h"

#include <event2/buffer.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>
#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/queue.h>
#include <sys/time.h>
#include <time.h>

struct record {
    FILE *file;
    const char *engine; /* lent */
    uint64_t count;
};

struct record *record_new(const char *path, const char *engine)
{
    FILE *file = fopen(path, "ae");
    struct record *record;

    if (!file)
        return NULL;
    record = memory_new(sizeof(*record));
    record->file = file;
    record->engine = engine;
    return record;
}

void record_free(struct record *record)
{
    if (record)
        fclose(record->file);
    free(record);
}

static struct json_object *now(void)
{
    struct timeval time;
    struct tm parts;
    char text[64];
    size_t n;

    gettimeofday(&time, NULL);
    gmtime_r(&time.tv_sec, &parts);
    n = strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &parts);
    snprintf(text + n, sizeof(text) - n, ".%06ldZ", (long)time.tv_usec);
    return json_object_new_string(text);
}

static const char *method_of(struct evhttp_request *request)
{
    switch (evhttp_request_get_command(request)) {
    case EVHTTP_REQ_GET: return "GET";
    case EVHTTP_REQ_POST: return "POST";
    case EVHTTP_REQ_HEAD: return "HEAD";
    case EVHTTP_REQ_PUT: return "PUT";
    case EVHTTP_REQ_DELETE: return "DELETE";
    default: return "other";
    }
}

static bool is_told(const char *header)
{
    static const char *const names[] = {"host", "user-agent", "content-type", "traceparent"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strcasecmp(header, names[i]) == 0)
            return true;
    return strncasecmp(header, "x-", 2) == 0 && strcasecmp(header, "x-api-key") != 0;
}

/* By lower-case names. Of the others it is told that there was a key. */
static struct json_object *headers_of(struct evhttp_request *request)
{
    struct json_object *headers = json_object_new_object();
    const struct evkeyval *header;

    TAILQ_FOREACH(header, evhttp_request_get_input_headers(request), next)
    {
        char *name = memory_text(header->key, strlen(header->key));

        for (char *at = name; *at; at++)
            *at = *at >= 'A' && *at <= 'Z' ? (char)(*at - 'A' + 'a') : *at;
        if (is_told(name))
            json_object_object_add(headers, name, json_object_new_string(header->value));
        else if (strcmp(name, "authorization") == 0 || strcmp(name, "x-api-key") == 0)
            json_object_object_add(headers, name, json_object_new_string("(given)"));
        free(name);
    }
    return headers;
}

struct json_object *record_start(struct record *record, struct evhttp_request *request,
                                 struct json_object *body)
{
    size_t bytes = evbuffer_get_length(evhttp_request_get_input_buffer(request));
    struct json_object *line, *model;
    const char *path = evhttp_uri_get_path(evhttp_request_get_evhttp_uri(request));
    char *id;

    if (!record)
        return NULL;
    line = json_object_new_object();
    id = memory_format("%s-%llu", record->engine, (unsigned long long)++record->count);
    json_object_object_add(line, "time", now());
    json_object_object_add(line, "id", json_object_new_string(id));
    json_object_object_add(line, "engine", json_object_new_string(record->engine));
    json_object_object_add(line, "method", json_object_new_string(method_of(request)));
    json_object_object_add(line, "path", json_object_new_string(path ? path : ""));
    if (json_object_object_get_ex(body, "model", &model))
        json_object_object_add(line, "model", json_object_get(model));
    json_object_object_add(line, "headers", headers_of(request));
    json_object_object_add(line, "bytes", json_object_new_int64((int64_t)bytes));
    if (body && bytes <= RECORD_BODY)
        json_object_object_add(line, "body", json_object_get(body));
    free(id);
    return line;
}

void record_end(struct record *record, struct json_object *line, int status, const char *why)
{
    if (!line)
        return;
    json_object_object_add(line, "status", json_object_new_int(status));
    if (why)
        json_object_object_add(line, "why", json_object_new_string(why));
    fprintf(record->file, "%s\n",
            json_object_to_json_string_ext(line, JSON_C_TO_STRING_PLAIN |
                                                     JSON_C_TO_STRING_NOSLASHESCAPE));
    fflush(record->file);
    json_object_put(line);
}
