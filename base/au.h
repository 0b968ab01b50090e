/* au - one access unit (a coded picture, or one audio frame) cut into RTP payloads, made once and
 * sent to everyone.
 *
 *   [ struct ts_au | payload 0 | payload 1 | ... ]      one piece of memory, used again;
 *                                                       immutable once published, counted
 *
 * Video payloads but the last have equal length where the format allows it, so that a sender may
 * hand them to the kernel as one UDP GSO batch.
 * Thread  any.
 */
#ifndef TS_BASE_AU_H
#define TS_BASE_AU_H

#include "base/ref.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ts_au_payload {
	uint32_t off;
	uint16_t len;
};

struct ts_au {
	struct ts_ref refs;
	struct ts_au *next; /* au.c's: among spares */
	/* in units of the codec's RTP clock since the room's epoch; each receiver adds its own
	 * offset */
	int64_t media_time;
	int64_t capture_ns; /* monotonic time that media_time stands for: sender reports */
	/* which encoder of pictures made it (transport/handover.h); 0: none did, or nobody minds */
	uint32_t output;
	/* when the oldest of what is in it was captured, for abs-capture-time; 0: not known */
	int64_t origin_ns;
	bool key;           /* decodable without earlier pictures; audio: always */
	bool talk_start;    /* audio: the first frame after a pause (RTP marker, RFC 3551 4.1) */
	/* audio: the payload is one of RFC 2198, with 0 for the payload types of its blocks: the
	 * sender knows its peer's */
	bool red;
	uint32_t n;
	uint32_t data_len, data_cap;
	uint32_t n_cap;
	struct ts_au_payload *pay; /* [n] */
	uint8_t *data;
};

/* Room for n_cap payloads and data_cap bytes; refs = 1. NULL when out of memory. */
struct ts_au *ts_au_create(uint32_t n_cap, uint32_t data_cap);
/* Appends an empty payload of len bytes for the caller to fill; NULL when there is no room (our bug
 * or an encoder gone wild: the caller drops the unit). Only before the unit is published. */
uint8_t *ts_au_add(struct ts_au *au, uint32_t len);
struct ts_au *ts_au_ref(struct ts_au *au);
void ts_au_unref(struct ts_au **au);

static inline const uint8_t *ts_au_bytes(const struct ts_au *au, uint32_t i)
{
	return au->data + au->pay[i].off;
}

#endif
