/* What of AV1 goes on to libdav1d: the profile that was negotiated, in sizes that are taken. It
 * allocates its pictures itself, by the sequence header and the frames after it: eight for
 * reference, one that is decoded, one that is shown. A frame may tell a size of its own, which
 * libdav1d does not compare with the sequence's (5.9.5): it is told the largest area instead. */
#include "base/error.h"
#include "codec/av1_obu.h"
#include "codec/decoder_kind.h"
#include <string.h>

enum { OWN_PICTURES = 10 };

struct av1_gate {
	struct ts_av1_sequence sequence; /* width 0: none came yet */
	/* of the largest sequence of the last unit that had any: its area, its pictures' bytes */
	int64_t px, bytes;
};

static int judge(const struct ts_av1_sequence *s, struct ts_gate *out)
{
	if (s->profile)
		return ts_gate_refuse(out, TS_REFUSED_FORMAT, s->width, s->height, s->profile);
	if (!ts_picture_is_allowed(s->width, s->height))
		return ts_gate_refuse(out, TS_REFUSED_SIZE, s->width, s->height, 0);
	return 0;
}

static int64_t picture_bytes(const struct ts_av1_sequence *s)
{
	return (int64_t)s->width * s->height * 3 / 2 * (s->bit_depth > 8 ? 2 : 1);
}

/* A sequence header which is bad for us and good for libdav1d would be one that nobody judges. */
static int keep(struct av1_gate *g, const struct ts_obu *obu, struct ts_gate *out)
{
	struct ts_av1_sequence s;
	if (ts_av1_read_sequence(&s, obu->payload, obu->len)) return TS_EBADMSG;
	out->renewed |= memcmp(&s, &g->sequence, sizeof s) != 0;
	g->sequence = s;
	const int64_t px = (int64_t)s.width * s.height, bytes = picture_bytes(&s);
	if (px > g->px) g->px = px;
	if (bytes > g->bytes) g->bytes = bytes;
	return judge(&s, out);
}

static int av1_gate(void *state, const AVPacket *unit, struct ts_gate *out)
{
	struct av1_gate *g = state;
	struct ts_rd r = ts_rd(unit->data, (size_t)unit->size);
	struct ts_obu obu;
	bool first = true;
	int err = 0;
	while (!err && ts_obu_next(&obu, &r)) {
		if (obu.type != TS_OBU_SEQUENCE_HEADER) continue;
		if (first) g->px = g->bytes = 0;
		first = false;
		err = keep(g, &obu, out);
	}
	if (!err && g->sequence.width) err = judge(&g->sequence, out);
	if (err) return err;
	out->own_bytes = OWN_PICTURES * g->bytes;
	out->max_px = g->px;
	return 0;
}

const struct ts_decoder_kind ts_av1_decoder = {.library = "libdav1d",
	.deep = true,
	.state_bytes = sizeof(struct av1_gate),
	.gate = av1_gate};
