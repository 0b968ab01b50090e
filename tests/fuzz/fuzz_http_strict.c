/* Heads of requests that two readers could read differently. One reader here is as lenient as
 * libmicrohttpd 0.9 and cuts the text in place; the other follows RFC 9112 by the letter. What
 * control/http/strict.c lets through, both read alike, it has one Host and one framing of the body;
 * and what is plain to the second reader is let through. "Z: z" stands behind whatever comes, since
 * the end of the last line is what a cut text does not show. The first byte says whether the head
 * is judged as raw text. */
#include "control/http/strict.h"
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char last_line[] = "\r\nZ: z\r\n\r\n";

struct text {
	char *bytes;     /* as they came, until they are cut */
	const char *own; /* a copy that nobody cuts */
	size_t len;
	char *fold; /* behind them: where folded values are put together */
};

/* ---- the lenient one */

/* The next line, cut; NULL: no more. */
static char *next_line(struct text *t, size_t *at)
{
	char *line = t->bytes + *at;
	size_t i = *at;
	while (i + 1 < t->len && t->bytes[i] != '\r' && t->bytes[i] != '\n') i++;
	if (i + 1 >= t->len) return NULL;
	if (t->bytes[i] == '\r' && t->bytes[i + 1] == '\n') t->bytes[i++] = '\0';
	t->bytes[i++] = '\0';
	*at = i;
	return line;
}

static bool cut_request_line(struct ts_http_head *head, char *line)
{
	char *target = strchr(line, ' ');
	if (!target) return false;
	for (*target++ = '\0'; *target == ' ';) target++;
	char *version = strrchr(target, ' ');
	if (!version) return false;
	*version = '\0';
	head->method = line;
	head->target = target;
	head->target_len = strlen(target);
	head->version = version + 1;
	/* it refuses all others itself, and cuts off the query */
	return !strcmp(head->version, "HTTP/1.1") || !strcmp(head->version, "HTTP/1.0");
}

static void fold(struct text *t, struct ts_http_field *field, const char *more)
{
	while (*more == ' ' || *more == '\t') more++;
	char *joined = t->fold;
	size_t len = strlen(more);
	memcpy(joined, field->value, field->value_len);
	memcpy(joined + field->value_len, more, len + 1);
	field->value = joined;
	field->value_len += len;
	t->fold += field->value_len + 1;
}

static bool cut_field(struct ts_http_head *head, char *line)
{
	char *colon = strchr(line, ':');
	if (!colon || colon == line) return false;
	*colon = '\0';
	char *value = colon + 1;
	while (*value == ' ' || *value == '\t') value++;
	if (head->n < TS_HTTP_FIELDS_MAX)
		head->field[head->n] = (struct ts_http_field){
			line, value, strlen(line), strlen(value)};
	head->n++;
	return true;
}

/* False: it refuses that itself, or the head ends before our own last line. */
static bool cut(struct ts_http_head *head, struct text *t)
{
	size_t at = 0, folds = 0;
	char *line = next_line(t, &at);
	if (!line || !cut_request_line(head, line)) return false;
	while ((line = next_line(t, &at)) && *line) {
		if (*line != ' ' && *line != '\t') {
			if (!cut_field(head, line)) return false;
		} else if (head->n && head->n <= TS_HTTP_FIELDS_MAX && ++folds < 16) {
			fold(t, &head->field[head->n - 1], line);
		} else {
			return false;
		}
	}
	return line && at == t->len;
}

/* ---- the strict one */

struct line {
	const char *at;
	size_t len;
};

static bool is_token_byte(unsigned char c)
{
	return c > ' ' && c < 0x7f && !memchr("\"(),/:;<=>?@[\\]{}", c, 17);
}

static bool is_value_byte(unsigned char c)
{
	return c == '\t' || (c >= ' ' && c != 0x7f);
}

/* A line that ends in CR LF and has neither inside. */
static bool take_line(const struct text *t, size_t *at, struct line *out)
{
	const char *begin = t->own + *at, *lf = memchr(begin, '\n', t->len - *at);
	if (!lf || lf == begin || lf[-1] != '\r') return false;
	*out = (struct line){begin, (size_t)(lf - 1 - begin)};
	*at += out->len + 2;
	return !memchr(begin, '\r', out->len);
}

static bool is_request_line(const struct line *l)
{
	const char *one = memchr(l->at, ' ', l->len);
	if (!one || one == l->at) return false;
	for (const char *p = l->at; p < one; p++)
		if (!is_token_byte((unsigned char)*p)) return false;
	const char *two = memchr(one + 1, ' ', l->len - (size_t)(one + 1 - l->at));
	if (!two || two == one + 1) return false;
	for (const char *p = one + 1; p < two; p++)
		if ((unsigned char)*p <= ' ' || *p == 0x7f || *p == '#') return false;
	size_t len = l->len - (size_t)(two + 1 - l->at);
	return len == 8 && (!memcmp(two + 1, "HTTP/1.1", 8) || !memcmp(two + 1, "HTTP/1.0", 8));
}

