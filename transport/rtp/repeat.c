#include "transport/rtp/repeat.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/packet.h"
#include <stdlib.h>
#include <string.h>

enum { VIDEO_SLOTS = 256, AUDIO_SLOTS = 64 }; /* powers of two, as numbers wrap */
#define KEPT_NS (2 * TS_NS_PER_S)

struct slot {
	int64_t sent_ns;
	uint16_t seq, len; /* len 0: empty */
	uint8_t bytes[TS_WIRE_MAX];
};

struct ts_rtp_repeat {
	size_t n_slots;
	int64_t forgotten_ns;
	struct slot slots[];
};

int ts_rtp_repeat_create(struct ts_rtp_repeat **out, enum ts_media kind)
{
	size_t n = kind == TS_VIDEO ? VIDEO_SLOTS : AUDIO_SLOTS;
	*out = calloc(1, sizeof(**out) + n * sizeof((*out)->slots[0]));
	if (!*out) return TS_ENOMEM;
	(*out)->n_slots = n;
	return 0;
}

void ts_rtp_repeat_destroy(struct ts_rtp_repeat **repeat)
{
	free(*repeat);
	*repeat = NULL;
}

void ts_rtp_repeat_keep(
	struct ts_rtp_repeat *r, uint16_t seq, const uint8_t *data, size_t len, int64_t now_ns)
{
	struct slot *slot = &r->slots[seq % r->n_slots];
	slot->len = 0;
	if (len > sizeof(slot->bytes)) return;
	memcpy(slot->bytes, data, len);
	slot->len = (uint16_t)len;
	slot->seq = seq;
	slot->sent_ns = now_ns;
}

void ts_rtp_repeat_forget(struct ts_rtp_repeat *r, int64_t now_ns)
{
	r->forgotten_ns = now_ns;
}

const uint8_t *ts_rtp_repeat_find(
	const struct ts_rtp_repeat *r, uint16_t seq, int64_t now_ns, size_t *len)
{
	const struct slot *slot = &r->slots[seq % r->n_slots];
	if (!slot->len || slot->seq != seq || now_ns - slot->sent_ns > KEPT_NS ||
		slot->sent_ns < r->forgotten_ns)
		return NULL;
	*len = slot->len;
	return slot->bytes;
}
