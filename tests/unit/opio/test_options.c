/* Options from the environment and the command line. */
#include "options.h"
#include "support/test.h"

#include <string.h>

static const char *const *environment; /* names and values, NULL at the end */

static char *get(const char *name)
{
    for (const char *const *pair = environment; pair && *pair; pair += 2)
        if (strcmp(pair[0], name) == 0)
            return (char *)(size_t)pair[1];
    return NULL;
}

enum { WORDS = 16 };

static enum options_outcome read_words(const char *const *words, struct options *options,
                                       struct bytes *text)
{
    char *argv[WORDS] = {(char *)(size_t)"rctl-operator"};
    int argc = 1;

    while (words && *words)
        argv[argc++] = (char *)(size_t)*words++;
    return options_read(argc, argv, get, options, text);
}

#define WORDS_OF(...) ((const char *const[]){__VA_ARGS__, NULL})

TEST(options, have_their_defaults)
{
    struct options options;
    struct bytes text = {0};

    environment = NULL;
    cr_assert_eq(read_words(NULL, &options, &text), OPTIONS_RUN);
    cr_assert_str_eq(options.metrics_addr, ":8080");
    cr_assert_str_eq(options.health_probe_addr, ":8081");
    cr_assert_str_eq(options.ns, "");
    cr_assert(options.leader_election);
    cr_assert_eq(options.probe_policy, OPTIONS_CLUSTER);
    cr_assert_eq(options.log_level, 1);
    cr_assert_eq(options.watch_namespaces.n, 0);
    options_done(&options);
}

TEST(options, flags_win_over_the_environment)
{
    struct options options;
    struct bytes text = {0};

    environment = WORDS_OF("METRICS_ADDR", "127.0.0.1:1", "LEADER_ELECTION_ENABLED", "false",
                           "WATCH_NAMESPACES", "a,b-2", "LOG_LEVEL", "error");
    cr_assert_eq(read_words(WORDS_OF("--metrics-addr=[::1]:2", "--probe-policy", "any"), &options,
                            &text),
                 OPTIONS_RUN);
    cr_assert_str_eq(options.metrics_addr, "[::1]:2");
    cr_assert(!options.leader_election);
    cr_assert_eq(options.probe_policy, OPTIONS_ANY);
    cr_assert_eq(options.log_level, 3);
    cr_assert_eq(options.watch_namespaces.n, 2);
    cr_assert_str_eq(options.watch_namespaces.items[1], "b-2");
    options_done(&options);
}

TEST(options, faults_are_told_all_at_once)
{
    struct options options;
    struct bytes text = {0};

    environment = WORDS_OF("LOG_FORMAT", "xml", "LEADER_ELECTION_ENABLED", "maybe");
    cr_assert_eq(read_words(WORDS_OF("--watch-namespaces=a,,B", "--metrics-addr=::1:8080", "what",
                                     "--gpu-metrics-endpoint=file:///x", "--log-levels=info",
                                     "--namespace"),
                            &options, &text),
                 OPTIONS_WRONG);
    cr_assert_str_eq(text.data,
                     "rctl-operator: unknown argument 'what'\n"
                     "rctl-operator: unknown argument '--log-levels=info'\n"
                     "rctl-operator: --namespace needs a value\n"
                     "rctl-operator: --metrics-addr: '::1:8080' is not HOST:PORT\n"
                     "rctl-operator: $LEADER_ELECTION_ENABLED: 'maybe' is neither true nor false\n"
                     "rctl-operator: --gpu-metrics-endpoint: 'file:///x' is not an http or https "
                     "URL\n"
                     "rctl-operator: --watch-namespaces: 'a,,B' is not a list of namespaces\n"
                     "rctl-operator: $LOG_FORMAT: 'xml' is none of the choices: json|text\n");
    options_done(&options);
    bytes_done(&text);
}

TEST(options, addresses_have_a_port)
{
    static const struct {
        const char *text;
        bool fine;
    } rows[] = {{"--metrics-addr=:0", true},        {"--metrics-addr=0.0.0.0:65535", true},
                {"--metrics-addr=[::]:80", true},   {"--metrics-addr=8080", false},
                {"--metrics-addr=:65536", false},   {"--metrics-addr=:", false},
                {"--metrics-addr=:8a", false},      {"--metrics-addr=", false},
                {"--metrics-addr=:999999", false}};

    environment = NULL;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct options options;
        struct bytes text = {0};

        cr_assert_eq(read_words(WORDS_OF(rows[i].text), &options, &text) == OPTIONS_RUN,
                     rows[i].fine, "%s", rows[i].text);
        options_done(&options);
        bytes_done(&text);
    }
}

TEST(options, help_names_each_option)
{
    struct options options;
    struct bytes text = {0};

    environment = NULL;
    cr_assert_eq(read_words(WORDS_OF("--nonsense", "--help"), &options, &text), OPTIONS_SHOWN);
    cr_assert(strstr(text.data, "--metrics-addr=HOST:PORT\n"));
    cr_assert(strstr(text.data, "$PROBE_POLICY, default cluster\n"));
    options_done(&options);
    bytes_clear(&text);
    cr_assert_eq(read_words(WORDS_OF("--version"), &options, &text), OPTIONS_SHOWN);
    cr_assert_eq(strncmp(text.data, "rctl-operator ", 14), 0);
    options_done(&options);
    bytes_clear(&text);
    cr_assert_eq(read_words(WORDS_OF("--print-metrics"), &options, &text), OPTIONS_SHOWN);
    cr_assert(strstr(text.data, "# Metrics\n"));
    options_done(&options);
    bytes_done(&text);
}
