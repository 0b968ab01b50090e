#include "container/bytes.h"

#include "base/error.h"
#include <errno.h>
#include <unistd.h>

enum { BUFFER_BYTES = 64 * 1024 };

static int read_bytes(void *opaque, uint8_t *buf, int len)
{
	struct ts_bytes *b = opaque;
	ssize_t n;
	do n = pread(b->fd, buf, (size_t)len, b->at);
	while (n < 0 && errno == EINTR);
	if (n < 0) return AVERROR(errno);
	if (n == 0) return AVERROR_EOF;
	b->at += n;
	return (int)n;
}

static int write_bytes(void *opaque, ts_written *buf, int len)
{
	struct ts_bytes *b = opaque;
	for (int done = 0; done < len;) {
		ssize_t n = pwrite(b->fd, buf + done, (size_t)(len - done), b->at);
		if (n < 0 && errno == EINTR) continue;
		if (n <= 0) {
			if (!b->error) b->error = n < 0 ? errno : EIO;
			return AVERROR(b->error);
		}
		done += (int)n;
		b->at += n;
		if (b->at > b->size) b->size = b->at;
	}
	return len;
}

static int64_t seek_bytes(void *opaque, int64_t offset, int whence)
{
	struct ts_bytes *b = opaque;
	const int64_t end = b->size ? b->size : lseek(b->fd, 0, SEEK_END);
	int64_t to;
	switch (whence & ~AVSEEK_FORCE) {
	case AVSEEK_SIZE: return end;
	case SEEK_SET: to = offset; break;
	case SEEK_CUR: to = b->at + offset; break;
	case SEEK_END: to = end + offset; break;
	default: return AVERROR(EINVAL);
	}
	if (to < 0) return AVERROR(EINVAL);
	return b->at = to;
}

AVIOContext *ts_bytes_open(struct ts_bytes *bytes, int fd, enum ts_io how)
{
	*bytes = (struct ts_bytes){.fd = fd};
	uint8_t *buffer = av_malloc(BUFFER_BYTES);
	AVIOContext *pb = buffer ? avio_alloc_context(buffer, BUFFER_BYTES, how == TS_IO_WRITE,
					   bytes, how == TS_IO_READ ? read_bytes : NULL,
					   how == TS_IO_WRITE ? write_bytes : NULL, seek_bytes)
				 : NULL;
	if (!pb) av_free(buffer);
	return pb;
}

void ts_bytes_close(AVIOContext **pb)
{
	if (*pb) av_freep(&(*pb)->buffer);
	avio_context_free(pb);
}

int ts_container_error(int averror)
{
	switch (averror) {
	case AVERROR(ENOMEM): return TS_ENOMEM;
	case AVERROR(EIO):
	case AVERROR(ENOSPC):
	case AVERROR(EDQUOT):
	case AVERROR(EFBIG): return TS_EIO;
	default: return TS_EBADMSG;
	}
}
