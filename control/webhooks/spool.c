#include "control/webhooks/spool.h"

#include "base/error.h"
#include "base/log.h"
#include "base/random.h"
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SUFFIX ".seg"
enum { NAME_LEN = 16 + 4, MODE = 0600, SEGMENTS_MAX = 65536 };
/* one record at least */
enum { BUFFER = TS_SEGMENT_RECORD + TS_SEGMENT_TEXT_MAX };
/* no file of ours is longer */
enum { FILE_MAX = TS_SPOOL_SEGMENT + BUFFER };
#define UNREAD ".unread"

/* A file, as far as it is whole. */
struct segment {
	uint64_t first, next;    /* next: of the record that would come */
	size_t size, text_bytes; /* text_bytes: of those not popped yet */
};

struct ts_spool {
	char *folder;
	size_t max_bytes;
	uint64_t salt, next; /* next: of the record that is added next */
	GQueue segments;     /* of struct segment, the oldest first */
	size_t file_bytes;
	int write_fd; /* of the last segment; -1: the next record begins another one */
	int head_fd;  /* -1: not opened yet */
	bool dirty, broken;
	/* where reading goes on: in the first segment */
	uint64_t head;
	size_t at;
	size_t count, bytes;
	GQueue memory; /* of GBytes, whose seq follow those on disk; each: a record as in a file */
	size_t memory_bytes;
	uint8_t buffer[BUFFER];
};

/* ---- files */

static char *path_of(const struct ts_spool *s, uint64_t first)
{
	return g_strdup_printf("%s/%016" PRIx64 SUFFIX, s->folder, first);
}

/* Told once, until it works again. */
static void tell_broken(struct ts_spool *s, const char *what)
{
	if (!s->broken)
		ts_error("webhook queue not written", "folder=%s what=%s error=%s",
			TS_LOG_STR(s->folder), what, g_strerror(errno));
	s->broken = true;
}

static void tell_mended(struct ts_spool *s)
{
	if (s->broken) ts_info("webhook queue written again", "folder=%s", TS_LOG_STR(s->folder));
	s->broken = false;
}

static bool write_all(int fd, const uint8_t *p, size_t n)
{
	while (n) {
		const ssize_t done = write(fd, p, n);
		if (done < 0 && errno == EINTR) continue;
		if (done <= 0) return false;
		p += done;
		n -= (size_t)done;
	}
	return true;
}

static void stop_writing(struct ts_spool *s)
{
	if (s->write_fd >= 0) close(s->write_fd);
	s->write_fd = -1;
}

static void forget_first(struct ts_spool *s)
{
	struct segment *gone = g_queue_pop_head(&s->segments);
	g_autofree char *path = path_of(s, gone->first);
	if (!s->segments.head) stop_writing(s);
	g_unlink(path);
	s->file_bytes -= gone->size;
	g_free(gone);
}

static bool begin_segment(struct ts_spool *s, uint64_t first)
{
	uint8_t head[TS_SEGMENT_HEAD];
	g_autofree char *path = path_of(s, first);
	ts_segment_write_head(head, s->salt, first);
	if (g_mkdir_with_parents(s->folder, 0700)) return false;
	const int fd = open(
		path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC | O_NOFOLLOW, MODE);
	if (fd < 0) return false;
	if (!write_all(fd, head, sizeof(head))) {
		const int why = errno;
		close(fd);
		g_unlink(path);
		errno = why;
		return false;
	}
	struct segment *segment = g_new(struct segment, 1);
	*segment = (struct segment){first, first, sizeof(head), 0};
	g_queue_push_tail(&s->segments, segment);
	s->file_bytes += segment->size;
	s->write_fd = fd;
	if (!s->segments.head->next) s->at = segment->size;
	return true;
}

/* A record of that seq, at the end of the last file. */
static bool append(struct ts_spool *s, uint64_t seq, const uint8_t *bytes, size_t n)
{
	struct segment *last = g_queue_peek_tail(&s->segments);
	if (s->write_fd >= 0 && last->size + n > TS_SPOOL_SEGMENT) {
		if (s->dirty) fdatasync(s->write_fd);
		stop_writing(s);
	}
	if (s->write_fd < 0 && !begin_segment(s, seq)) return false;
	last = g_queue_peek_tail(&s->segments);
	if (!write_all(s->write_fd, bytes, n)) {
		const int why = errno;
		/* what half of it is there ends the file for readers: nothing may follow */
		if (ftruncate(s->write_fd, (off_t)last->size)) stop_writing(s);
		errno = why;
		return false;
	}
	last->size += n;
	last->text_bytes += n - TS_SEGMENT_RECORD;
	last->next = seq + 1;
	s->file_bytes += n;
	s->dirty = true;
	return true;
}

