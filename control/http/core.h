/* core - the inside of the HTTP server, shared by http.c (libmicrohttpd on the loop, its start and
 * end, certificates), request.c (requests and their replies) and websocket.c. Private to those.
 *
 * Thread  the loop's.
 */
#ifndef TS_CONTROL_HTTP_CORE_H
#define TS_CONTROL_HTTP_CORE_H

#include "base/loop.h"
#include "control/http/http.h"
#include "control/http/visits.h"
#include <glib.h>
#include <microhttpd.h>

struct ts_http {
	struct MHD_Daemon *daemon;
	struct ts_loop *loop;
	struct ts_watch watch;
	struct ts_timer timer;
	struct ts_http_visits visits;
	struct ts_http_config config;
	ts_http_handler handler;
	void *arg;
	uint16_t port;
	GQueue waiting; /* suspended requests, by their `link` */
	bool resumed;   /* one of them was, since MHD began to run last */
	GQueue websockets; /* that are open, by their `link`: MHD stops with none left */
	size_t large;      /* requests whose body may be larger than others' */
	int listener;
	/* one with an older certificate, until its last connection ends; a list */
	struct ts_http *retired;
	struct ts_http **retired_in; /* of one that is: where its successor holds it */
};

/* ---- request.c */

struct ts_http *ts_request_http(const struct ts_request *request);
/* [take] response, of an upgrade; in place of ts_reply. The connection is not waited for any
 * more. */
void ts_reply_upgrade(struct ts_request *request, struct MHD_Response *response);

/* MHD's word that a request line came, its access handler, and its notice that a request is over;
 * cls is the server. */
void *ts_request_open(void *cls, const char *target, struct MHD_Connection *connection);
enum MHD_Result ts_request_receive(void *cls, struct MHD_Connection *connection, const char *url,
	const char *method, const char *version, const char *data, size_t *data_size,
	void **con_cls);
/* One that MHD will not say another word of. */
void ts_request_free(void *request);
void ts_request_complete(void *cls, struct MHD_Connection *connection, void **con_cls,
	enum MHD_RequestTerminationCode code);
/* Of one that waits: its client is gone, or the server ends. It gets its `end`. */
void ts_request_abandon(struct ts_request *request);

/* ---- websocket.c */

/* One that is open: the server ends. It gets its `closed`. */
void ts_websocket_end(void *ws);

#endif
