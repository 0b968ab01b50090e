#include "control/ivr/ivr.h"

#include "base/clock.h"
#include "base/counter.h"
#include "base/error.h"
#include "base/log.h"
#include "base/loop.h"
#include "config/config.h"
#include "control/ivr/menu.h"
#include "control/ivr/prompts.h"
#include "control/ivr/waiting.h"
#include "control/keypad/keypad.h"
#include "control/rooms/admit.h"
#include "control/sip/number.h"
#include <glib.h>
#include <string.h>

#define RUN_NS (100 * TS_NS_PER_MS)
#define SETTLE_NS (500 * TS_NS_PER_MS) /* from the answer until they hear for sure */
#define BYE_NS (8 * TS_NS_PER_S)       /* whatever is left to be said then */
#define MOVE_NS (5 * TS_NS_PER_S)
enum { WIDTH = 640, HEIGHT = 360, FPS = 5, KBPS = 128, QUEUE = 4, PIN_SHORT = 4, PIN_LONG = 6 };

struct caller {
	struct ts_ivr *ivr;
	struct ts_participant *participant;
	struct ts_room *room; /* the hidden one */
	GList link;
	char target[TS_ROOM_ID_MAX + 1], address[TS_GUESS_ADDRESS_MAX];
	bool forgeable;
	int language;
	struct ts_menu menu;
	int64_t answered_ns; /* 0: not yet */
	bool asked;
	int64_t bye_ns;  /* they are sent away then, or when all is said; 0: not yet */
	int64_t move_ns; /* admitted since then, and to be moved; 0: not */
	/* what is said, and what follows */
	struct ts_room_play play;
	enum ts_prompt queue[QUEUE];
	size_t n_queue;
	enum ts_prompt shown;
};

struct ts_ivr {
	struct ts_ivr_config config;
	struct ts_prompts *prompts;
	GHashTable *by_participant;
	GQueue callers;
	struct ts_timer timer; /* while somebody is asked */
};

static struct caller *find(const struct ts_ivr *ivr, const struct ts_participant *p)
{
	return g_hash_table_lookup(ivr->by_participant, p);
}

/* ---- what they see */

/* A PIN is nobody's to read over a shoulder. */
static void write_digits(char *out, size_t cap, const struct ts_menu *menu)
{
	*out = '\0';
	if (menu->asks == TS_MENU_NUMBER)
		g_strlcpy(out, menu->digits, cap);
	else
		for (size_t i = 0; i < menu->n; i++) g_strlcat(out, i ? " ●" : "●", cap);
}

static void show(struct caller *c, enum ts_prompt prompt)
{
	struct ts_room_card card;
	c->shown = prompt;
	g_strlcpy(card.line[0],
		*c->target ? c->target
			   : ts_prompts_text(c->ivr->prompts, c->language, TS_PROMPT_WELCOME),
		sizeof(card.line[0]));
	g_strlcpy(card.line[1], ts_prompts_text(c->ivr->prompts, c->language, prompt),
		sizeof(card.line[1]));
	write_digits(card.line[2], sizeof(card.line[2]), &c->menu);
	if (ts_room_set_card(c->room, &card))
		ts_error("prompt not shown", "participant=%s", ts_participant_id(c->participant));
}

/* ---- what they hear */

static void say_next(struct caller *c);

static void end_play(struct caller *c)
{
	if (!c->play.play) return;
	ts_room_remove_play(c->room, &c->play);
	ts_play_forget(c->play.play);
	ts_play_unref(&c->play.play);
}

static void on_said(void *arg)
{
	struct caller *c = arg;
	end_play(c);
	c->menu.quiet_ns = ts_now_ns(); /* the time to answer begins */
	say_next(c);
}

static void say_next(struct caller *c)
{
	while (!c->play.play && c->n_queue) {
		struct ts_sound *sound = ts_prompts_sound(
			c->ivr->prompts, c->language, c->queue[0]);
		const struct ts_play_config config = {.control = c->ivr->config.loop,
			.sound = sound,
			.gain = 1,
			.ended = on_said,
			.arg = c};
		memmove(c->queue, c->queue + 1, --c->n_queue * sizeof(c->queue[0]));
		if (!sound || ts_play_create(&c->play.play, &config)) continue;
		if (ts_room_add_play(c->room, &c->play)) ts_play_unref(&c->play.play);
	}
}

/* Instead of what is said now. */
static void say(struct caller *c, enum ts_prompt first, enum ts_prompt then)
{
	end_play(c);
	c->queue[0] = first;
	c->queue[1] = then;
	c->n_queue = first == then ? 1 : 2;
	say_next(c);
}

static enum ts_prompt question(const struct caller *c)
{
	return c->menu.asks == TS_MENU_NUMBER ? TS_PROMPT_ENTER_NUMBER : TS_PROMPT_ENTER_PIN;
}

