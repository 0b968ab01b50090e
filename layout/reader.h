/* reader - the values of a layout document, read from JSON with a pointer to where we are. Private
 * to layout/parse.c.
 *
 * The first complaint counts; after it the rest is read but changes nothing that matters.
 * Thread  any.
 */
#ifndef TS_LAYOUT_READER_H
#define TS_LAYOUT_READER_H

#include "layout/model.h"
#include <jansson.h>

struct ts_reader {
	struct ts_layout_error *err;
	char pointer[TS_LAYOUT_POINTER_MAX]; /* of the value being read */
	bool bad, no_memory;
};

void ts_read_complain(struct ts_reader *r, const char *fmt,
	...) __attribute__((format(printf, 2, 3)));

/* Down to a member, and up again with what entering returned. */
size_t ts_read_enter(struct ts_reader *r, const char *key);
size_t ts_read_enter_index(struct ts_reader *r, size_t index);
void ts_read_leave(struct ts_reader *r, size_t at);

/* An object is a table of fields, each read by its function; others are refused. */
struct ts_read_field {
	const char *name;
	void (*read)(struct ts_reader *r, const json_t *value, void *into);
	bool required;
};
void ts_read_object(struct ts_reader *r, const json_t *object, const struct ts_read_field *table,
	size_t n, void *into);

/* Each leaves *out alone when it complains. */
/* "2/3", "0.25", 0.25 */
void ts_read_fraction(struct ts_reader *r, const json_t *value, struct ts_fraction *out);
void ts_read_int(struct ts_reader *r, const json_t *value, int min, int max, int *out);
bool ts_read_bool(struct ts_reader *r, const json_t *value);
/* "#1a2b3c" */
void ts_read_colour(struct ts_reader *r, const json_t *value, struct ts_rgb *out);
void ts_read_selector(struct ts_reader *r, const json_t *value, struct ts_selector *out);

#endif
