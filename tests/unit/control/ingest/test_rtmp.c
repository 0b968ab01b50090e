#include "base/error.h"
#include "control/ingest/rtmp.h"
#include "tests/unit/base/cmocka_all.h"
#include "tests/unit/control/ingest/publisher.h"
#include <string.h>

enum { OUT = 64 * 1024 };

struct end {
	struct ts_rtmp rtmp;
	uint8_t sent[OUT], media[OUT];
	size_t n_sent, n_media, send_max;
	char app[TS_RTMP_TEXT_MAX], key[TS_RTMP_TEXT_MAX];
	unsigned published;
	enum { LATER, YES, NO } answer;
};

static bool on_send(void *arg, const uint8_t *bytes, size_t n)
{
	struct end *e = arg;
	if (n > e->send_max - e->n_sent) return false;
	memcpy(e->sent + e->n_sent, bytes, n);
	e->n_sent += n;
	return true;
}

static void on_publish(void *arg, const char *app, const char *key)
{
	struct end *e = arg;
	strcpy(e->app, app);
	strcpy(e->key, key);
	e->published++;
	if (e->answer != LATER) ts_rtmp_answer(&e->rtmp, e->answer == YES);
}

static bool on_media(void *arg, const uint8_t *bytes, size_t n)
{
	struct end *e = arg;
	if (n > sizeof e->media - e->n_media) return false;
	memcpy(e->media + e->n_media, bytes, n);
	e->n_media += n;
	return true;
}

static const struct ts_rtmp_events events = {
	.send = on_send, .on_publish = on_publish, .on_media = on_media};

static struct end e;

static void begin(int answer)
{
	memset(&e, 0, sizeof e);
	e.answer = answer;
	e.send_max = OUT;
	ts_rtmp_init(&e.rtmp, &events, &e);
}

static int feed(const struct ts_wr *w, size_t piece)
{
	const size_t n = ts_wr_len(w);
	int err = 0;
	for (size_t at = 0; at < n && !err; at += piece)
		err = ts_rtmp_feed(&e.rtmp, w->start + at, piece < n - at ? piece : n - at);
	return err;
}

static bool was_sent(const char *text)
{
	return memmem(e.sent, e.n_sent, text, strlen(text));
}

static uint8_t bytes[PUBLISHER_BYTES];

static struct ts_wr fresh(void)
{
	return ts_wr(bytes, sizeof bytes);
}

static void a_publisher_in_pieces_of_all_sizes(void **state)
{
	static uint8_t whole[OUT];
	static const uint8_t video[300] = {0x17, 1, [299] = 9}, audio[] = {0xaf, 1, 2};
	size_t n_whole = 0;
	struct ts_wr w = fresh();
	(void)state;
	pub_begin(&w, "live", "demo?pin=1234");
	pub_metadata(&w, true, true, true);
	pub_message(&w, 9, 0x01020304 & 0xffffff, video, sizeof video);
	pub_message(&w, 8, 40, audio, sizeof audio);
	pub_metadata(&w, true, true, true); /* a second one says nothing new */
	/* the handshake is cut at each byte of its end, and all that follows */
	for (size_t cut = 1; cut < ts_wr_len(&w); cut += cut < 2900 ? 97 : 1) {
		begin(YES);
		assert_int_equal(ts_rtmp_feed(&e.rtmp, bytes, cut), 0);
		assert_int_equal(ts_rtmp_feed(&e.rtmp, bytes + cut, ts_wr_len(&w) - cut), 0);
		assert_string_equal(e.app, "live");
		assert_string_equal(e.key, "demo?pin=1234");
		assert_int_equal(e.published, 1);
		if (!n_whole) memcpy(whole, e.media, n_whole = e.n_media);
		assert_int_equal(e.n_media, n_whole);
		assert_memory_equal(e.media, whole, n_whole);
		ts_rtmp_fini(&e.rtmp);
	}
	begin(YES);
	assert_int_equal(feed(&w, 1), 0);
	assert_int_equal(e.n_media, n_whole);
	assert_memory_equal(e.media, whole, n_whole);
	/* FLV: header for both tracks, metadata, video, audio */
	assert_memory_equal(e.media, "FLV\1\5\0\0\0\11\0\0\0\0\22", 14);
	assert_non_null(memmem(e.media, e.n_media, "\2\0\12onMetaData", 13));
	assert_null(memmem(e.media, e.n_media, "@setDataFrame", 13));
	static const uint8_t tag[] = {9, 0, 1, 44, 2, 3, 4, 0, 0, 0, 0, 0x17, 1},
			     last[] = {8, 0, 0, 3, 0, 0, 40, 0, 0, 0, 0, 0xaf, 1, 2, 0, 0, 0, 14};
	assert_non_null(memmem(e.media, e.n_media, tag, sizeof tag));
	assert_memory_equal(e.media + e.n_media - sizeof last, last, sizeof last);
	assert_true(was_sent("NetConnection.Connect.Success"));
	assert_true(was_sent("NetStream.Publish.Start"));
	/* S0, S1 without a version, S2 is C1 */
	assert_int_equal(e.sent[0], 3);
	assert_memory_equal(e.sent + 1, "\0\0\0\0\0\0\0\0", 8);
	assert_memory_equal(e.sent + 1 + 1536, bytes + 1, 1536);
	ts_rtmp_fini(&e.rtmp);
}

