#include "base/error.h"
#include "control/sdp/sdp.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

/* The description is read twice: once to count, so that everything fits one allocation, once to
 * fill it in. The copy of the text is cut into strings in place. */

struct parser {
	struct ts_sdp *sdp;
	struct ts_sdp_media *media;
	struct ts_sdp_attr *attr;
	const char **format;
	size_t n_media, n_attr, n_format;
	struct ts_sdp_section *section; /* where c= b= a= belong */
	uint32_t line;
	bool fragment; /* without v=0 */
	char *err;
	size_t err_cap;
};

__attribute__((format(printf, 3, 4))) static int fail(
	struct parser *p, int code, const char *fmt, ...)
{
	int n = snprintf(p->err, p->err_cap, "line %u: ", p->line);
	if (n < 0 || (size_t)n >= p->err_cap) return code;
	va_list args;
	va_start(args, fmt);
	vsnprintf(p->err + n, p->err_cap - (size_t)n, fmt, args);
	va_end(args);
	return code;
}

/* Cuts the next word off *s, ended by blanks; NULL when there is none. */
static char *cut_word(char **s)
{
	char *word = *s + strspn(*s, " \t");
	if (!*word) return NULL;
	char *end = word + strcspn(word, " \t");
	*s = *end ? end + 1 : end;
	*end = '\0';
	return word;
}

static int cut_words(char *value, char *words[], int max)
{
	int n = 0;
	while (n < max && (words[n] = cut_word(&value))) n++;
	return n;
}

static bool parse_u32(const char *s, uint32_t max, uint32_t *out)
{
	uint64_t v = 0;
	if (!*s) return false;
	for (; *s; s++) {
		if (*s < '0' || *s > '9') return false;
		v = v * 10 + (uint64_t)(*s - '0');
		if (v > max) return false;
	}
	*out = (uint32_t)v;
	return true;
}

/* Nobody goes by it: what is odd reads as missing. A user name of several words is no name. */
static void parse_origin(struct parser *p, char *value)
{
	enum { WORDS = 16, FIELDS = 6 };
	char *w[WORDS];
	int n = cut_words(value, w, WORDS);
	if (n < FIELDS || *p->sdp->origin_address != '-') return;
	char **last = &w[n - FIELDS];
	p->sdp->user = n == FIELDS ? last[0] : "-";
	p->sdp->session_id = last[1];
	p->sdp->session_version = last[2];
	p->sdp->origin_ip6 = !strcasecmp(last[4], "IP6");
	p->sdp->origin_address = last[5];
}

/* The first one of a section counts: several are layers of one multicast stream (RFC 8866 5.7). */
static int parse_connection(struct parser *p, char *value)
{
	char *w[3];
	if (cut_words(value, w, 3) != 3)
		return fail(p, TS_EBADMSG, "c= needs IN, IP4 or IP6, address");
	w[2][strcspn(w[2], "/")] = '\0';
	if (!*w[2]) return fail(p, TS_EBADMSG, "c= has no address");
	struct ts_sdp_section *s = p->section;
	if (s->address) return 0;
	bool ip4 = !strcasecmp(w[1], "IP4");
	s->ip6 = !strcasecmp(w[1], "IP6");
	s->foreign = strcasecmp(w[0], "IN") || (!ip4 && !s->ip6);
	s->net_type = s->foreign ? w[0] : "IN";
	s->address_type = s->foreign ? w[1] : ip4 ? "IP4" : "IP6";
	s->address = w[2];
	return 0;
}

/* Advice at best: never worth a refusal. */
static void parse_bandwidth(struct parser *p, char *value)
{
	char *number = strchr(value, ':');
	uint32_t v;
	if (!number) return;
	*number++ = '\0';
	if (!parse_u32(number + strspn(number, " \t"), UINT32_MAX, &v)) return;
	if (!strcasecmp(value, "AS")) p->section->as_kbps = v;
	if (!strcasecmp(value, "TIAS")) p->section->tias_bps = v;
}

/* The name ends at a colon or a blank: "rtcp-mux rtcp-mux" says rtcp-mux. One without a name says
 * nothing. */
static void parse_attribute(struct parser *p, char *value)
{
	value += strspn(value, " \t");
	char *end = value + strcspn(value, ": \t"), *rest = end + strspn(end, " \t");
	if (end == value) return;
	bool has_value = *rest == ':';
	*end = '\0';
	struct ts_sdp_attr *a = &p->attr[p->n_attr++];
	*a = (struct ts_sdp_attr){value, has_value ? rest + 1 : "", p->line};
	p->section->n_attr++;
}

