/*
 * The plan of rctl run-local: which processes stand for what is rendered, and which words
 * they get. Objects are JSON as rctl hands them over, cut down to what matters.
 */
#include "run/plan.h"
#include "support/test.h"

#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define META(name, component, app)                                                                 \
    "\"metadata\": {\"name\": \"" name "\", \"namespace\": \"team\", \"labels\": {"                \
    "\"app.kubernetes.io/component\": \"" component "\", \"app.kubernetes.io/name\": \"" app "\"}}"
#define POD(name, component, more, container)                                                      \
    "\"spec\": {\"replicas\": 2, \"template\": {\"metadata\": {\"labels\": {\"of\": \"" name "\"," \
    " \"model\": \"" name "\", \"role\": \"" component "\"}" more "}, \"spec\": {" container "}}}"
#define OWNED(kind, name, object)                                                                  \
    "{\"owner\": {\"kind\": \"" kind "\", \"namespace\": \"team\", \"name\": \"" name "\"},"       \
    " \"object\": {" object "}}"
#define SERVICE(name)                                                                              \
    OWNED("InferenceService", name,                                                                \
          "\"kind\": \"Service\", " META(name, "engine", "vllm") ", \"spec\": {\"selector\": "     \
          "{\"of\": \"" name "\"}, \"ports\": [{\"port\": 8000}]}")
#define ENGINE_ROLE(name, component, more, args)                                                   \
    OWNED("InferenceService", name,                                                                \
          "\"kind\": \"Deployment\", " META(name, component, "vllm") ", "                          \
          POD(name, component, more, "\"containers\": [{\"args\": [" args "]}]"))                  \
    ", " SERVICE(name)
#define ENGINE(name, model)                                                                        \
    ENGINE_ROLE(name, "engine", "", "\"x\", \"--served-model-name\", \"" model "\"")
#define ROUTER(app, args, more, volumes)                                                           \
    OWNED("InferenceGateway", "gate",                                                              \
          "\"kind\": \"Deployment\", " META("gate", "gateway", app) ", "                           \
          POD("gate", "gateway", "", volumes "\"containers\": [{\"args\": [" args "], "            \
              "\"ports\": [{\"name\": \"http\", \"containerPort\": 8000}], " more                  \
              "\"readinessProbe\": {\"httpGet\": {\"path\": \"/ready\", \"port\": \"http\"}}}]"))  \
    ", " OWNED("InferenceGateway", "gate",                                                         \
               "\"kind\": \"Service\", " META("gate", "gateway", app) ", \"spec\": "               \
               "{\"selector\": {\"of\": \"gate\"}}")
#define GATEWAY(routes)                                                                            \
    "{\"kind\": \"InferenceGateway\", \"namespace\": \"team\", \"name\": \"gate\","                \
    " \"spec\": {\"sessionAffinity\": true, \"sessionKey\": \"x-who\","                            \
    " \"routes\": [" routes "]}}"
#define WORLD(objects, sources) "{\"objects\": [" objects "], \"sources\": [" sources "]}"
#define LISTEN "\"--host\", \"0.0.0.0\", \"--port\", \"8000\""

struct made {
    struct json_object *root;
    struct plan plan;
    bool fine;
};

static unsigned next_port;

static unsigned port(void *ctx)
{
    (void)ctx;
    return next_port++;
}

static struct made make(const char *text, struct plan_wish wish)
{
    struct made made = {.root = json_tokener_parse(text)};

    cr_assert(made.root, "the test's own JSON is broken");
    next_port = 10000;
    wish.port = port;
    wish.folder = "/tmp/x";
    wish.most_replicas = 3;
    made.fine = plan_make(&made.plan, made.root, &wish);
    return made;
}

static void done(struct made *made)
{
    plan_done(&made->plan);
    json_object_put(made->root);
}

/* The words of a process, with spaces between them. */
static const char *words(struct made *made, const char *name)
{
    const struct plan_process *process = plan_find(&made->plan, name);
    const char *text = "";

    cr_assert(process, "there is no %s", name);
    for (size_t i = 0; i < process->words.n_items; i++)
        text = pool_format(made->plan.pool, "%s%s%s", text, i ? " " : "", process->words.items[i]);
    return text;
}

