/* coded - the packets of one track of an input once more, as they came: for who keeps them without
 * decoding them. Of participants over RTP: branch.h.
 *
 *   player --begin(format), push--> [ ring of 1024, while open ] --pop--> a strand of who opened it
 *
 * A packet says when it is played: its pts is of our clock. No keyframe can be requested of it.
 * Thread  begin, push: the input's own; open, close: control; pop, leave: one strand, of who opened
 *         it. Until it has left nobody else can open it.
 * Life    counted. Packets share their bytes with the reader's.
 * Full    new packets are dropped and counted, where the ring is full, or all of them together hold
 *         TS_CODED_BYTES; their numbers are missing in what follows.
 */
#ifndef TS_MIXER_SOURCE_CODED_H
#define TS_MIXER_SOURCE_CODED_H

#include <libavcodec/packet.h>
#include <stdbool.h>
#include <stdint.h>

struct ts_coded;
struct ts_coded_format;

enum { TS_CODED_BYTES = 64 << 20 };

int ts_coded_create(struct ts_coded **out);
struct ts_coded *ts_coded_ref(struct ts_coded *coded);
void ts_coded_unref(struct ts_coded **coded); /* also of NULL */

/* TS_EEXIST: another one has it; it may be tried again later. */
int ts_coded_open(struct ts_coded *coded);
void ts_coded_close(struct ts_coded *coded); /* nothing comes any more; what is in it stays */
void ts_coded_leave(struct ts_coded *coded); /* after close, behind the last pop */

/* What follows is coded so; a reference is taken. */
void ts_coded_begin(struct ts_coded *coded, struct ts_coded_format *format);
/* Only read; pts in ns of our clock, dts and duration in ns as well. */
void ts_coded_push(struct ts_coded *coded, const AVPacket *packet);

struct ts_coded_unit {
	AVPacket *packet;
	struct ts_coded_format *format;
	unsigned opened; /* of which opening it is */
	uint64_t number; /* one more than that of the one before, or some were dropped */
	uint64_t bytes;
};
/* [give] NULL: there is none. */
struct ts_coded_unit *ts_coded_pop(struct ts_coded *coded);
void ts_coded_free(struct ts_coded_unit **unit); /* any thread */

#endif
