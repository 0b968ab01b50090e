#include "control/hls/window.h"

#define NS_PER_S INT64_C(1000000000)
#define LISTED_NS (6 * TS_PLAYLIST_TARGET_S * NS_PER_S)
/* as long again, and a segment */
#define KEPT_NS (2 * LISTED_NS + TS_PLAYLIST_TARGET_S * NS_PER_S)
enum { KEPT = 128, AAC_BPS = 64000 };

struct segment {
	struct ts_playlist_segment shown; /* first */
	int64_t time_ns;                  /* when it begins, on the clock of what was cut */
	struct ts_blob *bytes[TS_PLAYLIST_PARTS];
	size_t n_bytes;
};

struct init {
	unsigned number;
	struct ts_blob *bytes;
};

void ts_hls_window_init(struct ts_hls_window *w, unsigned rendition, size_t max_bytes)
{
	*w = (struct ts_hls_window){
		.max_bytes = max_bytes, .rendition = rendition, .peak_bps = AAC_BPS};
	g_queue_init(&w->segments);
	g_queue_init(&w->inits);
}

static void free_segment(void *segment)
{
	struct segment *s = segment;
	for (size_t i = 0; i < s->shown.n_parts; i++) ts_blob_unref(&s->bytes[i]);
	g_free(s);
}

static void free_init(void *init)
{
	ts_blob_unref(&((struct init *)init)->bytes);
	g_free(init);
}

void ts_hls_window_fini(struct ts_hls_window *w)
{
	g_queue_clear_full(&w->segments, free_segment);
	g_queue_clear_full(&w->inits, free_init);
	ts_blob_unref(&w->playlist);
}

/* ---- what goes */

static void drop_oldest(struct ts_hls_window *w)
{
	struct segment *s = g_queue_pop_head(&w->segments);
	const struct segment *oldest = g_queue_peek_head(&w->segments);
	w->bytes -= s->n_bytes;
	free_segment(s);
	for (struct init *i;
		oldest && (i = g_queue_peek_head(&w->inits)) && i->number < oldest->shown.init;)
		free_init(g_queue_pop_head(&w->inits));
}

/* How many of the newest make up that much, and the one that reaches beyond. */
static size_t newest_of(const struct ts_hls_window *w, int64_t ns)
{
	size_t n = 0;
	for (const GList *l = w->segments.tail; l && ns > 0; l = l->prev, n++)
		ns -= ((const struct segment *)l->data)->shown.duration_ns;
	return n;
}

static void unlist(struct ts_hls_window *w, size_t n)
{
	while (w->n_listed > n) {
		const struct segment *s = g_queue_peek_nth(
			&w->segments, w->segments.length - (guint)w->n_listed);
		w->discontinuities += s->shown.discontinuity;
		w->n_listed--;
	}
}

static void trim(struct ts_hls_window *w)
{
	const size_t listed = newest_of(w, LISTED_NS), kept = newest_of(w, KEPT_NS);
	unlist(w, listed < TS_PLAYLIST_SEGMENTS ? listed : TS_PLAYLIST_SEGMENTS);
	while (w->segments.length > 1 &&
		(w->segments.length > kept || w->segments.length > KEPT ||
			w->bytes > w->max_bytes)) {
		unlist(w, w->segments.length - 1);
		drop_oldest(w);
	}
}

void ts_hls_window_clear(struct ts_hls_window *w)
{
	unlist(w, 0);
	while (w->segments.length) drop_oldest(w);
	while (w->inits.length > 1) free_init(g_queue_pop_head(&w->inits));
	ts_blob_unref(&w->playlist);
	w->serial++;
	w->ready = false;
	w->cleared = true;
}

/* ---- what comes */

void ts_hls_window_begin_at(struct ts_hls_window *w, uint64_t number, uint64_t discontinuities)
{
	if (w->segments.length) return;
	if (number > w->next) w->next = number;
	if (discontinuities > w->discontinuities) w->discontinuities = discontinuities;
	w->serial++;
	ts_blob_unref(&w->playlist);
}

