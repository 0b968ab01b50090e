#include "control/keypad/words.h"
#include "base/error.h"
#include "base/log.h"
#include "config/config.h"
#include "control/announcements/sound_file.h"
#include <glib.h>
#include <string.h>

enum {
	SAID_MAX = 30 * TS_AUDIO_RATE_HZ,
	WORD_MAX = 10 * TS_AUDIO_RATE_HZ,
	PAUSE = TS_AUDIO_RATE_HZ * 3 / 10, /* behind each entry */
	ACTION_FIRST = TS_KEY_WORD_KEYS
};

static const char keys[] = "0123456789*#ABCD";

static const char *const names[TS_KEY_WORDS] = {"key_0", "key_1", "key_2", "key_3", "key_4",
	"key_5", "key_6", "key_7", "key_8", "key_9", "key_star", "key_hash", "key_A", "key_B",
	"key_C", "key_D", [ACTION_FIRST + TS_KEY_MUTE] = "do_mute",
	[ACTION_FIRST + TS_KEY_LOUDER] = "do_volume-up",
	[ACTION_FIRST + TS_KEY_QUIETER] = "do_volume-down",
	[ACTION_FIRST + TS_KEY_HAND] = "do_hand", [ACTION_FIRST + TS_KEY_KEYFRAME] = "do_keyframe",
	[ACTION_FIRST + TS_KEY_VIEW] = "do_view", [ACTION_FIRST + TS_KEY_HANGUP] = "do_hangup",
	[ACTION_FIRST + TS_KEY_LAYOUT] = "do_layout",
	[ACTION_FIRST + TS_KEY_SPOTLIGHT] = "do_spotlight",
	[ACTION_FIRST + TS_KEY_LOCK] = "do_lock", [ACTION_FIRST + TS_KEY_RECORD] = "do_record"};

struct language {
	struct ts_key_words *words;
	struct ts_sound *sound[TS_KEY_WORDS]; /* NULL: not there */
	struct ts_sound_file *file;           /* being read; NULL: none is */
	int number, at, missing;              /* at: the word that is read */
	bool begun;
};

/* What was said. */
struct saying {
	struct ts_sound *sound; /* NULL: none */
	int language;
	size_t n;
	int list[TS_KEY_LIST_MAX];
	uint64_t used;
};

struct ts_key_words {
	char *dir;
	struct ts_sound_readers *readers;
	struct language language[TS_LANGUAGES];
	struct saying saying[TS_KEY_SAYINGS_MAX];
	uint64_t uses;
};

const char *ts_key_word_name(int word)
{
	return names[word];
}

/* ---- which words */

size_t ts_key_words_list(int out[TS_KEY_LIST_MAX], const struct ts_keys *table, bool host)
{
	size_t n = 0;
	for (size_t i = 0; i < table->n; i++) {
		const struct ts_key_entry *e = &table->entry[i];
		const int action = ACTION_FIRST + (int)e->action;
		if (!names[action] || (e->host && !host)) continue;
		for (const char *key = e->keys; *key; key++)
			out[n++] = (int)(strchr(keys, *key) - keys);
		out[n++] = action;
	}
	return n;
}

/* ---- files, one at a time */

static void read_next(struct language *l);

static void on_read(void *arg, struct ts_sound *sound, const char *why)
{
	struct language *l = arg;
	l->file = NULL;
	if (sound && sound->n > WORD_MAX) ts_sound_unref(&sound);
	l->sound[l->at] = sound;
	if (!sound) {
		ts_debug("word of keys not read", "word=%s why=%s", names[l->at], TS_LOG_STR(why));
		l->missing++;
	}
	l->at++;
	read_next(l);
}

static void read_next(struct language *l)
{
	static const char *const codes[TS_LANGUAGES] = {[TS_LANGUAGE_EN] = "en",
		[TS_LANGUAGE_DE] = "de",
		[TS_LANGUAGE_FR] = "fr",
		[TS_LANGUAGE_ES] = "es",
		[TS_LANGUAGE_ZH] = "zh"};
	for (; l->at < TS_KEY_WORDS; l->at++) {
		char path[64];
		if (!names[l->at]) continue;
		g_snprintf(path, sizeof(path), "%s/%s.wav", codes[l->number], names[l->at]);
		if (!ts_sound_file_start(
			    &l->file, l->words->readers, l->words->dir, path, on_read, l))
			return;
		l->file = NULL;
		l->missing++;
	}
	if (l->missing)
		ts_info("words of keys missing", "language=%s missing=%d dir=%s", codes[l->number],
			l->missing, TS_LOG_STR(l->words->dir));
}

