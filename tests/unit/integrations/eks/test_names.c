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

static void test_wire_to_states(void **state)
{
    (void)state;
    assert_becomes(eks_to_states,
                   "{\"cluster\":{\"name\":\"c\",\"certificateAuthority\":{\"data\":\"x\"},"
                   "\"resourcesVpcConfig\":{\"subnetIds\":[\"a\"]},\"identity\":{\"oidc\":{}}}}",
                   "{\"Cluster\":{\"Name\":\"c\",\"CertificateAuthority\":{\"Data\":\"x\"},"
                   "\"ResourcesVpcConfig\":{\"SubnetIds\":[\"a\"]},\"Identity\":{\"Oidc\":{}}}}");
}

static void test_map_keys_are_data(void **state)
{
    (void)state;
    assert_becomes(eks_to_states,
                   "{\"tags\":{\"myTag\":\"v\"},\"selectors\":[{\"labels\":{\"a\":1}}]}",
                   "{\"Tags\":{\"myTag\":\"v\"},\"Selectors\":[{\"Labels\":{\"a\":1}}]}");
    assert_becomes(eks_from_states,
                   "{\"Tags\":{\"MyTag\":\"v\"},\"Selectors\":[{\"Labels\":{\"A\":1}}]}",
                   "{\"tags\":{\"MyTag\":\"v\"},\"selectors\":[{\"labels\":{\"A\":1}}]}");
}

static void test_times_become_milliseconds(void **state)
{
    (void)state;
    assert_becomes(eks_to_states, "{\"createdAt\":1585000000.123,\"modifiedAt\":1585000000}",
                   "{\"CreatedAt\":1585000000123,\"ModifiedAt\":1585000000000}");
    assert_becomes(eks_from_states, "{\"CreatedAt\":1585000000123}",
                   "{\"createdAt\":1585000000123}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wire_to_states),
        cmocka_unit_test(test_map_keys_are_data),
        cmocka_unit_test(test_times_become_milliseconds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
