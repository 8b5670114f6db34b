unit_test(cluster/jobs jobs)
unit_test(cluster/jobs process)
