#include "control/sip/reason.h"
#include <stdbool.h>
#include <string.h>
#include <strings.h>

enum { CAUSE_MAX = 999 };

struct cursor {
	const char *p, *end;
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void skip_blanks(struct cursor *at)
{
	while (at->p < at->end && is_blank(*at->p)) at->p++;
}

static bool takes(struct cursor *at, char c)
{
	skip_blanks(at);
	if (at->p == at->end || *at->p != c) return false;
	at->p++;
	return true;
}

/* Up to a separator. */
static struct cursor word(struct cursor *at)
{
	skip_blanks(at);
	struct cursor word = {at->p, at->p};
	while (at->p < at->end && !is_blank(*at->p) && !strchr(";,=\"", *at->p)) at->p++;
	word.end = at->p;
	return word;
}

static bool is(const struct cursor *word, const char *text)
{
	return (size_t)(word->end - word->p) == strlen(text) &&
		!strncasecmp(word->p, text, strlen(text));
}

/* A quoted string, or a word where somebody forgot the quotes. out NULL: skipped. */
static void text(struct cursor *at, char *out)
{
	size_t n = 0;
	if (!takes(at, '"')) {
		const struct cursor plain = word(at);
		for (const char *p = plain.p; out && p < plain.end && n + 1 < TS_SIP_REASON_MAX;
			p++)
			if (*p > ' ' && *p <= '~') out[n++] = *p;
	} else {
		for (; at->p < at->end && *at->p != '"'; at->p++) {
			if (*at->p == '\\' && at->p + 1 < at->end) at->p++;
			if (out && n + 1 < TS_SIP_REASON_MAX && *at->p >= ' ' && *at->p <= '~')
				out[n++] = *at->p;
		}
		if (at->p < at->end) at->p++;
	}
	if (out) out[n] = '\0';
}

static int number(const struct cursor *word)
{
	int value = 0;
	for (const char *p = word->p; p < word->end; p++) {
		if (*p < '0' || *p > '9' || (value = value * 10 + *p - '0') > CAUSE_MAX) return 0;
	}
	return value;
}

/* One value: protocol, then parameters. */
static void read_one(struct ts_sip_reason *out, struct cursor *at)
{
	const struct cursor protocol = word(at);
	int *cause = is(&protocol, "SIP") ? &out->sip : is(&protocol, "Q.850") ? &out->q850 : NULL;
	while (takes(at, ';')) {
		const struct cursor name = word(at);
		if (!takes(at, '=')) continue;
		if (is(&name, "cause")) {
			const struct cursor value = word(at);
			if (cause && !*cause) *cause = number(&value);
		} else {
			text(at, is(&name, "text") && !*out->text ? out->text : NULL);
		}
	}
}

void ts_sip_reason_parse(struct ts_sip_reason *out, const char *value, size_t n)
{
	struct cursor at = {value, n ? value + n : value};
	memset(out, 0, sizeof(*out));
	while (at.p < at.end) {
		read_one(out, &at);
		while (at.p < at.end && *at.p != ',') at.p++; /* what was not understood */
		if (at.p < at.end) at.p++;
	}
}

const char *ts_sip_reason_line(const char *why)
{
	static const struct {
		const char *why, *line;
	} rows[] = {
		{"hangup", "Reason: Q.850;cause=16;text=\"Normal call clearing\"\r\n"},
		{"transferred", "Reason: SIP;cause=200;text=\"Transferred\"\r\n"},
		{"replaced", "Reason: SIP;cause=200;text=\"Replaced\"\r\n"},
		{"session-expired", "Reason: SIP;cause=408;text=\"Session expired\"\r\n"},
		{"no-ack", "Reason: SIP;cause=408;text=\"No ACK\"\r\n"},
		{"rtp-timeout", "Reason: Q.850;cause=41;text=\"No media\"\r\n"},
		{"bad-answer", "Reason: SIP;cause=488;text=\"Answer not acceptable\"\r\n"},
		{"no-answer-in-ack", "Reason: SIP;cause=400;text=\"No answer in ACK\"\r\n"},
		{"no-ports", "Reason: Q.850;cause=47;text=\"Resource unavailable\"\r\n"},
		{"cancelled", "Reason: SIP;cause=487;text=\"Cancelled\"\r\n"},
		{"elsewhere", "Reason: SIP;cause=200;text=\"Call completed elsewhere\"\r\n"},
		{"declined", "Reason: SIP;cause=603;text=\"Declined elsewhere\"\r\n"},
		{"no-answer", "Reason: Q.850;cause=19;text=\"No answer\"\r\n"},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (!strcmp(rows[i].why, why)) return rows[i].line;
	return "Reason: Q.850;cause=16\r\n";
}
