/* The estimate against a simulated bottleneck. TS_PLOTS=folder writes each run as NAME.csv there
 * and prints its figures: make plots. */
#include "tests/unit/transport/rtp/flows.h"
#include "tests/unit/transport/rtp_make.h"

#include <stdio.h>
#include <stdlib.h>

#define KBIT 1000
#define MS TS_NS_PER_MS
#define S TS_NS_PER_S

static struct ts_flows_result result;

static void write_csv(const struct ts_flows_config *c)
{
	char path[512];
	snprintf(path, sizeof(path), "%s/%s.csv", getenv("TS_PLOTS"), c->name);
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	fprintf(f, "s,link_bps,wait_ms");
	for (int k = 0; k < c->n_flows; k++) fprintf(f, ",target_%d,arrived_%d", k, k);
	fprintf(f, "\n");
	for (int i = 0; i < result.n_samples; i++) {
		const struct ts_flow_sample *s = &result.sample[0][i];
		fprintf(f, "%.1f,%u,%u", (i + 1) / 10.0, s->link_bps, s->wait_ms);
		for (int k = 0; k < c->n_flows; k++)
			fprintf(f, ",%u,%u", result.sample[k][i].target_bps,
				result.sample[k][i].arrived_bps);
		fprintf(f, "\n");
	}
	fclose(f);
}

static void run(const struct ts_flows_config *c)
{
	ts_flows_run(c, &result);
	if (!getenv("TS_PLOTS")) return;
	write_csv(c);
	print_message("%-14s", c->name);
	for (int k = 0; k < c->n_flows; k++)
		print_message(" flow %d: target %4.0f arrived %4.0f kbit/s;", k,
			ts_flows_target_bps(&result, k, c->lasts_ns / 2e9, 1e9) / 1000,
			ts_flows_arrived_bps(&result, k, c->lasts_ns / 2e9, 1e9) / 1000);
	print_message(
		" wait p50 %d p95 %d max %d ms, by time p95 %d; probes %d dropped %u lost %u\n",
		ts_flows_wait_ms(&result, 0.5), ts_flows_wait_ms(&result, 0.95),
		ts_flows_wait_ms(&result, 1), ts_flows_wait_time_ms(&result, 0.95), result.n_probes,
		(unsigned)result.dropped, (unsigned)result.lost);
}

/* 80 ms there and back, a queue of 64 kB, a minute, one flow that wants 5 Mbit/s. */
#define LINK(NAME, BPS)                                                         \
	.name = (NAME), .bps = (BPS), .lasts_ns = 60 * S, .queue_bytes = 64000, \
	.delay_ns = 40 * MS, .n_flows = 1, .flow = {{.wanted_bps = 5000 * KBIT}}

static void steady(void **state)
{
	static const struct ts_flows_config links[] = {
		{LINK("steady-500", 500 * KBIT)},
		{LINK("steady-1500", 1500 * KBIT)},
		{LINK("steady-3000", 3000 * KBIT)},
	};
	(void)state;
	for (size_t i = 0; i < TS_ARRAY_LEN(links); i++) {
		double link = links[i].bps;
		run(&links[i]);
		assert_true(ts_flows_reaches_s(&result, 0, 0.66 * link, 0) < 5);
		assert_true(ts_flows_arrived_bps(&result, 0, 10, 60) > 0.75 * link);
		assert_true(ts_flows_wait_ms(&result, 0.95) < 100);
	}
}

/* A link that swings: back at two thirds of it in time, and little in the queue. */
static void steps(void **state)
{
	static const struct ts_flows_config c = {.name = "steps",
		.bps = 3000 * KBIT,
		.low_bps = 300 * KBIT,
		.period_ns = 15 * S,
		.lasts_ns = 180 * S,
		.queue_bytes = 64000,
		.delay_ns = 40 * MS,
		.n_flows = 1,
		.flow = {{.wanted_bps = 3000 * KBIT}}};
	(void)state;
	run(&c);
	for (int t = 30; t < 180; t += 30) {
		assert_true(ts_flows_reaches_s(&result, 0, 2000 * KBIT, t) < 15);
		assert_true(ts_flows_arrived_bps(&result, 0, t - 10, t) > 150 * KBIT);
	}
	assert_true(ts_flows_wait_ms(&result, 0.95) < 150);
}

static void random_loss(void **state)
{
	static const struct ts_flows_config links[] = {
		{LINK("loss-3", 1500 * KBIT), .loss = 0.03},
		{LINK("loss-6", 1500 * KBIT), .loss = 0.06},
		{LINK("loss-10", 1500 * KBIT), .loss = 0.1},
	};
	(void)state;
	for (size_t i = 0; i < TS_ARRAY_LEN(links); i++) {
		run(&links[i]);
		assert_true(ts_flows_target_bps(&result, 0, 15, 60) > 0.6 * links[i].bps);
		assert_true(ts_flows_wait_ms(&result, 0.95) < 150);
	}
}

