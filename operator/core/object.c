/* Copies of objects, each in one block of memory. */
#include "core/object.h"

#include <string.h>

static const struct object_owner *find_controller(const struct object_meta *meta)
{
    static const struct object_owner none = {"", "", "", "", false};

    for (size_t i = 0; i < meta->n_owners; i++)
        if (meta->owners[i].controller)
            return &meta->owners[i];
    return &none;
}

struct object_copy *object_copy_new(const rctl_allocator *from, uint32_t resource,
                                    const struct object *object)
{
    const struct object_owner *owner = find_controller(&object->meta);
    const char *const texts[] = {object->meta.ns,    object->meta.name, object->meta.uid,
                                 owner->api_version, owner->kind,       owner->name};
    const char *copies[sizeof(texts) / sizeof(*texts)];
    size_t size = sizeof(struct object_copy) + object->n + 1;
    struct object_copy *copy;
    char *at;

    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
        size += strlen(texts[i]) + 1;
    copy = from->alloc(from->ctx, size);
    if (!copy)
        return NULL;
    at = (char *)(copy + 1);
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
        size_t len = strlen(texts[i]) + 1;

        copies[i] = memcpy(at, texts[i], len);
        at += len;
    }
    if (object->n)
        memcpy(at, object->bytes, object->n);
    at[object->n] = '\0';
    *copy = (struct object_copy){.size = size,
                                 .resource = resource,
                                 .ns = copies[0],
                                 .name = copies[1],
                                 .uid = copies[2],
                                 .owner_api_version = copies[3],
                                 .owner_kind = copies[4],
                                 .owner_name = copies[5],
                                 .bytes = at,
                                 .n = object->n};
    return copy;
}

void object_copy_free(const rctl_allocator *from, struct object_copy *copy)
{
    if (copy)
        from->release(from->ctx, copy, copy->size);
}
