/* Kubeconfig files, by libyaml's documents. */
#include "io/kubeconfig.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

/* One file. */
struct source {
    yaml_document_t document;
    const char *path;
};

struct reading {
    struct source *sources;
    size_t n;
    char *why;
};

static bool complain(struct reading *reading, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static bool complain(struct reading *reading, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(reading->why, KUBECONFIG_MESSAGE, format, arguments);
    va_end(arguments);
    return false;
}

/* ---- files ---- */

bool kubeconfig_read_file(const char *path, struct bytes *bytes)
{
    char block[4096];
    size_t n;
    FILE *file = fopen(path, "rbe");
    bool fine;

    if (!file)
        return false;
    while ((n = fread(block, 1, sizeof(block), file)) > 0 && bytes->n <= KUBECONFIG_BYTES)
        bytes_add(bytes, block, n);
    fine = !ferror(file) && bytes->n > 0 && bytes->n <= KUBECONFIG_BYTES;
    fclose(file);
    explicit_bzero(block, sizeof(block));
    return fine;
}

static bool load(struct reading *reading, const char *path)
{
    struct source *source = &reading->sources[reading->n];
    struct bytes text = {0};
    yaml_parser_t parser;
    bool fine;

    if (!kubeconfig_read_file(path, &text)) {
        bytes_done(&text);
        return complain(reading, "%.150s: it cannot be read, or is empty or too long", path);
    }
    if (!yaml_parser_initialize(&parser)) {
        bytes_done(&text);
        return complain(reading, "%.150s: there is no memory for it", path);
    }
    yaml_parser_set_input_string(&parser, (const unsigned char *)text.data, text.n);
    fine = yaml_parser_load(&parser, &source->document);
    if (fine) {
        source->path = path;
        reading->n++;
    } else {
        complain(reading, "%.150s:%zu: %.60s", path, parser.problem_mark.line + 1,
                 parser.problem ? parser.problem : "it is no YAML");
    }
    yaml_parser_delete(&parser);
    bytes_done(&text);
    return fine;
}

/* ---- nodes ---- */

static yaml_node_t *get(struct source *source, const yaml_node_t *map, const char *name)
{
    if (!map || map->type != YAML_MAPPING_NODE)
        return NULL;
    for (yaml_node_pair_t *pair = map->data.mapping.pairs.start;
         pair < map->data.mapping.pairs.top; pair++) {
        yaml_node_t *key = yaml_document_get_node(&source->document, pair->key);

        if (key && key->type == YAML_SCALAR_NODE &&
            strcmp((const char *)key->data.scalar.value, name) == 0)
            return yaml_document_get_node(&source->document, pair->value);
    }
    return NULL;
}

/* NULL for what is not there, is no scalar, is empty or null. */
static const char *text(struct source *source, const yaml_node_t *map, const char *name)
{
    yaml_node_t *node = get(source, map, name);
    const char *value;

    if (!node || node->type != YAML_SCALAR_NODE)
        return NULL;
    value = (const char *)node->data.scalar.value;
    if (node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
        (strcmp(value, "null") == 0 || strcmp(value, "~") == 0))
        return NULL;
    return *value ? value : NULL;
}

static bool is_true(struct source *source, const yaml_node_t *map, const char *name)
{
    const char *value = text(source, map, name);

    return value && strcmp(value, "true") == 0;
}

static yaml_node_t *item(struct source *source, const yaml_node_t *list, size_t i)
{
    if (!list || list->type != YAML_SEQUENCE_NODE ||
        i >= (size_t)(list->data.sequence.items.top - list->data.sequence.items.start))
        return NULL;
    return yaml_document_get_node(&source->document, list->data.sequence.items.start[i]);
}

/* The `member` of the entry of that name in a list; the first file that has it wins. */
static yaml_node_t *entry(struct reading *reading, const char *list, const char *name,
                          const char *member, struct source **ret_source)
{
    for (size_t s = 0; name && s < reading->n; s++) {
        struct source *source = &reading->sources[s];
        yaml_node_t *rows =
            get(source, yaml_document_get_root_node(&source->document), list), *row;

        for (size_t i = 0; (row = item(source, rows, i)) != NULL; i++) {
            const char *its = text(source, row, "name");

            if (its && strcmp(its, name) == 0) {
                *ret_source = source;
                return get(source, row, member);
            }
        }
    }
    return NULL;
}

/* ---- members ---- */

/* A path that is relative to the file it stands in. */
static char *path_of(const struct source *source, const char *path)
{
    const char *slash = strrchr(source->path, '/');
    struct bytes full = {0};

    if (*path != '/' && slash)
        bytes_add(&full, source->path, (size_t)(slash - source->path) + 1);
    bytes_add_text(&full, path);
    return full.data;
}

static int value_of(char c)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *at = c ? strchr(digits, c) : NULL;

    return at ? (int)(at - digits) : -1;
}