/* A policer: what is too much is lost, and nothing waits. */
static void policer(void **state)
{
	static const struct ts_flows_config c = {.name = "policer",
		.bps = 1000 * KBIT,
		.lasts_ns = 180 * S,
		.queue_bytes = 3000,
		.delay_ns = 40 * MS,
		.n_flows = 1,
		.flow = {{.wanted_bps = 5000 * KBIT}}};
	(void)state;
	run(&c);
	assert_true(ts_flows_arrived_bps(&result, 0, 10, 180) > 0.6 * c.bps);
	for (int s = 10; s < 180; s += 10)
		assert_true(ts_flows_target_bps(&result, 0, s, s + 10) < 1.1 * c.bps);
}

static void bufferbloat(void **state)
{
	static const struct ts_flows_config c = {.name = "bufferbloat",
		.bps = 1000 * KBIT,
		.lasts_ns = 60 * S,
		.queue_bytes = 250000,
		.delay_ns = 40 * MS,
		.n_flows = 1,
		.flow = {{.wanted_bps = 5000 * KBIT}}};
	(void)state;
	run(&c);
	assert_true(ts_flows_arrived_bps(&result, 0, 10, 60) > 0.75 * c.bps);
	assert_true(ts_flows_wait_ms(&result, 0.95) < 150);
}

static void jitter(void **state)
{
	static const struct ts_flows_config c = {LINK("jitter", 1500 * KBIT), .jitter_ns = 20 * MS};
	(void)state;
	run(&c);
	assert_true(ts_flows_arrived_bps(&result, 0, 15, 60) > 0.75 * c.bps);
	assert_true(ts_flows_wait_ms(&result, 0.95) < 150);
}

/* Nothing leaves for 60 ms, twice a second. */
static void wifi(void **state)
{
	static const struct ts_flows_config c = {
		LINK("wifi", 2000 * KBIT), .stall_ns = 60 * MS, .stall_every_ns = 500 * MS};
	(void)state;
	run(&c);
	assert_true(ts_flows_arrived_bps(&result, 0, 15, 60) > 0.6 * c.bps * 0.88);
}

/* A still picture on a good link: nothing is known of what lies above, until a probe is asked. */
static void little_to_send(void **state)
{
	static struct ts_flows_config c = {LINK("little", 3000 * KBIT)};
	(void)state;
	c.flow[0] = (struct ts_flow_config){.app_bps = 150 * KBIT, .start_bps = 400 * KBIT};
	run(&c);
	for (int i = 20; i < result.n_samples; i++) {
		assert_true(result.sample[0][i].app_limited);
		assert_int_equal(result.sample[0][i].target_bps, 400 * KBIT);
	}
	assert_int_equal(result.n_probes, 0);
	c.name = "little-probed";
	c.flow[0].wanted_bps = 2500 * KBIT;
	run(&c);
	assert_true(ts_flows_reaches_s(&result, 0, 2500 * KBIT, 0) < 5);
	assert_true(ts_flows_target_bps(&result, 0, 10, 60) < 3300 * KBIT);
	assert_true(ts_flows_arrived_bps(&result, 0, 10, 60) < 160 * KBIT);
}

static void little_on_jitter(void **state)
{
	static const struct ts_flows_config c = {.name = "little-jitter",
		.bps = 3000 * KBIT,
		.lasts_ns = 60 * S,
		.queue_bytes = 64000,
		.delay_ns = 40 * MS,
		.jitter_ns = 20 * MS,
		.n_flows = 1,
		.flow = {{.app_bps = 150 * KBIT, .wanted_bps = 2500 * KBIT}}};
	(void)state;
	run(&c);
	assert_true(ts_flows_target_bps(&result, 0, 20, 60) > 500 * KBIT);
}

/* Two of ours and a TCP-like flow, through short and long queues: a quarter for each at least. */
static void fairness(void **state)
{
	static const struct {
		const char *name;
		uint32_t queue_bytes;
		int64_t tcp_begins_ns;
	} rows[] = {{"fairness-25", 25000, 10 * S}, {"fairness-50", 50000, 10 * S},
		{"fairness-100", 100000, 10 * S}, {"fairness-first", 50000, 0},
		{"fairness-last", 50000, 33 * S}};
	(void)state;
	for (size_t i = 0; i < TS_ARRAY_LEN(rows); i++) {
		struct ts_flows_config c = {.name = rows[i].name,
			.bps = 2000 * KBIT,
			.lasts_ns = 240 * S,
			.queue_bytes = rows[i].queue_bytes,
			.delay_ns = 25 * MS,
			.n_flows = 3,
			.flow = {{.wanted_bps = 1500 * KBIT},
				{.wanted_bps = 1500 * KBIT, .begins_ns = 5 * S},
				{.tcp = true, .begins_ns = rows[i].tcp_begins_ns}}};
		run(&c);
		for (int k = 0; k < 3; k++)
			if (ts_flows_arrived_bps(&result, k, 60, 240) < 500 * KBIT)
				fail_msg("%s: flow %d gets %.0f kbit/s", c.name, k,
					ts_flows_arrived_bps(&result, k, 60, 240) / 1000);
	}
}

