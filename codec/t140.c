#include "codec/t140.h"

#include "base/bytes.h"
#include "base/error.h"
#include <string.h>

#define NS_PER_MS INT64_C(1000000)
#define INTERVAL_NS (300 * NS_PER_MS) /* RFC 4103 5.1 */
#define HOLD_NS (1000 * NS_PER_MS)    /* RFC 4103 5.4: of a packet that may still come */
enum {
	RTP_HEAD = 12,
	MISSING_MAX = 64, /* packets: more is another stream */
	OFFSET_MAX = 16383,
	LEVELS_MAX = 6, /* blocks of a packet that are read */
};

static const char replacement[] = "\xef\xbf\xbd"; /* U+FFFD */

/* ---- what comes */

struct block {
	const uint8_t *bytes;
	size_t len;
};
struct blocks {
	struct block of[LEVELS_MAX + 1];
	size_t n;
}; /* the newest last */

/* RFC 2198 3. */
static bool read_red(struct blocks *out, const uint8_t *p, size_t len, uint8_t pt)
{
	size_t lens[LEVELS_MAX], n = 0, at = 0, left;
	while (at < len && p[at] & 0x80) {
		if (n == LEVELS_MAX || at + 4 > len || (p[at] & 0x7f) != pt) return false;
		lens[n++] = ((size_t)p[at + 2] & 3) << 8 | p[at + 3];
		at += 4;
	}
	if (at >= len || (p[at++] & 0x7f) != pt) return false;
	left = len - at;
	for (size_t i = 0; i < n; i++) {
		if (lens[i] > left) return false;
		out->of[out->n++] = (struct block){p + at, lens[i]};
		at += lens[i];
		left -= lens[i];
	}
	out->of[out->n++] = (struct block){p + at, left};
	return true;
}

static void tell(const struct block *b, ts_t140_text text, void *arg)
{
	if (b->len) text(arg, (const char *)b->bytes, b->len);
}

/* With what it repeats of the packets that are due before it; those beyond are missing. */
static void deliver(struct ts_t140_in *in, uint16_t seq, const struct blocks *blocks,
	ts_t140_text text, void *arg)
{
	const size_t due = (uint16_t)(seq - in->next), repeats = blocks->n - 1;
	const size_t used = due < repeats ? due : repeats;
	if (due > repeats) {
		in->missing += due - repeats;
		text(arg, replacement, sizeof replacement - 1);
	}
	in->repaired += used;
	for (size_t i = repeats - used; i < blocks->n; i++) tell(&blocks->of[i], text, arg);
	in->next = (uint16_t)(seq + 1);
}

static bool read_blocks(
	struct blocks *out, const uint8_t *payload, size_t len, bool red, uint8_t pt)
{
	out->n = 0;
	if (red) return read_red(out, payload, len, pt);
	out->of[out->n++] = (struct block){payload, len};
	return true;
}

static struct ts_t140_held *first_held(struct ts_t140_in *in)
{
	struct ts_t140_held *first = NULL;
	for (size_t i = 0; i < TS_T140_HELD; i++) {
		struct ts_t140_held *h = &in->held[i];
		if (h->used && (!first || (int16_t)(h->seq - first->seq) < 0)) first = h;
	}
	return first;
}

/* The payload type of text stands in what is held as it was agreed on when that came. */
static uint8_t text_pt(const struct ts_t140_held *h)
{
	size_t at = 0;
	while (at < h->len && h->payload[at] & 0x80) at += 4;
	return at < h->len ? h->payload[at] : 0;
}

static void release(struct ts_t140_in *in, struct ts_t140_held *h, ts_t140_text text, void *arg)
{
	struct blocks blocks;
	h->used = false;
	in->n_held--;
	if ((int16_t)(h->seq - in->next) >= 0 &&
		read_blocks(&blocks, h->payload, h->len, h->red, text_pt(h)))
		deliver(in, h->seq, &blocks, text, arg);
}

