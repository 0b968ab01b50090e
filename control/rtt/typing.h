/* typing - what somebody types, as it is shown while they do: a line that grows, from which letters
 * are taken away again, until it ends.
 *
 *   text of T.140 --> letters, ends of lines, erasures --> [ line ] --end--> a whole line
 *
 * Signs that nobody sees (byte order marks, bells, graphic renditions, control strings) are gone.
 * What is no UTF-8 is U+FFFD.
 * Thread  the owner's; pure.
 * Source  ITU-T T.140 6 to 8.
 * Full    a line of TS_TYPED_LINE_MAX bytes is whole.
 */
#ifndef TS_CONTROL_RTT_TYPING_H
#define TS_CONTROL_RTT_TYPING_H

#include <stdbool.h>
#include <stddef.h>

enum { TS_TYPED_LINE_MAX = 1000 };

enum ts_typed_kind {
	TS_TYPED_TEXT,  /* a letter: `text` */
	TS_TYPED_LINE,  /* the line ends */
	TS_TYPED_ERASE  /* the last letter, or end of a line, is gone */
};

/* Begins zeroed. */
struct ts_typing {
	char line[TS_TYPED_LINE_MAX + 8];
	size_t len;
	char part[8];    /* of a letter that is not whole yet */
	size_t n_part;
	bool cr, skips;  /* a CR was last; in a control string, up to its end */
	bool escape, csi;
};

struct ts_typing_events {
	/* Each of them, in order; text "": of LINE and ERASE. */
	void (*typed)(void *arg, enum ts_typed_kind kind, const char *text);
	/* A whole line, which is not empty. Clean it before it is shown. */
	void (*line)(void *arg, const char *line);
	void *arg;
};
void ts_typing_take(struct ts_typing *typing, const char *text, size_t len,
	const struct ts_typing_events *events);
/* They type no more: what there is of a line is one. */
void ts_typing_end(struct ts_typing *typing, const struct ts_typing_events *events);

#endif