static const char *first(const struct texts *texts)
{
    return texts->n_items ? texts->items[0] : "";
}

static const struct plan_wish fakes = {.fake_engines = true};

TEST(plan, names_of_services_and_ports_become_local)
{
    struct made made = make(
        WORLD(ENGINE("chat", "m") ", " ROUTER("smg", LISTEN ", \"--prometheus-port=29000\", "
              "\"--worker-urls\", \"http://chat.team.svc:8000\", \"http://chat:8000\", "
              "\"http://chat.team.svc.cluster.local:8000/v1\"", "", ""),
              GATEWAY("{\"model\": \"m\", \"inferenceServiceRef\": \"chat\"}")),
        fakes);

    cr_assert(made.fine);
    cr_assert_str_eq(words(&made, "gate"),
                     "--host 127.0.0.1 --port 10001 --prometheus-port 10002 --worker-urls "
                     "http://127.0.0.1:10000 http://127.0.0.1:10000 http://127.0.0.1:10000/v1");
    cr_assert_str_eq(plan_find(&made.plan, "gate")->url, "http://127.0.0.1:10001");
    cr_assert_str_eq(plan_find(&made.plan, "gate")->ready, "/ready");
    cr_assert_str_eq(plan_find(&made.plan, "gate")->session_key, "x-who");
    cr_assert_eq(made.plan.n_items, 2, "one engine stands for the Service");
    cr_assert_null(plan_find(&made.plan, "gate")->why_not);
    done(&made);
}

TEST(plan, variables_and_secrets_are_filled_in)
{
    struct made made = make(
        WORLD(ENGINE("chat", "m") ", " ROUTER("smg", LISTEN ", \"--api-key\", \"$(KEY)\", \"--x\", "
              "\"a$(NAME)b$$(NAME)$(NONE)$\"", "\"env\": [{\"name\": \"KEY\", \"valueFrom\": "
              "{\"secretKeyRef\": {\"name\": \"s\", \"key\": \"k\"}}}, {\"name\": \"NAME\", "
              "\"value\": \"v\"}, {\"name\": \"IP\", \"valueFrom\": {\"fieldRef\": "
              "{\"fieldPath\": \"status.podIP\"}}}],", ""), ""),
        fakes);
    const struct plan_process *gate = plan_find(&made.plan, "gate");

    cr_assert_str_eq(words(&made, "gate"), "--host 127.0.0.1 --port 10001 --api-key local-key "
                                           "--x avb$(NAME)$(NONE)$");
    cr_assert_str_eq(gate->key, "local-key");
    cr_assert_eq(gate->env.n_items, 3);
    cr_assert_str_eq(gate->env.items[0], "KEY=local-key");
    cr_assert_str_eq(gate->env.items[2], "IP=127.0.0.1");
    cr_assert_eq(made.plan.notes.n_items, 1);
    done(&made);
}

TEST(plan, mounted_files_lie_below_the_folder)
{
    struct made made = make(
        WORLD(ENGINE("chat", "m") ", " OWNED("InferenceGateway", "gate",
              "\"kind\": \"ConfigMap\", " META("files", "gateway", "smg") ", \"data\": "
              "{\"w.json\": \"{\\\"url\\\": \\\"http://chat.team.svc:8000\\\"}\"}") ", "
              ROUTER("smg", LISTEN ", \"--discovery-file\", \"/etc/router/w.json\", "
                     "\"--other\", \"/etc/routers\"",
                     "\"env\": [{\"name\": \"HOME\", \"value\": \"/tmp\"}], \"volumeMounts\": "
                     "[{\"name\": \"f\", \"mountPath\": \"/etc/router\"}, {\"name\": \"t\", "
                     "\"mountPath\": \"/tmp\"}],", "\"volumes\": [{\"name\": \"f\", \"configMap\": "
                     "{\"name\": \"files\"}}, {\"name\": \"t\", \"emptyDir\": {}}], "), ""),
        fakes);
    const struct plan_process *gate = plan_find(&made.plan, "gate");

    cr_assert_str_eq(words(&made, "gate"),
                     "--host 127.0.0.1 --port 10001 --discovery-file "
                     "/tmp/x/gate/etc/router/w.json --other /etc/routers");
    cr_assert_eq(gate->n_files, 2);
    cr_assert_str_eq(gate->files[0].path, "/tmp/x/gate/etc/router/w.json");
    cr_assert_str_eq(gate->files[0].text, "{\"url\": \"http://127.0.0.1:10000\"}");
    cr_assert_str_eq(gate->files[1].path, "/tmp/x/gate/tmp");
    cr_assert_null(gate->files[1].text);
    cr_assert_str_eq(gate->env.items[0], "HOME=/tmp/x/gate/tmp");
    done(&made);
}

