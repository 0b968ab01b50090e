/* A room's sound as AAC, for those who want it. */
#include "mixer/sink/aac.h"

#include "base/clock.h"
#include "base/strand.h"
#include "tests/unit/common/fake_time.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct {
	struct ts_pool *pool;
	struct ts_sink *aac, own;
	enum ts_sink_wants wants;
	int packets;
	int64_t first_ns; /* of what came after it was set to 0 */
} t;

static enum ts_sink_wants own_wants(struct ts_sink *sink, int64_t now_ns)
{
	(void)sink, (void)now_ns;
	return t.wants;
}

static int own_packet(struct ts_sink *sink, const AVPacket *packet, const struct ts_unit_time *time)
{
	(void)sink, (void)packet;
	t.packets++;
	if (!t.first_ns) t.first_ns = time->capture_ns;
	return 0;
}

static void own_free(struct ts_sink *sink)
{
	(void)sink;
}

static int make(void **state)
{
	static const struct ts_sink_ops ops = {
		.wants = own_wants, .packet = own_packet, .free = own_free};
	const struct ts_pool_config pool = {.name = "video", .threads = 1};
	struct ts_sink *list[] = {&t.own};
	(void)state;
	memset(&t, 0, sizeof t);
	ts_sink_init(&t.own, &ops);
	if (ts_pool_create(&t.pool, &pool) || ts_aac_create(&t.aac, t.pool, false)) return -1;
	return ts_aac_publish(t.aac, list, 1);
}

static int unmake(void **state)
{
	(void)state;
	ts_sink_unref(&t.aac);
	ts_fake_time_run();
	ts_pool_destroy(&t.pool);
	return 0;
}

/* Of 20 ms each. */
static void sound(int frames)
{
	static int16_t pcm[960];
	for (int i = 0; i < frames; i++) {
		AVPacket *p = av_packet_alloc();
		const struct ts_unit_time time = {.capture_ns = ts_now_ns(), .now_ns = ts_now_ns()};
		p->data = (uint8_t *)pcm;
		p->size = sizeof pcm;
		assert_int_equal(t.aac->ops->packet(t.aac, p, &time), 0);
		p->data = NULL;
		av_packet_free(&p);
		ts_fake_time_after(20 * TS_NS_PER_MS);
	}
}

static void nothing_is_encoded_for_nobody(void **state)
{
	(void)state;
	t.wants = TS_SINK_NOTHING;
	sound(50);
	assert_int_equal(t.packets, 0);
	t.wants = TS_SINK_PACKETS;
	sound(50);
	assert_in_range(t.packets, 40, 48);
	t.wants = TS_SINK_NOTHING;
	sound(50);
	assert_in_range(t.packets, 40, 48);
	/* its times are those of what was sampled since */
	t.wants = TS_SINK_PACKETS;
	t.first_ns = 0;
	const int64_t from_ns = ts_now_ns();
	sound(50);
	assert_true(t.first_ns > from_ns - 30 * TS_NS_PER_MS && t.first_ns < ts_now_ns());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(nothing_is_encoded_for_nobody, make, unmake),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
