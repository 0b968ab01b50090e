#include "control/rooms/half_open.h"
#include "base/address.h"
#include "base/counter.h"
#include "base/error.h"
#include <glib.h>

enum { FORGEABLE_SHARE = 4, SITE_SHARE = 2, FROM_MAX = 96, KEY_MAX = 128 };
#define FORGEABLE_GRACE_NS (TS_HALF_OPEN_GRACE_NS / 4)
#define PROVEN_GRACE_NS (5 * TS_HALF_OPEN_GRACE_NS) /* against forgeable newcomers */

struct address {
	char *text;
	size_t n;
};

struct waiting {
	struct ts_participant *participant;
	char from[FROM_MAX];     /* where they came from, as the newcomer said */
	struct address *address; /* of the limit */
	struct address *group;   /* by which they give way */
	bool forgeable;
	bool asked;
	int64_t since_ns;
	GList link; /* in half_open->all, unless they are asked */
};

struct ts_half_open {
	struct ts_half_open_config config;
	GHashTable *by_participant; /* -> [owned] waiting */
	GHashTable *by_address;     /* key -> [owned] address; with somebody in it */
	GQueue all;                 /* in order of coming */
};

static void address_free(void *data)
{
	struct address *address = data;
	g_free(address->text);
	g_free(address);
}

void ts_half_open_set(struct ts_half_open *half_open, const struct ts_half_open_config *config)
{
	half_open->config = *config;
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

bool ts_half_open_has(const struct ts_half_open *h, const struct ts_participant *participant)
{
	const struct waiting *w = g_hash_table_lookup(h->by_participant, participant);
	return w && !w->asked;
}

/* ---- what is counted: addresses, and groups of those that one sender may have */

static void write_address(char out[KEY_MAX], const struct ts_newcomer *newcomer)
{
	char customer[INET6_ADDRSTRLEN];
	bool six = ts_address_network(customer, newcomer->address, TS_ADDRESS_CUSTOMER_BYTES);
	g_snprintf(out, KEY_MAX, "%s%s", newcomer->forgeable ? "udp " : "",
		six ? customer : newcomer->address);
}

static void write_group(char out[KEY_MAX], const struct ts_newcomer *newcomer)
{
	char site[INET6_ADDRSTRLEN];
	if (newcomer->forgeable)
		g_strlcpy(out, "udp", KEY_MAX);
	else if (ts_address_network(site, newcomer->address, TS_ADDRESS_SITE_BYTES))
		g_snprintf(out, KEY_MAX, "site %s", site);
	else
		g_snprintf(out, KEY_MAX, "site %s", newcomer->address);
}

static struct address *hold(struct ts_half_open *h, const char *key)
{
	struct address *address = g_hash_table_lookup(h->by_address, key);
	if (!address) {
		address = g_new0(struct address, 1);
		address->text = g_strdup(key);
		g_hash_table_insert(h->by_address, address->text, address);
	}
	address->n++;
	return address;
}

static void let_go(struct ts_half_open *h, struct address *address)
{
	if (--address->n == 0) g_hash_table_remove(h->by_address, address->text);
}

void ts_half_open_add(struct ts_half_open *h, struct ts_participant *participant,
	const struct ts_newcomer *newcomer)
{
	struct waiting *w = g_new0(struct waiting, 1);
	char address[KEY_MAX], group[KEY_MAX];
	write_address(address, newcomer);
	write_group(group, newcomer);
	*w = (struct waiting){.participant = participant,
		.address = hold(h, address),
		.group = hold(h, group),
		.forgeable = newcomer->forgeable,
		.since_ns = newcomer->now_ns};
	g_strlcpy(w->from, newcomer->address, sizeof(w->from));
	w->link.data = w;
	g_queue_push_tail_link(&h->all, &w->link);
	g_hash_table_replace(h->by_participant, participant, w);
	ts_count(TS_C_HALF_OPEN);
}

/* They are half-open no more. */
static void take_out(struct ts_half_open *h, struct waiting *w)
{
	g_queue_unlink(&h->all, &w->link);
	ts_count_add(TS_C_HALF_OPEN, -1);
}

void ts_half_open_settle(struct ts_half_open *h, struct ts_participant *participant)
{
	struct waiting *w = g_hash_table_lookup(h->by_participant, participant);
	if (!w) return;
	let_go(h, w->address);
	let_go(h, w->group);
	if (!w->asked) take_out(h, w);
	g_hash_table_remove(h->by_participant, participant);
}

static size_t count_of(const struct ts_half_open *h, const char *key)
{
	const struct address *a = g_hash_table_lookup(h->by_address, key);
	return a ? a->n : 0;
}

static bool is_full(const struct ts_half_open *h, const char *key, size_t max)
{
	return max && count_of(h, key) >= max;
}

/* Counted by addresses of their own, so that half-open ones take none of their places. */
int ts_half_open_ask(struct ts_half_open *h, struct ts_participant *participant)
{
	struct waiting *w = g_hash_table_lookup(h->by_participant, participant);
	if (!w || w->asked) return TS_OK;
	const size_t max = h->config.max_per_address;
	const struct ts_newcomer who = {.address = w->from};
	char key[KEY_MAX], address[KEY_MAX + 8], group[KEY_MAX + 8];
	write_address(key, &who);
	g_snprintf(address, sizeof(address), "asked %s", key);
	write_group(key, &who);
	g_snprintf(group, sizeof(group), "asked %s", key);
	if (is_full(h, address, max) || is_full(h, group, SITE_SHARE * max)) return TS_EAGAIN;
	let_go(h, w->address);
	let_go(h, w->group);
	take_out(h, w);
	w->address = hold(h, address);
	w->group = hold(h, group);
	w->asked = true;
	return TS_OK;
}

/* ---- who gives way */

static int64_t grace_ns(const struct waiting *w, const struct ts_newcomer *newcomer)
{
	if (!newcomer->forgeable) return TS_HALF_OPEN_GRACE_NS;
	return w->forgeable ? FORGEABLE_GRACE_NS : PROVEN_GRACE_NS;
}

/* 0: not to this newcomer; else the more, the sooner: those that may be forged before all
 * others. */
static size_t weight_of(
	const struct ts_half_open *h, const struct waiting *w, const struct ts_newcomer *newcomer)
{
	char group[KEY_MAX];
	if (w->participant == newcomer->spared || w->asked) return 0;
	write_group(group, newcomer);
	bool old = newcomer->now_ns - w->since_ns >= grace_ns(w, newcomer);
	bool more = !newcomer->forgeable && w->group->n > count_of(h, group) + 1;
	if (!old && !more) return 0;
	return w->group->n + (w->forgeable ? h->all.length : 0);
}

static void end(struct ts_participant *participant)
{
	ts_count(TS_C_HALF_OPEN_GAVE_WAY);
	ts_participant_leave(participant, TS_HALF_OPEN_REASON);
}

typedef bool (*fits)(const struct waiting *w, const void *arg);

/* The oldest of the busiest address among those that fit. */
static bool clear_one(
	struct ts_half_open *h, const struct ts_newcomer *newcomer, fits fit, const void *arg)
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
	return w->address == arg || w->group == arg;
}