/* ---- the head: 8 bytes of seq, in a file of a segment's head, overwritten in its place, for which
 * a full disk needs no room */

static void read_head(struct ts_spool *s)
{
	g_autofree char *path = g_build_filename(s->folder, "head", NULL), *text = NULL;
	gsize n;
	if (!g_file_get_contents(path, &text, &n, NULL) ||
		!ts_segment_read_head((const uint8_t *)text, n, &s->salt, &s->head))
		ts_random_bytes(&s->salt, sizeof(s->salt));
}

static void write_head(struct ts_spool *s)
{
	uint8_t head[TS_SEGMENT_HEAD];
	if (s->head_fd < 0) {
		g_autofree char *path = g_build_filename(s->folder, "head", NULL);
		s->head_fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, MODE);
	}
	ts_segment_write_head(head, s->salt, s->head);
	if (s->head_fd < 0 || pwrite(s->head_fd, head, sizeof(head), 0) != (ssize_t)sizeof(head))
		tell_broken(s, "head");
}

/* ---- reading what is there */

static int compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static GPtrArray *list_segments(const struct ts_spool *s)
{
	GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
	GDir *dir = g_dir_open(s->folder, 0, NULL);
	const char *name;
	while (dir && (name = g_dir_read_name(dir)) && names->len < SEGMENTS_MAX)
		if (strlen(name) == NAME_LEN && !strcmp(name + 16, SUFFIX) &&
			strspn(name, "0123456789abcdef") == 16)
			g_ptr_array_add(names, g_strdup(name));
	if (dir) g_dir_close(dir);
	g_ptr_array_sort(names, compare);
	return names;
}

/* [give] What a file holds, so far as it may be one of ours; NULL: it cannot be read. */
static uint8_t *read_file(const char *path, size_t *size)
{
	struct stat st;
	const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0) return NULL;
	if (fstat(fd, &st) || !S_ISREG(st.st_mode)) {
		close(fd);
		errno = EINVAL;
		return NULL;
	}
	const size_t most = (size_t)MIN(st.st_size, FILE_MAX);
	uint8_t *bytes = g_malloc(most + 1);
	ssize_t n = 1;
	for (*size = 0; *size < most && n > 0; *size += n > 0 ? (size_t)n : 0)
		n = read(fd, bytes + *size, most - *size);
	const int why = errno;
	close(fd);
	errno = why;
	if (n < 0) g_clear_pointer(&bytes, g_free);
	return bytes;
}

/* [give] A name that nothing has: the file may be written, and set aside, again. */
static char *free_name(const char *path)
{
	char *name = g_strconcat(path, UNREAD, NULL);
	struct stat st;
	for (unsigned i = 1; !lstat(name, &st); i++) {
		g_free(name);
		name = g_strdup_printf("%s.%u" UNREAD, path, i);
	}
	return name;
}

/* It is not ours to lose: the disk may be able to read it another day. */
static void set_aside(const char *path)
{
	const int why = errno;
	g_autofree char *aside = free_name(path);
	const bool moved = !g_rename(path, aside);
	ts_error("webhook queue not read", "file=%s error=%s kept=%s", TS_LOG_STR(path),
		g_strerror(why), TS_LOG_STR(moved ? aside : path));
}

static void take_segment(struct ts_spool *s, const char *name)
{
	struct ts_segment_whole whole;
	size_t size = 0;
	g_autofree char *path = g_build_filename(s->folder, name, NULL);
	g_autofree uint8_t *bytes = read_file(path, &size);
	if (!bytes) {
		set_aside(path);
		return;
	}
	const bool ok = ts_segment_scan(bytes, size, s->head, &whole) && whole.first >= s->next;
	if (!ok || whole.end != size)
		ts_warn("webhook queue damaged", "file=%s whole_bytes=%zu bytes=%zu",
			TS_LOG_STR(path), ok ? whole.end : 0, size);
	if (ok) {
		s->salt = whole.salt;
		s->next = whole.next;
	}
	if (!ok || !whole.n) {
		g_unlink(path);
		return;
	}
	if (!s->segments.head) {
		s->at = whole.at;
		s->head = MAX(s->head, whole.first);
	}
	struct segment *segment = g_new(struct segment, 1);
	*segment = (struct segment){whole.first, whole.next, whole.end, whole.text_bytes};
	g_queue_push_tail(&s->segments, segment);
	s->file_bytes += whole.end;
	s->count += whole.n;
	s->bytes += whole.text_bytes;
}

