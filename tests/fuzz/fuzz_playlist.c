/* Playlists: names and reloads as players send them; whatever segments there are, the text fits,
 * and its names are read again as what they stand for. */
#include "container/playlist.h"
#include <stdlib.h>
#include <string.h>

static void check_name(const uint8_t *data, size_t size)
{
	struct ts_playlist_name name;
	char *text = malloc(size + 1), again[TS_PLAYLIST_NAME_MAX];
	if (!text) abort();
	memcpy(text, data, size);
	text[size] = '\0';
	if (ts_playlist_name_read(&name, text)) {
		ts_playlist_name_write(again, &name);
		if (strcmp(again, text) != 0) abort();
		if (name.part >= TS_PLAYLIST_PARTS) abort();
	}
	free(text);
}

static void check_reload(struct ts_rd rd)
{
	const int64_t msn = (int32_t)ts_rd_u32(&rd), part = (int32_t)ts_rd_u32(&rd);
	const uint64_t growing = ts_rd_u32(&rd);
	const size_t n = ts_rd_u8(&rd) % (TS_PLAYLIST_PARTS + 1);
	const size_t before = ts_rd_u8(&rd) % (TS_PLAYLIST_PARTS + 1);
	const enum ts_reload is = ts_reload_judge(msn, part, growing, n, before);
	const int64_t now = (int64_t)growing, first = part >= (int64_t)before && !n ? now - 1 : now;
	/* whoever waits, waits for what comes next or soon after */
	if (is == TS_RELOAD_LATER && (msn < first || msn > now + 1)) abort();
}

/* Each address of the text is a name of ours. */
static void check_text(const char *text)
{
	struct ts_playlist_name name;
	char uri[TS_PLAYLIST_NAME_MAX];
	for (const char *at = text; (at = strstr(at, "URI=\"")); at++) {
		const size_t len = strcspn(at + 5, "\"");
		if (len >= sizeof uri) abort();
		memcpy(uri, at + 5, len);
		uri[len] = '\0';
		if (!ts_playlist_name_read(&name, uri)) abort();
	}
}

static void check_list(struct ts_rd rd)
{
	static struct ts_playlist_segment all[TS_PLAYLIST_SEGMENTS];
	static char text[TS_PLAYLIST_BYTES + 1];
	const struct ts_playlist_segment *list[TS_PLAYLIST_SEGMENTS];
	struct ts_playlist p = {.discontinuities = ts_rd_u32(&rd),
		.segment = list,
		.ended = rd.p < rd.end && *rd.p & 1};
	uint64_t number = (uint64_t)ts_rd_u32(&rd) << (ts_rd_u8(&rd) % 28);
	while (p.n < TS_PLAYLIST_SEGMENTS && ts_rd_left(&rd)) {
		struct ts_playlist_segment *s = &all[p.n];
		const uint8_t flags = ts_rd_u8(&rd);
		*s = (struct ts_playlist_segment){.number = number++,
			.init = ts_rd_u32(&rd),
			.discontinuity = flags & 1,
			.whole = flags & 2,
			.unix_ms = (int64_t)ts_rd_u32(&rd) << (flags & 31),
			.n_parts = (flags >> 2) % (TS_PLAYLIST_PARTS - 1)};
		for (size_t i = 0; i < s->n_parts; i++) {
			s->part[i] = (struct ts_playlist_part){
				(int64_t)((uint64_t)ts_rd_u32(&rd) << (flags % 24)), flags & 4};
			s->duration_ns += s->part[i].duration_ns;
		}
		list[p.n++] = s;
	}
	struct ts_wr w = ts_wr(text, TS_PLAYLIST_BYTES);
	ts_playlist_write(&w, &p);
	if (w.bad) abort();
	text[ts_wr_len(&w)] = '\0';
	check_text(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	check_name(data, size);
	check_reload(ts_rd(data, size));
	check_list(ts_rd(data, size));
	return 0;
}
