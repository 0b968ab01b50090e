/* digits - from whatever way they come to whoever the room tells. */
#include "mixer/room/digits.h"

#include "base/counter.h"
#include "base/log.h"
#include "mixer/room/model.h"
#include <string.h>

const char *ts_digit_way_name(enum ts_digit_way way)
{
	static const char *const names[] = {[TS_DIGIT_EVENT] = "telephone-event",
		[TS_DIGIT_INFO] = "info",
		[TS_DIGIT_TONE] = "tone"};
	return names[way];
}

bool ts_digit_ok(char digit)
{
	return digit && strchr("0123456789*#ABCD", digit);
}

bool ts_digits_accept(struct ts_digits *d, char digit, enum ts_digit_way way, int64_t now_ns)
{
	const uint8_t bit = (uint8_t)(1u << way);
	const size_t kept = d->n < TS_DIGITS_RECENT ? d->n : TS_DIGITS_RECENT;
	size_t fast = 0;
	d->ways[way] = true;
	for (size_t i = d->n - kept; i < d->n; i++) {
		const int64_t since_ns = now_ns - d->recent[i % TS_DIGITS_RECENT].at_ns;
		fast += since_ns < TS_NS_PER_S;
		if (since_ns >= TS_DIGITS_SAME_NS ||
			d->recent[i % TS_DIGITS_RECENT].digit != digit ||
			d->recent[i % TS_DIGITS_RECENT].ways & bit)
			continue;
		d->recent[i % TS_DIGITS_RECENT].ways |= bit;
		return false;
	}
	if (fast >= TS_DIGITS_PER_S) return false;
	d->recent[d->n % TS_DIGITS_RECENT].digit = digit;
	d->recent[d->n % TS_DIGITS_RECENT].ways = bit;
	d->recent[d->n++ % TS_DIGITS_RECENT].at_ns = now_ns;
	return true;
}

/* ---- of a participant */

/* Tones count for who has no better way. */
static void update_tones(struct ts_participant *p)
{
	const bool better = p->has_events || p->digits.ways[TS_DIGIT_EVENT] ||
		p->digits.ways[TS_DIGIT_INFO];
	if (p->voice) ts_voice_listen_for_tones(p->voice, p->wants_digits && !better);
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
	if (r->events.digit) r->events.digit(r->arg, r, p, digit);
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
