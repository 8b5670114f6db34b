unit_test(integrations/eks names)
