/* courier - the thread that sends events: a loop with the lines of all webhooks, and what goes to
 * it from control and back.
 *
 *   control --put, event, test ...--> [ tasks, in order ] --> lines (line.h), posts (posts.h)
 *           <--told: a copy of how a line is, ten times a second at most--/
 *
 * Thread  all functions: control. Nothing of them waits; the thread waits for the disk.
 * Full    beyond TS_COURIER_WAITING bytes of events that the thread has not taken yet, as its disk
 *         stands still, further ones are dropped and counted.
 */
#ifndef TS_CONTROL_WEBHOOKS_COURIER_H
#define TS_CONTROL_WEBHOOKS_COURIER_H

#include "control/webhooks/line.h"

enum { TS_COURIER_WAITING = 8 << 20, TS_COURIER_TESTS_MAX = 8 };

struct ts_courier;

/* What became of a test. */
struct ts_courier_tested {
	int status;
	char error[TS_LETTER_REASON_MAX];
	int64_t ms;
};

struct ts_courier_config {
	struct ts_loop *control;
	const struct ts_config *config;
	const char *folder;
	/* on control; letters[n]: the dead ones */
	void (*told)(void *arg, const char *id, const struct ts_line_info *info,
		const struct ts_letter *letters, size_t n);
	void *arg;
};

/* TS_EIO, TS_ENOMEM. */
int ts_courier_create(struct ts_courier **out, const struct ts_courier_config *config);
/* Joins the thread; told is not called any more. Tests that go on are not answered. */
void ts_courier_destroy(struct ts_courier **courier);

/* A new one, or changed. */
void ts_courier_put(struct ts_courier *courier, struct ts_hook *hook);
void ts_courier_remove(struct ts_courier *courier, const char *id);
/* For all that want it. [take] event. */
void ts_courier_event(struct ts_courier *courier, enum ts_event_kind kind, GBytes *event,
	int64_t unix_ms);
/* tested: on control, the last; result NULL: the server stops, or the webhook is gone. TS_ELIMIT:
 * too many at once. */
int ts_courier_test(struct ts_courier *courier, const char *id,
	void (*tested)(void *arg, const struct ts_courier_tested *result), void *arg);
void ts_courier_redeliver(struct ts_courier *courier, const char *id);
void ts_courier_clear_letters(struct ts_courier *courier, const char *id);

#endif
