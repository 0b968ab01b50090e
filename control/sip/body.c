#include "control/sip/body.h"
#include <glib.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

enum { BOUNDARY_MAX = 200 };

/* ---- words of headers */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static struct ts_sip_text trimmed(struct ts_sip_text t)
{
	while (t.n && is_blank(*t.p)) t.p++, t.n--;
	while (t.n && is_blank(t.p[t.n - 1])) t.n--;
	return t;
}

static bool is(struct ts_sip_text t, const char *word)
{
	return t.n == strlen(word) && !strncasecmp(t.p, word, t.n);
}

/* Up to one of `ends` outside of quotes; *rest: what follows, behind that byte. */
static struct ts_sip_text cut(struct ts_sip_text t, const char *ends, struct ts_sip_text *rest)
{
	bool quoted = false;
	size_t i = 0;
	for (; i < t.n && (quoted || !strchr(ends, t.p[i]) || !t.p[i]); i++) {
		if (quoted && t.p[i] == '\\' && i + 1 < t.n)
			i++;
		else if (t.p[i] == '"')
			quoted = !quoted;
	}
	struct ts_sip_text head = {t.p, i};
	size_t skip = i < t.n ? i + 1 : i;
	*rest = (struct ts_sip_text){t.p ? t.p + skip : NULL, t.n - skip};
	return trimmed(head);
}

/* The value of a parameter, unquoted, in out; false: there is none, or it does not fit. */
static bool param(struct ts_sip_text value, const char *name, char *out, size_t cap)
{
	struct ts_sip_text rest, one, text;
	for (cut(value, ";", &rest); rest.n;) {
		one = cut(rest, ";", &rest);
		if (!is(cut(one, "=", &text), name)) continue;
		text = trimmed(text);
		bool quoted = text.n > 1 && text.p[0] == '"' && text.p[text.n - 1] == '"';
		size_t n = 0, end = quoted ? text.n - 1 : text.n;
		for (size_t i = quoted; i < end && n + 1 < cap; i++) {
			if (quoted && text.p[i] == '\\' && i + 1 < end) i++;
			out[n++] = text.p[i];
		}
		out[n] = '\0';
		return n && n + 1 < cap;
	}
	return false;
}

/* "application / SDP ; x=y" is "application/sdp"; both halves in lower case. "": there is no
 * type. */
static void media_type(struct ts_sip_text value, char *out, size_t cap)
{
	struct ts_sip_text rest, type = cut(value, ";", &rest);
	size_t n = 0;
	for (size_t i = 0; i < type.n && n + 1 < cap; i++)
		if (!is_blank(type.p[i])) out[n++] = g_ascii_tolower(type.p[i]);
	out[n] = '\0';
}

static bool is_optional(const struct ts_sip_body_headers *headers)
{
	char handling[16];
	return param(headers->disposition, "handling", handling, sizeof(handling)) &&
		!strcasecmp(handling, "optional");
}

static bool is_required(const struct ts_sip_body_headers *headers)
{
	char handling[16];
	return param(headers->disposition, "handling", handling, sizeof(handling)) &&
		!strcasecmp(handling, "required");
}

/* A description is of the session unless it says otherwise (RFC 3261 20.11). Some say "render", the
 * word for all else, and mean it. */
static bool is_for_session(const struct ts_sip_body_headers *headers)
{
	struct ts_sip_text rest, word = cut(headers->disposition, ";", &rest);
	return !word.n || is(word, "session") || (is(word, "render") && !is_optional(headers));
}

static bool is_identity(struct ts_sip_text encoding)
{
	struct ts_sip_text rest = encoding;
	while (rest.n) {
		struct ts_sip_text one = cut(rest, ",", &rest);
		if (one.n && !is(one, "identity")) return false;
	}
	return true;
}

/* ---- parts */

struct part {
	struct ts_sip_body_headers headers;
	struct ts_sip_text transfer, text;
};

struct look {
	const char *wanted;
	struct ts_sip_body *out;
	bool bare; /* what was taken has no type: one that has is better */
	int n_parts;
	enum ts_sip_body_verdict refusal; /* of what must be understood and is not; NONE: nothing */
	enum ts_sip_body_verdict doubt;   /* of what nothing says whether it must */
};

static void judge_part(struct look *look, const struct part *part, int depth);

static struct ts_sip_text next_line(struct ts_sip_text *rest)
{
	const char *lf = rest->n ? memchr(rest->p, '\n', rest->n) : NULL;
	struct ts_sip_text line = {rest->p, lf ? (size_t)(lf - rest->p) : rest->n};
	size_t whole = line.n + (lf != NULL);
	rest->p += whole;
	rest->n -= whole;
	if (line.n && line.p[line.n - 1] == '\r') line.n--;
	return line;
}

