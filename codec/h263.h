/* h263 - what is read of H.263 pictures without decoding them: where one begins, its size, whether
 * it refers to another one.
 *
 *   PSC 0000 0000 0000 0000 1000 00 | TR 8 | PTYPE 13 (| PLUSPTYPE | CPM | CPFMT)
 *
 * The same bitstream travels by RFC 2190 ("H263") and by RFC 4629 ("H263-1998", "H263-2000").
 * Bounded reader; nothing is kept.
 * Thread  none: plain functions. Private to codec/. Source ITU-T H.263 5.1.
 */
#ifndef TS_CODEC_H263_H
#define TS_CODEC_H263_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	TS_H263_MAX_W = 704, /* CIF4: larger ones are not received */
	TS_H263_MAX_H = 576,
	/* source formats of PTYPE and of the header of RFC 2190 */
	TS_H263_SQCIF = 1,
	TS_H263_QCIF = 2,
	TS_H263_CIF = 3,
	TS_H263_CIF4 = 4,
	TS_H263_CIF16 = 5,
};

struct ts_h263_picture {
	int width, height; /* 0: not said in this picture (PLUSPTYPE without its optional part) */
	int format;        /* 1 .. 5; 0: none of those */
	bool intra;
};

/* At the beginning of a picture, a group of blocks or a slice; more: bytes that follow. */
bool ts_h263_is_start(const uint8_t *p, size_t more);
bool ts_h263_is_picture_start(const uint8_t *p, size_t len);
/* TS_EBADMSG: no picture, or one of a reserved size. */
int ts_h263_read_picture(struct ts_h263_picture *out, const uint8_t *p, size_t len);

#endif
