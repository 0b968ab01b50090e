/* patience - ends connections that take too long over a request, however steadily their bytes trickle in.
 *
 *   connection opened, or its last request over --> [ waits in order of deadline ] --> request complete: out
 *                                                                                 \-> deadline: shut down
 *
 * Thread  the loop's.
 */
#ifndef TS_CONTROL_PATIENCE_H
#define TS_CONTROL_PATIENCE_H

#include "base/task.h"
#include <glib.h>

struct ts_loop;

struct ts_patience {
	struct ts_loop *loop;
	struct ts_timer timer;
	GQueue waiting; /* all wait equally long, so the order of coming is the order of going */
	int64_t limit_ns;
};

/* Embedded in what belongs to the connection; zeroed but for fd. */
struct ts_patience_entry {
	GList link;
	int fd;
	int64_t due_ns; /* 0: does not wait */
};

void ts_patience_init(struct ts_patience *patience, struct ts_loop *loop, int64_t limit_ns);
void ts_patience_fini(struct ts_patience *patience); /* with nobody in it */
void ts_patience_wait(struct ts_patience *patience, struct ts_patience_entry *entry, int64_t now_ns); /* from now */
void ts_patience_stop(struct ts_patience *patience, struct ts_patience_entry *entry);

#endif
