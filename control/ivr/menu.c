#include "control/ivr/menu.h"

#include <string.h>

static void clear(struct ts_menu *m)
{
	memset(m->digits, 0, sizeof m->digits);
	m->n = 0;
}

void ts_menu_begin(struct ts_menu *m, int64_t now_ns)
{
	*m = (struct ts_menu){.end_ns = now_ns + TS_MENU_ENTER_NS, .quiet_ns = now_ns};
}

void ts_menu_ask(struct ts_menu *m, enum ts_menu_asks asks, size_t length, int64_t now_ns)
{
	clear(m);
	m->asks = asks;
	m->length = length <= TS_MENU_DIGITS_MAX ? length : 0;
	m->wrong = 0;
	m->quiet_ns = now_ns;
}

enum ts_menu_act ts_menu_digit(struct ts_menu *m, char digit, int64_t now_ns)
{
	if (m->over) return TS_MENU_NOTHING;
	m->quiet_ns = now_ns;
	if (digit == '#') return m->n ? TS_MENU_TRY : TS_MENU_ASK;
	if (digit == '*') {
		clear(m);
		return TS_MENU_SHOW;
	}
	if (digit < '0' || digit > '9' || m->n == TS_MENU_DIGITS_MAX) return TS_MENU_NOTHING;
	m->digits[m->n++] = digit;
	return m->n == m->length ? TS_MENU_TRY : TS_MENU_SHOW;
}

enum ts_menu_act ts_menu_run(struct ts_menu *m, int64_t now_ns)
{
	if (m->over) return TS_MENU_NOTHING;
	if (now_ns >= m->end_ns) {
		m->over = true;
		return TS_MENU_LATE;
	}
	if (now_ns - m->quiet_ns < (m->n ? TS_MENU_PAUSE_NS : TS_MENU_REPEAT_NS))
		return TS_MENU_NOTHING;
	m->quiet_ns = now_ns;
	return m->n ? TS_MENU_TRY : TS_MENU_ASK;
}

bool ts_menu_wrong(struct ts_menu *m, int64_t now_ns)
{
	clear(m);
	m->quiet_ns = now_ns;
	m->over = ++m->wrong >= TS_MENU_TRIES;
	return m->over;
}
