/* text - printf, piece after piece, into a buffer of the caller's.
 *
 *   ts_text(buf, cap) --append--> [ text so far, NUL | free ]        len >= cap: it was cut
 *
 * Thread  the buffer's owner's.
 * Full    cut off but terminated; len runs on, as what snprintf returns does, so that it tells the
 *         size that was needed.
 */
#ifndef TS_BASE_TEXT_H
#define TS_BASE_TEXT_H

#include <stddef.h>

struct ts_text {
	char *buf;       /* NULL: only counted */
	size_t cap, len; /* bytes with the NUL; without it */
};

/* Empty. cap 0: buf may be NULL. */
struct ts_text ts_text(char *buf, size_t cap);
__attribute__((format(printf, 2, 3))) void ts_text_append(struct ts_text *t, const char *fmt, ...);

#endif
