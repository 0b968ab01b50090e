#include "control/ivr/waiting.h"

#include "base/clock.h"
#include "base/counter.h"
#include "base/error.h"
#include "base/log.h"
#include "base/loop.h"
#include "config/config.h"
#include "control/ivr/hosts.h"
#include "control/ivr/menu.h"
#include "control/ivr/prompts.h"
#include "control/keypad/keypad.h"
#include "control/rooms/admit.h"
#include <glib.h>
#include <string.h>

#define RUN_NS (200 * TS_NS_PER_MS)
#define APART_NS (50 * TS_NS_PER_MS) /* so often at most rooms are looked through */
#define MINUTE_NS (60 * TS_NS_PER_S)
enum { WIDTH = 640, HEIGHT = 360, FPS = 5, KBPS = 128, QUEUE = 2 };

/* A room whose guests may have to wait. */
struct hall {
	struct ts_waiting *waiting;
	struct ts_room *room;   /* the one they wait for */
	struct ts_room *hidden; /* NULL: nobody waits */
	struct ts_hosts hosts;
	GQueue guests;
	struct ts_room_play music;
	bool looks;     /* who is in the room has changed */
	bool takes_out; /* some of those who are to wait again could not be moved yet */
	int language;   /* of the card; -1: there is none yet */
	bool asks;      /* it tells hosts to enter their PIN */
};

struct guest {
	struct hall *hall;
	struct ts_participant *participant;
	GList link;
	int64_t since_ns;
	bool let_in;
	/* what they enter: a host's PIN */
	char digits[TS_MENU_DIGITS_MAX + 1];
	int64_t pressed_ns;
	/* what is said to them */
	struct ts_room_play play;
	enum ts_prompt queue[QUEUE];
	size_t n_queue;
};

struct ts_waiting {
	struct ts_waiting_config config;
	struct ts_prompts *prompts;
	GHashTable *halls;     /* ts_room -> [owned] hall */
	GHashTable *by_hidden; /* ts_room -> hall */
	GHashTable *guests;    /* participant -> [owned] guest */
	struct ts_timer timer; /* while a hall has something to look after */
	int64_t ran_ns;
};

static struct hall *hall_of(struct ts_waiting *w, const struct ts_room *room)
{
	return room ? g_hash_table_lookup(w->halls, room) : NULL;
}

static struct guest *guest_of(struct ts_waiting *w, const struct ts_participant *p)
{
	return g_hash_table_lookup(w->guests, p);
}

static void run_soon(struct ts_waiting *w)
{
	ts_loop_timer_set(w->config.loop, &w->timer, MAX(ts_now_ns(), w->ran_ns + APART_NS));
}

/* ---- what they see */

static int language_of(const struct hall *hall)
{
	const int own = ts_language_named(ts_room_config(hall->room)->language);
	return own >= 0 ? own : hall->waiting->config.config->ivr.language;
}

static void show(struct hall *hall)
{
	const struct ts_room_config *room = ts_room_config(hall->room);
	struct ts_prompts *prompts = hall->waiting->prompts;
	const int language = language_of(hall);
	const bool asks = *room->host_pin != '\0';
	struct ts_room_card card;
	if (!hall->hidden || (hall->language == language && hall->asks == asks)) return;
	hall->language = language;
	hall->asks = asks;
	ts_prompts_load(prompts, language);
	g_strlcpy(card.line[0], room->id, sizeof(card.line[0]));
	g_strlcpy(card.line[1], ts_prompts_text(prompts, language, TS_PROMPT_WAITING),
		sizeof(card.line[1]));
	g_strlcpy(card.line[2], asks ? ts_prompts_text(prompts, language, TS_PROMPT_HOST_PIN) : "",
		sizeof(card.line[2]));
	if (ts_room_set_card(hall->hidden, &card)) ts_error("card not shown", "room=%s", room->id);
}

/* ---- what they hear */

