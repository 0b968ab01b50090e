#include "container/fmp4.h"

#include "base/bytes.h"

enum {
	VIDEO_TRACK = 1,
	AUDIO_TRACK = 2,
	INIT_BASE_BYTES = 2048,
	MOOF_BASE_BYTES = 512,
	SAMPLE_BYTES = 12,
	IS_SYNC = 0x02000000, /* refers to no other */
	NOT_SYNC = 0x01010000,
};

/* ---- boxes */

static uint8_t *begin(struct ts_wr *w, const char *type)
{
	uint8_t *at = ts_wr_skip(w, 4);
	ts_wr_bytes(w, type, 4);
	return at;
}

static uint8_t *begin_full(struct ts_wr *w, const char *type, unsigned version, uint32_t flags)
{
	uint8_t *at = begin(w, type);
	ts_wr_u32(w, version << 24 | flags);
	return at;
}

static void put_u32(uint8_t *at, uint32_t v)
{
	struct ts_wr w = ts_wr(at, 4);
	ts_wr_u32(&w, v);
}

static void end(struct ts_wr *w, uint8_t *at)
{
	if (at && !w->bad) put_u32(at, (uint32_t)(w->p - at));
}

static void zeros(struct ts_wr *w, size_t n)
{
	uint8_t *at = ts_wr_skip(w, n);
	if (at) memset(at, 0, n);
}

static void u64(struct ts_wr *w, uint64_t v)
{
	ts_wr_u32(w, (uint32_t)(v >> 32));
	ts_wr_u32(w, (uint32_t)v);
}

static void matrix(struct ts_wr *w)
{
	static const uint32_t unity[9] = {0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000};
	for (size_t i = 0; i < 9; i++) ts_wr_u32(w, unity[i]);
}

/* ---- what is read once */

static void write_ftyp(struct ts_wr *w)
{
	uint8_t *box = begin(w, "ftyp");
	ts_wr_bytes(w, "iso6\0\0\0\0iso6cmfcmp41", 20);
	end(w, box);
}

static void write_mvhd(struct ts_wr *w)
{
	uint8_t *box = begin_full(w, "mvhd", 0, 0);
	zeros(w, 8);
	ts_wr_u32(w, 1000);
	ts_wr_u32(w, 0); /* duration: not known */
	ts_wr_u32(w, 0x10000);
	ts_wr_u16(w, 0x100);
	zeros(w, 10);
	matrix(w);
	zeros(w, 24);
	ts_wr_u32(w, AUDIO_TRACK + 1);
	end(w, box);
}

static void write_tkhd(struct ts_wr *w, uint32_t track, int width, int height)
{
	uint8_t *box = begin_full(w, "tkhd", 0, 7);
	zeros(w, 8);
	ts_wr_u32(w, track);
	zeros(w, 4 + 4 + 8 + 4);
	ts_wr_u16(w, track == AUDIO_TRACK ? 0x100 : 0);
	zeros(w, 2);
	matrix(w);
	ts_wr_u32(w, (uint32_t)width << 16);
	ts_wr_u32(w, (uint32_t)height << 16);
	end(w, box);
}

static void write_mdhd(struct ts_wr *w, uint32_t hz)
{
	uint8_t *box = begin_full(w, "mdhd", 0, 0);
	zeros(w, 8);
	ts_wr_u32(w, hz);
	ts_wr_u32(w, 0);
	ts_wr_u16(w, 0x55c4); /* "und" */
	ts_wr_u16(w, 0);
	end(w, box);
}

static void write_hdlr(struct ts_wr *w, const char *type)
{
	uint8_t *box = begin_full(w, "hdlr", 0, 0);
	zeros(w, 4);
	ts_wr_bytes(w, type, 4);
	zeros(w, 12 + 1);
	end(w, box);
}

static void write_dinf(struct ts_wr *w)
{
	uint8_t *dinf = begin(w, "dinf"), *dref = begin_full(w, "dref", 0, 0);
	ts_wr_u32(w, 1);
	uint8_t *url = begin_full(w, "url ", 0, 1); /* in this very file */
	end(w, url);
	end(w, dref);
	end(w, dinf);
}