TEST(plan, a_secret_that_is_mounted_cannot_be_had)
{
    struct made made = make(
        WORLD(ENGINE("chat", "m") ", " ROUTER("smg", LISTEN, "\"volumeMounts\": [{\"name\": "
              "\"ca\", \"mountPath\": \"/ca\"}],", "\"volumes\": [{\"name\": \"ca\", \"secret\": "
              "{\"secretName\": \"s\"}}], "), ""), fakes);

    cr_assert_str_eq(plan_find(&made.plan, "gate")->why_not,
                     "it mounts ca, which is not rendered");
    done(&made);
}

TEST(plan, nothing_is_mounted_outside_of_the_folder)
{
    static const char *const paths[] = {"/../x", "etc", "/a/..", ""};

    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        char text[8192];
        struct made made;

        snprintf(text, sizeof(text),
                 WORLD(ENGINE("chat", "m") ", " ROUTER("smg", LISTEN, "\"volumeMounts\": "
                       "[{\"name\": \"t\", \"mountPath\": \"%s\"}],", "\"volumes\": "
                       "[{\"name\": \"t\", \"emptyDir\": {}}], "), ""), paths[i]);
        made = make(text, fakes);
        cr_assert_not_null(plan_find(&made.plan, "gate")->why_not, "%s", paths[i]);
        cr_assert_eq(plan_find(&made.plan, "gate")->n_files, 0);
        done(&made);
    }
}

TEST(plan, pods_are_listed_where_kubernetes_would_be_asked)
{
    struct made made = make(
        WORLD(ENGINE("chat", "m") ", " ENGINE("other", "m") ", "
              ROUTER("smg", LISTEN ", \"--service-discovery\", \"--selector\", \"of=chat\", "
                     "\"model=chat\", \"--service-discovery-port\", \"8000\", "
                     "\"--service-discovery-namespace\", \"team\", \"--policy\", \"random\"",
                     "", ""), ""), fakes);

    cr_assert_str_eq(words(&made, "gate"),
                     "--host 127.0.0.1 --port 10003 --policy random --worker-urls "
                     "http://127.0.0.1:10000 http://127.0.0.1:10001");
    cr_assert_eq(made.plan.n_items, 4, "two replicas of the one, one of the other");
    cr_assert_eq(made.plan.notes.n_items, 1);
    done(&made);
}

TEST(plan, halves_are_listed_with_their_bootstrap_ports)
{
    struct made made = make(
        WORLD(ENGINE_ROLE("p", "prefill", ", \"annotations\": {\"sglang.ai/bootstrap-port\": "
                          "\"8998\"}", "\"--model-path\", \"m\", "
                          "\"--disaggregation-bootstrap-port\", \"8998\"") ", "
              ENGINE_ROLE("d", "decode", "", "\"--model-path\", \"m\"") ", "
              ROUTER("sglang-router", LISTEN ", \"--pd-disaggregation\", \"--service-discovery\", "
                     "\"--prefill-selector\", \"role=prefill\", \"--decode-selector\", "
                     "\"role=decode\"", "", ""), ""), fakes);
    const struct plan_process *gate = plan_find(&made.plan, "gate");

    cr_assert_str_eq(words(&made, "gate"),
                     "--host 127.0.0.1 --port 10006 --pd-disaggregation "
                     "--prefill http://127.0.0.1:10001 10000 "
                     "--prefill http://127.0.0.1:10003 10002 --decode http://127.0.0.1:10004 "
                     "--decode http://127.0.0.1:10005");
    cr_assert_eq(gate->n_wants, 1);
    cr_assert_eq(gate->wants[0].backends.n_items, 2, "decode halves answer");
    cr_assert_str_eq(gate->wants[0].backends.items[0], "d-0");
    done(&made);
}

