/*
 * opcore/brain_report: what the metrics say of conditions, as objects come, change and
 * go; and of applies and rounds that should not be.
 */
#include "brain_rig.h"

#include <stdio.h>

static const char route[] =
    "{\"apiVersion\":\"production-stack.vllm.ai/v1alpha1\",\"kind\":\"StaticRoute\","
    "\"metadata\":{\"name\":\"route\"},\"spec\":{\"serviceDiscovery\":\"static\","
    "\"routingLogic\":\"roundrobin\","
    "\"staticBackends\":\"http://a.default.svc:1,http://b.default.svc:2\","
    "\"staticModels\":\"m1,m2\",\"configMapName\":\"route-config\"}}";
static const char service[] =
    "{\"apiVersion\":\"production-stack.vllm.ai/v1alpha1\",\"kind\":\"InferenceService\","
    "\"metadata\":{\"name\":\"chat\"},\"spec\":{\"modelName\":\"llama3\","
    "\"backendMode\":\"External\"}}";
static const char broken_route[] =
    "{\"apiVersion\":\"production-stack.vllm.ai/v1alpha1\",\"kind\":\"StaticRoute\","
    "\"metadata\":{\"name\":\"route\"},\"spec\":{\"serviceDiscovery\":\"static\","
    "\"routingLogic\":\"roundrobin\",\"staticBackends\":\"http://a.default.svc:1\","
    "\"staticModels\":\"m1,m2\",\"configMapName\":\"route-config\"}}";

static const char other_route[] =
    "{\"apiVersion\":\"production-stack.vllm.ai/v1alpha1\",\"kind\":\"StaticRoute\","
    "\"metadata\":{\"name\":\"route\"},\"spec\":{\"serviceDiscovery\":\"static\","
    "\"routingLogic\":\"roundrobin\",\"staticBackends\":\"http://c.default.svc:1\","
    "\"staticModels\":\"m1\",\"configMapName\":\"route-config\"}}";

struct page {
    char data[400000];
    size_t len;
};

static int append(void *ctx, const char *data, size_t len)
{
    struct page *page = ctx;

    cr_assert_lt(page->len + len, sizeof(page->data));
    memcpy(page->data + page->len, data, len);
    page->len += len;
    page->data[page->len] = '\0';
    return 0;
}

/* The value behind a series, which must be there. */
static double value_of(struct rig *rig, const char *series)
{
    static struct page page;
    const rctl_sink sink = {append, &page};
    const char *at;

    page.len = 0;
    cr_assert_eq(metrics_write(brain_metrics(rig->brain, rig->now), METRICS_TEXT, &sink), 0);
    at = strstr(page.data, series);
    cr_assert_not_null(at, "there is no %s", series);
    return strtod(at + strlen(series), NULL);
}

/* How many objects say so, counted anew from all that the server has. */
static unsigned count_anew(struct rig *rig, const char *kind, const char *type,
                           const char *status)
{
    const char *text = model_list(&rig->model, 0, MODEL_WHOLE);
    const struct text_node *items =
        text_get(model_parse(&rig->outside.arena, text, strlen(text)), "items");
    unsigned n = 0;

    for (uint32_t i = 0; i < items->len; i++) {
        const struct text_node *item = &items->u.items[i];
        const struct text_node *list = text_get(text_get(item, "status"), "conditions");

        for (uint32_t k = 0; list && k < list->len; k++)
            n += strcmp(text_get_str(item, "kind"), kind) == 0 &&
                 strcmp(text_get_str(&list->u.items[k], "type"), type) == 0 &&
                 strcmp(text_get_str(&list->u.items[k], "status"), status) == 0;
    }
    return n;
}

/* All series of conditions against the server's objects; how many objects they count. */
static unsigned check_conditions(struct rig *rig)
{
    static const char *const statuses[] = {"True", "False", "Unknown"};
    unsigned all = 0;

    for (size_t i = 0; i < rctl_controllers_count(); i++) {
        const rctl_controller *told = rctl_controllers_get(i);

        for (size_t k = 0; told->conditions[k]; k++)
            for (size_t s = 0; s < 3; s++) {
                unsigned n = count_anew(rig, told->kind, told->conditions[k], statuses[s]);
                char series[200];

                snprintf(series, sizeof(series),
                         "prodstack_cr_condition{kind=\"%s\",condition=\"%s\",status=\"%s\"} ",
                         told->kind, told->conditions[k], statuses[s]);
                cr_assert_eq(value_of(rig, series), n, "%s", series);
                all += n;
            }
    }
    return all;
}

