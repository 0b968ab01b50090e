#include "control/rooms/summary.h"
#include "tests/unit/base/cmocka_all.h"

static void nothing_happened(void **state)
{
	const struct ts_participant_info info = {.audio_codec = TS_CODEC_OPUS,
		.audio_sent_codec = TS_CODEC_OPUS}; /* agreed, and never used */
	struct ts_summary s;
	(void)state;
	ts_summary_of(&s, &info);
	assert_int_equal(s.audio.in, TS_CODEC_NONE);
	assert_int_equal(s.audio.out, TS_CODEC_NONE);
	assert_true(s.audio.loss_in < 0 && s.audio.loss_out < 0 && s.audio.rtt_ms < 0);
	assert_true(s.audio.mos_in <= 0 && s.audio.mos_out <= 0);
	assert_int_equal(s.video.in, TS_CODEC_NONE);
}

static struct ts_participant_info call(uint64_t in, uint64_t lost, uint64_t restored)
{
	return (struct ts_participant_info){.audio_codec = TS_CODEC_PCMU,
		.audio_sent_codec = TS_CODEC_PCMU,
		.audio_stats = {.packets_in = in,
			.bytes_in = 160 * in,
			.lost = lost,
			.restored = restored,
			.packets_out = 100,
			.jitter_us = 2500},
		.network = {.rtt_us = 30000}};
}

static void counts_losses(void **state)
{
	struct ts_participant_info info = call(900, 100, 0);
	struct ts_summary s, restored, clean;
	(void)state;
	ts_summary_of(&s, &info);
	assert_true(s.audio.loss_in > 0.0999 && s.audio.loss_in < 0.1001);
	assert_true(s.audio.jitter_ms > 2.49 && s.audio.jitter_ms < 2.51);
	assert_true(s.audio.rtt_ms > 29.9 && s.audio.rtt_ms < 30.1);
	assert_true(s.audio.loss_out < 0); /* nobody reported */
	info = call(900, 0, 100);
	ts_summary_of(&restored, &info);
	assert_true(restored.audio.loss_in >= 0 && restored.audio.loss_in < 1e-9);
	info = call(1000, 0, 0);
	ts_summary_of(&clean, &info);
	assert_true(clean.audio.mos_in > 4.2 && clean.audio.mos_in < 4.5);
	assert_true(s.audio.mos_in > 1 && s.audio.mos_in < clean.audio.mos_in - 0.5);
	info.network.audio_reports = 3;
	info.network.audio_loss_permille = 200;
	ts_summary_of(&s, &info);
	assert_true(s.audio.loss_out > 0.199 && s.audio.loss_out < 0.201);
	assert_true(s.audio.mos_out < clean.audio.mos_out - 0.5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_happened), cmocka_unit_test(counts_losses)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
