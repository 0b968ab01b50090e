/* rtmp_server - listens for publishers by RTMP, on a thread of its own.
 *
 *   accept --> rtmp (5 s until publish) --> push: asked --> admitted: tags into the pipe
 *                                                      \--> refused: BadName, closed
 *
 * Closed by us: who is silent for 10 s, sends more than ingest.max_kbps over 5 s or what cannot be
 * read, does not read our answers, or fills the pipe.
 * Thread  create, destroy: control.
 * Full    ingest.max_connections: the oldest that publishes nothing gives way to a newcomer, if any
 *         does; ingest.max_per_address (IPv6: /64): the newcomer is closed.
 */
#ifndef TS_CONTROL_INGEST_RTMP_SERVER_H
#define TS_CONTROL_INGEST_RTMP_SERVER_H

struct ts_config;
struct ts_ingest;
struct ts_rtmp_server;

/* As ts_ingest_create. */
int ts_rtmp_server_create(struct ts_rtmp_server **out, struct ts_ingest *ingest,
	const struct ts_config *config);
/* When no push is waited for any more; also of NULL. */
void ts_rtmp_server_destroy(struct ts_rtmp_server **server);

#endif
