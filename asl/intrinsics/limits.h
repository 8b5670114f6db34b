/* What bounds a call. */
#ifndef ASL_INTRINSICS_LIMITS_H
#define ASL_INTRINSICS_LIMITS_H

enum {
    /* Source: Developer Guide, "Intrinsic functions for JSONPath states": "you can nest up to 10
     * intrinsic functions within a field". */
    INTRINSIC_DEPTH_MAX = 10,
    INTRINSIC_ARGUMENTS_MAX = 200, /* ASSUMPTION: AWS names no limit */
    /* Source: the same page, States.ArrayRange: "up to 1000 values". */
    INTRINSIC_RANGE_MAX = 1000,
    /* Source: the same page, States.Base64Encode, Base64Decode and Hash: "up to 10,000 characters".
     */
    INTRINSIC_ENCODING_MAX_CHARACTERS = 10000,
    /* Of one argument and of a text made. Larger than a state's data may be (256 KiB), so that it
     * is the state that is refused. */
    INTRINSIC_VALUE_MAX_BYTES = 1048576,
};

#endif