static void end_play(struct ts_room *room, struct ts_room_play *play)
{
	if (!play->play) return;
	ts_room_remove_play(room, play);
	ts_play_forget(play->play);
	ts_play_unref(&play->play);
}

static void start_music(struct hall *hall)
{
	struct ts_sound *sound = ts_prompts_music(hall->waiting->prompts);
	const struct ts_play_config config = {
		.control = hall->waiting->config.loop, .sound = sound, .loop = true, .gain = 1};
	if (!sound || ts_play_create(&hall->music.play, &config)) return;
	if (ts_room_add_play(hall->hidden, &hall->music)) ts_play_unref(&hall->music.play);
}

static void say_next(struct guest *g);

static void on_said(void *arg)
{
	struct guest *g = arg;
	end_play(g->hall->hidden, &g->play);
	say_next(g);
}

static void say_next(struct guest *g)
{
	struct ts_prompts *prompts = g->hall->waiting->prompts;
	while (!g->play.play && g->n_queue) {
		struct ts_sound *sound = ts_prompts_sound(
			prompts, language_of(g->hall), g->queue[0]);
		const struct ts_play_config config = {.control = g->hall->waiting->config.loop,
			.sound = sound,
			.gain = 1,
			.ended = on_said,
			.arg = g};
		memmove(g->queue, g->queue + 1, --g->n_queue * sizeof(g->queue[0]));
		if (!sound || ts_play_create(&g->play.play, &config)) continue;
		g->play.to = ts_participant_key(g->participant);
		if (ts_room_add_play(g->hall->hidden, &g->play)) ts_play_unref(&g->play.play);
	}
}

static void say(struct guest *g, enum ts_prompt first, enum ts_prompt then)
{
	end_play(g->hall->hidden, &g->play);
	g->queue[0] = first;
	g->queue[1] = then;
	g->n_queue = first == then ? 1 : 2;
	say_next(g);
}

/* ---- in and out */

/* Gone with that, as a guest. */
static int bring_in(struct guest *g, const char *role)
{
	struct ts_registry *registry = g->hall->waiting->config.registry;
	const char *id = ts_room_config(g->hall->room)->id;
	struct ts_participant_settings settings;
	if (ts_registry_is_half_open(registry, g->participant)) return TS_EAGAIN;
	if (role) {
		ts_participant_settings(g->participant, &settings);
		g_strlcpy(settings.role, role, sizeof(settings.role));
		ts_participant_set(g->participant, &settings);
	}
	return ts_registry_move(registry, g->participant, id);
}

static int make_hidden(struct hall *hall)
{
	const struct ts_waiting_config *with = &hall->waiting->config;
	struct ts_room_config room = {.id = "(waiting)", /* no room may have it */
		.width = WIDTH,
		.height = HEIGHT,
		.fps = FPS,
		.bitrate_kbps = KBPS,
		.max_participants = (size_t)with->config->ivr.waiting_max,
		.max_watchers = (size_t)with->config->ivr.waiting_max};
	if (hall->hidden) return 0;
	g_strlcpy(room.waits_for, ts_room_config(hall->room)->id, sizeof(room.waits_for));
	int rc = ts_registry_make_hidden(with->registry, &room, &hall->hidden);
	if (rc) return rc;
	g_hash_table_insert(hall->waiting->by_hidden, hall->hidden, hall);
	hall->language = -1;
	show(hall);
	start_music(hall);
	return 0;
}

/* Nobody waits any more: it goes with the last one, who is about to leave. */
static void forget_hidden(struct hall *hall)
{
	if (!hall->hidden || hall->guests.head) return;
	end_play(hall->hidden, &hall->music);
	g_hash_table_remove(hall->waiting->by_hidden, hall->hidden);
	hall->hidden = NULL;
}

/* Where nobody came. */
static void drop_hidden(struct hall *hall)
{
	struct ts_room *hidden = hall->hidden;
	if (!hidden || hall->guests.head) return;
	forget_hidden(hall);
	ts_registry_drop_hidden(hall->waiting->config.registry, hidden);
}

