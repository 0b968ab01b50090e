/* pools - the control loop, and the threads that decode, mix and encode. */
#include "base/error.h"
#include "base/log.h"
#include "base/strand.h"
#include "codec/registry.h"
#include "codec/video.h"
#include "mixer/view/gallery.h"
#include "mixer/view/painter.h"
#include "server/server.h"
#include <unistd.h>

enum {
	/* where permitted; audio asks for more (SCHED_RR) first */
	AUDIO_NICE = -10,
	TICK_NICE = -10,
	VIDEO_NICE = -5,
};

static int one_per_core(int threads)
{
	int cores = (int)sysconf(_SC_NPROCESSORS_ONLN);
	return threads ? threads : cores > 0 ? cores : 1;
}

/* Physical memory, in bytes. */
static int64_t machine_memory(void)
{
	int64_t pages = sysconf(_SC_PHYS_PAGES), size = sysconf(_SC_PAGESIZE);
	return pages > 0 && size > 0 ? pages * size : INT64_C(2) << 30;
}

static void limit_pictures(const struct ts_config *config)
{
	int64_t mb = config->media.picture_memory_mb;
	ts_video_limits = (struct ts_video_limits){
		.picture_px = (int64_t)ts_size_macroblocks(config->media.max_picture) * 16 * 16,
		.memory_bytes = mb ? mb << 20 : machine_memory() / 2,
	};
}

/* What cannot be decoded here is not answered, whatever was wished. */
static void choose_codecs(const struct ts_config *config)
{
	const unsigned off = (config->media.vp9 ? 0 : 1u << TS_CODEC_VP9) |
		(config->media.av1 ? 0 : 1u << TS_CODEC_AV1) |
		(config->media.h265 ? 0 : 1u << TS_CODEC_H265);
	const unsigned missing = ts_video_decoders_missing();
	for (enum ts_codec c = 0; c < TS_CODEC_COUNT; c++)
		if ((missing & ~off) >> c & 1)
			ts_warn("codec not answered", "codec=%s error=libavcodec has no decoder",
				ts_codec_info(c)->sdp_name);
	ts_codecs_off = off | missing;
}

int ts_server_start_pools(struct ts_server *server)
{
	const struct ts_pool_config video = {.name = "video",
		.nice = VIDEO_NICE,
		.threads = one_per_core(server->config.media.video_threads)};
	const struct ts_pool_config tick = {
		.name = "tick", .nice = TICK_NICE, .threads = video.threads};
	const struct ts_pool_config audio = {.name = "audio",
		.threads = one_per_core(server->config.media.audio_threads),
		.nice = AUDIO_NICE,
		.realtime = true};
	limit_pictures(&server->config);
	choose_codecs(&server->config);
	int rc = ts_loop_create(&server->engine.control, "control");
	if (!rc) rc = ts_pool_create(&server->engine.video, &video);
	if (!rc) rc = ts_pool_create(&server->engine.tick, &tick);
	if (!rc) rc = ts_pool_create(&server->engine.audio, &audio);
	if (!rc) rc = ts_painter_create(&server->engine.painter, server->engine.video);
	if (!rc) rc = ts_gallery_create(&server->engine.gallery);
	return rc;
}
