unit_test(integrations/s3 items)
unit_test(integrations/s3 listing)
