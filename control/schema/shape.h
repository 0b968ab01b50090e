/* shape - what a JSON object may hold: one table of fields, which checks bodies and makes the
 * schemas of the OpenAPI document.
 *
 *   fields of a room --+-- TS_USE_REPLY  what GET shows: all but write-only fields, each always
 *                      |                 there
 *                      +-- TS_USE_BODY   what POST and PUT take: all but read-only ones, missing
 *                      |                 ones take their default
 *                      +-- TS_USE_PATCH  what PATCH takes (RFC 7396): the same, null for "back to
 *                                        the default"
 *
 * Fields that the table does not name are refused. A refusal tells the JSON pointer of the field
 * (RFC 6901).
 * Thread  none; pure.
 */
#ifndef TS_CONTROL_SCHEMA_SHAPE_H
#define TS_CONTROL_SCHEMA_SHAPE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

enum ts_field_type {
	TS_F_STRING, /* min, max: length in bytes; UTF-8 without control characters */
	TS_F_INT,
	TS_F_NUMBER,
	TS_F_BOOL,
	TS_F_OBJECT, /* of: its shape, never NULL */
	/* of: the shape of each item; NULL: strings. max: items, in a body. With choices one of
	 * these words may stand for a list */
	TS_F_LIST,
	/* of: the shape of each value, under keys that are ids; NULL: numbers from min to max where
	 * these are set, else strings */
	TS_F_MAP,
	TS_F_ANY,    /* checked elsewhere */
};

enum ts_field_flags {
	TS_F_NULL = 1,   /* may be null: nothing to tell, or none */
	TS_F_READ = 2,   /* read only */
	TS_F_WRITE = 4,  /* write only */
	TS_F_NEEDED = 8, /* a whole body must have it */
	TS_F_OPTIONAL = 16, /* a reply may leave it out */
	TS_F_LINES = 32, /* a string that may have control characters: it is cleaned elsewhere */
};

struct ts_field {
	const char *name;
	enum ts_field_type type;
	unsigned flags;
	double min, max, step; /* min < max: the limits; step 0: none */
	const char *const *choices; /* of a string, NULL-terminated */
	/* of a string, with `pattern`, the same in words of a regular expression */
	bool (*ok)(const char *text);
	const char *pattern;
	const struct ts_shape *of;
	const char *help;
};

struct ts_shape {
	const char *name; /* its name in the document; NULL: written where it is used */
	const struct ts_field *field;
	size_t n;
	const char *help;
};
#define TS_SHAPE(shape_name, fields, text) \
	{shape_name, fields, sizeof(fields) / sizeof((fields)[0]), text}

enum ts_use { TS_USE_REPLY, TS_USE_BODY, TS_USE_PATCH };

struct ts_shape_error {
	char pointer[200], detail[200];
};

/* True when json is an object of that shape; else `error` says where it is not, and why. */
bool ts_shape_check(const struct ts_shape *shape, enum ts_use use, json_t *json,
	struct ts_shape_error *error);
/* The same as JSON Schema 2020-12 (OpenAPI 3.1). [give]; NULL: out of memory. Shapes inside that
 * have a name are referred to as "#/components/schemas/NAME". */
json_t *ts_shape_schema(const struct ts_shape *shape, enum ts_use use);
json_t *ts_field_schema(const struct ts_field *field, enum ts_use use);

bool ts_field_in_use(const struct ts_field *field, enum ts_use use);

/* "Room", "RoomBody", "RoomPatch". */
enum { TS_SHAPE_NAME_MAX = 64 };
void ts_shape_name(char out[TS_SHAPE_NAME_MAX], const struct ts_shape *shape, enum ts_use use);

#endif
