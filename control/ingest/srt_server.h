/* srt_server - listens for publishers by SRT: one UDP port, one thread, many sessions.
 *
 *   caller --handshake--> libsrt's thread: on_handshake: stream id --asked--> control
 *                            refused by a code, or let go on <--answered (250 ms at most)--/
 *                         "srt" thread: accept, MPEG-TS into the pipe, numbers, who is silent
 *
 * A caller is asked for nothing until they have returned the cookie of the first handshake: the
 * address is theirs. While control is asked libsrt's thread of the port waits, and packets of
 * others wait in the socket: control answers within its turn, or the caller is refused as on
 * overload.
 * Thread  create, destroy: control.
 * Source  draft-sharabayko-srt; the access control guidelines of libsrt (codes).
 * Full    ingest.max_connections, ingest.max_per_address: refused (SRT_REJX_OVERLOAD).
 */
#ifndef TS_CONTROL_INGEST_SRT_SERVER_H
#define TS_CONTROL_INGEST_SRT_SERVER_H

struct ts_config;
struct ts_ingest;
struct ts_srt_server;

/* As ts_ingest_create. */
int ts_srt_server_create(
	struct ts_srt_server **out, struct ts_ingest *ingest, const struct ts_config *config);
/* When no push is waited for any more; also of NULL. */
void ts_srt_server_destroy(struct ts_srt_server **server);

#endif
