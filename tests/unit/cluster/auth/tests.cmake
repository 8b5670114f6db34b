unit_test(cluster/auth token)
unit_test(cluster/auth aws_auth)
unit_test(cluster/auth yaml)
