#include "tests/unit/common/media_files.h"

#include "base/clock.h"
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char ts_media_files_asked[200];
static char folder[64];
static atomic_bool stop;

int ts_media_files_begin(void **state)
{
	(void)state;
	strcpy(folder, "/tmp/tessera-media.XXXXXX");
	return mkdtemp(folder) ? 0 : -1;
}

int ts_media_files_end(void **state)
{
	char command[100];
	(void)state;
	snprintf(command, sizeof command, "rm -rf %s", folder);
	return system(command);
}

bool ts_media_files_make(const char *args, const char *name)
{
	char command[1000];
	snprintf(command, sizeof command, "cd %s && ffmpeg -v error -y %s %s >ffmpeg.log 2>&1",
		folder, args, name);
	return system(command) == 0;
}

const char *ts_media_files_path(const char *name)
{
	static char path[200];
	snprintf(path, sizeof path, "%s/%s", folder, name);
	return path;
}

int ts_media_files_open(const char *name)
{
	return open(ts_media_files_path(name), O_RDONLY | O_CLOEXEC);
}

static const char *refuse(void *arg, const char *url, struct ts_demuxer_way *out)
{
	(void)arg;
	(void)out;
	snprintf(ts_media_files_asked, sizeof ts_media_files_asked, "%s", url);
	return "refused";
}

struct ts_demuxer_config ts_media_files_config(int fd)
{
	return (struct ts_demuxer_config){.fd = fd,
		.guard = refuse,
		.pixels_max = 8192 * 4608,
		.open_ns = 10 * TS_NS_PER_S,
		.read_ns = 5 * TS_NS_PER_S,
		.stop = &stop};
}