TEST(plan, a_bootstrap_port_behind_a_url_is_that_of_the_engine)
{
    struct made made = make(
        WORLD(ENGINE_ROLE("p", "prefill", "", "\"--model-path\", \"m\", "
                          "\"--disaggregation-bootstrap-port\", \"8998\"") ", "
              ROUTER("sglang-router", LISTEN ", \"--prefill\", \"http://p.team.svc:8000\", "
                     "\"8998\", \"--prefill\", \"http://p.team.svc:8000\", \"8999\"", "", ""), ""),
        fakes);

    cr_assert_str_eq(words(&made, "gate"),
                     "--host 127.0.0.1 --port 10002 --prefill http://127.0.0.1:10001 10000 "
                     "--prefill http://127.0.0.1:10001 8999", "a wrong one stays wrong");
    done(&made);
}

TEST(plan, production_stack_gets_lists)
{
    struct made made = make(
        WORLD(ENGINE("chat", "m") ", " ENGINE("other", "n") ", "
              ROUTER("production-stack", LISTEN ", \"--service-discovery\", \"k8s\", "
                     "\"--k8s-port\", \"8000\", \"--k8s-namespace\", \"team\", "
                     "\"--k8s-label-selector\", \"role=engine,of in (chat,other)\", "
                     "\"--prefill-model-labels\", \"chat\"", "", ""), ""), fakes);

    cr_assert_str_eq(words(&made, "gate"),
                     "--host 127.0.0.1 --port 10004 --prefill-model-labels chat "
                     "--service-discovery static --static-backends http://127.0.0.1:10000,"
                     "http://127.0.0.1:10001,http://127.0.0.1:10002,http://127.0.0.1:10003 "
                     "--static-models m,m,n,n --static-model-labels chat,chat,other,other");
    done(&made);
}

TEST(plan, selectors_that_find_nothing_are_told)
{
    static const char *const selectors[] = {"of=char", "of in (char,cha)", "of in (", "of",
                                            "of!=chat", "of=chat,of=other", "=chat", "of in chat"};

    for (size_t i = 0; i < sizeof(selectors) / sizeof(selectors[0]); i++) {
        char text[8192];
        struct made made;

        snprintf(text, sizeof(text),
                 WORLD(ENGINE("chat", "m") ", "
                       ROUTER("production-stack", LISTEN ", \"--service-discovery\", \"k8s\", "
                              "\"--k8s-label-selector\", \"%s\"", "", ""), ""), selectors[i]);
        made = make(text, fakes);
        cr_assert_not_null(plan_find(&made.plan, "gate")->why_not, "%s", selectors[i]);
        done(&made);
    }
}

TEST(plan, routes_tell_who_must_answer)
{
    struct made made = make(
        WORLD(ENGINE("chat", "m") ", " ENGINE("other", "m") ", " ENGINE("third", "n") ", "
              ROUTER("smg", LISTEN ", \"--worker-urls\", \"http://chat.team.svc:8000\", "
                     "\"http://other.team.svc:8000\", \"http://third.team.svc:8000\"", "", ""),
              GATEWAY("{\"model\": \"m\", \"aliases\": [\"a\", \"b\"], \"inferenceServiceRef\": "
                      "\"chat\"}, {\"model\": \"n\", \"inferenceServiceRef\": {\"name\": "
                      "\"third\"}}, {\"model\": \"n\", \"inferenceServiceRef\": \"chat\"}")),
        fakes);
    const struct plan_process *gate = plan_find(&made.plan, "gate");

    cr_assert_eq(gate->n_wants, 4);
    for (size_t i = 0; i < 3; i++) {
        cr_assert_eq(gate->wants[i].backends.n_items, 1);
        cr_assert_str_eq(gate->wants[i].backends.items[0], "chat-0");
        cr_assert_str_eq(gate->wants[i].model, "m");
    }
    cr_assert_str_eq(gate->wants[2].asked, "b");
    cr_assert_str_eq(gate->wants[3].asked, "n");
    cr_assert_str_eq(first(&gate->wants[3].backends), "third-0");
    done(&made);
}

