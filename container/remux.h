/* remux - one track that came from outside, written as it came into a Matroska file of its own:
 * nothing is decoded or coded.
 *
 *   demuxer --ts_coded_format--> open(format) --> write, write, ... --> close
 *
 * libavformat puts what a container says in its own way (Annex B, ADTS) into Matroska's.
 * Thread  a file: the owner's, whose calls block for as long as the disk does; a format: any.
 * Life    a format is counted, and does not change.
 * Full    no room on the disk is TS_EIO from write: the file is cut back to what was whole, and
 *         nothing more is written.
 */
#ifndef TS_CONTAINER_REMUX_H
#define TS_CONTAINER_REMUX_H

#include <libavcodec/packet.h>
#include <stdbool.h>
#include <stdint.h>

struct AVCodecParameters;
struct ts_coded_format;
struct ts_remux;

/* How a track is coded. NULL: out of memory. */
struct ts_coded_format *ts_coded_format_create(const struct AVCodecParameters *parameters);
struct ts_coded_format *ts_coded_format_ref(struct ts_coded_format *format);
void ts_coded_format_unref(struct ts_coded_format **format); /* also of NULL */
/* May packets of both be in one file? */
bool ts_coded_format_same(const struct ts_coded_format *a, const struct ts_coded_format *b);
bool ts_coded_format_fits(const struct ts_coded_format *format); /* does Matroska hold it? */
const char *ts_coded_format_name(const struct ts_coded_format *format); /* "hevc" */
void ts_coded_format_size(const struct ts_coded_format *format, int *width, int *height);

/* The descriptor stays the caller's. TS_EINVAL: Matroska does not hold it; TS_EIO, TS_ENOMEM. */
int ts_remux_open(struct ts_remux **out, int fd, const struct ts_coded_format *format,
	int64_t created_unix_ms);
/* Only read. pts, dts and duration in ns since the file's beginning; pts not below 0, dts of those
 * that were written before are not above it; dts AV_NOPTS_VALUE: not known. TS_EBADMSG: this one
 * cannot be written, others can. After TS_EIO and TS_ENOMEM only close may follow. */
int ts_remux_write(struct ts_remux *remux, const AVPacket *packet);
int64_t ts_remux_bytes(const struct ts_remux *remux);
int64_t ts_remux_packets(const struct ts_remux *remux);
int ts_remux_close(struct ts_remux **remux); /* 0: the file is whole. Also of NULL */

#endif