static bool read_field(const struct line *l, struct ts_http_field *out)
{
	const char *p = l->at, *end = l->at + l->len;
	while (p < end && is_token_byte((unsigned char)*p)) p++;
	if (p == l->at || p == end || *p != ':') return false;
	out->name = l->at;
	out->name_len = (size_t)(p++ - l->at);
	while (p < end && (*p == ' ' || *p == '\t')) p++;
	out->value = p;
	out->value_len = (size_t)(end - p);
	for (; p < end; p++)
		if (!is_value_byte((unsigned char)*p)) return false;
	return true;
}

static bool read_strictly(const struct text *t, struct ts_http_field *field, size_t *n)
{
	struct line l;
	size_t at = 0;
	*n = 0;
	if (!take_line(t, &at, &l) || !is_request_line(&l)) return false;
	while (take_line(t, &at, &l) && l.len)
		if (*n == TS_HTTP_FIELDS_MAX || !read_field(&l, &field[(*n)++])) return false;
	return at == t->len;
}

/* ---- both */

static const struct ts_http_field *only(
	const struct ts_http_field *field, size_t n, const char *name, int *count)
{
	const struct ts_http_field *found = NULL;
	*count = 0;
	for (size_t i = 0; i < n; i++)
		if (field[i].name_len == strlen(name) &&
			!strncasecmp(field[i].name, name, field[i].name_len)) {
			found = &field[i];
			++*count;
		}
	return found;
}

static bool all_of(const struct ts_http_field *field, const char *set)
{
	for (size_t i = 0; i < field->value_len; i++)
		if (!field->value[i] || !strchr(set, field->value[i])) return false;
	return true;
}

static bool is_plain_host(const struct ts_http_field *host)
{
	return host && host->value_len && all_of(host, "abcdefghijklmnopqrstuvwxyz0123456789.-");
}

static void judge_taken(const struct ts_http_field *field, size_t n, bool newer)
{
	int hosts, lengths, codings;
	const struct ts_http_field *host = only(field, n, "Host", &hosts),
				   *length = only(field, n, "Content-Length", &lengths),
				   *coding = only(field, n, "Transfer-Encoding", &codings);
	if (hosts > 1 || (newer && !hosts) || lengths + codings > 1 || (codings && !newer)) abort();
	if (length &&
		(!length->value_len || length->value_len > 18 || !all_of(length, "0123456789")))
		abort();
	if (coding && (coding->value_len != 7 || strncasecmp(coding->value, "chunked", 7) != 0))
		abort();
	if (!host) return;
	for (size_t i = 0; i < host->value_len; i++)
		if (strchr(" \t,/?#@\\\"<>", host->value[i])) abort();
}

static bool is_plain(const struct ts_http_field *field, size_t n, const char *target)
{
	int hosts, lengths, codings;
	const struct ts_http_field *host = only(field, n, "Host", &hosts),
				   *length = only(field, n, "Content-Length", &lengths);
	only(field, n, "Transfer-Encoding", &codings);
	if (hosts != 1 || !is_plain_host(host) || codings || lengths > 1 || *target != '/')
		return false;
	return !length ||
		(length->value_len && length->value_len <= 18 && all_of(length, "0123456789"));
}

static void judge(struct text *t, bool raw)
{
	static struct ts_http_head head;
	static struct ts_http_field strict[TS_HTTP_FIELDS_MAX];
	size_t n;
	int status = 0;
	memset(&head, 0, sizeof(head));
	head.raw = raw;
	const bool is_strict = read_strictly(t, strict, &n);
	if (!cut(&head, t)) return;
	const char *why = ts_http_why_bad(&head, &status);
	if (why) {
		if (status != 400 && status != 501) abort();
		if (is_strict && is_plain(strict, n, head.target)) abort();
		return;
	}
	judge_taken(head.field, head.n, !strcmp(head.version, "HTTP/1.1"));
	if (!raw) return;
	if (!is_strict || n != head.n) abort();
	for (size_t i = 0; i < n; i++)
		if (strict[i].name - t->own != head.field[i].name - t->bytes ||
			strict[i].value - t->own != head.field[i].value - t->bytes ||
			strict[i].name_len != head.field[i].name_len ||
			strict[i].value_len != head.field[i].value_len)
			abort();
}

/* Of CR LF two zeros are left, and of NUL LF as well: the one thing within the head that a cut text
 * does not show. */
static bool has_nul_at_line_end(const uint8_t *data, size_t size)
{
	for (size_t i = 0; i + 1 < size; i++)
		if (!data[i] && (data[i + 1] == '\n' || data[i + 1] == '\r')) return true;
	return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!size || has_nul_at_line_end(data, size)) return 0;
	/* what came may end its last line itself */
	const char *last = last_line + (data[size - 1] == '\n' ? 2 : 0);
	const size_t came = size - 1, len = came + strlen(last);
	struct text t = {.bytes = calloc(1, 17 * (len + 1)), .len = len};
	char *own = malloc(len);
	if (!t.bytes || !own) abort();
	memcpy(own, data + 1, came);
	memcpy(own + came, last, strlen(last));
	memcpy(t.bytes, own, len);
	t.own = own;
	t.fold = t.bytes + len + 1;
	judge(&t, data[0] & 1);
	free(own);
	free(t.bytes);
	return 0;
}