/* ---- a host's PIN */

static void try_pin(struct guest *g, int64_t now_ns)
{
	struct ts_waiting *w = g->hall->waiting;
	const struct ts_room_config *room = ts_room_config(g->hall->room);
	const struct ts_member *member = ts_registry_member(w->config.registry, g->participant);
	const struct ts_entrant who = {.address = member ? member->from : "",
		.room = room->id,
		.given = g->digits,
		.forgeable = ts_registry_is_half_open(w->config.registry, g->participant)};
	struct ts_admitted admitted;
	if (!*room->host_pin) return;
	ts_admit(&admitted, w->config.config, room, &who, w->config.guesses, now_ns);
	explicit_bzero(g->digits, sizeof(g->digits));
	if (admitted.verdict == TS_REFUSED_WAIT)
		say(g, TS_PROMPT_WAIT, TS_PROMPT_WAIT);
	else if (!ts_role_is_host(admitted.role ? admitted.role : ""))
		say(g, TS_PROMPT_WRONG_PIN, TS_PROMPT_WRONG_PIN);
	else if (bring_in(g, TS_HOST)) /* full, or not settled: they may enter it again */
		say(g, TS_PROMPT_FULL, TS_PROMPT_FULL);
}

static void on_digit(void *arg, struct ts_participant *participant, char digit)
{
	struct guest *g = arg;
	const size_t n = strlen(g->digits);
	(void)participant;
	if (digit == '*') {
		explicit_bzero(g->digits, sizeof(g->digits));
	} else if (digit == '#') {
		if (n) try_pin(g, ts_now_ns());
	} else if (g_ascii_isdigit(digit) && n < TS_MENU_DIGITS_MAX) {
		g->digits[n] = digit;
		g->digits[n + 1] = '\0';
		g->pressed_ns = ts_now_ns();
	}
}

/* ---- guests come and go */

static void add_guest(struct hall *hall, struct ts_participant *p)
{
	struct ts_waiting *w = hall->waiting;
	struct guest *g = g_new0(struct guest, 1);
	const struct ts_room_config *room = ts_room_config(hall->room);
	g->hall = hall;
	g->participant = p;
	g->link.data = g;
	g->since_ns = ts_now_ns();
	g_hash_table_insert(w->guests, p, g);
	g_queue_push_tail_link(&hall->guests, &g->link);
	ts_count(TS_C_WAITING);
	ts_info("waits for host", "room=%s participant=%s", room->id, ts_participant_id(p));
	ts_keypad_claim(w->config.keypad, p, on_digit, g);
	if (!ts_kind_only_sends(ts_participant_kind(p)))
		say(g, TS_PROMPT_WAITING, *room->host_pin ? TS_PROMPT_HOST_PIN : TS_PROMPT_WAITING);
	ts_room_notify_waiting(hall->room, hall->guests.length);
	run_soon(w);
}

static void remove_guest(struct guest *g)
{
	struct hall *hall = g->hall;
	end_play(hall->hidden, &g->play);
	ts_keypad_release(hall->waiting->config.keypad, g->participant);
	explicit_bzero(g->digits, sizeof(g->digits));
	g_queue_unlink(&hall->guests, &g->link);
	ts_count_add(TS_C_WAITING, -1);
	g_hash_table_remove(hall->waiting->guests, g->participant);
	forget_hidden(hall);
	ts_room_notify_waiting(hall->room, hall->guests.length);
	hall->looks = true;
	run_soon(hall->waiting);
}

static void on_waits(void *arg, struct ts_room *hidden, enum ts_room_change what,
	struct ts_participant *participant)
{
	struct ts_waiting *w = arg;
	struct hall *hall = g_hash_table_lookup(w->by_hidden, hidden);
	struct guest *g = participant ? guest_of(w, participant) : NULL;
	if (what == TS_ROOM_JOINED && hall && !g) add_guest(hall, participant);
	if (what == TS_ROOM_PARTICIPANT) run_soon(w); /* connected, perhaps */
	if (what == TS_ROOM_LEFT && g) remove_guest(g);
}

