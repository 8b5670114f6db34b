unit_test(cluster cluster)
