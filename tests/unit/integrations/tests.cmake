unit_test(integrations integrations)
