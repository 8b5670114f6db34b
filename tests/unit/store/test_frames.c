/* Frames of steps: the store holds what stood last, whatever happened in between. */
#include "store_fixture.h"

static struct store *s;
static struct store_payloads payloads;
static struct step_answer answer;

static int setup(void **state)
{
    (void)state;
    s = fixture_open(":memory:");
    char arn[128];
    struct store_execution e = fixture_execution(1, "x", arn);
    store_payloads_init(&payloads, 1);
    struct store_step *step = fixture_step(s, 1, &payloads, &answer);
    store_step_start(step, &e, true);
    fixture_submit(step, &answer);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    store_payloads_release(&payloads);
    store_close(s);
    return 0;
}

static struct store_step *begin(void)
{
    return fixture_step(s, 1, &payloads, &answer);
}

static void put(struct store_step *step, uint64_t id, uint64_t parent, int64_t data)
{
    struct store_frame f = {.id = id, .parent = parent, .data = json_integer(data)};
    store_step_frame(step, &f);
}

struct listing {
    char text[1000];
    size_t len;
};

static bool list_one(void *context, const struct store_frame *f, struct err *err)
{
    (void)err;
    struct listing *to = context;
    int64_t data = 0;
    assert_true(json_to_int64(f->data, &data));
    to->len += (size_t)snprintf(to->text + to->len, sizeof to->text - to->len, "%d<%d=%d ",
                                (int)f->id, (int)f->parent, (int)data);
    assert_true(to->len < sizeof to->text);
    return true;
}

/* The frames in the store: "id<parent=data " each. */
static void assert_frames(const char *expected)
{
    struct err err = ERR_INIT;
    struct listing to = {.len = 0};
    assert_true(store_frames_read(fixture_reader(s), 1, list_one, &to, &err));
    assert_string_equal(to.text, expected);
}

static void test_the_last_put_of_a_frame_counts(void **state)
{
    (void)state;
    struct store_step *step = begin();
    put(step, 1, 0, 10);
    put(step, 2, 1, 20);
    put(step, 1, 0, 11);
    assert_int_equal(store_step_size(step), 2);
    fixture_submit(step, &answer);
    assert_frames("1<0=11 2<1=20 ");
    step = begin();
    put(step, 2, 1, 21);
    fixture_submit(step, &answer);
    assert_frames("1<0=11 2<1=21 ");
}

static void test_a_deleted_frame_is_gone_wherever_it_was(void **state)
{
    (void)state;
    struct store_step *step = begin();
    put(step, 1, 0, 1);
    put(step, 2, 1, 1);
    put(step, 3, 1, 1);
    store_step_frame_delete(step, 2);
    assert_int_equal(store_step_size(step), 2);
    store_step_frame_delete(step, 99);
    fixture_submit(step, &answer);
    assert_frames("1<0=1 3<1=1 ");
    step = begin();
    put(step, 3, 1, 2);
    store_step_frame_delete(step, 3);
    fixture_submit(step, &answer);
    assert_frames("1<0=1 ");
    step = begin();
    store_step_frame_delete(step, 1);
    put(step, 1, 0, 5);
    fixture_submit(step, &answer);
    assert_frames("1<0=5 ");
}

static void test_all_under_a_frame_go_new_and_stored(void **state)
{
    (void)state;
    struct store_step *step = begin();
    put(step, 1, 0, 1);
    put(step, 2, 1, 1);
    put(step, 3, 2, 1);
    put(step, 4, 1, 1);
    put(step, 5, 0, 1);
    put(step, 6, 5, 1);
    fixture_submit(step, &answer);
    step = begin();
    put(step, 7, 3, 1); // under a stored one that this step knows nothing of
    put(step, 8, 1, 1);
    put(step, 9, 8, 1);
    put(step, 1, 0, 2);
    store_step_frames_delete_under(step, 1);
    put(step, 10, 1, 1); // after it: stays
    put(step, 1, 0, 3);
    fixture_submit(step, &answer);
    assert_frames("1<0=3 5<0=1 6<5=1 10<1=1 ");
}