static void ask(struct caller *c)
{
	show(c, question(c));
	say(c, question(c), question(c));
}

/* ---- where it ends */

/* A word, and then BYE. */
static void dismiss(struct caller *c, enum ts_prompt why)
{
	if (c->bye_ns) return;
	c->menu.over = true;
	c->bye_ns = ts_now_ns() + BYE_NS;
	ts_info("caller dismissed", "room=%s participant=%s why=%s",
		*c->target ? c->target : "lobby", ts_participant_id(c->participant),
		ts_prompt_name(why));
	ts_count(TS_C_IVR_DISMISSED);
	show(c, why);
	say(c, why, TS_PROMPT_GOODBYE);
}

static void wrong(struct caller *c, enum ts_prompt why, int64_t now_ns)
{
	if (ts_menu_wrong(&c->menu, now_ns)) {
		dismiss(c, why);
		return;
	}
	show(c, why);
	say(c, why, question(c));
}

/* Gone: caller is freed with that. */
static void move(struct caller *c, const char *role, int64_t now_ns)
{
	int rc = ts_waiting_move(c->ivr->config.waiting, c->participant, c->target, role);
	if (!rc) {
		ts_count(TS_C_IVR_ADMITTED);
		return;
	}
	if (rc == TS_EAGAIN && (!c->move_ns || now_ns - c->move_ns < MOVE_NS)) {
		if (!c->move_ns) c->move_ns = now_ns;
		return;
	}
	c->move_ns = 0;
	dismiss(c, rc == TS_EFULL ? TS_PROMPT_FULL : TS_PROMPT_UNAVAILABLE);
}

/* ---- what they enter */

/* The language of the room that they mean, if it has one. */
static void follow_language(struct caller *c)
{
	const struct ts_room *room = ts_registry_find(c->ivr->config.registry, c->target);
	const int own = room ? ts_language_named(ts_room_config(room)->language) : -1;
	if (own < 0 || own == c->language) return;
	c->language = own;
	ts_prompts_load(c->ivr->prompts, own);
}

/* That many are judged at once, which tells how long the PIN is: of common lengths alone, and where
 * the host's is as long. */
static size_t pin_length(const struct caller *c)
{
	const struct ts_room *room = ts_registry_find(c->ivr->config.registry, c->target);
	struct ts_asked asked;
	ts_admit_ask(&asked, c->ivr->config.config, room ? ts_room_config(room) : NULL);
	const size_t n = asked.n ? strlen(asked.secret[0]) : 0;
	if (*asked.host && strlen(asked.host) != n) return 0;
	return n >= PIN_SHORT && n <= PIN_LONG ? n : 0;
}

static void ask_pin(struct caller *c, int64_t now_ns)
{
	ts_menu_ask(&c->menu, TS_MENU_PIN, pin_length(c), now_ns);
	ask(c);
}

/* given: NULL: none yet. */
static void enter(struct caller *c, const char *given, int64_t now_ns)
{
	struct ts_registry *registry = c->ivr->config.registry;
	const struct ts_room *room = ts_registry_find(registry, c->target);
	const struct ts_entrant who = {.address = c->address,
		.room = c->target,
		.given = given,
		.forgeable = c->forgeable,
		.overloaded = ts_registry_overload(registry) >= TS_OVERLOAD_NO_JOINS};
	struct ts_admitted admitted;
	ts_admit(&admitted, c->ivr->config.config, room ? ts_room_config(room) : NULL, &who,
		c->ivr->config.guesses, now_ns);
	if (admitted.verdict != TS_ADMITTED_OPEN && admitted.verdict != TS_ADMITTED_PROVED)
		c->move_ns = 0;
	switch (admitted.verdict) {
	case TS_ADMITTED_OPEN:
		if (!given && ts_waiting_asks(c->ivr->config.waiting, room))
			ask_pin(c, now_ns);
		else
			move(c, admitted.role, now_ns);
		break;
	case TS_ADMITTED_PROVED: move(c, admitted.role, now_ns); break;
	case TS_REFUSED_NEEDED:
		if (admitted.kind != TS_GUESS_PIN) {
			dismiss(c, TS_PROMPT_UNAVAILABLE);
			break;
		}
		ask_pin(c, now_ns);
		break;
	case TS_REFUSED_WRONG: wrong(c, TS_PROMPT_WRONG_PIN, now_ns); break;
	case TS_REFUSED_WAIT: dismiss(c, TS_PROMPT_WAIT); break;
	case TS_REFUSED_EARLY:
	case TS_REFUSED_OVER:
	case TS_REFUSED_LOCKED: dismiss(c, TS_PROMPT_LOCKED); break;
	case TS_REFUSED_OVERLOADED: dismiss(c, TS_PROMPT_UNAVAILABLE); break;
	}
}

