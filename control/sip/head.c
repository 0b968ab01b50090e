#include "control/sip/head.h"
#include <string.h>
#include <strings.h>

static bool is_space(char c)
{
	return c == ' ' || c == '\t';
}

static bool is_blank(char c)
{
	return is_space(c) || c == '\r' || c == '\n';
}

bool ts_sip_span_is(struct ts_sip_span span, const char *word)
{
	return span.n == strlen(word) && !strncasecmp(span.p, word, span.n);
}

struct ts_sip_span ts_sip_span_trim(const char *p, size_t n)
{
	while (n && is_blank(*p)) p++, n--;
	while (n && is_blank(p[n - 1])) n--;
	return (struct ts_sip_span){p, n};
}

bool ts_sip_span_is_number(struct ts_sip_span span, unsigned long long max)
{
	unsigned long long v = 0;
	for (size_t i = 0; i < span.n; i++) {
		if (span.p[i] < '0' || span.p[i] > '9') return false;
		v = v * 10 + (unsigned)(span.p[i] - '0');
		if (v > max) return false;
	}
	return span.n > 0;
}

struct ts_sip_span ts_sip_head_next(const char *message, size_t len, size_t *at)
{
	size_t from = *at;
	while (*at < len) {
		const char *lf = memchr(message + *at, '\n', len - *at);
		*at = lf ? (size_t)(lf - message) + 1 : len;
		if (*at == len || !is_space(message[*at])) break;
	}
	size_t n = *at - from;
	const char *p = message + from;
	while (n && is_space(*p)) p++, n--;
	while (n && is_blank(p[n - 1])) n--;
	return (struct ts_sip_span){p, n};
}

bool ts_sip_head_split(
	struct ts_sip_span header, struct ts_sip_span *name, struct ts_sip_span *value)
{
	const char *colon = header.n ? memchr(header.p, ':', header.n) : NULL;
	if (!colon) return false;
	*name = ts_sip_span_trim(header.p, (size_t)(colon - header.p));
	*value = ts_sip_span_trim(colon + 1, header.n - (size_t)(colon + 1 - header.p));
	return true;
}

bool ts_sip_head_is(struct ts_sip_span name, const char *word, const char *brief)
{
	return ts_sip_span_is(name, word) || (brief && ts_sip_span_is(name, brief));
}

struct ts_sip_span ts_sip_head_call_id(const char *message, size_t len)
{
	struct ts_sip_span header, name, value;
	size_t at = 0;
	while ((header = ts_sip_head_next(message, len, &at)).n)
		if (ts_sip_head_split(header, &name, &value) &&
			ts_sip_head_is(name, "Call-ID", "i"))
			return value;
	return (struct ts_sip_span){NULL, 0};
}
