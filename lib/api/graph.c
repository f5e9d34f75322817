/* Pictures of a set. */
#include "api/api.h"
#include "graph/graph.h"

struct graph_job {
    const struct kinds_world *world;
    rctl_graph_format format;
    struct base_arena arena, scratch;
    struct base_buf out;
};

static void run_graph(void *arg)
{
    struct graph_job *job = arg;
    struct graph graph;

    graph_collect(job->world, &job->arena, &job->scratch, &graph);
    switch (job->format) {
    case RCTL_GRAPH_SVG:
        graph_layout(&graph);
        graph_write_svg(&graph, &job->out);
        break;
    case RCTL_GRAPH_DOT: graph_write_dot(&graph, &job->out); break;
    case RCTL_GRAPH_MERMAID: graph_write_mermaid(&graph, &job->out); break;
    case RCTL_GRAPH_TEXT: graph_write_text(&graph, &job->out); break;
    }
    base_buf_flush(&job->out);
}

int rctl_graph_write(rctl_set *set, rctl_graph_format format, const rctl_sink *sink)
{
    struct graph_job job = {.format = format};
    int code;

    if (!set || !sink || !sink->write || (unsigned)format > RCTL_GRAPH_TEXT)
        return RCTL_E_INVALID_ARG;
    code = rctl_set_check(set);
    if (code != RCTL_OK)
        return code;
    job.world = &set->world;
    /* The memory of the set: routers are solved in its scratch arena. */
    base_arena_init(&job.arena, &set->mem);
    base_arena_init(&job.scratch, &set->mem);
    base_buf_init(&job.out, &job.arena, sink);
    code = base_try(&set->mem.fail, run_graph, &job);
    base_arena_done(&job.scratch);
    base_arena_done(&job.arena);
    return code;
}
