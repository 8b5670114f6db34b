/* Bounds of expressions and of their evaluation. */
#ifndef ASL_JSONATA_LIMITS_H
#define ASL_JSONATA_LIMITS_H

enum {
    /* Nodes above each other in a tree. Ample: an evaluation goes 100 deep in Step Functions. */
    JSONATA_HEIGHT_MAX = 1000,
    JSONATA_VALUE_DEPTH_MAX = 1000, /* of values in each other: as JSON has */
    JSONATA_ARGUMENTS_MAX = 1000,

    /* Source: the reference implementation's D2014. */
    JSONATA_RANGE_MAX = 10000000,

    /* The official suite's own bound for recursion that is not a tail call. */
    JSONATA_PLAIN_DEPTH = 302,
    JSONATA_PLAIN_TIME_MS = 10000,
    JSONATA_PLAIN_MEMORY_BYTES = 1024 * 1024 * 1024,

    /* Measured: 100 terms of 1+1+… are evaluated, 101 are not. */
    JSONATA_AWS_DEPTH = 100,
    /* Source: Developer Guide, "Transforming data with JSONata". */
    JSONATA_AWS_TIME_MS = 1000,
    /* Measured: a text doubled to 2^22 characters is made, one of 2^23 is not; a list of 360,145
     * numbers is made, one of 360,146 is not. That is what counting the bytes of texts, of boxed
     * numbers (24 each) and of lists that grow by half (4 a slot) gives, with this bound. */
    JSONATA_AWS_DATA_BYTES = 14 * 1024 * 1024,
    JSONATA_AWS_MEMORY_BYTES = 256 * 1024 * 1024,

    /* Steps of a regular expression's matching; past them it counts as time run out. */
    JSONATA_REGEX_STEPS_MAX = 10000000,
    JSONATA_REGEX_MEMORY_KIB = 64 * 1024,
    JSONATA_REGEX_TEXT_MAX = 65536,
};

#endif
