/* What bounds a path: its text comes from a definition, its documents from anyone. */
#ifndef ASL_JSONPATH_LIMITS_H
#define ASL_JSONPATH_LIMITS_H

enum {
    /* Parentheses, '!' and filters within filters; bounds the recursion of parser and evaluator.
     * ASSUMPTION: AWS names no limit; nobody writes twenty. */
    JSONPATH_DEPTH_MAX = 20,
    JSONPATH_STEPS_MAX = 500, /* of one path */
    /* JSON literals of one path with all its filters: each is parsed once an evaluation. */
    JSONPATH_LITERALS_MAX = 32,
    JSONPATH_ARGUMENTS_MAX = 50,                /* of one function's call */
    JSONPATH_LENIENT_DEPTH_MAX = 400,           /* of JSON in filters and calls, as json-smart's */
    JSONPATH_FUNCTION_TEXT_MAX_BYTES = 1048576, /* of what concat() makes */
    JSONPATH_PATTERN_MAX_BYTES = 10000,
    JSONPATH_PATTERN_MATCH_MAX = 100000, /* PCRE2's match limit: backtracking steps, about */
    JSONPATH_PATTERN_HEAP_MAX_KIB = 4096,
    /* Values looked at by one evaluation. A document of 256 KiB has at most 131,072 of them, so
     * "$..*" is far below; chains of ".." are what this stops. */
    JSONPATH_WORK_MAX = 4000000,
    JSONPATH_ERROR_MAX_BYTES = 65536, /* of a path or a document shown in an error's text */
};

#endif
