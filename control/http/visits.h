/* visits - connections of the HTTP server: how long each is waited for, how many there may be, who
 * is at the other end.
 * Private to control/http/: patience.h and client_address.h, put to libmicrohttpd.
 * Thread  the loop's.
 */
#ifndef TS_CONTROL_HTTP_VISITS_H
#define TS_CONTROL_HTTP_VISITS_H

#include "base/task.h"
#include "control/http/http.h"
#include "control/http/patience.h"
#include <microhttpd.h>
#include <netinet/in.h>

struct ts_http_visits {
	struct ts_loop *loop;
	const struct ts_http_config *config;
	void (*lost)(void *request);
	struct ts_patience patience;
	struct ts_timer timer;
	bool told; /* that X-Forwarded-For came from a stranger */
};

/* lost: a request that was open when the next one began, or its connection ended. */
void ts_http_visits_init(struct ts_http_visits *visits, struct ts_loop *loop,
	const struct ts_http_config *config, void (*lost)(void *request));
void ts_http_visits_fini(struct ts_http_visits *visits); /* with no connection left */

/* For MHD_OPTION_NOTIFY_CONNECTION. */
void ts_http_visit_notify(void *visits, struct MHD_Connection *connection, void **context,
	enum MHD_ConnectionNotificationCode what);
/* The next move is the client's, and it has request_ms for it; or the next move is ours. */
void ts_http_visit_wait(struct ts_http_visits *visits, struct MHD_Connection *connection);
void ts_http_visit_stop(struct ts_http_visits *visits, struct MHD_Connection *connection);

/* The connection's open request; NULL: it is over. */
void ts_http_visit_set_request(struct ts_http_visits *visits, struct MHD_Connection *connection,
	void *request);

/* Of the request whose headers are there. */
void ts_http_visit_client(struct ts_http_visits *visits, struct MHD_Connection *connection,
	char address[INET6_ADDRSTRLEN]);

#endif
