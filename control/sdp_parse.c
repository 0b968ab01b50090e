#include "base/error.h"
#include "control/sdp.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* The description is read twice: once to count, so that everything fits one allocation, once to fill it in. The copy of the
 * text is cut into strings in place. */

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

__attribute__((format(printf, 3, 4))) static int fail(struct parser *p, int code, const char *fmt, ...)
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

static int parse_origin(struct parser *p, char *value)
{
	char *w[6];
	if (cut_words(value, w, 6) != 6)
		return fail(p, TS_EBADMSG, "o= needs user, id, version, IN, IP4 or IP6, address");
	p->sdp->user = w[0];
	p->sdp->session_id = w[1];
	p->sdp->session_version = w[2];
	p->sdp->origin_ip6 = !strcmp(w[4], "IP6");
	p->sdp->origin_address = w[5];
	return 0;
}

static int parse_connection(struct parser *p, char *value)
{
	char *w[3];
	if (cut_words(value, w, 3) != 3) return fail(p, TS_EBADMSG, "c= needs IN, IP4 or IP6, address");
	if (strcmp(w[0], "IN") || (strcmp(w[1], "IP4") && strcmp(w[1], "IP6")))
		return fail(p, TS_EBADMSG, "c= is neither IN IP4 nor IN IP6");
	w[2][strcspn(w[2], "/")] = '\0';
	if (!*w[2]) return fail(p, TS_EBADMSG, "c= has no address");
	p->section->ip6 = !strcmp(w[1], "IP6");
	p->section->address = w[2];
	return 0;
}

static int parse_bandwidth(struct parser *p, char *value)
{
	char *number = strchr(value, ':');
	uint32_t v;
	if (!number || !parse_u32(number + 1, UINT32_MAX, &v)) return 0; /* advice at best: never worth a refusal */
	*number = '\0';
	if (!strcmp(value, "AS")) p->section->as_kbps = v;
	if (!strcmp(value, "TIAS")) p->section->tias_bps = v;
	return 0;
}

static int parse_attribute(struct parser *p, char *value)
{
	for (size_t n = strlen(value); n && (value[n - 1] == ' ' || value[n - 1] == '\t');) value[--n] = '\0';
	char *colon = strchr(value, ':');
	if (colon) *colon = '\0';
	if (!*value || strpbrk(value, " \t")) return fail(p, TS_EBADMSG, "the attribute's name is empty or has blanks");
	struct ts_sdp_attr *a = &p->attr[p->n_attr++];
	*a = (struct ts_sdp_attr){value, colon ? colon + 1 : "", p->line};
	p->section->n_attr++;
	return 0;
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

static int parse_media(struct parser *p, char *value)
{
	struct ts_sdp_media *m = &p->media[p->n_media++];
	char *w[3], *rest = value;
	for (int i = 0; i < 3; i++) {
		if (!(w[i] = cut_word(&rest)))
			return fail(p, TS_EBADMSG, "m= needs media, port, protocol and a format");
		if (strlen(w[i]) > TS_SDP_TOKEN_MAX)
			return fail(p, TS_ELIMIT, "a word of m= has more than %d bytes", TS_SDP_TOKEN_MAX);
	}
	m->kind = w[0];
	m->proto = w[2];
	m->format = &p->format[p->n_format];
	for (char *word; (word = cut_word(&rest)); m->n_format++) {
		if (m->n_format == TS_SDP_FORMAT_MAX)
			return fail(p, TS_ELIMIT, "more than %d formats in m=", TS_SDP_FORMAT_MAX);
		if (strlen(word) > TS_SDP_TOKEN_MAX)
			return fail(p, TS_ELIMIT, "a format has more than %d bytes", TS_SDP_TOKEN_MAX);
		p->format[p->n_format++] = word;
	}
	if (!m->n_format) return fail(p, TS_EBADMSG, "m= has no format");
	m->s.attr = &p->attr[p->n_attr];
	m->s.line = p->line;
	p->section = &m->s;
	return parse_port(p, m, w[1]);
}

/* Lines of the session that may not stand behind an m-line. */
static int parse_session_line(struct parser *p, char type, char *value)
{
	if (p->n_media) return fail(p, TS_EBADMSG, "%c= stands behind an m= line", type);
	if (type == 'o') return parse_origin(p, value);
	if (type == 's') p->sdp->name = *value ? value : "-";
	return 0; /* u= e= p= t= r= z= say nothing to a call */
}

static int parse_line(struct parser *p, char *line)
{
	if (!line[0] || line[1] != '=') return 0; /* blank, or the rest of a line that somebody wrapped */
	char *value = line + 2;
	switch (line[0]) {
	case 'o':
	case 's':
	case 'u':
	case 'e':
	case 'p':
	case 't':
	case 'r':
	case 'z': return parse_session_line(p, line[0], value);
	case 'i':
	case 'k': return 0;
	case 'c': return parse_connection(p, value);
	case 'b': return parse_bandwidth(p, value);
	case 'a': return parse_attribute(p, value);
	case 'm': return parse_media(p, value);
	case 'v': return fail(p, TS_EBADMSG, "a second v= line");
	default: break;
	}
	bool shown = line[0] > ' ' && line[0] < 0x7f;
	return fail(p, TS_EBADMSG, "unknown type letter %c", shown ? line[0] : '?');
}

/* ---- lines */

/* The end of the line at s, behind which the next one begins (or `end`). The last byte before it is cut off with its CR. */
static char *cut_line(char *s, char *end)
{
	char *lf = memchr(s, '\n', (size_t)(end - s));
	char *stop = lf ? lf : end;
	if (stop > s && stop[-1] == '\r') stop[-1] = '\0';
	*stop = '\0'; /* *end is ours: the terminator */
	return lf ? lf + 1 : end;
}

static int check_bytes(struct parser *p, const char *text, size_t n)
{
	p->line = 1;
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)text[i];
		if (c == '\n') p->line++;
		bool line_end = c == '\n' || (c == '\r' && (i + 1 == n || text[i + 1] == '\n'));
		if ((c < ' ' && c != '\t' && !line_end) || c == 0x7f) return fail(p, TS_EBADMSG, "a control byte");
	}
	return 0;
}

