/* spool - the queue of one hook, on disk: what is added is read again in its order, until it is
 * popped, over restarts and whatever ends the process.
 *
 *   add --> [ FIRST.seg | FIRST.seg ... ] --peek, pop-->   head: the seq to go on from
 *       \-- the disk refuses --> [ memory: 1 MB ] --/
 *
 * Thread  one; it waits for the disk.
 * Life    a record that add has taken is there after kill -9; after a power cut what the last
 *         ts_spool_sync has written. One that was popped may come once more after either. A file
 *         that cannot be read at the start is kept as NAME.unread, NAME.1.unread
 *         and so on, and what is in it is not sent.
 * Full    max_bytes of files: TS_EFULL, the new one is refused. A disk that takes no more is told
 *         (ts_spool_is_broken, the log); then memory holds TS_SPOOL_MEMORY bytes, whose order with
 *         what is on disk is kept, and which go there as soon as it takes them.
 */
#ifndef TS_CONTROL_WEBHOOKS_SPOOL_H
#define TS_CONTROL_WEBHOOKS_SPOOL_H

#include "control/webhooks/segment.h"

enum { TS_SPOOL_SEGMENT = 1 << 20, TS_SPOOL_MEMORY = 1 << 20 };

struct ts_spool;

/* [give] Reads what is there; makes the folder, and the files when there is something to add. */
struct ts_spool *ts_spool_open(const char *folder, size_t max_bytes);
void ts_spool_close(struct ts_spool *spool);
/* Closes it, and removes its files and the folder if nothing else is in it. */
void ts_spool_remove(struct ts_spool *spool);

/* TS_EFULL; TS_EINVAL: longer than TS_SEGMENT_TEXT_MAX. */
int ts_spool_add(struct ts_spool *spool, const void *text, size_t len, int64_t unix_ms);
/* The first ones, at most max of them and, of all but the first, max_bytes of text; how many. They
 * are valid until the next call. */
size_t ts_spool_peek(struct ts_spool *spool, struct ts_segment_record *out, size_t max,
	size_t max_bytes);
/* All up to that one are done with. */
void ts_spool_pop(struct ts_spool *spool, uint64_t seq);
void ts_spool_sync(struct ts_spool *spool);

size_t ts_spool_count(const struct ts_spool *spool);
size_t ts_spool_bytes(const struct ts_spool *spool); /* of text */
/* Of this queue as long as its files are, and of no other: what makes ids of its seq. */
uint64_t ts_spool_salt(const struct ts_spool *spool);
bool ts_spool_is_broken(const struct ts_spool *spool);

#endif
