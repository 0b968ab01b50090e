/* presses - keys from whatever way they come to whoever the room tells. */
#include "base/counter.h"
#include "base/log.h"
#include "mixer/room/model.h"

/* Tones count for who has no better way. */
static void update_tones(struct ts_participant *p)
{
	const bool better = p->has_events || p->digits.ways[TS_DIGIT_EVENT] ||
		p->digits.ways[TS_DIGIT_INFO];
	p->hears_tones = p->voice && p->wants_digits && !better;
	if (p->voice) ts_voice_listen_for_tones(p->voice, p->hears_tones);
}

void ts_participant_push_digit(
	struct ts_participant *p, char digit, enum ts_digit_way way, int64_t now_ns)
{
	struct ts_room *r = p->room;
	if (p->state == TS_P_ENDED || !ts_digit_ok(digit)) return;
	const bool press = ts_digits_accept(&p->digits, digit, way, now_ns);
	update_tones(p);
	if (!press) return;
	ts_count(TS_C_DIGITS);
	/* which one is not said: it may be of a PIN */
	ts_debug("digit", "room=%s participant=%s way=%s", r->config.id, p->id,
		ts_digit_way_name(way));
	p->pressed_by_tone = way == TS_DIGIT_TONE;
	if (r->events.digit) r->events.digit(r->arg, r, p, digit);
}

bool ts_participant_pressed_by_tone(const struct ts_participant *p)
{
	return p->pressed_by_tone;
}

void ts_participant_want_digits(struct ts_participant *p, bool wanted)
{
	p->wants_digits = wanted;
	update_tones(p);
}

void ts_participant_digits_agreed(struct ts_participant *p, const struct ts_media_config *audio)
{
	p->has_events = false;
	for (size_t i = 0; audio && i < audio->n_pt; i++)
		p->has_events |= audio->pt[i].codec == TS_CODEC_DTMF;
	update_tones(p);
}

void ts_participant_read_tones(struct ts_participant *p, int64_t now_ns)
{
	char digit;
	if (!p->voice) return;
	while (p->state != TS_P_ENDED && (digit = ts_voice_take_tone(p->voice)))
		ts_participant_push_digit(p, digit, TS_DIGIT_TONE, now_ns);
}