/* Is there a place left among those of that key? If not, one of them goes. */
static bool has_place(
	struct ts_half_open *h, const struct ts_newcomer *newcomer, const char *key, size_t max)
{
	const struct address *of = g_hash_table_lookup(h->by_address, key);
	return !max || !of || of->n < max || clear_one(h, newcomer, is_of, of);
}

int ts_half_open_admit(struct ts_half_open *h, const struct ts_newcomer *newcomer)
{
	const struct ts_half_open_config *c = &h->config;
	char address[KEY_MAX], group[KEY_MAX];
	size_t of_group = newcomer->forgeable ? (c->max + FORGEABLE_SHARE - 1) / FORGEABLE_SHARE
					      : SITE_SHARE * c->max_per_address;
	write_address(address, newcomer);
	write_group(group, newcomer);
	if (!has_place(h, newcomer, address, c->max_per_address)) return TS_EAGAIN;
	if (!has_place(h, newcomer, group, of_group)) return TS_EAGAIN;
	if (c->max && h->all.length >= c->max && !clear_one(h, newcomer, is_any, NULL))
		return TS_EAGAIN;
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

bool ts_half_open_clear_place(struct ts_half_open *h, const struct ts_newcomer *newcomer,
	const struct ts_room *room, enum ts_kind kind)
{
	const struct place place = {room, kind == TS_KIND_WHEP};
	return clear_one(h, newcomer, takes, &place);
}

/* Of the one who gives way last. 0: the room stays. */
static size_t room_weight(
	const struct ts_half_open *h, struct ts_room *room, const struct ts_newcomer *newcomer)
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

bool ts_half_open_clear_room(
	struct ts_half_open *h, const struct ts_newcomer *newcomer, ts_room_goes goes, void *arg)
{
	struct ts_room *best = NULL;
	size_t most = 0;
	for (const GList *link = h->all.head; link; link = link->next) {
		const struct waiting *w = link->data;
		struct ts_room *room = ts_participant_room(w->participant);
		if (ts_room_first(room) != w->participant) continue; /* each room once */
		/* its people would end for nothing */
		if (!goes(arg, room)) continue;
		size_t weight = room_weight(h, room, newcomer);
		if (weight <= most) continue;
		most = weight;
		best = room;
	}
	if (best) clear(best);
	return best;
}
