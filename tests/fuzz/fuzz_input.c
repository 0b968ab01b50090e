/* A file or stream that was brought into a room: what libavformat and the decoders make of it. */
#include "base/clock.h"
#include "codec/media_decoder.h"
#include "container/demuxer.h"
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum { PACKETS_MAX = 64 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *refuse(void *arg, const char *url, struct ts_demuxer_way *out)
{
	(void)arg;
	(void)url;
	(void)out;
	abort(); /* files open nothing */
}

static void drain(struct ts_media_decoder *decoder, enum ts_media media)
{
	const int16_t *pcm;
	AVFrame *frame;
	int64_t time_ns;
	for (int i = 0; i < PACKETS_MAX && media == TS_AUDIO; i++)
		if (ts_media_decoder_sound(decoder, &pcm, &time_ns) <= 0) break;
	for (int i = 0; i < PACKETS_MAX && media == TS_VIDEO; i++) {
		if (ts_media_decoder_picture(decoder, &frame, &time_ns)) break;
		if (!ts_picture_is_allowed(frame->width, frame->height)) abort();
		av_frame_free(&frame);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char why[TS_DEMUXER_WHY];
	struct ts_demuxer *demuxer;
	struct ts_media_decoder *decoder[2] = {NULL, NULL};
	atomic_bool stop = false;
	const int fd = memfd_create("input", MFD_CLOEXEC);
	if (fd < 0 || write(fd, data, size) != (ssize_t)size) abort();
	ts_video_limits.picture_px = 640 * 360; /* large ones only take time */
	const struct ts_demuxer_config config = {.fd = fd,
		.guard = refuse,
		.pixels_max = 8192 * 4608,
		.open_ns = TS_NS_PER_S,
		.read_ns = TS_NS_PER_S,
		.stop = &stop};
	if (!ts_demuxer_open(&demuxer, &config, why)) {
		AVPacket *packet = av_packet_alloc();
		enum ts_media track;
		for (int i = 0; i < 2; i++) {
			const struct AVCodecParameters *p =
				ts_demuxer_info(demuxer)->track[i].parameters;
			if (p) ts_media_decoder_open(&decoder[i], p);
		}
		for (int i = 0; packet && i < PACKETS_MAX; i++) {
			if (ts_demuxer_read(demuxer, packet, &track)) break;
			if (decoder[track]) ts_media_decoder_send(decoder[track], packet);
			if (decoder[track]) drain(decoder[track], track);
			av_packet_unref(packet);
		}
		ts_demuxer_rewind(demuxer);
		av_packet_free(&packet);
	}
	ts_media_decoder_close(&decoder[0]);
	ts_media_decoder_close(&decoder[1]);
	ts_demuxer_close(&demuxer);
	close(fd);
	return 0;
}
