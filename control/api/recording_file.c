/* recording_file - the media of a recording, and its sidecar, as downloads. */
#include "base/error.h"
#include "control/api/handlers.h"
#include "control/http/etag.h"
#include "control/http/http.h"
#include "control/http/problem.h"
#include "control/http/range.h"
#include "control/json/shapes.h"
#include "control/recordings/recordings.h"
#include "control/rooms/rest.h"
#include "control/schema/params.h"
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* Which of a recording's: a part, a track, or its captions; none: the sidecar. */
struct file {
	int part, track;
	bool captions;
};

static const char *suffix_of(const struct ts_recording *r, const struct file *file)
{
	if (file->captions) return "vtt";
	if (file->track) return ts_container_name(TS_CONTAINER_MKV);
	return file->part ? ts_container_name(r->container) : "json";
}

static const char *type_of(const struct ts_recording *r, const struct file *file)
{
	if (file->captions) return "text/vtt";
	if (file->track) return ts_container_type(TS_CONTAINER_MKV);
	return file->part ? ts_container_type(r->container) : "application/json";
}

/* standup-20261126-171200-2.mp4: of letters that no system minds; the room's id has no others, but
 * may begin with a dot, which would hide the file. */
static void file_name(char *out, size_t cap, const struct ts_recording *r, const struct file *file)
{
	char at[32] = "";
	struct tm tm;
	const time_t created = (time_t)(r->created_ms / 1000);
	if (gmtime_r(&created, &tm)) strftime(at, sizeof(at), "%Y%m%d-%H%M%S", &tm);
	if (file->track)
		g_snprintf(out, cap, "%s-%s-t%d", r->room, at, file->track);
	else if (file->part > 1)
		g_snprintf(out, cap, "%s-%s-%d", r->room, at, file->part);
	else
		g_snprintf(out, cap, "%s-%s", r->room, at);
	if (*out == '.') *out = '_';
}

/* RFC 6266: the name that people gave it, for who reads it, behind the plain one. */
static void add_disposition(
	struct ts_request *request, const struct ts_recording *r, const struct file *file)
{
	char plain[160];
	const char *suffix = suffix_of(r, file);
	file_name(plain, sizeof(plain), r, file);
	g_autofree char *whole = *r->name ? g_strdup_printf("%s %s.%s", r->name, plain, suffix)
					  : g_strdup_printf("%s.%s", plain, suffix);
	g_strdelimit(whole, "/\\", '_');
	g_autofree char *escaped = g_uri_escape_string(whole, NULL, FALSE);
	g_autofree char *value = g_strdup_printf(
		"attachment; filename=\"%s.%s\"; filename*=UTF-8''%s", plain, suffix, escaped);
	ts_reply_header(request, "Content-Disposition", value);
}

static bool is_unchanged(struct ts_request *request, const char *etag)
{
	const char *none = ts_request_header(request, "If-None-Match");
	if (!none || !ts_etag_named(none, etag, true)) return false;
	ts_reply(request, 304, NULL, "", 0, TS_BODY_STATIC);
	ts_reply_header(request, "ETag", etag);
	ts_reply_send(request);
	return true;
}

/* If-Range: a range of another file than the client has is no use to it (RFC 9110 13.1.5). */
static const char *range_of(struct ts_request *request, const char *etag)
{
	const char *only_of = ts_request_header(request, "If-Range");
	return only_of && strcmp(only_of, etag) != 0 ? NULL : ts_request_header(request, "Range");
}

static void refuse_range(struct ts_request *request, int64_t size)
{
	char value[64];
	g_snprintf(value, sizeof(value), "bytes */%lld", (long long)size);
	ts_problem_make(request, 416, "range", NULL, "the file has %lld bytes", (long long)size);
	ts_reply_header(request, "Content-Range", value);
	ts_reply_send(request);
}

/* fd: [take] */
static void reply_file(struct ts_request *request, const struct ts_recording *r,
	const struct file *file, int fd, const struct stat *st)
{
	char etag[96], value[96];
	int64_t first, len;
	const int64_t size = st->st_size;
	/* a file that grows, or whose index was put in front, is another */
	g_snprintf(etag, sizeof(etag), "\"%s-%s%d-%llx-%llx\"", r->id,
		file->track              ? "t"
			: file->captions ? "c"
					 : "",
		file->track + file->part, (long long)size,
		(long long)(st->st_mtim.tv_sec * 1000000 + st->st_mtim.tv_nsec / 1000));
	const enum ts_range range = ts_range_parse(range_of(request, etag), size, &first, &len);
	if (is_unchanged(request, etag)) {
		close(fd);
		return;
	}
	if (range == TS_RANGE_NONE) {
		close(fd);
		refuse_range(request, size);
		return;
	}
	posix_fadvise(fd, first, len, POSIX_FADV_SEQUENTIAL);
	ts_reply_file(
		request, range == TS_RANGE_PART ? 206 : 200, type_of(r, file), fd, first, len);
	if (range == TS_RANGE_PART) {
		g_snprintf(value, sizeof(value), "bytes %lld-%lld/%lld", (long long)first,
			(long long)(first + len - 1), (long long)size);
		ts_reply_header(request, "Content-Range", value);
	}
	ts_reply_header(request, "Accept-Ranges", "bytes");
	ts_reply_header(request, "ETag", etag);
	ts_reply_header(request, "Cache-Control", "private, no-cache");
	add_disposition(request, r, file);
	ts_reply_send(request);
}

static void reply(struct ts_api *api, struct ts_request *request, const char *const *param,
	const struct file *file)
{
	struct stat st;
	const struct ts_recording *r = ts_recordings_find(api->recordings, param[0], param[1]);
	if (!r) {
		ts_problem(request, 404, "no-such-recording", NULL,
			"room \"%.64s\" has no recording \"%.64s\"", param[0], param[1]);
		return;
	}
	const int fd = file->captions ? ts_recordings_open_captions(api->recordings, r)
		: file->track         ? ts_recordings_open_track(api->recordings, r, file->track)
				      : ts_recordings_open(api->recordings, r, (size_t)file->part);
	if (fd >= 0 && !fstat(fd, &st) && S_ISREG(st.st_mode)) {
		reply_file(request, r, file, fd, &st);
		return;
	}
	if (fd >= 0) close(fd);
	ts_problem(request, 404, "no-file", NULL, "this recording has no such file, or not yet");
}

void ts_get_recording_file(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	struct file file = {.part = 1};
	if (ts_ask_int(request, &ts_shape_recording_file_query, "part", &file.part))
		reply(api, request, param, &file);
}

/* 0: it is no number of a track. */
static int number_of(const char *text)
{
	int n = 0;
	for (; *text >= '0' && *text <= '9' && n <= TS_RECORDING_TRACKS_MAX; text++)
		n = n * 10 + *text - '0';
	return *text || n > TS_RECORDING_TRACKS_MAX ? 0 : n;
}

void ts_get_recording_track(
	struct ts_api *api, struct ts_request *request, const char *const *param)
{
	const struct file file = {.track = number_of(param[2])};
	if (file.track)
		reply(api, request, param, &file);
	else
		ts_problem(request, 404, "no-file", NULL, "this recording has no such file");
}

void ts_get_recording_sidecar(
	struct ts_api *api, struct ts_request *request, const char *const *param)
{
	reply(api, request, param, &(struct file){.part = 0});
}

void ts_get_recording_captions(
	struct ts_api *api, struct ts_request *request, const char *const *param)
{
	reply(api, request, param, &(struct file){.captions = true});
}
