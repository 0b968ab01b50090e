/* words - the keys of a room, spoken: words of one language, read from files and put one after the
 * other.
 *
 *   table of keys --list--> key_star key_6 do_mute  key_star key_9 do_hand ...
 *   DIR/LANG/key_star.wav, ... --load--> words --say--> one sound
 *
 * The words are lines of config/prompts/LANG.txt, as prompts are (control/ivr/prompts.h); an
 * operator may replace each file. What a word lacks is not said; names of layouts and views have
 * none, so these keys are said as those for the next one.
 * Thread  control.
 * Full    30 s are said, what is beyond is left out. TS_KEY_SAYINGS_MAX sounds are kept, the one
 *         that was used longest ago goes for another.
 */
#ifndef TS_CONTROL_KEYPAD_WORDS_H
#define TS_CONTROL_KEYPAD_WORDS_H

#include "config/keypad.h"
#include "mixer/audio/sound.h"

struct ts_key_words;
struct ts_loop;

enum { TS_KEY_WORD_KEYS = 16, TS_KEY_WORDS = TS_KEY_WORD_KEYS + TS_KEY_ACTION_COUNT };
/* a key each, a word of what it does, of each entry */
enum { TS_KEY_LIST_MAX = TS_KEYS_MAX * (TS_KEYS_LEN + 1), TS_KEY_SAYINGS_MAX = 8 };

/* "key_star", "do_mute"; NULL: that action has none. */
const char *ts_key_word_name(int word);
/* What is said of the table, to a host or somebody else: words; how many. Pure. */
size_t ts_key_words_list(int out[TS_KEY_LIST_MAX], const struct ts_keys *table, bool host);

struct ts_key_words *ts_key_words_new(struct ts_loop *loop, const char *dir);
void ts_key_words_free(struct ts_key_words *words);
/* language: enum ts_language. Its files are read from now on, if they were not yet. */
void ts_key_words_load(struct ts_key_words *words, int language);
/* The words' own, until the next call. NULL: nothing can be said, or no memory. */
struct ts_sound *ts_key_words_say(
	struct ts_key_words *words, int language, const struct ts_keys *table, bool host);

#endif
