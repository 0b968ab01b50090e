#include "control/keypad/keypad.h"
#include "base/clock.h"
#include "base/counter.h"
#include "base/error.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/task.h"
#include "config/config.h"
#include "control/announcements/announcements.h"
#include "control/keypad/act.h"
#include "control/keypad/reader.h"
#include <glib.h>
#include <string.h>

#define NOTICE_NS (4 * TS_NS_PER_S)
#define HELP_NS (10 * TS_NS_PER_S)

/* Somebody who has pressed a key, or is claimed. */
struct presser {
	struct ts_keypad *keypad;
	struct ts_participant *participant;
	ts_keypad_claimed claimed; /* NULL: they are not */
	void *claimed_arg;
	struct ts_key_reader reader;
	struct ts_timer timer; /* of the sequence */
	bool by_tone;          /* one key of it at least */
};

struct ts_keypad {
	struct ts_keypad_config config;
	struct ts_keys server; /* its table */
	GHashTable *pressers;  /* participant -> [owned] struct presser */
	ts_keypad_watcher watcher;
	void *watcher_arg;
};

static void on_timer(struct ts_timer *timer, int64_t now_ns);

static struct presser *presser_of(struct ts_keypad *k, struct ts_participant *p)
{
	struct presser *who = g_hash_table_lookup(k->pressers, p);
	if (who) return who;
	who = g_new0(struct presser, 1);
	who->keypad = k;
	who->participant = p;
	who->timer.fn = on_timer;
	g_hash_table_insert(k->pressers, p, who);
	return who;
}

static void presser_free(void *arg)
{
	struct presser *who = arg;
	ts_loop_timer_cancel(who->keypad->config.loop, &who->timer);
	g_free(who);
}

/* Those of the room over those of the server. */
static void table_of(const struct ts_keypad *k, const struct ts_room *room, struct ts_keys *out)
{
	*out = k->server;
	ts_keys_read(out, ts_room_config(room)->keypad, false);
}

/* ---- what they are told */

static void play(struct ts_keypad *k, struct ts_participant *p, enum ts_tune tune, const char *file)
{
	struct ts_announcement_wish wish = {.tune = tune, .file = file, .to = p, .automatic = true};
	/* who is sent no sound hears none */
	ts_announcements_start(k->config.announcements, ts_participant_room(p), &wish, NULL);
}

static void answer(struct ts_keypad *k, struct ts_participant *p, const struct ts_key_entry *entry,
	enum ts_key_outcome outcome, const char *notice)
{
	const bool help = entry && entry->action == TS_KEY_HELP;
	const char *file = k->config.config->keypad.help_sound;
	ts_participant_show_notice(p, notice, ts_now_ns() + (help ? HELP_NS : NOTICE_NS));
	play(k, p, outcome == TS_KEYS_DONE ? TS_TUNE_DONE : TS_TUNE_REFUSED,
		help && *file ? file : NULL);
}

static void tell(struct ts_keypad *k, struct ts_keypad_pressed *pressed,
	const struct ts_key_entry *entry, enum ts_key_outcome outcome)
{
	char action[TS_KEYS_ACTION_TEXT] = "";
	if (entry) ts_key_entry_print(action, entry);
	pressed->action = action;
	pressed->outcome = ts_key_outcome_name(outcome);
	ts_info("keys", "room=%s participant=%s keys=%s action=%s outcome=%s", pressed->room,
		pressed->participant, pressed->keys, TS_LOG_STR(action), pressed->outcome);
	if (k->watcher) k->watcher(k->watcher_arg, pressed);
}

static void handle(struct presser *who, const struct ts_keys *table, const struct ts_key_read *read)
{
	struct ts_keypad *k = who->keypad;
	struct ts_participant *p = who->participant;
	const struct ts_key_entry *entry = read->entry;
	const struct ts_key_actor actor = {&k->config, table, who->by_tone};
	char notice[TS_NOTICE_MAX + 1] = "no such keys";
	struct ts_keypad_pressed pressed = {.keys = entry ? entry->keys : read->keys};
	g_strlcpy(pressed.room, ts_room_config(ts_participant_room(p))->id, sizeof(pressed.room));
	g_strlcpy(pressed.participant, ts_participant_id(p), sizeof(pressed.participant));
	const enum ts_key_outcome outcome = entry ? ts_key_act(&actor, p, entry, notice)
						  : TS_KEYS_NONE;
	/* who has hung up is not there any more, and neither is the presser */
	if (!entry || entry->action != TS_KEY_HANGUP || outcome != TS_KEYS_DONE)
		answer(k, p, entry, outcome, notice);
	tell(k, &pressed, entry, outcome);
}

/* ---- keys */