uint64_t ts_hls_window_discontinuities(const struct ts_hls_window *w)
{
	uint64_t n = w->discontinuities;
	const GList *l = g_queue_peek_nth_link(
		(GQueue *)(uintptr_t)&w->segments, w->segments.length - (guint)w->n_listed);
	for (; l; l = l->next) n += ((const struct segment *)l->data)->shown.discontinuity;
	return n;
}

static struct segment *growing(const struct ts_hls_window *w)
{
	struct segment *s = g_queue_peek_tail((GQueue *)(uintptr_t)&w->segments);
	return s && !s->shown.whole ? s : NULL;
}

static void end_segment(struct ts_hls_window *w, struct segment *s)
{
	s->shown.whole = w->ready = true;
	if (s->shown.duration_ns < NS_PER_S) return; /* too short to tell of a rate */
	const int64_t bps = (int64_t)s->n_bytes * 8 * NS_PER_S / s->shown.duration_ns;
	if (bps > w->peak_bps) w->peak_bps = bps;
}

static void take_init(struct ts_hls_window *w, struct ts_cut_part *part)
{
	struct init *init = g_new0(struct init, 1);
	init->number = w->next_init++;
	init->bytes = part->init;
	part->init = NULL;
	g_queue_push_tail(&w->inits, init);
	memcpy(w->video, part->video, sizeof w->video);
	w->width = part->width;
	w->height = part->height;
	w->fps = part->fps;
}

static struct segment *begin_segment(
	struct ts_hls_window *w, const struct ts_cut_part *part, int64_t begun_ms)
{
	struct segment *s = g_new0(struct segment, 1);
	s->shown.number = w->next++;
	s->shown.init = w->next_init - 1;
	s->shown.discontinuity = part->discontinuity;
	s->shown.unix_ms = begun_ms;
	s->time_ns = part->time_ns;
	g_queue_push_tail(&w->segments, s);
	w->n_listed++;
	return s;
}

void ts_hls_window_add(struct ts_hls_window *w, struct ts_cut_part *part, int64_t begun_ms)
{
	struct segment *s = growing(w);
	if (w->cleared && !part->begins) {
		ts_cut_part_free(part);
		return;
	}
	w->cleared = false;
	if (s && (part->begins || part->init || s->shown.n_parts == TS_PLAYLIST_PARTS)) {
		end_segment(w, s);
		s = NULL;
	}
	if (part->init) take_init(w, part);
	if (w->next_init) {
		if (!s) s = begin_segment(w, part, begun_ms);
		s->shown.part[s->shown.n_parts] = (struct ts_playlist_part){
			part->told_ns, part->independent};
		s->bytes[s->shown.n_parts++] = ts_blob_ref(part->bytes);
		s->shown.duration_ns += part->duration_ns;
		s->n_bytes += part->bytes->len;
		w->bytes += part->bytes->len;
		if (part->ends) end_segment(w, s);
		w->serial++;
		ts_blob_unref(&w->playlist);
		trim(w);
	}
	ts_cut_part_free(part);
}

bool ts_hls_window_end(struct ts_hls_window *w)
{
	struct segment *s = growing(w);
	if (s) end_segment(w, s);
	w->ended = true;
	w->serial++;
	ts_blob_unref(&w->playlist);
	return w->n_listed && !w->cleared;
}

/* ---- what is asked for */

uint64_t ts_hls_window_growing(const struct ts_hls_window *w, size_t *n_parts)
{
	const struct segment *s = growing(w);
	*n_parts = s ? s->shown.n_parts : 0;
	return s ? s->shown.number : w->next;
}

/* playlist->segment points to the list. */
static void fill(const struct ts_hls_window *w, struct ts_playlist *playlist,
	const struct ts_playlist_segment *list[TS_PLAYLIST_SEGMENTS])
{
	const GList *l = g_queue_peek_nth_link(
		(GQueue *)(uintptr_t)&w->segments, w->segments.length - (guint)w->n_listed);
	for (; l; l = l->next) list[playlist->n++] = &((const struct segment *)l->data)->shown;
	playlist->segment = list;
}

