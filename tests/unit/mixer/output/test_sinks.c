#include "mixer/output/sinks.h"

#include "base/task.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* ---- sinks that take notes */

struct note {
	struct ts_sink sink;
	enum ts_sink_wants wants;
	int starts, stops, frees, packets, err;
	bool first_was_key;
};

static struct note *of(struct ts_sink *sink)
{
	return ts_container_of(sink, struct note, sink);
}

static enum ts_sink_wants note_wants(struct ts_sink *sink, int64_t now_ns)
{
	(void)now_ns;
	return of(sink)->wants;
}

static void note_start(struct ts_sink *sink, const struct ts_stream_params *params)
{
	assert_int_equal(params->width, 64);
	of(sink)->starts++;
}

static int note_packet(
	struct ts_sink *sink, const AVPacket *packet, const struct ts_unit_time *time)
{
	(void)time;
	if (!of(sink)->packets++) of(sink)->first_was_key = packet->flags & AV_PKT_FLAG_KEY;
	return of(sink)->err;
}

static void note_stop(struct ts_sink *sink)
{
	of(sink)->stops++;
}

static void note_free(struct ts_sink *sink)
{
	of(sink)->frees++;
}

static const struct ts_sink_ops ops = {note_wants, note_start, note_packet, note_stop, note_free};
static struct note first, other;
static struct ts_sink *all;

static int make(void **state)
{
	(void)state;
	memset(&first, 0, sizeof(first));
	memset(&other, 0, sizeof(other));
	ts_sink_init(&first.sink, &ops);
	ts_sink_init(&other.sink, &ops);
	first.wants = other.wants = TS_SINK_PACKETS;
	return ts_sinks_create(&all, &first.sink);
}

static int unmake(void **state)
{
	(void)state;
	struct ts_sink *a = &first.sink, *b = &other.sink;
	ts_sink_unref(&all);
	ts_sink_unref(&a);
	ts_sink_unref(&b);
	return first.frees != 1 || other.frees != 1;
}

static enum ts_sink_wants wants(void)
{
	return all->ops->wants(all, 0);
}

static int packet(bool key)
{
	static const struct ts_unit_time time;
	AVPacket *p = av_packet_alloc();
	p->flags = key ? AV_PKT_FLAG_KEY : 0;
	int err = all->ops->packet(all, p, &time);
	av_packet_free(&p);
	return err;
}

static void start(void)
{
	const struct ts_stream_params params = {.width = 64};
	all->ops->start(all, &params);
}

static void add_other(void)
{
	struct ts_sink *list[] = {&other.sink};
	assert_int_equal(ts_sinks_publish(all, list, 1), 0);
}

/* ---- tests */

static void test_who_comes_later_begins_with_a_keyframe(void **state)
{
	(void)state;
	assert_int_equal(wants(), TS_SINK_KEYFRAME);
	start();
	packet(true);
	assert_int_equal(wants(), TS_SINK_PACKETS);
	add_other();
	assert_int_equal(wants(), TS_SINK_KEYFRAME);
	packet(false);
	assert_int_equal(other.packets, 0);
	packet(true);
	packet(false);
	assert_int_equal(wants(), TS_SINK_PACKETS);
	assert_int_equal(first.packets, 4);
	assert_int_equal(other.packets, 2);
	assert_true(other.first_was_key);
	assert_int_equal(first.starts + other.starts, 2);
	/* the same list again changes nothing */
	add_other();
	assert_int_equal(wants(), TS_SINK_PACKETS);
	assert_int_equal(ts_sinks_publish(all, NULL, 0), 0);
	assert_int_equal(wants(), TS_SINK_PACKETS);
	assert_int_equal(other.stops, 1);
	all->ops->stop(all);
	assert_int_equal(first.stops, 1);
	assert_int_equal(other.stops, 1);
}

static void test_lives_while_one_wants_something(void **state)
{
	(void)state;
	first.wants = TS_SINK_NOTHING;
	assert_int_equal(wants(), TS_SINK_NOTHING);
	add_other();
	assert_int_equal(wants(), TS_SINK_KEYFRAME);
	start();
	packet(true);
	assert_int_equal(first.packets, 0);
	assert_int_equal(other.packets, 1);
	/* one that paused begins anew */
	first.wants = TS_SINK_PACKETS;
	other.wants = TS_SINK_NOTHING;
	assert_int_equal(wants(), TS_SINK_KEYFRAME);
	assert_int_equal(other.stops, 1);
	packet(false);
	assert_int_equal(first.packets, 0);
	packet(true);
	assert_int_equal(first.packets, 1);
	assert_int_equal(other.packets, 1);
	other.wants = TS_SINK_PACKETS;
	assert_int_equal(wants(), TS_SINK_KEYFRAME);
	packet(true);
	assert_int_equal(other.starts, 2);
}

static void test_only_the_first_may_refuse(void **state)
{
	(void)state;
	add_other();
	wants();
	start();
	other.err = -1;
	assert_int_equal(packet(true), 0);
	first.err = -2;
	assert_int_equal(packet(false), -2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			test_who_comes_later_begins_with_a_keyframe, make, unmake),
		cmocka_unit_test_setup_teardown(test_lives_while_one_wants_something, make, unmake),
		cmocka_unit_test_setup_teardown(test_only_the_first_may_refuse, make, unmake),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
