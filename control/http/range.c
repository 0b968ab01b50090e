#include "control/http/range.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

/* Digits up to anything else; what is larger than any file is the largest number. False: none. */
static bool read_number(const char **at, int64_t *out)
{
	const char *p = *at;
	int64_t n = 0;
	for (; *p >= '0' && *p <= '9'; p++)
		n = n > (INT64_MAX - 9) / 10 ? INT64_MAX : n * 10 + (*p - '0');
	if (p == *at) return false;
	*at = p;
	*out = n;
	return true;
}

static void skip_blanks(const char **at)
{
	while (**at == ' ' || **at == '\t') ++*at;
}

enum ts_range ts_range_parse(const char *header, int64_t size, int64_t *first, int64_t *len)
{
	static const char unit[] = "bytes=";
	int64_t from = -1, to = -1;
	*first = 0;
	*len = size;
	if (!header || strncasecmp(header, unit, sizeof(unit) - 1) != 0) return TS_RANGE_WHOLE;
	const char *at = header + sizeof(unit) - 1;
	skip_blanks(&at);
	const bool has_from = read_number(&at, &from);
	if (*at++ != '-') return TS_RANGE_WHOLE;
	const bool has_to = read_number(&at, &to);
	skip_blanks(&at);
	if (*at || (!has_from && !has_to)) return TS_RANGE_WHOLE;
	if (has_from && has_to && to < from) return TS_RANGE_WHOLE;
	if (!has_from) { /* the last so many */
		if (!to || !size) return TS_RANGE_NONE;
		*first = to < size ? size - to : 0;
	} else {
		if (from >= size) return TS_RANGE_NONE;
		*first = from;
	}
	*len = has_from && has_to && to < size ? to - from + 1 : size - *first;
	return TS_RANGE_PART;
}
