#include "control/text/texts.h"
#include "base/clock.h"
#include "base/counter.h"
#include "base/error.h"
#include "base/loop.h"
#include "layout/clean.h"
#include "mixer/room/roles.h"
#include <glib.h>
#include <string.h>

#define SHOWN_MIN_NS (3 * TS_NS_PER_S)
#define SHOWN_MAX_NS (8 * TS_NS_PER_S)
#define READ_NS (70 * TS_NS_PER_MS)   /* a letter */
#define INTERIM_NS (10 * TS_NS_PER_S) /* one that nothing follows */

/* What one participant, the API and all of a room may do. */
static const struct ts_throttle_config messages_of_one = {
	.period_ns = TS_NS_PER_S / 2, .burst = 10};
static const struct ts_throttle_config messages_of_room = {
	.period_ns = TS_NS_PER_S / 20, .burst = 60};
static const struct ts_throttle_config captions_of_one = {
	.period_ns = TS_NS_PER_S / 10, .burst = 20};
static const struct ts_throttle_config captions_of_room = {
	.period_ns = TS_NS_PER_S / 30, .burst = 60};

/* Of a participant, or of the API in a room. */
struct writer {
	struct ts_bucket messages, captions;
	bool speaks; /* now is an interim caption of theirs */
	struct ts_caption now;
};

struct room {
	struct ts_bucket messages_in, captions_in;
	GQueue messages; /* [owned] struct ts_message, the oldest first */
	size_t bytes;
	GQueue captions;     /* [owned] struct ts_caption, final */
	GHashTable *writers; /* id of a participant, "": the API -> [owned] struct writer */
};

struct ts_texts {
	struct ts_loop *loop;
	struct ts_registry *registry;
	GHashTable *rooms; /* id -> [owned] struct room */
	struct {
		const struct ts_texts_watcher *watcher;
		void *arg;
	} watch[TS_TEXT_WATCHERS_MAX];
	size_t n_watch;
};

/* ---- rooms */

static void room_free(void *room)
{
	struct room *r = room;
	g_queue_clear_full(&r->messages, g_free);
	g_queue_clear_full(&r->captions, g_free);
	g_hash_table_destroy(r->writers);
	g_free(r);
}

static struct room *find(const struct ts_texts *texts, const char *id)
{
	return g_hash_table_lookup(texts->rooms, id);
}

static struct room *room_of(struct ts_texts *texts, const char *id)
{
	struct room *r = find(texts, id);
	if (r) return r;
	r = g_new0(struct room, 1);
	g_queue_init(&r->messages);
	g_queue_init(&r->captions);
	r->writers = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	g_hash_table_insert(texts->rooms, g_strdup(id), r);
	return r;
}

static struct writer *writer_of(struct room *r, const char *id)
{
	struct writer *w = g_hash_table_lookup(r->writers, id);
	if (w) return w;
	w = g_new0(struct writer, 1);
	g_hash_table_insert(r->writers, g_strdup(id), w);
	return w;
}

static void on_closing(void *arg, struct ts_room *room)
{
	struct ts_texts *texts = arg;
	g_hash_table_remove(texts->rooms, ts_room_config(room)->id);
}

/* Those of a room that nobody is in are nobody's: the next meeting does not read them. */
static void forget_if_empty(struct ts_texts *texts, struct ts_room *room)
{
	if (!ts_room_first(room) && !ts_registry_is_held(texts->registry, room))
		g_hash_table_remove(texts->rooms, ts_room_config(room)->id);
}

static void on_changed(void *arg, struct ts_room *room, enum ts_room_change what,
	struct ts_participant *participant)
{
	struct ts_texts *texts = arg;
	struct room *r = what == TS_ROOM_LEFT ? find(texts, ts_room_config(room)->id) : NULL;
	if (!r || !participant) return;
	g_hash_table_remove(r->writers, ts_participant_id(participant));
	forget_if_empty(texts, room);
}

static void on_released(void *arg, struct ts_room *room)
{
	forget_if_empty(arg, room);
}

/* ---- messages */

