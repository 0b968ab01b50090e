#include "transport/rtp/send.h"

#include "base/clock.h"
#include "base/counter.h"
#include "base/error.h"
#include "base/random.h"
#include "transport/rtp/hdrext.h"
#include "transport/rtp/red.h"
#include "transport/rtp/repeat.h"
#include "transport/rtp/rtcp.h"
#include "transport/rtp/rtp.h"

#include <stdlib.h>

enum {
	HISTORY_PACKETS = 2048,
	/* 2 s of 20 ms audio or 60 fps video need half of it; a power of two */
	HISTORY_UNITS = 256,
	RESENT_SLOTS = 128, /* a power of two */
	RESEND_BURST_BYTES = 64 * 1024,
	/* a byte may be sent again for every 2 sent: at 20 % loss each way a third is */
	RESEND_SHARE = 2,
	PADDING_PACKETS = 16, /* the last so many are repeated in turn */
	PADDING_BYTES = 255,  /* of a packet without payload: its last byte says how many */
};
#define HISTORY_NS (2 * TS_NS_PER_S)
#define MID_NS (2 * TS_NS_PER_S)
#define STAMP_NS TS_NS_PER_S
#define EPOCH_NS (2 * TS_NS_PER_MS) /* of rounding; another epoch is another room's */
#define ACTIVE_NS (10 * TS_NS_PER_S)
#define RESEND_GAP_MIN_NS (10 * TS_NS_PER_MS)
#define RESEND_GAP_MAX_NS (500 * TS_NS_PER_MS)

/* One unit of the history: its packets are numbered first, first + 1, ... */
struct unit {
	struct ts_au *au;
	int64_t sent_ns;
	uint32_t timestamp_rtp;
	uint16_t first;
};

/* When a packet was last resent; direct-mapped by sequence number: a collision costs one resend too
 * many. */
struct resent {
	int64_t at_ns;
	uint16_t seq;
};

struct ts_rtp_send {
	struct ts_media_config media;
	char cname[TS_CNAME_LEN + 1];
	uint32_t clock_hz, offset_rtp;
	uint16_t seq, rtx_seq;
	bool announce_mid;
	/* the clock rate has changed: the next unit's timestamp follows the last one's */
	bool rebase;
	struct ts_hdrext_out ext, ext_mid; /* without and with mid */
	/* without mid, with abs-capture-time: for the first packet of a unit, once a second */
	struct ts_hdrext_out ext_stamped;
	bool stamp;
	int64_t stamped_ns;

	/* the last unit: ties RTP time to the clock for sender reports */
	int64_t first_ns, last_ns, capture_ns;
	int64_t epoch_ns; /* that media_time counts from; 0: not known */
	uint32_t last_rtp;

	bool rtx;
	struct ts_rtp_repeat *repeat; /* NULL: RTX, or nobody asks again */
	/* ring; [tail .. tail + n_units) are in use, oldest first */
	struct unit units[HISTORY_UNITS];
	uint32_t tail, n_units, n_packets;
	struct resent resent[RESENT_SLOTS];
	int64_t resend_bytes; /* what may still be resent */
	uint16_t paddings;

	uint64_t packets, bytes;
	uint64_t rtx_packets, rtx_bytes;
	int64_t rtt_ns;
};

/* What the peer can ask for again, as RTX or as it was; the latter is forgotten with another
 * description. */
static int set_resend(struct ts_rtp_send *s, const struct ts_media_config *media)
{
	s->rtx = media->send_rtx_pt && media->send_rtx_ssrc;
	ts_rtp_repeat_destroy(&s->repeat);
	return s->rtx || !media->nack ? 0 : ts_rtp_repeat_create(&s->repeat, media->kind);
}

static void make_exts(struct ts_rtp_send *s)
{
	struct ts_ext_ids ids = s->media.ext;
	if (!s->media.send_twcc) ids.twcc = 0;
	ts_hdrext_make(&s->ext_stamped, &ids, NULL);
	ids.abs_capture_time = 0;
	ts_hdrext_make(&s->ext, &ids, NULL);
	ts_hdrext_make(&s->ext_mid, &ids, s->media.mid);
}

