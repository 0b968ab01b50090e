/* What of VP9 goes on to libavcodec: its decoder asks for a format whenever a frame has another
 * size than the one before, so nothing is read here. Eight pictures are kept for reference. */
#include "codec/decoder_kind.h"

static int vp9_gate(void *state, const AVPacket *unit, struct ts_gate *out)
{
	(void)state;
	(void)unit;
	out->refs = 8;
	return 0;
}

const struct ts_decoder_kind ts_vp9_decoder = {
	.library = "vp9", .deep = true, .layered = true, .gate = vp9_gate};
