/* bytes - libavformat's way to a descriptor of ours: it reads, writes and seeks by these functions,
 * and opens nothing itself. Private to container/.
 *
 * Thread  the owner's. A call blocks for as long as the disk does.
 */
#ifndef TS_CONTAINER_BYTES_H
#define TS_CONTAINER_BYTES_H

#include <libavformat/avformat.h>
#include <stdbool.h>
#include <stdint.h>

/* What libavformat gives to a function that writes: it has been const since FFmpeg 7. */
#if LIBAVFORMAT_VERSION_MAJOR < 61
typedef uint8_t ts_written;
#else
typedef const uint8_t ts_written;
#endif

/* TS_IO_READ reads from the beginning, TS_IO_WRITE writes there. The descriptor stays the
 * caller's. NULL: out of memory. */
enum ts_io { TS_IO_READ, TS_IO_WRITE };
struct ts_bytes {
	int fd;
	int64_t at;      /* where the next call reads or writes */
	int64_t size;    /* of what was written */
	int error;       /* errno of the first write that failed; 0: none */
};
AVIOContext *ts_bytes_open(struct ts_bytes *bytes, int fd, enum ts_io how);
void ts_bytes_close(AVIOContext **pb);
/* TS_ENOMEM, TS_EIO, TS_EBADMSG */
int ts_container_error(int averror);

#endif
