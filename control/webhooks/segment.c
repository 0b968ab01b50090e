#include "control/webhooks/segment.h"

#include "base/error.h"
#include "base/siphash.h"
#include <glib.h>
#include <string.h>

static const char magic[8] = {'t', 's', 'w', 'e', 'b', 'h', 'k', '1'};
/* It guards against accidents, not against whoever may write our files. */
static const uint8_t key[16] = "tessera webhooks";

static void put64(uint8_t *out, uint64_t value)
{
	value = GUINT64_TO_LE(value);
	memcpy(out, &value, sizeof(value));
}

static uint64_t get64(const uint8_t *in)
{
	uint64_t value;
	memcpy(&value, in, sizeof(value));
	return GUINT64_FROM_LE(value);
}

void ts_segment_write_head(uint8_t out[TS_SEGMENT_HEAD], uint64_t salt, uint64_t first)
{
	memcpy(out, magic, sizeof(magic));
	put64(out + 8, salt);
	put64(out + 16, first);
	put64(out + 24, ts_siphash(key, out, 24));
}

bool ts_segment_read_head(const uint8_t *bytes, size_t n, uint64_t *salt, uint64_t *first)
{
	if (n < TS_SEGMENT_HEAD || memcmp(bytes, magic, sizeof(magic)) != 0 ||
		get64(bytes + 24) != ts_siphash(key, bytes, 24))
		return false;
	*salt = get64(bytes + 8);
	*first = get64(bytes + 16);
	return true;
}

void ts_segment_write(uint8_t *out, const struct ts_segment_record *record)
{
	put64(out + 8, record->len); /* the upper half is the zero */
	put64(out + 16, record->seq);
	put64(out + 24, (uint64_t)record->ms);
	if (record->len) memcpy(out + TS_SEGMENT_RECORD, record->text, record->len);
	put64(out, ts_siphash(key, out + 8, TS_SEGMENT_RECORD - 8 + record->len));
}

int ts_segment_read(const uint8_t *bytes, size_t n, uint64_t seq, struct ts_segment_record *out)
{
	if (n < TS_SEGMENT_RECORD) return TS_EAGAIN;
	const uint64_t len = get64(bytes + 8);
	if (len > TS_SEGMENT_TEXT_MAX || get64(bytes + 16) != seq) return TS_EBADMSG;
	if (n - TS_SEGMENT_RECORD < len) return TS_EAGAIN;
	if (get64(bytes) != ts_siphash(key, bytes + 8, TS_SEGMENT_RECORD - 8 + (size_t)len))
		return TS_EBADMSG;
	*out = (struct ts_segment_record){.seq = seq,
		.ms = (int64_t)get64(bytes + 24),
		.text = bytes + TS_SEGMENT_RECORD,
		.len = (size_t)len};
	return 0;
}

bool ts_segment_scan(const uint8_t *bytes, size_t n, uint64_t from, struct ts_segment_whole *out)
{
	struct ts_segment_record record;
	*out = (struct ts_segment_whole){.end = TS_SEGMENT_HEAD};
	if (!ts_segment_read_head(bytes, n, &out->salt, &out->first)) return false;
	out->next = out->first;
	out->at = out->end;
	while (!ts_segment_read(bytes + out->end, n - out->end, out->next, &record)) {
		out->end += TS_SEGMENT_RECORD + record.len;
		out->next++;
		if (record.seq < from) {
			out->at = out->end;
			continue;
		}
		out->n++;
		out->text_bytes += record.len;
	}
	return true;
}
