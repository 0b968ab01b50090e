/* What of VP9 goes on to libavcodec. Its decoder asks for a format whenever a frame has another
 * size than the one before, but when that is refused it keeps the size all the same, and the next
 * picture of the size before would lie in buffers of the wrong one: so the sizes that frames tell
 * are read here, and after an error it is opened anew. Eight pictures are kept for reference. */
#include "base/error.h"
#include "codec/decoder_kind.h"
#include "codec/vp9_header.h"

struct vp9_gate {
	int width, height; /* as told last */
	uint8_t profile;
};

static int judge(struct vp9_gate *g, const struct ts_vp9_header *h, struct ts_gate *out)
{
	if (!h->width) return 0;
	if (h->width != g->width || h->height != g->height || h->profile != g->profile)
		out->renewed = true;
	*g = (struct vp9_gate){h->width, h->height, h->profile};
	if (h->profile & 1 || h->deep)
		return ts_gate_refuse(out, TS_REFUSED_FORMAT, h->width, h->height, h->profile);
	if (!ts_picture_is_allowed(h->width, h->height))
		return ts_gate_refuse(out, TS_REFUSED_SIZE, h->width, h->height, 0);
	return 0;
}

static int vp9_gate(void *state, const AVPacket *unit, struct ts_gate *out)
{
	size_t len[TS_VP9_FRAMES_MAX];
	const uint8_t *at = unit->data;
	const size_t n = ts_vp9_frames(len, at, (size_t)unit->size);
	int err = 0;
	for (size_t i = 0; i < n && !err; at += len[i++]) {
		struct ts_vp9_header h;
		if (!ts_vp9_read_header(&h, at, len[i])) err = judge(state, &h, out);
	}
	out->refs = 8;
	return err;
}

const struct ts_decoder_kind ts_vp9_decoder = {.library = "vp9",
	.deep = true,
	.tainted = true,
	.layered = true,
	.state_bytes = sizeof(struct vp9_gate),
	.gate = vp9_gate};
