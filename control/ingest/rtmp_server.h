/* rtmp_server - listens for publishers by RTMP, in the clear or over TLS, on a thread of its own.
 *
 *   accept --> (TLS) --> rtmp (5 s until publish) --> push: asked --> admitted: tags into the pipe
 *                                                      \--> refused: BadName, closed
 *
 * Closed by us: who is silent for 10 s, sends more than ingest.max_kbps over 5 s or what cannot be
 * read, does not read our answers, or fills the pipe.
 * Thread  create, destroy: control.
 * Full    of TLS an address may shake hands 10 times at once and then each second, all together 100
 *         times and then 20 a second: a newcomer beyond that is closed. Else:
 *         ingest.max_connections: the oldest that publishes nothing gives way to a newcomer, if any
 *         does; ingest.max_per_address (IPv6: /64): the newcomer is closed.
 */
#ifndef TS_CONTROL_INGEST_RTMP_SERVER_H
#define TS_CONTROL_INGEST_RTMP_SERVER_H

struct ts_config;
struct ts_ingest;
struct ts_rtmp_server;
struct ts_tls_server;

struct ts_rtmp_server_config {
	struct ts_ingest *ingest;
	const struct ts_config *config;
	struct ts_tls_server *tls; /* [take] NULL: in the clear */
};
/* As ts_ingest_create. */
int ts_rtmp_server_create(struct ts_rtmp_server **out, const struct ts_rtmp_server_config *config);
/* For those who come from now on. tls: [take]. On control. */
void ts_rtmp_server_set_tls(struct ts_rtmp_server *server, struct ts_tls_server *tls);
/* When no push is waited for any more; also of NULL. */
void ts_rtmp_server_destroy(struct ts_rtmp_server **server);

#endif
