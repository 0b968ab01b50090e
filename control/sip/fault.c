#include "control/sip/fault.h"
#include "control/sip/head.h"
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define SECONDS_MAX UINT32_MAX

static bool is_end_of_port(char c)
{
	return strchr("/;?>, \t\r\n\"", c) != NULL;
}

/* ---- ports */

/* "host", "host:port", "[::1]:port" and what follows. */
static bool is_port_good(const char *p, size_t n)
{
	size_t at = 0;
	if (n && *p == '[') {
		const char *end = memchr(p, ']', n);
		if (!end) return false;
		at = (size_t)(end - p) + 1;
	}
	while (at < n && p[at] != ':' && !is_end_of_port(p[at])) at++;
	while (at < n && (p[at] == ' ' || p[at] == '\t')) at++; /* "host : port" of a Via */
	if (at == n || p[at] != ':') return true;
	struct ts_sip_span port = {p + at + 1, 0};
	while (at + 1 + port.n < n && (port.p[port.n] == ' ' || port.p[port.n] == '\t')) port.n++;
	size_t blanks = port.n;
	while (at + 1 + port.n < n && !is_end_of_port(port.p[port.n])) port.n++;
	port = (struct ts_sip_span){port.p + blanks, port.n - blanks};
	return ts_sip_span_is_number(port, UINT16_MAX);
}

/* sip:user:password@host:port: what follows the user, which may hold nearly anything but '@'. Other
 * schemes have no host that anybody here reads: p NULL. */
static struct ts_sip_span host_of(struct ts_sip_span uri)
{
	const char *colon = memchr(uri.p, ':', uri.n);
	struct ts_sip_span scheme = {uri.p, colon ? (size_t)(colon - uri.p) : 0};
	if (!ts_sip_span_is(scheme, "sip") && !ts_sip_span_is(scheme, "sips"))
		return (struct ts_sip_span){NULL, 0};
	const char *host = colon + 1, *at = memchr(host, '@', uri.n - (size_t)(host - uri.p));
	if (at) host = at + 1;
	return (struct ts_sip_span){host, uri.n - (size_t)(host - uri.p)};
}

static bool is_uri_good(struct ts_sip_span uri)
{
	struct ts_sip_span host = host_of(uri);
	return !host.p || is_port_good(host.p, host.n);
}

/* A request is for somebody at a host; names in From and To may be as bare as they like. */
static const char *target_fault(struct ts_sip_span uri)
{
	struct ts_sip_span host = host_of(uri);
	if (!host.p) return NULL;
	if (!host.n || *host.p == ':' || is_end_of_port(*host.p)) return "No Host In Request-URI";
	return is_port_good(host.p, host.n) ? NULL : "Bad Port In Request-URI";
}

/* ---- lists and parameters */

/* The next of the values between commas, which count neither in quotes nor in <>; *at moves behind
 * it. */
static struct ts_sip_span next_value(struct ts_sip_span list, size_t *at)
{
	size_t from = *at;
	bool quoted = false, angled = false;
	for (; *at < list.n; (*at)++) {
		char c = list.p[*at];
		if (quoted && c == '\\')
			(*at)++;
		else if (c == '"')
			quoted = !quoted;
		else if (!quoted && (c == '<' || c == '>'))
			angled = c == '<';
		else if (c == ',' && !quoted && !angled)
			break;
	}
	if (*at > list.n) *at = list.n;
	struct ts_sip_span value = ts_sip_span_trim(list.p + from, *at - from);
	if (*at < list.n) (*at)++;
	return value;
}

/* ;name=digits anywhere in these parameters must be at most max. One without a value is a flag, or
 * to be filled in. */
static bool is_param_good(struct ts_sip_span params, const char *name, unsigned long long max)
{
	size_t at = 0;
	while (at < params.n) {
		const char *semi = memchr(params.p + at, ';', params.n - at);
		size_t end = semi ? (size_t)(semi - params.p) : params.n;
		const char *equal = memchr(params.p + at, '=', end - at);
		size_t n_name = equal ? (size_t)(equal - params.p) - at : 0;
		struct ts_sip_span given = ts_sip_span_trim(params.p + at, n_name);
		if (equal && ts_sip_span_is(given, name)) {
			struct ts_sip_span value = ts_sip_span_trim(
				equal + 1, end - (size_t)(equal + 1 - params.p));
			if (!ts_sip_span_is_number(value, max)) return false;
		}
		at = end + 1;
	}
	return true;
}

static struct ts_sip_span from_semicolon(struct ts_sip_span s)
{
	const char *semi = s.n ? memchr(s.p, ';', s.n) : NULL;
	return semi ? (struct ts_sip_span){semi, s.n - (size_t)(semi - s.p)}
		    : (struct ts_sip_span){s.p, 0};
}

/* ---- headers */

/* "SIP / 2.0 / UDP host:port;params" */
static const char *via_fault(struct ts_sip_span value)
{
	size_t at = 0;
	for (int slashes = 0; at < value.n && slashes < 2; at++) slashes += value.p[at] == '/';
	while (at < value.n && strchr(" \t\r\n", value.p[at])) at++;
	while (at < value.n && !strchr(" \t\r\n", value.p[at])) at++; /* the transport */
	while (at < value.n && strchr(" \t\r\n", value.p[at])) at++;
	struct ts_sip_span params = from_semicolon(value);
	if (!is_port_good(value.p + at, value.n - at)) return "Bad Port In Via";
	if (!is_param_good(params, "rport", UINT16_MAX)) return "Bad Rport";
	if (!is_param_good(params, "ttl", UINT8_MAX)) return "Bad TTL";
	return NULL;
}

