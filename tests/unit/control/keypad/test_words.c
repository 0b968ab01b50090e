/* What is said of the keys of a room: which words, to whom, in which order; and how they become one
 * sound, of files that are made here. */
#include "base/clock.h"
#include "base/loop.h"
#include "config/config.h"
#include "control/keypad/words.h"
#include "tests/unit/base/cmocka_all.h"
#include <glib.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>

static void says(const char *table, bool host, const char *wanted)
{
	struct ts_keys keys = {0};
	int list[TS_KEY_LIST_MAX];
	char text[4000] = "";
	assert_true(ts_keys_read(&keys, table, false));
	const size_t n = ts_key_words_list(list, &keys, host);
	for (size_t i = 0; i < n; i++) {
		g_strlcat(text, i ? " " : "", sizeof(text));
		g_strlcat(text, ts_key_word_name(list[i]), sizeof(text));
	}
	if (strcmp(text, wanted) != 0) fail_msg("%s: %s", table, text);
}

static void words_of_tables(void **state)
{
	(void)state;
	says("*6=mute", false, "key_star key_6 do_mute");
	says("*0=help *6=mute #AD=hand", false,
		"key_star key_6 do_mute key_hash key_A key_D do_hand");
	says("*5=lock *6=mute", false, "key_star key_6 do_mute");
	says("*5=lock *6=mute", true, "key_star key_5 do_lock key_star key_6 do_mute");
	says("*5=all:lock", false, "key_star key_5 do_lock");
	says("*11=layout:grid *2=view:one", true,
		"key_star key_1 key_1 do_layout key_star key_2 do_view");
	says("*0=help", true, "");
	/* as many as there may be, as long as they may be */
	struct ts_keys keys = {0};
	int list[TS_KEY_LIST_MAX];
	for (; keys.n < TS_KEYS_MAX; keys.n++) {
		keys.entry[keys.n] = (struct ts_key_entry){
			.keys = "12345678", .action = TS_KEY_MUTE};
		assert_int_equal(strlen(keys.entry[keys.n].keys), TS_KEYS_LEN);
	}
	assert_int_equal(ts_key_words_list(list, &keys, false), TS_KEY_LIST_MAX);
}

static void every_word_is_in_each_language(void **state)
{
	static const char *const codes[] = {"en", "de", "fr", "es", "zh"};
	(void)state;
	for (size_t l = 0; l < G_N_ELEMENTS(codes); l++) {
		g_autofree char *path = g_strdup_printf("config/prompts/%s.txt", codes[l]);
		g_autofree char *text = NULL;
		assert_true(g_file_get_contents(path, &text, NULL, NULL));
		for (int i = 0; i < TS_KEY_WORDS; i++) {
			g_autofree char *line = g_strdup_printf(
				"\n%s: ", ts_key_word_name(i) ? ts_key_word_name(i) : "");
			if (ts_key_word_name(i) && !strstr(text, line))
				fail_msg("%s: no %s", path, ts_key_word_name(i));
		}
	}
}

/* ---- files */

enum { HZ = 48000, WORD_MS = 100, PAUSE_MS = 300 };

/* A word of 100 ms, of one value. */
static void put_word(const char *dir, const char *name, int16_t value)
{
	enum { N = HZ * WORD_MS / 1000 };
	const uint32_t bytes = N * 2, riff = bytes + 36, sixteen = 16, rate = HZ, per_s = HZ * 2;
	const uint16_t pcm = 1, mono = 1, block = 2, bits = 16;
	g_autofree char *path = g_strdup_printf("%s/en/%s.wav", dir, name);
	FILE *f = fopen(path, "wb");
	assert_non_null(f);
	fwrite("RIFF", 4, 1, f), fwrite(&riff, 4, 1, f), fwrite("WAVEfmt ", 8, 1, f);
	fwrite(&sixteen, 4, 1, f), fwrite(&pcm, 2, 1, f), fwrite(&mono, 2, 1, f);
	fwrite(&rate, 4, 1, f), fwrite(&per_s, 4, 1, f), fwrite(&block, 2, 1, f);
	fwrite(&bits, 2, 1, f), fwrite("data", 4, 1, f), fwrite(&bytes, 4, 1, f);
	for (int i = 0; i < N; i++) fwrite(&value, 2, 1, f);
	fclose(f);
}