struct ts_spool *ts_spool_open(const char *folder, size_t max_bytes)
{
	struct ts_spool *s = g_new0(struct ts_spool, 1);
	s->folder = g_strdup(folder);
	s->max_bytes = max_bytes;
	s->write_fd = s->head_fd = -1;
	read_head(s);
	GPtrArray *names = list_segments(s);
	for (guint i = 0; i < names->len; i++) take_segment(s, names->pdata[i]);
	g_ptr_array_unref(names);
	s->next = MAX(MAX(s->next, s->head), 1);
	if (!s->segments.head) s->head = s->next;
	return s;
}

void ts_spool_close(struct ts_spool *s)
{
	ts_spool_sync(s);
	stop_writing(s);
	if (s->head_fd >= 0) close(s->head_fd);
	g_queue_clear_full(&s->segments, g_free);
	g_queue_clear_full(&s->memory, (GDestroyNotify)g_bytes_unref);
	g_free(s->folder);
	g_free(s);
}

static void remove_set_aside(const char *folder)
{
	GDir *dir = g_dir_open(folder, 0, NULL);
	const char *name;
	while (dir && (name = g_dir_read_name(dir))) {
		g_autofree char *path = g_build_filename(folder, name, NULL);
		if (strspn(name, "0123456789abcdef") == 16 && g_str_has_prefix(name + 16, SUFFIX) &&
			g_str_has_suffix(name, UNREAD))
			g_unlink(path);
	}
	if (dir) g_dir_close(dir);
}

void ts_spool_remove(struct ts_spool *s)
{
	g_autofree char *folder = g_strdup(s->folder),
			*head = g_build_filename(s->folder, "head", NULL);
	while (s->segments.head) forget_first(s);
	s->dirty = false;
	ts_spool_close(s);
	g_unlink(head);
	remove_set_aside(folder);
	g_rmdir(folder);
}

/* ---- adding */

/* What waited in memory goes before. False: the disk does not take it. */
static bool flush_memory(struct ts_spool *s)
{
	GBytes *record;
	while ((record = g_queue_peek_head(&s->memory))) {
		gsize n;
		const uint8_t *bytes = g_bytes_get_data(record, &n);
		if (!append(s, s->next - s->memory.length, bytes, n)) return false;
		g_queue_pop_head(&s->memory);
		s->memory_bytes -= n;
		g_bytes_unref(record);
	}
	return true;
}

int ts_spool_add(struct ts_spool *s, const void *text, size_t len, int64_t unix_ms)
{
	const size_t n = TS_SEGMENT_RECORD + len;
	if (len > TS_SEGMENT_TEXT_MAX) return TS_EINVAL;
	if (s->file_bytes + s->memory_bytes + n > s->max_bytes) return TS_EFULL;
	uint8_t *bytes = g_malloc(n);
	ts_segment_write(bytes,
		&(struct ts_segment_record){
			.seq = s->next, .ms = unix_ms, .text = text, .len = len});
	if (flush_memory(s) && append(s, s->next, bytes, n)) {
		tell_mended(s);
		g_free(bytes);
	} else if (tell_broken(s, "record"), s->memory_bytes + n > TS_SPOOL_MEMORY) {
		g_free(bytes);
		return TS_EFULL;
	} else {
		s->memory_bytes += n;
		g_queue_push_tail(&s->memory, g_bytes_new_take(bytes, n));
	}
	s->next++;
	s->count++;
	s->bytes += len;
	return 0;
}

void ts_spool_sync(struct ts_spool *s)
{
	if (s->dirty && s->write_fd >= 0) fdatasync(s->write_fd);
	s->dirty = false;
}

/* ---- reading on */

/* The first file is done with; the next one need not begin where it ended. */
static void go_to_next(struct ts_spool *s)
{
	forget_first(s);
	const struct segment *first = g_queue_peek_head(&s->segments);
	s->at = TS_SEGMENT_HEAD;
	s->head = first ? first->first : s->next - s->memory.length;
}

