#include "control/sip/replaces.h"
#include <string.h>
#include <strings.h>

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct part {
	const char *p;
	size_t n;
};

static struct part trimmed(const char *p, size_t n)
{
	while (n && is_blank(*p)) p++, n--;
	while (n && is_blank(p[n - 1])) n--;
	return (struct part){p, n};
}

/* Of tokens and of words (RFC 3261 25.1): nothing that could end a header or begin another. */
static bool is_word(const struct part *part)
{
	for (size_t i = 0; i < part->n; i++)
		if (part->p[i] <= ' ' || part->p[i] > '~' || strchr(";,=", part->p[i]))
			return false;
	return part->n > 0;
}

static bool take(char out[TS_SIP_ID_MAX], const struct part *part)
{
	if (*out || !is_word(part) || part->n >= TS_SIP_ID_MAX) return false;
	memcpy(out, part->p, part->n);
	out[part->n] = '\0';
	return true;
}

static bool is_named(const struct part *part, const char *name)
{
	return part->n == strlen(name) && !strncasecmp(part->p, name, part->n);
}

static bool read_parameter(struct ts_sip_replaces *out, const struct part *part)
{
	const char *equals = memchr(part->p, '=', part->n);
	const size_t n = equals ? (size_t)(equals - part->p) : part->n;
	const struct part name = trimmed(part->p, n);
	const struct part value = equals ? trimmed(equals + 1, part->n - n - 1)
					 : (struct part){part->p, 0};
	if (is_named(&name, "to-tag")) return take(out->to_tag, &value);
	if (is_named(&name, "from-tag")) return take(out->from_tag, &value);
	if (is_named(&name, "early-only")) out->early_only = true;
	return true;
}

bool ts_sip_replaces_parse(struct ts_sip_replaces *out, const char *value, size_t n)
{
	bool first = true;
	memset(out, 0, sizeof(*out));
	for (size_t at = 0; at <= n; first = false) {
		const char *end = at < n ? memchr(value + at, ';', n - at) : NULL;
		const size_t len = end ? (size_t)(end - value) - at : n - at;
		const struct part part = trimmed(value + at, len);
		if (first ? !take(out->call_id, &part) : !read_parameter(out, &part)) return false;
		at += len + 1;
	}
	return *out->call_id && *out->to_tag && *out->from_tag;
}
