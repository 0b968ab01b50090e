/* scope - what a credential may do: a set of bits, their names, and the rooms it is for.
 *
 *   "join publish:audio"  <->  TS_SCOPE_JOIN | TS_SCOPE_AUDIO
 *   room "sales-*"        ->   sales-7 yes, support no
 *
 * Thread  any; pure.
 * Source  RFC 6749 3.3 (a list with blanks between), RFC 8693 4.2 (claim `scope`).
 */
#ifndef TS_CONTROL_IDENTITY_SCOPE_H
#define TS_CONTROL_IDENTITY_SCOPE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

enum ts_scope {
	TS_SCOPE_JOIN = 1,
	TS_SCOPE_WATCH = 2,
	TS_SCOPE_AUDIO = 4,  /* publish:audio */
	TS_SCOPE_CAMERA = 8, /* publish:camera */
	TS_SCOPE_SLIDES = 16, /* publish:slides */
	TS_SCOPE_MODERATE = 32,
	TS_SCOPE_RECORD = 64,
	TS_SCOPE_STREAM = 128,
	TS_SCOPE_DIAL = 256,
	TS_SCOPE_METRICS = 512,
	TS_SCOPE_ADMIN = 1024, /* and with it all others */
	TS_SCOPE_CAPTION = 2048,
	TS_SCOPE_PUBLISH = TS_SCOPE_AUDIO | TS_SCOPE_CAMERA | TS_SCOPE_SLIDES,
	TS_SCOPE_ALL = 4095,
};

/* For messages and tables: each name that may stand in a list, with its bits and what it is for;
 * `publish` before its parts. */
struct ts_scope_name {
	const char *name;
	unsigned bits;
	const char *help;
};
extern const struct ts_scope_name ts_scope_names[];
extern const size_t ts_n_scope_names;

/* Bits of one name; 0: there is none of it. */
unsigned ts_scope_named(const char *name);
/* Of a list with single blanks between. Names that are not known give nothing; false: the text is
 * no such list, or longer than TS_SCOPE_TEXT_MAX. */
enum { TS_SCOPE_TEXT_MAX = 512 };
bool ts_scope_read(unsigned *out, const char *text);
/* "publish watch"; cap: TS_SCOPE_TEXT_MAX is enough. */
void ts_scope_write(char *out, size_t cap, unsigned scopes);
/* The same as an array of strings. [give] */
json_t *ts_scope_json(unsigned scopes);
/* Does a holder of `has` come in where one of `needs` is asked for? needs 0: only with all. */
bool ts_scope_allows(unsigned has, unsigned needs);

/* An id of a room, with one * at most, which stands for any run of characters. */
enum { TS_ROOM_PATTERN_MAX = 64 };
bool ts_room_pattern_ok(const char *pattern);
bool ts_room_pattern_has(const char *pattern, const char *room_id);

#endif
