/* rtp_format - what a video payload format gives to depacketize.c and packetize.c; one constant
 * table per codec. Private to codec/.
 *
 * The format joins payloads of one access unit, in order and without gaps, and says whether what
 * came is whole; depacketize.c knows about gaps, timestamps, markers, limits and slots.
 * Thread  that of the depacketizer or output using it.
 */
#ifndef TS_CODEC_RTP_FORMAT_H
#define TS_CODEC_RTP_FORMAT_H

#include "base/au.h"
#include <libavcodec/packet.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TS_UNIT_MAX_BYTES = 2 << 20, TS_UNIT_MAX_PACKETS = 2048 };

/* The bytes of one access unit, growing. */
struct ts_unit {
	AVBufferRef *buf; /* room for len + AV_INPUT_BUFFER_PADDING_SIZE and more */
	size_t len;
};

/* n more bytes to be filled in; NULL over TS_UNIT_MAX_BYTES or out of memory. Moves earlier
 * bytes. */
uint8_t *ts_unit_add(struct ts_unit *unit, size_t n);

/* Bits [sbit, 8 * len - ebit) of p behind those that are there; *free_bits: of the unit's last
 * byte,
 * 0 in the beginning. TS_EBADMSG: there are none; TS_ELIMIT as above. (unit_bits.c) */
int ts_unit_add_bits(struct ts_unit *unit, unsigned *free_bits, const uint8_t *p, size_t len,
	unsigned sbit, unsigned ebit);

/* Where decoding may begin, apart from keyframes proper. */
enum ts_entry {
	TS_ENTRY_KEY,    /* nowhere else: nothing is missing */
	TS_ENTRY_MARKED, /* where the sender marks it: H.264's recovery point SEI message */
	TS_ENTRY_ANY,    /* at any picture that refers to no other */
};

struct ts_rtp_format {
	size_t state_bytes;        /* zeroed memory for the calls below */
	void (*fini)(void *state); /* NULL: nothing to free */
	/* Whether this payload begins a unit of its own, though the timestamp is that of the one
	 * before; NULL: never. */
	bool (*begins)(const uint8_t *payload, size_t len);
	/* Whether this payload, with the timestamp of the unit that `end` just took, is more of it:
	 * its marker came too early. NULL: never. */
	bool (*continues)(const void *state, const uint8_t *payload, size_t len);
	/* Whether the last payload was the first part of something: no unit ends here, whatever its
	 * marker says. NULL: cannot be known. */
	bool (*is_open)(const void *state);
	/* Starts a unit. gap: packets right before it are lost, or it is the first one. */
	void (*begin)(void *state, bool gap, enum ts_entry entry);
	/* Appends one payload of 1 byte or more. TS_EAGAIN: the unit's beginning is missing;
	 * TS_EBADMSG: malformed; TS_ELIMIT: too large. After an error the unit is abandoned. */
	int (*join)(void *state, struct ts_unit *unit, const uint8_t *payload, size_t len);
	/* No more payloads: 0 and *key; TS_EAGAIN: whole, but holds no picture; TS_EBADMSG: part of
	 * it is missing. May be called again after more payloads of the same unit. */
	int (*end)(void *state, struct ts_unit *unit, bool *key);
	/* One that the description told; NULL: the format has none. TS_EBADMSG, TS_ELIMIT,
	 * TS_ENOMEM. */
	int (*parameter_sets)(void *state, const uint8_t *nal, size_t len);

	/* NULL: received alone */
	int (*packetize)(struct ts_au **out, const AVPacket *packet, int packetization_mode,
		size_t mtu);
};

/* rtp_h264_packetize.c */
int ts_h264_packetize(struct ts_au **out, const AVPacket *packet, int packetization_mode,
	size_t mtu);

/* rtp_h263_packetize.c */
int ts_h263_packetize(struct ts_au **out, const AVPacket *packet, int packetization_mode,
	size_t mtu);
int ts_h263_1998_packetize(struct ts_au **out, const AVPacket *packet, int packetization_mode,
	size_t mtu);

extern const struct ts_rtp_format ts_rtp_h264, ts_rtp_vp8, ts_rtp_h263, ts_rtp_h263_1998,
	ts_rtp_h261, ts_rtp_vp9, ts_rtp_av1, ts_rtp_h265;

#endif
