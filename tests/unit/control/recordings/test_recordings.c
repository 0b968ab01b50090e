/* Recordings of rooms that a test moves by hand, with files in a folder of its own. */
#include "control/recordings/recordings.h"

#include "base/clock.h"
#include "base/counter.h"
#include "base/error.h"
#include "base/loop.h"
#include "config/config.h"
#include "mixer/room/views.h"
#include "mixer/source/branch.h"
#include "tests/unit/base/cmocka_all.h"
#include "tests/unit/common/fake_time.h"
#include "tests/unit/control/fake_room.h"
#include <dirent.h>
#include <ftw.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FPS = 30 };

static struct {
	char path[64], dir[96];
	struct ts_config config;
	struct ts_loop *loop;
	struct ts_registry *registry;
	struct ts_recordings *all;
	struct ts_sink *pictures; /* of the recording that was begun last */
	int n_changed, n_gone, n_done;
	enum ts_recording_state last;
} t;

static void set(const char *key, const char *value)
{
	char line[256], err[TS_CONFIG_ERR_MAX];
	snprintf(line, sizeof(line), "recording.%s=%s", key, value);
	assert_int_equal(ts_config_set(&t.config, line, err, sizeof(err)), 0);
}

static void on_change(void *arg, const struct ts_recording *r, bool gone)
{
	(void)arg;
	t.last = r->state;
	t.n_changed++;
	t.n_gone += gone;
}

static void on_done(void *arg)
{
	(void)arg;
	t.n_done++;
}

static int open_server(void)
{
	static struct ts_engine engine;
	const struct ts_registry_config config = {
		.room = {.width = 1280, .height = 720, .fps = 30, .max_participants = 4},
		.max_rooms = 4,
		.half_open = {.max = 6, .max_per_address = 4}};
	int err = ts_loop_create(&t.loop, "control");
	if (!err) err = ts_registry_create(&t.registry, &engine, &config);
	if (!err) err = ts_recordings_create(&t.all, t.loop, t.registry, &t.config);
	if (!err) ts_recordings_watch(t.all, on_change, NULL);
	return err;
}

static void drop_pictures(void)
{
	ts_sink_unref(&t.pictures);
}

static void close_server(void)
{
	drop_pictures();
	t.n_done = 0;
	if (t.registry) ts_registry_close(t.registry, on_done, NULL);
	if (t.all) {
		ts_recordings_close(t.all, on_done, NULL);
		ts_fake_time_run();
		assert_int_equal(t.n_done, 2);
	}
	ts_recordings_destroy(&t.all);
	if (t.registry) ts_registry_destroy(&t.registry);
	ts_loop_destroy(&t.loop);
}

static int make(void **state)
{
	(void)state;
	memset(&t, 0, sizeof(t));
	ts_fake_reset();
	strcpy(t.path, "/tmp/tessera-recordings.XXXXXX");
	if (!mkdtemp(t.path)) return -1;
	snprintf(t.dir, sizeof(t.dir), "%s/kept", t.path);
	ts_config_init_defaults(&t.config);
	set("dir", t.dir);
	set("min_free_mb", "0");
	return open_server();
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st, (void)type, (void)ftw;
	return remove(path);
}