static void expire_streams(struct rig *rig)
{
    static const struct answer expired = {410, ANSWER_REASON_NONE, 0};

    for (size_t i = 0; i < RIG_STREAMS; i++)
        if (rig->streams[i].id) {
            brain_done(rig->brain, rig->streams[i].id, &expired, NULL, rig->now, 1);
            rig->streams[i].id = 0;
        }
}

TEST(opcore_brain_report, conditions_are_counted_as_objects_come_change_and_go)
{
    struct rig rig;
    unsigned n;

    rig_start(&rig);
    rig_boot(&rig);
    cr_assert_eq(check_conditions(&rig), 0);
    rig_put(&rig, route);
    rig_put(&rig, service);
    rig_run(&rig, CORE_MINUTE);
    model_run(&rig.model);
    rig_run(&rig, CORE_MINUTE);
    n = check_conditions(&rig);
    cr_assert_gt(n, 5);
    cr_assert_eq(count_anew(&rig, "StaticRoute", "Accepted", "True"), 1);
    rig_put(&rig, broken_route);
    rig_run(&rig, CORE_MINUTE);
    cr_assert_gt(check_conditions(&rig), 5);
    cr_assert_eq(count_anew(&rig, "StaticRoute", "Accepted", "False"), 1);
    rig_put(&rig, route);
    rig_run(&rig, CORE_MINUTE);
    expire_streams(&rig); /* all is listed again */
    rig_run(&rig, CORE_MINUTE);
    cr_assert_eq(check_conditions(&rig), n);
    model_delete(&rig.model, "StaticRoute", "route");
    model_run(&rig.model);
    rig_run(&rig, CORE_MINUTE);
    cr_assert_lt(check_conditions(&rig), n);
    cr_assert_eq(count_anew(&rig, "StaticRoute", "Accepted", "True"), 0);
    rig_boot(&rig); /* what is found at the start counts as well */
    rig_run(&rig, CORE_SECOND);
    cr_assert_gt(check_conditions(&rig), 0);
    rig_stop(&rig);
}

TEST(opcore_brain_report, all_conditions_of_a_kind_have_their_bits)
{
    for (size_t i = 0; i < rctl_controllers_count(); i++) {
        const char *const *types = rctl_controllers_get(i)->conditions;
        size_t n = 0;

        while (types[n])
            n++;
        cr_assert_leq(n, OBJECT_CONDITIONS);
        cr_assert_leq(n * 2, sizeof(object_states) * 8);
    }
}

#define NOOPS "prodstack_apply_noop_total{controller=\"staticroute\"} "

TEST(opcore_brain_report, an_apply_that_changes_nothing_is_counted)
{
    struct rig rig;
    unsigned writes;

    rig_start(&rig);
    rig_put(&rig, route);
    rig_boot(&rig);
    rig_run(&rig, CORE_MINUTE);
    cr_assert_eq(value_of(&rig, NOOPS), 0, "%s", rig.log);
    rig.stubborn = true; /* such as by a webhook that takes each change back */
    writes = rig.writes;
    rig_put(&rig, other_route);
    rig_run(&rig, CORE_MINUTE);
    cr_assert_eq(rig_count(&rig, "APPLY ConfigMap route-config"), 2, "%s", rig.log);
    cr_assert_eq(value_of(&rig, NOOPS), rig.writes - writes, "%s", rig.log);
    rig_stop(&rig);
}

#define TIMEOUTS "controller_runtime_reconcile_timeouts_total{controller=\"staticroute\"} "

static void wait_long(struct rig *rig, const struct brain_call *call)
{
    (void)call;
    rig->now += 5 * CORE_SECOND;
    rig->before = NULL;
}

TEST(opcore_brain_report, rounds_that_ended_for_lack_of_an_answer_in_time_are_counted)
{
    struct rig rig;

    rig_start(&rig);
    rig_put(&rig, route);
    rig.refuse_at = 1;
    rig.refuse_with = 0; /* such as a connection that is refused at once */
    rig_boot(&rig);
    cr_assert_eq(value_of(&rig, TIMEOUTS), 0);
    rig_run(&rig, CORE_MINUTE);
    cr_assert_eq(value_of(&rig, TIMEOUTS), 0);
    rig.refuse_at = rig.writes + 1;
    rig.before = wait_long;
    rig_put(&rig, broken_route);
    rig_run(&rig, CORE_MINUTE);
    cr_assert_eq(value_of(&rig, TIMEOUTS), 1);
    rig_stop(&rig);
}