static struct ts_loop *loop;
static struct ts_key_words *words;

struct asked {
	struct ts_task task;
	struct ts_timer timer;
	GMutex lock;
	GCond cond;
	struct ts_keys table;
	size_t wanted_n;
	struct ts_sound *sound;
	bool done;
};

/* On control, until all words are read. */
static void on_look(struct ts_timer *timer, int64_t now_ns)
{
	struct asked *a = ts_container_of(timer, struct asked, timer);
	struct ts_sound *sound = ts_key_words_say(words, TS_LANGUAGE_EN, &a->table, false);
	if (!sound || sound->n != a->wanted_n) {
		ts_loop_timer_set(loop, timer, now_ns + 10 * TS_NS_PER_MS);
		return;
	}
	/* the second time it is the same one */
	if (ts_key_words_say(words, TS_LANGUAGE_EN, &a->table, false) == sound)
		a->sound = ts_sound_ref(sound);
	g_mutex_lock(&a->lock);
	a->done = true;
	g_cond_signal(&a->cond);
	g_mutex_unlock(&a->lock);
}

static void on_begin(struct ts_task *task)
{
	struct asked *a = ts_container_of(task, struct asked, task);
	ts_key_words_load(words, TS_LANGUAGE_EN);
	ts_loop_timer_set(loop, &a->timer, 0);
}

static void on_end(struct ts_task *task)
{
	struct asked *a = ts_container_of(task, struct asked, task);
	ts_key_words_free(words);
	g_mutex_lock(&a->lock);
	a->done = true;
	g_cond_signal(&a->cond);
	g_mutex_unlock(&a->lock);
}

static void await(struct asked *a)
{
	g_mutex_lock(&a->lock);
	while (!a->done) g_cond_wait(&a->cond, &a->lock);
	a->done = false;
	g_mutex_unlock(&a->lock);
}

static void one_sound_of_many(void **state)
{
	enum { WORD = HZ * WORD_MS / 1000, PAUSE = HZ * PAUSE_MS / 1000 };
	g_autofree char *dir = g_dir_make_tmp("words-XXXXXX", NULL),
			*en = g_build_filename(dir, "en", NULL);
	struct asked a = {.task = {.fn = on_begin}, .timer = {.fn = on_look}};
	(void)state;
	g_mkdir(en, 0700);
	put_word(dir, "key_star", 1000);
	put_word(dir, "key_6", 2000);
	put_word(dir, "do_mute", 3000);
	put_word(dir, "do_hand", 4000);
	assert_int_equal(ts_loop_create(&loop, "words"), 0);
	words = ts_key_words_new(loop, dir);
	/* of *9 the key has no word: it is left out */
	assert_true(ts_keys_read(&a.table, "*6=mute *9=hand 6=hand", false));
	a.wanted_n = 5 * WORD + 2 * PAUSE;
	ts_loop_post(loop, &a.task);
	await(&a);
	assert_non_null(a.sound);
	const int16_t *pcm = a.sound->pcm;
	assert_in_range(pcm[WORD / 2], 950, 1050);
	assert_in_range(pcm[WORD + WORD / 2], 1950, 2050);
	assert_in_range(pcm[2 * WORD + WORD / 2], 2950, 3050);
	assert_int_equal(pcm[3 * WORD + PAUSE / 2], 0);
	assert_in_range(pcm[3 * WORD + PAUSE + WORD / 2], 1950, 2050);
	assert_in_range(pcm[4 * WORD + PAUSE + WORD / 2], 3950, 4050);
	ts_sound_unref(&a.sound);
	a.task.fn = on_end;
	ts_loop_post(loop, &a.task);
	await(&a);
	ts_loop_destroy(&loop);
	for (const char *const *name =
			(const char *const[]){"key_star", "key_6", "do_mute", "do_hand", NULL};
		*name; name++) {
		g_autofree char *path = g_strdup_printf("%s/%s.wav", en, *name);
		g_unlink(path);
	}
	g_rmdir(en);
	g_rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_of_tables),
		cmocka_unit_test(every_word_is_in_each_language),
		cmocka_unit_test(one_sound_of_many),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