/* ---- the room itself */

static bool is_host(struct ts_participant *p)
{
	struct ts_participant_info info;
	const enum ts_kind kind = ts_participant_kind(p);
	if (kind != TS_KIND_WEBRTC && kind != TS_KIND_SIP && kind != TS_KIND_WHIP) return false;
	ts_participant_info(p, &info);
	return ts_role_is_host(info.role) &&
		(info.state == TS_P_CONNECTED || info.state == TS_P_STALLED);
}

static struct ts_hosts_seen look(struct hall *hall)
{
	struct ts_hosts_seen seen = {.waiting = hall->guests.length};
	struct ts_participant *p = ts_room_first_person(hall->room);
	for (; p; p = ts_room_next_person(p)) {
		seen.hosts += is_host(p);
		seen.people++;
	}
	return seen;
}

static void end_meeting(struct hall *hall)
{
	struct ts_participant *p = ts_room_first_person(hall->room), *next;
	ts_info("meeting ended", "room=%s why=host-left", ts_room_config(hall->room)->id);
	for (; p; p = next) {
		next = ts_room_next_person(p);
		ts_participant_leave(p, "meeting-ended");
	}
}

static struct ts_member *member_of(const struct hall *hall, struct ts_participant *p)
{
	return ts_registry_member(hall->waiting->config.registry, p);
}

/* All who are in it now; who is let in afterwards stays. */
static void mark_for_taking_out(struct hall *hall)
{
	struct ts_participant *p = ts_room_first_person(hall->room);
	ts_info("guests wait again", "room=%s why=host-left", ts_room_config(hall->room)->id);
	for (; p; p = ts_room_next_person(p)) {
		struct ts_participant_info info;
		ts_participant_info(p, &info);
		member_of(hall, p)->waits_again = !ts_role_is_host(info.role);
	}
	hall->takes_out = true;
}

/* 0: done, or they are to stay. */
static int take_out(struct hall *hall, struct ts_participant *p)
{
	struct ts_registry *registry = hall->waiting->config.registry;
	struct ts_member *member = member_of(hall, p);
	if (!member->waits_again) return 0;
	if (ts_registry_is_half_open(registry, p)) return TS_EAGAIN;
	int rc = make_hidden(hall);
	if (!rc) rc = ts_registry_move_at(registry, p, hall->hidden);
	if (rc == TS_EAGAIN) return rc;
	member->waits_again = false;
	if (rc) ts_participant_leave(p, "meeting-ended"); /* there is no place to wait */
	return 0;
}

static void take_all_out(struct hall *hall)
{
	struct ts_participant *p = ts_room_first_person(hall->room), *next;
	hall->takes_out = false;
	for (; p; p = next) {
		next = ts_room_next_person(p);
		if (take_out(hall, p)) hall->takes_out = true;
	}
	drop_hidden(hall);
}

static void stop_taking_out(struct hall *hall)
{
	struct ts_participant *p = ts_room_first_person(hall->room);
	for (; p; p = ts_room_next_person(p)) member_of(hall, p)->waits_again = false;
	hall->takes_out = false;
}

static void run_guest(struct guest *g, bool open, int64_t now_ns)
{
	const struct ts_waiting_config *with = &g->hall->waiting->config;
	const int64_t max_ns = with->config->ivr.waiting_minutes * MINUTE_NS;
	const bool locked = ts_room_config(g->hall->room)->locked;
	if (((open && !locked) || g->let_in) && !bring_in(g, NULL)) return;
	if (now_ns - g->since_ns >= max_ns)
		ts_participant_leave(g->participant, "waited-too-long");
	else if (*g->digits && now_ns - g->pressed_ns >= TS_MENU_PAUSE_NS)
		try_pin(g, now_ns);
}

