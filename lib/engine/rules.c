/* Runs the rows of rules.h: each broken one is told at its flag, with its own code. */
#include "engine/rules.h"

void engine_rules_run(const struct rule_list *lists, size_t n, const rctl_engine_job *job,
                      const rctl_engine_config *config, rctl_engine_out *out)
{
    struct rule_view view = {job, config, engine_out_arena(out)};

    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < lists[i].n_items; k++) {
            const struct rule *rule = &lists[i].items[k];
            const char *message = rule->broken(&view);

            if (message)
                engine_fault(out, rule->code, rule->flag, rule->hint, "%s", message);
        }
}