static void the_header_follows_the_metadata(void **state)
{
	static const struct {
		bool metadata, wrapped, video, audio;
		uint8_t tracks;
	} rows[] = {
		{false, false, false, false, 5},
		{true, true, true, true, 5},
		{true, true, false, true, 4},
		{true, false, true, false, 1},
		{true, true, false, false, 5},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct ts_wr w = fresh();
		pub_begin(&w, "live", "demo");
		if (rows[i].metadata)
			pub_metadata(&w, rows[i].wrapped, rows[i].video, rows[i].audio);
		pub_message(&w, 8, 0, (const uint8_t *)"\xaf", 1);
		begin(YES);
		assert_int_equal(feed(&w, 100), 0);
		assert_int_equal(e.media[4], rows[i].tracks);
		ts_rtmp_fini(&e.rtmp);
	}
}

static void refused(void **state)
{
	struct ts_wr w = fresh();
	(void)state;
	pub_begin(&w, "live", "demo");
	pub_message(&w, 8, 0, (const uint8_t *)"\xaf", 1);
	begin(NO);
	assert_int_equal(feed(&w, 4000), TS_ECLOSED);
	assert_true(was_sent("NetStream.Publish.BadName"));
	assert_false(was_sent("NetStream.Publish.Start"));
	assert_int_equal(e.n_media, 0);
	ts_rtmp_fini(&e.rtmp);
	/* what is sent before the answer is none of the stream */
	begin(LATER);
	assert_int_equal(feed(&w, 4000), 0);
	assert_int_equal(e.n_media, 0);
	assert_int_equal(ts_rtmp_answer(&e.rtmp, true), 0);
	w = fresh();
	pub_message(&w, 8, 0, (const uint8_t *)"\xaf", 1);
	assert_int_equal(feed(&w, 4000), 0);
	assert_int_equal(e.n_media, 13 + 11 + 1 + 4);
	assert_int_equal(ts_rtmp_answer(&e.rtmp, false), 0);
	assert_false(was_sent("NetStream.Publish.BadName"));
	ts_rtmp_fini(&e.rtmp);
}

static void ends(void **state)
{
	static const char *const names[] = {"FCUnpublish", "deleteStream", "closeStream"};
	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct ts_wr w = fresh();
		pub_begin(&w, "live", "demo");
		pub_command(&w, names[i], 7, NULL, NULL);
		begin(YES);
		assert_int_equal(feed(&w, 4000), TS_ECLOSED);
		ts_rtmp_fini(&e.rtmp);
	}
}

static void answers_pings_and_acknowledges(void **state)
{
	static const uint8_t ping[] = {0, 6, 1, 2, 3, 4}, pong[] = {0, 7, 1, 2, 3, 4},
			     window[] = {0, 0, 16, 0}; /* 4096 */
	static const uint8_t audio[1000] = {0xaf, 1};
	struct ts_wr w = fresh();
	(void)state;
	pub_begin(&w, "live", "demo");
	pub_message(&w, 4, 0, ping, sizeof ping);
	pub_message(&w, 5, 0, window, sizeof window);
	for (uint32_t i = 0; i < 9; i++) pub_message(&w, 8, i, audio, sizeof audio);
	begin(YES);
	assert_int_equal(feed(&w, 500), 0);
	assert_non_null(memmem(e.sent, e.n_sent, pong, sizeof pong));
	size_t acks = 0;
	const uint8_t head[] = {2, 0, 0, 0, 0, 0, 4, 3, 0, 0, 0, 0};
	for (const uint8_t *at = e.sent;
		(at = memmem(at, e.n_sent - (size_t)(at - e.sent), head, sizeof head)); at++)
		acks++;
	assert_true(acks == ts_wr_len(&w) / 4096 || acks == ts_wr_len(&w) / 4096 - 1);
	ts_rtmp_fini(&e.rtmp);
}

