/* media_files - files that ffmpeg makes in a folder of the test's own, and what opens them: for
 * tests of demuxing.
 *
 * The folder is made by the group's setup and goes with its teardown.
 * Thread  the test's.
 */
#ifndef TS_TESTS_UNIT_MEDIA_FILES_H
#define TS_TESTS_UNIT_MEDIA_FILES_H

#include "container/demuxer.h"
#include <stdbool.h>

/* setup and teardown of the group */
int ts_media_files_begin(void **state);
int ts_media_files_end(void **state);

/* False: this ffmpeg cannot make it. args: all but the file's name. */
bool ts_media_files_make(const char *args, const char *name);
/* Of a file in the folder, until the next call. */
const char *ts_media_files_path(const char *name);
int ts_media_files_open(const char *name);

/* What a demuxer is opened by, with a guard that refuses every URL ("refused"). */
struct ts_demuxer_config ts_media_files_config(int fd);
/* The URL that the guard was asked for last; "": none. */
extern char ts_media_files_asked[200];

#endif
