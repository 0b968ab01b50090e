#include "container/seekable.h"

#include "base/clock.h"
#include "base/error.h"
#include "container/bytes.h"
#include <libavcodec/packet.h>
#include <stdio.h>

/* Of a packet in the index at most: its time, size, chunk, and whether it is a keyframe. */
enum { INDEX_BYTES = 40, INDEX_BASE_BYTES = 64 * 1024, STREAMS_MAX = 4 };

struct reader {
	AVFormatContext *ctx;
	AVIOContext *pb;
	struct ts_bytes bytes;
};

static void close_reader(struct reader *r)
{
	avformat_close_input(&r->ctx);
	ts_bytes_close(&r->pb);
}

static int open_reader(struct reader *r, int fd)
{
	*r = (struct reader){.ctx = avformat_alloc_context()};
	r->pb = ts_bytes_open(&r->bytes, fd, TS_IO_READ);
	if (!r->ctx || !r->pb) {
		avformat_free_context(r->ctx);
		r->ctx = NULL;
		close_reader(r);
		return TS_ENOMEM;
	}
	r->ctx->pb = r->pb;
	/* frees ctx where it fails */
	int err = avformat_open_input(&r->ctx, "", av_find_input_format("mov"), NULL);
	if (err >= 0 && r->ctx->nb_streams >= 1 && r->ctx->nb_streams <= STREAMS_MAX) return 0;
	close_reader(r);
	return err < 0 ? ts_container_error(err) : TS_EBADMSG;
}

static int read_packet(struct reader *r, AVPacket *packet, const atomic_bool *stop)
{
	if (atomic_load_explicit(stop, memory_order_relaxed)) return TS_ECLOSED;
	const int err = av_read_frame(r->ctx, packet);
	if (err == AVERROR_EOF) return TS_EAGAIN;
	return err < 0 ? ts_container_error(err) : 0;
}

static int count_packets(int fd, AVPacket *packet, const atomic_bool *stop, int64_t *out)
{
	struct reader r;
	int err = open_reader(&r, fd);
	if (err) return err;
	*out = 0;
	while (!(err = read_packet(&r, packet, stop))) {
		++*out;
		av_packet_unref(packet);
	}
	close_reader(&r);
	return err == TS_EAGAIN || err == TS_EBADMSG ? 0 : err;
}

static int copy_streams(AVFormatContext *to, const AVFormatContext *from)
{
	for (unsigned i = 0; i < from->nb_streams; i++) {
		const AVStream *in = from->streams[i];
		AVStream *out = avformat_new_stream(to, NULL);
		if (!out || avcodec_parameters_copy(out->codecpar, in->codecpar) < 0)
			return TS_ENOMEM;
		out->codecpar->codec_tag = 0;
		out->time_base = in->time_base;
		out->avg_frame_rate = in->avg_frame_rate;
	}
	return av_dict_copy(&to->metadata, from->metadata, 0) < 0 ? TS_ENOMEM : 0;
}

static int copy_packets(AVFormatContext *to, struct reader *from, AVPacket *packet,
	const atomic_bool *stop, int64_t *duration_ns)
{
	static const AVRational ns = {1, TS_NS_PER_S};
	int err;
	while (!(err = read_packet(from, packet, stop))) {
		const AVStream *in = from->ctx->streams[packet->stream_index];
		const AVStream *out = to->streams[packet->stream_index];
		const int64_t end = av_rescale_q(packet->pts + packet->duration, in->time_base, ns);
		if (end > *duration_ns) *duration_ns = end;
		av_packet_rescale_ts(packet, in->time_base, out->time_base);
		packet->pos = -1;
		err = av_interleaved_write_frame(to, packet);
		if (err < 0) return ts_container_error(err);
	}
	/* the last fragment of a process that was killed may be cut off */
	return err == TS_EAGAIN || err == TS_EBADMSG ? 0 : err;
}

static int write_file(AVFormatContext *to, struct reader *from, AVPacket *packet, int64_t packets,
	const atomic_bool *stop, int64_t *duration_ns)
{
	char moov[24];
	AVDictionary *options = NULL;
	int err = copy_streams(to, from->ctx);
	if (err) return err;
	snprintf(moov, sizeof moov, "%lld", (long long)(INDEX_BASE_BYTES + packets * INDEX_BYTES));
	av_dict_set(&options, "moov_size", moov, 0);
	err = avformat_write_header(to, &options);
	av_dict_free(&options);
	if (err < 0) return ts_container_error(err);
	const int copied = copy_packets(to, from, packet, stop, duration_ns);
	err = av_write_trailer(to);
	return copied ? copied : err < 0 ? ts_container_error(err) : 0;
}

int ts_seekable_run(int in_fd, int out_fd, enum ts_container container, int64_t packets,
	const atomic_bool *stop, struct ts_seekable_result *result)
{
	struct reader from = {0};
	struct ts_bytes bytes = {0};
	AVFormatContext *to = NULL;
	AVPacket *packet = av_packet_alloc();
	const char *format = container == TS_CONTAINER_M4A ? "ipod" : "mp4";
	*result = (struct ts_seekable_result){0};
	int err = packet ? 0 : TS_ENOMEM;
	if (!err && !packets) err = count_packets(in_fd, packet, stop, &packets);
	if (!err) err = open_reader(&from, in_fd);
	if (!err && avformat_alloc_output_context2(&to, NULL, format, NULL) < 0) err = TS_ENOMEM;
	if (!err && !(to->pb = ts_bytes_open(&bytes, out_fd, TS_IO_WRITE))) err = TS_ENOMEM;
	if (!err) err = write_file(to, &from, packet, packets, stop, &result->duration_ns);
	if (!err && bytes.error) err = TS_EIO;
	result->bytes = bytes.size;
	if (to) ts_bytes_close(&to->pb);
	avformat_free_context(to);
	close_reader(&from);
	av_packet_free(&packet);
	return err;
}
