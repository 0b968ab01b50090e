/* replies - what players get: at once, or when it is there. */
#include "base/clock.h"
#include "base/counter.h"
#include "control/hls/core.h"
#include "control/http/deferred.h"
#include "control/http/etag.h"
#include "control/http/problem.h"
#include <string.h>

#define WAIT_NS (3 * TS_PLAYLIST_TARGET_S * TS_NS_PER_S) /* rfc8216bis 6.2.5.2 */
#define LOOK_NS TS_NS_PER_S
#define PLAYLIST "application/vnd.apple.mpegurl"

enum { INDEX_BYTES = 2048, ETAG_BYTES = 64, ADDRESS_BYTES = 64, ADDRESS_WAITING_MIN = 8 };

enum asked { ASKED_INDEX, ASKED_LIST, ASKED_CAPTIONS, ASKED_PIECE };

struct wish {
	enum asked asked;
	bool with_key;                /* INDEX */
	int msn, part;                /* LIST */
	struct ts_playlist_name name; /* LIST: its rendition alone; PIECE */
};

/* One that asked for what is not there yet. */
struct waiter {
	struct ts_deferred reply;     /* first */
	struct ts_hls_stream *stream; /* NULL: it waits no more */
	GList link;
	struct wish wish;
	int64_t due_ns;
	char address[ADDRESS_BYTES];
};

/* ---- replies */

static void refuse(struct ts_request *request, int status, const char *type, const char *detail)
{
	ts_problem_make(request, status, type, NULL, "%s", detail);
	ts_reply_header(request, "Cache-Control", "no-store");
	ts_reply_send(request);
}

static void refuse_absent(struct ts_request *request)
{
	ts_count(TS_C_HLS_ABSENT);
	refuse(request, 404, "no-such-segment", "there is no such segment, or not any more");
}

static void refuse_now(struct ts_request *request)
{
	ts_count(TS_C_HLS_UNSERVED);
	ts_problem_make(request, 503, "not-there-yet", NULL, "what was asked for did not come");
	ts_reply_header(request, "Cache-Control", "no-store");
	ts_reply_header(request, "Retry-After", "1");
	ts_reply_send(request);
}

/* False: who asked has it already. */
static bool reply_blobs(struct ts_request *request, const char *type, const char *cache,
	const char *etag, struct ts_blob *const *blobs, size_t n)
{
	const char *known = ts_request_header(request, "If-None-Match");
	const bool has_it = known && ts_etag_named(known, etag, true);
	ts_count(TS_C_HLS_REQUESTS);
	if (has_it)
		ts_reply(request, 304, NULL, "", 0, TS_BODY_STATIC);
	else
		ts_reply_blobs(request, 200, type, blobs, n);
	ts_reply_header(request, "ETag", etag);
	ts_reply_header(request, "Cache-Control", cache);
	ts_reply_send(request);
	return !has_it;
}

/* Of one that is not cut, the segment before: what is asked for behind that comes as soon as
 * anything does. */
static size_t report(const struct ts_hls_rendition *r, struct ts_playlist_report *out)
{
	struct ts_hls_stream *s = r->stream;
	struct ts_step step[TS_ROOM_RENDITIONS];
	const size_t n = s->ended ? 0 : ts_room_renditions(s->room, s->view, s->n_renditions, step);
	size_t n_reports = 0;
	for (size_t i = 0; i < n; i++) {
		const struct ts_hls_rendition *other = &s->rendition[i];
		size_t n_parts;
		uint64_t number = ts_hls_rendition_growing(other, &n_parts);
		if (other == r) continue;
		if (!n_parts && number) n_parts = ts_hls_window_parts_of(&other->window, --number);
		out[n_reports++] = (struct ts_playlist_report){
			(unsigned)i, number, n_parts ? (unsigned)n_parts - 1 : 0};
	}
	return n_reports;
}