void ts_key_words_load(struct ts_key_words *words, int language)
{
	struct language *l = &words->language[language];
	if (l->begun) return;
	l->begun = true;
	read_next(l);
}

/* ---- one sound of them */

/* The first of the words from `at` that is no key; whether all up to it are there. */
static bool entry_of(const struct language *l, const int *list, size_t n, size_t at, size_t *end,
	size_t *samples)
{
	bool whole = true;
	*samples = PAUSE;
	for (*end = at; *end < n; ++*end) {
		const struct ts_sound *word = l->sound[list[*end]];
		whole = whole && word;
		*samples += word ? word->n : 0;
		if (list[*end] >= ACTION_FIRST) break;
	}
	++*end;
	return whole;
}

static struct ts_sound *compose(const struct language *l, const int *list, size_t n)
{
	size_t total = 0, samples, end;
	for (size_t at = 0; at < n; at = end)
		if (entry_of(l, list, n, at, &end, &samples) && total + samples <= SAID_MAX)
			total += samples;
	struct ts_sound *said = total ? ts_sound_create(total) : NULL;
	if (!said) return NULL;
	int16_t *pcm = said->pcm;
	total = 0;
	for (size_t at = 0; at < n; at = end) {
		if (!entry_of(l, list, n, at, &end, &samples) || total + samples > SAID_MAX)
			continue;
		total += samples;
		for (size_t i = at; i < end; i++) {
			const struct ts_sound *word = l->sound[list[i]];
			memcpy(pcm, word->pcm, word->n * sizeof(*pcm));
			pcm += word->n;
		}
		pcm += PAUSE;
	}
	return said;
}

struct ts_sound *ts_key_words_say(
	struct ts_key_words *words, int language, const struct ts_keys *table, bool host)
{
	const struct language *l = &words->language[language];
	struct saying *oldest = &words->saying[0];
	int list[TS_KEY_LIST_MAX];
	const size_t n = ts_key_words_list(list, table, host);
	if (!n) return NULL;
	for (int i = 0; i < TS_KEY_SAYINGS_MAX; i++) {
		struct saying *s = &words->saying[i];
		if (s->used < oldest->used) oldest = s;
		if (!s->sound || s->language != language || s->n != n ||
			memcmp(s->list, list, n * sizeof(*list)) != 0)
			continue;
		s->used = ++words->uses;
		return s->sound;
	}
	struct ts_sound *sound = compose(l, list, n);
	/* until all is read it may be said better the next time, and is kept all the same for who
	 * plays it */
	if (!sound) return NULL;
	ts_sound_unref(&oldest->sound);
	oldest->sound = sound;
	oldest->language = language;
	oldest->n = l->at < TS_KEY_WORDS ? 0 : n;
	memcpy(oldest->list, list, sizeof(list));
	oldest->used = ++words->uses;
	return sound;
}

/* ---- life */

struct ts_key_words *ts_key_words_new(struct ts_loop *loop, const char *dir)
{
	struct ts_key_words *words = g_new0(struct ts_key_words, 1);
	words->dir = g_strdup(dir);
	words->readers = ts_sound_readers_new(loop);
	for (int i = 0; i < TS_LANGUAGES; i++) {
		words->language[i].words = words;
		words->language[i].number = i;
	}
	return words;
}

void ts_key_words_free(struct ts_key_words *words)
{
	if (!words) return;
	for (int i = 0; i < TS_LANGUAGES; i++) {
		struct language *l = &words->language[i];
		if (l->file) ts_sound_file_cancel(l->file);
		for (int k = 0; k < TS_KEY_WORDS; k++) ts_sound_unref(&l->sound[k]);
	}
	for (int i = 0; i < TS_KEY_SAYINGS_MAX; i++) ts_sound_unref(&words->saying[i].sound);
	ts_sound_readers_free(words->readers);
	g_free(words->dir);
	g_free(words);
}
