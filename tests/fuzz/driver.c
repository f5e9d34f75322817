/*
 * Runs a fuzz target over files that are known already: every file named on the
 * command line, and every file of the folders named. Stands in for libFuzzer where
 * that is not linked, so that each corpus is replayed in every test run.
 */
#define _POSIX_C_SOURCE 200809L
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fail(const char *path)
{
    perror(path);
    exit(1);
}

static size_t run_file(const char *path, size_t size)
{
    FILE *file = fopen(path, "rb");
    uint8_t *data = malloc(size ? size : 1); /* exact, so that a read past the end is seen */

    if (!file || !data || fread(data, 1, size, file) != size)
        fail(path);
    fclose(file);
    LLVMFuzzerTestOneInput(data, size);
    free(data);
    return 1;
}

static size_t run_path(const char *path)
{
    struct dirent *entry;
    struct stat info;
    size_t n = 0;
    DIR *dir;

    if (stat(path, &info) != 0)
        fail(path);
    if (!S_ISDIR(info.st_mode))
        return run_file(path, (size_t)info.st_size);
    dir = opendir(path);
    if (!dir)
        fail(path);
    while ((entry = readdir(dir)) != NULL) {
        char below[4096];

        if (entry->d_name[0] == '.')
            continue;
        snprintf(below, sizeof(below), "%s/%s", path, entry->d_name);
        n += run_path(below);
    }
    closedir(dir);
    return n;
}

int main(int argc, char **argv)
{
    size_t n = 0;

    for (int i = 1; i < argc; i++)
        n += run_path(argv[i]);
    printf("%zu inputs\n", n);
    return n == 0;
}
