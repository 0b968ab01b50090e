/* What of VP8 goes on to libavcodec. Its decoder asks for a format only once, so sizes are read
 * from the keyframes themselves: RFC 6386 9.1. */
#include "codec/decoder_kind.h"

static int vp8_gate(void *state, const AVPacket *unit, struct ts_gate *out)
{
	(void)state;
	const uint8_t *p = unit->data;
	if (unit->size < 10 || p[0] & 1) return 0;
	const int w = (p[6] | p[7] << 8) & 0x3fff, h = (p[8] | p[9] << 8) & 0x3fff;
	return ts_picture_is_allowed(w, h) ? 0 : ts_gate_refuse(out, TS_REFUSED_SIZE, w, h, 0);
}

const struct ts_decoder_kind ts_vp8_decoder = {.library = "vp8", .gate = vp8_gate};
