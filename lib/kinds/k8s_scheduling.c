/*
 * Resources of containers and where pods go: selectors, tolerations, spreading.
 * The API server refuses what is refused here, mostly with words that do not tell
 * where; a selector that can never match it takes, and the pod waits for ever.
 */
#include "kinds/k8s.h"

static bool is_word(const char *text, const char *word)
{
    return text && strcmp(text, word) == 0;
}

/* ---- resources ---- */

/* A quantity as written, number or string; false when it is none. */
static bool amount(const struct text_node *node, int64_t *ret_milli)
{
    return node && (node->type == TEXT_STR || node->type == TEXT_INT || node->type == TEXT_FLOAT) &&
           base_num_quantity(node->u.str, ret_milli);
}

/* Devices and huge pages are handed out whole and never shared. */
static bool is_exclusive(const char *name)
{
    return (strchr(name, '/') && !strstr(name, "kubernetes.io/")) ||
           base_str_starts(name, "hugepages-");
}

static void check_amounts(struct schema_walk *walk, const struct text_node *map,
                          const struct text_path *path)
{
    for (uint32_t i = 0; map && map->type == TEXT_MAP && i < map->len; i++) {
        const struct text_pair *pair = &map->u.pairs[i];
        int64_t milli;

        if (!amount(&pair->value, &milli))
            continue;
        if (milli < 0)
            schema_fault(walk, DIAG_K8S_RESOURCE_AMOUNT, &pair->value, K8S_AT(path, pair->key),
                         "give zero or more", "'%.100s' is negative", pair->value.u.str);
        else if (is_exclusive(pair->key) && milli % 1000)
            schema_fault(walk, DIAG_K8S_RESOURCE_AMOUNT, &pair->value, K8S_AT(path, pair->key),
                         "give a whole number",
                         "'%.100s' is a fraction, and '%.100s' is handed out whole",
                         pair->value.u.str, pair->key);
    }
}

static void check_request(struct schema_walk *walk, const struct text_pair *pair,
                          const struct text_node *limits, const struct text_path *path)
{
    const struct text_node *limit = text_get(limits, pair->key);
    int64_t wants, most;

    if (!amount(&pair->value, &wants))
        return;
    if (!limit || limit->type == TEXT_NULL) {
        if (is_exclusive(pair->key))
            schema_fault(walk, DIAG_K8S_RESOURCE_AMOUNT, &pair->value, path,
                         "give the same amount under limits",
                         "'%.100s' is requested without a limit", pair->key);
    } else if (amount(limit, &most) && wants > most) {
        schema_fault(walk, DIAG_K8S_REQUEST_ABOVE_LIMIT, &pair->value, path,
                     "raise the limit, or lower the request",
                     "'%.100s' is more than the limit '%.100s'", pair->value.u.str, limit->u.str);
    } else if (amount(limit, &most) && wants != most && is_exclusive(pair->key)) {
        schema_fault(walk, DIAG_K8S_RESOURCE_AMOUNT, &pair->value, path,
                     "give the same amount in both places",
                     "'%.100s' is not the limit '%.100s', and '%.100s' cannot be overcommitted",
                     pair->value.u.str, limit->u.str, pair->key);
    }
}

K8S_CHECK(resources)
{
    const struct text_node *limits = text_get(node, "limits");
    const struct text_node *requests = text_get(node, "requests");

    check_amounts(walk, limits, K8S_AT(path, "limits"));
    check_amounts(walk, requests, K8S_AT(path, "requests"));
    for (uint32_t i = 0; requests && requests->type == TEXT_MAP && i < requests->len; i++) {
        const struct text_pair *pair = &requests->u.pairs[i];

        check_request(walk, pair, limits, K8S_AT(K8S_AT(path, "requests"), pair->key));
    }
}

K8S_CHECK(claim_resources)
{
    const struct text_node *requests = text_get(node, "requests");
    const struct text_node *storage = text_get(requests, "storage");
    int64_t milli;

    check_amounts(walk, text_get(node, "limits"), K8S_AT(path, "limits"));
    if (!storage || storage->type == TEXT_NULL)
        schema_fault(walk, DIAG_SCHEMA_MISSING_FIELD, requests ? requests : node,
                     K8S_AT(path, "requests"), "add 'storage', the size of the volume",
                     "required field 'storage' is missing");
    else if (amount(storage, &milli) && milli <= 0)
        schema_fault(walk, DIAG_K8S_RESOURCE_AMOUNT, storage,
                     K8S_AT(K8S_AT(path, "requests"), "storage"), "give more than zero",
                     "'%.100s' is not a size", storage->u.str);
}

K8S_CHECK(empty_dir)
{
    const struct text_node *limit = text_get(node, "sizeLimit");
    int64_t milli;

    if (amount(limit, &milli) && milli < 0)
        schema_fault(walk, DIAG_K8S_RESOURCE_AMOUNT, limit, K8S_AT(path, "sizeLimit"),
                     "give zero or more", "'%.100s' is negative", limit->u.str);
}

/* ---- selectors ---- */

static void check_integer(struct schema_walk *walk, const struct text_node *values,
                          const struct text_path *path, const char *operator)
{
    int64_t number;

    if (values->len != 1)
        schema_fault(walk, DIAG_K8S_SELECTOR_VALUES, values, path, "give one integer in quotes",
                     "operator %s needs exactly one value, not %u", operator,
                     (unsigned)values->len);
    else if (values->u.items[0].type == TEXT_STR &&
             !base_num_int(values->u.items[0].u.str, &number))
        schema_fault(walk, DIAG_K8S_SELECTOR_VALUES, &values->u.items[0], K8S_ITEM(path, 0),
                     "give one integer in quotes", "operator %s needs an integer, not '%.100s'",
                     operator, values->u.items[0].u.str);
}