static void note_header(struct part *part, struct ts_sip_text line)
{
	struct ts_sip_text value, name = cut(line, ":", &value);
	if (is(name, "Content-Type") || is(name, "c")) part->headers.type = trimmed(value);
	if (is(name, "Content-Disposition")) part->headers.disposition = trimmed(value);
	if (is(name, "Content-Encoding") || is(name, "e")) part->headers.encoding = trimmed(value);
	if (is(name, "Content-Transfer-Encoding")) part->transfer = trimmed(value);
}

/* Headers, folded or not, an empty line, the text. */
static struct part read_part(struct ts_sip_text text)
{
	struct part part = {.text = {text.p, 0}};
	struct ts_sip_text line;
	while (text.n && (line = next_line(&text)).n) {
		while (text.n && (*text.p == ' ' || *text.p == '\t')) {
			struct ts_sip_text more = next_line(&text);
			line.n = (size_t)(more.p + more.n - line.p);
		}
		note_header(&part, line);
	}
	part.text = text;
	return part;
}

/* 0: no delimiter; 1: one between parts; 2: the last one. RFC 2046 5.1.1 allows blanks behind
 * it. */
static int delimiter(struct ts_sip_text line, const char *boundary, size_t n)
{
	if (line.n < n + 2 || memcmp(line.p, "--", 2) != 0 || memcmp(line.p + 2, boundary, n) != 0)
		return 0;
	struct ts_sip_text tail = {line.p + n + 2, line.n - n - 2};
	bool last = tail.n >= 2 && !memcmp(tail.p, "--", 2);
	if (last) tail.p += 2, tail.n -= 2;
	return trimmed(tail).n ? 0 : last ? 2 : 1;
}

/* What lies before the next delimiter, without the line end in front of that. *kind 0: the text
 * ended without one. */
static struct ts_sip_text until_delimiter(struct ts_sip_text *rest, const char *boundary, int *kind)
{
	struct ts_sip_text part = {rest->p, 0}, line;
	size_t n = strlen(boundary);
	*kind = 0;
	while (rest->n && !*kind) {
		line = next_line(rest);
		*kind = delimiter(line, boundary, n);
		part.n = (size_t)((*kind ? line.p : rest->p) - part.p);
	}
	if (!*kind) return part;
	if (part.n && part.p[part.n - 1] == '\n') part.n--;
	if (part.n && part.p[part.n - 1] == '\r') part.n--;
	return part;
}

static void refuse(
	struct look *look, const struct part *part, enum ts_sip_body_verdict why, int depth)
{
	if (is_optional(&part->headers)) return;
	enum ts_sip_body_verdict *of = !depth || is_required(&part->headers) ? &look->refusal
									     : &look->doubt;
	if (!*of) *of = why;
}

/* Of alternatives the last that is understood. RFC 2046 5.1.4. */
static void read_alternative(
	struct look *look, const struct part *part, int depth, struct ts_sip_body *best)
{
	struct ts_sip_body one = {.verdict = TS_SIP_BODY_NONE};
	struct look own = {.wanted = look->wanted, .out = &one, .n_parts = look->n_parts};
	judge_part(&own, part, depth);
	look->n_parts = own.n_parts;
	if (own.refusal && !look->refusal) look->refusal = own.refusal;
	if (own.doubt && !look->doubt) look->doubt = own.doubt;
	if (one.verdict != TS_SIP_BODY_TAKEN) return;
	ts_sip_body_fini(best);
	*best = one;
}

static bool keep_best(struct look *look, struct ts_sip_body *best)
{
	if (best->verdict != TS_SIP_BODY_TAKEN) return false;
	if (look->out->verdict == TS_SIP_BODY_TAKEN && !look->bare) {
		ts_sip_body_fini(best);
		return true;
	}
	ts_sip_body_fini(look->out);
	*look->out = *best;
	look->bare = false;
	return true;
}

