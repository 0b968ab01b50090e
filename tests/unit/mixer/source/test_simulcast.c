#include "mixer/source/simulcast.h"

#include "base/clock.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { Q, H, F, LAYERS };
#define MS TS_NS_PER_MS

static struct ts_simulcast simulcast;
static struct ts_packet packet;
static int64_t now_ns;

static void begin(void)
{
	const struct ts_layer_need need = {.width = 1280, .height = 720};
	simulcast = (struct ts_simulcast){0};
	now_ns = 1000 * TS_NS_PER_S;
	ts_simulcast_init(&simulcast);
	ts_simulcast_set_layers(&simulcast, LAYERS);
	ts_simulcast_need(&simulcast, TS_VIEW_MAIN, &need);
}

/* A packet of each layer of the set, 30 times a second; all of `heard` came to the transport. */
static void come(unsigned set, unsigned heard, int64_t ms)
{
	for (int64_t end_ns = now_ns + ms * MS; now_ns < end_ns; now_ns += 33 * MS)
		for (unsigned i = 0; i < LAYERS; i++) {
			if (!(set >> i & 1)) continue;
			packet.layer = (uint8_t)i;
			packet.heard = (uint8_t)heard;
			packet.arrival_ns = now_ns;
			ts_simulcast_packet(&simulcast, &packet);
		}
}

/* On a long way a lost packet holds up its layer for longer than it takes to find one stopped. */
static void what_waits_for_a_lost_packet_has_not_stopped(void **state)
{
	(void)state;
	begin();
	come(7, 7, 2000);
	assert_int_equal(ts_simulcast_target(&simulcast), F);
	come(3, 7, 1500);
	assert_int_equal(ts_simulcast_target(&simulcast), F);
	come(3, 3, 700);
	assert_int_equal(ts_simulcast_target(&simulcast), H);
	assert_int_equal(ts_simulcast_wanted(&simulcast), 1 << H);
}

static void other_layers_than_agreed_are_dropped(void **state)
{
	(void)state;
	begin();
	packet = (struct ts_packet){.layer = LAYERS, .heard = 0xff, .arrival_ns = now_ns};
	assert_false(ts_simulcast_packet(&simulcast, &packet));
	assert_int_equal(ts_simulcast_target(&simulcast), -1);
	packet = (struct ts_packet){.layer = Q, .heard = 0xff, .arrival_ns = now_ns};
	assert_true(
		ts_simulcast_packet(&simulcast, &packet) || ts_simulcast_target(&simulcast) != Q);
}

/* When F is the target again. */
static int64_t back_after_ms(void)
{
	const int64_t from_ns = now_ns;
	while (ts_simulcast_target(&simulcast) != F && now_ns - from_ns < 1000 * TS_NS_PER_S)
		come(7, 7, 100);
	return (now_ns - from_ns) / MS;
}

static void refuse(void)
{
	ts_simulcast_take(&simulcast, F);
	ts_simulcast_refuse(&simulcast, F);
	come(7, 7, 200);
	assert_int_equal(ts_simulcast_target(&simulcast), H);
	ts_simulcast_take(&simulcast, H);
}

static void what_was_refused_is_tried_again_ever_more_rarely(void **state)
{
	static const int wait_s[] = {10, 20, 40, 80, 160, 320, 320};
	(void)state;
	begin();
	come(7, 7, 2000);
	for (size_t i = 0; i < sizeof wait_s / sizeof wait_s[0]; i++) {
		refuse();
		assert_in_range(back_after_ms(), wait_s[i] * 1000 - 300, wait_s[i] * 1000 + 300);
	}
}

static void what_was_refused_is_tried_again_when_its_size_changes(void **state)
{
	(void)state;
	begin();
	come(7, 7, 2000);
	for (int i = 0; i < 3; i++) {
		refuse();
		come(7, 7, 5000);
		assert_int_equal(ts_simulcast_target(&simulcast), H);
		ts_layers_size(&simulcast.layers, F, 1280 + 16 * i, 720);
		assert_in_range(back_after_ms(), 0, 200);
	}
	refuse(); /* and it counts as another one */
	assert_in_range(back_after_ms(), 9700, 10300);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_waits_for_a_lost_packet_has_not_stopped),
		cmocka_unit_test(other_layers_than_agreed_are_dropped),
		cmocka_unit_test(what_was_refused_is_tried_again_ever_more_rarely),
		cmocka_unit_test(what_was_refused_is_tried_again_when_its_size_changes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
