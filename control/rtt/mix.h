/* mix - texts of several people on their way to one who cannot tell them apart: one writes at a
 * time, under their name, and the others wait until that is at an end.
 *
 *   Ann: letters ----+                                      "[Ann] Hello, who is
 *   Bob: a message --+--> [ who writes now | who waits ] -->  there?
 *                                                            [Bob] Me."
 *
 * The turn goes to who has waited longest: at the end of a line or sentence, when nothing was
 * written for TS_MIX_IDLE_NS, or between two words after TS_MIX_LONG_NS.
 * Thread  the owner's; pure, time is a parameter.
 * Source  RFC 9071 4.2 (multiparty-unaware endpoints).
 * Full    TS_MIX_WAITING wait at once, TS_MIX_WAITING_BYTES each: what is more is dropped, and
 *         counted.
 */
#ifndef TS_CONTROL_RTT_MIX_H
#define TS_CONTROL_RTT_MIX_H

#include "control/rtt/typing.h"
#include <glib.h>
#include <stdint.h>

enum { TS_MIX_WAITING = 32, TS_MIX_WAITING_BYTES = 4600 };
#define TS_MIX_IDLE_NS INT64_C(1500000000)
#define TS_MIX_LONG_NS INT64_C(10000000000)

struct ts_mix {
	uint64_t writes;      /* whose turn it is; 0: nobody's */
	bool line_begins;     /* what was put out last is the end of a line, or nothing was */
	bool sentence, word;  /* ... of a sentence, of a word */
	unsigned erasable;    /* letters since then that may be taken away again */
	int64_t last_ns;      /* when something was put out */
	GQueue waiting;       /* struct ts_mix_waiting, who waits for longest first */
	uint64_t dropped;     /* letters */
};

void ts_mix_init(struct ts_mix *mix);
void ts_mix_fini(struct ts_mix *mix);

/* put: text of T.140, to be sent. */
typedef void (*ts_mix_put)(void *arg, const char *text);
/* who: never 0; name: clean. */
struct ts_mix_input { uint64_t who; const char *name; enum ts_typed_kind kind; const char *text; };
void ts_mix_take(struct ts_mix *mix, const struct ts_mix_input *input, int64_t now_ns,
	ts_mix_put put, void *arg);
/* Whoever may write now does. True: somebody waits still, look again. */
bool ts_mix_run(struct ts_mix *mix, int64_t now_ns, ts_mix_put put, void *arg);

#endif
