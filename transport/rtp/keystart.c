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

bool ts_begins_keyframe(enum ts_codec codec, const uint8_t *payload, size_t len)
{
	const struct ts_rd r = ts_rd(payload, len);
	switch (codec) {
	case TS_CODEC_VP8: return begins_vp8(r);
	case TS_CODEC_H264: return begins_h264(r);
	default: return false;
	}
}