/* A room of that number, one that is there, or that a rule of the dial plan names. */
static bool room_of(const struct caller *c, char out[TS_ROOM_ID_MAX + 1])
{
	const struct ts_room *own = ts_registry_by_number(c->ivr->config.registry, c->menu.digits);
	if (own) {
		g_strlcpy(out, ts_room_config(own)->id, TS_ROOM_ID_MAX + 1);
		return true;
	}
	const struct ts_strings *numbers = &c->ivr->config.config->sip.numbers;
	if (!ts_sip_number_room(out, TS_ROOM_ID_MAX + 1, c->menu.digits,
		    (const char *const *)numbers->item, numbers->n))
		return false;
	return strcmp(out, c->menu.digits) != 0 || ts_registry_find(c->ivr->config.registry, out);
}

static void enter_number(struct caller *c, int64_t now_ns)
{
	struct ts_guesses *guesses = c->ivr->config.guesses;
	char room[TS_ROOM_ID_MAX + 1] = "";
	/* which numbers there are is not for everybody to find out */
	const struct ts_try t = {.kind = TS_GUESS_ROOM_NUMBER,
		.address = c->address,
		.target = "",
		.about = "lobby",
		.forgeable = c->forgeable};
	if (ts_guess_wait(guesses, &t, now_ns)) {
		dismiss(c, TS_PROMPT_WAIT);
	} else if (!room_of(c, room)) {
		ts_guess_wrong(guesses, &t, now_ns);
		wrong(c, TS_PROMPT_WRONG_NUMBER, now_ns);
	} else {
		g_strlcpy(c->target, room, sizeof(c->target));
		follow_language(c);
		enter(c, NULL, now_ns);
	}
}

/* They could not be moved a moment ago; what the room asks for may have changed since. */
static void enter_again(struct caller *c, int64_t now_ns)
{
	enter(c, c->menu.asks == TS_MENU_PIN ? c->menu.digits : NULL, now_ns);
}

static void act(struct caller *c, enum ts_menu_act what, int64_t now_ns)
{
	switch (what) {
	case TS_MENU_NOTHING: break;
	case TS_MENU_SHOW: show(c, question(c)); break;
	case TS_MENU_ASK: ask(c); break;
	case TS_MENU_LATE: dismiss(c, TS_PROMPT_LATE); break;
	case TS_MENU_TRY:
		show(c, question(c));
		if (c->menu.asks == TS_MENU_NUMBER)
			enter_number(c, now_ns);
		else
			enter(c, c->menu.digits, now_ns);
		break;
	}
}

/* Who presses a key has heard enough. */
static void on_digit(void *arg, struct ts_participant *participant, char digit)
{
	struct caller *c = arg;
	const int64_t now_ns = ts_now_ns();
	(void)participant;
	if (c->bye_ns || c->move_ns || !c->asked) return;
	c->n_queue = 0;
	if (c->play.play) ts_play_stop(c->play.play);
	act(c, ts_menu_digit(&c->menu, digit, now_ns), now_ns);
}

/* ---- time */

static void begin(struct caller *c, int64_t now_ns)
{
	c->asked = true;
	c->menu.quiet_ns = now_ns;
	show(c, question(c));
	if (*c->target)
		say(c, question(c), question(c));
	else
		say(c, TS_PROMPT_WELCOME, question(c));
}

static void run(struct caller *c, int64_t now_ns)
{
	if (c->bye_ns) {
		if (now_ns >= c->bye_ns || (!c->play.play && !c->n_queue))
			ts_participant_leave(c->participant, "not-admitted");
		return;
	}
	if (c->move_ns) {
		enter_again(c, now_ns);
		return;
	}
	if (c->answered_ns && !c->asked && now_ns - c->answered_ns >= SETTLE_NS) begin(c, now_ns);
	if (c->play.play && c->asked) c->menu.quiet_ns = now_ns;
	act(c, ts_menu_run(&c->menu, now_ns), now_ns);
}

/* Each may be gone by it, and none but them. */
static void on_timer(struct ts_timer *timer, int64_t now_ns)
{
	struct ts_ivr *ivr = ts_container_of(timer, struct ts_ivr, timer);
	ts_loop_timer_set(ivr->config.loop, timer, now_ns + RUN_NS);
	for (GList *link = ivr->callers.head, *next; link; link = next) {
		next = link->next;
		run(link->data, now_ns);
	}
}

/* ---- coming and going */

/* They leave, or are moved: before the room is gone. */
static void on_changed(void *arg, struct ts_room *room, enum ts_room_change what,
	struct ts_participant *participant)
{
	struct ts_ivr *ivr = arg;
	struct caller *c = participant ? find(ivr, participant) : NULL;
	(void)room;
	if (what != TS_ROOM_LEFT || !c) return;
	end_play(c);
	ts_keypad_release(ivr->config.keypad, participant);
	g_hash_table_remove(ivr->by_participant, participant);
	g_queue_unlink(&ivr->callers, &c->link);
	if (!ivr->callers.head) ts_loop_timer_cancel(ivr->config.loop, &ivr->timer);
	ts_count_add(TS_C_IVR_CALLERS, -1);
	explicit_bzero(c->menu.digits, sizeof(c->menu.digits));
	g_free(c);
}

