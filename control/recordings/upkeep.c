/* upkeep - what becomes of a recording's files: their index is put in front, the hook runs, and one
 * day retention takes them. */
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "control/recordings/core.h"
#include "control/recordings/retention.h"

#define MB (INT64_C(1) << 20)
#define DAY_MS (INT64_C(24) * 3600 * 1000)

static int64_t bytes_of(const struct ts_recorded *e)
{
	return e->r.bytes + e->r.track_bytes;
}

int64_t ts_recordings_bytes(const struct ts_recordings *all)
{
	int64_t bytes = 0;
	for (guint i = 0; i < all->list->len; i++) bytes += bytes_of(all->list->pdata[i]);
	return bytes;
}

/* ---- retention */

static void keep_to(struct ts_recordings *all, bool keep_newest)
{
	const struct ts_retention limits = {.keep_newest = keep_newest,
		.max_age_ms = all->config->recording.max_age_days * DAY_MS,
		.quota_bytes = all->config->recording.quota_mb * MB};
	const guint n = all->list->len;
	if (!n || (!limits.max_age_ms && !limits.quota_bytes)) return;
	struct ts_kept *kept = g_new0(struct ts_kept, n);
	for (guint i = 0; i < n; i++) {
		const struct ts_recorded *e = all->list->pdata[i];
		kept[i] = (struct ts_kept){.bytes = bytes_of(e),
			.ended_ms = e->r.ended_ms,
			.finished = e->r.state >= TS_RECORDING_DONE};
	}
	ts_retention_judge(&limits, kept, n, ts_unix_ms_from_ns(ts_now_ns()));
	for (guint i = n; i--;) {
		struct ts_recorded *e = all->list->pdata[i];
		if (!kept[i].goes) continue;
		ts_info("recording removed", "recording=%s room=%s bytes=%lld reason=retention",
			e->r.id, e->r.room, (long long)e->r.bytes);
		ts_recorded_remove(e);
	}
	g_free(kept);
}

void ts_recordings_keep_up(struct ts_recordings *all)
{
	keep_to(all, true);
}

bool ts_recordings_disk_is_full(struct ts_recordings *all)
{
	const int64_t quota = all->config->recording.quota_mb * MB;
	if (ts_files_free(all->files) < all->config->recording.min_free_mb * MB) return true;
	keep_to(all, true);
	if (quota && ts_recordings_bytes(all) >= quota) keep_to(all, false);
	return quota && ts_recordings_bytes(all) >= quota;
}

/* ---- finishing */

static void conclude(struct ts_recorded *e)
{
	struct ts_recordings *all = e->all;
	e->r.state = e->r.parts->len && e->r.bytes ? TS_RECORDING_DONE : TS_RECORDING_FAILED;
	ts_recorded_write(e, ts_now_ns());
	ts_info("recording finished",
		"recording=%s room=%s state=%s bytes=%lld duration_ms=%lld "
		"dropped=%lld",
		e->r.id, e->r.room, ts_recording_state_name(e->r.state), (long long)e->r.bytes,
		(long long)e->r.duration_ms, (long long)e->r.dropped);
	if (e->r.state == TS_RECORDING_DONE)
		ts_hook_run(all->hook, &e->r, ts_files_path(all->files));
	ts_recorded_tell(e);
	g_clear_pointer(&e->journal, ts_journal_free);
	ts_recordings_keep_up(all);
}

static struct ts_recorded *find(struct ts_recordings *all, const char *id)
{
	for (guint i = 0; i < all->list->len; i++) {
		struct ts_recorded *e = all->list->pdata[i];
		if (!g_strcmp0(e->r.id, id)) return e;
	}
	return NULL;
}

static void on_seekable(
	void *arg, const char *id, size_t part, const struct ts_files_seekable *result)
{
	struct ts_recorded *e = find(arg, id);
	if (!e || !e->indexing || part > e->r.parts->len) return; /* cannot be */
	struct ts_recording_part *p = &g_array_index(
		e->r.parts, struct ts_recording_part, part - 1);
	if (result->err) {
		ts_warn("recording not seekable", "recording=%s part=%zu error=%s", id, part,
			ts_strerror(result->err));
	} else {
		p->seekable = true;
		e->r.bytes += result->bytes - p->bytes;
		p->bytes = result->bytes;
		e->r.duration_ms += result->duration_ms - p->duration_ms;
		p->duration_ms = result->duration_ms;
	}
	if (--e->indexing) return;
	if (e->forget)
		ts_recorded_remove(e);
	else
		conclude(e);
}

void ts_recorded_finish(struct ts_recorded *e)
{
	struct ts_recordings *all = e->all;
	if (e->forget) {
		ts_recorded_remove(e);
		return;
	}
	ts_recorded_write(e, ts_now_ns());
	/* a stop waits for no file to be copied: a later start does that */
	for (guint i = 0; i < e->r.parts->len && !all->closing; i++) {
		const struct ts_recording_part *p = &g_array_index(
			e->r.parts, struct ts_recording_part, i);
		if (p->seekable || !ts_container_is_fragmented(e->r.container)) continue;
		e->indexing++;
		ts_files_make_seekable(all->files, e->r.id, i + 1, e->r.container, p->packets,
			all->config->recording.min_free_mb * MB, on_seekable, all);
	}
	if (!e->indexing && !all->closing) conclude(e);
}