/* Colours as of all that we encode: BT.601, limited range (codec/convert.h). */
static void write_avc1(struct ts_wr *w, const struct ts_fmp4_tracks *t)
{
	uint8_t *box = begin(w, "avc1");
	zeros(w, 6);
	ts_wr_u16(w, 1);
	zeros(w, 16);
	ts_wr_u16(w, (uint16_t)t->width);
	ts_wr_u16(w, (uint16_t)t->height);
	ts_wr_u32(w, 0x480000);
	ts_wr_u32(w, 0x480000);
	zeros(w, 4);
	ts_wr_u16(w, 1);
	zeros(w, 32);
	ts_wr_u16(w, 24);
	ts_wr_u16(w, 0xffff);
	uint8_t *avcc = begin(w, "avcC");
	ts_wr_bytes(w, t->avcc, t->avcc_len);
	end(w, avcc);
	uint8_t *colr = begin(w, "colr");
	ts_wr_bytes(w, "nclx\0\6\0\6\0\6\0", 11);
	end(w, colr);
	end(w, box);
}

static void write_esds(struct ts_wr *w, const struct ts_fmp4_tracks *t)
{
	const uint8_t n = (uint8_t)t->aac_len;
	uint8_t *box = begin_full(w, "esds", 0, 0);
	ts_wr_u8(w, 3); /* ES_Descriptor */
	ts_wr_u8(w, (uint8_t)(3 + 2 + 13 + 2 + n + 3));
	ts_wr_u16(w, AUDIO_TRACK);
	ts_wr_u8(w, 0);
	ts_wr_u8(w, 4); /* DecoderConfigDescriptor */
	ts_wr_u8(w, (uint8_t)(13 + 2 + n));
	ts_wr_u8(w, 0x40); /* MPEG-4 audio */
	ts_wr_u8(w, 0x15);
	zeros(w, 3 + 4 + 4);
	ts_wr_u8(w, 5);
	ts_wr_u8(w, n);
	ts_wr_bytes(w, t->aac, n);
	ts_wr_bytes(w, "\6\1\2", 3); /* SLConfigDescriptor */
	end(w, box);
}

static void write_mp4a(struct ts_wr *w, const struct ts_fmp4_tracks *t)
{
	uint8_t *box = begin(w, "mp4a");
	zeros(w, 6);
	ts_wr_u16(w, 1);
	zeros(w, 8);
	ts_wr_u16(w, t->aac_len > 1 ? t->aac[1] >> 3 & 15 : 1); /* channels */
	ts_wr_u16(w, 16);
	zeros(w, 4);
	ts_wr_u32(w, (uint32_t)TS_FMP4_AUDIO_HZ << 16);
	write_esds(w, t);
	end(w, box);
}

/* The tables of packets are empty: fragments have them. */
static void write_stbl(struct ts_wr *w, const struct ts_fmp4_tracks *t, uint32_t track)
{
	static const char *const tables[] = {"stts", "stsc", "stco"};
	uint8_t *stbl = begin(w, "stbl"), *stsd = begin_full(w, "stsd", 0, 0);
	ts_wr_u32(w, 1);
	if (track == VIDEO_TRACK)
		write_avc1(w, t);
	else
		write_mp4a(w, t);
	end(w, stsd);
	for (size_t i = 0; i < 3; i++) {
		uint8_t *table = begin_full(w, tables[i], 0, 0);
		ts_wr_u32(w, 0);
		end(w, table);
	}
	uint8_t *stsz = begin_full(w, "stsz", 0, 0);
	zeros(w, 8);
	end(w, stsz);
	end(w, stbl);
}

static void write_trak(struct ts_wr *w, const struct ts_fmp4_tracks *t, uint32_t track)
{
	const bool video = track == VIDEO_TRACK;
	uint8_t *trak = begin(w, "trak");
	write_tkhd(w, track, video ? t->width : 0, video ? t->height : 0);
	uint8_t *mdia = begin(w, "mdia");
	write_mdhd(w, video ? TS_FMP4_VIDEO_HZ : TS_FMP4_AUDIO_HZ);
	write_hdlr(w, video ? "vide" : "soun");
	uint8_t *minf = begin(w, "minf");
	uint8_t *head = video ? begin_full(w, "vmhd", 0, 1) : begin_full(w, "smhd", 0, 0);
	zeros(w, video ? 8 : 4);
	end(w, head);
	write_dinf(w);
	write_stbl(w, t, track);
	end(w, minf);
	end(w, mdia);
	end(w, trak);
}

