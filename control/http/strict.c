#include "control/http/strict.h"
#include <glib.h>
#include <string.h>

static bool is_token(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!g_ascii_isalnum(text[i]) && (!text[i] || !strchr("!#$%&'*+-.^_`|~", text[i])))
			return false;
	return len > 0;
}

/* Blanks and what is not ASCII are part of values. */
static bool has_control_bytes(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (((unsigned char)text[i] < ' ' && text[i] != '\t') || text[i] == 0x7f)
			return true;
	return false;
}

static bool is_named(const struct ts_http_field *field, const char *name)
{
	return field->name_len == strlen(name) &&
		!g_ascii_strncasecmp(field->name, name, field->name_len);
}

/* The only one, NULL: there is none; *n: how many. */
static const struct ts_http_field *find(
	const struct ts_http_head *head, const char *name, size_t *n)
{
	const struct ts_http_field *found = NULL;
	*n = 0;
	for (size_t i = 0; i < head->n; i++) {
		if (!is_named(&head->field[i], name)) continue;
		found = &head->field[i];
		(*n)++;
	}
	return found;
}

/* Blanks behind it are not left out: libmicrohttpd 0.9 would not know the word. */
static bool equals(const struct ts_http_field *field, const char *word)
{
	return field->value_len == strlen(word) &&
		!g_ascii_strncasecmp(field->value, word, field->value_len);
}

/* ---- framing of the body */

static bool is_number(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!g_ascii_isdigit(text[i])) return false;
	return len > 0 && len <= 18;
}

static const char *why_bad_framing(const struct ts_http_head *head, int *status)
{
	size_t n_length, n_coding;
	const struct ts_http_field *length = find(head, "Content-Length", &n_length);
	const struct ts_http_field *coding = find(head, "Transfer-Encoding", &n_coding);
	if (n_length > 1) return "Content-Length more than once";
	if (length && !is_number(length->value, length->value_len))
		return "Content-Length is not a number";
	if (!coding) return NULL;
	if (length) return "Content-Length and Transfer-Encoding";
	if (n_coding > 1) return "Transfer-Encoding more than once";
	if (strcmp(head->version, "HTTP/1.1") != 0) return "Transfer-Encoding in HTTP/1.0";
	if (equals(coding, "chunked")) return NULL;
	*status = 501;
	return "a Transfer-Encoding other than chunked";
}

/* ---- whom it is for */

/* uri-host [ ":" port ], RFC 3986 3.2.2 */
static bool is_host(const char *text, size_t len)
{
	const char *end = text + len, *p = text;
	if (p < end && *p == '[') {
		do p++;
		while (p < end && (g_ascii_isxdigit(*p) || *p == ':' || *p == '.'));
		if (p == end || *p++ != ']') return false;
	} else {
		while (p < end && *p && *p != ':' &&
			(g_ascii_isalnum(*p) || strchr("-._~!$&'()*+;=%", *p)))
			p++;
	}
	if (p < end && *p != ':') return false;
	for (p += p < end; p < end; p++)
		if (!g_ascii_isdigit(*p)) return false;
	return true;
}

static const char *why_bad_host(const struct ts_http_head *head)
{
	size_t n;
	const struct ts_http_field *host = find(head, "Host", &n);
	if (n > 1) return "Host more than once";
	if (!host) return strcmp(head->version, "HTTP/1.0") ? "no Host" : NULL;
	if (!is_host(host->value, host->value_len)) return "Host is no host";
	const char *authority = strstr(head->target, "://");
	if (*head->target == '/' || !authority) return NULL;
	authority += 3;
	size_t len = strcspn(authority, "/?");
	bool same = len == host->value_len && !g_ascii_strncasecmp(authority, host->value, len);
	return same ? NULL : "Host is not that of the target";
}

/* ---- lines */

const char *ts_http_why_bad_target(const char *target)
{
	for (const char *p = target; *p; p++)
		if ((unsigned char)*p <= ' ' || *p == 0x7f || *p == '#')
			return "control bytes, blanks or a fragment in the target";
	if (*target == '/' || !strcmp(target, "*")) return NULL;
	if (!g_ascii_strncasecmp(target, "http://", 7) ||
		!g_ascii_strncasecmp(target, "https://", 8))
		return NULL;
	return "the target is no path";
}

static const char *why_bad_field(const struct ts_http_field *field)
{
	if (!is_token(field->name, field->name_len)) return "the name of a header is no token";
	return has_control_bytes(field->value, field->value_len) ? "control bytes in a header"
								 : NULL;
}

/* ---- how they lay: NAME ":" blanks VALUE CR LF NAME ... in one piece */

enum { LINE_END = 2 };

static bool is_of_one_line(const struct ts_http_field *field)
{
	const char *colon = field->name + field->name_len;
	ptrdiff_t blanks = field->value - colon - 1;
	if (blanks < 0 || blanks > 16384) return false;
	for (ptrdiff_t i = 1; i <= blanks; i++)
		if (colon[i] != ' ' && colon[i] != '\t') return false;
	return true;
}

/* Of CR LF two zeros are left; after a zero within the value goes on what nobody would read. */
static bool is_ended(const struct ts_http_field *field)
{
	const char *end = field->value + field->value_len;
	return !end[0] && !end[1];
}

static const char *why_bad_lines(const struct ts_http_head *head)
{
	const char *end = head->version + strlen(head->version);
	if (head->target != head->method + strlen(head->method) + 1)
		return "several blanks in the request line";
	if (head->version != head->target + head->target_len + 1) return "a NUL in the target";
	for (size_t i = 0; i < head->n; i++) {
		const struct ts_http_field *field = &head->field[i];
		if (!is_of_one_line(field)) return "a folded header";
		if (field->name != end + LINE_END)
			return "a header line that is not NAME: VALUE CRLF";
		end = field->value + field->value_len;
		if (!is_ended(field)) return "a header line that does not end where its value does";
	}
	return NULL;
}

const char *ts_http_why_bad_trailers(const struct ts_http_head *trailers)
{
	const char *why = NULL;
	if (trailers->n > TS_HTTP_FIELDS_MAX) return "too many trailers";
	for (size_t i = 0; i < trailers->n && !why; i++) {
		const struct ts_http_field *field = &trailers->field[i];
		why = why_bad_field(field);
		if (!why && (!is_of_one_line(field) || !is_ended(field)))
			why = "a trailer that is not NAME: VALUE CRLF";
	}
	return why;
}

/* "... CR LF" SIZE ";" extensions CR LF, the first line of a body without what stands before it. */
bool ts_http_is_chunk_bad(const char *from, const char *data)
{
	const char *line = data - LINE_END;
	if (line <= from || memcmp(line, "\r\n", LINE_END) != 0) return true;
	while (line > from && line[-1] != '\n')
		if (has_control_bytes(--line, 1)) return true;
	return line > from && (line - from < LINE_END || line[-LINE_END] != '\r');
}

const char *ts_http_why_bad(const struct ts_http_head *head, int *status)
{
	const char *why = ts_http_why_bad_target(head->target);
	*status = 400;
	if (!is_token(head->method, strlen(head->method))) return "the method is no token";
	if (head->n > TS_HTTP_FIELDS_MAX) return "too many headers";
	for (size_t i = 0; i < head->n && !why; i++) why = why_bad_field(&head->field[i]);
	if (!why) why = why_bad_host(head);
	if (!why) why = why_bad_framing(head, status);
	if (!why && head->raw) why = why_bad_lines(head);
	return why;
}
