/* Messages and captions of rooms that a test moves by hand: who reads what, limits, what is kept;
 * captions as WebVTT, and what is on the screen. */
#include "base/clock.h"
#include "base/error.h"
#include "base/loop.h"
#include "control/text/screen.h"
#include "control/text/texts.h"
#include "control/text/vtt.h"
#include "layout/clean.h"
#include "tests/unit/base/cmocka_all.h"
#include "tests/unit/common/fake_time.h"
#include "tests/unit/control/fake_room.h"
#include <stdio.h>
#include <string.h>

#define S TS_NS_PER_S

static struct {
	struct ts_loop *loop;
	struct ts_registry *registry;
	struct ts_texts *texts;
	struct ts_screen *screen;
	struct ts_room *room;
	struct ts_participant *ann, *bob;
	int messages, captions;
} t;

static void on_message(void *arg, const struct ts_message *m)
{
	(void)arg, (void)m;
	t.messages++;
}

static void on_caption(void *arg, const struct ts_caption *c)
{
	(void)arg, (void)c;
	t.captions++;
}

static void on_ready(
	void *arg, struct ts_participant *p, int err, const struct ts_transport_local *local)
{
	(void)arg, (void)p, (void)err, (void)local;
}

static struct ts_participant *enter(const char *name)
{
	struct ts_join join = {.kind = TS_KIND_WEBRTC};
	struct ts_member *member;
	snprintf(join.name, sizeof(join.name), "%s", name);
	assert_int_equal(ts_registry_join(t.registry, "r", &join, on_ready, NULL, &member), 0);
	return member->participant;
}

static int make(void **state)
{
	static struct ts_engine engine;
	static const struct ts_texts_watcher watcher = {on_message, on_caption};
	const struct ts_registry_config config = {
		.room = {.width = 1280, .height = 720, .fps = 30, .max_participants = 4},
		.max_rooms = 4,
		.half_open = {.max = 6, .max_per_address = 4}};
	(void)state;
	memset(&t, 0, sizeof(t));
	ts_fake_reset();
	assert_int_equal(ts_loop_create(&t.loop, "control"), 0);
	assert_int_equal(ts_registry_create(&t.registry, &engine, &config), 0);
	ts_texts_create(&t.texts, t.loop, t.registry);
	ts_texts_watch(t.texts, &watcher, &t);
	ts_screen_create(&t.screen, t.loop, t.registry, t.texts);
	t.ann = enter("Ann");
	t.bob = enter("Bob");
	t.room = ts_registry_find(t.registry, "r");
	return 0;
}

static void no_op(void *arg)
{
	(void)arg;
}

static int unmake(void **state)
{
	(void)state;
	ts_registry_close(t.registry, no_op, NULL);
	ts_screen_destroy(&t.screen);
	ts_texts_destroy(&t.texts);
	ts_registry_destroy(&t.registry);
	ts_loop_destroy(&t.loop);
	return 0;
}

static int write_to(struct ts_participant *from, struct ts_participant *to, const char *text)
{
	const struct ts_message *m;
	int64_t wait_ns;
	return ts_texts_send(t.texts, t.room,
		&(struct ts_message_wish){.from = from, .to = to, .text = text}, ts_now_ns(), &m,
		&wait_ns);
}

static int say(struct ts_participant *p, const char *text, bool final)
{
	const struct ts_caption *c;
	int64_t wait_ns;
	ts_fake_time_after(TS_NS_PER_MS);
	return ts_texts_caption(t.texts, t.room,
		&(struct ts_caption_wish){.participant = p, .text = text, .final = final},
		ts_now_ns(), &c, &wait_ns);
}

/* "text|text|" */
static const char *read_by(const struct ts_participant *p)
{
	static char all[8192];
	const struct ts_message *m;
	size_t at = 0;
	*all = '\0';
	while ((m = ts_texts_next(t.texts, "r", p ? ts_participant_id(p) : NULL, &at)))
		snprintf(all + strlen(all), sizeof(all) - strlen(all), "%s|", m->text);
	return all;
}

static void test_messages(void **state)
{
	(void)state;
	assert_int_equal(write_to(t.ann, NULL, "  Hello\r\n\r\n\r\nall \xe2\x80\xae\a "), 0);
	assert_int_equal(write_to(t.ann, t.bob, "secret"), 0);
	assert_int_equal(write_to(NULL, t.ann, "for Ann"), 0);
	assert_string_equal(read_by(NULL), "Hello\n\nall|secret|for Ann|");
	assert_string_equal(read_by(t.ann), "Hello\n\nall|secret|for Ann|");
	assert_string_equal(read_by(t.bob), "Hello\n\nall|secret|");
	assert_int_equal(t.messages, 3);
	assert_int_equal(write_to(t.ann, NULL, "\xe2\x80\xae \n"), TS_EINVAL);
	/* they go with the last who was there */
	ts_participant_leave(t.bob, "bye");
	assert_string_equal(read_by(NULL), "Hello\n\nall|secret|for Ann|");
	ts_participant_leave(t.ann, "bye");
	assert_string_equal(read_by(NULL), "");
}

