/* What of H.263 and H.261 goes on to libavcodec. H.263 has pictures of any size in name: those
 * beyond CIF4 no camera sends, and no answer of ours asked for. H.261 is QCIF or CIF. */
#include "codec/decoder_kind.h"
#include "codec/h263.h"

/* What is no picture is left to the decoder, which refuses it. */
static int h263_gate(void *state, const AVPacket *unit, struct ts_gate *out)
{
	struct ts_h263_picture p;
	(void)state;
	if (ts_h263_read_picture(&p, unit->data, (size_t)unit->size) || !p.width) return 0;
	if (p.width <= TS_H263_MAX_W && p.height <= TS_H263_MAX_H &&
		ts_picture_is_allowed(p.width, p.height))
		return 0;
	return ts_gate_refuse(out, TS_REFUSED_SIZE, p.width, p.height, 0);
}

#define H263                                                                    \
	{                                                                       \
		.library = "h263", .unsized = true, .max_width = TS_H263_MAX_W, \
		.max_height = TS_H263_MAX_H, .gate = h263_gate                  \
	}
const struct ts_decoder_kind ts_h263_decoder = H263, ts_h263_1998_decoder = H263;
const struct ts_decoder_kind ts_h261_decoder = {.library = "h261"};
