#include "container/muxer.h"

#include "base/clock.h"
#include "base/error.h"
#include "container/bytes.h"
#include "container/tracks.h"
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define FRAGMENT_US "1000000"
#define CLUSTER_MS "1000"
#define INTERLEAVE_US 500000

struct ts_muxer {
	AVFormatContext *ctx;
	struct ts_bytes bytes;
	AVPacket *packet;             /* ours, that refers to the caller's for a call */
	AVStream *stream[2];          /* by enum ts_media; NULL: no such track */
	int64_t last[2];              /* in the stream's units; -1: none yet */
	int64_t packets, whole_bytes; /* whole: as of the last write that went well */
	int err;
};

/* ---- life */

static const char *format_of(enum ts_container container)
{
	static const char *const names[TS_CONTAINER_COUNT] = {[TS_CONTAINER_MP4] = "mp4",
		[TS_CONTAINER_WEBM] = "webm",
		[TS_CONTAINER_MKV] = "matroska",
		[TS_CONTAINER_M4A] = "ipod"};
	return names[container];
}

static int write_header(struct ts_muxer *m, const struct ts_muxer_config *config)
{
	AVDictionary *options = NULL;
	char created[32];
	struct tm tm;
	const time_t seconds = (time_t)(config->created_unix_ms / 1000);
	if (!gmtime_r(&seconds, &tm) || !strftime(created, sizeof created, "%FT%TZ", &tm))
		return TS_EINVAL;
	av_dict_set(&m->ctx->metadata, "creation_time", created, 0);
	if (ts_container_is_fragmented(config->container)) {
		av_dict_set(&options, "movflags", "empty_moov+default_base_moof", 0);
		av_dict_set(&options, "frag_duration", FRAGMENT_US, 0);
	} else {
		av_dict_set(&options, "cluster_time_limit", CLUSTER_MS, 0);
	}
	int err = avformat_write_header(m->ctx, &options);
	av_dict_free(&options);
	if (err < 0) return ts_container_error(err);
	avio_flush(m->ctx->pb);
	m->whole_bytes = m->bytes.size;
	return m->bytes.error ? TS_EIO : 0;
}

static int open_file(struct ts_muxer *m, int fd, const struct ts_muxer_config *config)
{
	int err = avformat_alloc_output_context2(&m->ctx, NULL, format_of(config->container), NULL);
	if (err < 0) return ts_container_error(err);
	m->packet = av_packet_alloc();
	m->ctx->pb = ts_bytes_open(&m->bytes, fd, TS_IO_WRITE);
	if (!m->ctx->pb || !m->packet) return TS_ENOMEM;
	m->ctx->flush_packets = 1; /* a fragment that is there is not kept here */
	m->ctx->max_interleave_delta = INTERLEAVE_US;
	err = 0;
	if (config->video.codec) err = ts_add_video(m->ctx, &config->video, &m->stream[TS_VIDEO]);
	if (!err && config->audio.codec)
		err = ts_add_audio(m->ctx, &config->audio,
			!ts_container_is_fragmented(config->container), &m->stream[TS_AUDIO]);
	return err ? err : write_header(m, config);
}

static void destroy(struct ts_muxer **muxer)
{
	struct ts_muxer *m = *muxer;
	*muxer = NULL;
	if (m->ctx) ts_bytes_close(&m->ctx->pb);
	avformat_free_context(m->ctx);
	av_packet_free(&m->packet);
	free(m);
}

static bool fits(const struct ts_muxer_config *c)
{
	const enum ts_codec v = c->video.codec, a = c->audio.codec;
	return (v || a) && (!v || ts_container_holds(c->container, v)) &&
		(!a || ts_container_holds(c->container, a));
}

int ts_muxer_open(struct ts_muxer **out, int fd, const struct ts_muxer_config *config)
{
	*out = NULL;
	if (!fits(config)) return TS_EINVAL;
	struct ts_muxer *m = calloc(1, sizeof *m);
	if (!m) return TS_ENOMEM;
	m->last[TS_AUDIO] = m->last[TS_VIDEO] = -1;
	int err = open_file(m, fd, config);
	if (err)
		destroy(&m);
	else
		*out = m;
	return err;
}

/* ---- packets */

/* What is left of a write that failed would keep readers from what was whole. */
static int give_up(struct ts_muxer *m, int err)
{
	m->err = m->bytes.error ? TS_EIO : err;
	if (ftruncate(m->bytes.fd, m->whole_bytes)) m->err = TS_EIO;
	m->bytes.size = m->whole_bytes;
	return m->err;
}

int ts_muxer_write(struct ts_muxer *m, enum ts_media track, const AVPacket *packet, int64_t time_ns,
	int64_t duration_ns)
{
	static const AVRational ns = {1, TS_NS_PER_S};
	AVStream *s = m->stream[track];
	if (m->err || !s) return m->err ? m->err : TS_EINVAL;
	if (av_packet_ref(m->packet, packet) < 0) return TS_ENOMEM;
	int64_t ahead_ns = 0;
#if LIBAVFORMAT_VERSION_MAJOR < 61
	/* FFmpeg 5 leaves it to whoever writes Matroska: readers take the delay off again */
	ahead_ns = s->codecpar->initial_padding * TS_NS_PER_S / TS_AUDIO_RATE_HZ;
#endif
	int64_t at = av_rescale_q(time_ns + ahead_ns, ns, s->time_base);
	if (at <= m->last[track]) at = m->last[track] + 1;
	m->last[track] = at;
	m->packet->pts = m->packet->dts = at;
	m->packet->duration = av_rescale_q(duration_ns, ns, s->time_base);
	m->packet->stream_index = s->index;
	m->packets++;
	int err = av_interleaved_write_frame(m->ctx, m->packet); /* takes the reference */
	if (err < 0 || m->bytes.error) return give_up(m, ts_container_error(err));
	m->whole_bytes = m->bytes.size;
	return 0;
}

int64_t ts_muxer_bytes(const struct ts_muxer *m)
{
	return m->bytes.size;
}

int64_t ts_muxer_packets(const struct ts_muxer *m)
{
	return m->packets;
}

int ts_muxer_close(struct ts_muxer **muxer)
{
	struct ts_muxer *m = *muxer;
	if (!m) return 0;
	int err = m->err;
	/* after an error too: it frees what libavformat keeps; nothing reaches the file */
	if (err) m->bytes.fd = -1;
	int trailer = av_write_trailer(m->ctx);
	if (!err && (trailer < 0 || m->bytes.error)) err = give_up(m, ts_container_error(trailer));
	destroy(muxer);
	return err;
}
