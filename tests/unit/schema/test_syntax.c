/* What strings may look like: for each syntax, words that are fine and words that are not. */
#include "schema/schema.h"
#include "support/test.h"

struct word {
    enum schema_syntax syntax;
    const char *text;
    const char *wrong; /* a part of the answer; NULL when the word is fine */
};

#define A63 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define HEX64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static const struct word words[] = {
    {SCHEMA_FREE, "", NULL},
    {SCHEMA_DNS_LABEL, "a", NULL},
    {SCHEMA_DNS_LABEL, "0-a", NULL},
    {SCHEMA_DNS_LABEL, A63, NULL},
    {SCHEMA_DNS_LABEL, A63 "a", "at most 63"},
    {SCHEMA_DNS_LABEL, "", "empty"},
    {SCHEMA_DNS_LABEL, "A", "lower-case"},
    {SCHEMA_DNS_LABEL, "a.b", "lower-case"},
    {SCHEMA_DNS_LABEL, "-a", "start and end"},
    {SCHEMA_DNS_LABEL, "a-", "start and end"},
    {SCHEMA_DNS_SUBDOMAIN, "a.b-c.0", NULL},
    {SCHEMA_DNS_SUBDOMAIN, "a..b", "start and end"},
    {SCHEMA_DNS_SUBDOMAIN, ".a", "start and end"},
    {SCHEMA_DNS_SUBDOMAIN, "a.", "start and end"},
    {SCHEMA_DNS_SUBDOMAIN, "a.-b", "start and end"},
    {SCHEMA_DNS_SUBDOMAIN, "My_Service", "lower-case"},
    {SCHEMA_SERVICE_NAME, "chat-1", NULL},
    {SCHEMA_SERVICE_NAME, "70b", "start with a letter"},
    {SCHEMA_LABEL_KEY, "app", NULL},
    {SCHEMA_LABEL_KEY, "kubernetes.io/arch", NULL},
    {SCHEMA_LABEL_KEY, "nvidia.com/gpu_Type.1", NULL},
    {SCHEMA_LABEL_KEY, "/x", "DNS name"},
    {SCHEMA_LABEL_KEY, "a/", "name"},
    {SCHEMA_LABEL_KEY, "a/b/c", "one '/'"},
    {SCHEMA_LABEL_KEY, "A.com/x", "DNS name"},
    {SCHEMA_LABEL_KEY, "", "name"},
    {SCHEMA_LABEL_KEY, "-a", "start and end"},
    {SCHEMA_LABEL_VALUE, "", NULL},
    {SCHEMA_LABEL_VALUE, "NVIDIA-A100", NULL},
    {SCHEMA_LABEL_VALUE, "a b", "letters"},
    {SCHEMA_LABEL_VALUE, "a-", "start and end"},
    {SCHEMA_ENV_NAME, "HF_HOME", NULL},
    {SCHEMA_ENV_NAME, "a.b-c", NULL},
    {SCHEMA_ENV_NAME, "1A", "start with a digit"},
    {SCHEMA_ENV_NAME, "A B", "letters"},
    {SCHEMA_ENV_NAME, "..", "'..'"},
    {SCHEMA_PORT_NAME, "http", NULL},
    {SCHEMA_PORT_NAME, "0a", NULL},
    {SCHEMA_PORT_NAME, "8080", "one letter"},
    {SCHEMA_PORT_NAME, "a--b", "two in a row"},
    {SCHEMA_PORT_NAME, "a-", "two in a row"},
    {SCHEMA_PORT_NAME, "abcdefghijklmnop", "15"},
    {SCHEMA_ABS_PATH, "/data", NULL},
    {SCHEMA_ABS_PATH, "/", NULL},
    {SCHEMA_ABS_PATH, "data", "start with '/'"},
    {SCHEMA_ABS_PATH, "", "start with '/'"},
    {SCHEMA_ABS_PATH, "/a/../b", "'..'"},
    {SCHEMA_ABS_PATH, "/a/..", "'..'"},
    {SCHEMA_ABS_PATH, "/a..b", NULL},
    {SCHEMA_ABS_PATH, "/a\nb", "control"},
    {SCHEMA_REL_PATH, "a/b", NULL},
    {SCHEMA_REL_PATH, "/a", "not start"},
    {SCHEMA_REL_PATH, "../a", "'..'"},
    {SCHEMA_REL_PATH, "", "empty"},
    {SCHEMA_IMAGE, "nginx", NULL},
    {SCHEMA_IMAGE, "vllm/vllm-openai:v0.23.0-cu129", NULL},
    {SCHEMA_IMAGE, "ghcr.io/a/b_c/d__e.f:1", NULL},
    {SCHEMA_IMAGE, "localhost:5000/a", NULL},
    {SCHEMA_IMAGE, "[::1]:5000/a", NULL},
    {SCHEMA_IMAGE, "a@sha256:" HEX64, NULL},
    {SCHEMA_IMAGE, "r.io/a:t@sha256:" HEX64, NULL},
    {SCHEMA_IMAGE, "a@sha256:abc", "digest"},
    {SCHEMA_IMAGE, "a@sha256:" HEX64 "00", "64 hex"},
    {SCHEMA_IMAGE, "a@", "digest"},
    {SCHEMA_IMAGE, "vLLM/vllm", "container image"},
    {SCHEMA_IMAGE, "Vllm", "lower case"},
    {SCHEMA_IMAGE, "a b", "container image"},
    {SCHEMA_IMAGE, "a:", "tag"},
    {SCHEMA_IMAGE, "a:-x", "tag"},
    {SCHEMA_IMAGE, "a//b", "container image"},
    {SCHEMA_IMAGE, "/a", "container image"},
    {SCHEMA_IMAGE, "https://ghcr.io/a", "container image"},
    {SCHEMA_IMAGE, "", "empty"},
    {SCHEMA_HEADER, "x-user-id", NULL},
    {SCHEMA_HEADER, "X_A", NULL},
    {SCHEMA_HEADER, "a b", "header"},
    {SCHEMA_HEADER, "a:", "header"},
    {SCHEMA_HEADER, "", "1 to 256"},
    {SCHEMA_PATTERN, "a(b|c)+", NULL},
    {SCHEMA_PATTERN, "a(", "regular expression"},
    {SCHEMA_PATTERN, "(?=a)", "look-around"},
    {SCHEMA_MODEL_NAME, "gpt-4", NULL},
    {SCHEMA_MODEL_NAME, "meta-llama/Llama-3.1-8B-Instruct", NULL},
    {SCHEMA_MODEL_NAME, "llama3:70b", NULL},
    {SCHEMA_MODEL_NAME, "", "1 to 253"},
    {SCHEMA_MODEL_NAME, "a b", "consist"},
    {SCHEMA_MODEL_NAME, "a,b", "consist"},
    {SCHEMA_MODEL_NAME, "$(HOME)", "consist"},
    {SCHEMA_MODEL_NAME, "a'b", "consist"},
    {SCHEMA_MODEL_NAME, "--model", "flag"},
    {SCHEMA_MODEL_SOURCE, "hf://meta-llama/Llama-2-70b-chat-hf", NULL},
    {SCHEMA_MODEL_SOURCE, "pvc://models/llama/3", NULL},
    {SCHEMA_MODEL_SOURCE, "/models/llama", NULL},
    {SCHEMA_MODEL_SOURCE, "hf://org", "hf://org/name"},
    {SCHEMA_MODEL_SOURCE, "hf://org/", "hf://org/name"},
    {SCHEMA_MODEL_SOURCE, "hf://org/name/more", "hf://org/name"},
    {SCHEMA_MODEL_SOURCE, "hf://org/name@main", "hf://org/name"},
    {SCHEMA_MODEL_SOURCE, "hf://-o/name", "hf://org/name"},
    {SCHEMA_MODEL_SOURCE, "pvc://models", "pvc://claim/path"},
    {SCHEMA_MODEL_SOURCE, "pvc:///path", "pvc://claim/path"},
    {SCHEMA_MODEL_SOURCE, "pvc://Models/x", "PersistentVolumeClaim"},
    {SCHEMA_MODEL_SOURCE, "pvc://m/../x", "'..'"},
    {SCHEMA_MODEL_SOURCE, "/models/../etc", "'..'"},
    {SCHEMA_MODEL_SOURCE, "/models/a b", "consist"},
    {SCHEMA_MODEL_SOURCE, "s3://bucket", "must be hf://"},
    {SCHEMA_MODEL_SOURCE, "meta/llama", "must be hf://"},
    {SCHEMA_RESOURCE_NAME, "cpu", NULL},
    {SCHEMA_RESOURCE_NAME, "nvidia.com/gpu", NULL},
    {SCHEMA_RESOURCE_NAME, "hugepages-2Mi", NULL},
    {SCHEMA_RESOURCE_NAME, "gpu", "its domain"},
    {SCHEMA_RESOURCE_NAME, "Memory", "its domain"},
    {SCHEMA_RESOURCE_NAME, "requests.nvidia.com/gpu", "quotas"},
    {SCHEMA_RESOURCE_NAME, "nvidia com/gpu", "DNS name"},
    {SCHEMA_URL_LIST, "http://a.b.svc:8000, https://c.io/v1 ,http://localhost", NULL},
    {SCHEMA_URL_LIST, "", "empty item"},
    {SCHEMA_URL_LIST, "http://a.io,", "end with a comma"},
    {SCHEMA_URL_LIST, "http://a.io,,http://b.io", "empty item"},
    {SCHEMA_URL_LIST, "http://a.io,file:///etc", "http://"},
    {SCHEMA_ENGINE_NAME, "vllm", NULL},
    {SCHEMA_CONFIG_KEY, "static_config.json", NULL},
    {SCHEMA_CONFIG_KEY, "a/b", "letters"},
    {SCHEMA_CONFIG_KEY, "..x", "'..'"},
    {SCHEMA_IP, "10.0.0.1", NULL},
    {SCHEMA_IP, "::1", NULL},
    {SCHEMA_IP, "::", NULL},
    {SCHEMA_IP, "fe80::1:2", NULL},
    {SCHEMA_IP, "1:2:3:4:5:6:7:8", NULL},
    {SCHEMA_IP, "::ffff:10.0.0.1", NULL},
    {SCHEMA_IP, "10.0.0", "IPv4"},
    {SCHEMA_IP, "10.0.0.256", "IPv4"},
    {SCHEMA_IP, "10.0.0.01", "IPv4"},
    {SCHEMA_IP, "1:2:3:4:5:6:7", "IPv4"},
    {SCHEMA_IP, "1:2:3:4:5:6:7:8:9", "IPv4"},
    {SCHEMA_IP, "1::2::3", "IPv4"},
    {SCHEMA_IP, "1:", "IPv4"},
    {SCHEMA_IP, ":1", "IPv4"},
    {SCHEMA_IP, "12345::", "IPv4"},
};

