#include "container/playlist.h"

#include <stdarg.h>
#include <stdio.h>
#include <time.h>

#define NS_PER_S INT64_C(1000000000)
#define NAMED_NS (3 * TS_PLAYLIST_TARGET_S * NS_PER_S)
/* RFC 8216 6.3.3: players begin three target durations from the end, with parts three of those. */
enum { HOLD_BACKS = 3 };

__attribute__((format(printf, 2, 3))) static void line(struct ts_wr *w, const char *format, ...)
{
	char text[512];
	va_list args;
	va_start(args, format);
	const int n = vsnprintf(text, sizeof text, format, args);
	va_end(args);
	if (n < 0 || (size_t)n >= sizeof text) {
		w->bad = true;
		return;
	}
	ts_wr_bytes(w, text, (size_t)n);
	ts_wr_u8(w, '\n');
}

/* "2.03333" */
static const char *seconds(char out[32], int64_t ns)
{
	const int64_t at = ns < 0 ? 0 : (ns + 5000) / 10000;
	snprintf(out, 32, "%lld.%05d", (long long)(at / 100000), (int)(at % 100000));
	return out;
}

static void write_date(struct ts_wr *w, int64_t unix_ms)
{
	char text[40];
	struct tm tm;
	const time_t at = (time_t)(unix_ms / 1000);
	if (unix_ms < 0 || !gmtime_r(&at, &tm) || !strftime(text, sizeof text, "%FT%T", &tm))
		return;
	line(w, "#EXT-X-PROGRAM-DATE-TIME:%s.%03dZ", text, (int)(unix_ms % 1000));
}

/* ---- the media playlist */

static void write_numbers(struct ts_wr *w, const struct ts_playlist *p)
{
	line(w, "#EXT-X-MEDIA-SEQUENCE:%llu",
		(unsigned long long)(p->n ? p->segment[0]->number : p->next));
	line(w, "#EXT-X-DISCONTINUITY-SEQUENCE:%llu", (unsigned long long)p->discontinuities);
}

static void write_head(struct ts_wr *w, const struct ts_playlist *p)
{
	char part[32], part_back[32], back[32];
	line(w, "#EXTM3U\n#EXT-X-VERSION:6\n#EXT-X-TARGETDURATION:%d", TS_PLAYLIST_TARGET_S);
	line(w, "#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=%s,HOLD-BACK=%s",
		seconds(part_back, HOLD_BACKS * TS_PLAYLIST_PART_NS),
		seconds(back, HOLD_BACKS * TS_PLAYLIST_TARGET_S * NS_PER_S));
	line(w, "#EXT-X-PART-INF:PART-TARGET=%s", seconds(part, TS_PLAYLIST_PART_NS));
	write_numbers(w, p);
}

static void write_parts(struct ts_wr *w, const struct ts_playlist_segment *s, unsigned rendition)
{
	char name[TS_PLAYLIST_NAME_MAX], duration[32];
	for (size_t i = 0; i < s->n_parts; i++) {
		ts_playlist_name_write(name,
			&(struct ts_playlist_name){
				TS_PLAYLIST_PART, s->number, (unsigned)i, rendition});
		line(w, "#EXT-X-PART:DURATION=%s,URI=\"%s\"%s",
			seconds(duration, s->part[i].duration_ns), name,
			s->part[i].independent ? ",INDEPENDENT=YES" : "");
	}
}

static void write_segment(struct ts_wr *w, const struct ts_playlist *p, size_t i, bool parts_too)
{
	const struct ts_playlist_segment *s = p->segment[i];
	const bool new_init = !i || s->init != p->segment[i - 1]->init;
	char name[TS_PLAYLIST_NAME_MAX], duration[32];
	if (s->discontinuity) line(w, "#EXT-X-DISCONTINUITY");
	if (new_init) {
		ts_playlist_name_write(name,
			&(struct ts_playlist_name){TS_PLAYLIST_INIT, s->init, 0, p->rendition});
		line(w, "#EXT-X-MAP:URI=\"%s\"", name);
	}
	write_date(w, s->unix_ms);
	if (parts_too) write_parts(w, s, p->rendition);
	if (!s->whole) return;
	ts_playlist_name_write(
		name, &(struct ts_playlist_name){TS_PLAYLIST_SEGMENT, s->number, 0, p->rendition});
	line(w, "#EXTINF:%s,\n%s", seconds(duration, s->duration_ns), name);
}

