/* viewers - who watches: each a reply without end, that reads the stream's tags from a place of its
 * own. */
#include "base/clock.h"
#include "base/counter.h"
#include "control/flv/core.h"
#include "control/http/http.h"
#include "control/http/problem.h"
#include <string.h>

#define STALLED_NS (10 * TS_NS_PER_S)
#define SILENT_NS (30 * TS_NS_PER_S)
enum { ADDRESS_BYTES = 64, ADDRESS_MIN = 8 };

struct viewer {
	struct ts_flv *all;
	struct ts_flv_stream *stream; /* NULL: it has ended, and what was begun is sent yet */
	struct ts_request *request;
	GList link; /* in all->viewers */
	struct ts_flv_cursor cursor;
	int64_t took_ns; /* when it read something last */
	bool cut;        /* it is to go, and is sent nothing more */
	char address[ADDRESS_BYTES];
};

static void leave(struct viewer *v)
{
	if (v->stream) v->stream->viewers--;
	v->stream = NULL;
}

static long read_stream(void *arg, char *buf, size_t cap)
{
	struct viewer *v = arg;
	const int64_t skipped = v->cursor.skipped;
	const size_t n = ts_flv_cursor_read(
		&v->cursor, v->stream ? &v->stream->tags : NULL, buf, cap);
	ts_count_add(TS_C_FLV_SKIPPED, v->cursor.skipped - skipped);
	ts_count_add(TS_C_FLV_BYTES, (int64_t)n);
	if (n) v->took_ns = ts_now_ns();
	return !n && !v->stream ? TS_STREAM_END : (long)n;
}

static void on_end(void *arg, bool delivered)
{
	struct viewer *v = arg;
	(void)delivered;
	leave(v);
	g_queue_unlink(&v->all->viewers, &v->link);
	ts_flv_cursor_fini(&v->cursor);
	ts_count_add(TS_C_FLV_VIEWERS, -1);
	g_free(v);
}

/* ---- how many, and of whom */

static bool may_watch(const struct ts_flv *all, const char *address)
{
	const size_t most = (size_t)all->config->flv.max_viewers;
	const size_t its = most / 10 > ADDRESS_MIN ? most / 10 : ADDRESS_MIN;
	size_t n = 0;
	for (const GList *l = all->viewers.head; l; l = l->next)
		n += !strcmp(((struct viewer *)l->data)->address, address);
	return all->viewers.length < most && n < its;
}

void ts_flv_watch(struct ts_flv_stream *s, struct ts_request *request)
{
	struct ts_flv *all = s->all;
	const char *address = ts_request_address(request);
	if (!may_watch(all, address)) {
		ts_count(TS_C_FLV_FULL);
		ts_problem_make(request, 503, "too-many-viewers", NULL,
			"as many watch as may, here or from your address");
		ts_reply_header(request, "Cache-Control", "no-store");
		ts_reply_header(request, "Retry-After", "10");
		ts_reply_send(request);
		return;
	}
	ts_flv_wake(s);
	struct viewer *v = g_new0(struct viewer, 1);
	v->all = all;
	v->stream = s;
	v->request = request;
	v->took_ns = ts_now_ns();
	v->link.data = v;
	g_strlcpy(v->address, address, sizeof(v->address));
	ts_flv_cursor_init(&v->cursor, &s->tags);
	g_queue_push_tail_link(&all->viewers, &v->link);
	s->viewers++;
	ts_count(TS_C_FLV_WATCHED);
	ts_count(TS_C_FLV_VIEWERS);
	ts_reply_stream(request, "video/x-flv", read_stream, v);
	ts_reply_header(request, "Cache-Control", "no-store");
	ts_reply_header(request, "X-Accel-Buffering", "no"); /* nginx */
	ts_request_on_end(request, on_end, v);
	ts_reply_send(request);
}

/* ---- those who watch */

void ts_flv_end_viewers(struct ts_flv_stream *s)
{
	for (GList *l = s->all->viewers.head, *next; l; l = next) {
		struct viewer *v = l->data;
		next = l->next;
		if (v->stream != s) continue;
		leave(v);
		ts_stream_wake(v->request);
	}
}

static void serve(struct viewer *v, int64_t now_ns)
{
	const bool behind = v->stream ? ts_flv_cursor_behind(&v->cursor, &v->stream->tags)
				      : v->cursor.now != NULL;
	const int64_t silent_ns = now_ns - v->took_ns;
	if (silent_ns >= (behind || !v->stream ? STALLED_NS : SILENT_NS)) {
		if (behind) ts_count(TS_C_FLV_STALLED);
		v->cut = true;
		leave(v);
		ts_stream_cut(v->request); /* v may be gone after it */
	} else if (behind) {
		ts_stream_wake(v->request);
	}
}

void ts_flv_serve(struct ts_flv *all, int64_t now_ns)
{
	for (GList *l = all->viewers.head, *next; l; l = next) {
		struct viewer *v = l->data;
		next = l->next;
		if (!v->cut) serve(v, now_ns);
	}
}
