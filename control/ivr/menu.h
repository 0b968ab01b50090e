/* menu - what a caller is asked, and what their keys do. Pure.
 *
 *   ask --digits--> [ 1 2 3 4 ] --#, as many as a PIN has, or a pause--> TRY --wrong--> ask again
 *          ^            |                                                  \--the third--> over
 *          \--- * ------/                    60 s after begin: LATE, over
 *
 * Thread  none; reads no clock.
 * Full    keys beyond TS_MENU_DIGITS_MAX are ignored.
 */
#ifndef TS_CONTROL_IVR_MENU_H
#define TS_CONTROL_IVR_MENU_H

#include "base/clock.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TS_MENU_DIGITS_MAX = 32, TS_MENU_TRIES = 3 };
#define TS_MENU_ENTER_NS (60 * TS_NS_PER_S) /* from begin to the end, whatever was asked */
#define TS_MENU_PAUSE_NS (5 * TS_NS_PER_S)  /* behind a digit: nothing follows */
#define TS_MENU_REPEAT_NS (15 * TS_NS_PER_S) /* without a digit: asked again */

enum ts_menu_asks { TS_MENU_NUMBER, TS_MENU_PIN };

enum ts_menu_act {
	TS_MENU_NOTHING,
	TS_MENU_SHOW, /* what was entered is another now */
	TS_MENU_ASK,  /* the question is to be put once more */
	TS_MENU_TRY,  /* menu.digits is complete: judge, then ts_menu_wrong or ts_menu_ask */
	TS_MENU_LATE, /* their time is over */
};

struct ts_menu {
	enum ts_menu_asks asks;
	char digits[TS_MENU_DIGITS_MAX + 1];
	size_t n, length; /* length: so many are complete without '#'; 0: not known */
	int wrong;
	int64_t end_ns, quiet_ns; /* quiet_ns: since when nothing was pressed, or said */
	bool over;
};

void ts_menu_begin(struct ts_menu *menu, int64_t now_ns);
/* Another question, with tries of its own. */
void ts_menu_ask(struct ts_menu *menu, enum ts_menu_asks asks, size_t length, int64_t now_ns);
/* A key: one of "0123456789*#", others are ignored. */
enum ts_menu_act ts_menu_digit(struct ts_menu *menu, char digit, int64_t now_ns);
/* Time goes on; call it a few times a second. */
enum ts_menu_act ts_menu_run(struct ts_menu *menu, int64_t now_ns);
/* What was tried is wrong. True: that was the last try. */
bool ts_menu_wrong(struct ts_menu *menu, int64_t now_ns);

#endif
