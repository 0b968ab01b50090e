#include "mixer/audio/mos.h"
#include "tests/unit/base/cmocka_all.h"

#include <limits.h>
#include <math.h>

static struct ts_mos of(enum ts_codec codec, double loss, double burst, double delay_ms)
{
	struct ts_mos out;
	const struct ts_mos_line line = {
		.codec = codec, .loss = loss, .burst = burst, .delay_ms = delay_ms};
	ts_mos_estimate(&out, &line);
	return out;
}

static void assert_near(double is, double want, double tolerance)
{
	if (!(fabs(is - want) <= tolerance)) fail_msg("%g is not %g +- %g", is, want, tolerance);
}

static void the_default_line_has_the_default_rating(void **state)
{
	(void)state;
	const struct ts_mos m = of(TS_CODEC_PCMA, 0, 1, 0);
	assert_near(m.r, 93.2, 1e-9);
	assert_near(m.mos, 4.41, 0.005); /* G.107 table B.1 */
	/* G.113 table I.1, I.4: Ie 11, Bpl 19 */
	assert_near(of(TS_CODEC_G729, 0, 1, 0).r, 82.2, 1e-9);
	assert_near(of(TS_CODEC_G729, 0.02, 1, 0).r, 82.2 - 84 * 2 / 21.0, 1e-6);
}

/* Figures of the formulas of G.107, worked out by hand. */
static void delay_and_loss_cost_what_the_model_says(void **state)
{
	(void)state;
	static const struct {
		double loss, delay_ms, r;
	} table[] = {
		{0, 100, 93.2},   /* nothing up to 100 ms */
		{0, 200, 90.2},   /* X = 1: 25 (2^(1/6) - 3 (1 + 3^-6)^(1/6) + 2) = 3.04 */
		{0, 400, 69.2},   /* X = 2: 24.0 */
		{0.01, 0, 89.56}, /* 95 x 1 / (1 + 25.1) */
		{0.05, 0, 77.42}, /* 95 x 5 / (5 + 25.1) */
		{0.1, 0, 66.13},
	};
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		assert_near(
			of(TS_CODEC_PCMU, table[i].loss, 1, table[i].delay_ms).r, table[i].r, 0.15);
}

static void more_is_never_better(void **state)
{
	(void)state;
	double before = 5;
	for (double loss = 0; loss <= 1; loss += 0.01) {
		const double mos = of(TS_CODEC_PCMA, loss, 1, 150).mos;
		assert_true(mos <= before + 1e-9 && mos >= 1);
		before = mos;
	}
	before = 5;
	for (double ms = 0; ms < 3000; ms += 10) {
		const double mos = of(TS_CODEC_PCMA, 0, 1, ms).mos;
		assert_true(mos <= before + 1e-9 && mos >= 1);
		before = mos;
	}
	assert_true(of(TS_CODEC_PCMA, 0.05, 4, 0).mos < of(TS_CODEC_PCMA, 0.05, 1, 0).mos);
}

static void fec_and_copies_repair_single_losses_alone(void **state)
{
	static const struct {
		enum ts_codec codec;
		bool fec;
		unsigned copies;
		double burst, left;
	} rows[] = {
		{TS_CODEC_OPUS, false, 0, 1, 0.1},
		{TS_CODEC_OPUS, true, 0, 1, 0.01},
		{TS_CODEC_OPUS, false, 1, 1, 0.01},
		{TS_CODEC_OPUS, true, 2, 1, 0.0001},
		{TS_CODEC_OPUS, true, UINT_MAX, 1, 0},
		{TS_CODEC_PCMA, true, 0, 1, 0.1}, /* it has none */
		{TS_CODEC_OPUS, true, 2, 4, -1},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ts_mos out;
		const struct ts_mos_line line = {.codec = rows[i].codec,
			.loss = 0.1,
			.burst = rows[i].burst,
			.fec = rows[i].fec,
			.copies = rows[i].copies};
		ts_mos_estimate(&out, &line);
		const double want = rows[i].left < 0 ? of(TS_CODEC_PCMA, 0.1, 4, 0).r
						     : of(TS_CODEC_PCMA, rows[i].left, 1, 0).r;
		assert_near(out.r, want, 1e-6);
	}
}

static void nonsense_is_in_range(void **state)
{
	(void)state;
	static const double odd[] = {-1, 0, 1, 2, 1e300, NAN, INFINITY, -INFINITY};
	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++)
		for (size_t k = 0; k < sizeof(odd) / sizeof(odd[0]); k++) {
			const struct ts_mos m = of(TS_CODEC_NONE, odd[i], odd[k], odd[(i + k) % 8]);
			assert_true(m.mos >= 1 && m.mos <= 4.5 && m.r >= 0 && m.r <= 93.2);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_default_line_has_the_default_rating),
		cmocka_unit_test(delay_and_loss_cost_what_the_model_says),
		cmocka_unit_test(more_is_never_better),
		cmocka_unit_test(fec_and_copies_repair_single_losses_alone),
		cmocka_unit_test(nonsense_is_in_range),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