static void write_trex(struct ts_wr *w, uint32_t track)
{
	uint8_t *box = begin_full(w, "trex", 0, 0);
	ts_wr_u32(w, track);
	ts_wr_u32(w, 1);
	zeros(w, 12);
	end(w, box);
}

struct ts_blob *ts_fmp4_init(const struct ts_fmp4_tracks *t)
{
	struct ts_blob *blob = ts_blob_new(INIT_BASE_BYTES + t->avcc_len + t->aac_len);
	if (!blob) return NULL;
	struct ts_wr w = ts_wr(blob->bytes, blob->len);
	write_ftyp(&w);
	uint8_t *moov = begin(&w, "moov");
	write_mvhd(&w);
	write_trak(&w, t, VIDEO_TRACK);
	write_trak(&w, t, AUDIO_TRACK);
	uint8_t *mvex = begin(&w, "mvex");
	write_trex(&w, VIDEO_TRACK);
	write_trex(&w, AUDIO_TRACK);
	end(&w, mvex);
	end(&w, moov);
	blob->len = ts_wr_len(&w);
	return blob;
}

/* ---- fragments */

static size_t bytes_of(const struct ts_fmp4_run *run)
{
	size_t n = 0;
	for (size_t i = 0; i < run->n; i++) n += run->sample[i].len;
	return n;
}

/* Where the run's data begins is written when that is known. */
static uint8_t *write_traf(struct ts_wr *w, const struct ts_fmp4_run *run, uint32_t track)
{
	const bool video = track == VIDEO_TRACK;
	if (!run->n) return NULL;
	uint8_t *traf = begin(w, "traf");
	/* offsets count from this moof; of sound all have the same flags */
	uint8_t *tfhd = begin_full(w, "tfhd", 0, 0x020000 | (video ? 0 : 0x20));
	ts_wr_u32(w, track);
	if (!video) ts_wr_u32(w, IS_SYNC);
	end(w, tfhd);
	uint8_t *tfdt = begin_full(w, "tfdt", 1, 0);
	u64(w, run->time);
	end(w, tfdt);
	uint8_t *trun = begin_full(w, "trun", 0, 0x301 | (video ? 0x400 : 0));
	ts_wr_u32(w, (uint32_t)run->n);
	uint8_t *offset = ts_wr_skip(w, 4);
	for (size_t i = 0; i < run->n; i++) {
		ts_wr_u32(w, run->sample[i].duration);
		ts_wr_u32(w, run->sample[i].len);
		if (video) ts_wr_u32(w, run->sample[i].key ? IS_SYNC : NOT_SYNC);
	}
	end(w, trun);
	end(w, traf);
	return offset;
}

struct ts_blob *ts_fmp4_fragment(
	uint32_t number, const struct ts_fmp4_run *video, const struct ts_fmp4_run *audio)
{
	const size_t n_video = bytes_of(video), n_audio = bytes_of(audio);
	struct ts_blob *blob = ts_blob_new(
		MOOF_BASE_BYTES + (video->n + audio->n) * SAMPLE_BYTES + n_video + n_audio);
	if (!blob) return NULL;
	struct ts_wr w = ts_wr(blob->bytes, blob->len);
	uint8_t *moof = begin(&w, "moof"), *mfhd = begin_full(&w, "mfhd", 0, 0);
	ts_wr_u32(&w, number);
	end(&w, mfhd);
	uint8_t *video_at = write_traf(&w, video, VIDEO_TRACK);
	uint8_t *audio_at = write_traf(&w, audio, AUDIO_TRACK);
	end(&w, moof);
	uint8_t *mdat = begin(&w, "mdat");
	if (video_at) put_u32(video_at, (uint32_t)ts_wr_len(&w));
	ts_wr_bytes(&w, video->bytes, n_video);
	if (audio_at) put_u32(audio_at, (uint32_t)ts_wr_len(&w));
	ts_wr_bytes(&w, audio->bytes, n_audio);
	end(&w, mdat);
	blob->len = ts_wr_len(&w);
	return blob;
}
