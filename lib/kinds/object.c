/*
 * From a tree to an object: is it one of ours, and does it say who it is? The spec
 * is left as a tree.
 */
#include "kinds/kinds.h"

static const char *const others_of_our_group[] = {"VLLMRuntime", "VLLMRouter", "CacheServer",
                                                  "LoraAdapter", NULL};

static const char *kind_candidate(const void *ctx, size_t i)
{
    (void)ctx;
    return kinds_table[i].kind;
}

static const char *group_candidate(const void *ctx, size_t i)
{
    (void)ctx;
    (void)i;
    return RCTL_GROUP;
}

static void fault(struct kinds_world *world, enum diag_code code, uint32_t file,
                  struct text_mark mark, const char *path, const char *hint, const char *message)
{
    diag_add(world->diags, code, (struct diag_mark){file, mark.line, mark.column}, NULL, path,
             hint, "%s", message);
}

/* "production-stack.vllm.ai/v1alpha1" is ours; a group that is nearly ours is a typo. */
static bool group_is_ours(struct kinds_world *world, uint32_t file, const struct text_node *root,
                          const char *api_version, const char *kind)
{
    const struct text_pair *pair = text_get_pair(root, "apiVersion");
    size_t group_len = strlen(RCTL_GROUP), len = strcspn(api_version, "/");
    const char *given;

    if (base_str_eq(api_version, RCTL_API_VERSION))
        return true;
    if (len == group_len && strncmp(api_version, RCTL_GROUP, len) == 0) {
        if (!base_str_in(kind, others_of_our_group))
            fault(world, DIAG_OBJECT_UNKNOWN_VERSION, file, pair->value.mark, "apiVersion",
                  "write " RCTL_API_VERSION,
                  base_arena_format(world->scratch, "unknown version '%.60s' of group " RCTL_GROUP,
                                    api_version + len + (api_version[len] == '/')));
        return false;
    }
    given = base_arena_text(world->scratch, api_version, len);
    if (kinds_find(kind) && base_suggest(given, group_candidate, NULL, 1))
        fault(world, DIAG_OBJECT_UNKNOWN_VERSION, file, pair->value.mark, "apiVersion",
              "write " RCTL_API_VERSION,
              base_arena_format(world->scratch, "unknown group '%.100s'", given));
    return false;
}

static const struct kinds_kind *find_kind(struct kinds_world *world, uint32_t file,
                                          const struct text_node *root, struct text_mark mark)
{
    const char *api_version = text_get_str(root, "apiVersion");
    const char *kind = text_get_str(root, "kind"), *near;

    if (root->type != TEXT_MAP) {
        fault(world, DIAG_OBJECT_NOT_A_MAP, file, mark, NULL,
              "start the document with apiVersion and kind",
              base_arena_format(world->scratch, "expected a Kubernetes object, found %s",
                                text_type_name((enum text_type)root->type)));
        return NULL;
    }
    if (!api_version || !kind) {
        const char *lacks = api_version ? "kind" : "apiVersion";
        const struct text_pair *pair = text_get_pair(root, lacks);

        fault(world, DIAG_OBJECT_NO_KIND, file, pair ? pair->value.mark : mark, lacks,
              "start the document with apiVersion and kind",
              base_arena_format(world->scratch, "the document has no '%s' that is a string",
                                lacks));
        return NULL;
    }
    if (base_str_eq(api_version, "v1") && base_str_eq(kind, "Service"))
        return &kinds_service;
    if (!group_is_ours(world, file, root, api_version, kind))
        return NULL;
    for (size_t i = 0; i < kinds_count; i++)
        if (strcmp(kinds_table[i].kind, kind) == 0)
            return &kinds_table[i];
    if (base_str_in(kind, others_of_our_group))
        return NULL;
    near = base_suggest(kind, kind_candidate, NULL, kinds_count);
    fault(world, DIAG_OBJECT_UNKNOWN_KIND, file, text_get(root, "kind")->mark, "kind",
          near ? base_arena_format(world->scratch, "did you mean '%s'?", near)
               : "see `rctl explain` for the kinds there are",
          base_arena_format(world->scratch, "unknown kind '%.100s' in group " RCTL_GROUP, kind));
    return NULL;
}

rctl_object *kinds_object_new(struct kinds_world *world, uint32_t file,
                              const struct text_node *root, struct text_mark mark)
{
    const struct kinds_kind *kind = find_kind(world, file, root, mark);
    const struct text_node *meta = text_get(root, "metadata");
    const char *name = text_get_str(meta, "name");
    const char *name_space = text_get_str(meta, "namespace");
    rctl_object *object;

    if (!kind)
        return NULL;
    object = base_arena_zalloc(world->arena, sizeof(*object));
    *object = (rctl_object){
        .world = world,
        .kind = kind,
        .name = name ? name : "",
        .name_space = name_space && *name_space ? name_space : world->default_namespace,
        .root = root,
        .spec = text_get(root, "spec"),
        .mark = text_get(meta, "name") ? text_get(meta, "name")->mark : mark,
        .file = file,
    };
    return object;
}

const char *kinds_object_label(const rctl_object *object, struct base_arena *arena)
{
    const char *const parts[] = {
        object->kind->kind, "/", object->name_space, "/",
        *object->name ? object->name : "(no name)", NULL,
    };

    return base_arena_join(arena, parts);
}

const void *kinds_object_settle(const rctl_object *object, void *spec)
{
    if (object->kind->spec == &shape_infsvc_spec && object->backend_is_foreign) {
        struct infsvc_spec *service = spec;

        if (base_str_eq(service->backend_mode.v, "Auto"))
            service->backend_mode.v = "External";
    }
    return spec;
}

const void *kinds_object_spec(const rctl_object *object, struct base_arena *arena)
{
    struct schema_walk walk = {.arena = arena};

    if (!object->spec || object->spec->type != TEXT_MAP || !object->kind->spec)
        return NULL;
    return kinds_object_settle(object,
                               schema_decode(&walk, object->kind->spec, object->spec, NULL));
}