struct ts_blob *ts_hls_window_captions(const struct ts_hls_window *w)
{
	const struct ts_playlist_segment *list[TS_PLAYLIST_SEGMENTS];
	struct ts_playlist playlist = {
		.discontinuities = w->discontinuities, .next = w->next, .ended = w->ended};
	fill(w, &playlist, list);
	struct ts_blob *text = ts_blob_new(TS_PLAYLIST_BYTES);
	if (!text) return NULL;
	struct ts_wr wr = ts_wr(text->bytes, text->len);
	ts_playlist_write_captions(&wr, &playlist);
	text->len = wr.bad ? 0 : ts_wr_len(&wr);
	return text;
}

struct ts_blob *ts_hls_window_playlist(
	struct ts_hls_window *w, const struct ts_playlist_report *report, size_t n_reports)
{
	const struct ts_playlist_segment *list[TS_PLAYLIST_SEGMENTS];
	struct ts_playlist playlist = {.discontinuities = w->discontinuities,
		.next = w->next,
		.ended = w->ended,
		.rendition = w->rendition,
		.report = report,
		.n_reports = n_reports};
	if (w->playlist) return w->playlist;
	fill(w, &playlist, list);
	struct ts_blob *text = ts_blob_new(TS_PLAYLIST_BYTES);
	if (!text) return NULL;
	struct ts_wr wr = ts_wr(text->bytes, text->len);
	ts_playlist_write(&wr, &playlist);
	text->len = wr.bad ? 0 : ts_wr_len(&wr);
	return w->playlist = text;
}

static enum ts_hls_found find_init(
	const struct ts_hls_window *w, uint64_t number, struct ts_blob **out, size_t *n)
{
	for (const GList *l = w->inits.head; l; l = l->next) {
		const struct init *init = l->data;
		if (init->number != number) continue;
		*out = init->bytes;
		*n = 1;
		return TS_HLS_FOUND;
	}
	return TS_HLS_ABSENT;
}

static const struct segment *find_segment(const struct ts_hls_window *w, uint64_t number)
{
	const struct segment *oldest = w->segments.head ? w->segments.head->data : NULL;
	if (!oldest || number < oldest->shown.number || number >= w->next) return NULL;
	return g_queue_peek_nth(
		(GQueue *)(uintptr_t)&w->segments, (guint)(number - oldest->shown.number));
}

size_t ts_hls_window_parts_of(const struct ts_hls_window *w, uint64_t number)
{
	const struct segment *s = find_segment(w, number);
	return s ? s->shown.n_parts : 0;
}

bool ts_hls_window_span(
	const struct ts_hls_window *w, uint64_t number, int64_t *from_ns, int64_t *until_ns)
{
	const struct segment *s = find_segment(w, number);
	if (!s || !s->shown.whole) return false;
	*from_ns = s->time_ns;
	*until_ns = s->time_ns + s->shown.duration_ns;
	return true;
}

static enum ts_hls_found find_part(const struct ts_hls_window *w,
	const struct ts_playlist_name *name, struct ts_blob **out, size_t *n)
{
	const struct segment *s = find_segment(w, name->number);
	size_t n_parts;
	if (s && name->part < s->shown.n_parts) {
		*out = s->bytes[name->part];
		*n = 1;
		return TS_HLS_FOUND;
	}
	return !w->ended && name->number == ts_hls_window_growing(w, &n_parts) &&
			name->part == n_parts
		? TS_HLS_LATER
		: TS_HLS_ABSENT;
}

enum ts_hls_found ts_hls_window_find(const struct ts_hls_window *w,
	const struct ts_playlist_name *name, struct ts_blob *out[TS_PLAYLIST_PARTS], size_t *n)
{
	*n = 0;
	if (name->kind == TS_PLAYLIST_INIT) return find_init(w, name->number, out, n);
	if (name->kind == TS_PLAYLIST_PART) return find_part(w, name, out, n);
	const struct segment *s = name->kind == TS_PLAYLIST_SEGMENT ? find_segment(w, name->number)
								    : NULL;
	if (!s || !s->shown.whole) return TS_HLS_ABSENT;
	for (size_t i = 0; i < s->shown.n_parts; i++) out[(*n)++] = s->bytes[i];
	return TS_HLS_FOUND;
}
