/*
 * The ConfigMap of a StaticRoute. The router that reads the file stops following it
 * at the first key that it does not know, so only its own keys are written. The
 * three k8s_ keys are part of a static file too: with them the file equals what the
 * router assumes at its start, and it need not set itself up twice.
 */
#include "render/render.h"

/* Trimmed, apart by single commas: as the router splits them. */
static const char *rejoin(struct render *render, const char *text)
{
    struct base_arena *scratch = render->world->scratch;
    struct kinds_csv csv = kinds_csv_split(text, scratch);
    struct base_buf out;

    base_buf_init(&out, scratch, NULL);
    for (size_t i = 0; i < csv.n_items; i++) {
        const char *item = csv.items[i];
        size_t len = strlen(item);

        /* The router appends paths as they are, so a trailing slash would double. */
        while (len > 0 && item[len - 1] == '/')
            len--;
        if (i > 0)
            base_buf_putc(&out, ',');
        base_buf_add(&out, item, len);
    }
    return out.data;
}

static void put_list(struct render *render, struct text_builder *out, const char *key,
                     const struct schema_str *list)
{
    if (list->v)
        text_put_str(out, key, rejoin(render, list->v));
}

static const char *config_json(struct render *render, const struct sroute_spec *spec)
{
    struct base_arena *scratch = render->world->scratch;
    struct text_builder *out = &render->builder;
    struct base_buf json;

    text_put_map(out, NULL);
    text_put_str(out, "service_discovery", spec->service_discovery.v);
    text_put_str(out, "routing_logic", spec->routing_logic.v);
    put_list(render, out, "static_backends", &spec->static_backends);
    put_list(render, out, "static_models", &spec->static_models);
    put_list(render, out, "static_aliases", &spec->static_aliases);
    put_list(render, out, "static_model_labels", &spec->static_model_labels);
    put_list(render, out, "static_model_types", &spec->static_model_types);
    if (base_str_eq(spec->routing_logic.v, "session"))
        text_put_str(out, "session_key", spec->session_key.v);
    text_put_int(out, "k8s_port", 8000);
    text_put_str(out, "k8s_namespace", "default");
    text_put_str(out, "k8s_label_selector", "");
    text_put_end(out);
    base_buf_init(&json, scratch, NULL);
    text_write_json(text_build_finish(out), /* indent= */ 2, &json);
    return json.data;
}

void render_static_config(struct render *render, const rctl_object *owner,
                          const struct sroute_spec *spec)
{
    struct text_builder *out = &render->builder;
    const char *name = spec->config_map_name.v
                           ? spec->config_map_name.v
                           : base_arena_format(render->arena, "%s-config", owner->name);
    const char *json = config_json(render, spec);

    render_open(render, "v1", "ConfigMap", owner, name, "static-route", "routing-file");
    text_put_map(out, "data");
    text_put_str(out, "static_config.json", json);
    text_put_end(out);
    render_close(render, "v1", "ConfigMap", owner, name);
}
