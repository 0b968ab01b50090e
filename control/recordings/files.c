#include "control/recordings/files.h"

#include "base/error.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/random.h"
#include "base/strand.h"
#include "container/seekable.h"
#include "control/recordings/sidecar.h"
#include "mixer/sink/writer.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum {
	WRITER_THREADS = 2,
	INDEX_THREADS = 1,
	INDEX_NICE = 10,
	SIDECAR_MAX_BYTES = 8 * 1024 * 1024,
	WAITING_MAX = 64,
	FILE_NAME_MAX = TS_WRITER_NAME_MAX + 16,
};

struct ts_files {
	struct ts_loop *loop;
	char *path;
	int folder;
	struct ts_pool *pool, *index_pool;
	struct ts_strand *strand, *index;
	atomic_bool stopping;
	atomic_int waiting; /* jobs of `strand` */
};

/* One piece of work, gone when it is done. */
struct job {
	struct ts_files *files;
	struct ts_task task;
	char id[TS_ULID_LEN + 1];
	enum ts_container container;
	size_t part, n_parts, n_tracks;
	char *text; /* of a sidecar, or captions */
	bool captions;
	int64_t packets, min_free_bytes;
	struct ts_files_seekable result;
	ts_files_done done;
	void *arg;
};

/* ---- the folder */

static char *own_path(void)
{
	const char *systemd = g_getenv("STATE_DIRECTORY");
	if (systemd && *systemd) return g_build_filename(systemd, "recordings", NULL);
	return g_build_filename(g_get_user_state_dir(), "tessera", "recordings", NULL);
}

/* Who else may write there could put another file in the place of ours. */
static const char *why_bad(int fd)
{
	struct stat st;
	if (fstat(fd, &st)) return "it cannot be looked at";
	if (st.st_uid != geteuid() && st.st_uid != 0) return "it belongs to somebody else";
	if (st.st_mode & S_IWOTH) return "everybody may write there";
	if (faccessat(fd, ".", W_OK | X_OK, AT_EACCESS)) return "the server may not write there";
	return NULL;
}

