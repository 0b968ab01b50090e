/* clean - harmless text out of whatever somebody sent: for names, captions and messages.
 *
 * Controls, marks and overrides of the direction of writing and other invisible characters are
 * gone, bytes that are no UTF-8 are U+FFFD, a character carries at most four combining marks, white
 * space is one space, none at either end. Pure. Thread any.
 * Source  Unicode general categories; UAX 9 (direction).
 * Full    cut between characters.
 */
#ifndef TS_LAYOUT_CLEAN_H
#define TS_LAYOUT_CLEAN_H

#include <stddef.h>

enum ts_clean_lines {
	TS_CLEAN_ONE_LINE,  /* the end of a line is a space, too */
	TS_CLEAN_KEEP_LINES /* it is one \n, several are two */
};

/* cap: bytes of out, the NUL included, above 0; the rest of out is zeroed. Bytes without the
 * NUL. */
size_t ts_clean_text(char *out, size_t cap, const char *text, enum ts_clean_lines lines);

#endif
