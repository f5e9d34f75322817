/*
 * Finds the manifests that the operands of a command name. The order is that of the
 * operands, and by bytes within a folder, so that a run can be repeated anywhere.
 */
#include "io.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { DEEPEST = 100 };

static char *join(const char *folder, const char *name)
{
    size_t len = strlen(folder);
    size_t size = len + strlen(name) + 2;
    char *path = io_grow(NULL, size);

    while (len > 1 && folder[len - 1] == '/')
        len--;
    snprintf(path, size, "%.*s%s%s", (int)len, folder, folder[len - 1] == '/' ? "" : "/", name);
    return path;
}

static void fail(struct io_files *files, const char *name, const char *why)
{
    io_say("cannot read '%s': %s", name, why);
    files->failed = true;
}

/* Takes `name`. */
static void add_file(struct io_files *files, char *name, bool named, const struct stat *status)
{
    if (files->n_items == files->room) {
        files->room = files->room ? files->room * 2 : 16;
        files->items = io_grow(files->items, files->room * sizeof(*files->items));
    }
    files->items[files->n_items++] = (struct io_file){
        .name = name,
        .named = named,
        .device = (uint64_t)status->st_dev,
        .inode = (uint64_t)status->st_ino,
    };
}

static bool ends_with(const char *name, size_t len, const char *end)
{
    size_t n = strlen(end);

    return len > n && memcmp(name + len - n, end, n) == 0;
}

static bool is_manifest(const char *name)
{
    size_t len = strlen(name);

    if (ends_with(name, len, ".gz"))
        len -= 3;
    return ends_with(name, len, ".yaml") || ends_with(name, len, ".yml") ||
           ends_with(name, len, ".json");
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The paths of what is in a folder, hidden names left out, sorted by bytes. */
static size_t list_folder(struct io_files *files, const char *folder, char ***ret_paths)
{
    DIR *dir = opendir(folder);
    size_t n = 0, room = 0;
    const struct dirent *entry;
    char **paths = NULL;

    while (dir && (errno = 0, entry = readdir(dir)) != NULL) {
        if (entry->d_name[0] == '.')
            continue;
        if (n == room) {
            room = room ? room * 2 : 64;
            paths = io_grow(paths, room * sizeof(*paths));
        }
        paths[n++] = join(folder, entry->d_name);
    }
    if (errno != 0)
        fail(files, folder, strerror(errno));
    if (dir)
        closedir(dir);
    if (n > 0)
        qsort(paths, n, sizeof(*paths), by_name);
    *ret_paths = paths;
    return n;
}

static void walk(struct io_files *files, const char *folder, unsigned depth);

/* Takes `path`. Links to files are followed; links to folders are not, as they may loop. */
static void visit(struct io_files *files, char *path, unsigned depth)
{
    struct stat status;

    if (lstat(path, &status) == 0 && S_ISDIR(status.st_mode)) {
        walk(files, path, depth + 1);
    } else if (is_manifest(path)) {
        if (stat(path, &status) != 0)
            fail(files, path, strerror(errno));
        else if (S_ISREG(status.st_mode)) {
            add_file(files, path, /* named= */ false, &status);
            return;
        } else if (!S_ISDIR(status.st_mode))
            fail(files, path, "it is not a regular file");
    }
    free(path);
}

static void walk(struct io_files *files, const char *folder, unsigned depth)
{
    char **paths = NULL;
    size_t n;

    if (depth > DEEPEST) {
        fail(files, folder, "folders are nested too deeply");
        return;
    }
    n = list_folder(files, folder, &paths);
    for (size_t i = 0; i < n; i++)
        visit(files, paths[i], depth);
    free(paths);
}

static void find_below(struct io_files *files, const char *folder)
{
    size_t before = files->n_items;
    bool failed = files->failed;

    files->failed = false;
    walk(files, folder, 0);
    if (files->n_items == before && !files->failed) {
        io_say("no *.yaml, *.yml or *.json files in '%s'", folder);
        files->failed = true;
    }
    files->failed |= failed;
}

static int by_inode(const void *a, const void *b)
{
    const struct io_file *x = *(struct io_file *const *)a, *y = *(struct io_file *const *)b;

    if (x->device != y->device)
        return x->device < y->device ? -1 : 1;
    if (x->inode != y->inode)
        return x->inode < y->inode ? -1 : 1;
    return x < y ? -1 : x > y;
}

/* Removes files that another name reached before. Pipes and standard input stay. */
static void drop_doubles(struct io_files *files)
{
    struct io_file **order;
    size_t kept = 0;

    if (files->n_items < 2)
        return;
    order = io_grow(NULL, files->n_items * sizeof(struct io_file *));
    for (size_t i = 0; i < files->n_items; i++)
        order[i] = &files->items[i];
    qsort(order, files->n_items, sizeof(*order), by_inode);
    for (size_t i = files->n_items - 1; i > 0; i--) {
        if (order[i]->device != order[i - 1]->device || order[i]->inode != order[i - 1]->inode)
            continue;
        free(order[i]->name);
        order[i]->name = NULL;
    }
    free(order);
    for (size_t i = 0; i < files->n_items; i++)
        if (files->items[i].name)
            files->items[kept++] = files->items[i];
    files->n_items = kept;
}

static void find_operand(struct io_files *files, const char *operand)
{
    struct stat status;
    char *name;

    if (strcmp(operand, "-") == 0) {
        memset(&status, 0, sizeof(status)); /* a second "-" is dropped as a double */
        name = io_grow(NULL, sizeof("<stdin>"));
        memcpy(name, "<stdin>", sizeof("<stdin>"));
        add_file(files, name, /* named= */ true, &status);
        files->items[files->n_items - 1].is_stdin = true;
    } else if (stat(operand, &status) != 0) {
        fail(files, operand, strerror(errno));
    } else if (S_ISDIR(status.st_mode)) {
        find_below(files, operand);
    } else {
        name = io_grow(NULL, strlen(operand) + 1);
        memcpy(name, operand, strlen(operand) + 1);
        add_file(files, name, /* named= */ true, &status);
    }
}

void io_find(struct io_files *files, char *const *operands, size_t n_operands)
{
    for (size_t i = 0; i < n_operands; i++)
        find_operand(files, operands[i]);
    drop_doubles(files);
}

void io_free(struct io_files *files)
{
    for (size_t i = 0; i < files->n_items; i++)
        free(files->items[i].name);
    free(files->items);
    *files = (struct io_files){0};
}
