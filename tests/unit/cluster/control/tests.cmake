unit_test(cluster/control control)