static void expect(const char *name, const char *text, const char *answer, const char *wrong)
{
    if (!wrong)
        cr_expect(answer == NULL, "%s '%s': %s", name, text, answer);
    else
        cr_expect(answer && strstr(answer, wrong), "%s '%s' should be wrong ('%s'), got: %s", name,
                  text, wrong, answer ? answer : "fine");
}

TEST(syntax, words)
{
    struct base_mem mem;

    base_mem_init(&mem, NULL);
    for (size_t i = 0; i < BASE_COUNT(words); i++)
        expect(schema_syntax_name(words[i].syntax), words[i].text,
               schema_syntax_check(words[i].syntax, words[i].text, &mem), words[i].wrong);
}

TEST(syntax, urls)
{
    static const struct {
        const char *url, *wrong;
    } urls[] = {
        {"http://localhost:9001", NULL},
        {"https://10.0.0.1", NULL},
        {"http://a-b.svc.cluster.local:8000/v1", NULL},
        {"http://vllm.Default.svc", NULL},
        {"HTTP://a.io", "lower case"},
        {"file:///etc/passwd", "http://"},
        {"ftp://a.io", "http://"},
        {"a.io:80", "http://"},
        {"http://", "no host"},
        {"http:///x", "no host"},
        {"http://:80", "no host"},
        {"http://u:p@a.io", "credentials"},
        {"http://u@a.io", "credentials"},
        {"http://a.io:0", "1 to 65535"},
        {"http://a.io:70000", "1 to 65535"},
        {"http://a.io:080", "1 to 65535"},
        {"http://a.io:99999999999999999999", "1 to 65535"},
        {"http://a.io:8o", "1 to 65535"},
        {"http://a.io:", "no port"},
        {"http://a.io:80:80", "1 to 65535"},
        {"http://backend:80", "without a dot"},
        {"http://a.b1", "all letters"},
        {"http://a.b", "single letter"},
        {"http://a..io", "neither"},
        {"http://-a.io", "neither"},
        {"http://a_b.io", "neither"},
        {"http://10.0.0.256", "all letters"},
        {"http://[::1]:80", "IPv6"},
        {"http://a.io?x=1", "query"},
        {"http://a.io/x#y", "query"},
        {"http://a b.io", "space"},
        {"http://a.io/\x01", "space"},
        {"", "empty"},
    };

    for (size_t i = 0; i < BASE_COUNT(urls); i++)
        expect("URL", urls[i].url, schema_url_check(urls[i].url, strlen(urls[i].url)),
               urls[i].wrong);
}

/* CRDs may be looser than we are, never stricter, so the patterns at least compile. */
TEST(syntax, patterns_compile)
{
    struct base_mem mem;

    base_mem_init(&mem, NULL);
    for (int syntax = SCHEMA_FREE; syntax <= SCHEMA_IP; syntax++) {
        unsigned max_length = 0;
        const char *pattern = schema_syntax_pattern((enum schema_syntax)syntax, &max_length);
        char reason[128];
        size_t offset;

        cr_expect(schema_syntax_name((enum schema_syntax)syntax)[0] != '\0');
        if (pattern)
            cr_expect(base_regex_check(&mem, pattern, &offset, reason) == NULL, "%s: %s", pattern,
                      reason);
    }
}