/* name-addr or addr-spec. */
static const char *address_fault(struct ts_sip_span value)
{
	bool quoted = false;
	size_t at = 0;
	for (; at < value.n && (quoted || value.p[at] != '<'); at++) {
		if (quoted && value.p[at] == '\\')
			at++;
		else if (value.p[at] == '"')
			quoted = !quoted;
	}
	struct ts_sip_span uri = value, rest = value;
	if (at < value.n) {
		const char *end = memchr(value.p + at, '>', value.n - at);
		size_t n = end ? (size_t)(end - value.p) - at - 1 : value.n - at - 1;
		uri = (struct ts_sip_span){value.p + at + 1, n};
		rest = (struct ts_sip_span){uri.p + n, value.n - at - 1 - n};
	}
	if (!is_uri_good(uri)) return "Bad Port";
	return is_param_good(from_semicolon(rest), "expires", SECONDS_MAX) ? NULL : "Bad Expires";
}

static const char *cseq_fault(struct ts_sip_span value)
{
	struct ts_sip_span number = {value.p, 0};
	while (number.n < value.n && !strchr(" \t\r\n", number.p[number.n])) number.n++;
	return number.n < value.n && ts_sip_span_is_number(number, INT32_MAX) ? NULL : "Bad CSeq";
}

static const char *number_fault(struct ts_sip_span value, unsigned long long max, const char *why)
{
	size_t n = 0;
	while (n < value.n && !strchr("; \t\r\n(", value.p[n])) n++; /* parameters, a comment */
	return ts_sip_span_is_number((struct ts_sip_span){value.p, n}, max) ? NULL : why;
}

enum kind { ADDRESSES, VIA, CSEQ, NUMBER, OTHER };

static const struct header {
	const char *name, *brief, *why;
	enum kind kind;
	bool single; /* may not be said twice */
	unsigned long long max;
} headers[] = {
	{"Via", "v", NULL, VIA, false, 0},
	{"From", "f", NULL, ADDRESSES, true, 0},
	{"To", "t", NULL, ADDRESSES, true, 0},
	{"Contact", "m", NULL, ADDRESSES, false, 0},
	{"Route", NULL, NULL, ADDRESSES, false, 0},
	{"Record-Route", NULL, NULL, ADDRESSES, false, 0},
	{"Refer-To", "r", NULL, ADDRESSES, true, 0},
	{"Call-ID", "i", NULL, OTHER, true, 0},
	{"CSeq", NULL, NULL, CSEQ, true, 0},
	{"Max-Forwards", NULL, "Bad Max-Forwards", NUMBER, true, UINT8_MAX},
	{"Content-Length", "l", "Bad Content-Length", NUMBER, true, INT32_MAX},
	{"Content-Type", "c", NULL, OTHER, true, 0},
	{"Expires", NULL, "Bad Expires", NUMBER, true, SECONDS_MAX},
	{"Min-Expires", NULL, "Bad Min-Expires", NUMBER, true, SECONDS_MAX},
	{"Session-Expires", "x", "Bad Session-Expires", NUMBER, true, SECONDS_MAX},
	{"Min-SE", NULL, "Bad Min-SE", NUMBER, true, SECONDS_MAX},
	{"Retry-After", NULL, "Bad Retry-After", NUMBER, true, SECONDS_MAX},
};

enum { N_HEADERS = sizeof(headers) / sizeof(headers[0]) };

static const char *list_fault(const struct header *header, struct ts_sip_span list)
{
	const char *why = NULL;
	size_t at = 0;
	while (!why && at < list.n) {
		struct ts_sip_span value = next_value(list, &at);
		if (!value.n) continue;
		why = header->kind == VIA ? via_fault(value) : address_fault(value);
	}
	return why;
}

static const char *header_fault(const struct header *header, struct ts_sip_span value)
{
	switch (header->kind) {
	case VIA:
	case ADDRESSES: return list_fault(header, value);
	case CSEQ: return cseq_fault(value);
	case NUMBER: return number_fault(value, header->max, header->why);
	case OTHER: break;
	}
	return NULL;
}

/* "INVITE sip:h SIP/2.0" or "SIP/2.0 200 OK": a code has three digits. */
static const char *line_fault(struct ts_sip_span line)
{
	const char *space = line.n ? memchr(line.p, ' ', line.n) : NULL;
	if (!space) return NULL;
	struct ts_sip_span first = {line.p, (size_t)(space - line.p)}, second = {space + 1, 0};
	while (first.n + 1 + second.n < line.n && second.p[second.n] != ' ') second.n++;
	if (!ts_sip_span_is(first, "SIP/2.0")) return target_fault(second);
	return second.n == 3 && ts_sip_span_is_number(second, 699) && *second.p != '0'
		? NULL
		: "Bad Status";
}

const char *ts_sip_fault(const char *message, size_t len)
{
	bool had[N_HEADERS] = {false};
	size_t at = 0;
	const char *why = line_fault(ts_sip_head_next(message, len, &at));
	struct ts_sip_span header, name, value;
	while (!why && (header = ts_sip_head_next(message, len, &at)).n) {
		if (!ts_sip_head_split(header, &name, &value)) continue;
		for (size_t i = 0; i < N_HEADERS && !why; i++) {
			if (!ts_sip_head_is(name, headers[i].name, headers[i].brief)) continue;
			if (headers[i].single && had[i]) why = "Repeated Header";
			had[i] = true;
			if (!why) why = header_fault(&headers[i], value);
		}
	}
	return why;
}
