unit_test(integrations/task task)
unit_test(integrations/task parameters)
