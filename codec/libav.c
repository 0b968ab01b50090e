#include "codec/libav.h"
#include "base/error.h"
#include "base/log.h"
#include "codec/libav_line.h"
#include <libavutil/error.h>
#include <libavutil/log.h>
#include <libavutil/mem.h>
#include <pthread.h>

static _Thread_local bool hushed;

void ts_libav_hush(bool hush)
{
	hushed = hush;
}

static void to_our_log(void *object, int level, const char *fmt, va_list args)
{
	if (hushed || level > AV_LOG_WARNING || !ts_log_enabled(TS_LOG_DEBUG)) return;
	char line[200];
	int print_prefix = 1;
	av_log_format_line2(object, level, fmt, args, line, sizeof line, &print_prefix);
	ts_libav_line_cut(line);
	ts_debug("libav", "text=%s", TS_LOG_STR(line));
}

static void init(void)
{
	/* What comes from outside may make libavformat build tables of any size: MOV of 6 kB made
	 * one of 800 MB. The largest picture (media.max_picture) is 100 MB. */
	av_max_alloc((size_t)256 << 20);
	av_log_set_callback(to_our_log);
}

void ts_libav_init(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	pthread_once(&once, init);
}

int ts_libav_error(int averror)
{
	switch (averror) {
	case AVERROR(EAGAIN): return TS_EAGAIN;
	case AVERROR(ENOMEM): return TS_ENOMEM;
	case AVERROR(ENOSYS):
	case AVERROR_PATCHWELCOME: return TS_EUNSUPPORTED;
	default: return TS_EBADMSG;
	}
}
