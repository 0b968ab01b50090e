/* deferred - a reply that is still to come: held by the request and by whoever works for it, each
 * until its last word. Embedded as the first member of whatever the work needs.
 *
 *   begin -> [ the work | the request ends: request = NULL, on_end ] in either order
 *       -> both released: destroy
 *
 * Thread  begin, request and on_end: control. The work may release on any thread; destroy runs on
 *         the thread of the last release.
 */
#ifndef TS_CONTROL_HTTP_DEFERRED_H
#define TS_CONTROL_HTTP_DEFERRED_H

#include "base/ref.h"
#include "control/http/http.h"

struct ts_deferred {
	struct ts_ref holders;
	struct ts_request *request; /* NULL: it ended; nobody waits for a reply */
	void (*on_end)(struct ts_deferred *deferred, bool delivered); /* NULL: nothing to be done */
	void (*destroy)(struct ts_deferred *deferred);
};

/* on_end and destroy are set before. */
void ts_deferred_begin(struct ts_deferred *deferred, struct ts_request *request);
/* The work's last word. */
void ts_deferred_release(struct ts_deferred *deferred);

#endif