int ts_rtp_send_create(
	struct ts_rtp_send **out, const struct ts_media_config *media, const char *cname)
{
	struct ts_rtp_send *s = calloc(1, sizeof(*s));
	if (!s) return TS_ENOMEM;
	s->media = *media;
	memcpy(s->cname, cname, strnlen(cname, TS_CNAME_LEN));
	s->clock_hz = ts_codec_clock_hz(media->send_codec);
	s->offset_rtp = ts_random_u32();
	/* Below 2^15, so that SRTP's rollover counter cannot be guessed wrong by a receiver that
	 * misses the start (RFC 3711 3.3.1). */
	s->seq = (uint16_t)(ts_random_u32() & 0x7fff);
	s->rtx_seq = (uint16_t)(ts_random_u32() & 0x7fff);
	s->announce_mid = true;
	if (set_resend(s, media)) {
		free(s);
		return TS_ENOMEM;
	}
	s->resend_bytes = RESEND_BURST_BYTES;
	make_exts(s);
	*out = s;
	return 0;
}

static void forget_oldest(struct ts_rtp_send *s)
{
	struct unit *u = &s->units[s->tail];
	s->n_packets -= u->au->n;
	ts_au_unref(&u->au);
	s->tail = (s->tail + 1) % HISTORY_UNITS;
	s->n_units--;
}

void ts_rtp_send_update(struct ts_rtp_send *s, const struct ts_media_config *media)
{
	uint32_t clock_hz = ts_codec_clock_hz(media->send_codec);
	if (media->send_codec != s->media.send_codec)
		while (s->n_units) forget_oldest(s);
	if (clock_hz != s->clock_hz) s->rebase = s->packets > 0;
	s->clock_hz = clock_hz;
	s->media = *media;
	set_resend(s, media); /* without memory nothing is sent again */
	make_exts(s);
}

static void forget_old(struct ts_rtp_send *s, int64_t now_ns)
{
	while (s->n_units && now_ns - s->units[s->tail].sent_ns > HISTORY_NS) forget_oldest(s);
}

/* Who gets a keyframe needs nothing of what was before it. On a way that has just become thin that
 * would be all that passes for seconds. */
static void forget_all(struct ts_rtp_send *s, int64_t now_ns)
{
	while (s->n_units) forget_oldest(s);
	if (s->repeat) ts_rtp_repeat_forget(s->repeat, now_ns);
}

void ts_rtp_send_destroy(struct ts_rtp_send **send)
{
	struct ts_rtp_send *s = *send;
	if (!s) return;
	while (s->n_units) forget_oldest(s);
	ts_rtp_repeat_destroy(&s->repeat);
	free(s);
	*send = NULL;
}

static void remember(struct ts_rtp_send *s, struct ts_au *au, int64_t now_ns)
{
	if (au->n > HISTORY_PACKETS) return;
	while (s->n_units == HISTORY_UNITS || s->n_packets + au->n > HISTORY_PACKETS)
		forget_oldest(s);
	s->units[(s->tail + s->n_units) % HISTORY_UNITS] = (struct unit){
		ts_au_ref(au), now_ns, s->last_rtp, s->seq};
	s->n_units++;
	s->n_packets += au->n;
}

/* The first units of another encoder may be no later than the last one of the old. To the peer they
 * would belong to the same picture, or be too late to be shown. */
static uint32_t timestamp_of(const struct ts_rtp_send *s, const struct ts_au *au)
{
	const uint32_t rtp = s->offset_rtp + (uint32_t)au->media_time, back = s->last_rtp - rtp;
	return s->media.kind == TS_VIDEO && s->packets && back < s->clock_hz ? s->last_rtp + 1
									     : rtp;
}

static bool has_marker(const struct ts_rtp_send *s, const struct ts_au *au, uint32_t i)
{
	return s->media.kind == TS_VIDEO ? i + 1 == au->n : au->talk_start;
}

/* Header and extensions; returns where the payload goes. */
static uint8_t *put_header(uint8_t *at, const struct ts_rtp_header *h,
	const struct ts_hdrext_out *ext, uint32_t abs_send_time)
{
	ts_rtp_write(at, h, ext->len > 0);
	at += TS_RTP_HEADER_LEN;
	memcpy(at, ext->bytes, ext->len);
	if (ext->abs_send_time_at) {
		uint8_t *t = at + ext->abs_send_time_at;
		t[0] = (uint8_t)(abs_send_time >> 16);
		t[1] = (uint8_t)(abs_send_time >> 8);
		t[2] = (uint8_t)abs_send_time;
	}
	return at + ext->len;
}

/* Where the transport-wide number goes in a packet; 0: it has none. */
static size_t number_at(const struct ts_hdrext_out *ext)
{
	return ext->twcc_at ? TS_RTP_HEADER_LEN + (size_t)ext->twcc_at : 0;
}

