/* patience - which connections of an HTTP server may stay: not those that take too long over a
 * request, however steadily their bytes trickle in, and of too many not the one that has been
 * waited for longest.
 *
 *   opened ----> [ waited for, in order of deadline ] ----request complete----> served
 *                  |          ^------------reply on its way, or over--------------/
 *                  \-> cut: deadline passed, or too many in all or from one address
 *
 * Pure: it cuts nothing itself, but tells its owner by `cut`, once for each connection; who was cut
 * does not count any more.
 * Thread  one; reads no clock.
 * Full    max, max_per_address: who came first of those who are waited for goes; when all are
 *         served, the newcomer.
 */
#ifndef TS_CONTROL_HTTP_PATIENCE_H
#define TS_CONTROL_HTTP_PATIENCE_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

struct ts_visit;

struct ts_patience_config {
	int64_t limit_ns;
	size_t max, max_per_address;
	/* late: the deadline; else there are too many. May call nothing here. */
	void (*cut)(struct ts_visit *visit, bool late);
};

struct ts_patience {
	struct ts_patience_config config;
	size_t n;
	GQueue waited;          /* all get the same time, so those who came first go first */
	GHashTable *by_address; /* -> [owned] struct host of patience.c */
};

struct ts_host;

/* One connection; embedded in what belongs to it, zeroed. */
struct ts_visit {
	GList link, host_link; /* in `waited`, of all and of its address */
	struct ts_host *host;  /* NULL: of no address that is limited */
	int64_t due_ns;        /* 0: not waited for */
	bool counted;          /* until it is cut or gone */
};

void ts_patience_init(struct ts_patience *patience, const struct ts_patience_config *config);
void ts_patience_fini(struct ts_patience *patience); /* with nobody in it */

/* Opened; it is waited for from now. address: NULL for one that has no limit of its own, such as a
 * proxy. */
void ts_patience_open(struct ts_patience *patience, struct ts_visit *visit, const char *address,
	int64_t now_ns);
void ts_patience_close(struct ts_patience *patience, struct ts_visit *visit);

/* from now */
void ts_patience_wait(struct ts_patience *patience, struct ts_visit *visit, int64_t now_ns);
void ts_patience_stop(struct ts_patience *patience, struct ts_visit *visit);

/* The next deadline; INT64_MAX: there is none. */
int64_t ts_patience_due_ns(const struct ts_patience *patience);
void ts_patience_expire(struct ts_patience *patience, int64_t now_ns);

#endif
