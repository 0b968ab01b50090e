#include "mixer/room/digits.h"

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
