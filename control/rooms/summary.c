#include "control/rooms/summary.h"
#include "mixer/audio/mos.h"
#include <string.h>

/* of 20 ms, a tick of the mix, and Opus' look-ahead with a sound card's buffer; then the other
 * side's leg */
#define FRAME_TICK_CARD_MS 60.0
#define OTHER_LEG_MS 80.0

static double share(uint64_t part, uint64_t rest)
{
	return part + rest ? (double)part / (double)(part + rest) : -1;
}

static void fill(struct ts_media_summary *out, const struct ts_media_stats *stats)
{
	*out = (struct ts_media_summary){.packets_in = stats->packets_in,
		.bytes_in = stats->bytes_in,
		.packets_out = stats->packets_out,
		.bytes_out = stats->bytes_out,
		.lost = stats->lost,
		.loss_in = share(stats->lost, stats->packets_in + stats->restored),
		.loss_out = -1,
		.jitter_ms = stats->jitter_us / 1000.0,
		.rtt_ms = stats->rtt_us ? stats->rtt_us / 1000.0 : -1};
}

static double mos_of(const struct ts_mos_line *line)
{
	struct ts_mos mos;
	if (line->codec == TS_CODEC_NONE) return 0;
	ts_mos_estimate(&mos, line);
	return mos.mos;
}

/* A codec without a packet is what was agreed, not what happened. */
static enum ts_codec used(enum ts_codec codec, uint64_t packets)
{
	return packets ? codec : TS_CODEC_NONE;
}

void ts_summary_of(struct ts_summary *out, const struct ts_participant_info *info)
{
	const struct ts_network *net = &info->network;
	struct ts_media_summary *audio = &out->audio, *video = &out->video;
	fill(audio, &info->audio_stats);
	fill(video, &info->video_stats);
	if (audio->rtt_ms < 0 && net->rtt_us) audio->rtt_ms = net->rtt_us / 1000.0;
	if (video->rtt_ms < 0 && net->rtt_us) video->rtt_ms = net->rtt_us / 1000.0;
	const double half_trip_ms = audio->rtt_ms > 0 ? audio->rtt_ms / 2 : 0;
	audio->in = used(info->audio_codec, audio->packets_in);
	audio->out = used(info->audio_sent_codec, audio->packets_out);
	video->in = used(info->camera.codec, video->packets_in);
	video->out = used(info->receives_codec, video->packets_out);
	if (net->audio_reports) audio->loss_out = net->audio_loss_permille / 1000.0;
	if (net->reports) video->loss_out = net->loss_permille / 1000.0;
	const struct ts_mos_line in = {.codec = audio->in,
		.loss = audio->loss_in > 0 ? audio->loss_in : 0,
		.fec = info->audio_fec,
		.burst = 1,
		.delay_ms = half_trip_ms + (double)info->latency.jitter_buffer_ns / 1e6 +
			FRAME_TICK_CARD_MS + OTHER_LEG_MS};
	const struct ts_mos_line to = {.codec = audio->out,
		.loss = audio->loss_out > 0 ? audio->loss_out : 0,
		.copies = info->audio_sent_red,
		.fec = info->audio_sent_fec,
		.burst = 1,
		.delay_ms = half_trip_ms + 2 * net->audio_jitter_us / 1000.0 + FRAME_TICK_CARD_MS +
			OTHER_LEG_MS};
	audio->mos_in = mos_of(&in);
	audio->mos_out = mos_of(&to);
}
