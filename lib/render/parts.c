/* Pieces of pods that engines, routers and the cache server have in common. */
#include "render/render.h"

void render_put_words(struct text_builder *out, const char *key, const char *const *words)
{
    text_put_list(out, key);
    for (size_t i = 0; words[i]; i++)
        text_put_str(out, NULL, words[i]);
    text_put_end(out);
}

void render_put_port(struct text_builder *out, const char *name, int64_t number)
{
    text_put_map(out, NULL);
    text_put_int(out, "containerPort", number);
    text_put_str(out, "name", name);
    text_put_str(out, "protocol", "TCP");
    text_put_end(out);
}

void render_put_probe(struct text_builder *out, const char *key, const struct render_probe *probe)
{
    text_put_map(out, key);
    text_put_int(out, "failureThreshold", probe->failures);
    if (probe->path) {
        text_put_map(out, "httpGet");
        text_put_str(out, "path", probe->path);
    } else {
        text_put_map(out, "tcpSocket");
    }
    text_put_str(out, "port", probe->port);
    text_put_end(out);
    text_put_int(out, "periodSeconds", probe->period);
    if (probe->timeout)
        text_put_int(out, "timeoutSeconds", probe->timeout);
    text_put_end(out);
}

/* Endpoints need a moment to forget the pod before it stops to listen. */
void render_put_pre_stop(struct render *render, int64_t seconds)
{
    struct text_builder *out = &render->builder;

    text_put_map(out, "lifecycle");
    text_put_map(out, "preStop");
    text_put_map(out, "exec");
    text_put_list(out, "command");
    text_put_str(out, NULL, "sleep");
    text_put_str(out, NULL, base_arena_format(render->arena, "%lld", (long long)seconds));
    text_put_end(out);
    text_put_end(out);
    text_put_end(out);
    text_put_end(out);
}

void render_put_secret_env(struct text_builder *out, const char *name,
                           const struct secret_key_ref *secret)
{
    text_put_map(out, NULL);
    text_put_str(out, "name", name);
    text_put_map(out, "valueFrom");
    text_put_map(out, "secretKeyRef");
    text_put_str(out, "key", secret->key.v);
    text_put_str(out, "name", secret->name.v);
    text_put_end(out);
    text_put_end(out);
    text_put_end(out);
}

void render_put_env_value(struct text_builder *out, const char *name, const char *value)
{
    text_put_map(out, NULL);
    text_put_str(out, "name", name);
    text_put_str(out, "value", value);
    text_put_end(out);
}

void render_put_empty_dir(struct text_builder *out, const char *name, const char *medium,
                          const char *limit)
{
    text_put_map(out, NULL);
    text_put_map(out, "emptyDir");
    text_put_str(out, "medium", medium);
    text_put_str(out, "sizeLimit", limit);
    text_put_end(out);
    text_put_str(out, "name", name);
    text_put_end(out);
}

void render_put_mount(struct text_builder *out, const char *name, const char *path, bool read_only)
{
    text_put_map(out, NULL);
    text_put_str(out, "mountPath", path);
    text_put_str(out, "name", name);
    if (read_only)
        text_put_bool(out, "readOnly", true);
    text_put_end(out);
}

void render_put_container_security(struct text_builder *out, bool drop_all, bool read_only_root)
{
    text_put_map(out, "securityContext");
    text_put_bool(out, "allowPrivilegeEscalation", false);
    if (drop_all) {
        text_put_map(out, "capabilities");
        text_put_list(out, "drop");
        text_put_str(out, NULL, "ALL");
        text_put_end(out);
        text_put_end(out);
    }
    if (read_only_root)
        text_put_bool(out, "readOnlyRootFilesystem", true);
    text_put_end(out);
}

void render_put_pod_security(struct text_builder *out, int64_t user)
{
    text_put_map(out, "securityContext");
    if (user) {
        text_put_int(out, "fsGroup", user);
        text_put_bool(out, "runAsNonRoot", true);
        text_put_int(out, "runAsUser", user);
    }
    text_put_map(out, "seccompProfile");
    text_put_str(out, "type", "RuntimeDefault");
    text_put_end(out);
    text_put_end(out);
}

const char *render_bytes(struct render *render, int64_t bytes)
{
    static const char *const units[] = {"Mi", "Gi", "Ti"};
    int64_t number = (bytes + 1048575) >> 20;
    size_t unit = 0;

    for (; unit + 1 < BASE_COUNT(units) && number % 1024 == 0; unit++)
        number /= 1024;
    return base_arena_format(render->arena, "%lld%s", (long long)number, units[unit]);
}

const char *render_hash(struct render *render, const char *data, size_t len)
{
    return base_arena_format(render->arena, "%016llx",
                             (unsigned long long)base_hash(BASE_HASH_SEED, data, len));
}

/* A change of anything in the template changes this word, so drift is seen at a glance. */
const struct text_node *render_add_hash(struct render *render, const struct text_node *template)
{
    struct text_builder *out = &render->builder;
    struct base_buf json;

    base_buf_init(&json, render->world->scratch, NULL);
    text_write_json(template, /* indent= */ 0, &json);
    text_put_map(out, NULL);
    text_put_map(out, "metadata");
    text_put_map(out, "annotations");
    text_put_str(out, RENDER_HASH_KEY, render_hash(render, json.data, json.len));
    text_put_end(out);
    text_put_end(out);
    text_put_end(out);
    return schema_merge(&shape_pod_template, template, text_build_finish(out), render->arena);
}