static void trim_messages(struct room *r)
{
	while (r->messages.length > 1 &&
		(r->messages.length > TS_MESSAGES_MAX || r->bytes > TS_MESSAGE_BYTES_MAX)) {
		struct ts_message *oldest = g_queue_pop_head(&r->messages);
		r->bytes -= oldest->len;
		g_free(oldest);
	}
}

/* Both, or neither. */
static int64_t take(struct ts_bucket *own, const struct ts_throttle_config *of_own,
	struct ts_bucket *room, const struct ts_throttle_config *of_room, int64_t now_ns)
{
	const struct ts_bucket before = *own;
	int64_t wait_ns = ts_bucket_take(own, of_own, now_ns);
	if (wait_ns) return wait_ns;
	wait_ns = ts_bucket_take(room, of_room, now_ns);
	if (wait_ns) *own = before;
	return wait_ns;
}

static void name_of(char id[TS_ULID_LEN + 1], char name[TS_NAME_MAX + 1],
	const struct ts_participant *participant, const char *else_name)
{
	struct ts_participant_settings settings;
	*id = '\0';
	ts_name_clean(name, else_name ? else_name : "");
	if (!participant) return;
	ts_participant_settings(participant, &settings);
	g_strlcpy(id, ts_participant_id(participant), TS_ULID_LEN + 1);
	g_strlcpy(name, settings.name, TS_NAME_MAX + 1);
}

bool ts_texts_may_write(const struct ts_participant *p)
{
	struct ts_participant_settings settings;
	ts_participant_settings(p, &settings);
	return ts_participant_kind(p) != TS_KIND_WHEP &&
		ts_role_rights(settings.role) & TS_MAY_SPEAK;
}

int ts_texts_send(struct ts_texts *texts, struct ts_room *room, const struct ts_message_wish *wish,
	int64_t now_ns, const struct ts_message **out, int64_t *wait_ns)
{
	char id[TS_ULID_LEN + 1], name[TS_NAME_MAX + 1], to[TS_NAME_MAX + 1];
	const size_t len = strlen(wish->text);
	*wait_ns = 0;
	if (len > TS_MESSAGE_MAX) return TS_EINVAL;
	/* each byte that is none of UTF-8 becomes three */
	struct ts_message *m = g_malloc0(sizeof(*m) + 3 * len + 1);
	m->len = ts_clean_text(m->text, 3 * len + 1, wish->text, TS_CLEAN_KEEP_LINES);
	name_of(id, name, wish->from, wish->name);
	struct room *r = m->len && m->len <= TS_MESSAGE_MAX
		? room_of(texts, ts_room_config(room)->id)
		: NULL;
	int rc = r ? 0 : TS_EINVAL;
	if (r)
		*wait_ns = take(&writer_of(r, id)->messages, &messages_of_one, &r->messages_in,
			&messages_of_room, now_ns);
	if (*wait_ns) rc = TS_EAGAIN;
	if (rc) {
		ts_count(TS_C_MESSAGES_REFUSED);
		g_free(m);
		return rc;
	}
	memcpy(m->from, id, sizeof(m->from));
	memcpy(m->name, name, sizeof(m->name));
	name_of(m->to, to, wish->to, NULL);
	g_strlcpy(m->room, ts_room_config(room)->id, sizeof(m->room));
	m->way = wish->way;
	m->sent_ms = ts_unix_ms_from_ns(now_ns);
	ts_ulid(m->id, m->sent_ms);
	g_queue_push_tail(&r->messages, m);
	r->bytes += m->len;
	trim_messages(r);
	ts_count(TS_C_MESSAGES);
	*out = m;
	for (size_t i = 0; i < texts->n_watch; i++)
		if (texts->watch[i].watcher->message)
			texts->watch[i].watcher->message(texts->watch[i].arg, m);
	return 0;
}

/* ---- captions */

/* So long one reads at it. */
static int64_t lasts_ns(const struct ts_caption *c)
{
	const int64_t ns = (int64_t)g_utf8_strlen(c->text, -1) * READ_NS;
	if (!c->final) return INTERIM_NS;
	return ns < SHOWN_MIN_NS ? SHOWN_MIN_NS : ns > SHOWN_MAX_NS ? SHOWN_MAX_NS : ns;
}

