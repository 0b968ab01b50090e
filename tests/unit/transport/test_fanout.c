#include "base/counter.h"
#include "tests/unit/transport/pair.h"
#include "transport/fanout.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

enum { RECEIVERS = 6 };

/* Receivers of nets[1], offering; their servers on nets[0]'s threads send to them. */
struct star {
	struct pair pair[RECEIVERS];
};

static void star_open(struct star *s)
{
	pair_nets(&s->pair[0], 2);
	for (int i = 0; i < RECEIVERS; i++) {
		if (i) {
			memcpy(s->pair[i].nets, s->pair[0].nets, sizeof(s->pair[i].nets));
			for (int k = 0; k < 2; k++) {
				pair_peer_init(&s->pair[i].peer[k]);
				s->pair[i].peer[k].fingerprint = s->pair[0].peer[k].fingerprint;
			}
		}
		pair_start(&s->pair[i], NULL);
	}
	for (int i = 0; i < RECEIVERS; i++)
		for (int k = 0; k < 2; k++)
			assert_true(
				pair_wait(&s->pair[i].peer[k], &s->pair[i].peer[k].connected, 1));
}

static void star_close(struct star *s)
{
	for (int i = RECEIVERS - 1; i >= 0; i--) {
		for (int k = 0; k < 2; k++) pair_close(&s->pair[i].peer[k]);
		if (i == 0) pair_fini(&s->pair[0]);
	}
}

static struct ts_fanout *fanout_of(struct star *s)
{
	struct ts_sender *senders[RECEIVERS];
	struct ts_fanout *fanout;
	for (int i = 0; i < RECEIVERS; i++)
		senders[i] = ts_transport_sender(s->pair[i].peer[0].transport, PAIR_VIDEO);
	assert_int_equal(ts_fanout_create(&fanout, senders, RECEIVERS), 0);
	for (int i = 0; i < RECEIVERS; i++) ts_sender_unref(&senders[i]);
	return fanout;
}

static void one_to_many(void **state)
{
	(void)state;
	enum { UNITS = 30, PAYLOADS = 5 };
	struct star *s = calloc(1, sizeof(*s));
	star_open(s);
	struct ts_fanout *fanout = fanout_of(s);
	const int64_t epoch_ns = ts_now_ns();
	for (int k = 0; k < UNITS; k++) {
		struct ts_au *au = pair_au(PAYLOADS, 1000, (uint8_t)k, k * 3000);
		au->capture_ns = epoch_ns + k * TS_NS_PER_S / 30;
		ts_fanout_send(fanout, au);
		ts_au_unref(&au);
		nanosleep(&(struct timespec){0, 3000000}, NULL);
	}
	uint32_t first_rtp[RECEIVERS];
	for (int i = 0; i < RECEIVERS; i++) {
		struct pair_peer *p = &s->pair[i].peer[1];
		assert_true(pair_wait_got(p, UNITS * PAYLOADS));
		first_rtp[i] = p->got[0].timestamp_rtp;
		for (uint32_t n = 0; n < UNITS * PAYLOADS; n++) {
			assert_int_equal(p->got[n].payload[0], n / PAYLOADS);
			assert_int_equal(p->got[n].payload[1], n % PAYLOADS);
			assert_int_equal(
				p->got[n].timestamp_rtp - first_rtp[i], n / PAYLOADS * 3000);
		}
		/* each has an offset of its own */
		if (i) assert_int_not_equal(first_rtp[i], first_rtp[0]);
	}
	ts_fanout_unref(&fanout);
	star_close(s);
	free(s);
}

/* A receiver that went, and a fanout that outlives everybody: dropped in silence. */
static void receivers_leave(void **state)
{
	(void)state;
	struct star *s = calloc(1, sizeof(*s));
	star_open(s);
	struct ts_fanout *fanout = fanout_of(s);
	pair_close(&s->pair[2].peer[0]);
	struct ts_au *au = pair_au(3, 1000, 1, 0);
	ts_fanout_send(fanout, au);
	for (int i = 0; i < RECEIVERS; i++)
		if (i != 2) assert_true(pair_wait_got(&s->pair[i].peer[1], 3));
	assert_int_equal(pair_n_got(&s->pair[2].peer[1]), 0);
	for (int i = 0; i < RECEIVERS; i++)
		for (int k = 0; k < 2; k++) pair_close(&s->pair[i].peer[k]);
	ts_fanout_send(fanout, au);
	ts_fanout_unref(&fanout);
	star_close(s);
	assert_int_equal(atomic_load(&au->refs.n), 1);
	ts_au_unref(&au);
	free(s);
}

static void nobody(void **state)
{
	(void)state;
	struct ts_fanout *fanout;
	struct ts_au *au = pair_au(1, 10, 0, 0);
	assert_int_equal(ts_fanout_create(&fanout, NULL, 0), 0);
	ts_fanout_send(fanout, au);
	ts_fanout_unref(&fanout);
	assert_null(fanout);
	ts_au_unref(&au);
}

/* A net thread that hangs: its queue fills, units are counted and dropped, nobody waits, nothing
 * leaks. */
static void queue_full(void **state)
{
	(void)state;
	enum { UNITS = 6000, QUEUE = 4096 };
	struct pair pair = {0};
	struct pair_peer *a = &pair.peer[0];
	pair_connect(&pair);
	pthread_mutex_lock(&a->lock);
	a->block_in_packet = true;
	pthread_mutex_unlock(&a->lock);
	pair_send(&pair.peer[1], PAIR_AUDIO, pair_au(1, 10, 0, 0));
	assert_true(pair_wait_got(a, 1));

	struct ts_sender *sender = ts_transport_sender(a->transport, PAIR_VIDEO);
	struct ts_fanout *fanout;
	assert_int_equal(ts_fanout_create(&fanout, &sender, 1), 0);
	int64_t drops = ts_count_get(TS_C_DROP_QUEUE_FULL);
	struct ts_au *au = pair_au(1, 10, 0, 0);
	for (int i = 0; i < UNITS; i++) ts_fanout_send(fanout, au);
	assert_int_equal(ts_count_get(TS_C_DROP_QUEUE_FULL) - drops, UNITS - QUEUE);

	pthread_mutex_lock(&a->lock);
	a->block_in_packet = false;
	pthread_cond_broadcast(&a->changed);
	pthread_mutex_unlock(&a->lock);
	ts_fanout_unref(&fanout);
	ts_sender_unref(&sender);
	pair_fini(&pair);
	assert_int_equal(atomic_load(&au->refs.n), 1);
	ts_au_unref(&au);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nobody),
		cmocka_unit_test(one_to_many),
		cmocka_unit_test(receivers_leave),
		cmocka_unit_test(queue_full),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
