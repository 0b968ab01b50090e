#include "control/rooms/half_open.h"
#include "base/counter.h"
#include "base/error.h"
#include <glib.h>

struct address {
	char *text;
	size_t n;
};

struct waiting {
	struct ts_participant *participant;
	struct address *address;
	int64_t since_ns;
	GList link; /* in half_open->all */
};

struct ts_half_open {
	struct ts_half_open_config config;
	GHashTable *by_participant; /* -> [owned] waiting */
	GHashTable *by_address;     /* text -> [owned] address; with somebody in it */
	GQueue all;                 /* in order of coming */
};

static void address_free(void *data)
{
	struct address *address = data;
	g_free(address->text);
	g_free(address);
}

struct ts_half_open *ts_half_open_new(const struct ts_half_open_config *config)
{
	struct ts_half_open *h = g_new0(struct ts_half_open, 1);
	h->config = *config;
	h->by_participant = g_hash_table_new_full(g_direct_hash, g_direct_equal, NULL, g_free);
	h->by_address = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, address_free);
	g_queue_init(&h->all);
	return h;
}

void ts_half_open_free(struct ts_half_open *h)
{
	if (!h) return;
	ts_count_add(TS_C_HALF_OPEN, -(int64_t)h->all.length);
	g_hash_table_unref(h->by_participant);
	g_hash_table_unref(h->by_address);
	g_free(h);
}

void ts_half_open_add(struct ts_half_open *h, struct ts_participant *participant, const struct ts_newcomer *newcomer)
{
	struct waiting *w = g_new0(struct waiting, 1);
	struct address *address = g_hash_table_lookup(h->by_address, newcomer->address);
	if (!address) {
		address = g_new0(struct address, 1);
		address->text = g_strdup(newcomer->address);
		g_hash_table_insert(h->by_address, address->text, address);
	}
	address->n++;
	*w = (struct waiting){.participant = participant, .address = address, .since_ns = newcomer->now_ns};
	w->link.data = w;
	g_queue_push_tail_link(&h->all, &w->link);
	g_hash_table_replace(h->by_participant, participant, w);
	ts_count(TS_C_HALF_OPEN);
}

void ts_half_open_settle(struct ts_half_open *h, struct ts_participant *participant)
{
	struct waiting *w = g_hash_table_lookup(h->by_participant, participant);
	if (!w) return;
	if (--w->address->n == 0) g_hash_table_remove(h->by_address, w->address->text);
	g_queue_unlink(&h->all, &w->link);
	g_hash_table_remove(h->by_participant, participant);
	ts_count_add(TS_C_HALF_OPEN, -1);
}

/* ---- who gives way */

static size_t count_of(const struct ts_half_open *h, const char *address)
{
	const struct address *a = g_hash_table_lookup(h->by_address, address);
	return a ? a->n : 0;
}

/* 0: not to this newcomer; else the more, the sooner. */
static size_t weight_of(const struct ts_half_open *h, const struct waiting *w, const struct ts_newcomer *newcomer)
{
	size_t own = count_of(h, newcomer->address);
	bool old = newcomer->now_ns - w->since_ns >= TS_HALF_OPEN_GRACE_NS;
	bool same = g_str_equal(w->address->text, newcomer->address);
	if (w->participant == newcomer->spared) return 0;
	return old || (!same && w->address->n >= own) ? w->address->n : 0;
}

static void end(struct ts_participant *participant)
{
	ts_count(TS_C_HALF_OPEN_GAVE_WAY);
	ts_participant_leave(participant, TS_HALF_OPEN_REASON);
}

typedef bool (*fits)(const struct waiting *w, const void *arg);

/* The oldest of the busiest address among those that fit. */
static bool clear_one(struct ts_half_open *h, const struct ts_newcomer *newcomer, fits fit, const void *arg)
{
	struct waiting *best = NULL;
	size_t most = 0;
	for (const GList *link = h->all.head; link; link = link->next) {
		struct waiting *w = link->data;
		size_t weight = weight_of(h, w, newcomer);
		if (weight <= most || !fit(w, arg)) continue;
		most = weight;
		best = w;
	}
	if (best) end(best->participant);
	return best;
}

static bool is_any(const struct waiting *w, const void *arg)
{
	(void)w, (void)arg;
	return true;
}

static bool is_of(const struct waiting *w, const void *arg)
{
	return g_str_equal(w->address->text, arg);
}

int ts_half_open_admit(struct ts_half_open *h, const struct ts_newcomer *newcomer)
{
	const struct ts_half_open_config *c = &h->config;
	if (c->max_per_address && count_of(h, newcomer->address) >= c->max_per_address &&
		!clear_one(h, newcomer, is_of, newcomer->address))
		return TS_EAGAIN;
	if (c->max && h->all.length >= c->max && !clear_one(h, newcomer, is_any, NULL)) return TS_EAGAIN;
	return TS_OK;
}

/* ---- places and rooms */

struct place {
	const struct ts_room *room;
	bool watcher; /* they have places of their own */
};

static bool takes(const struct waiting *w, const void *arg)
{
	const struct place *place = arg;
	return ts_participant_room(w->participant) == place->room &&
		(ts_participant_kind(w->participant) == TS_KIND_WHEP) == place->watcher;
}

bool ts_half_open_clear_place(
	struct ts_half_open *h, const struct ts_newcomer *newcomer, const struct ts_room *room, enum ts_kind kind)
{
	const struct place place = {room, kind == TS_KIND_WHEP};
	return clear_one(h, newcomer, takes, &place);
}

/* Of the one who gives way last. 0: the room stays. */
static size_t room_weight(const struct ts_half_open *h, struct ts_room *room, const struct ts_newcomer *newcomer)
{
	size_t least = SIZE_MAX;
	for (struct ts_participant *p = ts_room_first(room); p && least; p = ts_room_next(p)) {
		const struct waiting *w = g_hash_table_lookup(h->by_participant, p);
		size_t weight = w ? weight_of(h, w, newcomer) : 0;
		least = MIN(least, weight);
	}
	return least;
}

/* The room goes with the last of them. */
static void clear(struct ts_room *room)
{
	size_t n = 0;
	for (struct ts_participant *p = ts_room_first(room); p; p = ts_room_next(p)) n++;
	while (n--) end(ts_room_first(room));
}

bool ts_half_open_clear_room(struct ts_half_open *h, const struct ts_newcomer *newcomer)
{
	struct ts_room *best = NULL;
	size_t most = 0;
	for (const GList *link = h->all.head; link; link = link->next) {
		const struct waiting *w = link->data;
		struct ts_room *room = ts_participant_room(w->participant);
		if (ts_room_first(room) != w->participant) continue; /* each room once */
		size_t weight = room_weight(h, room, newcomer);
		if (weight <= most) continue;
		most = weight;
		best = room;
	}
	if (best) clear(best);
	return best;
}
