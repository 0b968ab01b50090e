#include "control/sip/digits.h"
#include "base/error.h"
#include <stdbool.h>
#include <string.h>
#include <strings.h>

static const char keys[] = "0123456789*#ABCD";

struct text {
	const char *p;
	size_t n;
};

static struct text trim(struct text t)
{
	while (t.n && (*t.p == ' ' || *t.p == '\t')) t.p++, t.n--;
	while (t.n && (t.p[t.n - 1] == ' ' || t.p[t.n - 1] == '\t')) t.n--;
	return t;
}

/* Cuts off the first line, which ends by CR, LF or both. */
static struct text next_line(struct text *rest)
{
	struct text line = {rest->p, 0};
	while (line.n < rest->n && rest->p[line.n] != '\r' && rest->p[line.n] != '\n') line.n++;
	const size_t skip = line.n + (line.n < rest->n);
	rest->p += skip;
	rest->n -= skip;
	return trim(line);
}

static int read_number(char *out, struct text value)
{
	unsigned number = 0;
	for (size_t i = 0; i < value.n; i++) {
		if (value.p[i] < '0' || value.p[i] > '9') return TS_EINVAL;
		number = number * 10 + (unsigned)(value.p[i] - '0');
	}
	if (number > 255) return TS_EINVAL;
	*out = number < sizeof(keys) - 1 ? keys[number] : '\0';
	return 0;
}

static int read_signal(char *out, struct text value)
{
	if (!value.n || value.n > 8) return TS_EINVAL;
	if (value.n == 1) {
		char c = *value.p;
		if (c >= 'a' && c <= 'd') c = (char)(c - 'a' + 'A');
		*out = c;
		return c && strchr(keys, c) ? 0 : TS_EINVAL;
	}
	if (value.n == 2 && !strncasecmp(value.p, "hf", 2)) { /* hook flash */
		*out = '\0';
		return 0;
	}
	return value.n <= 3 ? read_number(out, value) : TS_EINVAL;
}

static bool is_named(struct text name, const char *want)
{
	name = trim(name);
	return name.n == strlen(want) && !strncasecmp(name.p, want, name.n);
}

int ts_sip_digit_read(char *out, const char *body, size_t n)
{
	struct text rest = {body, n};
	if (n > TS_SIP_DIGIT_BODY_MAX) return TS_EINVAL;
	while (rest.n) {
		const struct text line = next_line(&rest);
		const char *equals = line.n ? memchr(line.p, '=', line.n) : NULL;
		if (!line.n) continue;
		if (!equals) return read_signal(out, line);
		const struct text name = {line.p, (size_t)(equals - line.p)},
				  value = {equals + 1, line.n - name.n - 1};
		if (is_named(name, "signal")) return read_signal(out, trim(value));
	}
	return TS_EINVAL;
}
