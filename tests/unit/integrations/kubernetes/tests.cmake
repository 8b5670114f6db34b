unit_test(integrations/kubernetes kubernetes)