static void test_a_frame_made_again_after_its_ancestor_was_emptied_stays(void **state)
{
    (void)state;
    struct store_step *step = begin();
    put(step, 1, 0, 1);
    put(step, 2, 1, 1);
    fixture_submit(step, &answer);
    step = begin();
    put(step, 3, 2, 1);
    store_step_frames_delete_under(step, 1); // takes 2, and 3 with it
    put(step, 3, 2, 2);
    fixture_submit(step, &answer);
    assert_frames("1<0=1 3<2=2 ");
}

static void test_under_a_new_frame_nothing_is_looked_for(void **state)
{
    (void)state;
    struct store_step *step = begin();
    put(step, 1, 0, 1);
    put(step, 2, 1, 1);
    put(step, 3, 2, 1);
    put(step, 4, 3, 1);
    store_step_frames_delete_under(step, 2);
    put(step, 3, 2, 2); // made again
    fixture_submit(step, &answer);
    assert_frames("1<0=1 2<1=1 3<2=2 ");
}

static void test_a_recovered_execution_deletes_what_it_does_not_know(void **state)
{
    (void)state;
    struct store_step *step = begin();
    put(step, 1, 0, 1);
    put(step, 2, 1, 1);
    put(step, 3, 2, 1);
    fixture_submit(step, &answer);
    struct store_payloads fresh; // as after a restart
    store_payloads_init(&fresh, 1);
    step = fixture_step(s, 1, &fresh, &answer);
    store_step_frame_delete(step, 3);
    fixture_submit(step, &answer);
    assert_frames("1<0=1 2<1=1 ");
    step = fixture_step(s, 1, &fresh, &answer);
    store_step_frames_delete_under(step, 1);
    fixture_submit(step, &answer);
    assert_frames("1<0=1 ");
    store_payloads_release(&fresh);
}

static void test_the_end_takes_all_frames(void **state)
{
    (void)state;
    struct store_step *step = begin();
    put(step, 1, 0, 1);
    put(step, 2, 1, 1);
    fixture_submit(step, &answer);
    step = begin();
    put(step, 3, 1, 1);
    store_step_end(step, STORE_SUCCEEDED, json_null(), STR_NONE, STR_NONE, 2000);
    fixture_submit(step, &answer);
    assert_frames("");
}

/* Whether two frames read have the same node for their values. */
struct sharing {
    json first;
    size_t same, count;
};

static bool share_one(void *context, const struct store_frame *f, struct err *err)
{
    (void)err;
    struct sharing *to = context;
    if (to->count++ == 0)
        to->first = json_ref(f->input);
    to->same += json_same(to->first, f->input) ? 1 : 0;
    assert_true(json_is_absent(f->output));
    assert_int_equal(json_len(f->work), 2);
    assert_int_equal(json_text_size(f->input), 100002);
    return true;
}

static void test_values_come_back_shared(void **state)
{
    (void)state;
    struct store_step *step = begin();
    json large = fixture_large('v', 100000);
    json small = fixture_json("[1,{\"a\":\"b\"}]");
    for (uint64_t i = 1; i <= 100; i++) {
        struct store_frame f = {.id = i, .data = json_null(), .input = large, .work = small};
        store_step_frame(step, &f);
    }
    json_unref(large);
    json_unref(small);
    fixture_submit(step, &answer);
    struct sharing to = {.count = 0};
    struct err err = ERR_INIT;
    assert_true(store_frames_read(fixture_reader(s), 1, share_one, &to, &err));
    assert_int_equal(to.count, 100);
    assert_int_equal(to.same, 100);
    json_unref(to.first);
}

