/* Rules of PrefillDecodingDisaggregation. */
#include "kinds/kinds.h"

static void check_connector(struct kinds_check *check, const struct pdd_spec *spec)
{
    const rctl_engine *engine = engine_registry_find(&check->world->tables->engines, spec->engine.v);
    const struct schema_str *connector;
    struct base_buf list;

    if (!engine || !spec->kv_transfer || !spec->kv_transfer->connector.v)
        return;
    connector = &spec->kv_transfer->connector;
    if (engine->connectors && base_str_in(connector->v, engine->connectors))
        return;
    base_buf_init(&list, check->walk.arena, NULL);
    base_buf_puts(&list, engine->connectors && engine->connectors[0] ? "use one of " : "use none");
    for (size_t i = 0; engine->connectors && engine->connectors[i]; i++)
        base_buf_format(&list, "%s%s", i ? ", " : "", engine->connectors[i]);
    schema_fault(&check->walk, DIAG_PDD_UNKNOWN_CONNECTOR, connector->at,
                 KINDS_AT(KINDS_AT(&check->spec, "kvTransfer"), "connector"), list.data,
                 "%s has no connector '%.100s'", engine->title, connector->v);
}

void kinds_rules_pdd(struct kinds_check *check, const void *decoded)
{
    const struct pdd_spec *spec = decoded;

    kinds_check_engine_name(check, &spec->engine);
    check_connector(check, spec);
    kinds_check_pod_template(check, spec->pod_template, &spec->engine);
}

size_t kinds_claims_pdd(const struct kinds_check *check, const void *decoded,
                        struct kinds_claim *ret)
{
    const char *prefill = kinds_child_name(check->walk.arena, check->object->name, "-prefill");
    const char *decode = kinds_child_name(check->walk.arena, check->object->name, "-decode");

    (void)decoded;
    ret[0] = (struct kinds_claim){"Service", prefill, NULL};
    ret[1] = (struct kinds_claim){"Service", decode, NULL};
    return 2;
}
