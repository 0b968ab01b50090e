/* files - the folder of recordings, and the work on it that must keep nobody waiting: sidecars,
 * removals, making files seekable.
 *
 *   control --job--> strand "files": sidecars, removals, in order      --> control: done
 *           \--job--> strand "index", threads of its own: whole files  --/
 *
 * The threads are made with the first job or recording. Names are made of ids of ours alone.
 * Thread  control; `done` is called there.
 * Life    close waits for the jobs that run; those of the index are cut short, and begun anew after
 *         a restart.
 */
#ifndef TS_CONTROL_RECORDINGS_FILES_H
#define TS_CONTROL_RECORDINGS_FILES_H

#include "container/container.h"
#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ts_files;
struct ts_loop;
struct ts_pool;

/* path: "": the one of this machine's state; it is then made when it is needed. TS_EIO: the folder
 * cannot be used, and the log says why. */
int ts_files_create(struct ts_files **out, struct ts_loop *loop, const char *path);
/* Waits for its threads. Nothing of it may be left to do but the jobs. */
void ts_files_destroy(struct ts_files **files);
/* Makes the folder and the threads if need be. TS_EIO, TS_ENOMEM. */
int ts_files_open(struct ts_files *files);

int ts_files_folder(const struct ts_files *files);       /* its descriptor; -1: not opened */
struct ts_pool *ts_files_pool(const struct ts_files *files); /* for writers; NULL: not opened */
const char *ts_files_path(const struct ts_files *files);
/* Bytes that are left on its disk; INT64_MAX: not known. */
int64_t ts_files_free(const struct ts_files *files);

/* Calls each with the id and the text of what stands in a sidecar. Reads them at once: at start. */
void ts_files_read(struct ts_files *files,
	void (*each)(void *arg, const char *id, const char *text, size_t len), void *arg);
/* What a part has on the disk; 0: it is not there. */
int64_t ts_files_size(const struct ts_files *files, const char *id, size_t part,
	enum ts_container container);
/* For reading. -1: it is not there. part 0: the sidecar. */
int ts_files_read_fd(const struct ts_files *files, const char *id, size_t part,
	enum ts_container container);

int ts_files_captions_fd(const struct ts_files *files, const char *id); /* as read_fd: ID.vtt */

/* ID-t3.mkv: number counts from 1. */
void ts_files_track_name(char *out, size_t cap, const char *id, size_t number);
int64_t ts_files_track_size(const struct ts_files *files, const char *id, size_t number);
int ts_files_track_fd(const struct ts_files *files, const char *id, size_t number); /* as read_fd */

/* ---- jobs */

/* The disk has not taken what it was given: what can wait had better. */
bool ts_files_is_busy(const struct ts_files *files);

/* Written whole or not at all. text: [take] */
void ts_files_write_sidecar(struct ts_files *files, const char *id, char *text);
void ts_files_write_captions(struct ts_files *files, const char *id, char *text); /* likewise */
void ts_files_remove(struct ts_files *files, const char *id, enum ts_container container,
	size_t n_parts, size_t n_tracks); /* tracks: numbers up to that */

struct ts_files_seekable { int err; int64_t bytes, duration_ms; };
typedef void (*ts_files_done)(void *arg, const char *id, size_t part,
	const struct ts_files_seekable *result);
/* Puts the index of a part in front. It needs as much room again while it does: TS_ELIMIT where
 * less than that and min_free_bytes are left; the file stays as it is. */
void ts_files_make_seekable(struct ts_files *files, const char *id, size_t part,
	enum ts_container container, int64_t packets, int64_t min_free_bytes, ts_files_done done,
	void *arg);

#endif
