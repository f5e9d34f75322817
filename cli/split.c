/*
 * Writes a directory of manifests safely. Every file is first written in full under
 * a hidden name and only then moved into place; a list of our own files, .rctl-files,
 * says which ones a later run may replace or remove. A file that is not in the list
 * belongs to someone else and is never touched.
 */
#include "split.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LIST_NAME ".rctl-files"

enum { LONGEST_NAME = 200 };

/* A list that knows what it has: `slots` is a hash table of positions, counted from 1. */
struct names {
    char **items;
    size_t n_items, room;
    size_t *slots;
    size_t n_slots;
};

struct split {
    char *folder;
    int dir;              /* where everything happens, whatever becomes of the path */
    bool made;            /* by us, just now */
    struct names files;   /* of this run; files[i] is written as temporary i */
    struct names earlier; /* what the list said */
    int out;              /* the file that is open, or -1 */
    const char *out_name; /* its name in messages */
    rctl_sink sink;
    bool failed, committed;
};

static uint64_t hash_text(const char *text)
{
    uint64_t hash = UINT64_C(14695981039346656037); /* FNV-1a */

    for (; *text; text++)
        hash = (hash ^ (unsigned char)*text) * UINT64_C(1099511628211);
    return hash;
}

/* Where a name is in the table, or would be. */
static size_t *find_slot(const struct names *names, const char *name)
{
    size_t i = (size_t)hash_text(name) & (names->n_slots - 1);

    while (names->slots[i] != 0 && strcmp(names->items[names->slots[i] - 1], name) != 0)
        i = (i + 1) & (names->n_slots - 1);
    return &names->slots[i];
}

static bool has_name(const struct names *names, const char *name)
{
    return names->n_slots > 0 && *find_slot(names, name) != 0;
}

static void grow_names(struct names *names)
{
    names->room = names->room ? names->room * 2 : 16;
    names->items = io_grow(names->items, names->room * sizeof(*names->items));
    names->n_slots = names->room * 2;
    names->slots = io_grow(names->slots, names->n_slots * sizeof(*names->slots));
    memset(names->slots, 0, names->n_slots * sizeof(*names->slots));
    for (size_t i = 0; i < names->n_items; i++)
        *find_slot(names, names->items[i]) = i + 1;
}

static const char *add_name(struct names *names, const char *text, size_t len)
{
    char *copy = io_grow(NULL, len + 1);

    memcpy(copy, text, len);
    copy[len] = '\0';
    if (names->n_items == names->room)
        grow_names(names);
    names->items[names->n_items++] = copy;
    *find_slot(names, copy) = names->n_items;
    return copy;
}

static void free_names(struct names *names)
{
    for (size_t i = 0; i < names->n_items; i++)
        free(names->items[i]);
    free(names->items);
    free(names->slots);
}

static bool fail(struct split *split, const char *name)
{
    io_say("cannot write '%s%s%s': %s", split->folder, name ? "/" : "", name ? name : "",
           strerror(errno));
    split->failed = true;
    return false;
}

