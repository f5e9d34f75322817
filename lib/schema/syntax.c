/*
 * What a string may look like, written out by hand: names of Kubernetes, paths,
 * headers, models. Answers are ends of sentences in static storage. The patterns
 * that CRDs carry stand beside the checks and may be looser, never stricter.
 */
#include "schema/schema.h"

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_lower(char c)
{
    return c >= 'a' && c <= 'z';
}

static bool is_lower_alnum(char c)
{
    return is_lower(c) || is_digit(c);
}

static bool is_alnum(char c)
{
    return is_lower_alnum(c) || (c >= 'A' && c <= 'Z');
}

static bool is_alnum_or(char c, const char *others)
{
    return is_alnum(c) || (c != '\0' && strchr(others, c) != NULL);
}

static bool all_alnum_or(const char *text, size_t len, const char *others)
{
    for (size_t i = 0; i < len; i++)
        if (!is_alnum_or(text[i], others))
            return false;
    return true;
}

/* ---- names of Kubernetes ---- */

static const char *dns_label(const char *text, size_t len)
{
    if (len == 0)
        return "must not be empty";
    if (len > 63)
        return "must be at most 63 characters long";
    for (size_t i = 0; i < len; i++)
        if (!is_lower_alnum(text[i]) && text[i] != '-')
            return "must consist of lower-case letters, digits and '-'";
    if (text[0] == '-' || text[len - 1] == '-')
        return "must start and end with a letter or a digit";
    return NULL;
}

static const char *dns_subdomain(const char *text, size_t len)
{
    size_t start = 0;

    if (len == 0)
        return "must not be empty";
    if (len > 253)
        return "must be at most 253 characters long";
    for (size_t i = 0; i <= len; i++) {
        if (i < len && text[i] != '.') {
            if (!is_lower_alnum(text[i]) && text[i] != '-')
                return "must consist of lower-case letters, digits, '-' and '.'";
            continue;
        }
        if (i == start || text[start] == '-' || text[i - 1] == '-')
            return "must start and end with a letter or a digit, also around each '.'";
        start = i + 1;
    }
    return NULL;
}

static const char *service_name(const char *text, size_t len)
{
    const char *wrong = dns_label(text, len);

    return wrong || is_lower(text[0]) ? wrong : "must start with a letter";
}

static const char *label_name(const char *text, size_t len)
{
    if (len > 63)
        return "must be at most 63 characters long";
    if (!all_alnum_or(text, len, "-_."))
        return "must consist of letters, digits, '-', '_' and '.'";
    if (!is_alnum(text[0]) || !is_alnum(text[len - 1]))
        return "must start and end with a letter or a digit";
    return NULL;
}

static const char *label_key(const char *text, size_t len)
{
    const char *slash = memchr(text, '/', len);
    size_t prefix = slash ? (size_t)(slash - text) : 0, skip = slash ? prefix + 1 : 0;

    if (len == skip)
        return "must have a name";
    if (slash && dns_subdomain(text, prefix))
        return "must have a DNS name in front of the '/'";
    if (memchr(text + skip, '/', len - skip))
        return "must have at most one '/'";
    return label_name(text + skip, len - skip);
}

static const char *env_name(const char *text, size_t len)
{
    if (len == 0)
        return "must not be empty";
    if (!all_alnum_or(text, len, "-._") || is_digit(text[0]))
        return "must consist of letters, digits, '_', '-' and '.', and not start with a digit";
    if (text[0] == '.' && (len == 1 || text[1] == '.'))
        return "must not be '.' nor start with '..'";
    return NULL;
}

static const char *port_name(const char *text, size_t len)
{
    bool letter = false;

    if (len == 0 || len > 15)
        return "must be 1 to 15 characters long";
    for (size_t i = 0; i < len; i++) {
        if (!is_lower_alnum(text[i]) && text[i] != '-')
            return "must consist of lower-case letters, digits and '-'";
        if (text[i] == '-' && (i == 0 || i + 1 == len || text[i + 1] == '-'))
            return "must not have a '-' at an end nor two in a row";
        letter = letter || is_lower(text[i]);
    }
    return letter ? NULL : "must have at least one letter";
}

static const char *resource_name(const char *text, size_t len)
{
    static const char *const standard[] = {"cpu", "memory", "ephemeral-storage", NULL};
    const char *wrong = label_key(text, len);

    if (wrong)
        return wrong;
    if (memchr(text, '/', len))
        return strncmp(text, "requests.", 9) == 0
                   ? "must not start with 'requests.', which is for quotas"
                   : NULL;
    if (base_str_in(text, standard) || (strncmp(text, "hugepages-", 10) == 0 && len > 10))
        return NULL;
    return "is no resource of a container; a device needs its domain, as in nvidia.com/gpu";
}

static const char *config_key(const char *text, size_t len)
{
    if (len == 0 || len > 253)
        return "must be 1 to 253 characters long";
    if (!all_alnum_or(text, len, "-._"))
        return "must consist of letters, digits, '-', '_' and '.'";
    if (text[0] == '.' && (len == 1 || text[1] == '.'))
        return "must not be '.' nor start with '..'";
    return NULL;
}

