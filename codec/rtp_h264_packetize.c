/* H.264 access units to payloads, RFC 6184. Section numbers are its own. */
#include "base/bytes.h"
#include "base/error.h"
#include "codec/h264.h"
#include "codec/rtp_format.h"
#include <assert.h>
#include <string.h>

struct packetizer {
	struct ts_au *au;
	int mode;
	size_t mtu;
	struct ts_nal small[8];      /* parameter sets waiting to share a packet */
	size_t n_small, small_bytes; /* bytes as STAP-A */
};

static int put_single(struct packetizer *z, const struct ts_nal *nal)
{
	uint8_t *out = ts_au_add(z->au, (uint32_t)nal->len);
	if (!out) return TS_ELIMIT;
	memcpy(out, nal->p, nal->len);
	return 0;
}

static int put_fu_a(struct packetizer *z, const struct ts_nal *nal)
{
	size_t left = nal->len - 1, n = (left + z->mtu - 3) / (z->mtu - 2),
	       chunk = (left + n - 1) / n;
	const uint8_t *from = nal->p + 1;
	for (size_t i = 0; left; i++) {
		size_t len = left < chunk ? left : chunk;
		uint8_t *out = ts_au_add(z->au, (uint32_t)len + 2);
		if (!out) return TS_ELIMIT;
		left -= len;
		out[0] = (uint8_t)((nal->p[0] & TS_F_NRI) | TS_FU_A);
		out[1] = (uint8_t)((nal->p[0] & TS_NAL_TYPE) | (i ? 0 : TS_FU_START) |
			(left ? 0 : TS_FU_END));
		memcpy(out + 2, from, len);
		from += len;
	}
	return 0;
}

static int put_small(struct packetizer *z)
{
	size_t n = z->n_small;
	z->n_small = 0;
	if (n == 0) return 0;
	if (n == 1) return put_single(z, &z->small[0]);
	uint8_t *out = ts_au_add(z->au, (uint32_t)z->small_bytes);
	if (!out) return TS_ELIMIT;
	struct ts_wr w = ts_wr(out, z->small_bytes);
	uint8_t nri = 0;
	for (size_t i = 0; i < n; i++) {
		uint8_t its = z->small[i].p[0] & TS_F_NRI;
		nri = its > nri ? its : nri; /* 5.7: the highest of all */
	}
	ts_wr_u8(&w, nri | TS_STAP_A);
	for (size_t i = 0; i < n; i++) {
		ts_wr_u16(&w, (uint16_t)z->small[i].len);
		ts_wr_bytes(&w, z->small[i].p, z->small[i].len);
	}
	assert(!w.bad);
	return 0;
}

static int put_nal(struct packetizer *z, const struct ts_nal *nal)
{
	unsigned type = nal->p[0] & TS_NAL_TYPE;
	if (z->mode == 0) return nal->len > z->mtu ? TS_EINVAL : put_single(z, nal);
	bool small = type >= TS_NAL_SEI && type <= TS_NAL_PPS && 1 + 2 + nal->len <= z->mtu;
	bool full = z->n_small == sizeof z->small / sizeof *z->small ||
		z->small_bytes + 2 + nal->len > z->mtu;
	if (!small || full) {
		int err = put_small(z);
		if (err) return err;
	}
	if (!small) return nal->len > z->mtu ? put_fu_a(z, nal) : put_single(z, nal);
	if (!z->n_small) z->small_bytes = 1;
	z->small[z->n_small++] = *nal;
	z->small_bytes += 2 + nal->len;
	return 0;
}

static bool is_sent(const struct ts_nal *nal)
{
	unsigned type = nal->len ? nal->p[0] & TS_NAL_TYPE : 0;
	return type >= TS_NAL_SLICE && type <= TS_NAL_PPS; /* no delimiters, no filler */
}

int ts_h264_packetize(struct ts_au **out, const AVPacket *packet, int mode, size_t mtu)
{
	const uint8_t *end = packet->data + packet->size, *at = packet->data;
	struct ts_nal nal;
	size_t n = 0, bytes = 0;
	while (ts_nal_next(&nal, &at, end)) {
		n += 2 + nal.len / (mtu - 2);
		bytes += nal.len;
	}
	struct packetizer z = {.au = ts_au_create((uint32_t)n, (uint32_t)(bytes + 3 * n)),
		.mode = mode,
		.mtu = mtu};
	if (!z.au) return TS_ENOMEM;
	int err = 0;
	for (at = packet->data; !err && ts_nal_next(&nal, &at, end);)
		if (is_sent(&nal)) err = put_nal(&z, &nal);
	if (!err) err = put_small(&z);
	if (!err && !z.au->n) err = TS_EINVAL;
	if (err) ts_au_unref(&z.au);
	*out = z.au;
	return err;
}
