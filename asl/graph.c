/* The graph of a block: every target must be a state of the same block, every state be reachable
 * from StartAt, and the machine have a state that ends it.
 *
 * It is walked over the JSON as written, not over what was read of it: a fault inside a state must
 * not make all behind it look unreachable.
 *
 *     order of reports    StartAt, the targets in order of writing; then either "no terminal state"
 *                         (of the machine only) or the states that cannot be reached
 * Source: answers of ValidateStateMachineDefinition for loops, dangling and unreachable states. */
#include "asl_private.h"

struct graph {
    struct asl_reader *r;
    json states;
    const struct asl_place *at;    /* of States */
    const struct hashmap *by_name; /* name -> its byte in reached */
    unsigned char *reached;        /* one a state */
    size_t *queue;                 /* those reached whose targets are still to be seen */
    size_t queue_count;
};

/* Called for each target of a state. */
typedef void see_target(struct graph *g, json target, const struct asl_place *at);

static void see_targets(struct graph *g, size_t state, see_target *see)
{
    json written = json_value_at(g->states, state);
    const struct asl_place *at = ASL_MEMBER(g->at, json_key_at(g->states, state));
    static const str lists[] = {STR_INIT("Choices"), STR_INIT("Catch")};
    static const str singles[] = {STR_INIT("Next"), STR_INIT("Default")};
    for (size_t i = 0; i < 2; i++)
        see(g, json_get(written, singles[i]), ASL_MEMBER(at, singles[i]));
    for (size_t i = 0; i < 2; i++) {
        json list = json_get(written, lists[i]);
        const struct asl_place *list_at = ASL_MEMBER(at, lists[i]);
        for (size_t j = 0; list.kind == JSON_ARRAY && j < json_len(list); j++)
            see(g, json_get(json_at(list, j), STR("Next")),
                ASL_MEMBER(ASL_ELEMENT(list_at, j), STR("Next")));
    }
}

static void report_dangling(struct graph *g, json target, const struct asl_place *at)
{
    // AWS says 'Next' whatever the field is called.
    if (target.kind == JSON_STRING && !hashmap_find(g->by_name, json_str(target)))
        asl_refuse_code(g->r->d, "MISSING_TRANSITION_TARGET", at, "Missing 'Next' target: %.*s",
                        STR_ARG(json_str(target)));
}

static void reach(struct graph *g, json target, const struct asl_place *at)
{
    (void)at;
    unsigned char *mark =
        target.kind == JSON_STRING ? hashmap_find(g->by_name, json_str(target)) : NULL;
    if (!mark || *mark)
        return;
    *mark = 1;
    g->queue[g->queue_count++] = (size_t)(mark - g->reached);
}

static bool ends(json state)
{
    str type = json_str(json_get(state, STR("Type")));
    return str_eq(type, STR("Succeed")) || str_eq(type, STR("Fail")) ||
           json_get(state, STR("End")).kind == JSON_TRUE;
}

static bool has_end(const struct graph *g)
{
    for (size_t i = 0; i < json_len(g->states); i++)
        if (ends(json_value_at(g->states, i)))
            return true;
    return false;
}

static void report_unreachable(struct graph *g, json start)
{
    reach(g, start, g->at);
    while (g->queue_count > 0)
        see_targets(g, g->queue[--g->queue_count], reach);
    for (size_t i = 0; i < json_len(g->states); i++) {
        str name = json_key_at(g->states, i);
        if (!g->reached[i])
            asl_refuse_code(g->r->d, "MISSING_TRANSITION_TARGET", ASL_MEMBER(g->at, name),
                            "State \"%.*s\" is not reachable.", STR_ARG(name));
    }
}

void asl_graph_check(struct asl_reader *r, json block, const struct asl_place *at, bool machine)
{
    struct graph g = {
        .r = r, .states = json_get(block, STR("States")), .at = ASL_MEMBER(at, STR("States"))};
    size_t n = json_len(g.states);
    g.reached = asl_alloc(r, n, 1);
    g.queue = asl_alloc(r, n, sizeof(*g.queue));
    if (!g.reached || !g.queue)
        return;
    struct hashmap *by_name = hashmap_new();
    for (size_t i = 0; i < n; i++)
        hashmap_set(by_name, json_key_at(g.states, i), &g.reached[i]);
    g.by_name = by_name;

    json start = json_get(block, STR("StartAt"));
    report_dangling(&g, start, ASL_MEMBER(at, STR("StartAt")));
    for (size_t i = 0; i < n; i++)
        see_targets(&g, i, report_dangling);
    if (machine && !has_end(&g))
        asl_refuse_code(r->d, "MISSING_END_STATE", NULL, "Workflow has no terminal state");
    else
        report_unreachable(&g, start);
    hashmap_free(by_name);
}
