/* Answers of a Kubernetes API as Step Functions gives them. */
#include "integrations/kubernetes/kubernetes.h"
#include "unit.h"

static json parse(const char *text)
{
    struct err err = ERR_INIT;
    json v = json_absent();
    assert_true(json_parse(str_from_c(text), &v, &err));
    return v;
}

static void assert_envelope(const char *body, bool with_headers, const char *expected)
{
    struct err none = ERR_INIT;
    json headers = parse("{\"content-type\":[\"application/json\"],\"x-a\":[\"1\",\"2\"]}");
    const struct http_response response = {
        .status = 200,
        .headers = headers,
        .status_text = STR("OK"),
        .body = str_from_c(body),
        .err = &none,
    };
    json envelope = kubernetes_envelope(&response, with_headers);
    str text = json_text(envelope);
    assert_str(text, expected);
    str_free(text);
    json_unref(envelope);
    json_unref(headers);
}

static void test_envelopes(void **state)
{
    (void)state;
    assert_envelope(
        "{\"kind\":\"PodList\"}", true,
        "{\"ResponseBody\":{\"kind\":\"PodList\"},\"ResponseHeaders\":{\"Content-Type\":"
        "[\"application/json\"],\"X-A\":[\"1\",\"2\"]},\"StatusCode\":200,"
        "\"StatusText\":\"OK\"}");
    assert_envelope("one\ntwo", false,
                    "{\"ResponseBody\":\"one\\ntwo\",\"StatusCode\":200,\"StatusText\":\"OK\"}");
    assert_envelope("", false, "{\"ResponseBody\":\"\",\"StatusCode\":200,\"StatusText\":\"OK\"}");
    assert_envelope("\xff", false,
                    "{\"ResponseBody\":null,\"StatusCode\":200,\"StatusText\":\"OK\"}");
}

static void test_queries_are_encoded(void **state)
{
    (void)state;
    struct buf out;
    json lists = parse("{\"labelSelector\":[\"job-name=a b\"],\"x\":[\"1\",\"2\"],\"none\":[]}");
    buf_init(&out, 1000);
    kubernetes_query(lists, &out);
    assert_str(buf_str(&out), "labelSelector=job-name%3Da%20b&x=1&x=2");
    buf_release(&out);
    json_unref(lists);
}

static void test_conditions(void **state)
{
    (void)state;
    json job =
        parse("{\"status\":{\"conditions\":[{\"type\":\"SuccessCriteriaMet\",\"status\":\"True\"},"
              "{\"type\":\"Complete\",\"status\":\"True\"},{\"type\":\"Failed\",\"status\":"
              "\"False\"}]}}");
    assert_true(kubernetes_condition_holds(job, STR("Complete")));
    assert_false(kubernetes_condition_holds(job, STR("Failed")));
    assert_false(kubernetes_condition_holds(job, STR("Suspended")));
    json_unref(job);
}

static void test_field_managers(void **state)
{
    (void)state;
    json job = parse("{\"metadata\":{\"managedFields\":[{\"manager\":\"kubectl\"},{\"manager\":"
                     "\"stepd-1\"}]}}");
    assert_true(kubernetes_managed_by(job, STR("stepd-1")));
    assert_false(kubernetes_managed_by(job, STR("stepd-2")));
    json_unref(job);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_envelopes),
        cmocka_unit_test(test_queries_are_encoded),
        cmocka_unit_test(test_conditions),
        cmocka_unit_test(test_field_managers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