TEST(plan, engines_of_the_user)
{
    const char *urls[] = {"chat=http://1.2.3.4:5/", "n=https://example.org"};
    struct plan_wish wish = {.engines = {urls, 2, 0}};
    struct made made = make(WORLD(ENGINE("chat", "m") ", " ENGINE("other", "n") ", "
                                  ROUTER("smg", LISTEN ", \"--worker-urls\", "
                                         "\"http://chat:8000\", \"http://other:8000\"", "", ""),
                                  ""),
                            wish);

    cr_assert(made.fine);
    cr_assert_str_eq(words(&made, "gate"), "--host 127.0.0.1 --port 10000 --worker-urls "
                                           "http://1.2.3.4:5 https://example.org");
    cr_assert(plan_find(&made.plan, "chat-0")->theirs);
    done(&made);
}

TEST(plan, what_the_user_names_must_be_there)
{
    const char *engines[] = {"nobody=http://x"}, *routers[] = {"vllm=x", "gate=y",
                                                                  "vllm-router=z"};
    struct plan_wish wish = {.engines = {engines, 1, 0}, .routers = {routers, 3, 0}};
    struct made made =
        make(WORLD(ENGINE("chat", "m") ", " ROUTER("smg", LISTEN, "", ""), ""), wish);

    cr_assert_not(made.fine);
    cr_assert_eq(made.plan.faults.n_items, 3);
    cr_assert_str_eq(made.plan.faults.items[0],
                     "--router vllm=x: there is no router of that kind or name");
    cr_assert_str_eq(plan_find(&made.plan, "gate")->command, "y");
    cr_assert_str_eq(made.plan.faults.items[1], "nobody stands for the engine chat: give "
                                                "--fake-engines, or --engine chat=URL");
    cr_assert_str_eq(made.plan.faults.items[2],
                     "--engine nobody=http://x: no engine, model or address of that name is "
                     "rendered");
    done(&made);
}

TEST(plan, an_address_outside_is_asked_or_faked)
{
    const char *text = WORLD(ROUTER("smg", LISTEN ", \"--worker-urls\", \"http://10.0.0.1:8000\"",
                                    "", ""),
                             "{\"kind\": \"InferenceService\", \"namespace\": \"team\", \"name\": "
                             "\"s\", \"spec\": {\"modelName\": \"m\"}}");
    struct plan_wish none = {0};
    struct made asked = make(text, none), faked = make(text, fakes);

    cr_assert_str_eq(words(&asked, "gate"),
                     "--host 127.0.0.1 --port 10000 --worker-urls http://10.0.0.1:8000");
    cr_assert_eq(asked.plan.notes.n_items, 1);
    cr_assert_str_eq(words(&faked, "gate"),
                     "--host 127.0.0.1 --port 10000 --worker-urls http://127.0.0.1:10001");
    cr_assert_str_eq(first(&plan_find(&faked.plan, "10.0.0.1:8000")->models), "m");
    done(&asked);
    done(&faked);
}

