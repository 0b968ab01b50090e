#include "transport/rtp/keystart.h"
#include "base/bytes.h"

/* RFC 7741 4.2: the descriptor has 1 to 6 bytes. */
static bool begins_vp8(struct ts_rd r)
{
	enum { X = 0x80, S = 0x10, PID = 7, I = 0x80, L = 0x40, T = 0x20, K = 0x10, M = 0x80 };
	const uint8_t first = ts_rd_u8(&r);
	if (!(first & S) || first & PID) return false;
	const uint8_t more = first & X ? ts_rd_u8(&r) : 0;
	if (more & I && ts_rd_u8(&r) & M) ts_rd_u8(&r);
	if (more & L) ts_rd_u8(&r);
	if (more & (T | K)) ts_rd_u8(&r);
	const uint8_t header = ts_rd_u8(&r);
	return !r.bad && !(header & 1);
}

static bool is_key_unit(uint8_t header)
{
	enum { IDR = 5, SPS = 7 };
	const uint8_t type = header & 0x1f;
	return type == IDR || type == SPS;
}

static bool begins_h264(struct ts_rd r)
{
	enum { STAP_A = 24, FU_A = 28, START = 0x80 };
	const uint8_t header = ts_rd_u8(&r), type = header & 0x1f;
	if (type == FU_A) {
		const uint8_t fragment = ts_rd_u8(&r);
		return !r.bad && fragment & START && is_key_unit(fragment);
	}
	while (type == STAP_A && !r.bad) {
		const uint16_t len = ts_rd_u16(&r);
		struct ts_rd unit = ts_rd_sub(&r, len);
		const uint8_t inner = ts_rd_u8(&unit);
		if (!r.bad && !unit.bad && is_key_unit(inner)) return true;
	}
	return !r.bad && type != STAP_A && is_key_unit(header);
}

/* RFC 2190 5.1: mode A, the picture's start code, I. */
static bool begins_h263(struct ts_rd r)
{
	enum { F = 0x80, I = 0x10 };
	const uint8_t mode = ts_rd_u8(&r), kind = ts_rd_u8(&r);
	ts_rd_u16(&r);
	const uint32_t code = ts_rd_u24(&r);
	return !r.bad && !(mode & F) && !(kind & I) && (code & 0xfffffc) == 0x80;
}

/* RFC 4629 5.1; H.263 5.1.3: 100000, TR 8, 10, 3 bits, the source format 3, I. The extended one is
 * followed by UFEP, which is 001 with a keyframe, 18 bits and the type. */
static bool begins_h263_1998(struct ts_rd r)
{
	enum { P = 0x0400, V = 0x0200, EXTENDED = 7, UFEP = 0x3800000, UFEP_FULL = 0x800000 };
	const uint16_t head = ts_rd_u16(&r);
	if (head & V) ts_rd_u8(&r);
	ts_rd_bytes(&r, head >> 3 & 0x3f);
	const uint32_t code = ts_rd_u24(&r);
	if (r.bad || !(head & P) || (code & 0xfc0000) != 0x800000) return false;
	if ((code >> 2 & 7) != EXTENDED) return !(code & 2);
	const uint32_t plus = (code & 3) << 24 | ts_rd_u24(&r);
	return !r.bad && (plus & UFEP) == UFEP_FULL && !(plus >> 2 & 7);
}

/* RFC 4587 4.1; H.261 4.2: the picture's start code, TR 5, split screen, camera, and that a frozen
 * picture may be released. Without that the picture may be one all the same. */
static bool begins_h261(struct ts_rd r)
{
	const unsigned shift = ts_rd_u8(&r) >> 5;
	ts_rd_u24(&r);
	const uint64_t code = (uint64_t)ts_rd_u24(&r) << 16 | ts_rd_u16(&r);
	const uint32_t head = (uint32_t)(code << shift >> 8); /* 32 bits */
	return !r.bad && head >> 12 == 0x10 && head >> 4 & 1;
}

/* RFC 9628 4.2: the beginning of the lowest layer's frame, which refers to no earlier picture. */
static bool begins_vp9(struct ts_rd r)
{
	enum { I = 0x80, P = 0x40, L = 0x20, B = 0x08, M = 0x80, SID = 0x0e };
	const uint8_t first = ts_rd_u8(&r);
	if (!(first & B) || first & P) return false;
	if (first & I && ts_rd_u8(&r) & M) ts_rd_u8(&r);
	const uint8_t layer = first & L ? ts_rd_u8(&r) : 0;
	return !r.bad && !(layer & SID);
}

/* RTP payload format for AV1 4.4: N, the first packet of a coded video sequence. */
static bool begins_av1(struct ts_rd r)
{
	enum { Z = 0x80, N = 0x08 };
	const uint8_t head = ts_rd_u8(&r);
	return !r.bad && head & N && !(head & Z);
}

/* ITU-T H.265 table 7-1: pictures at which decoding may begin, and parameter sets. */
static bool is_key_h265(uint8_t type)
{
	enum { BLA = 16, CRA = 21, VPS = 32, PPS = 34 };
	return (type >= BLA && type <= CRA) || (type >= VPS && type <= PPS);
}

/* RFC 7798 4.4 */
static bool begins_h265(struct ts_rd r)
{
	enum { AP = 48, FU = 49, START = 0x80, TYPE = 0x3f };
	const uint8_t type = ts_rd_u16(&r) >> 9 & TYPE;
	if (type == FU) {
		const uint8_t fragment = ts_rd_u8(&r);
		return !r.bad && fragment & START && is_key_h265(fragment & TYPE);
	}
	while (type == AP && !r.bad) {
		const uint16_t len = ts_rd_u16(&r);
		struct ts_rd unit = ts_rd_sub(&r, len);
		const uint8_t inner = ts_rd_u8(&unit) >> 1 & TYPE;
		if (!r.bad && !unit.bad && is_key_h265(inner)) return true;
	}
	return !r.bad && type != AP && is_key_h265(type);
}

bool ts_begins_keyframe(enum ts_codec codec, const uint8_t *payload, size_t len)
{
	const struct ts_rd r = ts_rd(payload, len);
	switch (codec) {
	case TS_CODEC_VP8: return begins_vp8(r);
	case TS_CODEC_H264: return begins_h264(r);
	case TS_CODEC_H263: return begins_h263(r);
	case TS_CODEC_H263_1998: return begins_h263_1998(r);
	case TS_CODEC_H261: return begins_h261(r);
	case TS_CODEC_VP9: return begins_vp9(r);
	case TS_CODEC_AV1: return begins_av1(r);
	case TS_CODEC_H265: return begins_h265(r);
	default: return false;
	}
}
