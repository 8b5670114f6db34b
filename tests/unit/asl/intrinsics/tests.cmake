unit_test(asl/intrinsics intrinsics)
