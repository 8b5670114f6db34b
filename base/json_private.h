/* The nodes of JSON values, for the files of this room. */
#ifndef BASE_JSON_PRIVATE_H
#define BASE_JSON_PRIVATE_H

#include "base/json.h"

#include <stdatomic.h>

/* What every node begins with, and all that a string or a number is: its bytes follow. */
struct json_node {
    atomic_uint references;
    uint32_t depth; /* of containers: 1 and the deepest child's */
    size_t len;     /* bytes, elements or members */
    union {
        size_t text_size;       /* of the compact text */
        struct json_node *dead; /* the next to be freed, once no reference is left */
    } u;
    union { /* right behind the node, or a block of its own */
        char *bytes;
        json *items;
        struct json_member *members;
    } as;
};

struct json_member {
    struct json_node *key; /* a string node */
    json value;
};

/* The node of an array or object, which may grow. */
struct json_container {
    struct json_node node; /* first: a container's node is cast to its container */
    size_t cap;
    struct json_index *_Atomic index; /* of large objects; made when first needed */
};

/* Member number by hashed key, open addressing; 0 is empty, else the number + 1. */
struct json_index {
    size_t slots; /* a power of two */
    uint32_t slot[];
};

/* Deeper values are not built: what walks values may recurse. */
enum { JSON_BUILD_DEPTH_MAX = 2 * JSON_DEPTH_MAX };

/* Bytes of s as a JSON string with its quotes. */
size_t json_escaped_size(str s);

/* Sets err to what is wrong with text, in Jackson's words, at its line and column: with one that
 * is not JSON; with one whose byte number at is not UTF-8; with one that has a key twice, the
 * second ending before at. They give false. */
bool json_explain(str text, struct err *err);
bool json_explain_utf8(str text, size_t at, struct err *err);
bool json_explain_repeated(str text, size_t at, str key, struct err *err);

/* Sets err's line and column to those of text's byte number at. */
void json_position(str text, size_t at, struct err *err);

/* Gives a string of valid UTF-8, a number of JSON's grammar: neither is looked at again. ABSENT
 * when memory fails. */
json json_string_valid(str utf8);
json json_number_valid(str text);

/* Bytes of an integer's text. */
size_t json_integer_size(int64_t i);

/* Equality of two numbers by value, exactly. */
bool json_numbers_equal(json a, json b);

/* An element or a key or a member's value on the parser's stack. */
struct json_part {
    json value;
    size_t at; /* of a key: the offset in the text just past it */
};

/* Gives a container of the parts, made in one allocation; an object's are key, value, key, value.
 * Takes the parts on success only. ABSENT when memory fails, or, if repeated is not NULL, for an
 * object with equal keys: *repeated is then the second of the two. */
json json_array_of_parts(const struct json_part *parts, size_t count);
json json_object_of_parts(const struct json_part *parts, size_t count,
                          const struct json_part **repeated);

#endif