static void on_timer(struct ts_timer *timer, int64_t now_ns)
{
	struct presser *who = ts_container_of(timer, struct presser, timer);
	struct ts_key_read read;
	struct ts_keys table;
	(void)now_ns;
	table_of(who->keypad, ts_participant_room(who->participant), &table);
	ts_key_reader_expire(&who->reader, &table, &read);
	if (read.verdict != TS_KEYS_WAIT) handle(who, &table, &read);
}

static void push(struct ts_keypad *k, struct ts_participant *p, char digit)
{
	struct ts_key_read read = {.rest = digit};
	const bool by_tone = ts_participant_pressed_by_tone(p);
	struct ts_keys table;
	table_of(k, ts_participant_room(p), &table);
	while (read.rest) {
		/* what was done may have been to leave */
		struct presser *who = presser_of(k, p);
		const char key = read.rest;
		const bool before = *who->reader.text && who->by_tone;
		const int64_t due_ns = ts_now_ns() +
			k->config.config->keypad.timeout_ms * TS_NS_PER_MS;
		ts_key_reader_push(&who->reader, &table, key, due_ns, &read);
		/* what is left over is not of the sequence */
		who->by_tone = before || (by_tone && !read.rest);
		if (*who->reader.text)
			ts_loop_timer_set(k->config.loop, &who->timer, who->reader.due_ns);
		else
			ts_loop_timer_cancel(k->config.loop, &who->timer);
		if (read.verdict == TS_KEYS_WAIT) return;
		handle(who, &table, &read);
		if (!g_hash_table_contains(k->pressers, p)) return;
	}
}

/* Tones are listened for where somebody wants digits: whoever claimed them, or a table that a phone
 * has no other way to. */
static void update_wants(struct ts_keypad *k, struct ts_participant *p)
{
	const struct presser *who = g_hash_table_lookup(k->pressers, p);
	struct ts_keys table;
	table_of(k, ts_participant_room(p), &table);
	ts_participant_want_digits(
		p, (who && who->claimed) || (table.n && ts_participant_kind(p) == TS_KIND_SIP));
}

int ts_keypad_claim(struct ts_keypad *k, struct ts_participant *p, ts_keypad_claimed fn, void *arg)
{
	struct presser *who = presser_of(k, p);
	if (who->claimed) return TS_EEXIST;
	who->claimed = fn;
	who->claimed_arg = arg;
	*who->reader.text = '\0';
	ts_loop_timer_cancel(k->config.loop, &who->timer);
	update_wants(k, p);
	return 0;
}

void ts_keypad_release(struct ts_keypad *k, struct ts_participant *p)
{
	/* they may be about to leave a hidden room, of which on_changed is not told */
	g_hash_table_remove(k->pressers, p);
	update_wants(k, p);
}

/* ---- rooms */

static void on_digit(void *arg, struct ts_room *room, struct ts_participant *p, char digit)
{
	struct ts_keypad *k = arg;
	const struct presser *who = g_hash_table_lookup(k->pressers, p);
	if (who && who->claimed)
		who->claimed(who->claimed_arg, p, digit);
	else if (!ts_registry_is_hidden(k->config.registry, room))
		push(k, p, digit);
}

static void on_changed(void *arg, struct ts_room *room, enum ts_room_change what,
	struct ts_participant *participant)
{
	struct ts_keypad *k = arg;
	if (what == TS_ROOM_LEFT) g_hash_table_remove(k->pressers, participant);
	if (what == TS_ROOM_JOINED) update_wants(k, participant);
	if (what != TS_ROOM_CONFIG) return;
	for (struct ts_participant *p = ts_room_first(room); p; p = ts_room_next(p))
		update_wants(k, p);
}

void ts_keypad_create(struct ts_keypad **out, const struct ts_keypad_config *config)
{
	static const struct ts_registry_watcher watcher = {
		.changed = on_changed, .digit = on_digit};
	struct ts_keypad *k = g_new0(struct ts_keypad, 1);
	k->config = *config;
	ts_keys_read(&k->server, config->config->keypad.keys, false); /* which was checked */
	k->pressers = g_hash_table_new_full(NULL, NULL, NULL, presser_free);
	ts_registry_watch(config->registry, &watcher, k);
	*out = k;
}

void ts_keypad_watch(struct ts_keypad *k, ts_keypad_watcher fn, void *arg)
{
	k->watcher = fn;
	k->watcher_arg = arg;
}

void ts_keypad_destroy(struct ts_keypad **keypad)
{
	struct ts_keypad *k = *keypad;
	*keypad = NULL;
	if (!k) return;
	ts_registry_unwatch(k->config.registry, k);
	g_hash_table_unref(k->pressers);
	g_free(k);
}
