#include "control/sip/reliable.h"
#include <string.h>

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static size_t skip_blanks(const char *value, size_t n, size_t at)
{
	while (at < n && is_blank(value[at])) at++;
	return at;
}

/* Where it ends; 0: there is none, or it is too large. */
static size_t read_number(uint32_t *out, const char *value, size_t n, size_t at)
{
	uint64_t number = 0;
	size_t from = at;
	for (; at < n && value[at] >= '0' && value[at] <= '9'; at++)
		if ((number = number * 10 + (uint64_t)(value[at] - '0')) > UINT32_MAX) return 0;
	*out = (uint32_t)number;
	return at > from ? at : 0;
}

bool ts_sip_rseq_parse(uint32_t *rseq, const char *value, size_t n)
{
	size_t at = read_number(rseq, value, n, skip_blanks(value, n, 0));
	return at && *rseq && skip_blanks(value, n, at) == n;
}

bool ts_sip_rack_parse(struct ts_sip_rack *out, const char *value, size_t n)
{
	size_t at = read_number(&out->rseq, value, n, skip_blanks(value, n, 0));
	if (!at || !out->rseq || at == n || !is_blank(value[at])) return false;
	at = read_number(&out->cseq, value, n, skip_blanks(value, n, at));
	if (!at || at == n || !is_blank(value[at])) return false;
	at = skip_blanks(value, n, at);
	while (n > at && is_blank(value[n - 1])) n--;
	if (n == at || n - at >= sizeof(out->method)) return false;
	for (size_t i = at; i < n; i++)
		if (value[i] <= ' ' || value[i] > '~') return false;
	memcpy(out->method, value + at, n - at);
	out->method[n - at] = '\0';
	return true;
}