/* True: it is to be called again. */
static bool run_hall(struct hall *hall, int64_t now_ns)
{
	const struct ts_room_config *room = ts_room_config(hall->room);
	struct ts_registry *registry = hall->waiting->config.registry;
	/* in breakouts they are not gone */
	const bool away = ts_registry_is_held(registry, hall->room);
	if (!away && (hall->looks || hall->hosts.state == TS_HOSTS_GRACE)) {
		const struct ts_hosts_seen seen = look(hall);
		hall->looks = false;
		const enum ts_hosts_act act = ts_hosts_run(&hall->hosts, room, &seen, now_ns);
		const bool open = ts_hosts_let_in(&hall->hosts, room);
		ts_registry_hold_guests(registry, hall->room, !open);
		if (act == TS_HOSTS_TAKE_OUT) mark_for_taking_out(hall);
		if (act == TS_HOSTS_END) end_meeting(hall);
	}
	const bool open = ts_hosts_let_in(&hall->hosts, room);
	if (hall->takes_out && open) stop_taking_out(hall);
	if (hall->takes_out) take_all_out(hall);
	for (GList *link = hall->guests.head, *next; link; link = next) {
		next = link->next;
		run_guest(link->data, open, now_ns);
	}
	return hall->guests.head || hall->looks || hall->takes_out ||
		hall->hosts.state == TS_HOSTS_GRACE;
}

static void on_timer(struct ts_timer *timer, int64_t now_ns)
{
	struct ts_waiting *w = ts_container_of(timer, struct ts_waiting, timer);
	g_autoptr(GList) halls = g_hash_table_get_values(w->halls);
	bool again = false;
	w->ran_ns = now_ns;
	for (GList *link = halls; link; link = link->next) again |= run_hall(link->data, now_ns);
	if (again) ts_loop_timer_set(w->config.loop, timer, now_ns + RUN_NS);
}

/* One that says nothing of hosts needs none. */
static void follow_config(struct ts_waiting *w, struct ts_room *room)
{
	const struct ts_room_config *config = ts_room_config(room);
	struct hall *hall = hall_of(w, room);
	const bool needs = config->wait_for_host || config->when_host_leaves != TS_HOST_LEAVES_STAY;
	if (!hall && needs) {
		hall = g_new0(struct hall, 1);
		hall->waiting = w;
		hall->room = room;
		g_queue_init(&hall->guests);
		g_hash_table_insert(w->halls, room, hall);
	}
	if (!hall) return;
	ts_registry_hold_guests(w->config.registry, room, !ts_hosts_let_in(&hall->hosts, config));
	show(hall);
	hall->looks = true;
	run_soon(w);
}

static void on_opened(void *arg, struct ts_room *room)
{
	follow_config(arg, room);
}

static void on_changed(void *arg, struct ts_room *room, enum ts_room_change what,
	struct ts_participant *participant)
{
	struct ts_waiting *w = arg;
	(void)participant;
	if (what == TS_ROOM_CONFIG) follow_config(w, room);
	struct hall *hall = hall_of(w, room);
	if (!hall || what == TS_ROOM_LAYOUT || what == TS_ROOM_CONFIG) return;
	hall->looks = true;
	run_soon(w);
}

static void on_closing(void *arg, struct ts_room *room)
{
	struct ts_waiting *w = arg;
	struct hall *hall = hall_of(w, room);
	if (!hall) return;
	while (hall->guests.head) {
		struct guest *g = hall->guests.head->data;
		ts_participant_leave(g->participant, "room-closed");
	}
	drop_hidden(hall);
	g_hash_table_remove(w->halls, room);
}

/* ---- from outside */

static struct hall *hall_that_holds(struct ts_waiting *w, const char *room_id, const char *role)
{
	struct ts_room *room = ts_registry_find(w->config.registry, room_id);
	struct hall *hall = hall_of(w, room);
	if (!hall || ts_role_is_host(role) || !ts_registry_holds_guests(w->config.registry, room))
		return NULL;
	return hall;
}

