/* notify - tells the service manager how the process is: ready, reloading, stopping, alive.
 *
 * The protocol of sd_notify(3): one datagram of NAME=value lines to the socket that $NOTIFY_SOCKET
 * names. That page asks for it to be spoken directly rather than to link libsystemd for it.
 * Without that variable (not run by systemd) nothing is sent and nothing fails.
 * The watchdog sends WATCHDOG=1 from the loop it is given, at half the time that $WATCHDOG_USEC
 * allows: a process whose loop hangs is killed and started again (WatchdogSec= of the unit).
 * Thread  ts_notify: any. The watchdog: its loop's, or before that runs.
 */
#ifndef TS_BASE_NOTIFY_H
#define TS_BASE_NOTIFY_H

#include "base/loop.h"

/* "READY=1", "STOPPING=1" ... to $NOTIFY_SOCKET; what goes wrong is logged at debug. */
void ts_notify(const char *lines);
/* READY=1 follows by ts_notify when done; systemd 253 and later wants the time with it. */
void ts_notify_reloading(void);
/* to a socket by its address as $NOTIFY_SOCKET has it: a path, or @ and an abstract name.
 * TS_EINVAL: no such address, TS_EIO */
int ts_notify_to(const char *address, const char *lines);

struct ts_watchdog {
	struct ts_loop *loop;
	struct ts_timer timer;
	int64_t period_ns; /* 0: nobody asked for it */
};
/* Half of what $WATCHDOG_USEC says; 0 where it is none, or is another process's ($WATCHDOG_PID).
 * sd_watchdog_enabled(3) */
int64_t ts_watchdog_period_ns(const char *usec, const char *pid, long own_pid);
void ts_watchdog_start(struct ts_watchdog *watchdog, struct ts_loop *loop);

#endif