static void write_hint(struct ts_wr *w, const struct ts_playlist *p)
{
	char text[TS_PLAYLIST_NAME_MAX];
	struct ts_playlist_name name = {
		.kind = TS_PLAYLIST_PART, .number = p->next, .rendition = p->rendition};
	const struct ts_playlist_segment *last = p->n ? p->segment[p->n - 1] : NULL;
	if (last) name.number = last->whole ? last->number + 1 : last->number;
	if (last && !last->whole) name.part = (unsigned)last->n_parts;
	ts_playlist_name_write(text, &name);
	line(w, "#EXT-X-PRELOAD-HINT:TYPE=PART,URI=\"%s\"", text);
}

static void write_reports(struct ts_wr *w, const struct ts_playlist *p)
{
	char name[TS_PLAYLIST_NAME_MAX];
	for (size_t i = 0; i < p->n_reports; i++) {
		const struct ts_playlist_report *r = &p->report[i];
		ts_playlist_name_write(name,
			&(struct ts_playlist_name){
				.kind = TS_PLAYLIST_LIST, .rendition = r->rendition});
		line(w, "#EXT-X-RENDITION-REPORT:URI=\"%s\",LAST-MSN=%llu,LAST-PART=%u", name,
			(unsigned long long)r->number, r->part);
	}
}

void ts_playlist_write(struct ts_wr *w, const struct ts_playlist *p)
{
	int64_t left_ns = 0;
	for (size_t i = 0; i < p->n; i++) left_ns += p->segment[i]->duration_ns;
	write_head(w, p);
	for (size_t i = 0; i < p->n; i++) {
		write_segment(w, p, i, left_ns <= NAMED_NS);
		left_ns -= p->segment[i]->duration_ns;
	}
	if (p->ended) {
		line(w, "#EXT-X-ENDLIST");
		return;
	}
	write_hint(w, p);
	write_reports(w, p);
}

void ts_playlist_write_captions(struct ts_wr *w, const struct ts_playlist *p)
{
	line(w, "#EXTM3U\n#EXT-X-VERSION:6\n#EXT-X-TARGETDURATION:%d", TS_PLAYLIST_TARGET_S);
	write_numbers(w, p);
	for (size_t i = 0; i < p->n && p->segment[i]->whole; i++) {
		const struct ts_playlist_segment *s = p->segment[i];
		char name[TS_PLAYLIST_NAME_MAX], duration[32];
		if (s->discontinuity) line(w, "#EXT-X-DISCONTINUITY");
		write_date(w, s->unix_ms);
		ts_playlist_name_write(name,
			&(struct ts_playlist_name){.kind = TS_PLAYLIST_CUES, .number = s->number});
		line(w, "#EXTINF:%s,\n%s", seconds(duration, s->duration_ns), name);
	}
	if (p->ended) line(w, "#EXT-X-ENDLIST");
}

void ts_playlist_write_main(
	struct ts_wr *w, const struct ts_playlist_variant *v, size_t n, const char *captions)
{
	line(w, "#EXTM3U\n#EXT-X-VERSION:6");
	if (captions)
		line(w,
			"#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID=\"captions\",NAME=\"Captions\","
			"DEFAULT=NO,AUTOSELECT=YES,FORCED=NO,URI=\"%s\"",
			captions);
	for (; n--; v++) {
		line(w,
			"#EXT-X-STREAM-INF:BANDWIDTH=%lld,CODECS=\"%s,%s\",RESOLUTION=%dx%d,"
			"FRAME-RATE=%d%s",
			(long long)v->bps, v->video, v->audio, v->width, v->height, v->fps,
			captions ? ",SUBTITLES=\"captions\"" : "");
		line(w, "%s", v->uri);
	}
}