static int parse_port(struct parser *p, struct ts_sdp_media *m, char *word)
{
	char *count = strchr(word, '/');
	uint32_t port, n = 1;
	if (count) *count++ = '\0';
	if (!parse_u32(word, UINT16_MAX, &port))
		return fail(p, TS_EBADMSG, "the port of m= is not a number up to 65535");
	if (count && (!parse_u32(count, UINT16_MAX, &n) || !n))
		return fail(p, TS_EBADMSG, "m= has a bad number of ports");
	m->port = (uint16_t)port;
	m->n_ports = (uint16_t)n;
	return 0;
}

static int parse_formats(struct parser *p, struct ts_sdp_media *m, char *rest)
{
	m->format = &p->format[p->n_format];
	for (char *word; (word = cut_word(&rest)); m->n_format++) {
		if (m->n_format == TS_SDP_FORMAT_MAX)
			return fail(p, TS_ELIMIT, "more than %d formats in m=", TS_SDP_FORMAT_MAX);
		if (strlen(word) > TS_SDP_TOKEN_MAX)
			return fail(
				p, TS_ELIMIT, "a format has more than %d bytes", TS_SDP_TOKEN_MAX);
		p->format[p->n_format++] = word;
	}
	if (m->n_format || !m->port || (!ts_sdp_is(m, "audio") && !ts_sdp_is(m, "video"))) return 0;
	return fail(p, TS_EBADMSG, "m= has no format");
}

/* A line that is refused anyway (port 0) may lack what says how: gateways write "m=video 0". */
static int parse_media(struct parser *p, char *value)
{
	struct ts_sdp_media *m = &p->media[p->n_media++];
	char *rest = value, *kind = cut_word(&rest), *port = cut_word(&rest),
	     *proto = cut_word(&rest);
	const char *const word[] = {kind ? kind : "", port ? port : "", proto ? proto : ""};
	for (int i = 0; i < 3; i++)
		if (strlen(word[i]) > TS_SDP_TOKEN_MAX)
			return fail(p, TS_ELIMIT, "a word of m= has more than %d bytes",
				TS_SDP_TOKEN_MAX);
	if (!port) return fail(p, TS_EBADMSG, "m= needs media, port, protocol and a format");
	int rc = parse_port(p, m, port);
	if (rc) return rc;
	if (!proto && m->port)
		return fail(p, TS_EBADMSG, "m= needs media, port, protocol and a format");
	m->kind = kind;
	m->proto = proto ? proto : "RTP/AVP";
	m->s.attr = &p->attr[p->n_attr];
	m->s.line = p->line;
	p->section = &m->s;
	return parse_formats(p, m, rest);
}

/* Only what a call goes by can be wrong: m=, c= and, later, the attributes in use. All else that is
 * odd is passed over. */
static int parse_line(struct parser *p, char *line)
{
	char *value = line + 2;
	switch (line[0]) {
	case 'o':
		if (!p->n_media) parse_origin(p, value);
		return 0;
	case 's':
		if (!p->n_media && *value) p->sdp->name = value;
		return 0;
	case 'b': parse_bandwidth(p, value); return 0;
	case 'a': parse_attribute(p, value); return 0;
	case 'c': return parse_connection(p, value);
	case 'm': return parse_media(p, value);
	default: return 0;
	}
}

/* ---- lines */

struct lines {
	const char *at, *end;
	uint32_t n;
};

struct line {
	const char *text;
	size_t len; /* without blanks at both ends */
};

