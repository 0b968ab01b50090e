/* srt_server - listens for publishers by SRT: one UDP port, one thread, many sessions.
 *
 *   caller --handshake--> libsrt's thread: on_handshake: stream id --asked--> control
 *                            refused by a code, or let go on <--answered (50 ms at most)--/
 *                         "srt" thread: accept; the first message: they enter the room;
 *                            MPEG-TS into the pipe, numbers, who is silent
 *
 * The address is what datagrams say: the cookie of libsrt's handshake has no secret in it, and ids
 * of sockets follow one another. So guesses and joins count apart from those of addresses that are
 * proved, and nobody joins by a handshake alone: a message must have come, which with a passphrase
 * shows that they know it. While control is asked libsrt's thread of the port waits, and packets of
 * others wait in the socket: where control does not answer in time the caller is refused as on
 * overload, and all others for a second. A flood of handshakes: srt_sieve.h.
 * Thread  create, destroy: control.
 * Source  draft-sharabayko-srt; the access control guidelines of libsrt (codes).
 * Full    ingest.max_connections, ingest.max_per_address of those admitted: refused
 *         (SRT_REJX_OVERLOAD).
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