/* How much of a payload goes into one packet: of codecs in which a byte is a tick of the clock no
 * more than the peer's a=maxptime. */
static size_t slice_bytes(const struct ts_rtp_send *s, size_t len)
{
	enum ts_codec codec = s->media.send_codec;
	bool sliceable = codec == TS_CODEC_PCMU || codec == TS_CODEC_PCMA || codec == TS_CODEC_G722;
	size_t most = (size_t)s->media.maxptime_ms * s->clock_hz / 1000;
	return sliceable && most && most < len ? most : len;
}

/* Once a second is enough: between, receivers go by the RTP time. */
static void stamp(struct ts_rtp_send *s, const struct ts_au *au, int64_t now_ns)
{
	if (!au->origin_ns || !s->ext_stamped.capture_at || s->announce_mid) return;
	if (s->stamped_ns && now_ns - s->stamped_ns < STAMP_NS) return;
	ts_hdrext_stamp(&s->ext_stamped, ts_ntp_from_ns(au->origin_ns));
	s->stamp = true;
	s->stamped_ns = now_ns;
}

/* Returns the bytes of payload that went out. A packet that finds no room is lost, number and all:
 * the receiver asks for it again. */
static size_t send_packet(struct ts_rtp_send *s, struct ts_rtp_header *h, const uint8_t *payload,
	size_t len, const struct ts_wire *wire, int64_t now_ns)
{
	const struct ts_hdrext_out *ext = s->announce_mid ? &s->ext_mid
		: s->stamp                                ? &s->ext_stamped
							  : &s->ext;
	s->stamp = false;
	h->seq = s->seq++;
	uint8_t *at = wire->reserve(wire->arg, TS_RTP_HEADER_LEN + ext->len + len);
	if (!at) {
		ts_count(TS_C_DROP_SEND);
		return 0;
	}
	memcpy(put_header(at, h, ext, ext->abs_send_time_at ? ts_abs_send_time(now_ns) : 0),
		payload, len);
	if (h->pt == s->media.send_red_pt && h->pt)
		ts_red_set_pt(at + TS_RTP_HEADER_LEN + ext->len, len, s->media.send_pt);
	size_t sent = wire->commit_rtp(
		wire->arg, TS_RTP_HEADER_LEN + ext->len + len, number_at(ext), now_ns);
	if (sent && s->repeat) ts_rtp_repeat_keep(s->repeat, h->seq, at, sent, now_ns);
	s->packets++;
	return len;
}

static void count_sent(struct ts_rtp_send *s, uint64_t bytes)
{
	s->bytes += bytes;
	s->resend_bytes += (int64_t)(bytes / RESEND_SHARE);
	if (s->resend_bytes > RESEND_BURST_BYTES) s->resend_bytes = RESEND_BURST_BYTES;
}

/* It is not kept for RTX, as it repeats itself. Who does not take it any more, since the last
 * description, gets the frame alone. */
static void send_red(
	struct ts_rtp_send *s, const struct ts_au *au, const struct ts_wire *wire, int64_t now_ns)
{
	struct ts_rtp_header h = {.pt = s->media.send_red_pt,
		.marker = au->talk_start,
		.timestamp_rtp = s->last_rtp,
		.ssrc = s->media.send_ssrc};
	const uint8_t *payload = ts_au_bytes(au, 0);
	size_t len = au->pay[0].len;
	struct ts_red red;
	if (!h.pt) {
		if (ts_red_parse(&red, payload, len)) return;
		payload = red.block[red.n - 1].data;
		len = red.block[red.n - 1].len;
		h.pt = s->media.send_pt;
	}
	count_sent(s, send_packet(s, &h, payload, len, wire, now_ns));
}

/* Units of another room count from another epoch (base/au.h): theirs have the timestamps that go by
 * when they were captured. */
static void follow_epoch(struct ts_rtp_send *s, const struct ts_au *au)
{
	if (!au->capture_ns) return;
	const int64_t hz = s->clock_hz, whole_s = au->media_time / hz,
		      epoch_ns = au->capture_ns - whole_s * TS_NS_PER_S -
		au->media_time % hz * TS_NS_PER_S / hz;
	const int64_t off_ns = epoch_ns - s->epoch_ns;
	if (s->packets && !s->rebase && s->epoch_ns && (off_ns > EPOCH_NS || off_ns < -EPOCH_NS)) {
		const int64_t since_us = (au->capture_ns - s->capture_ns) / TS_NS_PER_US;
		s->offset_rtp = s->last_rtp + (uint32_t)(since_us * hz / 1000000) -
			(uint32_t)au->media_time;
	}
	s->epoch_ns = epoch_ns;
}