static int unmake(void **state)
{
	(void)state;
	close_server();
	ts_config_fini(&t.config);
	if (ts_fake.rooms || ts_fake.participants || ts_fake.sinks) return -1;
	return nftw(t.path, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* ---- rooms, pictures and sound */

static struct ts_member *join_as(const char *room, enum ts_kind kind)
{
	const struct ts_join join = {.kind = kind};
	struct ts_member *member;
	assert_int_equal(ts_registry_join(t.registry, room, &join, NULL, NULL, &member), 0);
	return member;
}

static struct ts_member *join(const char *room)
{
	return join_as(room, TS_KIND_WEBRTC);
}

static const struct ts_recording *record(const char *room, const char *name)
{
	const struct ts_recording_wish wish = {.container = TS_CONTAINER_MP4, .name = name};
	const struct ts_recording *r = NULL;
	assert_int_equal(
		ts_recordings_start(t.all, ts_registry_find(t.registry, room), &wish, &r), 0);
	drop_pictures();
	return r;
}

static void push(struct ts_sink *sink, uint8_t *bytes, size_t len, bool key)
{
	AVPacket *p = av_packet_alloc();
	const struct ts_unit_time time = {.capture_ns = ts_now_ns(), .now_ns = ts_now_ns()};
	p->data = bytes;
	p->size = (int)len;
	p->flags = key ? AV_PKT_FLAG_KEY : 0;
	sink->ops->packet(sink, p, &time);
	p->data = NULL;
	av_packet_free(&p);
}

/* Pictures alone, of so many bytes, in the room that is recorded; they may end in the middle. */
static void live(int seconds, size_t bytes)
{
	static const uint8_t sets[] = {0, 0, 0, 1, 0x67, 0x42, 0xc0, 0x0d, 0xd9, 0x01, 0x41, 0x9a,
		0x6e, 0x04, 0x40, 0, 0, 3, 0, 0x40, 0, 0, 0x0f, 0x23, 0xc5, 0x0a, 0x92, 0, 0, 0, 1,
		0x68, 0xcb, 0x83, 0xcb, 0x20, 0, 0, 0, 1, 0x65};
	static const uint8_t slice[] = {0, 0, 0, 1, 0x41};
	static const struct ts_stream_params params = {
		.codec = TS_CODEC_H264, .width = 320, .height = 180, .fps = FPS};
	uint8_t *unit = malloc(bytes);
	memset(unit, 0x5a, bytes);
	for (int i = 0; i < seconds * FPS; i++) {
		const bool key = i % FPS == 0;
		if (ts_fake.sink && !t.pictures)
			t.pictures = ts_fake.sink->pictures_of(ts_fake.sink);
		memcpy(unit, key ? sets : slice, key ? sizeof(sets) : sizeof(slice));
		if (t.pictures && key) t.pictures->ops->start(t.pictures, &params);
		if (t.pictures) push(t.pictures, unit, bytes, key);
		ts_fake_time_after(TS_NS_PER_S / FPS);
	}
	free(unit);
}

static int files_in(const char *dir)
{
	int n = 0;
	DIR *d = opendir(dir);
	for (const struct dirent *e; d && (e = readdir(d));) n += e->d_name[0] != '.';
	if (d) closedir(d);
	return n;
}

static int64_t size_of(const struct ts_recording *r, const char *suffix)
{
	char path[192];
	struct stat st;
	snprintf(path, sizeof(path), "%s/%s.%s", t.dir, r->id, suffix);
	return lstat(path, &st) ? -1 : (int64_t)st.st_size;
}

static json_t *sidecar_of(const struct ts_recording *r)
{
	char path[192];
	snprintf(path, sizeof(path), "%s/%s.json", t.dir, r->id);
	return json_load_file(path, 0, NULL);
}

static bool journal_has(const struct ts_recording *r, const char *event)
{
	json_t *json = sidecar_of(r), *entry;
	size_t i;
	bool found = false;
	json_array_foreach(json_object_get(json, "journal"), i, entry)
	{
		const char *text = json_string_value(json_object_get(entry, "event"));
		found |= text && !strcmp(text, event);
	}
	json_decref(json);
	return found;
}

/* ---- */

static void starts_and_stops(void **state)
{
	(void)state;
	const int64_t before = ts_count_get(TS_C_RECORDINGS_DONE);
	join("r");
	const struct ts_recording *r = record("r", "Weekly");
	assert_int_equal(ts_fake.sinks, 1);
	assert_true(ts_fake.sink->records);
	assert_int_equal(ts_count_get(TS_C_RECORDINGS), 1);
	live(4, 500);
	assert_int_equal(r->state, TS_RECORDING_RUNS);
	assert_true(r->bytes > 0 && r->duration_ms > 2000);
	ts_recordings_stop(t.all, r, false);
	assert_int_equal(r->state, TS_RECORDING_FINISHING);
	assert_int_equal(ts_fake.sinks, 0);
	ts_fake_time_run();
	assert_int_equal(r->state, TS_RECORDING_DONE);
	assert_int_equal(t.last, TS_RECORDING_DONE);
	assert_string_equal(r->reason, "stopped");
	assert_in_range(r->duration_ms, 3900, 4100);
	assert_int_equal(r->parts->len, 1);
	assert_true(g_array_index(r->parts, struct ts_recording_part, 0).seekable);
	assert_int_equal(size_of(r, "mp4"), r->bytes);
	assert_true(journal_has(r, "joined") && journal_has(r, "ended"));
	assert_int_equal(ts_count_get(TS_C_RECORDINGS), 0);
	assert_int_equal(ts_count_get(TS_C_RECORDINGS_DONE), before + 1);
	/* once more: it goes with its files */
	ts_recordings_stop(t.all, r, true);
	ts_fake_time_run();
	assert_int_equal(t.n_gone, 1);
	assert_int_equal(files_in(t.dir), 0);
}

static const struct ts_recording *record_tracks(const char *room)
{
	static const struct ts_recording_wish wish = {
		.container = TS_CONTAINER_MKV, .name = "", .with_tracks = true};
	const struct ts_recording *r = NULL;
	const int err = ts_recordings_start(t.all, ts_registry_find(t.registry, room), &wish, &r);
	drop_pictures();
	return err ? NULL : r;
}

static void speak(struct ts_packet_pool *pool)
{
	static int seq;
	struct ts_packet *p = ts_packet_get(pool);
	assert_non_null(p);
	p->payload = p->data;
	p->payload_len = 3;
	p->codec = TS_CODEC_OPUS;
	p->ext_seq = ++seq;
	p->timestamp_rtp = (uint32_t)seq * 960;
	p->arrival_ns = ts_now_ns();
	memcpy(p->payload, "\xf8\xff\xfe", 3);
	ts_branch_push(ts_fake.voice, p);
	ts_packet_unref(&p);
	ts_fake_time_after(20 * TS_NS_PER_MS);
}

/* All have one voice here, as somebody has who goes from one room to the other. */
static void rooms_keep_tracks_beside_each_other(void **state)
{
	struct ts_packet_pool *pool;
	(void)state;
	assert_int_equal(ts_packet_pool_create(&pool, 8), 0);
	assert_int_equal(ts_branch_create(&ts_fake.voice), 0);
	set("max_running", "4");
	ts_fake.info.state = TS_P_CONNECTED;
	join("r");
	join("s");
	const struct ts_recording *one = record_tracks("r"), *other = record_tracks("s");
	assert_non_null(one);
	assert_non_null(other);
	assert_null(record_tracks("r"));
	assert_null(record_tracks("s"));
	for (int i = 0; i < 100; i++) speak(pool);
	assert_int_equal(one->tracks->len, 1);
	assert_int_equal(other->tracks->len, 0); /* who has it pops alone */
	ts_recordings_stop(t.all, one, false);
	ts_fake_time_run();
	for (int i = 0; i < 100; i++) speak(pool);
	assert_int_equal(one->tracks->len, 1);
	assert_int_equal(other->tracks->len, 1);
	const struct ts_recording *again = record_tracks("r");
	assert_non_null(again);
	ts_recordings_stop(t.all, other, false);
	ts_recordings_stop(t.all, again, false);
	ts_fake_time_run();
	assert_true(other->state >= TS_RECORDING_DONE);
	assert_true(again->state >= TS_RECORDING_DONE);
	ts_branch_unref(&ts_fake.voice);
	ts_packet_pool_close(&pool);
}

static void names_are_no_paths(void **state)
{
	(void)state;
	join("...");
	const struct ts_recording *r = record("...", "../../etc/x\n$(reboot)");
	live(1, 500);
	assert_null(ts_recordings_find(t.all, "...", "../../../../../../etc/passwd"));
	assert_null(ts_recordings_find(t.all, "r", r->id));
	assert_ptr_equal(ts_recordings_find(t.all, "...", r->id), r);
	assert_int_equal(ts_recordings_open(t.all, r, 2), -1);
	ts_recordings_stop(t.all, r, false);
	ts_fake_time_run();
	assert_int_equal(files_in(t.dir), 2);
	assert_int_equal(files_in(t.path), 1);
	const int fd = ts_recordings_open(t.all, r, 0);
	assert_true(fd >= 0);
	close(fd);
	/* a link in the place of a file is not followed */
	char path[192];
	snprintf(path, sizeof(path), "%s/%s.mp4", t.dir, r->id);
	assert_int_equal(remove(path), 0);
	assert_int_equal(symlink("/etc/passwd", path), 0);
	assert_int_equal(ts_recordings_open(t.all, r, 1), -1);
}

static void what_cannot_begin_leaves_nothing(void **state)
{
	static const struct ts_recording_wish wish = {.container = TS_CONTAINER_MP4, .name = ""};
	const struct ts_recording *r;
	size_t at = 0;
	(void)state;
	struct ts_room *room;
	join("r");
	room = ts_registry_find(t.registry, "r");
	ts_fake.sink_err = TS_ELIMIT;
	assert_int_equal(ts_recordings_start(t.all, room, &wish, &r), TS_ELIMIT);
	ts_fake_time_run();
	set("max_running", "0");
	assert_int_equal(ts_recordings_start(t.all, room, &wish, &r), TS_ELIMIT);
	set("max_running", "2");
	set("min_free_mb", "16777216");
	assert_int_equal(ts_recordings_start(t.all, room, &wish, &r), TS_EFULL);
	assert_null(ts_recordings_next(t.all, "r", &at));
	assert_int_equal(files_in(t.dir), 0);
	assert_int_equal(t.n_changed, 0);
	assert_int_equal(ts_count_get(TS_C_RECORDINGS), 0);
}

static void folders_of_others_are_refused(void **state)
{
	char path[96];
	(void)state;
	close_server();
	assert_int_equal(chmod(t.dir, 0777), 0);
	assert_int_equal(open_server(), TS_EIO);
	close_server();
	assert_int_equal(chmod(t.dir, 0750), 0);
	snprintf(path, sizeof(path), "%s/file", t.path);
	FILE *file = fopen(path, "w");
	assert_int_equal(fclose(file), 0);
	set("dir", path);
	assert_int_equal(open_server(), TS_EIO);
	close_server();
	set("dir", t.dir);
	assert_int_equal(open_server(), 0);
}

static void pauses(void **state)
{
	(void)state;
	join("r");
	const struct ts_recording *r = record("r", "");
	live(2, 500);
	assert_int_equal(ts_recordings_pause(t.all, r, true), 0);
	assert_int_equal(ts_recordings_pause(t.all, r, true), 0);
	assert_int_equal(r->state, TS_RECORDING_PAUSED);
	assert_false(ts_fake.sink->records);
	live(3, 500);
	assert_true(journal_has(r, "paused"));
	assert_int_equal(ts_recordings_pause(t.all, r, false), 0);
	assert_true(ts_fake.sink->records);
	live(1, 500);
	ts_recordings_stop(t.all, r, false);
	assert_int_equal(ts_recordings_pause(t.all, r, true), TS_EINVAL);
	ts_fake_time_run();
	assert_in_range(r->duration_ms, 2900, 3100);
	assert_true(journal_has(r, "resumed"));
}

static void ends_with_its_room_or_its_time(void **state)
{
	const struct ts_recording_wish wish = {
		.container = TS_CONTAINER_MP4, .name = "", .max_duration_s = 2};
	const struct ts_recording *timed;
	(void)state;
	struct ts_member *a = join("r");
	const struct ts_recording *r = record("r", "");
	live(1, 500);
	ts_participant_leave(a->participant, "bye");
	assert_string_equal(r->reason, "room-empty");
	join("r");
	assert_int_equal(
		ts_recordings_start(t.all, ts_registry_find(t.registry, "r"), &wish, &timed), 0);
	drop_pictures();
	live(4, 500);
	assert_string_equal(timed->reason, "max-duration");
	assert_in_range(timed->duration_ms, 1900, 2400);
	assert_int_equal(timed->state, TS_RECORDING_DONE);
}

/* In breakouts, that is: it runs on until they are over with nobody back. */
static void runs_on_while_all_are_elsewhere(void **state)
{
	(void)state;
	struct ts_member *a = join("r");
	struct ts_room *room = ts_registry_find(t.registry, "r");
	assert_int_equal(ts_registry_change(t.registry, room, ts_room_config(room), true), 0);
	const struct ts_recording *r = record("r", "");
	live(1, 500);
	ts_registry_hold(t.registry, room, true);
	assert_int_equal(ts_registry_move(t.registry, a->participant, "elsewhere"), 0);
	live(1, 500);
	assert_int_equal(ts_fake.sinks, 1);
	assert_int_equal(ts_registry_move(t.registry, a->participant, "r"), 0);
	ts_registry_hold(t.registry, room, false);
	live(1, 500);
	assert_int_equal(ts_fake.sinks, 1);
	ts_registry_hold(t.registry, room, true);
	assert_int_equal(ts_registry_move(t.registry, a->participant, "elsewhere"), 0);
	assert_int_equal(ts_fake.sinks, 1);
	ts_registry_hold(t.registry, room, false);
	assert_int_equal(ts_fake.sinks, 0);
	assert_string_equal(r->reason, "room-empty");
}

static void always_is_until_it_is_stopped(void **state)
{
	(void)state;
	struct ts_member *a = join("r"), *b = join("r");
	struct ts_room *room = ts_registry_find(t.registry, "r");
	struct ts_room_config config = *ts_room_config(room);
	size_t at = 0;
	config.record_always = true;
	assert_int_equal(ts_room_set_config(room, &config), 0);
	const struct ts_recording *r = ts_recordings_next(t.all, "r", &at);
	assert_non_null(r);
	assert_true(r->automatic);
	drop_pictures();
	live(1, 500);
	ts_recordings_stop(t.all, r, false);
	assert_int_equal(ts_room_set_config(room, &config), 0);
	ts_participant_leave(b->participant, "bye");
	assert_int_equal(ts_fake.sinks, 0);
	ts_participant_leave(a->participant, "bye");
	assert_null(ts_registry_find(t.registry, "r"));
}

/* A camera of the network stays when all have left: that is no reason to go on. */
static void inputs_are_nobody(void **state)
{
	(void)state;
	const struct ts_recording *r = NULL;
	struct ts_member *camera = join_as("r", TS_KIND_INPUT), *film;
	struct ts_room *room = ts_registry_find(t.registry, "r");
	struct ts_room_config config = *ts_room_config(room);
	config.record_always = true;
	assert_int_equal(ts_room_set_config(room, &config), 0);
	size_t at = 0;
	assert_null(ts_recordings_next(t.all, "r", &at));
	for (int round = 1; round <= 2; round++) {
		struct ts_member *a = join("r");
		at = 0;
		for (int i = 0; i < round; i++) r = ts_recordings_next(t.all, "r", &at);
		assert_non_null(r);
		drop_pictures();
		film = join_as("r", TS_KIND_INPUT);
		ts_participant_leave(film->participant, "input-ended");
		assert_int_equal(ts_fake.sinks, 1);
		ts_participant_leave(a->participant, "bye");
		assert_int_equal(ts_fake.sinks, 0);
		assert_string_equal(r->reason, "room-empty");
	}
	/* by request it is recorded, and what else ends there changes nothing */
	r = record("r", "camera");
	film = join_as("r", TS_KIND_INPUT);
	ts_participant_leave(film->participant, "input-ended");
	assert_int_equal(ts_fake.sinks, 1);
	ts_participant_leave(camera->participant, "bye");
	assert_int_equal(ts_fake.sinks, 0);
}

/* Files may have so many bytes: a write that fails ends it, and what was written stays. */
static void a_write_that_fails_ends_it(void **state)
{
	struct rlimit was, little;
	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &was), 0);
	little = was;
	little.rlim_cur = 100000;
	const int64_t before = ts_count_get(TS_C_RECORDINGS_DISK);
	join("r");
	const struct ts_recording *r = record("r", "");
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &little), 0);
	live(6, 1000);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &was), 0);
	assert_string_equal(r->reason, "disk-error");
	assert_int_equal(r->state, TS_RECORDING_DONE);
	assert_in_range(r->bytes, 1, 100000 + 70000); /* its index */
	assert_int_equal(ts_count_get(TS_C_RECORDINGS_DISK), before + 1);
	assert_int_equal(ts_fake.sinks, 0);
	assert_int_equal(ts_fake.participants, 1);
}

