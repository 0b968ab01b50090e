/* segment - the bytes of a file of a queue: a head, then records one behind the other, each with a
 * checksum, so that a reader knows how far a file is whole.
 *
 *   head    "tswebhk1", salt, first, sum                        8 bytes each
 *   record  sum, length (4), zero (4), seq, ms, the text        sum: of all that follows it
 *
 * Numbers are little-endian. seq is one more with each record, first that of the first one. A
 * record that was cut off, or whose checksum is wrong, ends the file.
 * Pure. Thread  any.
 */
#ifndef TS_CONTROL_WEBHOOKS_SEGMENT_H
#define TS_CONTROL_WEBHOOKS_SEGMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	TS_SEGMENT_HEAD = 32,
	TS_SEGMENT_RECORD = 32,          /* of a record before its text */
	TS_SEGMENT_TEXT_MAX = 256 * 1024 /* longer ones are none */
};

struct ts_segment_record {
	uint64_t seq;
	int64_t ms;         /* Unix time of the event */
	const uint8_t *text; /* of the caller's buffer */
	size_t len;
};

void ts_segment_write_head(uint8_t out[TS_SEGMENT_HEAD], uint64_t salt, uint64_t first);
bool ts_segment_read_head(const uint8_t *bytes, size_t n, uint64_t *salt, uint64_t *first);

/* out[TS_SEGMENT_RECORD + record->len] */
void ts_segment_write(uint8_t *out, const struct ts_segment_record *record);
/* The record of that seq at the beginning of bytes. TS_EAGAIN: it may go on behind n; TS_EBADMSG:
 * it is none. */
int ts_segment_read(
	const uint8_t *bytes, size_t n, uint64_t seq, struct ts_segment_record *out);

/* What is whole of a file. */
struct ts_segment_whole {
	uint64_t salt, first, next; /* next: the seq behind the last record */
	size_t end;                 /* bytes */
	size_t at;                  /* of the first record that is not below `from` */
	size_t n;                   /* records from there on */
	size_t text_bytes;          /* theirs */
};
/* False: its head is none. */
bool ts_segment_scan(
	const uint8_t *bytes, size_t n, uint64_t from, struct ts_segment_whole *out);

#endif