static void test_what_was_made_and_deleted_leaves_no_payload(void **state)
{
    (void)state;
    struct store_step *step = begin();
    json large = fixture_large('v', 1000);
    struct store_frame f = {.id = 1, .data = json_null(), .work = large};
    store_step_frame(step, &f);
    store_step_frame_delete(step, 1);
    json_unref(large);
    fixture_submit(step, &answer);
    assert_int_equal(fixture_number(s, "SELECT count(*) FROM payloads"), 0);
}

/* What the store should hold, in an array. */
enum { IDS = 40 };
struct model {
    int64_t data[IDS]; /* 0: not there */
    uint64_t parents[IDS];
    uint64_t next, seed;
    int64_t last; /* data are numbered */
};

static void model_add(struct model *m, struct store_step *step, uint64_t pick)
{
    uint64_t id = m->next++;
    m->parents[id] = pick;
    m->data[id] = ++m->last;
    put(step, id, pick, m->data[id]);
}

static void model_change(struct model *m, struct store_step *step, uint64_t pick)
{
    m->data[pick] = ++m->last;
    put(step, pick, m->parents[pick], m->data[pick]);
}

/* All below pick, and perhaps it too. */
static void model_delete(struct model *m, struct store_step *step, uint64_t pick, bool itself)
{
    bool below[IDS] = {false};
    below[pick] = true;
    for (uint64_t id = pick + 1; id < m->next; id++) {
        below[id] = m->parents[id] != 0 && below[m->parents[id]];
        m->data[id] = below[id] ? 0 : m->data[id];
    }
    store_step_frames_delete_under(step, pick);
    if (!itself)
        return;
    store_step_frame_delete(step, pick);
    m->data[pick] = 0;
}

static void model_act(struct model *m, struct store_step *step)
{
    m->seed = m->seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    uint64_t pick = m->next > 1 ? 1 + (m->seed >> 33) % (m->next - 1) : 0;
    pick = m->data[pick] ? pick : 0;
    unsigned what = (unsigned)(m->seed >> 60) % 8;
    if (what < 3 && m->next < IDS)
        model_add(m, step, pick);
    else if (what < 6 && pick)
        model_change(m, step, pick);
    else if (pick)
        model_delete(m, step, pick, what == 7);
}

static void assert_model(const struct model *m)
{
    struct listing expected = {.len = 0};
    for (uint64_t id = 1; id < m->next; id++) {
        if (m->data[id])
            expected.len +=
                (size_t)snprintf(expected.text + expected.len, sizeof expected.text - expected.len,
                                 "%d<%d=%d ", (int)id, (int)m->parents[id], (int)m->data[id]);
    }
    assert_true(expected.len < sizeof expected.text);
    assert_frames(expected.text);
}

static void test_any_sequence_equals_the_model(void **state)
{
    struct model m = {.seed = 0};
    for (uint64_t seed = 1; seed <= 30; seed++) {
        if (seed > 1) {
            (void)teardown(state);
            (void)setup(state);
        }
        m = (struct model){.seed = seed, .next = 1};
        for (int steps = 0; steps < 20; steps++) {
            struct store_step *step = begin();
            for (int i = 0; i < 12; i++)
                model_act(&m, step);
            fixture_submit(step, &answer);
            assert_model(&m);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        TEST(test_the_last_put_of_a_frame_counts),
        TEST(test_a_deleted_frame_is_gone_wherever_it_was),
        TEST(test_all_under_a_frame_go_new_and_stored),
        TEST(test_a_frame_made_again_after_its_ancestor_was_emptied_stays),
        TEST(test_under_a_new_frame_nothing_is_looked_for),
        TEST(test_a_recovered_execution_deletes_what_it_does_not_know),
        TEST(test_the_end_takes_all_frames),
        TEST(test_values_come_back_shared),
        TEST(test_what_was_made_and_deleted_leaves_no_payload),
        TEST(test_any_sequence_equals_the_model),
#undef TEST
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
