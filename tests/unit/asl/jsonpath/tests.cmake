unit_test(asl/jsonpath jsonpath)
