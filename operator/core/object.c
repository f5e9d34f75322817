/* Copies of objects, each in one block of memory. */
#include "core/object.h"

#include <string.h>

const struct object_owner *object_controller(const struct object_meta *meta)
{
    static const struct object_owner none = {"", "", "", "", false};

    for (size_t i = 0; i < meta->n_owners; i++)
        if (meta->owners[i].controller)
            return &meta->owners[i];
    return &none;
}

struct object_copy *object_copy_new(const rctl_allocator *from, const struct object *object,
                                    const struct object_ties *ties)
{
    const char *const texts[] = {object->meta.ns, object->meta.name, object->meta.uid};
    const char *copies[sizeof(texts) / sizeof(*texts)];
    size_t size = sizeof(struct object_copy) + ties->n_links * sizeof(struct link) + object->n + 1;
    struct object_copy *copy;
    struct link *links;
    char *at;

    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
        size += strlen(texts[i]) + 1;
    copy = from->alloc(from->ctx, size);
    if (!copy)
        return NULL;
    links = (struct link *)(copy + 1);
    at = (char *)(links + ties->n_links);
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
        size_t len = strlen(texts[i]) + 1;

        copies[i] = memcpy(at, texts[i], len);
        at += len;
    }
    for (uint32_t i = 0; i < ties->n_links; i++)
        links[i] = (struct link){
            .name = ties->links[i].name, .asks = ties->links[i].asks, .object = copy};
    if (object->n)
        memcpy(at, object->bytes, object->n);
    at[object->n] = '\0';
    *copy = (struct object_copy){.size = size,
                                 .resource = ties->resource,
                                 .shared = ties->shared,
                                 .users = ties->users,
                                 .seen = ties->seen,
                                 .links = links,
                                 .n_links = ties->n_links,
                                 .ns = copies[0],
                                 .name = copies[1],
                                 .uid = copies[2],
                                 .bytes = at,
                                 .n = object->n};
    return copy;
}

bool object_copies_look_alike(const struct object_copy *a, const struct object_copy *b)
{
    if (a->seen != b->seen || a->n_links != b->n_links)
        return false;
    for (uint32_t i = 0; i < a->n_links; i++)
        if (a->links[i].name != b->links[i].name || a->links[i].asks != b->links[i].asks)
            return false;
    return true;
}

void object_copy_free(const rctl_allocator *from, struct object_copy *copy)
{
    if (copy)
        from->release(from->ctx, copy, copy->size);
}
