/* sidecar - a recording as the JSON file beside its media: what it is, its files, its journal. By
 * it recordings are found again after a restart.
 *
 *   {"id": "01...", "room": "standup", "format": "mp4", ..., "files": [{...}], "journal": [...]}
 *
 * Thread  control. What is read is the server's own, and still checked: names of files are made of
 * the id, never taken from it.
 */
#ifndef TS_CONTROL_RECORDINGS_SIDECAR_H
#define TS_CONTROL_RECORDINGS_SIDECAR_H

#include "control/recordings/recording.h"
#include <jansson.h>

/* [give] text for free(); NULL: out of memory. events: [take], the journal. */
char *ts_sidecar_text(const struct ts_recording *recording, json_t *events);
/* [give] g_free, and parts; NULL: it is none, or not of the id. *events: the journal [give]; NULL:
 * not there, or not asked for. */
struct ts_recording *ts_sidecar_read(const char *id, const char *text, size_t len,
	json_t **events);
/* 26 of the digits and letters of a ULID. */
bool ts_sidecar_id_ok(const char *id);

#endif