/* The same with pictures in steps of a ladder: on a low one little is sent, and only probes find
 * what more there is. */
static void fairness_of_steps(void **state)
{
	static const uint32_t queues[] = {25000, 50000, 75000, 100000};
	(void)state;
	for (size_t i = 0; i < TS_ARRAY_LEN(queues); i++)
		for (int percent = 60; percent <= 100; percent += 20) {
			char name[32];
			snprintf(name, sizeof(name), "steps-%u-%d", queues[i] / 1000, percent);
			struct ts_flows_config c = {.name = name,
				.bps = 2000 * KBIT,
				.lasts_ns = 240 * S,
				.queue_bytes = queues[i],
				.delay_ns = 20 * MS,
				.n_flows = 3,
				.flow = {{.ladder_percent = (uint32_t)percent},
					{.ladder_percent = (uint32_t)percent, .begins_ns = 5 * S},
					{.tcp = true, .begins_ns = 8 * S}}};
			run(&c);
			double least = 400 * KBIT;
			for (int k = 0; k < 3; k++)
				if (ts_flows_arrived_bps(&result, k, 60, 240) < least)
					fail_msg("%s: flow %d gets %.0f kbit/s", name, k,
						ts_flows_arrived_bps(&result, k, 60, 240) / 1000);
		}
}

static void two_of_ours(void **state)
{
	static const struct ts_flows_config c = {.name = "two",
		.bps = 2000 * KBIT,
		.lasts_ns = 120 * S,
		.queue_bytes = 64000,
		.delay_ns = 40 * MS,
		.n_flows = 2,
		.flow = {{.wanted_bps = 2500 * KBIT},
			{.wanted_bps = 2500 * KBIT, .begins_ns = 20 * S}}};
	(void)state;
	run(&c);
	for (int k = 0; k < 2; k++)
		assert_true(ts_flows_arrived_bps(&result, k, 60, 120) > 500 * KBIT);
}

static void lost_feedback(void **state)
{
	static const struct ts_flows_config c = {
		LINK("feedback-30", 1500 * KBIT), .feedback_loss = 0.3};
	(void)state;
	run(&c);
	assert_true(ts_flows_arrived_bps(&result, 0, 10, 60) > 0.7 * c.bps);
	assert_true(ts_flows_wait_ms(&result, 0.95) < 150);
}

static void clock_drift(void **state)
{
	static const double ppm[] = {-500, 500};
	(void)state;
	for (size_t i = 0; i < TS_ARRAY_LEN(ppm); i++) {
		struct ts_flows_config c = {LINK("drift-500", 1500 * KBIT), .clock_ppm = ppm[i]};
		run(&c);
		assert_true(ts_flows_arrived_bps(&result, 0, 10, 60) > 0.75 * c.bps);
		assert_true(ts_flows_wait_ms(&result, 0.95) < 100);
	}
}

static void clock_jump(void **state)
{
	static const int64_t jumps[] = {-10 * S, -100 * MS, 100 * MS, 10 * S};
	(void)state;
	for (size_t i = 0; i < TS_ARRAY_LEN(jumps); i++) {
		struct ts_flows_config c = {
			LINK("clock-jump", 1500 * KBIT), .clock_jumps_ns = jumps[i]};
		run(&c);
		assert_true(ts_flows_arrived_bps(&result, 0, 10, 60) > 0.7 * c.bps);
		assert_true(ts_flows_wait_ms(&result, 0.95) < 100);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(steady),
		cmocka_unit_test(steps),
		cmocka_unit_test(random_loss),
		cmocka_unit_test(policer),
		cmocka_unit_test(bufferbloat),
		cmocka_unit_test(jitter),
		cmocka_unit_test(wifi),
		cmocka_unit_test(little_to_send),
		cmocka_unit_test(little_on_jitter),
		cmocka_unit_test(fairness),
		cmocka_unit_test(fairness_of_steps),
		cmocka_unit_test(two_of_ours),
		cmocka_unit_test(lost_feedback),
		cmocka_unit_test(clock_drift),
		cmocka_unit_test(clock_jump),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