static void test_limits(void **state)
{
	char text[TS_MESSAGE_MAX + 2];
	int sent = 0;
	size_t at = 0;
	(void)state;
	memset(text, 'x', sizeof(text));
	text[TS_MESSAGE_MAX + 1] = '\0';
	assert_int_equal(write_to(t.ann, NULL, text), TS_EINVAL);
	text[TS_MESSAGE_MAX] = '\0';
	while (!write_to(t.ann, NULL, text) && sent < 100) sent++;
	assert_int_equal(sent, 10);
	assert_int_equal(write_to(t.ann, NULL, "more"), TS_EAGAIN);
	assert_int_equal(write_to(t.bob, NULL, "others may"), 0);
	for (int i = 0; i < 40; i++) {
		ts_fake_time_after(S);
		assert_int_equal(write_to(t.ann, NULL, text), 0);
	}
	size_t n = 0;
	while (ts_texts_next(t.texts, "r", NULL, &at)) n++;
	assert_int_equal(n, TS_MESSAGE_BYTES_MAX / TS_MESSAGE_MAX);
	for (int i = 0; i < 300; i++) {
		ts_fake_time_after(S);
		assert_int_equal(write_to(t.ann, NULL, "short"), 0);
	}
	for (n = at = 0; ts_texts_next(t.texts, "r", NULL, &at);) n++;
	assert_int_equal(n, TS_MESSAGES_MAX);
}

static void test_captions(void **state)
{
	const struct ts_caption *c;
	size_t at = 0;
	(void)state;
	assert_int_equal(say(t.ann, "Good", false), 0);
	assert_string_equal(ts_fake.captions, "Ann: Good");
	assert_int_equal(say(t.ann, "Good morning", true), 0);
	assert_int_equal(say(t.bob, "Hi", false), 0);
	assert_int_equal(say(t.ann, "all", true), 0);
	assert_string_equal(ts_fake.captions, "Ann: Good morning\nBob: Hi\nAnn: all");
	assert_int_equal(t.captions, 4);
	assert_int_equal(say(t.bob, "", true), 0); /* not said after all */
	assert_string_equal(ts_fake.captions, "Ann: Good morning\nall");
	assert_int_equal(say(t.bob, "", true), TS_EINVAL);
	c = ts_texts_next_caption(t.texts, "r", &at);
	assert_string_equal(c->text, "Good morning");
	assert_true(c->begun_ns <= c->at_ns && c->final);
	assert_non_null(ts_texts_next_caption(t.texts, "r", &at));
	assert_null(ts_texts_next_caption(t.texts, "r", &at));
	/* what is old goes by itself */
	ts_fake_time_after(2 * S);
	assert_string_equal(ts_fake.captions, "Ann: Good morning\nall");
	ts_fake_time_after(2 * S);
	assert_string_equal(ts_fake.captions, "");
	int said = 0;
	while (!say(t.ann, "on and on", false) && said < 100) said++;
	assert_int_equal(said, 20);
	assert_int_equal(say(t.bob, "others may", true), 0);
	for (int i = 0; i < 200; i++) {
		ts_fake_time_after(S);
		assert_int_equal(say(NULL, "x", true), 0);
	}
	size_t n = 0;
	for (at = 0; ts_texts_next_caption(t.texts, "r", &at);) n++;
	assert_int_equal(n, TS_CAPTIONS_MAX);
	assert_true(ts_caption_lang_ok("pt-BR") && ts_caption_lang_ok("de"));
	assert_false(ts_caption_lang_ok("") || ts_caption_lang_ok("d") ||
		ts_caption_lang_ok("en; x") || ts_caption_lang_ok("en-aaaaaaaaaaaaaaaaaa"));
}

static void test_long_lines(void **state)
{
	char text[TS_CAPTION_MAX + 1];
	(void)state;
	memset(text, 'a', sizeof(text));
	memcpy(text + TS_CAPTION_MAX - 3, "end", 3);
	text[TS_CAPTION_MAX] = '\0';
	for (int i = 0; i < 3; i++) assert_int_equal(say(i % 2 ? t.bob : t.ann, text, true), 0);
	/* the ends, as they are what was said last */
	assert_int_equal(strlen(ts_fake.captions) <= TS_CAPTION_TEXT_MAX, 1);
	const char *last = strrchr(ts_fake.captions, '\n');
	assert_non_null(last);
	assert_memory_equal(last + 1, "Ann: ", 5);
	assert_string_equal(last + strlen(last) - 3, "end");
}

static void test_vtt(void **state)
{
	GString *out = g_string_new(NULL);
	(void)state;
	ts_vtt_begin(out, 900000, 10000);
	ts_vtt_cue(out, 3723004, 3723004, "A<b>", "x --> y & z");
	assert_string_equal(out->str,
		"WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:900000,LOCAL:00:00:10.000\n\n"
		"01:02:03.004 --> 01:02:03.005\n<v A&lt;b&gt;>x --&gt; y &amp; z\n\n");
	g_string_free(out, TRUE);
}

static void test_clean(void **state)
{
	static const struct {
		const char *text, *one, *lines;
	} rows[] = {
		{"a\r\nb", "a b", "a\nb"},
		{" \n a \n\n\n\n b \n", "a b", "a\n\nb"},
		{"a\tb\x7f", "a b", "a b"},
		{"\xff\xe2\x80\xae", "\xef\xbf\xbd", "\xef\xbf\xbd"},
		{"a\xe2\x80\xa8"
		 "b",
			"a b", "a\nb"},
	};
	char out[64];
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		ts_clean_text(out, sizeof(out), rows[i].text, TS_CLEAN_ONE_LINE);
		assert_string_equal(out, rows[i].one);
		ts_clean_text(out, sizeof(out), rows[i].text, TS_CLEAN_KEEP_LINES);
		assert_string_equal(out, rows[i].lines);
	}
	/* cut between letters */
	assert_int_equal(ts_clean_text(out, 4, "a\xc3\xa4\xc3\xa4", TS_CLEAN_ONE_LINE), 3);
	assert_string_equal(out, "a\xc3\xa4");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_messages, make, unmake),
		cmocka_unit_test_setup_teardown(test_limits, make, unmake),
		cmocka_unit_test_setup_teardown(test_captions, make, unmake),
		cmocka_unit_test_setup_teardown(test_long_lines, make, unmake),
		cmocka_unit_test(test_vtt),
		cmocka_unit_test(test_clean),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