int ts_waiting_join(struct ts_waiting *w, const char *room_id, const struct ts_join *join,
	ts_join_ready ready, void *arg, struct ts_member **out)
{
	struct ts_registry *registry = w->config.registry;
	struct ts_room *room = ts_registry_find(registry, room_id);
	/* who has a place in the room comes back to it, also while guests wait */
	const bool back = join->replaces && room && ts_participant_room(join->replaces) == room;
	struct hall *hall = back ? NULL : hall_that_holds(w, room_id, join->role);
	if (!hall) return ts_registry_join(registry, room_id, join, ready, arg, out);
	int rc = make_hidden(hall);
	if (rc) return rc;
	struct ts_room *hidden = hall->hidden;
	rc = ts_registry_join_at(registry, hidden, join, ready, arg, out);
	if (rc && hall->hidden == hidden) drop_hidden(hall);
	return rc;
}

int ts_waiting_move(struct ts_waiting *w, struct ts_participant *participant, const char *room_id,
	const char *role)
{
	struct hall *hall = hall_that_holds(w, room_id, role);
	int rc = hall ? make_hidden(hall) : 0;
	if (rc) return rc;
	rc = ts_registry_move_anew(
		w->config.registry, participant, room_id, hall ? hall->hidden : NULL, role);
	if (rc && hall) drop_hidden(hall);
	return rc;
}

bool ts_waiting_asks(struct ts_waiting *w, const struct ts_room *room)
{
	const struct hall *hall = w ? hall_of(w, room) : NULL;
	return hall && *ts_room_config(room)->host_pin &&
		hall->guests.length >= (guint)w->config.config->ivr.waiting_max &&
		ts_registry_holds_guests(w->config.registry, room);
}

struct ts_room *ts_waiting_room(struct ts_waiting *w, const struct ts_room *room)
{
	const struct hall *hall = w ? hall_of(w, room) : NULL;
	return hall ? hall->hidden : NULL;
}

struct ts_participant *ts_waiting_find(
	struct ts_waiting *w, const struct ts_room *room, const char *id)
{
	struct ts_room *hidden = ts_waiting_room(w, room);
	struct ts_participant *p = hidden ? ts_room_first(hidden) : NULL;
	while (p && strcmp(ts_participant_id(p), id) != 0) p = ts_room_next(p);
	return p;
}

void ts_waiting_let_in(struct ts_waiting *w, struct ts_participant *participant)
{
	struct guest *g = guest_of(w, participant);
	if (!g) return;
	g->let_in = true;
	bring_in(g, NULL);
}

/* ---- life */

void ts_waiting_create(struct ts_waiting **out, const struct ts_waiting_config *config)
{
	static const struct ts_registry_watcher watcher = {.opened = on_opened,
		.changed = on_changed,
		.closing = on_closing,
		.waits = on_waits};
	struct ts_waiting *w = g_new0(struct ts_waiting, 1);
	w->config = *config;
	w->timer.fn = on_timer;
	w->halls = g_hash_table_new_full(NULL, NULL, NULL, g_free);
	w->by_hidden = g_hash_table_new(NULL, NULL);
	w->guests = g_hash_table_new_full(NULL, NULL, NULL, g_free);
	w->prompts = ts_prompts_new(config->loop, config->config->ivr.prompts_dir);
	ts_registry_watch(config->registry, &watcher, w);
	*out = w;
}

struct ts_prompts *ts_waiting_prompts(struct ts_waiting *w)
{
	return w->prompts;
}

void ts_waiting_destroy(struct ts_waiting **waiting)
{
	struct ts_waiting *w = *waiting;
	*waiting = NULL;
	if (!w) return;
	g_assert(!g_hash_table_size(w->guests));
	ts_loop_timer_cancel(w->config.loop, &w->timer);
	ts_registry_unwatch(w->config.registry, w);
	ts_prompts_free(w->prompts);
	g_hash_table_unref(w->halls);
	g_hash_table_unref(w->by_hidden);
	g_hash_table_unref(w->guests);
	g_free(w);
}
