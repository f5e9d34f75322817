/* Prints what an operator would do with a document that is about to be applied. */
#include <routerctl.h>
#include <stdio.h>
#include <string.h>

static int to_stdout(void *ctx, const char *data, size_t len)
{
    return fwrite(data, 1, len, (FILE *)ctx) == len ? 0 : -1;
}

/* Each action of one object's plan; a program would carry it out and plan anew. */
static int show(rctl_world *world, const rctl_key *key, const rctl_sink *sink)
{
    rctl_plan *plan = NULL;
    rctl_action action;
    int code = rctl_reconcile(world, key->kind, key->name_space, key->name, &plan);

    for (size_t i = 0; code == 0 && i < rctl_plan_count(plan); i++) {
        code = rctl_plan_get(plan, i, &action);
        if (code == 0)
            printf("%s %s/%s\n", action.reason, action.kind, action.name);
        if (code == 0 && action.type == RCTL_ACTION_APPLY)
            code = rctl_plan_write_body(plan, i, sink);
        if (code == 0 && action.type == RCTL_ACTION_APPLY)
            printf("\n");
    }
    rctl_plan_free(plan);
    return code;
}

int main(void)
{
    const char *text = "apiVersion: " RCTL_API_VERSION "\nkind: StaticRoute\n"
                       "metadata: {name: chat, namespace: team-a}\n"
                       "spec: {staticBackends: \"http://a.b.svc:80\", staticModels: llama3}\n";
    rctl_sink sink = {to_stdout, stdout};
    rctl_ctx *ctx = NULL;
    rctl_world *world = NULL;
    rctl_key key;
    int code = rctl_ctx_new(NULL, &ctx);

    if (code == 0)
        code = rctl_world_new(ctx, NULL, &world);
    if (code == 0) /* rctl_world_add() would take what a cluster has */
        code = rctl_world_edit(world, "chat.yaml", text, strlen(text));
    if (code == 0)
        code = rctl_world_set_now(world, 1764000000 * RCTL_SECOND);
    for (size_t i = 0; code == 0 && (code = rctl_world_key(world, i, &key)) == 0; i++)
        code = show(world, &key, &sink);
    if (code == RCTL_E_NOT_FOUND) /* past the last object */
        code = rctl_diags_write(rctl_world_diags(world), RCTL_DIAG_TEXT, NULL, &sink);
    if (code != 0)
        fprintf(stderr, "%s\n", rctl_strerror(code));
    rctl_world_free(world);
    rctl_ctx_free(ctx);
    return code == 0 ? 0 : 1;
}
