#include "container/libraries.h"
#include <libavformat/avformat.h>

void ts_container_libraries(struct ts_libraries *list)
{
	const unsigned v = avformat_version();
	ts_library_add_numbers(
		list, "libavformat", AV_VERSION_MAJOR(v), AV_VERSION_MINOR(v), AV_VERSION_MICRO(v));
}