/* What has nothing missing before it any more. */
static void drain(struct ts_t140_in *in, ts_t140_text text, void *arg)
{
	struct ts_t140_held *h;
	struct blocks blocks;
	while ((h = first_held(in))) {
		const int16_t due = (int16_t)(h->seq - in->next);
		if (due >= 0 &&
			(!read_blocks(&blocks, h->payload, h->len, h->red, text_pt(h)) ||
				(size_t)due >= blocks.n))
			return;
		release(in, h, text, arg);
	}
}

static void hold(struct ts_t140_in *in, uint16_t seq, const uint8_t *payload, size_t len, bool red,
	int64_t now_ns)
{
	for (size_t i = 0; i < TS_T140_HELD; i++)
		if (in->held[i].used && in->held[i].seq == seq) return;
	for (size_t i = 0; i < TS_T140_HELD; i++) {
		struct ts_t140_held *h = &in->held[i];
		if (h->used) continue;
		h->used = true;
		h->seq = seq;
		h->at_ns = now_ns;
		h->len = len;
		h->red = red;
		memcpy(h->payload, payload, len);
		in->n_held++;
		return;
	}
}

static void begin(struct ts_t140_in *in, uint32_t ssrc, uint16_t next)
{
	for (size_t i = 0; i < TS_T140_HELD; i++) in->held[i].used = false;
	in->n_held = 0;
	in->ssrc = ssrc;
	in->next = next;
	in->began = true;
}

/* Where the payload is; false: no RTP, or of another payload type. */
static bool read_head(const uint8_t *packet, size_t len, const struct ts_t140_format *format,
	size_t *at, size_t *end, bool *red)
{
	if (len < RTP_HEAD || len > TS_T140_TAKEN_MAX || packet[0] >> 6 != 2) return false;
	const uint8_t pt = packet[1] & 0x7f;
	*red = format->red_pt && pt == format->red_pt;
	if (!*red && pt != format->pt) return false;
	*at = RTP_HEAD + 4 * (size_t)(packet[0] & 15);
	*end = len;
	if (packet[0] & 0x10) {
		if (*at + 4 > len) return false;
		*at += 4 + 4 * ((size_t)packet[*at + 2] << 8 | packet[*at + 3]);
	}
	if (*at > len) return false;
	if (packet[0] & 0x20) {
		const size_t pad = packet[len - 1];
		if (!pad || pad > len - *at) return false;
		*end -= pad;
	}
	return true;
}

int ts_t140_in_packet(struct ts_t140_in *in, const struct ts_t140_format *format,
	const uint8_t *packet, size_t len, int64_t now_ns, ts_t140_text text, void *arg)
{
	size_t at, end;
	bool red;
	struct blocks blocks;
	if (!read_head(packet, len, format, &at, &end, &red)) return TS_EBADMSG;
	const uint16_t seq = (uint16_t)(packet[2] << 8 | packet[3]);
	const uint32_t ssrc = (uint32_t)packet[8] << 24 | (uint32_t)packet[9] << 16 |
		(uint32_t)packet[10] << 8 | packet[11];
	if (!read_blocks(&blocks, packet + at, end - at, red, format->pt)) return TS_EBADMSG;
	const int16_t due = (int16_t)(seq - in->next);
	/* what a first packet repeats was in those before it, which did not come */
	if (!in->began || ssrc != in->ssrc || due > MISSING_MAX || due < -MISSING_MAX)
		begin(in, ssrc, (uint16_t)(seq - (blocks.n - 1)));
	else if (due < 0)
		return TS_ELATE;
	if ((uint16_t)(seq - in->next) < blocks.n) {
		deliver(in, seq, &blocks, text, arg);
	} else {
		if (in->n_held == TS_T140_HELD) release(in, first_held(in), text, arg);
		hold(in, seq, packet + at, end - at, red, now_ns);
	}
	drain(in, text, arg);
	return 0;
}