static void reply_list(
	struct ts_hls_rendition *r, struct ts_request *request, const struct wish *wish)
{
	char etag[ETAG_BYTES];
	struct ts_playlist_report reports[TS_PLAYLIST_RENDITIONS];
	struct ts_blob *text = ts_hls_window_playlist(&r->window, reports, report(r, reports));
	if (!text) {
		refuse_now(request);
		return;
	}
	g_snprintf(etag, sizeof(etag), "\"%llu\"", (unsigned long long)r->window.serial);
	/* what was asked for by its number is the same for all who ask; what is so now is not
	 * for long */
	reply_blobs(request, PLAYLIST, wish->msn < 0 ? "public, max-age=1" : "public, max-age=6",
		etag, &text, 1);
}

/* What players are told of it before they choose: what it is, or what it is going to be. */
static struct ts_playlist_variant variant_of(
	const struct ts_hls_rendition *r, const struct ts_step *step, char name[TS_AVCC_NAME_MAX])
{
	const struct ts_hls_window *w = &r->window;
	const int64_t set_bps = (int64_t)step->bitrate_bps * 11 / 10 + 64000;
	const bool known = w->width == step->width && w->height == step->height;
	/* constrained baseline, as our encoders make it */
	g_snprintf(name, TS_AVCC_NAME_MAX, "avc1.42c0%02x",
		(unsigned)ts_h264_level(step->width, step->height, step->fps, step->bitrate_bps));
	return (struct ts_playlist_variant){.video = known ? w->video : name,
		.audio = "mp4a.40.2",
		.width = step->width,
		.height = step->height,
		.fps = known ? w->fps : step->fps,
		.bps = known && w->peak_bps > set_bps ? w->peak_bps : set_bps};
}

static void reply_index(
	struct ts_hls_stream *s, struct ts_request *request, const struct wish *wish)
{
	char uri[TS_PLAYLIST_RENDITIONS][TS_SECRET_LEN + TS_PLAYLIST_NAME_MAX + 2];
	char codec[TS_PLAYLIST_RENDITIONS][TS_AVCC_NAME_MAX];
	struct ts_playlist_variant variant[TS_PLAYLIST_RENDITIONS];
	struct ts_step step[TS_ROOM_RENDITIONS];
	const size_t n = ts_room_renditions(s->room, s->view, s->n_renditions, step);
	for (size_t i = 0; i < n; i++) {
		char list[TS_PLAYLIST_NAME_MAX];
		ts_playlist_name_write(list,
			&(struct ts_playlist_name){
				.kind = TS_PLAYLIST_LIST, .rendition = (unsigned)i});
		g_snprintf(uri[i], sizeof(uri[i]), "%s%s%s", wish->with_key ? s->key : "",
			wish->with_key ? "/" : "", list);
		variant[i] = variant_of(&s->rendition[i], &step[i], codec[i]);
		variant[i].uri = uri[i];
	}
	char text[INDEX_BYTES];
	struct ts_wr w = ts_wr(text, sizeof(text));
	char captions[sizeof(uri[0])];
	g_snprintf(captions, sizeof(captions), "%s%scaptions.m3u8", wish->with_key ? s->key : "",
		wish->with_key ? "/" : "");
	ts_playlist_write_main(&w, variant, n, s->all->texts ? captions : NULL);
	ts_count(TS_C_HLS_REQUESTS);
	ts_reply(request, 200, PLAYLIST, text, ts_wr_len(&w), TS_BODY_COPY);
	ts_reply_header(request, "Cache-Control", "private, no-store"); /* it has a key */
	ts_reply_send(request);
}

static void reply_piece(struct ts_request *request, const struct ts_playlist_name *name,
	struct ts_blob *const *blobs, size_t n)
{
	char etag[ETAG_BYTES], text[TS_PLAYLIST_NAME_MAX];
	ts_playlist_name_write(text, name);
	g_snprintf(etag, sizeof(etag), "\"%s\"", text);
	if (!reply_blobs(request, "video/mp4", "public, max-age=3600, immutable", etag, blobs, n))
		return;
	for (size_t i = 0; i < n; i++) ts_count_add(TS_C_HLS_BYTES, (int64_t)blobs[i]->len);
}

/* ---- now or later */

