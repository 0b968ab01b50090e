#include "codec/libraries.h"
#include <libavcodec/avcodec.h>
#include <libswresample/swresample.h>
#include <libswscale/swscale.h>
#include <opus/opus.h>
#include <string.h>
#include <vpx/vpx_codec.h>

static void add(struct ts_libraries *list, const char *name, unsigned v)
{
	ts_library_add_numbers(
		list, name, AV_VERSION_MAJOR(v), AV_VERSION_MINOR(v), AV_VERSION_MICRO(v));
}

void ts_codec_libraries(struct ts_libraries *list)
{
	/* "libopus 1.3.1" */
	const char *opus = opus_get_version_string(), *number = strchr(opus, ' ');
	ts_library_add(list, "ffmpeg", av_version_info());
	add(list, "libavcodec", avcodec_version());
	add(list, "libavutil", avutil_version());
	add(list, "libswscale", swscale_version());
	add(list, "libswresample", swresample_version());
	ts_library_add(list, "opus", number ? number + 1 : opus);
	/* "v1.12.0" */
	const char *vpx = vpx_codec_version_str();
	ts_library_add(list, "vpx", *vpx == 'v' ? vpx + 1 : vpx);
}