/* Upper bounds of what there will be; and the first line must be v=0. */
static int count(struct parser *p, const char *text, size_t n)
{
	bool version = p->fragment;
	p->line = 0;
	for (size_t i = 0; i < n;) {
		const char *line = text + i, *lf = memchr(line, '\n', n - i);
		size_t len = lf ? (size_t)(lf - line) : n - i;
		i += len + 1;
		p->line++;
		if (len && line[len - 1] == '\r') len--;
		if (!version && len && (len != 3 || memcmp(line, "v=0", 3))) break;
		version |= len != 0;
		if (len < 2 || line[1] != '=') continue;
		if (line[0] == 'a' && ++p->n_attr > TS_SDP_ATTR_MAX)
			return fail(p, TS_ELIMIT, "more than %d attributes", TS_SDP_ATTR_MAX);
		if (line[0] != 'm') continue;
		if (++p->n_media > TS_SDP_MEDIA_MAX)
			return fail(p, TS_ELIMIT, "more than %d m= lines", TS_SDP_MEDIA_MAX);
		p->n_format += len / 2 < TS_SDP_FORMAT_MAX ? len / 2
							   : TS_SDP_FORMAT_MAX; /* a format and a blank: 2 bytes */
	}
	if (version) return 0;
	if (!p->line) p->line = 1;
	return fail(p, TS_EBADMSG, "a session description begins with v=0");
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
	*p->sdp = (struct ts_sdp){
		.user = "-", .session_id = "-", .session_version = "-", .origin_address = "-", .name = "-"};
	p->sdp->media = p->media;
	p->sdp->s.attr = p->attr;
	p->sdp->s.line = 1;
	p->section = &p->sdp->s;
	return block + format;
}

static int parse(struct parser p, struct ts_sdp **out, const char *text, size_t n_bytes)
{
	*out = NULL;
	if (p.err_cap) p.err[0] = '\0';
	if (n_bytes > TS_SDP_BYTES_MAX) {
		snprintf(p.err, p.err_cap, "the session description has more than %d bytes", TS_SDP_BYTES_MAX);
		return TS_ELIMIT;
	}
	int rc = check_bytes(&p, text, n_bytes);
	if (!rc) rc = count(&p, text, n_bytes);
	if (rc) return rc;

	char *at = allocate(&p, n_bytes), *end = at + n_bytes;
	if (!p.sdp) return TS_ENOMEM;
	memcpy(at, text, n_bytes);
	bool version = p.fragment;
	for (p.line = 1; at < end && !rc; p.line++) {
		char *line = at;
		at = cut_line(at, end);
		if (version || !*line)
			rc = parse_line(&p, line);
		else
			version = true; /* count() saw that it is v=0 */
		if (rc) break;
	}
	p.sdp->n_media = p.n_media;
	*out = p.sdp;
	if (rc) ts_sdp_destroy(out);
	return rc;
}

int ts_sdp_parse(struct ts_sdp **out, const char *text, size_t n_bytes, char *err, size_t err_cap)
{
	return parse((struct parser){.err = err, .err_cap = err_cap}, out, text, n_bytes);
}

int ts_sdp_parse_fragment(struct ts_sdp **out, const char *text, size_t n_bytes, char *err, size_t err_cap)
{
	return parse((struct parser){.fragment = true, .err = err, .err_cap = err_cap}, out, text, n_bytes);
}

void ts_sdp_destroy(struct ts_sdp **sdp)
{
	free(*sdp);
	*sdp = NULL;
}
