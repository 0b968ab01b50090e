/* Files of a webhook's queue: whatever is in them, what is read stands within them, in its order,
 * and once written again is read as the same. The first byte chooses: bytes as they are, or records
 * of whose file one place is changed and the end cut off: what stands before is read all the
 * same. */
#include "control/webhooks/segment.h"
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const uint8_t *bytes, size_t n, uint64_t from)
{
	struct ts_segment_whole whole;
	struct ts_segment_record r;
	size_t at = TS_SEGMENT_HEAD, count = 0;
	if (!ts_segment_scan(bytes, n, from, &whole)) return;
	if (whole.end > n || whole.at > whole.end || whole.at < TS_SEGMENT_HEAD) abort();
	for (uint64_t seq = whole.first; seq != whole.next; seq++) {
		if (ts_segment_read(bytes + at, n - at, seq, &r)) abort();
		if (r.text + r.len > bytes + whole.end || r.len > TS_SEGMENT_TEXT_MAX) abort();
		count += r.seq >= from;
		uint8_t *again = malloc(TS_SEGMENT_RECORD + r.len);
		if (!again) abort();
		ts_segment_write(again, &r);
		if (memcmp(again, bytes + at, TS_SEGMENT_RECORD + r.len) != 0) abort();
		free(again);
		at += TS_SEGMENT_RECORD + r.len;
	}
	if (at != whole.end || count != whole.n) abort();
}

/* data: where, which bits, how much is cut off; then a length and text of each record */
static void damage(const uint8_t *data, size_t size)
{
	if (size < 5) return;
	const size_t where = (size_t)(data[0] << 8 | data[1]), cut = data[3];
	uint8_t *file = malloc(TS_SEGMENT_HEAD + size * (TS_SEGMENT_RECORD + 1));
	size_t at = TS_SEGMENT_HEAD, whole_before = 0, n = 0;
	struct ts_segment_whole whole;
	if (!file) abort();
	ts_segment_write_head(file, 1, data[4]);
	for (size_t i = 5; i < size; n++) {
		const size_t len = data[i] < size - i ? data[i] : size - i - 1;
		const struct ts_segment_record r = {
			.seq = data[4] + n, .ms = (int64_t)i, .text = data + i + 1, .len = len};
		ts_segment_write(file + at, &r);
		at += TS_SEGMENT_RECORD + len;
		i += 1 + len;
	}
	const size_t left = cut < at ? at - cut : 0;
	const size_t hurt = where < left && data[2] ? where : left;
	if (where < left) file[where] ^= data[2];
	for (size_t end = TS_SEGMENT_HEAD; end < at && whole_before < n;) {
		uint64_t len = file[end + 8];
		if (hurt >= end && hurt < end + TS_SEGMENT_RECORD) break;
		end += TS_SEGMENT_RECORD + len;
		if (end > hurt) break;
		whole_before++;
	}
	check(file, left, data[4]);
	if (hurt >= TS_SEGMENT_HEAD &&
		(!ts_segment_scan(file, left, 0, &whole) || whole.n != whole_before))
		abort();
	free(file);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!size) return 0;
	if (data[0] & 1)
		damage(data + 1, size - 1);
	else
		check(data + 1, size - 1, data[0]);
	return 0;
}