/* It stays until another one needs its room. */
static void a_quota_ends_what_runs(void **state)
{
	const struct ts_recording_wish wish = {.container = TS_CONTAINER_MP4, .name = ""};
	const struct ts_recording *next;
	(void)state;
	set("quota_mb", "1");
	join("r");
	const struct ts_recording *r = record("r", "");
	live(4, 20000);
	assert_string_equal(r->reason, "disk-quota");
	assert_int_equal(r->state, TS_RECORDING_DONE);
	assert_true(r->bytes > 1 << 20);
	ts_fake_time_after(600 * TS_NS_PER_S);
	assert_int_equal(size_of(r, "mp4"), r->bytes);
	struct ts_room *room = ts_registry_find(t.registry, "r");
	assert_int_equal(ts_recordings_start(t.all, room, &wish, &next), 0);
	assert_int_equal(t.n_gone, 1);
}

/* As after kill -9: a copy of the folder while it runs, and another server that finds it. */
static void what_a_killed_server_leaves_is_finished(void **state)
{
	char command[256], id[TS_ULID_LEN + 1], other[96];
	size_t at = 0;
	(void)state;
	join("r");
	const struct ts_recording *r = record("r", "Weekly");
	live(5, 500);
	strcpy(id, r->id);
	snprintf(other, sizeof(other), "%s/other", t.path);
	snprintf(command, sizeof(command), "cp -a %s %s", t.dir, other);
	assert_int_equal(system(command), 0);
	close_server();
	ts_fake_reset();
	set("dir", other);
	strcpy(t.dir, other);
	assert_int_equal(open_server(), 0);
	r = ts_recordings_next(t.all, "r", &at);
	assert_non_null(r);
	assert_string_equal(r->id, id);
	assert_int_equal(r->state, TS_RECORDING_FINISHING);
	ts_fake_time_run();
	assert_int_equal(r->state, TS_RECORDING_DONE);
	assert_string_equal(r->reason, "server-died");
	assert_string_equal(r->name, "Weekly");
	assert_true(g_array_index(r->parts, struct ts_recording_part, 0).seekable);
	assert_true(r->duration_ms >= 3000);
	assert_int_equal(size_of(r, "mp4"), r->bytes);
	assert_true(journal_has(r, "joined"));
	/* and it is known, as it is, to the one after that */
	close_server();
	assert_int_equal(open_server(), 0);
	at = 0;
	r = ts_recordings_next(t.all, "r", &at);
	assert_int_equal(r->state, TS_RECORDING_DONE);
	assert_null(ts_recordings_next(t.all, "r", &at));
}