TEST(plan, a_static_route_gets_a_router_of_its_own)
{
    struct made made = make(
        WORLD(OWNED("StaticRoute", "r", "\"kind\": \"ConfigMap\", " META("r-config", "", "")
                    ", \"data\": {\"static_config.json\": \"{\\\"static_backends\\\": "
                    "\\\"http://localhost:1,http://localhost:2\\\"}\"}"),
              "{\"kind\": \"StaticRoute\", \"namespace\": \"team\", \"name\": \"r\", \"spec\": "
              "{\"staticBackends\": \" http://localhost:1 , http://localhost:2/\", "
              "\"staticModels\": \"a, b\", \"staticAliases\": \"x:a\"}}"), fakes);
    const struct plan_process *router = plan_find(&made.plan, "r-config");

    cr_assert(made.fine);
    cr_assert_str_eq(words(&made, "r-config"),
                     "--host 127.0.0.1 --port 10000 --dynamic-config-json "
                     "/tmp/x/r-config/etc/router/static_config.json");
    cr_assert_str_eq(router->files[0].text,
                     "{\"static_backends\": \"http://127.0.0.1:10001,http://127.0.0.1:10002\"}");
    cr_assert_str_eq(first(&plan_find(&made.plan, "localhost:2")->models), "b");
    cr_assert_eq(router->n_wants, 3);
    cr_assert_str_eq(router->wants[2].asked, "x");
    cr_assert_str_eq(first(&router->wants[2].backends), "localhost:1");
    done(&made);
}

TEST(plan, routers_start_when_those_behind_them_do)
{
    struct made made = make(
        WORLD(ROUTER("smg", LISTEN ", \"--worker-urls\", \"http://front:8000\"", "", "") ", "
              OWNED("InferenceService", "front", "\"kind\": \"Deployment\", "
                    META("front", "router", "vllm-router") ", " POD("front", "router", "",
                    "\"containers\": [{\"args\": [" LISTEN ", \"--decode\", \"http://chat:8000\"], "
                    "\"readinessProbe\": {\"httpGet\": {\"path\": \"/r\", \"port\": 8000}}}]"))
              ", " SERVICE("front") ", " ENGINE("chat", "m"),
              GATEWAY("{\"model\": \"m\", \"inferenceServiceRef\": \"front\"}")), fakes);

    cr_assert_str_eq(made.plan.items[0]->name, "chat-0");
    cr_assert_str_eq(made.plan.items[1]->name, "front");
    cr_assert_str_eq(made.plan.items[2]->name, "gate");
    cr_assert_not(made.plan.items[1]->entrance);
    cr_assert(made.plan.items[2]->entrance);
    cr_assert_str_eq(first(&made.plan.items[2]->wants[0].backends), "chat-0");
    done(&made);
}

TEST(plan, routers_in_a_circle_come_to_an_end)
{
    struct made made = make(
        WORLD(ROUTER("smg", LISTEN ", \"--worker-urls\", \"http://gate:8000\"", "", ""),
              GATEWAY("{\"model\": \"m\", \"inferenceServiceRef\": \"gate\"}")), fakes);

    cr_assert_eq(made.plan.n_items, 1);
    cr_assert_eq(plan_find(&made.plan, "gate")->wants[0].backends.n_items, 0);
    done(&made);
}

TEST(plan, the_port_of_the_first_router_can_be_chosen)
{
    struct plan_wish wish = {.fake_engines = true, .first_port = 8080};
    struct made made =
        make(WORLD(ENGINE("chat", "m") ", " ROUTER("smg", LISTEN, "", ""), ""), wish);

    cr_assert_str_eq(plan_find(&made.plan, "gate")->url, "http://127.0.0.1:8080");
    done(&made);
}

TEST(plan, a_port_that_is_too_high)
{
    struct plan_wish wish = {.fake_engines = true, .first_port = 65536};
    struct made made =
        make(WORLD(ENGINE("chat", "m") ", " ROUTER("smg", LISTEN, "", ""), ""), wish);

    cr_assert_not(made.fine);
    cr_assert_str_eq(first(&made.plan.faults), "--port leaves no port for each of the routers");
    done(&made);
}

TEST(plan, anything_else_than_a_world_is_refused)
{
    static const char *const texts[] = {"[]", "{}", "{\"objects\": {}, \"sources\": []}", "1"};

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct made made = make(texts[i], fakes);

        cr_assert_not(made.fine, "%s", texts[i]);
        done(&made);
    }
}