static int open_folder(struct ts_files *f)
{
	if (f->folder >= 0) return 0;
	if (g_mkdir_with_parents(f->path, 0750)) {
		ts_error("recordings", "folder=%s error=%s", TS_LOG_STR(f->path), strerror(errno));
		return TS_EIO;
	}
	const int fd = open(f->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const char *why = fd < 0 ? strerror(errno) : why_bad(fd);
	if (!why) {
		f->folder = fd;
		return 0;
	}
	if (fd >= 0) close(fd);
	ts_error("recordings", "folder=%s error=%s", TS_LOG_STR(f->path), TS_LOG_STR(why));
	return TS_EIO;
}

int ts_files_create(struct ts_files **out, struct ts_loop *loop, const char *path)
{
	struct ts_files *f = g_new0(struct ts_files, 1);
	f->loop = loop;
	f->folder = -1;
	f->path = *path ? g_strdup(path) : own_path();
	*out = f;
	if (!*path && !g_file_test(f->path, G_FILE_TEST_IS_DIR)) return 0;
	const int err = open_folder(f);
	if (!err || !*path) return 0;
	ts_files_destroy(out);
	return err;
}

int ts_files_open(struct ts_files *f)
{
	const struct ts_pool_config writers = {.name = "disk", .threads = WRITER_THREADS};
	const struct ts_pool_config index = {
		.name = "index", .threads = INDEX_THREADS, .nice = INDEX_NICE};
	int err = open_folder(f);
	if (!err && !f->pool) err = ts_pool_create(&f->pool, &writers);
	if (!err && !f->index_pool) err = ts_pool_create(&f->index_pool, &index);
	if (!err && !f->strand) err = ts_strand_create(&f->strand, f->pool, TS_CLASS_LOW);
	if (!err && !f->index) err = ts_strand_create(&f->index, f->index_pool, TS_CLASS_LOW);
	return err;
}

static void ignore(void *arg)
{
	(void)arg;
}

void ts_files_destroy(struct ts_files **files)
{
	struct ts_files *f = *files;
	*files = NULL;
	if (!f) return;
	atomic_store(&f->stopping, true);
	if (f->strand) ts_strand_close(f->strand, ignore, NULL);
	if (f->index) ts_strand_close(f->index, ignore, NULL);
	if (f->pool) ts_pool_destroy(&f->pool);
	if (f->index_pool) ts_pool_destroy(&f->index_pool);
	if (f->folder >= 0) close(f->folder);
	g_free(f->path);
	g_free(f);
}

int ts_files_folder(const struct ts_files *f)
{
	return f->folder;
}

struct ts_pool *ts_files_pool(const struct ts_files *f)
{
	return f->pool;
}

const char *ts_files_path(const struct ts_files *f)
{
	return f->path;
}

static int64_t free_of(int folder)
{
	struct statvfs fs;
	if (folder < 0 || fstatvfs(folder, &fs)) return INT64_MAX;
	return (int64_t)fs.f_bavail * (int64_t)fs.f_frsize;
}

int64_t ts_files_free(const struct ts_files *f)
{
	return free_of(f->folder);
}

/* ---- reading */

static void captions_name(char out[FILE_NAME_MAX], const char *id)
{
	snprintf(out, FILE_NAME_MAX, "%s.vtt", id);
}

static void sidecar_name(char out[FILE_NAME_MAX], const char *id)
{
	snprintf(out, FILE_NAME_MAX, "%s.json", id);
}

/* [give] for free(); NULL: it is not there, or no sidecar. */
static char *read_small(int folder, const char *file, size_t *len)
{
	struct stat st;
	char *text = NULL;
	const int fd = openat(folder, file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0) return NULL;
	if (!fstat(fd, &st) && S_ISREG(st.st_mode) && st.st_size <= SIDECAR_MAX_BYTES)
		text = malloc((size_t)st.st_size + 1);
	const ssize_t n = text ? read(fd, text, (size_t)st.st_size) : -1;
	close(fd);
	if (n < 0) {
		free(text);
		return NULL;
	}
	*len = (size_t)n;
	return text;
}

/* Of a file whose writing did not come to its end. */
static bool is_leftover(const char *file)
{
	const size_t len = strlen(file);
	return file[0] == '.' && len > TS_ULID_LEN + 5 && !strcmp(file + len - 4, ".tmp");
}

static gint by_name(gconstpointer a, gconstpointer b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

void ts_files_read(struct ts_files *f,
	void (*each)(void *arg, const char *id, const char *text, size_t len), void *arg)
{
	const int fd = f->folder < 0 ? -1 : openat(f->folder, ".", O_RDONLY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	GPtrArray *ids = g_ptr_array_new_with_free_func(g_free);
	for (const struct dirent *e; dir && (e = readdir(dir));) {
		const char *dot = strchr(e->d_name + 1, '.');
		if (is_leftover(e->d_name)) unlinkat(f->folder, e->d_name, 0);
		if (!dot || strcmp(dot, ".json") != 0) continue;
		char *id = g_strndup(e->d_name, (gsize)(dot - e->d_name));
		if (ts_sidecar_id_ok(id))
			g_ptr_array_add(ids, id);
		else
			g_free(id);
	}
	if (dir) closedir(dir);
	g_ptr_array_sort(ids, by_name); /* of time, as ULIDs are */
	for (guint i = 0; i < ids->len; i++) {
		char file[FILE_NAME_MAX];
		size_t len = 0;
		sidecar_name(file, ids->pdata[i]);
		char *text = read_small(f->folder, file, &len);
		if (text) each(arg, ids->pdata[i], text, len);
		free(text);
	}
	g_ptr_array_unref(ids);
}

static int64_t size_of(const struct ts_files *f, const char *file)
{
	struct stat st;
	return fstatat(f->folder, file, &st, AT_SYMLINK_NOFOLLOW) || !S_ISREG(st.st_mode)
		? 0
		: (int64_t)st.st_size;
}

int64_t ts_files_size(
	const struct ts_files *f, const char *id, size_t part, enum ts_container container)
{
	char file[FILE_NAME_MAX];
	ts_writer_file(file, sizeof(file), id, part, container);
	return size_of(f, file);
}

void ts_files_track_name(char *out, size_t cap, const char *id, size_t number)
{
	snprintf(out, cap, "%s-t%u.%s", id, (unsigned)(number % 1000),
		ts_container_name(TS_CONTAINER_MKV));
}

int64_t ts_files_track_size(const struct ts_files *f, const char *id, size_t number)
{
	char file[FILE_NAME_MAX];
	ts_files_track_name(file, sizeof(file), id, number);
	return size_of(f, file);
}

int ts_files_track_fd(const struct ts_files *f, const char *id, size_t number)
{
	char file[FILE_NAME_MAX];
	if (f->folder < 0) return -1;
	ts_files_track_name(file, sizeof(file), id, number);
	return openat(f->folder, file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
}

int ts_files_read_fd(
	const struct ts_files *f, const char *id, size_t part, enum ts_container container)
{
	char file[FILE_NAME_MAX];
	if (f->folder < 0) return -1;
	if (part)
		ts_writer_file(file, sizeof(file), id, part, container);
	else
		sidecar_name(file, id);
	return openat(f->folder, file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
}

int ts_files_captions_fd(const struct ts_files *f, const char *id)
{
	char file[FILE_NAME_MAX];
	if (f->folder < 0) return -1;
	captions_name(file, id);
	return openat(f->folder, file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
}

/* ---- jobs */

static void job_free(struct job *job)
{
	free(job->text);
	g_free(job);
}

static struct job *new_job(struct ts_files *f, const char *id, enum ts_container container)
{
	struct job *job = g_new0(struct job, 1);
	job->files = f;
	job->container = container;
	g_strlcpy(job->id, id, sizeof(job->id));
	return job;
}

static void post(struct job *job, struct ts_strand *strand, void (*fn)(struct ts_task *))
{
	job->task.fn = fn;
	if (!strand || ts_strand_post(strand, &job->task)) job_free(job);
}

/* Sidecars and removals. */
static void post_small(struct job *job, void (*fn)(struct ts_task *))
{
	struct ts_files *f = job->files;
	if (f->strand) atomic_fetch_add(&f->waiting, 1);
	post(job, f->strand, fn);
}

bool ts_files_is_busy(const struct ts_files *f)
{
	return atomic_load(&f->waiting) >= WAITING_MAX;
}

static int write_whole(int fd, const char *text)
{
	for (size_t len = strlen(text); len;) {
		const ssize_t n = write(fd, text, len);
		if (n < 0 && errno == EINTR) continue;
		if (n <= 0) return TS_EIO;
		text += n;
		len -= (size_t)n;
	}
	return fdatasync(fd) ? TS_EIO : 0;
}

static int open_new(int folder, const char *file)
{
	unlinkat(folder, file, 0); /* of a process that was killed */
	return openat(folder, file, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0640);
}

static void on_write(struct ts_task *task)
{
	struct job *job = ts_container_of(task, struct job, task);
	const int folder = job->files->folder;
	char file[FILE_NAME_MAX], fresh[FILE_NAME_MAX];
	if (job->captions)
		captions_name(file, job->id);
	else
		sidecar_name(file, job->id);
	snprintf(fresh, sizeof(fresh), ".%.40s.%s.tmp", job->id, job->captions ? "vtt" : "json");
	const int fd = open_new(folder, fresh);
	int err = fd < 0 ? TS_EIO : write_whole(fd, job->text);
	if (fd >= 0) close(fd);
	if (!err && renameat(folder, fresh, folder, file)) err = TS_EIO;
	if (err) {
		unlinkat(folder, fresh, 0);
		ts_warn(job->captions ? "captions not written" : "sidecar not written",
			"recording=%s error=%s", job->id, strerror(errno));
	}
	atomic_fetch_sub(&job->files->waiting, 1);
	job_free(job);
}

static void write_text(struct ts_files *f, const char *id, char *text, bool captions)
{
	struct job *job = new_job(f, id, TS_CONTAINER_MP4);
	job->text = text;
	job->captions = captions;
	if (text)
		post_small(job, on_write);
	else
		job_free(job);
}

void ts_files_write_sidecar(struct ts_files *f, const char *id, char *text)
{
	write_text(f, id, text, false);
}

void ts_files_write_captions(struct ts_files *f, const char *id, char *text)
{
	write_text(f, id, text, true);
}

static void on_remove(struct ts_task *task)
{
	struct job *job = ts_container_of(task, struct job, task);
	char file[FILE_NAME_MAX];
	sidecar_name(file, job->id);
	unlinkat(job->files->folder, file, 0);
	captions_name(file, job->id);
	unlinkat(job->files->folder, file, 0);
	for (size_t part = 1; part <= job->n_parts; part++) {
		ts_writer_file(file, sizeof(file), job->id, part, job->container);
		unlinkat(job->files->folder, file, 0);
	}
	for (size_t number = 1; number <= job->n_tracks; number++) {
		ts_files_track_name(file, sizeof(file), job->id, number);
		unlinkat(job->files->folder, file, 0);
	}
	atomic_fetch_sub(&job->files->waiting, 1);
	job_free(job);
}

void ts_files_remove(struct ts_files *f, const char *id, enum ts_container container,
	size_t n_parts, size_t n_tracks)
{
	struct job *job = new_job(f, id, container);
	job->n_parts = n_parts;
	job->n_tracks = n_tracks;
	post_small(job, on_remove);
}

/* ---- seekable files */

static int make_seekable(struct job *job, int in, int out)
{
	struct ts_seekable_result result;
	struct stat st;
	if (fstat(in, &st)) return TS_EIO;
	if (free_of(job->files->folder) - st.st_size < job->min_free_bytes) return TS_ELIMIT;
	int err = ts_seekable_run(
		in, out, job->container, job->packets, &job->files->stopping, &result);
	if (!err && fdatasync(out)) err = TS_EIO;
	job->result.bytes = result.bytes;
	job->result.duration_ms = result.duration_ns / 1000000;
	return err;
}

static void on_seekable(struct ts_task *task)
{
	struct job *job = ts_container_of(task, struct job, task);
	job->done(job->arg, job->id, job->part, &job->result);
	job_free(job);
}

static void on_make_seekable(struct ts_task *task)
{
	struct job *job = ts_container_of(task, struct job, task);
	const int folder = job->files->folder;
	char file[FILE_NAME_MAX], fresh[FILE_NAME_MAX + 8];
	ts_writer_file(file, sizeof(file), job->id, job->part, job->container);
	snprintf(fresh, sizeof(fresh), ".%s.tmp", file);
	const int in = openat(folder, file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	const int out = in < 0 ? -1 : open_new(folder, fresh);
	int err = out < 0 ? TS_EIO : make_seekable(job, in, out);
	if (in >= 0) close(in);
	if (out >= 0) close(out);
	if (!err && renameat(folder, fresh, folder, file)) err = TS_EIO;
	if (err && out >= 0) unlinkat(folder, fresh, 0);
	job->result.err = err;
	job->task.fn = on_seekable;
	if (ts_loop_post(job->files->loop, &job->task)) job_free(job);
}

void ts_files_make_seekable(struct ts_files *f, const char *id, size_t part,
	enum ts_container container, int64_t packets, int64_t min_free_bytes, ts_files_done done,
	void *arg)
{
	struct job *job = new_job(f, id, container);
	job->part = part;
	job->packets = packets;
	job->min_free_bytes = min_free_bytes;
	job->done = done;
	job->arg = arg;
	post(job, f->index, on_make_seekable);
}