/* A server that stops waits for files to be closed, and finishes them when it is back. */
static void a_server_that_stops_ends_all(void **state)
{
	size_t at = 0;
	(void)state;
	join("r");
	record("r", "");
	live(2, 500);
	close_server();
	assert_int_equal(open_server(), 0);
	const struct ts_recording *r = ts_recordings_next(t.all, "r", &at);
	assert_string_equal(r->reason, "server-stopped");
	ts_fake_time_run();
	assert_int_equal(r->state, TS_RECORDING_DONE);
	assert_true(g_array_index(r->parts, struct ts_recording_part, 0).seekable);
}

static void goes_on_with_main_where_its_view_is_removed(void **state)
{
	const struct ts_room_view_config config = {
		.id = "portrait", .width = 180, .height = 320, .fps = 30};
	const struct ts_recording *r;
	struct ts_room_view *view = NULL;
	(void)state;
	join("a");
	struct ts_room *room = ts_registry_find(t.registry, "a");
	assert_int_equal(ts_room_add_view(room, &config, NULL, &view), 0);
	const struct ts_recording_wish wish = {
		.container = TS_CONTAINER_MP4, .name = "", .view = view};
	assert_int_equal(ts_recordings_start(t.all, room, &wish, &r), 0);
	drop_pictures();
	assert_ptr_equal(ts_fake.sink->view, view);
	assert_string_equal(r->view, "portrait");
	live(1, 500);
	const int told = t.n_changed;
	ts_room_remove_view(view);
	assert_string_equal(r->view, "main");
	assert_int_equal(r->state, TS_RECORDING_RUNS);
	assert_int_equal(t.n_changed, told + 1);
	/* another one of that name is none of its business */
	assert_int_equal(ts_room_add_view(room, &config, NULL, &view), 0);
	ts_room_remove_view(view);
	assert_int_equal(t.n_changed, told + 1);
	live(1, 500);
	ts_recordings_stop(t.all, r, false);
	ts_fake_time_run();
	json_t *sidecar = sidecar_of(r);
	assert_string_equal(json_string_value(json_object_get(sidecar, "view")), "main");
	json_decref(sidecar);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, make, unmake)
	const struct CMUnitTest tests[] = {
		TEST(starts_and_stops),
		TEST(rooms_keep_tracks_beside_each_other),
		TEST(names_are_no_paths),
		TEST(what_cannot_begin_leaves_nothing),
		TEST(folders_of_others_are_refused),
		TEST(pauses),
		TEST(goes_on_with_main_where_its_view_is_removed),
		TEST(ends_with_its_room_or_its_time),
		TEST(runs_on_while_all_are_elsewhere),
		TEST(always_is_until_it_is_stopped),
		TEST(inputs_are_nobody),
		TEST(a_write_that_fails_ends_it),
		TEST(a_quota_ends_what_runs),
		TEST(what_a_killed_server_leaves_is_finished),
		TEST(a_server_that_stops_ends_all),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
