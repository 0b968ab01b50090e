/* H.263 pictures cut into RTP payloads: at groups of blocks, which the encoder begins with a start
 * code each; RFC 2190 mode A. A group that is too large for a packet is cut at macroblocks, which
 * libavcodec lists (mode B), by RFC 4629 anywhere. */
#include "base/error.h"
#include "codec/h263.h"
#include "codec/rtp_format.h"
#include <libavutil/intreadwrite.h>
#include <string.h>

enum {
	A_BYTES = 4,
	B_BYTES = 8,
	PLUS_BYTES = 2,
	/* AV_PKT_DATA_H263_MB_INFO: u32le bit offset, u8 quantizer, u8 GOB, u16le macroblock in it,
	 * i8 predicted motion vector (two of them) */
	INFO_BYTES = 12,
};

/* What a payload begins with. */
struct cut {
	size_t bit;
	const uint8_t *mb; /* its entry of the list; NULL: at a start code */
};

struct cutter {
	const uint8_t *data;
	size_t size, mtu;
	const uint8_t *info; /* macroblocks */
	size_t n_info;
	struct ts_h263_picture picture;
	struct ts_au *au;
};

/* The first start code behind `from`, or the end. */
static size_t next_start(const struct cutter *c, size_t from)
{
	for (size_t at = from + 1; at < c->size; at++)
		if (ts_h263_is_start(c->data + at, c->size - at)) return at;
	return c->size;
}

static size_t header_bytes(const struct cut *from)
{
	return from->mb ? B_BYTES : A_BYTES;
}

/* Does [from, to) fit into a payload? */
static bool fits(const struct cutter *c, const struct cut *from, size_t to_bit)
{
	return header_bytes(from) + (to_bit + 7) / 8 - from->bit / 8 <= c->mtu;
}

static uint8_t *add(struct cutter *c, size_t len)
{
	return ts_au_add(c->au, (uint32_t)len);
}

/* RFC 2190 5.1, 5.2 */
static int put(struct cutter *c, const struct cut *from, size_t to_bit)
{
	enum { F = 0x80, INTER = 1 };
	const unsigned sbit = from->bit % 8, ebit = (8 - to_bit % 8) % 8;
	const size_t head = header_bytes(from), first = from->bit / 8, n = (to_bit + 7) / 8 - first;
	const unsigned src = (unsigned)c->picture.format, inter = c->picture.intra ? 0 : INTER;
	uint8_t *at = add(c, head + n);
	if (!at) return TS_ELIMIT;
	memset(at, 0, head);
	at[0] = (uint8_t)(sbit << 3 | ebit);
	if (from->mb) {
		const unsigned gob = from->mb[5], mba = AV_RL16(from->mb + 6);
		at[0] |= F;
		at[1] = (uint8_t)(src << 5 | (from->mb[4] & 0x1f));
		at[2] = (uint8_t)(gob << 3 | (mba >> 6 & 7));
		at[3] = (uint8_t)(mba << 2);
		AV_WB32(at + 4,
			inter << 31 | (from->mb[8] & 0x7fu) << 21 | (from->mb[9] & 0x7fu) << 14 |
				(from->mb[10] & 0x7fu) << 7 | (from->mb[11] & 0x7fu));
	} else {
		at[1] = (uint8_t)(src << 5 | inter << 4);
	}
	memcpy(at + head, c->data + first, n);
	return 0;
}

/* The last macroblock of the list up to which the payload fits; NULL: there is none. */
static const uint8_t *last_fitting(const struct cutter *c, const struct cut *from, size_t end_bit)
{
	const uint8_t *found = NULL;
	for (size_t i = 0; i < c->n_info; i++) {
		const uint8_t *mb = c->info + i * INFO_BYTES;
		const size_t bit = AV_RL32(mb);
		if (bit <= from->bit || bit >= end_bit) continue;
		if (!fits(c, from, bit)) break;
		found = mb;
	}
	return found;
}

static int cut_2190(struct cutter *c)
{
	struct cut from = {0, NULL};
	while (from.bit < 8 * c->size) {
		/* as many whole groups as fit */
		size_t to = next_start(c, from.bit / 8);
		while (to < c->size) {
			const size_t next = next_start(c, to);
			if (!fits(c, &from, 8 * next)) break;
			to = next;
		}
		struct cut next = {8 * to, NULL};
		if (!fits(c, &from, next.bit)) {
			next.mb = last_fitting(c, &from, next.bit);
			if (!next.mb) return TS_EINVAL;
			next.bit = AV_RL32(next.mb);
		}
		const int err = put(c, &from, next.bit);
		if (err) return err;
		from = next;
	}
	return 0;
}

/* RFC 4629 5.1: the two bytes of zero of a start code are left out. */
static int cut_4629(struct cutter *c)
{
	enum { P = 0x04 };
	const size_t most = c->mtu - PLUS_BYTES;
	for (size_t from = 0; from < c->size;) {
		const bool start = ts_h263_is_start(c->data + from, c->size - from);
		const size_t skip = start ? 2 : 0;
		size_t to = next_start(c, from);
		while (to < c->size) {
			const size_t next = next_start(c, to);
			if (next - from - skip > most) break;
			to = next;
		}
		if (to - from - skip > most) to = from + skip + most;
		uint8_t *at = add(c, PLUS_BYTES + to - from - skip);
		if (!at) return TS_ELIMIT;
		at[0] = start ? P : 0;
		at[1] = 0;
		memcpy(at + PLUS_BYTES, c->data + from + skip, to - from - skip);
		from = to;
	}
	return 0;
}

static int packetize(struct ts_au **out, const AVPacket *packet, size_t mtu, size_t header,
	int (*cut)(struct cutter *))
{
	struct cutter c = {.data = packet->data, .size = (size_t)packet->size, .mtu = mtu};
	size_t bytes = 0;
	c.info = av_packet_get_side_data(packet, AV_PKT_DATA_H263_MB_INFO, &bytes);
	c.n_info = c.info ? bytes / INFO_BYTES : 0;
	if (ts_h263_read_picture(&c.picture, c.data, c.size)) return TS_EINVAL;
	/* of two payloads in a row one is at least a third of a packet: the encoder lists
	 * macroblocks as close as that */
	const size_t n = 8 + 6 * c.size / mtu;
	c.au = ts_au_create((uint32_t)n, (uint32_t)(c.size + n * (header + 1)));
	if (!c.au) return TS_ENOMEM;
	const int err = cut(&c);
	if (err) ts_au_unref(&c.au);
	*out = c.au;
	return err;
}

int ts_h263_packetize(
	struct ts_au **out, const AVPacket *packet, int packetization_mode, size_t mtu)
{
	(void)packetization_mode;
	return packetize(out, packet, mtu, B_BYTES, cut_2190);
}

int ts_h263_1998_packetize(
	struct ts_au **out, const AVPacket *packet, int packetization_mode, size_t mtu)
{
	(void)packetization_mode;
	return packetize(out, packet, mtu, PLUS_BYTES, cut_4629);
}
