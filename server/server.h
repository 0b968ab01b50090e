/* server - the parts of a running server, and the order in which they start and end.
 *
 *   pools -> net threads -> rooms, SIP, HTTP -> signals -> publishers
 *       -> [ loop until SIGTERM or SIGINT ] -> calls, rooms, recordings, outputs end -> destroyed
 *
 * Thread  main's, which is the one of the control loop.
 */
#ifndef TS_SERVER_SERVER_H
#define TS_SERVER_SERVER_H

#include "base/loop.h"
#include "base/notify.h"
#include "config/config.h"
#include "control/http/context.h"
#include "mixer/room/engine.h"
#include <signal.h>
#include <stdbool.h>

struct ts_server {
	struct ts_ivr *ivr;
	struct ts_config config;
	int argc; /* of the process: settings are read again as they say */
	char **argv;
	struct ts_engine engine;
	struct ts_registry *registry;
	struct ts_layout_store *layouts;
	struct ts_api api;
	struct ts_http *http[TS_LISTENERS_MAX];
	struct ts_meetings *meetings;
	struct ts_automatic *automatic; /* what is played by itself */
	struct ts_screen *screen;       /* captions on pictures */
	struct ts_drain *drain;
	struct ts_admission *admission;
	struct ts_cdr *cdr;
	struct ts_ingest *ingest;
	struct ts_watch signals;
	struct ts_timer stop_timer;
	struct ts_watchdog watchdog;
	bool stopping, overdue;
};

/* run.c: starts all, runs until it is to end; the exit code of the process. Of a server that is
 * zeroed, but for its config. */
int ts_server_run(struct ts_server *server, const sigset_t *signals);
/* Whatever was started, in whichever state; also after a start that failed. */
void ts_server_destroy(struct ts_server *server);

/* ---- private to server/, in the order of start; 0 or an error of base/error.h */

int ts_server_start_pools(struct ts_server *server);   /* pools.c */
int ts_server_start_nets(struct ts_server *server);    /* nets.c */
int ts_server_start_control(struct ts_server *server); /* parts.c */
int ts_server_start_ingest(struct ts_server *server);
void ts_server_destroy_parts(struct ts_server *server); /* all but loops and pools */
int ts_server_start_http(struct ts_server *server); /* listeners.c */
void ts_server_stop_http(struct ts_server *server);
void ts_server_reload_certificates(struct ts_server *server);
/* parts.c: hands on the limits that the settings have now. */
void ts_server_set_limits(struct ts_server *server);
void ts_server_reload(struct ts_server *server); /* reload.c */
int ts_server_watch_signals(struct ts_server *server, const sigset_t *set); /* signals.c */
/* stopping.c: once; the loop ends when all is over. A second time: now. */
void ts_server_stop(struct ts_server *server);
/* The server stops when it has drained; the service manager is told what it does. */
void ts_server_watch_drain(struct ts_server *server);

#endif