static void begin_unit(struct ts_rtp_send *s, struct ts_au *au, int64_t now_ns)
{
	if (s->packets == 0) s->first_ns = now_ns;
	follow_epoch(s, au);
	if (s->announce_mid && now_ns - s->first_ns > MID_NS) s->announce_mid = false;
	if (s->rebase) {
		int64_t since_us = (now_ns - s->last_ns) / TS_NS_PER_US;
		s->offset_rtp = s->last_rtp + (uint32_t)(since_us * s->clock_hz / 1000000) -
			(uint32_t)au->media_time;
		s->rebase = false;
	}
	s->last_ns = now_ns;
	s->capture_ns = au->capture_ns;
	stamp(s, au, now_ns);
	s->last_rtp = timestamp_of(s, au);
	if (au->key && s->media.kind == TS_VIDEO) forget_all(s, now_ns);
	if (s->rtx && !au->red) {
		forget_old(s, now_ns);
		remember(s, au, now_ns);
	}
}

void ts_rtp_send_part(struct ts_rtp_send *s, struct ts_au *au, uint32_t from, uint32_t count,
	const struct ts_wire *wire, int64_t now_ns)
{
	if (from + count > au->n) return;
	if (from == 0) begin_unit(s, au, now_ns);
	if (au->red) {
		send_red(s, au, wire, now_ns);
		return;
	}

	struct ts_rtp_header h = {
		.pt = s->media.send_pt, .timestamp_rtp = s->last_rtp, .ssrc = s->media.send_ssrc};
	uint64_t bytes = 0;
	for (uint32_t i = from; i < from + count; i++) {
		const uint8_t *payload = ts_au_bytes(au, i);
		size_t len = au->pay[i].len, most = slice_bytes(s, len), at = 0, n;
		h.marker = has_marker(s, au, i);
		h.timestamp_rtp = s->last_rtp;
		do {
			n = len - at < most ? len - at : most;
			bytes += send_packet(s, &h, payload + at, n, wire, now_ns);
			at += n;
			/* counts only before another slice: a byte is a tick */
			h.timestamp_rtp += (uint32_t)n;
			h.marker = false;
		} while (at < len);
	}
	count_sent(s, bytes);
}

void ts_rtp_send_au(
	struct ts_rtp_send *s, struct ts_au *au, const struct ts_wire *wire, int64_t now_ns)
{
	if (au->n) ts_rtp_send_part(s, au, 0, au->n, wire, now_ns);
}

void ts_rtp_send_opener(struct ts_rtp_send *s, const struct ts_wire *wire, int64_t now_ns)
{
	struct ts_rtp_header h = {.pt = s->media.send_pt,
		.seq = s->seq,
		.timestamp_rtp = s->packets ? s->last_rtp : s->offset_rtp,
		.ssrc = s->media.send_ssrc};
	uint8_t *at = wire->reserve(wire->arg, TS_RTP_HEADER_LEN);
	if (!at) return;
	ts_rtp_write(at, &h, false);
	wire->commit_rtp(wire->arg, TS_RTP_HEADER_LEN, 0, now_ns);
	s->seq++;
}

/* ---- resending ---- */

/* The unit that holds seq, or NULL. Distances from the oldest number grow with the age of the
 * units: a binary search.
 */
static const struct unit *find(const struct ts_rtp_send *s, uint16_t seq)
{
	if (s->n_units == 0) return NULL;
	uint16_t base = s->units[s->tail].first, want = (uint16_t)(seq - base);
	/* the last unit that begins at or before want is in [lo, hi) */
	uint32_t lo = 0, hi = s->n_units;
	while (hi - lo > 1) {
		uint32_t mid = lo + (hi - lo) / 2;
		uint16_t at = (uint16_t)(s->units[(s->tail + mid) % HISTORY_UNITS].first - base);
		if (at <= want)
			lo = mid;
		else
			hi = mid;
	}
	const struct unit *u = &s->units[(s->tail + lo) % HISTORY_UNITS];
	return (uint16_t)(seq - u->first) < u->au->n ? u : NULL;
}