static int add(struct ts_ivr *ivr, const struct ts_ivr_caller *way, struct ts_member *member)
{
	struct caller *c = g_new0(struct caller, 1);
	const int64_t now_ns = ts_now_ns();
	c->ivr = ivr;
	c->participant = member->participant;
	c->room = ts_participant_room(c->participant);
	c->link.data = c;
	g_strlcpy(c->target, way->room, sizeof(c->target));
	g_strlcpy(c->address, way->address, sizeof(c->address));
	c->forgeable = way->forgeable;
	c->language = way->language >= 0 ? way->language : ivr->config.config->ivr.language;
	follow_language(c);
	ts_menu_begin(&c->menu, now_ns);
	if (*c->target)
		ts_menu_ask(&c->menu, TS_MENU_PIN, pin_length(c), now_ns);
	else
		ts_menu_ask(&c->menu, TS_MENU_NUMBER, 0, now_ns);
	ts_prompts_load(ivr->prompts, c->language);
	g_hash_table_insert(ivr->by_participant, c->participant, c);
	if (!ivr->callers.head) ts_loop_timer_set(ivr->config.loop, &ivr->timer, now_ns + RUN_NS);
	g_queue_push_tail_link(&ivr->callers, &c->link);
	ts_count(TS_C_IVR_CALLERS);
	show(c, question(c));
	return ts_keypad_claim(ivr->config.keypad, c->participant, on_digit, c);
}

int ts_ivr_join(struct ts_ivr *ivr, const struct ts_ivr_caller *way, const struct ts_join *join,
	ts_join_ready ready, void *arg, struct ts_member **out)
{
	static const struct ts_room_config room = {.id = "(ivr)", /* no room may have it */
		.width = WIDTH,
		.height = HEIGHT,
		.fps = FPS,
		.bitrate_kbps = KBPS,
		.max_participants = 1};
	int rc = ts_registry_join_hidden(ivr->config.registry, &room, join, ready, arg, out);
	if (rc) return rc;
	ts_info("caller asked", "room=%s participant=%s", *way->room ? way->room : "lobby",
		ts_participant_id((*out)->participant));
	rc = add(ivr, way, *out);
	if (rc) ts_error("keys not had", "error=%s", ts_strerror(rc));
	return 0;
}

void ts_ivr_answered(struct ts_ivr *ivr, struct ts_participant *participant)
{
	struct caller *c = find(ivr, participant);
	if (!c || c->answered_ns) return;
	c->answered_ns = ts_now_ns();
	c->forgeable = false; /* the ACK has our tag, which came to that address */
	if (ts_registry_asked(ivr->config.registry, participant)) {
		c->asked = true; /* but of nothing */
		dismiss(c, TS_PROMPT_UNAVAILABLE);
	}
}

bool ts_ivr_has(const struct ts_ivr *ivr, struct ts_participant *participant)
{
	return ivr && participant && find(ivr, participant);
}

bool ts_ivr_is_lobby(const struct ts_ivr *ivr, const char *user, int *language)
{
	const struct ts_strings *lobby = &ivr->config.config->sip.lobby;
	for (size_t i = 0; i < lobby->n; i++) {
		const char *item = lobby->item[i];
		const size_t n = strcspn(item, "=");
		if (strlen(user) != n || strncmp(item, user, n) != 0) continue;
		if (item[n]) *language = ts_language_named(item + n + 1);
		return true;
	}
	return false;
}

/* ---- life */

void ts_ivr_create(struct ts_ivr **out, const struct ts_ivr_config *config)
{
	struct ts_ivr *ivr = g_new0(struct ts_ivr, 1);
	ivr->config = *config;
	ivr->timer.fn = on_timer;
	ivr->by_participant = g_hash_table_new(NULL, NULL);
	g_queue_init(&ivr->callers);
	ivr->prompts = ts_waiting_prompts(config->waiting);
	ts_prompts_load(ivr->prompts, config->config->ivr.language);
	ts_registry_watch_hidden(config->registry, on_changed, ivr);
	*out = ivr;
}

void ts_ivr_destroy(struct ts_ivr **ivrp)
{
	struct ts_ivr *ivr = *ivrp;
	*ivrp = NULL;
	if (!ivr) return;
	g_assert(!ivr->callers.head);
	ts_registry_watch_hidden(ivr->config.registry, NULL, NULL);
	g_hash_table_unref(ivr->by_participant);
	g_free(ivr);
}
