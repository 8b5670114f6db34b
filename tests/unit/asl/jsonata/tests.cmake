unit_test(asl/jsonata jsonata)
