/* amf0 - the values that RTMP commands are made of, read and written.
 *
 * Pure. Thread  any.
 * Source  Action Message Format, AMF 0 (Adobe, 2007).
 * Full    values in values are followed TS_AMF_DEPTH deep; what is deeper is bad.
 */
#ifndef TS_CONTROL_INGEST_AMF0_H
#define TS_CONTROL_INGEST_AMF0_H

#include "base/bytes.h"

enum { TS_AMF_DEPTH = 8 };

/* Each reads one value; what is of another type, does not fit or has a NUL in it sets `bad`. */
double ts_amf_read_number(struct ts_rd *r);
void ts_amf_read_string(struct ts_rd *r, char *out, size_t cap);
void ts_amf_skip(struct ts_rd *r);
/* Enters an object or ECMA array; false: the value is something else, and was skipped. */
bool ts_amf_enter(struct ts_rd *r);
/* The name of the next value of what was entered, cut to fit. False: it ended, or is bad. */
bool ts_amf_next(struct ts_rd *r, char *name, size_t cap);
/* Is the next value a string? Nothing is read. */
bool ts_amf_is_string(const struct ts_rd *r);

void ts_amf_number(struct ts_wr *w, double value);
void ts_amf_string(struct ts_wr *w, const char *text);
void ts_amf_null(struct ts_wr *w);
void ts_amf_object(struct ts_wr *w);
void ts_amf_name(struct ts_wr *w, const char *name); /* of the value that follows */
void ts_amf_end(struct ts_wr *w);

#endif