static struct lines lines_of(const char *text, size_t n)
{
	static const char bom[] = "\xef\xbb\xbf";
	if (n >= 3 && !memcmp(text, bom, 3)) {
		text += 3;
		n -= 3;
	}
	while (n && !text[n - 1]) n--; /* C strings that were sent whole */
	return (struct lines){text, text + n, 0};
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* The next line that has a type. CR LF ends a line, LF, any number of CR, and both (RFC 8866 5 asks
 * for leniency). */
static bool next_line(struct lines *l, struct line *out)
{
	while (l->at < l->end) {
		const char *from = l->at, *stop = from;
		while (stop < l->end && *stop != '\n' && *stop != '\r') stop++;
		const char *next = stop;
		while (next < l->end && *next == '\r') next++;
		if (next < l->end && *next == '\n') next++;
		l->at = next;
		l->n++;
		while (from < stop && is_blank(*from)) from++;
		while (from < stop && is_blank(stop[-1])) stop--;
		*out = (struct line){from, (size_t)(stop - from)};
		if (out->len) return true;
	}
	return false;
}

static bool has_type(const struct line *line)
{
	return line->len >= 2 && line->text[1] == '=';
}

static bool has_control(const struct line *line)
{
	for (size_t i = 0; i < line->len; i++) {
		unsigned char c = (unsigned char)line->text[i];
		if ((c < ' ' && c != '\t') || c == 0x7f) return true;
	}
	return false;
}

/* A description begins with v=0, or at least as one does where somebody left that out; a fragment
 * with anything else of it, or says nothing. */
static int check_begin(struct parser *p, const char *text, size_t n)
{
	struct lines l = lines_of(text, n);
	struct line line;
	bool any = next_line(&l, &line);
	p->line = l.n ? l.n : 1;
	bool typed = any && has_type(&line);
	if (typed && strchr("osiuepcbtrzkam", line.text[0])) return 0;
	if (p->fragment && !typed && (!any || !has_control(&line))) return 0;
	if (p->fragment) return fail(p, TS_EBADMSG, "a fragment begins with a= or m=");
	if (any && line.len == 3 && !memcmp(line.text, "v=0", 3)) return 0;
	return fail(p, TS_EBADMSG, "a session description begins with v=0");
}

/* Upper bounds of what there will be. */
static int count(struct parser *p, const char *text, size_t n)
{
	struct lines l = lines_of(text, n);
	for (struct line line; next_line(&l, &line);) {
		p->line = l.n;
		if (!has_type(&line)) continue;
		if (line.text[0] == 'a' && ++p->n_attr > TS_SDP_ATTR_MAX)
			return fail(p, TS_ELIMIT, "more than %d attributes", TS_SDP_ATTR_MAX);
		if (line.text[0] != 'm') continue;
		if (++p->n_media > TS_SDP_MEDIA_MAX)
			return fail(p, TS_ELIMIT, "more than %d m= lines", TS_SDP_MEDIA_MAX);
		/* a format and a blank: 2 bytes */
		p->n_format += line.len / 2 < TS_SDP_FORMAT_MAX ? line.len / 2 : TS_SDP_FORMAT_MAX;
	}
	return 0;
}

static char *allocate(struct parser *p, size_t n_text)
{
	size_t media = p->n_media * sizeof(*p->media), attr = p->n_attr * sizeof(*p->attr),
	       format = p->n_format * sizeof(*p->format);
	char *block = calloc(1, sizeof(*p->sdp) + media + attr + format + n_text + 1);
	if (!block) return NULL;
	p->sdp = (struct ts_sdp *)(void *)block;
	p->media = (struct ts_sdp_media *)(void *)(block += sizeof(*p->sdp));
	p->attr = (struct ts_sdp_attr *)(void *)(block += media);
	p->format = (const char **)(void *)(block += attr);
	p->n_media = p->n_attr = p->n_format = 0;
	*p->sdp = (struct ts_sdp){.user = "-",
		.session_id = "-",
		.session_version = "-",
		.origin_address = "-",
		.name = "-"};
	p->sdp->media = p->media;
	p->sdp->s.attr = p->attr;
	p->sdp->s.line = 1;
	p->section = &p->sdp->s;
	return block + format;
}

/* text is the copy that is cut into strings. */
static int fill(struct parser *p, char *text, size_t n)
{
	struct lines l = lines_of(text, n);
	int rc = 0;
	for (struct line line; !rc && next_line(&l, &line);) {
		char *at = text + (line.text - text);
		p->line = l.n;
		if (!has_type(&line)) continue; /* the rest of a line that somebody wrapped */
		bool control = has_control(&line);
		at[line.len] = '\0'; /* a blank, a line end or the byte behind all */
		if (!control)
			rc = parse_line(p, at);
		else if (*at == 'm' || *at == 'c')
			rc = fail(p, TS_EBADMSG, "a control byte");
	}
	p->sdp->n_media = p->n_media;
	return rc;
}

static int parse(struct parser p, struct ts_sdp **out, const char *text, size_t n_bytes)
{
	*out = NULL;
	if (p.err_cap) p.err[0] = '\0';
	if (n_bytes > TS_SDP_BYTES_MAX) {
		snprintf(p.err, p.err_cap, "the session description has more than %d bytes",
			TS_SDP_BYTES_MAX);
		return TS_ELIMIT;
	}
	int rc = check_begin(&p, text, n_bytes);
	if (!rc) rc = count(&p, text, n_bytes);
	if (rc) return rc;

	char *copy = allocate(&p, n_bytes);
	if (!copy) return TS_ENOMEM;
	memcpy(copy, text, n_bytes);
	rc = fill(&p, copy, n_bytes);
	*out = p.sdp;
	if (rc) ts_sdp_destroy(out);
	return rc;
}

int ts_sdp_parse(struct ts_sdp **out, const char *text, size_t n_bytes, char *err, size_t err_cap)
{
	return parse((struct parser){.err = err, .err_cap = err_cap}, out, text, n_bytes);
}

int ts_sdp_parse_fragment(
	struct ts_sdp **out, const char *text, size_t n_bytes, char *err, size_t err_cap)
{
	return parse((struct parser){.fragment = true, .err = err, .err_cap = err_cap}, out, text,
		n_bytes);
}

void ts_sdp_destroy(struct ts_sdp **sdp)
{
	free(*sdp);
	*sdp = NULL;
}
