/* sound_file - reads a file of the media folder whole, or one that a URL names, as a sound: any
 * format and codec that inputs may have, at most TS_SOUND_SECONDS_MAX of it.
 *
 *   start --> [ a thread: demux, decode to 48 kHz mono ] --> done
 *
 * Thread  start, cancel: control; done: control, once, unless cancelled.
 * Life    readers_free waits for what is read, not for its `done`; cancel tells it to stop before.
 * Full    TS_SOUND_FILES_MAX are read or wait at one time. What comes by a URL is given up after
 *         TS_SOUND_FETCH_S, or TS_SOUND_FETCH_MB of bytes, and has threads of its own, so that no
 *         file waits for a server that is slow.
 */
#ifndef TS_CONTROL_ANNOUNCEMENTS_SOUND_FILE_H
#define TS_CONTROL_ANNOUNCEMENTS_SOUND_FILE_H

#include "mixer/audio/sound.h"

struct ts_demuxer_way;
struct ts_loop;
struct ts_sound_readers;
struct ts_sound_file;

enum { TS_SOUND_FILES_MAX = 32, TS_SOUND_FETCH_S = 30, TS_SOUND_FETCH_MB = 64 };

typedef const char *ts_sound_guard(void *arg, const char *url, struct ts_demuxer_way *out);
/* sound: [give]; NULL: why, in words. */
typedef void (*ts_sound_file_done)(void *arg, struct ts_sound *sound, const char *why);

struct ts_sound_readers *ts_sound_readers_new(struct ts_loop *control);
void ts_sound_readers_free(struct ts_sound_readers *readers);
/* TS_EINVAL: the name leaves the folder, or is none; TS_ENOTFOUND: there is no such file;
 * TS_EUNSUPPORTED: it is no regular file; TS_ELIMIT; TS_EIO. */
int ts_sound_file_start(struct ts_sound_file **out, struct ts_sound_readers *readers,
	const char *folder, const char *name, ts_sound_file_done done, void *arg);
/* guard: as of a demuxer (container/demuxer.h), called on another thread. TS_ELIMIT; TS_EIO: no
 * thread. */
int ts_sound_file_fetch(struct ts_sound_file **out, struct ts_sound_readers *readers,
	const char *url, ts_sound_guard *guard, void *guard_arg, ts_sound_file_done done,
	void *arg);
void ts_sound_file_cancel(struct ts_sound_file *file);

#endif
