unit_test(engine cases)
unit_test(engine restart)
unit_test(engine life)