/* The list may have been edited: only plain names count, so that nothing else is removed. */
static void read_list(struct split *split)
{
    int fd = openat(split->dir, LIST_NAME, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    FILE *file = fd < 0 ? NULL : fdopen(fd, "r");
    char line[512];

    while (file && fgets(line, sizeof(line), file)) {
        size_t len = strcspn(line, "\n");

        if (len > 0 && line[len] == '\n' && line[0] != '.' && !memchr(line, '/', len))
            add_name(&split->earlier, line, len);
    }
    if (file)
        fclose(file);
    else if (fd >= 0)
        close(fd);
}

struct split *split_open(const char *folder)
{
    struct split *split = io_grow(NULL, sizeof(*split));

    *split = (struct split){.folder = io_grow(NULL, strlen(folder) + 1), .dir = -1, .out = -1};
    memcpy(split->folder, folder, strlen(folder) + 1);
    if (mkdir(folder, 0777) == 0)
        split->made = true;
    if (split->made || errno == EEXIST)
        split->dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (split->dir < 0) {
        fail(split, NULL);
        split_close(split);
        return NULL;
    }
    read_list(split);
    return split;
}

/* ---- writing ---- */

static void temporary_name(char name[64], size_t index)
{
    snprintf(name, 64, ".rctl-%ld-%zu.tmp", (long)getpid(), index);
}

static int write_out(void *ctx, const char *data, size_t len)
{
    struct split *split = ctx;

    while (len > 0 && !split->failed) {
        ssize_t n = write(split->out, data, len);

        if (n < 0 && errno != EINTR)
            fail(split, split->out_name);
        if (n > 0) {
            data += n;
            len -= (size_t)n;
        }
    }
    return split->failed;
}

static bool close_out(struct split *split)
{
    int fd = split->out;

    split->out = -1;
    return fd < 0 || close(fd) == 0 || fail(split, split->out_name);
}

/* Starts the file `temporary`, which is to become `name`. */
static bool create(struct split *split, const char *temporary, const char *name)
{
    unlinkat(split->dir, temporary, 0); /* left by a run that was killed */
    split->out = openat(split->dir, temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    split->out_name = name;
    return split->out >= 0 || fail(split, name);
}

/*
 * Lower case; what is no letter, digit, dash, dot or underscore becomes %XX. What is
 * too long for a file name is cut, and a hash takes the place of the rest.
 */
static size_t safe_name(char out[LONGEST_NAME + 32], const char *name)
{
    const char *c;
    size_t used = 0;

    for (c = name; *c && used <= LONGEST_NAME - 4; c++) {
        unsigned char byte = (unsigned char)*c;

        if (byte >= 'A' && byte <= 'Z')
            out[used++] = (char)(byte - 'A' + 'a');
        else if ((byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9') || byte == '-' ||
                 byte == '_' || (byte == '.' && used > 0))
            out[used++] = (char)byte;
        else
            used += (size_t)snprintf(out + used, 4, "%%%02X", (unsigned)byte);
    }
    if (*c)
        used += (size_t)snprintf(out + used, 18, "-%016llx", (unsigned long long)hash_text(name));
    return used;
}

static size_t free_name(const struct split *split, char *out, size_t size, const char *name,
                        const char *suffix)
{
    char safe[LONGEST_NAME + 32];
    size_t len = safe_name(safe, name);
    int used = snprintf(out, size, "%.*s%s", (int)len, safe, suffix);

    for (unsigned i = 2; has_name(&split->files, out); i++)
        used = snprintf(out, size, "%.*s_%u%s", (int)len, safe, i, suffix);
    return (size_t)used;
}

const rctl_sink *split_add(struct split *split, const char *name, const char *suffix)
{
    char file[LONGEST_NAME + 64], temporary[64];
    size_t len = free_name(split, file, sizeof(file), name, suffix);
    struct stat status;

    if (!close_out(split))
        return NULL;
    if (!has_name(&split->earlier, file) &&
        fstatat(split->dir, file, &status, AT_SYMLINK_NOFOLLOW) == 0) {
        io_say("'%s/%s' is there and was not written by rctl; remove it or choose another "
               "directory",
               split->folder, file);
        split->failed = true;
        return NULL;
    }
    temporary_name(temporary, split->files.n_items);
    if (!create(split, temporary, add_name(&split->files, file, len)))
        return NULL;
    split->sink = (rctl_sink){write_out, split};
    return &split->sink;
}

/* ---- putting into place ---- */

static void write_name(struct split *split, const char *name)
{
    write_out(split, name, strlen(name));
    write_out(split, "\n", 1);
}

/* Replaces the list; `old` adds what the earlier one said, for as long as both are there. */
static bool write_list(struct split *split, bool old)
{
    static const char temporary[] = ".rctl-files.tmp";

    if (!create(split, temporary, LIST_NAME))
        return false;
    for (size_t i = 0; i < split->files.n_items; i++)
        write_name(split, split->files.items[i]);
    for (size_t i = 0; old && i < split->earlier.n_items; i++)
        if (!has_name(&split->files, split->earlier.items[i]))
            write_name(split, split->earlier.items[i]);
    if (!close_out(split) || split->failed)
        return false;
    if (renameat(split->dir, temporary, split->dir, LIST_NAME) != 0)
        return fail(split, LIST_NAME);
    return true;
}

/* On the disk before they get their names, or a crash could leave empty files there. */
static bool sync_all(struct split *split)
{
    for (size_t i = 0; i < split->files.n_items; i++) {
        char temporary[64];
        int fd;
        bool synced;

        temporary_name(temporary, i);
        fd = openat(split->dir, temporary, O_RDONLY | O_CLOEXEC);
        synced = fd >= 0 && (fsync(fd) == 0 || errno == EINVAL || errno == ENOTSUP);
        if (fd >= 0)
            close(fd);
        if (!synced)
            return fail(split, split->files.items[i]);
    }
    return true;
}

static bool move_all(struct split *split)
{
    for (size_t i = 0; i < split->files.n_items; i++) {
        char temporary[64];

        temporary_name(temporary, i);
        if (renameat(split->dir, temporary, split->dir, split->files.items[i]) != 0)
            return fail(split, split->files.items[i]);
    }
    return true;
}

static bool remove_stale(struct split *split)
{
    for (size_t i = 0; i < split->earlier.n_items; i++) {
        const char *name = split->earlier.items[i];

        if (!has_name(&split->files, name) && unlinkat(split->dir, name, 0) != 0 &&
            errno != ENOENT)
            return fail(split, name);
    }
    return true;
}

bool split_commit(struct split *split, bool prune)
{
    /* First a list of old and new: whenever we are stopped, the next run knows it all. */
    if (!close_out(split) || split->failed || !sync_all(split) ||
        !write_list(split, /* old= */ true))
        return false;
    split->committed = true;
    if (!move_all(split))
        return false;
    return !prune || (remove_stale(split) && write_list(split, /* old= */ false));
}

void split_close(struct split *split)
{
    if (split->out >= 0)
        close(split->out);
    for (size_t i = 0; i < split->files.n_items; i++) {
        char temporary[64];

        temporary_name(temporary, i);
        unlinkat(split->dir, temporary, 0); /* gone already after a commit */
    }
    if (split->dir >= 0)
        close(split->dir);
    if (split->made && !split->committed)
        rmdir(split->folder);
    free_names(&split->files);
    free_names(&split->earlier);
    free(split->folder);
    free(split);
}