bool kubeconfig_decode(const char *base64, struct bytes *bytes)
{
    unsigned bits = 0, n_bits = 0;

    for (; *base64 && *base64 != '='; base64++) {
        int value = value_of(*base64);
        unsigned char byte;

        if (strchr(" \n\r\t", *base64))
            continue;
        if (value < 0)
            return false;
        bits = (bits << 6 | (unsigned)value) & 0xffff;
        n_bits += 6;
        if (n_bits >= 8) {
            n_bits -= 8;
            byte = (unsigned char)(bits >> n_bits);
            bytes_add(bytes, &byte, 1);
        }
    }
    return bytes->n > 0 && base64[strspn(base64, "= \n\r\t")] == '\0';
}

/* Data in the file beats the path beside it. */
static bool read_source(struct reading *reading, struct source *source, const yaml_node_t *map,
                        const char *path_name, struct kubeconfig_source *to)
{
    char data_name[64];
    const char *data, *path = text(source, map, path_name);

    snprintf(data_name, sizeof(data_name), "%s-data", path_name);
    data = text(source, map, data_name);
    if (data)
        return kubeconfig_decode(data, &to->data) ||
               complain(reading, "%.150s: %s is not base64", source->path, data_name);
    if (path)
        to->path = path_of(source, path);
    return true;
}

static bool read_cluster(struct reading *reading, const char *name, struct kubeconfig *config)
{
    struct source *source;
    yaml_node_t *cluster = entry(reading, "clusters", name, "cluster", &source);
    const char *server;

    if (!cluster)
        return complain(reading, "there is no cluster '%.100s' in the kubeconfig", name);
    server = text(source, cluster, "server");
    if (!server || (strncmp(server, "https://", 8) != 0 && strncmp(server, "http://", 7) != 0))
        return complain(reading, "%.100s: cluster '%.60s' has no server that is a URL",
                        source->path, name);
    config->server = bytes_text(server);
    for (size_t n = strlen(server); n > 0 && config->server[n - 1] == '/'; n--)
        config->server[n - 1] = '\0';
    config->tls_server_name = bytes_text(text(source, cluster, "tls-server-name"));
    config->proxy = bytes_text(text(source, cluster, "proxy-url"));
    config->insecure = is_true(source, cluster, "insecure-skip-tls-verify");
    if (!read_source(reading, source, cluster, "certificate-authority", &config->ca))
        return false;
    if (config->insecure && (config->ca.path || config->ca.data.n))
        return complain(reading,
                        "%.100s: cluster '%.60s' has a certificate authority and "
                        "insecure-skip-tls-verify",
                        source->path, name);
    return true;
}

static bool read_exec(struct reading *reading, struct source *source, const yaml_node_t *user,
                      struct kubeconfig_exec *exec)
{
    yaml_node_t *row = get(source, user, "exec"), *args = get(source, row, "args");
    yaml_node_t *env = get(source, row, "env"), *word;
    const char *version = text(source, row, "apiVersion"), *command = text(source, row, "command");

    if (!row)
        return true;
    if (!command || !version || (strcmp(version, "client.authentication.k8s.io/v1") != 0 &&
                                 strcmp(version, "client.authentication.k8s.io/v1beta1") != 0))
        return complain(reading,
                        "%.100s: exec needs a command and apiVersion "
                        "client.authentication.k8s.io/v1 or v1beta1",
                        source->path);
    exec->api_version = bytes_text(version);
    /* As a path when there is a '/' in it, else it is looked up. */
    exec->command = strchr(command, '/') ? path_of(source, command) : bytes_text(command);
    for (size_t i = 0; (word = item(source, args, i)) != NULL; i++) {
        if (word->type != YAML_SCALAR_NODE || exec->n_arguments == KUBECONFIG_WORDS)
            return complain(reading, "%.100s: exec has too many arguments, or one that is no text",
                            source->path);
        exec->arguments[exec->n_arguments++] =
            bytes_text((const char *)word->data.scalar.value);
    }
    for (size_t i = 0; (word = item(source, env, i)) != NULL; i++) {
        const char *name = text(source, word, "name"), *value = text(source, word, "value");
        struct bytes pair = {0};

        if (!name || strchr(name, '=') || exec->n_env == KUBECONFIG_WORDS)
            return complain(reading, "%.100s: exec has too many variables, or one without a name",
                            source->path);
        bytes_format(&pair, "%s=%s", name, value ? value : "");
        exec->env[exec->n_env++] = pair.data;
    }
    return true;
}

