#include "control/keypad/keypad.h"
#include "base/error.h"
#include <glib.h>

struct claim {
	ts_keypad_claimed fn;
	void *arg;
};

struct ts_keypad {
	struct ts_registry *registry;
	GHashTable *claims; /* participant -> struct claim */
};

int ts_keypad_claim(struct ts_keypad *k, struct ts_participant *p, ts_keypad_claimed fn, void *arg)
{
	if (g_hash_table_contains(k->claims, p)) return TS_EEXIST;
	struct claim *claim = g_new(struct claim, 1);
	*claim = (struct claim){fn, arg};
	g_hash_table_insert(k->claims, p, claim);
	ts_participant_want_digits(p, true);
	return 0;
}

void ts_keypad_release(struct ts_keypad *k, struct ts_participant *p)
{
	if (g_hash_table_remove(k->claims, p)) ts_participant_want_digits(p, false);
}

void ts_keypad_digit(struct ts_keypad *k, struct ts_participant *p, char digit)
{
	const struct claim *claim = g_hash_table_lookup(k->claims, p);
	if (claim) claim->fn(claim->arg, p, digit);
}

static void on_digit(void *arg, struct ts_room *room, struct ts_participant *p, char digit)
{
	(void)room;
	ts_keypad_digit(arg, p, digit);
}

static void on_changed(void *arg, struct ts_room *room, enum ts_room_change what,
	struct ts_participant *participant)
{
	struct ts_keypad *k = arg;
	(void)room;
	if (what == TS_ROOM_LEFT) g_hash_table_remove(k->claims, participant);
}

void ts_keypad_create(struct ts_keypad **out, struct ts_registry *registry)
{
	static const struct ts_registry_watcher watcher = {
		.changed = on_changed, .digit = on_digit};
	struct ts_keypad *k = g_new0(struct ts_keypad, 1);
	k->registry = registry;
	k->claims = g_hash_table_new_full(NULL, NULL, NULL, g_free);
	ts_registry_watch(registry, &watcher, k);
	*out = k;
}

void ts_keypad_destroy(struct ts_keypad **keypad)
{
	struct ts_keypad *k = *keypad;
	*keypad = NULL;
	if (!k) return;
	ts_registry_unwatch(k->registry, k);
	g_hash_table_unref(k->claims);
	g_free(k);
}
