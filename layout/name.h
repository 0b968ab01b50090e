/* name - what is written of a participant's name: harmless text, and its initials.
 *
 * A name comes from outside and may be anything: control characters, overrides of the direction of
 * writing, a hundred combining marks on one letter. What is drawn has none of these; it says the
 * same in every script. Pure. Thread any.
 * Source  Unicode general categories; UAX 9 (direction), UAX 29 (what belongs to one character,
 *         simplified).
 */
#ifndef TS_LAYOUT_NAME_H
#define TS_LAYOUT_NAME_H

#include <stddef.h>

enum { TS_NAME_TEXT_MAX = 128, TS_INITIALS_MAX = 63 }; /* bytes of UTF-8 without the NUL */

/* Valid UTF-8 of at most TS_NAME_TEXT_MAX bytes: white space is one space, controls and marks of
 * direction are gone, a character carries at most four combining marks. The rest of out is
 * zeroed. */
void ts_name_clean(char out[TS_NAME_TEXT_MAX + 1], const char *name);

/* One or two characters that stand for a cleaned name: the first of its first and last word in
 * alphabets whose letters stand alone, else (Arabic, Chinese, Devanagari, emoji, ...) of the first
 * only. "" for a name without any. */
void ts_name_initials(char out[TS_INITIALS_MAX + 1], const char *clean);

#endif