/* False: it is not there yet; else it was answered. */
/* Few are fetched, and none is kept. */
static void reply_captions(struct ts_hls_rendition *r, struct ts_request *request)
{
	struct ts_blob *text = ts_hls_window_captions(&r->window);
	if (!text) {
		refuse_now(request);
		return;
	}
	ts_count(TS_C_HLS_REQUESTS);
	ts_reply(request, 200, PLAYLIST, (const char *)text->bytes, text->len, TS_BODY_COPY);
	ts_reply_header(request, "Cache-Control", "public, max-age=1");
	ts_reply_send(request);
	ts_blob_unref(&text);
}

static void reply_cues(struct ts_hls_stream *s, struct ts_request *request, uint64_t number)
{
	struct ts_blob *text = ts_hls_cues(s, number);
	if (!text) {
		refuse_absent(request);
		return;
	}
	ts_count(TS_C_HLS_REQUESTS);
	ts_reply(request, 200, "text/vtt", (const char *)text->bytes, text->len, TS_BODY_COPY);
	ts_reply_header(request, "Cache-Control", "public, max-age=60");
	ts_reply_send(request);
	ts_blob_unref(&text);
}

static bool try_reply(struct ts_hls_stream *s, struct ts_request *request, const struct wish *wish)
{
	struct ts_blob *blobs[TS_PLAYLIST_PARTS];
	struct ts_hls_rendition *r = &s->rendition[wish->name.rendition];
	struct ts_hls_window *window = &r->window;
	size_t n;
	/* a player that began waits no more, and learns that this is all */
	if (s->ended && wish->asked != ASKED_PIECE) {
		if (wish->asked == ASKED_LIST && window->n_listed)
			reply_list(r, request, wish);
		else if (wish->asked == ASKED_CAPTIONS && window->n_listed)
			reply_captions(r, request);
		else
			refuse_absent(request);
		return true;
	}
	if (wish->asked == ASKED_CAPTIONS) {
		if (window->ready) reply_captions(r, request);
		return window->ready;
	}
	if (wish->asked == ASKED_INDEX) {
		if (window->ready) reply_index(s, request, wish);
		return window->ready;
	}
	if (wish->asked == ASKED_PIECE) {
		const enum ts_hls_found found = ts_hls_window_find(window, &wish->name, blobs, &n);
		if (found == TS_HLS_LATER) return false;
		if (found == TS_HLS_FOUND)
			reply_piece(request, &wish->name, blobs, n);
		else
			refuse_absent(request);
		return true;
	}
	const uint64_t growing = ts_hls_rendition_growing(r, &n);
	const size_t n_before = ts_hls_window_parts_of(window, growing - 1);
	switch (ts_reload_judge(wish->msn, wish->part, growing, n, n_before)) {
	case TS_RELOAD_LATER: return false;
	case TS_RELOAD_NOW:
		/* one without segments ends some players */
		if (!window->n_listed || (wish->msn < 0 && !window->ready)) return false;
		reply_list(r, request, wish);
		break;
	case TS_RELOAD_BAD:
		refuse(request, 400, "query",
			"_HLS_part needs _HLS_msn, which is that of the next segment but one at "
			"most");
		break;
	}
	return true;
}

static void destroy(struct ts_deferred *deferred)
{
	g_free(ts_container_of(deferred, struct waiter, reply));
}

/* ---- how many wait, and of whom */

static bool may_wait(const struct ts_hls *all, const char *address)
{
	const size_t most = (size_t)all->config->hls.max_waiting;
	const size_t its = most / 10 > ADDRESS_WAITING_MIN ? most / 10 : ADDRESS_WAITING_MIN;
	return all->waiting < most &&
		GPOINTER_TO_SIZE(g_hash_table_lookup(all->waiting_of, address)) < its;
}

static void count_waiting(struct ts_hls *all, const char *address, int by)
{
	const size_t n = GPOINTER_TO_SIZE(g_hash_table_lookup(all->waiting_of, address)) +
		(size_t)by;
	all->waiting += (size_t)by;
	ts_count_add(TS_C_HLS_WAITING, by);
	if (n)
		g_hash_table_replace(all->waiting_of, g_strdup(address), GSIZE_TO_POINTER(n));
	else
		g_hash_table_remove(all->waiting_of, address);
}

