#include "control/cdr/file.h"
#include "base/counter.h"
#include "base/error.h"
#include "base/log.h"
#include "base/strand.h"
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MODE = 0640 };

struct ts_cdr_file {
	/* constant */
	char *path, *old;
	int64_t max_bytes;
	struct ts_pool *pool;
	struct ts_strand *strand;
	atomic_int waiting;
	/* the strand's */
	int fd; /* -1: cannot be opened; tried again with the next line */
	int64_t bytes;
};

struct job {
	struct ts_task task;
	struct ts_cdr_file *file;
	size_t n; /* 0: to be opened anew */
	char line[];
};

/* ---- on the strand */

static int open_file(struct ts_cdr_file *file)
{
	struct stat st;
	file->fd = open(file->path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, MODE);
	if (file->fd < 0 || fstat(file->fd, &st)) {
		ts_log_limited(TS_LOG_ERROR, "cdr file", "file=%s error=%s", TS_LOG_STR(file->path),
			strerror(errno));
		if (file->fd >= 0) close(file->fd);
		file->fd = -1;
		return TS_EIO;
	}
	file->bytes = st.st_size;
	return 0;
}

static void close_file(struct ts_cdr_file *file)
{
	if (file->fd >= 0) close(file->fd);
	file->fd = -1;
}

static void rotate(struct ts_cdr_file *file)
{
	if (rename(file->path, file->old))
		ts_log_limited(TS_LOG_ERROR, "cdr file", "file=%s error=%s", TS_LOG_STR(file->old),
			strerror(errno));
	close_file(file);
	open_file(file);
}

static int write_all(int fd, const char *p, size_t n)
{
	while (n) {
		ssize_t done = write(fd, p, n);
		if (done < 0 && errno == EINTR) continue;
		if (done <= 0) return TS_EIO;
		p += done;
		n -= (size_t)done;
	}
	return 0;
}

static void write_line(struct ts_cdr_file *file, const char *line, size_t n)
{
	const bool full = file->max_bytes && file->bytes &&
		file->bytes + (int64_t)n > file->max_bytes;
	if (file->fd >= 0 && full) rotate(file);
	if (file->fd < 0) open_file(file);
	if (file->fd >= 0 && !write_all(file->fd, line, n)) {
		file->bytes += (int64_t)n;
		ts_count(TS_C_CDR_WRITTEN);
		return;
	}
	ts_count(TS_C_CDR_DROPPED);
	ts_log_limited(TS_LOG_ERROR, "cdr line", "file=%s error=%s", TS_LOG_STR(file->path),
		strerror(errno));
	/* what is left of it shall not spoil the next one; when that fails, too, so be it */
	if (file->fd >= 0 && write_all(file->fd, "\n", 1)) close_file(file);
}

static void run(struct ts_task *task)
{
	struct job *job = ts_container_of(task, struct job, task);
	struct ts_cdr_file *file = job->file;
	if (job->n) {
		write_line(file, job->line, job->n);
		atomic_fetch_sub(&file->waiting, 1);
	} else {
		close_file(file);
		open_file(file);
	}
	g_free(job);
}

/* ---- the owner's */

static int post(struct ts_cdr_file *file, const char *line, size_t n)
{
	struct job *job = g_malloc(sizeof(*job) + n + 1);
	job->task = (struct ts_task){.fn = run};
	job->file = file;
	job->n = n ? n + 1 : 0;
	if (n) memcpy(job->line, line, n);
	job->line[n] = '\n';
	int rc = ts_strand_post(file->strand, &job->task);
	if (rc) g_free(job);
	return rc;
}

int ts_cdr_file_create(struct ts_cdr_file **out, const char *path, int64_t max_bytes)
{
	const struct ts_pool_config pool = {.name = "cdr", .threads = 1, .waits = true};
	struct ts_cdr_file *file = g_new0(struct ts_cdr_file, 1);
	file->path = g_strdup(path);
	file->old = g_strconcat(path, ".1", NULL);
	file->max_bytes = max_bytes;
	file->fd = -1;
	int rc = open_file(file);
	if (!rc) rc = ts_pool_create(&file->pool, &pool);
	if (!rc) rc = ts_strand_create(&file->strand, file->pool, TS_CLASS_LOW);
	*out = file;
	if (rc) ts_cdr_file_destroy(out);
	return rc;
}

int ts_cdr_file_add(struct ts_cdr_file *file, const char *line, size_t n)
{
	int rc = 0;
	if (!n) return 0;
	if (atomic_fetch_add(&file->waiting, 1) >= TS_CDR_WAITING) rc = TS_EFULL;
	if (!rc) rc = post(file, line, n);
	if (!rc) return 0;
	atomic_fetch_sub(&file->waiting, 1);
	ts_count(TS_C_CDR_DROPPED);
	return rc;
}

void ts_cdr_file_reopen(struct ts_cdr_file *file)
{
	post(file, "", 0);
}

static void ignore(void *arg)
{
	(void)arg;
}

void ts_cdr_file_destroy(struct ts_cdr_file **filep)
{
	struct ts_cdr_file *file = *filep;
	*filep = NULL;
	if (!file) return;
	if (file->strand) ts_strand_close(file->strand, ignore, NULL);
	if (file->pool) ts_pool_destroy(&file->pool);
	close_file(file);
	g_free(file->path);
	g_free(file->old);
	g_free(file);
}
