#include "control/sip/identity.h"
#include "control/sip/name.h"
#include <glib.h>
#include <stdbool.h>
#include <string.h>

#define ANONYMOUS "Anonymous"

struct text {
	const char *p;
	size_t n;
};

/* Up to the first of `ends` that stands outside quotes and <>. */
static struct text until(const char *p, size_t n, const char *ends)
{
	bool quoted = false, angled = false;
	size_t i = 0;
	for (; i < n; i++) {
		if (quoted && p[i] == '\\')
			i++;
		else if (p[i] == '"')
			quoted = !quoted;
		else if (!quoted && (p[i] == '<' || p[i] == '>'))
			angled = p[i] == '<';
		else if (!quoted && !angled && p[i] && strchr(ends, p[i]))
			break;
	}
	return (struct text){p, MIN(i, n)};
}

static bool is_word(struct text t, const char *word)
{
	while (t.n && g_ascii_isspace(*t.p)) t.p++, t.n--;
	while (t.n && g_ascii_isspace(t.p[t.n - 1])) t.n--;
	return t.n == strlen(word) && !g_ascii_strncasecmp(t.p, word, t.n);
}

/* Of a list of words with ; or , between. */
static bool has_word(const char *p, size_t n, const char *word)
{
	while (n) {
		struct text one = until(p, n, ";,");
		if (is_word(one, word)) return true;
		p += one.n;
		n -= one.n;
		if (n) p++, n--;
	}
	return false;
}

static bool is_private(const struct ts_sip_asserted *a)
{
	static const char *const words[] = {"id", "user", "header"};
	if (!a->privacy || has_word(a->privacy, a->n_privacy, "none")) return false;
	for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
		if (has_word(a->privacy, a->n_privacy, words[i])) return true;
	return false;
}

/* A parameter behind the address: ;privacy=full. "": there is none. */
static struct text param_of(struct text value, const char *name)
{
	struct text address = until(value.p, value.n, ";");
	const char *p = value.p + address.n;
	size_t n = value.n - address.n;
	while (n) {
		p++, n--;
		struct text one = until(p, n, ";");
		struct text key = until(one.p, one.n, "=");
		if (is_word(key, name) && key.n < one.n)
			return (struct text){one.p + key.n + 1, one.n - key.n - 1};
		p += one.n;
		n -= one.n;
	}
	return (struct text){"", 0};
}

/* The first that is of the caller. */
static bool by_party(char *out, size_t cap, const char *p, size_t n)
{
	while (n) {
		struct text one = until(p, n, ",");
		struct text party = param_of(one, "party"), privacy = param_of(one, "privacy");
		if (!party.n || is_word(party, "calling")) {
			if (is_word(privacy, "full") || is_word(privacy, "name") ||
				is_word(privacy, "uri"))
				g_strlcpy(out, ANONYMOUS, cap);
			else
				ts_sip_caller(out, cap, one.p, one.n);
			return true;
		}
		p += one.n;
		n -= one.n;
		if (n) p++, n--;
	}
	return false;
}

void ts_sip_identity(char *out, size_t cap, const struct ts_sip_asserted *a)
{
	*out = '\0';
	if (is_private(a)) {
		g_strlcpy(out, ANONYMOUS, cap);
		return;
	}
	if (a->p_asserted) {
		struct text first = until(a->p_asserted, a->n_asserted, ",");
		ts_sip_caller(out, cap, first.p, first.n);
	}
	if (!*out && a->remote_party) by_party(out, cap, a->remote_party, a->n_party);
}