/* It waits no more, whether it was answered or went away. */
static void leave(struct waiter *w)
{
	struct ts_hls_stream *s = w->stream;
	if (!s) return;
	g_queue_unlink(&s->waiting, &w->link);
	count_waiting(s->all, w->address, -1);
	w->stream = NULL;
	ts_deferred_release(&w->reply);
}

static void on_end(struct ts_deferred *deferred, bool delivered)
{
	(void)delivered;
	leave(ts_container_of(deferred, struct waiter, reply));
}

static void wait_for(struct ts_hls_stream *s, struct ts_request *request, const struct wish *wish)
{
	struct ts_hls *all = s->all;
	struct waiter *w = g_new0(struct waiter, 1);
	g_strlcpy(w->address, ts_request_address(request), sizeof(w->address));
	if (!may_wait(all, w->address)) {
		g_free(w);
		refuse_now(request);
		return;
	}
	w->reply.on_end = on_end;
	w->reply.destroy = destroy;
	w->stream = s;
	w->wish = *wish;
	w->due_ns = ts_now_ns() + WAIT_NS;
	w->link.data = w;
	g_queue_push_tail_link(&s->waiting, &w->link);
	if (!all->waiting) ts_loop_timer_set(all->loop, &all->overdue, ts_now_ns() + LOOK_NS);
	count_waiting(all, w->address, 1);
	ts_deferred_begin(&w->reply, request);
}

static void serve(struct ts_hls_stream *s, struct ts_request *request, const struct wish *wish)
{
	if (wish->name.rendition >= s->n_renditions) {
		refuse_absent(request);
		return;
	}
	ts_hls_want(&s->rendition[wish->name.rendition]);
	if (!try_reply(s, request, wish)) wait_for(s, request, wish);
}

void ts_hls_reply_index(struct ts_hls_stream *s, struct ts_request *request, bool with_key)
{
	serve(s, request, &(struct wish){.asked = ASKED_INDEX, .with_key = with_key});
}

void ts_hls_reply_list(struct ts_hls_stream *s, struct ts_request *request,
	const struct ts_playlist_name *name, int msn, int part)
{
	serve(s, request,
		&(struct wish){.asked = ASKED_LIST, .name = *name, .msn = msn, .part = part});
}

void ts_hls_reply_captions(struct ts_hls_stream *s, struct ts_request *request)
{
	if (!s->all->texts)
		refuse_absent(request);
	else
		serve(s, request,
			&(struct wish){.asked = ASKED_CAPTIONS,
				.name = {.rendition = ts_hls_captions_rendition(s)}});
}

void ts_hls_reply_piece(
	struct ts_hls_stream *s, struct ts_request *request, const struct ts_playlist_name *name)
{
	if (name->kind == TS_PLAYLIST_CUES) {
		reply_cues(s, request, name->number);
		return;
	}
	serve(s, request, &(struct wish){.asked = ASKED_PIECE, .name = *name});
}

/* ---- those who wait */

void ts_hls_serve_waiting(struct ts_hls_stream *s, const struct ts_hls_rendition *r)
{
	for (GList *l = s->waiting.head, *next; l; l = next) {
		struct waiter *w = l->data;
		next = l->next;
		if (&s->rendition[w->wish.name.rendition] != r) continue;
		if (w->reply.request && try_reply(s, w->reply.request, &w->wish)) leave(w);
	}
}

void ts_hls_refuse_waiting(struct ts_hls_stream *s)
{
	for (struct waiter *w; (w = g_queue_peek_head(&s->waiting)); leave(w))
		if (w->reply.request) refuse_absent(w->reply.request);
}

/* They came in order, and all wait for as long. */
static void refuse_overdue(struct ts_hls_stream *s, int64_t now_ns)
{
	for (struct waiter *w; (w = g_queue_peek_head(&s->waiting)) && w->due_ns <= now_ns;
		leave(w))
		if (w->reply.request) refuse_now(w->reply.request);
}

void ts_hls_on_overdue(struct ts_timer *timer, int64_t now_ns)
{
	struct ts_hls *all = ts_container_of(timer, struct ts_hls, overdue);
	for (guint i = 0; i < all->streams->len; i++)
		refuse_overdue(all->streams->pdata[i], now_ns);
	if (all->waiting) ts_loop_timer_set(all->loop, timer, now_ns + LOOK_NS);
}
