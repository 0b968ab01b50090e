#include "control/flv/tags.h"

#include "container/flv.h"
#include <glib.h>
#include <string.h>

enum { BEHIND_MS = 4000, KEPT_MS = 8000 };

void ts_flv_tags_init(struct ts_flv_tags *t, size_t max_bytes)
{
	/* numbers begin with 1, so that the keyframe 0 is none */
	*t = (struct ts_flv_tags){.slot = g_new0(struct ts_tag, TS_FLV_TAGS),
		.first = 1,
		.next = 1,
		.max_bytes = max_bytes};
}

static struct ts_tag *slot(const struct ts_flv_tags *t, uint64_t number)
{
	return &t->slot[number % TS_FLV_TAGS];
}

static void drop_oldest(struct ts_flv_tags *t)
{
	struct ts_tag *tag = slot(t, t->first++);
	t->bytes -= tag->bytes->len;
	ts_blob_unref(&tag->bytes);
	ts_blob_unref(&tag->opening);
}

void ts_flv_tags_clear(struct ts_flv_tags *t)
{
	while (t->first < t->next) drop_oldest(t);
}

void ts_flv_tags_fini(struct ts_flv_tags *t)
{
	ts_flv_tags_clear(t);
	g_free(t->slot);
}

/* Times of sound and pictures are not in one order, and go round. */
static bool is_older(const struct ts_tag *tag, uint32_t ms, uint32_t by)
{
	return (int32_t)(ms - tag->ms) > (int32_t)by;
}

void ts_flv_tags_add(struct ts_flv_tags *t, const struct ts_tag *tag)
{
	while (t->first < t->next &&
		(t->next - t->first >= TS_FLV_TAGS || t->bytes + tag->bytes->len > t->max_bytes ||
			(t->first < t->key && is_older(slot(t, t->first), tag->ms, KEPT_MS))))
		drop_oldest(t);
	if (tag->key) t->key = t->next;
	t->bytes += tag->bytes->len;
	*slot(t, t->next) = *tag;
	slot(t, t->next++)->opening = ts_blob_ref(tag->opening);
}

/* ---- cursors */

void ts_flv_cursor_init(struct ts_flv_cursor *c, const struct ts_flv_tags *t)
{
	*c = (struct ts_flv_cursor){.next = t->next, .waits = true};
	if (t->key >= t->first) c->next = t->key;
}

void ts_flv_cursor_fini(struct ts_flv_cursor *c)
{
	ts_blob_unref(&c->now);
	ts_blob_unref(&c->opening);
}

/* Over what it is too slow for. False: nothing is there for it. */
static bool place(struct ts_flv_cursor *c, const struct ts_flv_tags *t)
{
	const bool gone = c->next < t->first;
	const bool late = !gone && c->next < t->next && c->next < t->key &&
		is_older(slot(t, c->next), slot(t, t->next - 1)->ms, BEHIND_MS);
	if (gone || late) {
		const uint64_t to = t->key >= t->first ? t->key : t->next;
		c->skipped += (int64_t)(to - c->next);
		c->next = to;
		c->waits = true;
	}
	if (c->waits && t->key >= t->first && t->key >= c->next) {
		c->next = t->key;
		c->waits = false;
	}
	return !c->waits && c->next < t->next;
}

bool ts_flv_cursor_behind(const struct ts_flv_cursor *c, const struct ts_flv_tags *t)
{
	struct ts_flv_cursor copy = *c;
	return c->now || place(&copy, t);
}

/* What is read next; false: nothing is. */
static bool advance(struct ts_flv_cursor *c, const struct ts_flv_tags *t)
{
	if (c->now || !t) return c->now;
	if (!place(c, t)) return false;
	const struct ts_tag *tag = slot(t, c->next);
	c->at = 0;
	if (tag->opening != c->opening) {
		c->at = c->opening ? TS_FLV_HEADER_BYTES : 0;
		ts_blob_unref(&c->opening);
		c->opening = ts_blob_ref(tag->opening);
		c->now = ts_blob_ref(tag->opening);
	} else {
		c->now = ts_blob_ref(tag->bytes);
		c->next++;
	}
	return true;
}

size_t ts_flv_cursor_read(
	struct ts_flv_cursor *c, const struct ts_flv_tags *t, void *buf, size_t cap)
{
	size_t n = 0;
	while (n < cap && advance(c, t)) {
		const size_t left = c->now->len - c->at, some = left < cap - n ? left : cap - n;
		memcpy((char *)buf + n, c->now->bytes + c->at, some);
		n += some;
		c->at += some;
		if (some == left) ts_blob_unref(&c->now);
	}
	return n;
}