/* ---- names */

void ts_playlist_name_write(char out[TS_PLAYLIST_NAME_MAX], const struct ts_playlist_name *name)
{
	const unsigned long long n = name->number;
	char whose[16] = "";
	if (name->rendition) snprintf(whose, sizeof whose, "r%u-", name->rendition);
	switch (name->kind) {
	case TS_PLAYLIST_LIST: snprintf(out, TS_PLAYLIST_NAME_MAX, "%slive.m3u8", whose); break;
	case TS_PLAYLIST_INIT: snprintf(out, TS_PLAYLIST_NAME_MAX, "%si%llu.mp4", whose, n); break;
	case TS_PLAYLIST_SEGMENT:
		snprintf(out, TS_PLAYLIST_NAME_MAX, "%ss%llu.m4s", whose, n);
		break;
	case TS_PLAYLIST_PART:
		snprintf(out, TS_PLAYLIST_NAME_MAX, "%ss%llu.%u.m4s", whose, n, name->part);
		break;
	case TS_PLAYLIST_CAPTIONS: snprintf(out, TS_PLAYLIST_NAME_MAX, "captions.m3u8"); break;
	case TS_PLAYLIST_CUES: snprintf(out, TS_PLAYLIST_NAME_MAX, "c%llu.vtt", n); break;
	}
}

/* Digits; more than 18 are no number of ours. */
static bool read_number(const char **at, uint64_t *out)
{
	const char *p = *at;
	uint64_t n = 0;
	while (*p >= '0' && *p <= '9' && p - *at < 19) n = n * 10 + (uint64_t)(*p++ - '0');
	if (p == *at || p - *at > 18) return false;
	*out = n;
	*at = p;
	return true;
}

bool ts_playlist_name_read(struct ts_playlist_name *out, const char *text)
{
	char again[TS_PLAYLIST_NAME_MAX];
	uint64_t part = 0, rendition = 0;
	const char *kind = text, *at = text + 1;
	*out = (struct ts_playlist_name){.kind = TS_PLAYLIST_LIST};
	if (*text == 'r') {
		if (!read_number(&at, &rendition) || *at != '-' ||
			rendition >= TS_PLAYLIST_RENDITIONS)
			return false;
		out->rendition = (unsigned)rendition;
		kind = at + 1;
		at += 2;
	}
	if (!strcmp(text, "captions.m3u8")) {
		out->kind = TS_PLAYLIST_CAPTIONS;
	} else if (*kind == 'c') {
		out->kind = TS_PLAYLIST_CUES;
		if (!read_number(&at, &out->number)) return false;
	} else if (*kind == 'i' || *kind == 's') {
		out->kind = *kind == 'i' ? TS_PLAYLIST_INIT : TS_PLAYLIST_SEGMENT;
		if (!read_number(&at, &out->number)) return false;
		if (*kind == 's' && *at++ == '.' && *at >= '0' && *at <= '9') {
			out->kind = TS_PLAYLIST_PART;
			if (!read_number(&at, &part) || part >= TS_PLAYLIST_PARTS) return false;
			out->part = (unsigned)part;
		}
	}
	ts_playlist_name_write(again, out);
	return !strcmp(again, text);
}

/* ---- reloads */

enum ts_reload ts_reload_judge(
	int64_t msn, int64_t part, uint64_t growing, size_t n_parts, size_t n_before)
{
	const int64_t now = (int64_t)growing;
	if (msn < 0) return part >= 0 ? TS_RELOAD_BAD : TS_RELOAD_NOW;
	/* "more than two segments ahead of the last" may be refused at once */
	if (msn > now + 1 || part >= TS_PLAYLIST_PARTS) return TS_RELOAD_BAD;
	if (msn == now - 1 && part >= (int64_t)n_before)
		return n_parts ? TS_RELOAD_NOW : TS_RELOAD_LATER;
	if (msn < now) return TS_RELOAD_NOW;
	if (msn > now || part < 0) return TS_RELOAD_LATER;
	return part < (int64_t)n_parts ? TS_RELOAD_NOW : TS_RELOAD_LATER;
}