static void begin(struct ts_caption *c, struct ts_room *room,
	const struct ts_participant *participant, int64_t now_ns)
{
	*c = (struct ts_caption){.begun_ns = now_ns};
	ts_ulid(c->id, ts_unix_ms_from_ns(now_ns));
	g_strlcpy(c->room, ts_room_config(room)->id, sizeof(c->room));
	name_of(c->participant, c->name, participant, NULL);
}

static void keep(struct room *r, const struct ts_caption *c)
{
	g_queue_push_tail(&r->captions, g_memdup2(c, sizeof(*c)));
	if (r->captions.length > TS_CAPTIONS_MAX) g_free(g_queue_pop_head(&r->captions));
}

int ts_texts_caption(struct ts_texts *texts, struct ts_room *room,
	const struct ts_caption_wish *wish, int64_t now_ns, const struct ts_caption **out,
	int64_t *wait_ns)
{
	char id[TS_ULID_LEN + 1], name[TS_NAME_MAX + 1], text[3 * TS_CAPTION_MAX + 1];
	*wait_ns = 0;
	if (strlen(wish->text) > TS_CAPTION_MAX) return TS_EINVAL;
	const size_t len = ts_clean_text(text, sizeof(text), wish->text, TS_CLEAN_ONE_LINE);
	struct room *known = find(texts, ts_room_config(room)->id);
	name_of(id, name, wish->participant, NULL);
	struct writer *w = known ? g_hash_table_lookup(known->writers, id) : NULL;
	const bool ends = wish->final && w && w->speaks;
	if (len > TS_CAPTION_MAX || (!len && !ends)) return TS_EINVAL;
	struct room *r = room_of(texts, ts_room_config(room)->id);
	w = writer_of(r, id);
	*wait_ns = take(&w->captions, &captions_of_one, &r->captions_in, &captions_of_room, now_ns);
	if (*wait_ns) {
		ts_count(TS_C_CAPTIONS_REFUSED);
		return TS_EAGAIN;
	}
	struct ts_caption *c = &w->now;
	if (!w->speaks) begin(c, room, wish->participant, now_ns);
	memcpy(c->name, name, sizeof(c->name));
	g_strlcpy(c->text, text, sizeof(c->text));
	if (wish->lang) g_strlcpy(c->lang, wish->lang, sizeof(c->lang));
	c->final = wish->final;
	c->at_ns = now_ns;
	c->lasts_ns = lasts_ns(c);
	w->speaks = !wish->final;
	if (wish->final && len) keep(r, c);
	ts_count(TS_C_CAPTIONS);
	*out = c;
	for (size_t i = 0; i < texts->n_watch; i++)
		if (texts->watch[i].watcher->caption)
			texts->watch[i].watcher->caption(texts->watch[i].arg, c);
	return 0;
}

/* ---- what is there */

static bool may_read(const struct ts_message *m, const char *reader)
{
	return !reader || !*m->to || !strcmp(m->to, reader) || !strcmp(m->from, reader);
}

const struct ts_message *ts_texts_next(
	struct ts_texts *texts, const char *room_id, const char *reader, size_t *at)
{
	struct room *r = find(texts, room_id);
	if (!r) return NULL;
	for (const GList *l = g_queue_peek_nth_link(&r->messages, (guint)*at); l; l = l->next) {
		++*at;
		if (may_read(l->data, reader)) return l->data;
	}
	return NULL;
}

const struct ts_caption *ts_texts_next_caption(
	struct ts_texts *texts, const char *room_id, size_t *at)
{
	struct room *r = find(texts, room_id);
	return r ? g_queue_peek_nth(&r->captions, (guint)(*at)++) : NULL;
}

static gint by_time(gconstpointer a, gconstpointer b, gpointer unused)
{
	const struct ts_caption *x = a, *y = b;
	(void)unused;
	return x->begun_ns < y->begun_ns ? -1 : x->begun_ns > y->begun_ns;
}

