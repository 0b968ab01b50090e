/* fmtp - media type parameters of each codec, as they stand in a=fmtp. Private to codec/: reached
 * through the registry. */
#ifndef TS_CODEC_FMTP_H
#define TS_CODEC_FMTP_H

#include "codec/registry.h"

int ts_fmtp_parse_h264(struct ts_format *out, const char *fmtp);
void ts_fmtp_write_h264(char out[TS_FMTP_MAX], const struct ts_format *offered,
	const struct ts_fmtp_wish *wish);
int ts_fmtp_parse_vp8(struct ts_format *out, const char *fmtp);
void ts_fmtp_write_vp8(char out[TS_FMTP_MAX], const struct ts_format *offered,
	const struct ts_fmtp_wish *wish);
int ts_fmtp_parse_opus(struct ts_format *out, const char *fmtp);
void ts_fmtp_write_opus(char out[TS_FMTP_MAX], const struct ts_format *offered,
	const struct ts_fmtp_wish *wish);

/* fmtp_h263.c */
int ts_fmtp_parse_h263(struct ts_format *out, const char *fmtp);
int ts_fmtp_parse_h263_1998(struct ts_format *out, const char *fmtp);
void ts_fmtp_write_h263(char out[TS_FMTP_MAX], const struct ts_format *offered,
	const struct ts_fmtp_wish *wish);
int ts_fmtp_parse_h261(struct ts_format *out, const char *fmtp);
void ts_fmtp_write_h261(char out[TS_FMTP_MAX], const struct ts_format *offered,
	const struct ts_fmtp_wish *wish);
int ts_fmtp_parse_g729(struct ts_format *out, const char *fmtp);
void ts_fmtp_write_g729(char out[TS_FMTP_MAX], const struct ts_format *offered,
	const struct ts_fmtp_wish *wish);

/* fmtp_received.c */
int ts_fmtp_parse_vp9(struct ts_format *out, const char *fmtp);
void ts_fmtp_write_vp9(char out[TS_FMTP_MAX], const struct ts_format *offered,
	const struct ts_fmtp_wish *wish);
int ts_fmtp_parse_av1(struct ts_format *out, const char *fmtp);
void ts_fmtp_write_av1(char out[TS_FMTP_MAX], const struct ts_format *offered,
	const struct ts_fmtp_wish *wish);
int ts_fmtp_parse_h265(struct ts_format *out, const char *fmtp);
void ts_fmtp_write_h265(char out[TS_FMTP_MAX], const struct ts_format *offered,
	const struct ts_fmtp_wish *wish);

/* Codecs without parameters. */
int ts_fmtp_parse_none(struct ts_format *out, const char *fmtp);
void ts_fmtp_write_none(char out[TS_FMTP_MAX], const struct ts_format *offered,
	const struct ts_fmtp_wish *wish);
/* telephone-event */
int ts_fmtp_parse_events(struct ts_format *out, const char *fmtp);
void ts_fmtp_write_events(char out[TS_FMTP_MAX], const struct ts_format *offered,
	const struct ts_fmtp_wish *wish);

#endif
