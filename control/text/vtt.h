/* vtt - captions as WebVTT, for recordings and HLS. Pure; appends to a GString.
 *
 *   WEBVTT
 *   X-TIMESTAMP-MAP=MPEGTS:900000,LOCAL:00:00:10.000      HLS alone
 *
 *   00:00:04.120 --> 00:00:07.500
 *   <v Ann>Good morning.
 *
 * Thread  any.
 * Source  W3C WebVTT 4, RFC 8216 3.5.
 */
#ifndef TS_CONTROL_TEXT_VTT_H
#define TS_CONTROL_TEXT_VTT_H

#include <glib.h>
#include <stdint.h>

/* ticks: of 90 kHz, where a cue of that time is shown; negative: no map is written. */
void ts_vtt_begin(GString *out, int64_t ticks, int64_t local_ms);
/* From and until when, in ms; who says it, "": nobody in particular. What would be markup of
 * WebVTT is escaped. Of both the texts are clean. */
void ts_vtt_cue(GString *out, int64_t from_ms, int64_t until_ms, const char *who,
	const char *text);

#endif