/* What is not understood and would make us somebody else than the file says. */
static const char *const refused[] = {"username", "password",   "auth-provider", "as",
                                      "as-uid",   "as-groups", "as-user-extra"};

static bool read_user(struct reading *reading, const char *name, struct kubeconfig *config)
{
    struct source *source;
    yaml_node_t *user = entry(reading, "users", name, "user", &source);
    const char *token, *path;

    if (!name)
        return true;
    if (!user)
        return complain(reading, "there is no user '%.100s' in the kubeconfig", name);
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
        if (get(source, user, refused[i]))
            return complain(reading, "%.100s: user '%.60s' has '%s', which is not supported",
                            source->path, name, refused[i]);
    token = text(source, user, "token");
    path = text(source, user, "tokenFile");
    if (path)
        config->token.path = path_of(source, path);
    else if (token)
        bytes_add_text(&config->token.data, token);
    return read_source(reading, source, user, "client-certificate", &config->certificate) &&
           read_source(reading, source, user, "client-key", &config->key) &&
           read_exec(reading, source, user, &config->exec);
}

static bool read_context(struct reading *reading, const char *name, struct kubeconfig *config)
{
    struct source *source;
    yaml_node_t *context;

    for (size_t s = 0; !name && s < reading->n; s++)
        name = text(&reading->sources[s],
                    yaml_document_get_root_node(&reading->sources[s].document),
                    "current-context");
    if (!name)
        return complain(reading, "the kubeconfig has no current-context");
    context = entry(reading, "contexts", name, "context", &source);
    if (!context)
        return complain(reading, "there is no context '%.100s' in the kubeconfig", name);
    config->ns = bytes_text(text(source, context, "namespace"));
    name = text(source, context, "cluster");
    if (!name)
        return complain(reading, "%.100s: the context has no cluster", source->path);
    return read_cluster(reading, name, config) &&
           read_user(reading, text(source, context, "user"), config);
}

/* ---- all ---- */

bool kubeconfig_read(const char *files, const char *context, struct kubeconfig *config,
                     char why[KUBECONFIG_MESSAGE])
{
    char *paths = bytes_text(files), *rest = NULL;
    struct reading reading = {NULL, 0, why};
    bool fine = true;

    memset(config, 0, sizeof(*config));
    /* No more files than there are bytes in their names. */
    reading.sources = bytes_alloc((strlen(files) / 2 + 1) * sizeof(*reading.sources));
    for (char *path = strtok_r(paths, ":", &rest); path && fine;
         path = strtok_r(NULL, ":", &rest)) {
        FILE *file = fopen(path, "rbe");

        if (file) {
            fclose(file);
            fine = load(&reading, path);
        }
    }
    if (fine && reading.n == 0)
        fine = complain(&reading, "there is no kubeconfig at '%.150s'", files);
    fine = fine && read_context(&reading, context, config);
    for (size_t i = 0; i < reading.n; i++)
        yaml_document_delete(&reading.sources[i].document);
    free(reading.sources);
    free(paths);
    return fine;
}

static void wipe_source(struct kubeconfig_source *source)
{
    bytes_done(&source->data);
    free(source->path);
}

void kubeconfig_done(struct kubeconfig *config)
{
    free(config->server);
    free(config->tls_server_name);
    free(config->proxy);
    free(config->ns);
    wipe_source(&config->ca);
    wipe_source(&config->certificate);
    wipe_source(&config->key);
    wipe_source(&config->token);
    free(config->exec.api_version);
    free(config->exec.command);
    for (size_t i = 0; i < config->exec.n_arguments; i++)
        bytes_wipe_text(config->exec.arguments[i]);
    for (size_t i = 0; i < config->exec.n_env; i++)
        bytes_wipe_text(config->exec.env[i]);
    memset(config, 0, sizeof(*config));
}
