#include "control/sip/number.h"
#include "control/rooms/registry.h"
#include <string.h>

enum { GROUPS_MAX = 9, RULE_MAX = 200, USER_MAX = 128, STEPS_MAX = 10000 };

struct group {
	const char *at;
	size_t len;
};

struct match {
	struct group group[GROUPS_MAX];
	int n_groups, open; /* open: index of the group that has begun; -1: none */
	int steps;          /* left: "......" against a long number would take for ever */
};

static bool in_set(const char *set, size_t len, char c)
{
	for (size_t i = 0; i < len; i++) {
		if (i + 2 < len && set[i + 1] == '-') {
			if (c >= set[i] && c <= set[i + 2]) return true;
			i += 2;
		} else if (set[i] == c) {
			return true;
		}
	}
	return false;
}

/* Does c fit the element at pattern? *next: behind that element. */
static bool fits(const char *pattern, const char *end, char c, const char **next)
{
	*next = pattern + 1;
	switch (*pattern) {
	case 'X': return c >= '0' && c <= '9';
	case 'Z': return c >= '1' && c <= '9';
	case 'N': return c >= '2' && c <= '9';
	case '.': return c;
	case '[': {
		const char *close = memchr(pattern, ']', (size_t)(end - pattern));
		if (!close) return false;
		*next = close + 1;
		return in_set(pattern + 1, (size_t)(close - pattern) - 1, c);
	}
	default: return c == *pattern;
	}
}

static bool match_from(struct match *m, const char *pattern, const char *end, const char *user)
{
	if (!m->steps || !m->steps--) return false;
	if (pattern == end) return !*user && m->open < 0;
	if (*pattern == '(') {
		struct match saved = *m;
		if (m->open >= 0 || m->n_groups == GROUPS_MAX) return false;
		m->open = m->n_groups++;
		m->group[m->open].at = user;
		if (match_from(m, pattern + 1, end, user)) return true;
		saved.steps = m->steps;
		*m = saved;
		return false;
	}
	if (*pattern == ')') {
		int open = m->open;
		if (open < 0) return false;
		m->group[open].len = (size_t)(user - m->group[open].at);
		m->open = -1;
		if (match_from(m, pattern + 1, end, user)) return true;
		m->open = open;
		return false;
	}
	const char *next;
	if (!*user || !fits(pattern, end, *user, &next)) return false;
	/* as many as possible */
	if (*pattern == '.' && match_from(m, pattern, end, user + 1)) return true;
	return match_from(m, next, end, user + 1);
}

static bool append(char *out, size_t cap, size_t *len, const char *text, size_t n)
{
	if (*len + n >= cap) return false;
	memcpy(out + *len, text, n);
	out[ *len += n] = '\0';
	return true;
}

static bool expand(char *out, size_t cap, const char *room, const struct match *m)
{
	size_t len = 0;
	*out = '\0';
	for (; *room; room++) {
		if (*room != '\\') {
			if (!append(out, cap, &len, room, 1)) return false;
			continue;
		}
		int i = *++room - '1';
		if (i < 0 || i >= m->n_groups ||
			!append(out, cap, &len, m->group[i].at, m->group[i].len))
			return false;
	}
	return true;
}

static bool is_balanced(const char *pattern, size_t len, int *groups)
{
	bool open = false, set = false;
	for (size_t i = 0; i < len; i++) {
		char c = pattern[i];
		if (set ? c == '[' || c == '(' || c == ')'
			: (c == '(' && open) || (c == ')' && !open) || c == ']')
			return false;
		if (c == '[') set = true;
		if (c == ']') set = false;
		if (c == '(') ++*groups;
		if (c == '(' || c == ')') open = c == '(';
	}
	return !open && !set && *groups <= GROUPS_MAX;
}

static bool is_number(const char *text)
{
	return *text && strspn(text, "0123456789+*#") == strlen(text);
}

static bool is_rule_ok(const char *rule, bool (*is_good)(const char *text))
{
	const char *equals = strchr(rule, '=');
	int groups = 0;
	if (!equals || equals == rule || !equals[1] || strlen(rule) > RULE_MAX) return false;
	if (!is_balanced(rule, (size_t)(equals - rule), &groups)) return false;
	for (const char *c = equals + 1; *c; c++) {
		char one[2] = {*c, '\0'};
		if (*c == '\\') {
			if (*++c < '1' || *c > '0' + groups) return false;
		} else if (!is_good(one)) {
			return false;
		}
	}
	return true;
}

bool ts_sip_number_ok(const char *rule)
{
	return is_rule_ok(rule, ts_room_id_ok);
}

bool ts_sip_number_rewrite_ok(const char *rule)
{
	return is_rule_ok(rule, is_number);
}

enum found { NO_RULE, NO_ROOM, ROOM };

static enum found by_rule(char *out, size_t cap, const char *user, const char *const *rules,
	size_t n_rules, bool (*is_good)(const char *text))
{
	for (size_t i = 0; i < n_rules; i++) {
		const char *equals = strchr(rules[i], '=');
		struct match m = {.open = -1, .steps = STEPS_MAX};
		if (!equals || !match_from(&m, rules[i], equals, user)) continue;
		return expand(out, cap, equals + 1, &m) && is_good(out) ? ROOM : NO_ROOM;
	}
	return NO_RULE;
}

bool ts_sip_number_strip(char *out, size_t cap, const char *user)
{
	size_t n = 0, digits = 0;
	for (const char *c = user; *c && n + 1 < cap; c++) {
		if (strchr("-.() ", *c)) continue;
		if (!(*c >= '0' && *c <= '9') && !strchr("*#", *c) && !(*c == '+' && !n))
			return false;
		digits += *c >= '0' && *c <= '9';
		out[n++] = *c;
	}
	out[n] = '\0';
	return digits > 0;
}

bool ts_sip_number_rule(
	char *out, size_t cap, const char *user, const char *const *rules, size_t n_rules)
{
	char number[USER_MAX + 1];
	if (strlen(user) > USER_MAX) return false;
	enum found found = by_rule(out, cap, user, rules, n_rules, ts_room_id_ok);
	if (found == NO_RULE && ts_sip_number_strip(number, sizeof(number), user))
		found = by_rule(out, cap, number, rules, n_rules, ts_room_id_ok);
	return found == ROOM;
}

bool ts_sip_number_room(
	char *out, size_t cap, const char *user, const char *const *rules, size_t n_rules)
{
	char number[USER_MAX + 1];
	size_t len = 0;
	if (strlen(user) > USER_MAX) return false;
	enum found found = by_rule(out, cap, user, rules, n_rules, ts_room_id_ok);
	bool numeric = ts_sip_number_strip(number, sizeof(number), user);
	if (found == NO_RULE && numeric)
		found = by_rule(out, cap, number, rules, n_rules, ts_room_id_ok);
	if (found != NO_RULE) return found == ROOM;
	if (numeric && !ts_room_id_ok(user)) user = number; /* a room may be called "2026-11" */
	return ts_room_id_ok(user) && append(out, cap, &len, user, strlen(user));
}

bool ts_sip_number_rewrite(
	char *out, size_t cap, const char *number, const char *const *rules, size_t n_rules)
{
	return strlen(number) <= USER_MAX &&
		by_rule(out, cap, number, rules, n_rules, is_number) == ROOM;
}