/* ---- paths and addresses ---- */

static const char *path_fault(const char *text, size_t len)
{
    for (size_t i = 0, start = 0; i <= len; i++) {
        if (i < len && ((unsigned char)text[i] < ' ' || text[i] == 0x7f))
            return "must not have control characters";
        if (i < len && text[i] != '/')
            continue;
        if (i - start == 2 && text[start] == '.' && text[start + 1] == '.')
            return "must not have '..' as a step";
        start = i + 1;
    }
    return NULL;
}

static const char *abs_path(const char *text, size_t len)
{
    return text[0] == '/' ? path_fault(text, len) : "must start with '/'";
}

static const char *rel_path(const char *text, size_t len)
{
    if (len == 0)
        return "must not be empty";
    return text[0] == '/' ? "must not start with '/'" : path_fault(text, len);
}

static bool is_hex(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* Groups of up to four hex digits apart by ':', one '::' at most, perhaps an IPv4 tail. */
static bool is_ipv6(const char *text, size_t len)
{
    unsigned groups = 0, digits = 0;
    bool gap = false;

    for (size_t i = 0; i < len; i++) {
        if (is_hex(text[i])) {
            if (digits == 0 && groups > 0 && memchr(text + i, '.', len - i) &&
                !memchr(text + i, ':', len - i))
                return schema_is_ipv4(text + i, len - i) && (gap ? groups <= 5 : groups == 6);
            groups += digits++ == 0;
            if (digits > 4 || groups > 8)
                return false;
        } else if (text[i] == ':' && i + 1 < len && text[i + 1] == ':' && !gap) {
            gap = true;
            digits = 0;
            i++;
        } else if (text[i] == ':' && digits > 0 && i + 1 < len) {
            digits = 0;
        } else {
            return false;
        }
    }
    return gap ? groups <= 7 : groups == 8;
}

static const char *ip_address(const char *text, size_t len)
{
    return schema_is_ipv4(text, len) || is_ipv6(text, len) ? NULL
                                                           : "must be an IPv4 or IPv6 address";
}

static const char *version_word(const char *text, size_t len)
{
    size_t at = strspn(text, "0123456789");

    if (len > 63)
        return "must be at most 63 characters long";
    return at > 0 && text[at] == '.' && text[at + 1] >= '0' && text[at + 1] <= '9' &&
                   all_alnum_or(text, len, ".+-")
               ? NULL
               : "must be a version of numbers apart by dots, such as 1.13.0";
}

static const char *host_name(const char *text, size_t len)
{
    bool wild = len > 2 && text[0] == '*' && text[1] == '.';

    return wild ? dns_subdomain(text + 2, len - 2) : dns_subdomain(text, len);
}

static const char *http_header(const char *text, size_t len)
{
    if (len == 0 || len > 256)
        return "must be 1 to 256 characters long";
    return all_alnum_or(text, len, "!#$%&'*+-.^_`|~")
               ? NULL
               : "must be the name of an HTTP header: letters, digits and '-'";
}

static const char *url_list(const char *text, size_t len)
{
    for (size_t i = 0, start = 0; i <= len; i++) {
        size_t end = i;
        const char *wrong;

        if (i < len && text[i] != ',')
            continue;
        while (start < end && text[start] == ' ')
            start++;
        while (end > start && text[end - 1] == ' ')
            end--;
        if (start == end)
            return i == len && start > 0 ? "must not end with a comma"
                                         : "must not have an empty item";
        wrong = schema_url_check(text + start, end - start);
        if (wrong)
            return wrong;
        start = i + 1;
    }
    return NULL;
}

/* ---- models ---- */

/* Such a name can stand in an argument list, a comma list and a shell alike. */
static const char *model_word(const char *text, size_t len)
{
    if (len == 0 || len > 253)
        return "must be 1 to 253 characters long";
    if (text[0] == '-')
        return "must not start with '-', which makes it look like a flag";
    return all_alnum_or(text, len, "._-/:@+=~#")
               ? NULL
               : "must consist of letters, digits and . _ - / : @ + = ~ #";
}

static const char *hub_name(const char *text, size_t len)
{
    const char *slash = memchr(text, '/', len);
    size_t org = slash ? (size_t)(slash - text) : 0;

    if (org == 0 || org + 1 == len || org > 96 || len - org - 1 > 96 ||
        memchr(slash + 1, '/', len - org - 1))
        return "must be hf://org/name";
    if (!all_alnum_or(text, len, "-._/") || !is_alnum(text[0]) || !is_alnum_or(slash[1], "_"))
        return "must be hf://org/name, of letters, digits, '-', '_' and '.'";
    return path_fault(text, len);
}

static const char *claim_path(const char *text, size_t len)
{
    const char *slash = memchr(text, '/', len);
    size_t claim = slash ? (size_t)(slash - text) : 0;

    if (claim == 0 || claim + 1 == len || slash[1] == '/')
        return "must be pvc://claim/path";
    if (dns_subdomain(text, claim))
        return "must name a PersistentVolumeClaim after pvc://";
    return all_alnum_or(slash, len - claim, "._-/:@+=~#")
               ? path_fault(slash, len - claim)
               : "must have a path of letters, digits and . _ - / : @ + = ~ #";
}

static const char *model_source(const char *text, size_t len)
{
    const char *wrong;

    if (strncmp(text, "hf://", 5) == 0)
        return hub_name(text + 5, len - 5);
    if (strncmp(text, "pvc://", 6) == 0)
        return claim_path(text + 6, len - 6);
    if (text[0] != '/')
        return "must be hf://org/name, pvc://claim/path or an absolute path";
    wrong = model_word(text, len);
    return wrong ? wrong : path_fault(text, len);
}

/* ---- the table ---- */

static const struct {
    enum schema_syntax syntax; /* only to be read; rows stand in the order of the enum */
    const char *name;
    const char *(*check)(const char *text, size_t len); /* NULL: anything goes */
    unsigned max_length;
    const char *pattern; /* NULL: CRDs leave it to the webhook */
} table[] = {
    {SCHEMA_FREE, "text", NULL, 0, NULL},
    {SCHEMA_DNS_LABEL, "DNS label", dns_label, 63, "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$"},
    {SCHEMA_DNS_SUBDOMAIN, "DNS name", dns_subdomain, 253,
     "^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$"},
    {SCHEMA_SERVICE_NAME, "name of a Service", service_name, 63, "^[a-z]([-a-z0-9]*[a-z0-9])?$"},
    {SCHEMA_LABEL_KEY, "label key", label_key, 317,
     "^([-a-z0-9.]+/)?[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$"},
    {SCHEMA_LABEL_VALUE, "label value", NULL, 63, "^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$"},
    {SCHEMA_ENV_NAME, "name of an environment variable", env_name, 0,
     "^[-._a-zA-Z][-._a-zA-Z0-9]*$"},
    {SCHEMA_PORT_NAME, "port name", port_name, 15, "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$"},
    {SCHEMA_ABS_PATH, "absolute path", abs_path, 0, "^/"},
    {SCHEMA_IMAGE, "container image", schema_image_check, 511, "^[a-zA-Z0-9\\[]"},
    {SCHEMA_HEADER, "HTTP header", http_header, 256, "^[-!#$%&'*+.^_`|~0-9A-Za-z]+$"},
    {SCHEMA_PATTERN, "regular expression", NULL, 4096, NULL},
    {SCHEMA_MODEL_NAME, "model name", model_word, 253,
     "^[0-9A-Za-z._/:@+=~#][-0-9A-Za-z._/:@+=~#]*$"},
    {SCHEMA_MODEL_SOURCE, "model source", model_source, 0, "^(hf://|pvc://|/)"},
    {SCHEMA_RESOURCE_NAME, "resource name", resource_name, 317, NULL},
    {SCHEMA_URL_LIST, "list of URLs", url_list, 0, "^ *https?://"},
    {SCHEMA_ENGINE_NAME, "name of an engine", NULL, 0, NULL},
    {SCHEMA_CONFIG_KEY, "key of a ConfigMap", config_key, 253, "^[-._a-zA-Z0-9]+$"},
    {SCHEMA_REL_PATH, "relative path", rel_path, 0, "^[^/]"},
    {SCHEMA_IP, "IP address", ip_address, 0, NULL},
    {SCHEMA_ROUTER_NAME, "name of a router", NULL, 0, NULL},
    {SCHEMA_VERSION, "version", version_word, 63, "^[0-9]+(\\.[0-9]+)+[0-9A-Za-z.+-]*$"},
    {SCHEMA_HOST_NAME, "host name", host_name, 253,
     "^(\\*\\.)?[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$"},
};

const char *schema_syntax_check(enum schema_syntax syntax, const char *text, struct base_mem *mem)
{
    char reason[128];
    size_t offset;

    assert((size_t)syntax < BASE_COUNT(table) && table[syntax].syntax == syntax);
    if (syntax == SCHEMA_PATTERN) {
        const char *wrong = base_regex_check(mem, text, &offset, reason);

        if (!wrong)
            return NULL;
        return wrong == reason ? "is not a regular expression" : wrong;
    }
    if (syntax == SCHEMA_LABEL_VALUE)
        return text[0] ? label_name(text, strlen(text)) : NULL;
    return table[syntax].check ? table[syntax].check(text, strlen(text)) : NULL;
}

const char *schema_syntax_pattern(enum schema_syntax syntax, unsigned *ret_max_length)
{
    assert((size_t)syntax < BASE_COUNT(table));
    *ret_max_length = table[syntax].max_length;
    return table[syntax].pattern;
}

const char *schema_syntax_name(enum schema_syntax syntax)
{
    assert((size_t)syntax < BASE_COUNT(table));
    return table[syntax].name;
}
