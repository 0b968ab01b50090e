#include "mixer/sink/coded_file.h"

#include "base/clock.h"
#include "base/counter.h"
#include "base/error.h"
#include "base/log.h"
#include "container/remux.h"
#include <errno.h>
#include <fcntl.h>
#include <libavutil/avutil.h>
#include <string.h>
#include <unistd.h>

void ts_coded_file_init(
	struct ts_coded_file *f, const struct ts_track_config *config, const char *name)
{
	*f = (struct ts_coded_file){
		.config = config, .name = name, .fd = -1, .waits = config->media == TS_VIDEO};
}

static void look(struct ts_coded_file *f)
{
	const int64_t bytes = ts_remux_bytes(f->remux);
	ts_count_add(TS_C_RECORDING_BYTES, bytes - f->info.bytes);
	f->info.bytes = bytes;
	f->info.packets = ts_remux_packets(f->remux);
}

static bool open_file(struct ts_coded_file *f, const struct ts_coded_unit *unit)
{
	const struct ts_track_config *c = f->config;
	const int64_t at_ns = unit->packet->pts;
	f->fd = openat(
		c->folder, f->name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0640);
	if (f->fd < 0) {
		ts_error("recording not begun", "file=%s error=%s", f->name, strerror(errno));
		return false;
	}
	if (ts_remux_open(&f->remux, f->fd, unit->format,
		    c->unix_ms + (at_ns - c->now_ns) / TS_NS_PER_MS)) {
		close(f->fd);
		unlinkat(c->folder, f->name, 0);
		return false;
	}
	f->format = ts_coded_format_ref(unit->format);
	f->info.codec = ts_coded_format_name(unit->format);
	f->info.first_ns = f->info.last_ns = at_ns;
	ts_coded_format_size(unit->format, &f->info.width, &f->info.height);
	ts_count(TS_C_RECORDING_TRACKS);
	return true;
}

/* False: it is left out. */
static bool is_usable(struct ts_coded_file *f, const struct ts_coded_unit *unit)
{
	const bool video = f->config->media == TS_VIDEO;
	const uint64_t missing = f->remux ? unit->number - f->number - 1 : 0;
	f->number = unit->number;
	f->info.lost += (int64_t)missing;
	f->waits |= video && missing;
	if (video && unit->packet->flags & AV_PKT_FLAG_KEY) f->waits = false;
	if (f->waits) return false;
	/* pictures that are shown before the first keyframe refer to what is not here */
	return !f->remux || unit->packet->pts >= f->info.first_ns;
}

enum ts_track_end ts_coded_file_write(struct ts_coded_file *f, const struct ts_coded_unit *unit)
{
	if (f->remux && !ts_coded_format_same(f->format, unit->format)) return TS_TRACK_OTHER_CODEC;
	if (!ts_coded_format_fits(unit->format)) {
		if (!f->told)
			ts_info("track left out", "file=%s codec=%s why=Matroska has no such codec",
				f->name, ts_coded_format_name(unit->format));
		f->told = true;
		return TS_TRACK_RUNS;
	}
	if (!is_usable(f, unit)) return TS_TRACK_RUNS;
	if (!f->remux && !open_file(f, unit)) return TS_TRACK_FAILED;
	/* its own, so that the times may be those of the file */
	AVPacket *packet = av_packet_clone(unit->packet);
	if (!packet) return TS_TRACK_FAILED;
	packet->pts -= f->info.first_ns;
	if (packet->dts != AV_NOPTS_VALUE) packet->dts -= f->info.first_ns;
	const int err = ts_remux_write(f->remux, packet);
	av_packet_free(&packet);
	look(f);
	if (err == TS_EBADMSG) {
		f->info.lost++;
		return TS_TRACK_RUNS;
	}
	if (err) return TS_TRACK_FAILED;
	const int64_t end_ns = unit->packet->pts + unit->packet->duration;
	if (end_ns > f->info.last_ns) f->info.last_ns = end_ns;
	return TS_TRACK_RUNS;
}

void ts_coded_file_close(struct ts_coded_file *f)
{
	if (!f->remux) return;
	const int err = ts_remux_close(&f->remux);
	const off_t size = lseek(f->fd, 0, SEEK_END);
	if (size > 0) {
		ts_count_add(TS_C_RECORDING_BYTES, size - f->info.bytes);
		f->info.bytes = (int64_t)size;
	}
	if (err) ts_warn("recording", "file=%s error=%s", f->name, ts_strerror(err));
	close(f->fd);
	ts_coded_format_unref(&f->format);
}