static int64_t resend_gap_ns(const struct ts_rtp_send *s)
{
	/* half a round trip: jitter brings two honest requests nearer to one another than they were
	 * sent */
	int64_t ns = s->rtt_ns / 2;
	return ns < RESEND_GAP_MIN_NS    ? RESEND_GAP_MIN_NS
		: ns > RESEND_GAP_MAX_NS ? RESEND_GAP_MAX_NS
					 : ns;
}

/* Is this packet's turn to be sent again? Asks and books it. */
static bool may_resend(struct ts_rtp_send *s, uint16_t seq, size_t len, int64_t now_ns)
{
	struct resent *r = &s->resent[seq % RESENT_SLOTS];
	if (s->resend_bytes < (int64_t)len) return false;
	if (r->at_ns && r->seq == seq && now_ns - r->at_ns < resend_gap_ns(s)) return false;
	*r = (struct resent){now_ns, seq};
	s->resend_bytes -= (int64_t)len;
	return true;
}

static uint32_t index_of(const struct unit *u, uint16_t seq)
{
	return (uint16_t)(seq - u->first);
}

static struct ts_rtp_header rtx_header(struct ts_rtp_send *s, uint32_t timestamp_rtp)
{
	return (struct ts_rtp_header){.pt = s->media.send_rtx_pt,
		.seq = s->rtx_seq++,
		.timestamp_rtp = timestamp_rtp,
		.ssrc = s->media.send_rtx_ssrc};
}

/* RFC 4588 4: the RTX stream has numbers of its own; the payload begins with the original one
 * (OSN). mid goes along: an RTX SSRC may appear late, when nobody would tell the receiver what it
 * belongs to. */
static bool send_rtx(struct ts_rtp_send *s, const struct unit *u, uint16_t seq,
	const struct ts_wire *wire, int64_t now_ns)
{
	const struct ts_au *au = u->au;
	uint32_t i = index_of(u, seq);
	size_t len = au->pay[i].len, total = TS_RTP_HEADER_LEN + s->ext_mid.len + 2 + len;
	uint8_t *at = wire->reserve(wire->arg, total);
	if (!at) {
		ts_count(TS_C_DROP_SEND);
		return false;
	}
	struct ts_rtp_header h = rtx_header(s, u->timestamp_rtp);
	h.marker = has_marker(s, au, i);
	at = put_header(at, &h, &s->ext_mid, ts_abs_send_time(now_ns));
	at[0] = (uint8_t)(seq >> 8);
	at[1] = (uint8_t)seq;
	memcpy(at + 2, ts_au_bytes(au, i), len);
	wire->commit_rtp(wire->arg, total, number_at(&s->ext_mid), now_ns);
	s->rtx_packets++;
	s->rtx_bytes += len;
	return true;
}

static void resend(struct ts_rtp_send *s, uint16_t seq, const struct ts_wire *wire, int64_t now_ns)
{
	const struct unit *u = find(s, seq);
	if (!u || !may_resend(s, seq, u->au->pay[index_of(u, seq)].len, now_ns)) return;
	if (send_rtx(s, u, seq, wire, now_ns)) ts_count(TS_C_RTX_SENT);
}

/* The packet itself once more. */
static void repeat(struct ts_rtp_send *s, uint16_t seq, const struct ts_wire *wire, int64_t now_ns)
{
	size_t len;
	const uint8_t *data = ts_rtp_repeat_find(s->repeat, seq, now_ns, &len);
	if (!data || !may_resend(s, seq, len, now_ns)) return;
	uint8_t *at = wire->reserve(wire->arg, len);
	if (!at) {
		ts_count(TS_C_DROP_SEND);
		return;
	}
	memcpy(at, data, len);
	wire->commit_again(wire->arg, len, now_ns);
	s->rtx_packets++;
	s->rtx_bytes += len;
	ts_count(TS_C_RTX_SENT);
}

void ts_rtp_send_again(
	struct ts_rtp_send *s, uint16_t seq, const struct ts_wire *wire, int64_t now_ns)
{
	if (!s->rtx && !s->repeat) return;
	forget_old(s, now_ns);
	if (s->rtx)
		resend(s, seq, wire, now_ns);
	else
		repeat(s, seq, wire, now_ns);
}

