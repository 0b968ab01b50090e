/* keypad - what sequences of keys do, as text and as a table. Pure.
 *
 *   "*6=mute *7=volume-down *1=layout:grid *2=all:spotlight *5=none" --> [ sequence, action, who ]
 *
 * An entry is KEYS=ACTION: 1 to 8 of 0-9 * # A-D, and a name below; blanks or commas are between
 * entries. What is for hosts (ts_role_is_host) is for everybody with all: before it. Entries of a
 * room stand over those of the server; none takes one away.
 * Thread  any.
 * Full    TS_KEYS_MAX entries.
 */
#ifndef TS_CONFIG_KEYPAD_H
#define TS_CONFIG_KEYPAD_H

#include <stdbool.h>
#include <stddef.h>

enum { TS_KEYS_MAX = 32, TS_KEYS_LEN = 8, TS_KEYS_NAME_MAX = 64 };

/*  id, name, for hosts alone, what it does */
#define TS_KEY_ACTIONS(X)                                                                    \
	X(NONE, "none", false, "Nothing: takes away what the server has under these keys")   \
	X(MUTE, "mute", false, "Mutes or unmutes whoever presses them")                      \
	X(LOUDER, "volume-up", false, "All that they hear is 3 dB louder, up to 12")         \
	X(QUIETER, "volume-down", false, "3 dB quieter, down to -18")                        \
	X(HAND, "hand", false, "Raises their hand, or lowers it")                            \
	X(KEYFRAME, "keyframe", false, "Their picture is sent anew")                         \
	X(HELP, "help", false, "Shows the keys, and plays keypad.help_sound to them")        \
	X(VIEW, "view", false, "The next view of the room is sent to them; view:NAME this one") \
	X(HANGUP, "hangup", false, "Ends their call")                                        \
	X(LAYOUT, "layout", true, "The next layout; layout:NAME this one")                   \
	X(SPOTLIGHT, "spotlight", true, "Spotlights them, or ends that")                     \
	X(LOCK, "lock", true, "Locks or unlocks the room")                                   \
	X(RECORD, "record", true, "Starts a recording, or stops those that run")

enum ts_key_action {
#define X(id, name, host, text) TS_KEY_##id,
	TS_KEY_ACTIONS(X)
#undef X
	TS_KEY_ACTION_COUNT
};

struct ts_key_entry {
	char keys[TS_KEYS_LEN + 1];
	enum ts_key_action action;
	bool host; /* for hosts alone */
	char name[TS_KEYS_NAME_MAX + 1]; /* of LAYOUT, VIEW; "": the next */
};

struct ts_keys {
	size_t n;
	struct ts_key_entry entry[TS_KEYS_MAX];
};

struct ts_config_type;
extern const struct ts_config_type ts_type_keypad; /* keypad.keys */

const char *ts_key_action_name(enum ts_key_action action);
/* One entry: keys is "*6", action "mute". False: one of them is none. */
bool ts_key_entry_read(struct ts_key_entry *out, const char *keys, const char *action);
/* [TS_KEYS_ACTION_TEXT]: as ts_key_entry_read takes it. */
enum { TS_KEYS_ACTION_TEXT = 96 };
void ts_key_entry_print(char out[TS_KEYS_ACTION_TEXT], const struct ts_key_entry *entry);
/* Adds to what is in keys; an entry of the same keys is replaced, `none` takes it out unless
 * keep_none. False: text is no table, or there are too many; where it stops, keys is as far as it
 * was read. */
bool ts_keys_read(struct ts_keys *keys, const char *text, bool keep_none);

#endif