/* What cannot be read any more is given up, with the rest of its file. */
static void skip_damaged(struct ts_spool *s)
{
	const struct segment *first = g_queue_peek_head(&s->segments);
	const uint64_t lost = first->next - s->head;
	ts_error("webhook queue damaged", "folder=%s file=%016" PRIx64 " lost_events=%" PRIu64,
		TS_LOG_STR(s->folder), first->first, lost);
	s->count -= (size_t)lost;
	s->bytes -= first->text_bytes;
	go_to_next(s);
}

/* The first file from s->at on, in the buffer; -1: not now. A file that is gone is as an empty
 * one. */
static ssize_t load(struct ts_spool *s)
{
	const struct segment *first = g_queue_peek_head(&s->segments);
	g_autofree char *path = path_of(s, first->first);
	const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0 && errno == ENOENT) return 0;
	const ssize_t n = fd < 0
		? -1
		: pread(fd, s->buffer, MIN(sizeof(s->buffer), first->size - s->at), (off_t)s->at);
	if (n < 0)
		ts_log_limited(TS_LOG_ERROR, "webhook queue not read", "file=%s error=%s",
			TS_LOG_STR(path), g_strerror(errno));
	if (fd >= 0) close(fd);
	return n;
}

static size_t peek_file(
	struct ts_spool *s, struct ts_segment_record *out, size_t max, size_t max_bytes)
{
	for (const struct segment *first; (first = g_queue_peek_head(&s->segments));) {
		if (s->head == first->next) {
			if (!s->segments.head->next) return 0; /* it is being written */
			go_to_next(s);
			continue;
		}
		const ssize_t have = load(s);
		size_t n = 0, at = 0, bytes = 0;
		if (have < 0) return 0;
		while (n < max && s->head + n < first->next &&
			!ts_segment_read(s->buffer + at, (size_t)have - at, s->head + n, &out[n])) {
			bytes += out[n].len;
			if (n && bytes > max_bytes) break;
			at += TS_SEGMENT_RECORD + out[n].len;
			n++;
		}
		if (n) return n;
		skip_damaged(s);
	}
	return 0;
}

static bool is_in_file(const struct ts_spool *s)
{
	const struct segment *last = g_queue_peek_tail((GQueue *)(uintptr_t)&s->segments);
	return last && s->head < last->next;
}

static size_t peek_memory(
	struct ts_spool *s, struct ts_segment_record *out, size_t max, size_t max_bytes)
{
	size_t n = 0, bytes = 0;
	for (GList *link = s->memory.head; link && n < max; link = link->next, n++) {
		gsize size;
		const uint8_t *record = g_bytes_get_data(link->data, &size);
		if (ts_segment_read(record, size, s->head + n, &out[n])) break;
		bytes += out[n].len;
		if (n && bytes > max_bytes) break;
	}
	return n;
}

size_t ts_spool_peek(
	struct ts_spool *s, struct ts_segment_record *out, size_t max, size_t max_bytes)
{
	const size_t n = peek_file(s, out, max, max_bytes);
	return n || is_in_file(s) ? n : peek_memory(s, out, max, max_bytes);
}

static void pop_one(struct ts_spool *s, size_t len)
{
	const size_t size = TS_SEGMENT_RECORD + len;
	s->count--;
	s->bytes -= len;
	if (is_in_file(s)) {
		s->at += size;
		((struct segment *)s->segments.head->data)->text_bytes -= len;
	} else {
		g_bytes_unref(g_queue_pop_head(&s->memory));
		s->memory_bytes -= size;
	}
	s->head++;
}

void ts_spool_pop(struct ts_spool *s, uint64_t seq)
{
	struct ts_segment_record record[64];
	while (s->head <= seq) {
		const size_t n = ts_spool_peek(s, record, G_N_ELEMENTS(record), SIZE_MAX);
		if (!n || record[0].seq > seq) break;
		for (size_t i = 0; i < n && record[i].seq <= seq; i++) pop_one(s, record[i].len);
	}
	while (s->segments.head && s->segments.head->next &&
		s->head == ((struct segment *)s->segments.head->data)->next)
		go_to_next(s);
	write_head(s);
}

size_t ts_spool_count(const struct ts_spool *s)
{
	return s->count;
}

size_t ts_spool_bytes(const struct ts_spool *s)
{
	return s->bytes;
}

uint64_t ts_spool_salt(const struct ts_spool *s)
{
	return s->salt;
}

bool ts_spool_is_broken(const struct ts_spool *s)
{
	return s->broken;
}