static void what_is_wrong(void **state)
{
	enum {
		HELLO,
		EARLY_PUBLISH,
		NO_APP,
		TWICE,
		CHUNK_0,
		CHUNK_LARGE,
		LONG_KEY,
		EARLY_LARGE,
		STREAMS,
		JUNK,
		ROWS
	};
	static const int rc[ROWS] = {TS_EBADMSG, TS_EBADMSG, TS_EBADMSG, TS_EBADMSG, TS_ELIMIT,
		TS_ELIMIT, TS_EBADMSG, TS_ELIMIT, TS_ELIMIT, TS_EBADMSG};
	static const uint8_t zero[4], large[] = {0, 1, 0, 1}, junk[200] = {0xff};
	char key[TS_RTMP_TEXT_MAX + 1];
	(void)state;
	memset(key, 'a', sizeof key);
	key[TS_RTMP_TEXT_MAX] = '\0';
	for (int i = 0; i < ROWS; i++) {
		struct ts_wr w = fresh();
		begin(YES);
		if (i == HELLO) {
			ts_wr_u8(&w, 6); /* encrypted */
			assert_int_equal(feed(&w, 1), rc[i]);
			ts_rtmp_fini(&e.rtmp);
			continue;
		}
		pub_hello(&w);
		if (i == EARLY_PUBLISH) pub_command(&w, "publish", 1, pub_key_rest, "demo");
		if (i == NO_APP) pub_command(&w, "connect", 1, NULL, NULL);
		if (i == JUNK) pub_message(&w, 20, 0, junk, sizeof junk);
		if (i > NO_APP) pub_command(&w, "connect", 1, pub_connect_rest, "live");
		if (i == TWICE) pub_command(&w, "connect", 1, pub_connect_rest, "live");
		if (i == CHUNK_0) pub_message(&w, 1, 0, zero, 4);
		if (i == CHUNK_LARGE) pub_message(&w, 1, 0, large, 4);
		if (i == LONG_KEY) pub_command(&w, "publish", 1, pub_key_rest, key);
		if (i == EARLY_LARGE) {
			static const uint8_t head[] = {6, 0, 0, 0, 0, 64, 1, 9, 1, 0, 0, 0};
			ts_wr_bytes(&w, head, sizeof head);
		}
		for (int k = 0; i == STREAMS && k < 9; k++)
			pub_command(&w, "createStream", k, NULL, NULL);
		const int is = feed(&w, 777);
		if (is != rc[i]) fail_msg("row %d: %d", i, is);
		ts_rtmp_fini(&e.rtmp);
	}
}

static void replies_that_are_not_read_end_it(void **state)
{
	static const uint8_t ping[] = {0, 6, 1, 2, 3, 4};
	struct ts_wr w = fresh();
	(void)state;
	pub_begin(&w, "live", "demo");
	for (int i = 0; i < 300; i++) pub_message(&w, 4, 0, ping, sizeof ping);
	begin(YES);
	e.send_max = 6000;
	assert_int_equal(feed(&w, 4000), TS_EFULL);
	ts_rtmp_fini(&e.rtmp);
}

static void values_in_values(void **state)
{
	(void)state;
	for (int depth = 1; depth < 12; depth++) {
		struct ts_wr w = fresh();
		for (int i = 1; i < depth; i++) ts_amf_object(&w), ts_amf_name(&w, "a");
		ts_amf_null(&w);
		for (int i = 1; i < depth; i++) ts_amf_end(&w);
		struct ts_rd r = ts_rd(bytes, ts_wr_len(&w));
		ts_amf_skip(&r);
		assert_int_equal(r.bad, depth > TS_AMF_DEPTH);
		if (!r.bad) assert_int_equal(ts_rd_left(&r), 0);
	}
	/* an array of more than there is */
	static const uint8_t array[] = {10, 255, 255, 255, 255, 5, 5};
	struct ts_rd r = ts_rd(array, sizeof array);
	ts_amf_skip(&r);
	assert_true(r.bad);
	/* each type, cut short at each byte */
	static const uint8_t all[] = {10, 0, 0, 0, 11, /* */
		0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 2, 0, 1, 'a', 3, 0, 0, 9, 5, 6, 7, 0, 1, 8, 0, 0,
		0, 0, 0, 1, 'b', 5, 0, 0, 9, 11, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 12, 0, 0, 0, 1, 'a',
		16, 0, 1, 'c', 0, 0, 9};
	for (size_t n = 0; n <= sizeof all; n++) {
		r = ts_rd(all, n);
		ts_amf_skip(&r);
		assert_int_equal(r.bad, n < sizeof all);
	}
	assert_int_equal(ts_rd_left(&r), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_publisher_in_pieces_of_all_sizes),
		cmocka_unit_test(the_header_follows_the_metadata),
		cmocka_unit_test(refused),
		cmocka_unit_test(ends),
		cmocka_unit_test(answers_pings_and_acknowledges),
		cmocka_unit_test(what_is_wrong),
		cmocka_unit_test(replies_that_are_not_read_end_it),
		cmocka_unit_test(values_in_values),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
