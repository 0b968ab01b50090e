#include "control/sip/referral.h"
#include "control/sip/replaces.h"
#include <string.h>
#include <strings.h>

struct part {
	const char *p;
	size_t n;
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static struct part trimmed(struct part part)
{
	while (part.n && is_blank(*part.p)) part.p++, part.n--;
	while (part.n && is_blank(part.p[part.n - 1])) part.n--;
	return part;
}

/* Where c stands outside of quotes; n: nowhere. */
static size_t find(struct part part, char c)
{
	bool quoted = false;
	for (size_t i = 0; i < part.n; i++) {
		if (quoted && part.p[i] == '\\')
			i++;
		else if (part.p[i] == '"')
			quoted = !quoted;
		else if (!quoted && part.p[i] == c)
			return i;
	}
	return part.n;
}

/* Between the angle brackets; or, where there are none, before the header's own parameters. */
static bool cut_uri(struct part *uri, struct part value)
{
	size_t open = find(value, '<');
	if (open == value.n) {
		*uri = trimmed((struct part){value.p, find(value, ';')});
		return uri->n > 0;
	}
	const struct part rest = {value.p + open + 1, value.n - open - 1};
	const char *close = memchr(rest.p, '>', rest.n);
	if (!close) return false;
	*uri = trimmed((struct part){rest.p, (size_t)(close - rest.p)});
	return uri->n > 0;
}

static int hex(char c)
{
	if (c >= '0' && c <= '9') return c - '0';
	if (c >= 'a' && c <= 'f') return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* False: does not fit, or has what no header may hold. */
static bool unescape(char *out, size_t cap, struct part in)
{
	size_t n = 0;
	for (size_t i = 0; i < in.n; i++) {
		int c = (unsigned char)in.p[i];
		if (c == '%') {
			if (in.n - i < 3 || hex(in.p[i + 1]) < 0 || hex(in.p[i + 2]) < 0)
				return false;
			c = hex(in.p[i + 1]) * 16 + hex(in.p[i + 2]);
			i += 2;
		}
		if (c < ' ' || c > '~' || n + 1 >= cap) return false;
		out[n++] = (char)c;
	}
	out[n] = '\0';
	return true;
}

static bool begins(struct part part, const char *with)
{
	return part.n >= strlen(with) && !strncasecmp(part.p, with, strlen(with));
}

static size_t next(struct part part, char separator)
{
	const char *at = part.n ? memchr(part.p, separator, part.n) : NULL;
	return at ? (size_t)(at - part.p) : part.n;
}

static bool read_headers(struct ts_sip_referral *out, struct part headers)
{
	struct ts_sip_replaces replaces;
	while (headers.n) {
		const size_t n = next(headers, '&');
		const struct part one = {headers.p, n};
		if (begins(one, "replaces=")) {
			const struct part value = {one.p + 9, one.n - 9};
			if (*out->replaces ||
				!unescape(out->replaces, sizeof(out->replaces), value) ||
				!ts_sip_replaces_parse(
					&replaces, out->replaces, strlen(out->replaces)))
				return false;
		}
		headers.p += n < headers.n ? n + 1 : n;
		headers.n -= n < headers.n ? n + 1 : n;
	}
	return true;
}

static bool append(char out[TS_SIP_REFER_MAX], struct part part)
{
	size_t len = strlen(out);
	if (len + part.n >= TS_SIP_REFER_MAX) return false;
	for (size_t i = 0; i < part.n; i++)
		if (part.p[i] <= ' ' || part.p[i] > '~' || strchr("<>\"", part.p[i])) return false;
	memcpy(out + len, part.p, part.n);
	out[len + part.n] = '\0';
	return true;
}

/* All parameters but the method, which is judged. */
static enum ts_sip_referral_verdict read_parameters(
	struct ts_sip_referral *out, struct part parameters)
{
	while (parameters.n) { /* each with the semicolon before it */
		const struct part after = {parameters.p + 1, parameters.n - 1};
		const size_t n = 1 + next(after, ';');
		const struct part one = {parameters.p, n};
		if (begins(one, ";method=")) {
			if (one.n != 14 || strncasecmp(one.p + 8, "INVITE", 6) != 0)
				return TS_SIP_REFERRAL_FOREIGN;
		} else if (!append(out->uri, one)) {
			return TS_SIP_REFERRAL_BAD;
		}
		parameters.p += n;
		parameters.n -= n;
	}
	return TS_SIP_REFERRAL_OK;
}

enum ts_sip_referral_verdict ts_sip_referral_parse(
	struct ts_sip_referral *out, const char *value, size_t n)
{
	struct part uri, whole = trimmed((struct part){value, n});
	*out->uri = *out->replaces = '\0';
	if (!cut_uri(&uri, whole)) return TS_SIP_REFERRAL_BAD;
	if (!begins(uri, "sip:") && !begins(uri, "sips:"))
		return memchr(uri.p, ':', uri.n) ? TS_SIP_REFERRAL_FOREIGN : TS_SIP_REFERRAL_BAD;
	const size_t before = next(uri, '?');
	if (before < uri.n &&
		!read_headers(out, (struct part){uri.p + before + 1, uri.n - before - 1}))
		return TS_SIP_REFERRAL_BAD;
	uri.n = before;
	/* a password, or a user that has parameters, may hold semicolons: they end with the @ */
	const size_t user = next(uri, '@'), from = user < uri.n ? user : 0;
	const size_t plain = from + next((struct part){uri.p + from, uri.n - from}, ';');
	if (!append(out->uri, (struct part){uri.p, plain})) return TS_SIP_REFERRAL_BAD;
	return read_parameters(out, (struct part){uri.p + plain, uri.n - plain});
}

int ts_sip_sipfrag_code(const char *body, size_t n)
{
	static const char version[] = "SIP/2.0 ";
	const size_t at = sizeof(version) - 1;
	if (n < at + 3 || strncasecmp(body, version, at) != 0) return 0;
	int code = 0;
	for (size_t i = at; i < at + 3; i++) {
		if (body[i] < '0' || body[i] > '9') return 0;
		code = code * 10 + body[i] - '0';
	}
	bool ends = n == at + 3 || is_blank(body[at + 3]);
	return ends && code >= 100 && code < 700 ? code : 0;
}

bool ts_sip_subscription_over(const char *value, size_t n)
{
	struct part state = trimmed((struct part){value, n});
	state = trimmed((struct part){state.p, next(state, ';')});
	return !(state.n == 6 && !strncasecmp(state.p, "active", 6)) &&
		!(state.n == 7 && !strncasecmp(state.p, "pending", 7));
}