void ts_rtp_send_nack(struct ts_rtp_send *s, uint16_t pid, uint16_t blp, const struct ts_wire *wire,
	int64_t now_ns)
{
	ts_count_add(TS_C_NACKS_GOT, 1 + __builtin_popcount(blp));
	ts_rtp_send_again(s, pid, wire, now_ns);
	for (unsigned bit = 0; bit < 16; bit++)
		if (blp >> bit & 1) ts_rtp_send_again(s, (uint16_t)(pid + 1 + bit), wire, now_ns);
}

/* ---- padding ---- */

/* RFC 3550 5.1: bytes at the end, the last of which says how many. There is no OSN: it would be the
 * beginning of a payload. */
static bool send_empty(struct ts_rtp_send *s, const struct ts_wire *wire, int64_t now_ns)
{
	size_t total = TS_RTP_HEADER_LEN + s->ext_mid.len + PADDING_BYTES;
	uint8_t *at = wire->reserve(wire->arg, total), *head = at;
	if (!at) {
		ts_count(TS_C_DROP_SEND);
		return false;
	}
	struct ts_rtp_header h = rtx_header(s, s->last_rtp);
	at = put_header(at, &h, &s->ext_mid, ts_abs_send_time(now_ns));
	head[0] |= 0x20;
	memset(at, 0, PADDING_BYTES);
	at[PADDING_BYTES - 1] = PADDING_BYTES;
	wire->commit_rtp(wire->arg, total, number_at(&s->ext_mid), now_ns);
	s->rtx_packets++;
	return true;
}

bool ts_rtp_send_padding(struct ts_rtp_send *s, const struct ts_wire *wire, int64_t now_ns)
{
	if (!s->rtx) return false;
	if (!s->packets) return send_empty(s, wire, now_ns);
	forget_old(s, now_ns);
	uint16_t seq = (uint16_t)(s->seq - 1 - s->paddings++ % PADDING_PACKETS);
	const struct unit *u = find(s, seq);
	return u ? send_rtx(s, u, seq, wire, now_ns) : send_empty(s, wire, now_ns);
}

/* ---- reports ---- */

void ts_rtp_send_report(struct ts_rtp_send *s, const struct ts_rtcp_report *report, int64_t now_ns)
{
	if (report->ssrc == s->media.send_ssrc) {
		s->announce_mid = false; /* the receiver knows where our SSRC belongs */
	} else if (report->ssrc != s->media.send_rtx_ssrc) {
		return;
	}
	int64_t rtt_ns = ts_rtcp_rtt_ns(report, ts_ntp_from_ns(now_ns));
	if (rtt_ns >= 0) s->rtt_ns = s->rtt_ns ? s->rtt_ns + (rtt_ns - s->rtt_ns) / 4 : rtt_ns;
}

bool ts_rtp_send_sr(struct ts_rtp_send *s, struct ts_wr *w, const struct ts_rtcp_report *reports,
	size_t n, int64_t now_ns)
{
	forget_old(s, now_ns);
	if (s->packets == 0 || now_ns - s->last_ns > ACTIVE_NS) return false;
	/* Both in one instant: the RTP time that the clock of the last unit shows now. The
	 * difference may be negative when the unit is played ahead. */
	int64_t since_us = (now_ns - s->capture_ns) / TS_NS_PER_US;
	struct ts_rtcp_sr sr = {
		.ntp = ts_ntp_from_ns(now_ns),
		.timestamp_rtp = s->last_rtp + (uint32_t)(since_us * s->clock_hz / 1000000),
		.packets = (uint32_t)s->packets,
		.bytes = (uint32_t)s->bytes,
	};
	ts_rtcp_write_sr(w, s->media.send_ssrc, &sr, reports, n);
	ts_rtcp_write_sdes(w, s->media.send_ssrc, s->cname);
	return true;
}

bool ts_rtp_send_owns_ssrc(const struct ts_rtp_send *s, uint32_t ssrc)
{
	return ssrc == s->media.send_ssrc || (s->rtx && ssrc == s->media.send_rtx_ssrc);
}

uint32_t ts_rtp_send_ssrc(const struct ts_rtp_send *s)
{
	return s->media.send_ssrc;
}

int64_t ts_rtp_send_rtt_ns(const struct ts_rtp_send *s)
{
	return s->rtt_ns;
}

void ts_rtp_send_stats(const struct ts_rtp_send *s, struct ts_media_stats *stats)
{
	stats->packets_out = s->packets + s->rtx_packets;
	stats->bytes_out = s->bytes + s->rtx_bytes;
	stats->rtt_us = (uint32_t)(s->rtt_ns / TS_NS_PER_US);
}
