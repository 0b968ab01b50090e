/* words - words and numbers at a cursor. Blanks in front are skipped, the cursor moves only on
 * success. Private to control/sdp/.
 *
 * Thread  any; pure.
 */
#ifndef TS_CONTROL_SDP_WORDS_H
#define TS_CONTROL_SDP_WORDS_H

#include <ctype.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

/* Copies a word ended by a blank or one of `stop`. False when it is empty or longer than cap -
 * 1. */
static inline bool take_word(const char **s, char *out, size_t cap, const char *stop)
{
	const char *from = *s + strspn(*s, " \t");
	size_t n = 0;
	while (from[n] && from[n] != ' ' && from[n] != '\t' && !strchr(stop, from[n])) n++;
	if (!n || n >= cap) return false;
	memcpy(out, from, n);
	out[n] = '\0';
	*s = from + n;
	return true;
}

/* Decimal digits, ended by a blank, the end or one of `stop`. */
static inline bool take_number(const char **s, uint32_t max, const char *stop, uint32_t *out)
{
	char digits[11];
	const char *at = *s;
	if (!take_word(&at, digits, sizeof(digits), stop)) return false;
	uint64_t v = 0;
	for (const char *d = digits; *d; d++) {
		if (!isdigit((unsigned char)*d)) return false;
		v = v * 10 + (uint64_t)(*d - '0');
	}
	if (v > max) return false;
	*out = (uint32_t)v;
	*s = at;
	return true;
}

static inline const char *skip_blanks(const char *s)
{
	return s + strspn(s, " \t");
}

/* The index of word in names[n], compared without case, or -1. */
static inline int index_of(const char *word, const char *const names[], int n)
{
	for (int i = 0; i < n; i++)
		if (!strcasecmp(word, names[i])) return i;
	return -1;
}

#endif
