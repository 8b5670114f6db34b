/* Names between EKS and Step Functions. */
#include "integrations/eks/eks.h"
#include "unit.h"

static void assert_becomes(json (*convert)(json), const char *from, const char *to)
{
    struct err err = ERR_INIT;
    json v = json_absent();
    assert_true(json_parse(str_from_c(from), &v, &err));
    json out = convert(v);
    str text = json_text(out);
    assert_str(text, to);
    str_free(text);
    json_unref(out);
    json_unref(v);
}

static json to_milliseconds(json wire)
{
    return eks_to_states(wire, EKS_TIMES_MILLISECONDS);
}

static json to_iso(json wire)
{
    return eks_to_states(wire, EKS_TIMES_ISO_8601);
}

static void test_wire_to_states(void **state)
{
    (void)state;
    assert_becomes(to_milliseconds,
                   "{\"cluster\":{\"name\":\"c\",\"certificateAuthority\":{\"data\":\"x\"},"
                   "\"resourcesVpcConfig\":{\"subnetIds\":[\"a\"]},\"identity\":{\"oidc\":{}}}}",
                   "{\"Cluster\":{\"Name\":\"c\",\"CertificateAuthority\":{\"Data\":\"x\"},"
                   "\"ResourcesVpcConfig\":{\"SubnetIds\":[\"a\"]},\"Identity\":{\"Oidc\":{}}}}");
}

static void test_map_keys_are_data(void **state)
{
    (void)state;
    assert_becomes(to_milliseconds,
                   "{\"tags\":{\"myTag\":\"v\"},\"selectors\":[{\"labels\":{\"a\":1}}]}",
                   "{\"Tags\":{\"myTag\":\"v\"},\"Selectors\":[{\"Labels\":{\"a\":1}}]}");
    assert_becomes(eks_from_states,
                   "{\"Tags\":{\"MyTag\":\"v\"},\"Selectors\":[{\"Labels\":{\"A\":1}}]}",
                   "{\"tags\":{\"MyTag\":\"v\"},\"selectors\":[{\"labels\":{\"A\":1}}]}");
}

static void test_times_become_milliseconds(void **state)
{
    (void)state;
    assert_becomes(to_milliseconds, "{\"createdAt\":1585000000.123,\"modifiedAt\":1585000000}",
                   "{\"CreatedAt\":1585000000123,\"ModifiedAt\":1585000000000}");
    assert_becomes(eks_from_states, "{\"CreatedAt\":1585000000123}",
                   "{\"createdAt\":1585000000123}");
}

static void test_times_become_iso_8601(void **state)
{
    (void)state;
    assert_becomes(to_iso,
                   "{\"update\":{\"createdAt\":1585000000.123},\"modifiedAt\":1585000000,"
                   "\"tags\":{\"createdAt\":\"x\"},\"releaseDate\":null}",
                   "{\"Update\":{\"CreatedAt\":\"2020-03-23T21:46:40.123Z\"},"
                   "\"ModifiedAt\":\"2020-03-23T21:46:40Z\",\"Tags\":{\"createdAt\":\"x\"},"
                   "\"ReleaseDate\":null}");
}

static void test_what_is_no_time_stays(void **state)
{
    (void)state;
    assert_becomes(to_iso, "{\"createdAt\":1e300,\"startedAt\":-1,\"endedAt\":\"soon\"}",
                   "{\"CreatedAt\":1e300,\"StartedAt\":-1,\"EndedAt\":\"soon\"}");
    assert_becomes(to_milliseconds, "{\"createdAt\":1e300}", "{\"CreatedAt\":1e300}");
}

static void test_labels_of_an_update_are_a_structure(void **state)
{
    (void)state;
    assert_becomes(eks_from_states,
                   "{\"Labels\":{\"AddOrUpdateLabels\":{\"A\":\"1\"},\"RemoveLabels\":[\"B\"]}}",
                   "{\"labels\":{\"addOrUpdateLabels\":{\"A\":\"1\"},\"removeLabels\":[\"B\"]}}");
    assert_becomes(eks_from_states, "{\"Labels\":{\"RemoveLabels\":\"mine\"}}",
                   "{\"labels\":{\"RemoveLabels\":\"mine\"}}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wire_to_states),
        cmocka_unit_test(test_map_keys_are_data),
        cmocka_unit_test(test_times_become_milliseconds),
        cmocka_unit_test(test_times_become_iso_8601),
        cmocka_unit_test(test_what_is_no_time_stays),
        cmocka_unit_test(test_labels_of_an_update_are_a_structure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