int64_t ts_t140_in_due_ns(const struct ts_t140_in *in)
{
	int64_t due_ns = INT64_MAX;
	for (size_t i = 0; i < TS_T140_HELD && in->n_held; i++)
		if (in->held[i].used && in->held[i].at_ns + HOLD_NS < due_ns)
			due_ns = in->held[i].at_ns + HOLD_NS;
	return due_ns;
}

void ts_t140_in_run(struct ts_t140_in *in, int64_t now_ns, ts_t140_text text, void *arg)
{
	while (ts_t140_in_due_ns(in) <= now_ns) {
		release(in, first_held(in), text, arg);
		drain(in, text, arg);
	}
}

/* ---- what goes */

bool ts_t140_out_write(struct ts_t140_out *out, const char *text, size_t len)
{
	if (len > sizeof out->buffer - out->n) return false;
	memcpy(out->buffer + out->n, text, len);
	out->n += len;
	return true;
}

int64_t ts_t140_out_due_ns(const struct ts_t140_out *out)
{
	return out->n || out->left ? out->next_ns : INT64_MAX;
}

/* So many letters of what waits, whole ones, that fit a block. */
static size_t cut(const struct ts_t140_out *out, size_t letters)
{
	size_t len = 0, end = 0;
	while (end < out->n && letters) {
		end++;
		while (end < out->n && ((uint8_t)out->buffer[end] & 0xc0) == 0x80) end++;
		if (end > TS_T140_BLOCK) break;
		len = end;
		letters--;
	}
	return len;
}

static void write_red(struct ts_wr *w, const struct ts_t140_out *out,
	const struct ts_t140_format *format, uint32_t rtp)
{
	for (size_t i = format->generations; i-- > 0;) {
		const struct ts_t140_block *b = &out->past[i];
		const uint32_t offset = rtp - b->rtp;
		const bool near = b->len && offset <= OFFSET_MAX;
		ts_wr_u8(w, 0x80 | format->pt);
		ts_wr_u24(w, (near ? offset : 0) << 10 | (near ? (uint32_t)b->len : 0));
	}
	ts_wr_u8(w, format->pt);
	for (size_t i = format->generations; i-- > 0;)
		if (out->past[i].len && rtp - out->past[i].rtp <= OFFSET_MAX)
			ts_wr_bytes(w, out->past[i].bytes, out->past[i].len);
}

size_t ts_t140_out_packet(struct ts_t140_out *out, const struct ts_t140_format *format,
	int64_t now_ns, uint8_t buf[TS_T140_PACKET_MAX])
{
	if (ts_t140_out_due_ns(out) > now_ns) return 0;
	if (!out->start_ns) out->start_ns = now_ns;
	const uint32_t rtp = (uint32_t)((now_ns - out->start_ns) / NS_PER_MS);
	const size_t letters = (size_t)format->cps * 3 / 10;
	const size_t len = cut(out, letters ? letters : 1);
	const bool red = format->red_pt && format->generations;
	struct ts_wr w = ts_wr(buf, TS_T140_PACKET_MAX);
	if (!out->busy) memset(out->past, 0, sizeof out->past);
	ts_wr_u8(&w, 0x80);
	ts_wr_u8(&w, (uint8_t)((red ? format->red_pt : format->pt) | (out->busy ? 0 : 0x80)));
	ts_wr_u16(&w, out->seq++);
	ts_wr_u32(&w, rtp);
	ts_wr_u32(&w, out->ssrc);
	if (red) write_red(&w, out, format, rtp);
	ts_wr_bytes(&w, out->buffer, len);
	memmove(&out->past[1], &out->past[0], sizeof out->past - sizeof out->past[0]);
	out->past[0].rtp = rtp;
	out->past[0].len = len;
	memcpy(out->past[0].bytes, out->buffer, len);
	out->n -= len;
	memmove(out->buffer, out->buffer + len, out->n);
	if (len)
		out->left = red ? format->generations : 0;
	else if (out->left)
		out->left--;
	out->busy = out->left > 0 || out->n > 0;
	out->next_ns = now_ns + INTERVAL_NS;
	return w.bad ? 0 : ts_wr_len(&w);
}
