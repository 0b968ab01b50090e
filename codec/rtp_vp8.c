/* RTP payload format for VP8, RFC 7741. */
#include "base/bytes.h"
#include "base/error.h"
#include "codec/rtp_format.h"
#include "codec/vp8_descriptor.h"
#include <string.h>

enum {
	/* first byte of a frame, 4.3; RFC 6386 9.1 */
	INTER_FRAME = 0x01,
	INTER_HEADER_BYTES = 3,
	KEY_HEADER_BYTES = 10,
};

struct vp8 {
	bool open;
};

static bool vp8_begins(const uint8_t *payload, size_t len)
{
	return len > 0 && ts_vp8_starts_frame(payload[0]);
}

static bool vp8_continues(const void *state, const uint8_t *payload, size_t len)
{
	const struct vp8 *v = state;
	return v->open && len > 0 && !ts_vp8_starts_frame(payload[0]);
}

static void vp8_begin(void *state, bool gap, enum ts_entry entry)
{
	struct vp8 *v = state;
	(void)gap; /* the S bit tells what a gap leaves open */
	(void)entry;
	v->open = false;
}

static int vp8_join(void *state, struct ts_unit *unit, const uint8_t *payload, size_t len)
{
	struct vp8 *v = state;
	struct ts_rd r = ts_rd(payload, len);
	uint8_t descriptor = ts_vp8_read_descriptor(&r);
	size_t n = ts_rd_left(&r);
	if (r.bad || !n) return TS_EBADMSG;
	if (!v->open && !ts_vp8_starts_frame(descriptor)) return TS_EAGAIN;
	v->open = true;
	uint8_t *at = ts_unit_add(unit, n);
	if (!at) return TS_ELIMIT;
	memcpy(at, r.p, n);
	return 0;
}

static int vp8_end(void *state, struct ts_unit *unit, bool *key)
{
	(void)state;
	*key = !(unit->buf->data[0] & INTER_FRAME);
	return unit->len < (*key ? KEY_HEADER_BYTES : INTER_HEADER_BYTES) ? TS_EBADMSG : 0;
}

/* The one-byte descriptor: no PictureID, which would have to differ between receivers. */
static int vp8_packetize(
	struct ts_au **out, const AVPacket *packet, int packetization_mode, size_t mtu)
{
	(void)packetization_mode;
	size_t left = (size_t)packet->size;
	if (!left) return TS_EINVAL;
	size_t n = (left + mtu - 2) / (mtu - 1), chunk = (left + n - 1) / n;
	struct ts_au *au = ts_au_create((uint32_t)n, (uint32_t)(left + n));
	if (!au) return TS_ENOMEM;
	const uint8_t *from = packet->data;
	for (bool first = true; left; first = false) {
		size_t len = left < chunk ? left : chunk;
		uint8_t *at = ts_au_add(au, (uint32_t)len + 1);
		if (!at) {
			ts_au_unref(&au);
			return TS_ELIMIT;
		}
		at[0] = first ? TS_VP8_STARTS_PARTITION : 0;
		memcpy(at + 1, from, len);
		from += len;
		left -= len;
	}
	*out = au;
	return 0;
}

const struct ts_rtp_format ts_rtp_vp8 = {
	.state_bytes = sizeof(struct vp8),
	.begins = vp8_begins,
	.continues = vp8_continues,
	.begin = vp8_begin,
	.join = vp8_join,
	.end = vp8_end,
	.packetize = vp8_packetize,
};