static void read_inside(struct look *look, const struct part *part, const char *type, int depth)
{
	char boundary[BOUNDARY_MAX];
	struct ts_sip_text rest = part->text;
	struct ts_sip_body best = {.verdict = TS_SIP_BODY_NONE};
	struct look own = *look;
	bool alternative = !strcmp(type, "multipart/alternative"), had = false;
	int kind = 0;
	own.refusal = own.doubt = TS_SIP_BODY_NONE;
	if (param(part->headers.type, "boundary", boundary, sizeof(boundary)))
		until_delimiter(&rest, boundary, &kind);
	while (kind == 1 && own.n_parts++ < TS_SIP_BODY_PARTS) {
		const struct part one = read_part(until_delimiter(&rest, boundary, &kind));
		had = true;
		if (alternative)
			read_alternative(&own, &one, depth + 1, &best);
		else
			judge_part(&own, &one, depth + 1);
	}
	look->n_parts = own.n_parts;
	look->bare = own.bare;
	if (!had || own.n_parts > TS_SIP_BODY_PARTS) own.refusal = TS_SIP_BODY_BROKEN;
	if (keep_best(look, &best)) return; /* one understood is enough */
	if (own.refusal) refuse(look, part, own.refusal, 0);
	if (own.doubt && !look->doubt && !is_optional(&part->headers)) look->doubt = own.doubt;
}

/* ---- transfer encodings */

static int hex_of(char c)
{
	return g_ascii_xdigit_value(c);
}

static size_t unquote_printable(char *out, struct ts_sip_text t)
{
	size_t n = 0;
	for (size_t i = 0; i < t.n; i++) {
		if (t.p[i] != '=') {
			out[n++] = t.p[i];
		} else if (i + 2 < t.n && hex_of(t.p[i + 1]) >= 0 && hex_of(t.p[i + 2]) >= 0) {
			out[n++] = (char)(hex_of(t.p[i + 1]) << 4 | hex_of(t.p[i + 2]));
			i += 2;
		} else { /* a soft line break */
			while (i + 1 < t.n && is_blank(t.p[i + 1]) && t.p[i + 1] != '\n') i++;
			if (i + 1 < t.n && t.p[i + 1] == '\n') i++;
		}
	}
	return n;
}

/* False: an encoding that we do not know. */
static bool choose(struct look *look, const struct part *part)
{
	struct ts_sip_body *out = look->out;
	struct ts_sip_text rest, how = cut(part->transfer, ";", &rest);
	struct ts_sip_body taken = {TS_SIP_BODY_TAKEN, part->text.p, part->text.n, NULL};
	if (is(how, "base64") || is(how, "quoted-printable")) {
		gint state = 0;
		guint save = 0;
		taken.owned = g_malloc(part->text.n + 4);
		taken.text = taken.owned;
		taken.n = how.n == 6 ? g_base64_decode_step(part->text.p, part->text.n,
					       (guchar *)taken.owned, &state, &save)
				     : unquote_printable(taken.owned, part->text);
	} else if (how.n && !is(how, "7bit") && !is(how, "8bit") && !is(how, "binary")) {
		return false;
	}
	ts_sip_body_fini(out);
	*out = taken;
	return true;
}

static bool fits(const struct look *look, const struct part *part)
{
	return strcmp(look->wanted, "application/sdp") != 0 || is_for_session(&part->headers);
}

static void judge_part(struct look *look, const struct part *part, int depth)
{
	char type[80];
	media_type(part->headers.type, type, sizeof(type));
	bool bare = !*type && part->text.n > 3 && !memcmp(part->text.p, "v=0", 3) &&
		!strcmp(look->wanted, "application/sdp");
	if (!is_identity(part->headers.encoding)) {
		refuse(look, part, TS_SIP_BODY_ENCODING, depth);
	} else if (!strncmp(type, "multipart/", 10) && depth < TS_SIP_BODY_DEPTH) {
		read_inside(look, part, type, depth);
	} else if ((bare || !strcmp(type, look->wanted)) && fits(look, part)) {
		/* the first counts, but one that says what it is before one that does not */
		if (look->out->verdict == TS_SIP_BODY_TAKEN && (!look->bare || bare)) return;
		if (choose(look, part))
			look->bare = bare;
		else
			refuse(look, part, TS_SIP_BODY_ENCODING, depth);
	} else {
		refuse(look, part, TS_SIP_BODY_TYPE, depth);
	}
}

void ts_sip_body_read(struct ts_sip_body *out, const char *wanted,
	const struct ts_sip_body_headers *headers, const char *text, size_t n)
{
	const struct part whole = {.headers = *headers, .text = {text, n}};
	struct look look = {.wanted = wanted, .out = out};
	*out = (struct ts_sip_body){.verdict = TS_SIP_BODY_NONE};
	if (!n) return;
	judge_part(&look, &whole, 0);
	enum ts_sip_body_verdict why = look.refusal;
	if (!why && out->verdict != TS_SIP_BODY_TAKEN) why = look.doubt;
	if (!why) return;
	ts_sip_body_fini(out);
	out->verdict = why;
}

void ts_sip_body_fini(struct ts_sip_body *body)
{
	g_free(body->owned);
	*body = (struct ts_sip_body){.verdict = TS_SIP_BODY_NONE};
}