/* Those of now, in order of their beginning. */
static void collect(struct room *r, int64_t now_ns, GQueue *out)
{
	GHashTableIter iter;
	void *w;
	for (const GList *l = r->captions.tail; l && out->length < TS_CAPTION_ROWS; l = l->prev) {
		struct ts_caption *c = l->data;
		if (now_ns - c->at_ns < c->lasts_ns) g_queue_insert_sorted(out, c, by_time, NULL);
	}
	g_hash_table_iter_init(&iter, r->writers);
	while (g_hash_table_iter_next(&iter, NULL, &w)) {
		struct writer *writer = w;
		struct ts_caption *c = &writer->now;
		if (writer->speaks && *c->text && now_ns - c->at_ns < c->lasts_ns)
			g_queue_insert_sorted(out, c, by_time, NULL);
	}
	while (out->length > TS_CAPTION_ROWS) g_queue_pop_head(out);
}

/* The end of a text that is too long is what is said now. */
static const char *end_of(const char *text, size_t most)
{
	const size_t len = strlen(text);
	const char *p = len > most ? text + len - most : text;
	while ((*p & 0xc0) == 0x80) p++;
	return p;
}

bool ts_texts_lines(
	struct ts_texts *texts, const char *room_id, int64_t now_ns, char *out, size_t cap)
{
	enum { ENDS = 3 };
	GQueue list = G_QUEUE_INIT;
	struct room *r = find(texts, room_id);
	*out = '\0';
	if (r) collect(r, now_ns, &list);
	const size_t most = list.length ? cap / list.length : 0;
	size_t len = 0;
	for (const GList *l = list.head; l; l = l->next) {
		const struct ts_caption *c = l->data;
		const struct ts_caption *before = l->prev ? l->prev->data : NULL;
		const bool same = before && !strcmp(before->participant, c->participant);
		const char *name = same ? "" : c->name, *colon = *name ? ": " : "";
		const size_t head = strlen(name) + strlen(colon) + ENDS;
		const int n = g_snprintf(out + len, cap - len, "%s%s%s%s", len ? "\n" : "", name,
			colon, end_of(c->text, most > head ? most - head : 0));
		len += (size_t)n;
	}
	const bool any = list.length > 0;
	g_queue_clear(&list);
	return any;
}

bool ts_caption_lang_ok(const char *lang)
{
	static GRegex *form;
	if (!form) form = g_regex_new(TS_CAPTION_LANG_PATTERN, 0, 0, NULL);
	return strlen(lang) <= TS_CAPTION_LANG_MAX && g_regex_match(form, lang, 0, NULL);
}

/* ---- life */

void ts_texts_watch(struct ts_texts *texts, const struct ts_texts_watcher *watcher, void *arg)
{
	g_assert(texts->n_watch < TS_TEXT_WATCHERS_MAX);
	texts->watch[texts->n_watch].watcher = watcher;
	texts->watch[texts->n_watch++].arg = arg;
}

void ts_texts_unwatch(struct ts_texts *texts, const void *arg)
{
	size_t n = 0;
	for (size_t i = 0; i < texts->n_watch; i++)
		if (texts->watch[i].arg != arg) texts->watch[n++] = texts->watch[i];
	texts->n_watch = n;
}

void ts_texts_create(struct ts_texts **out, struct ts_loop *loop, struct ts_registry *registry)
{
	static const struct ts_registry_watcher watcher = {
		.changed = on_changed, .closing = on_closing, .released = on_released};
	struct ts_texts *texts = g_new0(struct ts_texts, 1);
	texts->loop = loop;
	texts->registry = registry;
	texts->rooms = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, room_free);
	ts_registry_watch(registry, &watcher, texts);
	*out = texts;
}

void ts_texts_destroy(struct ts_texts **textsp)
{
	struct ts_texts *texts = *textsp;
	*textsp = NULL;
	if (!texts) return;
	ts_registry_unwatch(texts->registry, texts);
	g_hash_table_destroy(texts->rooms);
	g_free(texts);
}