K8S_CHECK(selector)
{
    const char *operator = text_get_str(node, "operator");
    const struct text_node *values = text_get(node, "values");
    const struct text_path *at = K8S_AT(path, "values");
    bool none = !values || values->type == TEXT_NULL ||
                (values->type == TEXT_LIST && values->len == 0);

    if (!operator || (!none && values->type != TEXT_LIST))
        return;
    if (is_word(operator, "Exists") || is_word(operator, "DoesNotExist")) {
        if (!none)
            schema_fault(walk, DIAG_K8S_SELECTOR_VALUES, values, at,
                         "remove the values, or use operator In", "operator %s takes no values",
                         operator);
    } else if (is_word(operator, "In") || is_word(operator, "NotIn") ||
               is_word(operator, "Gt") || is_word(operator, "Lt")) {
        if (none)
            schema_fault(walk, DIAG_K8S_SELECTOR_VALUES, values ? values : node, at,
                         "add values, or use operator Exists", "operator %s needs values",
                         operator);
        else if (operator[0] == 'G' || operator[0] == 'L')
            check_integer(walk, values, at, operator);
    }
}

K8S_CHECK(node_field)
{
    const struct text_node *values = text_get(node, "values");

    if (values && values->type == TEXT_LIST && values->len > 1)
        schema_fault(walk, DIAG_K8S_SELECTOR_VALUES, values, K8S_AT(path, "values"),
                     "give one node name; write a term for each node",
                     "a field selector takes exactly one value, not %u", (unsigned)values->len);
}

static void check_needs_selector(struct schema_walk *walk, const struct text_node *node,
                                 const struct text_path *path, const char *field)
{
    const struct text_node *keys = text_get(node, field);

    if (keys && keys->type == TEXT_LIST && keys->len && !k8s_is_set(node, "labelSelector"))
        schema_fault(walk, DIAG_K8S_CONFLICT, keys, K8S_AT(path, field),
                     "add labelSelector, or remove the keys", "'%s' needs a labelSelector", field);
}

static bool list_has(const struct text_node *list, const char *text)
{
    for (uint32_t i = 0; list && list->type == TEXT_LIST && i < list->len; i++)
        if (list->u.items[i].type == TEXT_STR && strcmp(list->u.items[i].u.str, text) == 0)
            return true;
    return false;
}

K8S_CHECK(label_keys)
{
    const struct text_node *match = text_get(node, "matchLabelKeys");
    const struct text_node *mismatch = text_get(node, "mismatchLabelKeys");

    check_needs_selector(walk, node, path, "matchLabelKeys");
    check_needs_selector(walk, node, path, "mismatchLabelKeys");
    for (uint32_t i = 0; match && match->type == TEXT_LIST && i < match->len; i++) {
        const struct text_node *key = &match->u.items[i];

        if (key->type == TEXT_STR && list_has(mismatch, key->u.str))
            schema_fault(walk, DIAG_K8S_CONFLICT, key,
                         K8S_ITEM(K8S_AT(path, "matchLabelKeys"), i), "keep it in one of the lists",
                         "'%.100s' is also in mismatchLabelKeys", key->u.str);
    }
}

/* ---- tolerations and spreading ---- */

K8S_CHECK(toleration)
{
    const char *key = text_get_str(node, "key"), *operator = text_get_str(node, "operator");
    const char *value = text_get_str(node, "value"), *effect = text_get_str(node, "effect");
    bool exists = is_word(operator, "Exists");

    if (key && key[0]) {
        const char *wrong = schema_syntax_check(SCHEMA_LABEL_KEY, key, walk->arena->mem);

        if (wrong)
            schema_fault(walk, DIAG_SCHEMA_BAD_SYNTAX, text_get(node, "key"), K8S_AT(path, "key"),
                         NULL, "'%.100s' %s", key, wrong);
    } else if (!exists && (key || !k8s_is_set(node, "key"))) {
        schema_fault(walk, DIAG_K8S_CONFLICT, node, path,
                     "add a key, or use operator Exists to tolerate every taint",
                     "a toleration without a key needs operator Exists");
    }
    if (exists && value && value[0])
        schema_fault(walk, DIAG_K8S_CONFLICT, text_get(node, "value"), K8S_AT(path, "value"),
                     "remove the value, or use operator Equal", "operator Exists takes no value");
    if (k8s_is_set(node, "tolerationSeconds") && !is_word(effect, "NoExecute"))
        schema_fault(walk, DIAG_K8S_CONFLICT, text_get(node, "tolerationSeconds"),
                     K8S_AT(path, "tolerationSeconds"), "set effect to NoExecute",
                     "tolerationSeconds is only for effect NoExecute");
}

K8S_CHECK(spread)
{
    check_needs_selector(walk, node, path, "matchLabelKeys");
    if (k8s_is_set(node, "minDomains") &&
        is_word(text_get_str(node, "whenUnsatisfiable"), "ScheduleAnyway"))
        schema_fault(walk, DIAG_K8S_CONFLICT, text_get(node, "minDomains"),
                     K8S_AT(path, "minDomains"), "set whenUnsatisfiable to DoNotSchedule",
                     "minDomains does not go with ScheduleAnyway");
}
