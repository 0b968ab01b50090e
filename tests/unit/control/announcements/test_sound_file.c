/* Files that are read whole, as sounds. */
#include "base/error.h"
#include "base/loop.h"
#include "container/demuxer.h"
#include "control/announcements/sound_file.h"
#include "tests/unit/base/cmocka_all.h"
#include <glib.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct {
	char dir[64];
	struct ts_loop *loop;
	struct ts_sound_readers *readers;
	sem_t done;
	struct ts_sound *sound;
	char why[200];
} t;

static void on_done(void *arg, struct ts_sound *sound, const char *why)
{
	(void)arg;
	ts_sound_unref(&t.sound);
	t.sound = sound;
	g_strlcpy(t.why, why, sizeof(t.why));
	sem_post(&t.done);
}

static void path_of(char out[200], const char *name)
{
	snprintf(out, 200, "%s/%s", t.dir, name);
}

/* 16 bit, one channel: a square wave of that level. */
static void write_wav(const char *name, uint32_t rate, uint32_t n, int16_t level)
{
	char path[200];
	const uint32_t bytes = n * 2,
		       head[] = {0x46464952, 36 + bytes, 0x45564157, 0x20746d66, 16, 0x00010001,
			       rate, rate * 2, 0x00100002, 0x61746164, bytes};
	path_of(path, name);
	FILE *f = fopen(path, "wb");
	assert_non_null(f);
	fwrite(head, sizeof(head), 1, f);
	for (uint32_t i = 0; i < n; i++) {
		const int16_t v = i / 20 % 2 ? level : (int16_t)-level;
		fwrite(&v, 2, 1, f);
	}
	fclose(f);
}

static int make(void **state)
{
	(void)state;
	memset(&t, 0, sizeof(t));
	strcpy(t.dir, "/tmp/tessera-sounds.XXXXXX");
	if (!mkdtemp(t.dir) || sem_init(&t.done, 0, 0)) return -1;
	if (ts_loop_create(&t.loop, "control") || ts_loop_start(t.loop)) return -1;
	t.readers = ts_sound_readers_new(t.loop);
	return 0;
}

static int unmake(void **state)
{
	char command[100];
	(void)state;
	ts_sound_readers_free(t.readers);
	ts_loop_destroy(&t.loop); /* what was on its way has come */
	ts_sound_unref(&t.sound);
	sem_destroy(&t.done);
	snprintf(command, sizeof(command), "rm -r %s", t.dir);
	return system(command);
}

static int start(const char *name, struct ts_sound_file **out)
{
	return ts_sound_file_start(out, t.readers, t.dir, name, on_done, NULL);
}

static void read_it(const char *name)
{
	struct ts_sound_file *file;
	ts_sound_unref(&t.sound);
	assert_int_equal(start(name, &file), 0);
	sem_wait(&t.done);
}

static void sound_comes_at_48_khz(void **state)
{
	(void)state;
	write_wav("a.wav", 8000, 8000, 4000);
	read_it("a.wav");
	assert_string_equal(t.why, "");
	assert_non_null(t.sound);
	assert_in_range(t.sound->n, 47900, 48100);
	int64_t sum = 0;
	for (size_t i = 0; i < t.sound->n; i++) sum += abs(t.sound->pcm[i]);
	assert_in_range(sum / (int64_t)t.sound->n, 3200, 4400);
}

static const char *not_there(void *arg, const char *url, struct ts_demuxer_way *out)
{
	(void)out;
	if (arg) snprintf(arg, 64, "%s", url);
	return "not from there";
}

static void a_url_is_asked_of_the_guard(void **state)
{
	struct ts_sound_file *file;
	char asked[64] = "";
	(void)state;
	assert_int_equal(ts_sound_file_fetch(&file, t.readers, "http://192.0.2.1/a.mp3", not_there,
				 asked, on_done, NULL),
		0);
	sem_wait(&t.done);
	assert_null(t.sound);
	assert_string_equal(t.why, "not from there");
	assert_string_equal(asked, "http://192.0.2.1/a.mp3");
	/* many at one time, some of which nobody wants any more */
	for (int i = 0; i < 12; i++) {
		assert_int_equal(ts_sound_file_fetch(&file, t.readers, "http://192.0.2.1/b",
					 not_there, NULL, on_done, NULL),
			0);
	}
	for (int i = 0; i < 12; i++) sem_wait(&t.done);
}

static void what_is_no_sound_says_why(void **state)
{
	char path[200];
	(void)state;
	path_of(path, "text");
	FILE *f = fopen(path, "w");
	assert_true(f && fputs("this is no sound\n", f) > 0 && !fclose(f));
	read_it("text");
	assert_null(t.sound);
	assert_true(*t.why);
	write_wav("none.wav", 48000, 0, 0);
	read_it("none.wav");
	assert_null(t.sound);
	assert_true(*t.why);
	write_wav("long.wav", 8000, 8000 * (TS_SOUND_SECONDS_MAX + 1), 100);
	read_it("long.wav");
	assert_null(t.sound);
	assert_string_equal(t.why, "it is longer than five minutes");
}

static void nothing_outside_of_the_folder_is_opened(void **state)
{
	char path[200];
	struct ts_sound_file *file;
	(void)state;
	write_wav("in.wav", 8000, 100, 100);
	path_of(path, "link");
	assert_int_equal(symlink("/etc/passwd", path), 0);
	path_of(path, "pipe");
	assert_int_equal(mkfifo(path, 0600), 0);
	const char *const names[] = {"../in.wav", "/etc/passwd", "", "link", ".", "pipe", "none"};
	for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
		if (!start(names[i], &file)) fail_msg("%s", names[i]);
	/* the limit, and what is cancelled is heard of no more */
	struct ts_sound_file *files[TS_SOUND_FILES_MAX];
	size_t n = 0;
	write_wav("slow.wav", 8000, 8000 * 200, 100);
	while (n < TS_SOUND_FILES_MAX && !start("slow.wav", &files[n])) n++;
	assert_int_equal(n, TS_SOUND_FILES_MAX);
	assert_int_equal(start("slow.wav", &file), TS_ELIMIT);
}

/* cancel is control's: so is this. */
static void on_cancel(struct ts_task *task)
{
	struct ts_sound_file *file;
	(void)task;
	if (start("in.wav", &file)) abort();
	ts_sound_file_cancel(file);
	sem_post(&t.done);
}

static void what_is_cancelled_is_not_heard_of(void **state)
{
	struct ts_task task = {.fn = on_cancel};
	(void)state;
	write_wav("in.wav", 8000, 100, 100);
	ts_loop_post(t.loop, &task);
	sem_wait(&t.done);
	read_it("in.wav"); /* once */
	assert_non_null(t.sound);
	assert_int_equal(sem_trywait(&t.done), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(sound_comes_at_48_khz, make, unmake),
		cmocka_unit_test_setup_teardown(a_url_is_asked_of_the_guard, make, unmake),
		cmocka_unit_test_setup_teardown(what_is_no_sound_says_why, make, unmake),
		cmocka_unit_test_setup_teardown(
			nothing_outside_of_the_folder_is_opened, make, unmake),
		cmocka_unit_test_setup_teardown(what_is_cancelled_is_not_heard_of, make, unmake),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
