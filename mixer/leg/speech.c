#include "mixer/leg/speech.h"
#include "base/error.h"
#include "base/ring.h"
#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* What was cleared stays in the queue until the next tick. */
enum { PLACES = 4096 };
_Static_assert(PLACES >= 2 * (TS_SPEECH_FRAMES + TS_SPEECH_MARKS), "what is cleared takes places");

struct ts_speech {
	struct ts_ring queue; /* of struct ts_speech_item */
	size_t frame_bytes;
	uint8_t silence;

	/* control */
	uint32_t epoch, frames, marks; /* frames: pushed in this epoch; marks: so far */
	size_t part_len;
	uint8_t part[TS_SPEECH_FRAME_BYTES];

	atomic_uint cleared; /* items of an earlier epoch are not spoken */
	atomic_uint marks_taken;
	atomic_uint_fast64_t taken; /* epoch << 32 | frames of it */
};

int ts_speech_create(struct ts_speech **out, size_t frame_bytes, uint8_t silence)
{
	struct ts_speech *s = calloc(1, sizeof *s);
	assert(frame_bytes <= TS_SPEECH_FRAME_BYTES);
	if (!s) return TS_ENOMEM;
	if (ts_ring_init(&s->queue, PLACES)) {
		free(s);
		return TS_ENOMEM;
	}
	s->frame_bytes = frame_bytes;
	s->silence = silence;
	*out = s;
	return 0;
}

void ts_speech_destroy(struct ts_speech **speech)
{
	struct ts_speech *s = *speech;
	*speech = NULL;
	if (!s) return;
	for (void *item; (item = ts_ring_pop(&s->queue));) free(item);
	ts_ring_fini(&s->queue);
	free(s);
}

/* ---- control */

static int append(struct ts_speech *s, bool is_mark, const void *data, size_t len)
{
	struct ts_speech_item *item = malloc(sizeof *item + len + 1);
	if (!item) return TS_ENOMEM;
	*item = (struct ts_speech_item){
		.is_mark = is_mark, .epoch = s->epoch, .len = (uint16_t)len};
	memcpy(item->data, data, len);
	item->data[len] = 0;
	const int err = ts_ring_push(&s->queue, item);
	if (err) free(item);
	return err;
}

/* One frame; TS_EFULL. */
static int append_frame(struct ts_speech *s, const uint8_t *data, size_t len)
{
	if (ts_speech_waiting(s) >= TS_SPEECH_FRAMES) return TS_EFULL;
	const int err = append(s, false, data, len);
	if (!err) s->frames++;
	return err;
}

int ts_speech_push(struct ts_speech *s, const uint8_t *data, size_t len)
{
	int lost = 0, err;
	if (!s->frame_bytes) {
		err = append_frame(s, data, len);
		return err == TS_EFULL ? 1 : err;
	}
	while (len) {
		const size_t room = s->frame_bytes - s->part_len, some = len < room ? len : room;
		memcpy(s->part + s->part_len, data, some);
		s->part_len += some;
		data += some;
		len -= some;
		if (s->part_len < s->frame_bytes) break;
		s->part_len = 0;
		err = append_frame(s, s->part, s->frame_bytes);
		if (err == TS_ENOMEM) return err;
		lost += err != 0;
	}
	return lost;
}

int ts_speech_mark(struct ts_speech *s, const char *name)
{
	const size_t len = strnlen(name, TS_SPEECH_NAME);
	const uint32_t waiting = s->marks -
		atomic_load_explicit(&s->marks_taken, memory_order_acquire);
	if (waiting >= TS_SPEECH_MARKS) return TS_EFULL;
	if (s->part_len) {
		memset(s->part + s->part_len, s->silence, s->frame_bytes - s->part_len);
		s->part_len = 0;
		if (append_frame(s, s->part, s->frame_bytes) == TS_ENOMEM) return TS_ENOMEM;
	}
	const int err = append(s, true, name, len);
	if (!err) s->marks++;
	return err;
}

void ts_speech_clear(struct ts_speech *s)
{
	s->part_len = 0;
	s->frames = 0;
	atomic_store_explicit(&s->cleared, ++s->epoch, memory_order_release);
}

size_t ts_speech_waiting(struct ts_speech *s)
{
	const uint64_t taken = atomic_load_explicit(&s->taken, memory_order_acquire);
	return s->frames - (taken >> 32 == s->epoch ? (uint32_t)taken : 0);
}

/* ---- the strand */

struct ts_speech_item *ts_speech_take(struct ts_speech *s)
{
	struct ts_speech_item *item;
	while ((item = ts_ring_pop(&s->queue))) {
		const bool old = item->epoch !=
			atomic_load_explicit(&s->cleared, memory_order_acquire);
		if (item->is_mark) {
			item->cleared = old;
			atomic_fetch_add_explicit(&s->marks_taken, 1, memory_order_release);
			return item;
		}
		if (!old) break;
		free(item);
	}
	if (!item) return NULL;
	const uint64_t taken = atomic_load_explicit(&s->taken, memory_order_relaxed);
	const uint64_t n = taken >> 32 == item->epoch ? (uint32_t)taken : 0;
	atomic_store_explicit(
		&s->taken, (uint64_t)item->epoch << 32 | (n + 1), memory_order_release);
	return item;
}
