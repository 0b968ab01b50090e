/* H.263's and H.261's parameters: RFC 4629 8.1, and what endpoints of before write: "QCIF=2 CIF=3
 * MaxBR=1920",
 * "CIF=1/QCIF=1". */
#include "base/error.h"
#include "codec/fmtp.h"
#include <stdio.h>
#include <string.h>
#include <strings.h>

static const struct {
	const char *name;
	int width, height;
} sizes[TS_H263_SIZES] = {
	[TS_SIZE_SQCIF] = {"SQCIF", 128, 96},
	[TS_SIZE_QCIF] = {"QCIF", 176, 144},
	[TS_SIZE_CIF] = {"CIF", 352, 288},
	[TS_SIZE_CIF4] = {"CIF4", 704, 576},
};

/* What each level stands for, where no sizes are listed (H.263 table X.2): MPI of QCIF, CIF, CIF4;
 * bitrate in 100 bit/s. */
static const struct level {
	uint32_t level;
	uint8_t qcif, cif, cif4;
	uint32_t br;
} levels[] = {
	{10, 2, 0, 0, 640},
	{20, 1, 2, 0, 1280},
	{30, 1, 1, 0, 3840},
	{40, 1, 1, 0, 20480},
	{45, 2, 0, 0, 1280},
	{50, 1, 1, 0, 40960},
	{60, 1, 1, 0, 81920},
	{70, 1, 1, 1, 163840},
};

static const struct level *level_of(uint32_t level)
{
	for (size_t i = 0; i < sizeof levels / sizeof *levels; i++)
		if (levels[i].level == level) return &levels[i];
	return &levels[0];
}

/* A decimal number up to the end of the parameter; 0: none, or too large. */
static uint32_t number(const char *s, size_t len)
{
	uint32_t n = 0;
	if (!len || len > 8) return 0;
	for (size_t i = 0; i < len; i++) {
		if (s[i] < '0' || s[i] > '9') return 0;
		n = 10 * n + (uint32_t)(s[i] - '0');
	}
	return n;
}

static bool is(const char *s, size_t len, const char *name)
{
	return strlen(name) == len && !strncasecmp(s, name, len);
}

static void read_parameter(struct ts_format *f, uint32_t *level, const char *s, size_t len)
{
	enum { MPI_MAX = 32 };
	const char *equals = memchr(s, '=', len);
	if (!equals) return;
	const size_t name = (size_t)(equals - s);
	const uint32_t n = number(equals + 1, len - name - 1);
	for (size_t i = 0; i < TS_H263_SIZES; i++)
		if (is(s, name, sizes[i].name) && n && n <= MPI_MAX) f->h263_mpi[i] = (uint8_t)n;
	/* as drafts of RFC 4629 had it */
	if (is(s, name, "4CIF") && n && n <= MPI_MAX) f->h263_mpi[TS_SIZE_CIF4] = (uint8_t)n;
	if (is(s, name, "MaxBR")) f->h263_max_br = n;
	if (is(s, name, "LEVEL")) *level = n;
}

static void read_all(struct ts_format *f, uint32_t *level, const char *fmtp)
{
	static const char separators[] = "; /\t\r\n";
	for (const char *at = fmtp ? fmtp : ""; *(at += strspn(at, separators));) {
		const size_t len = strcspn(at, separators);
		read_parameter(f, level, at, len);
		at += len;
	}
}

static int parse(struct ts_format *out, enum ts_codec codec, const char *fmtp)
{
	struct ts_format f = {.codec = codec};
	uint32_t level = 0;
	read_all(&f, &level, fmtp);
	bool sized = false;
	for (size_t i = 0; i < TS_H263_SIZES; i++) sized |= f.h263_mpi[i] != 0;
	/* 8.1.1: who lists no size takes what level 10 does */
	const struct level *said = level || !sized ? level_of(level) : NULL;
	if (!sized) {
		f.h263_mpi[TS_SIZE_SQCIF] = f.h263_mpi[TS_SIZE_QCIF] = said->qcif;
		f.h263_mpi[TS_SIZE_CIF] = said->cif;
		f.h263_mpi[TS_SIZE_CIF4] = said->cif4;
	}
	if (said && (!f.h263_max_br || f.h263_max_br > said->br)) f.h263_max_br = said->br;
	*out = f;
	return 0;
}

int ts_fmtp_parse_h263(struct ts_format *out, const char *fmtp)
{
	return parse(out, TS_CODEC_H263, fmtp);
}

int ts_fmtp_parse_h263_1998(struct ts_format *out, const char *fmtp)
{
	return parse(out, TS_CODEC_H263_1998, fmtp);
}

/* Sizes say what we take in, whatever the peer does. The first one is preferred. */
void ts_fmtp_write_h263(
	char out[TS_FMTP_MAX], const struct ts_format *offered, const struct ts_fmtp_wish *wish)
{
	(void)offered;
	(void)wish;
	snprintf(out, TS_FMTP_MAX, "CIF=1;QCIF=1;SQCIF=1;CIF4=2");
}

/* RFC 4587 6.1: QCIF and CIF, MPI 1 to 4. Who lists none takes QCIF, which every decoder does
 * (H.261 3.1). */
int ts_fmtp_parse_h261(struct ts_format *out, const char *fmtp)
{
	enum { MPI_MAX = 4 };
	struct ts_format f = {.codec = TS_CODEC_H261};
	uint32_t level;
	read_all(&f, &level, fmtp);
	*out = (struct ts_format){.codec = TS_CODEC_H261};
	for (int i = TS_SIZE_QCIF; i <= TS_SIZE_CIF; i++)
		out->h263_mpi[i] = f.h263_mpi[i] > MPI_MAX ? MPI_MAX : f.h263_mpi[i];
	if (!out->h263_mpi[TS_SIZE_QCIF] && !out->h263_mpi[TS_SIZE_CIF])
		out->h263_mpi[TS_SIZE_QCIF] = 1;
	return 0;
}

void ts_fmtp_write_h261(
	char out[TS_FMTP_MAX], const struct ts_format *offered, const struct ts_fmtp_wish *wish)
{
	(void)offered;
	(void)wish;
	snprintf(out, TS_FMTP_MAX, "CIF=1;QCIF=1");
}

int ts_h263_size(int width, int height)
{
	for (int i = 0; i < TS_H263_SIZES; i++)
		if (sizes[i].width == width && sizes[i].height == height) return i;
	return -1;
}
