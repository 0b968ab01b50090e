/* icecast - a source of an Icecast server: PUT of a stream of Ogg that does not end. Ours, as
 * libavformat's follows redirects to wherever, and sends the address as the host. Private to
 * container/.
 *
 *   PUT /MOUNT, Authorization, Expect: 100-continue --> 100 or 200 --> Ogg
 *
 * Thread  the owner's; calls block until the interrupt says that it is over.
 * Source  RFC 9110 10.1.1 (Expect), 11.4 (Basic); Icecast's documentation.
 */
#ifndef TS_CONTAINER_ICECAST_H
#define TS_CONTAINER_ICECAST_H

#include "container/stream.h"
#include <libavformat/avformat.h>

struct ts_icecast;

/* An AVERROR, or 0. address: numeric; interrupt is copied. */
int ts_icecast_open(struct ts_icecast **out, AVIOContext **pb,
	const struct ts_stream_config *config, const char *address,
	const AVIOInterruptCB *interrupt);
void ts_icecast_close(struct ts_icecast **icecast, AVIOContext **pb);
/* icecast_answer.c: what the head of an answer means. 0: go on; an AVERROR. */
int ts_icecast_answer(const char *head);

#endif
