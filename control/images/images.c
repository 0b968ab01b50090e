#include "control/images/images.h"

#include "base/clock.h"
#include "base/counter.h"
#include "base/error.h"
#include "base/log.h"
#include "base/loop.h"
#include "codec/image_decode.h"
#include "control/rooms/throttle.h"
#include "mixer/view/gallery.h"
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SUFFIX ".png"

struct listed {
	struct ts_image_entry entry;
	size_t memory; /* of its pixels */
};

struct ts_images {
	struct ts_loop *loop;
	struct ts_gallery *gallery;
	const struct ts_config *config;
	char *folder;
	GPtrArray *listed; /* sorted by name */
	size_t memory;     /* of all of them, and of what is on its way */
	struct ts_bucket rate;
	uint64_t serial;
	GQueue jobs;    /* on their way, by their `link` */
	size_t uploads; /* of those */
	void (*changed)(void *arg, const char *name);
	void *changed_arg;
};

enum work { UPLOAD, LOAD, REMOVE };

/* Something for the thread of images. */
struct job {
	struct ts_images *images;
	GList link;
	struct ts_task task;
	enum work work;
	struct ts_image_entry entry;
	bool taken_away; /* while it was on its way */
	size_t memory;   /* reserved */
	char *path;
	struct ts_image_file file; /* of an upload */
	ts_images_done done;
	void *arg;

	/* of the thread */
	bool posted; /* its end, to control */
	struct ts_image *image;
	int err;
	const char *why;
};

/* ---- the list */

static bool locate(const struct ts_images *images, const char *name, guint *at)
{
	for (*at = 0; *at < images->listed->len; ++*at) {
		const struct listed *l = images->listed->pdata[*at];
		const int order = strcmp(l->entry.name, name);
		if (order >= 0) return order == 0;
	}
	return false;
}

static struct listed *find(const struct ts_images *images, const char *name)
{
	guint at;
	return locate(images, name, &at) ? images->listed->pdata[at] : NULL;
}

const struct ts_image_entry *ts_images_find(const struct ts_images *images, const char *name)
{
	const struct listed *l = find(images, name);
	return l ? &l->entry : NULL;
}

const struct ts_image_entry *ts_images_at(const struct ts_images *images, size_t index)
{
	if (index >= images->listed->len) return NULL;
	return &((const struct listed *)images->listed->pdata[index])->entry;
}

void ts_images_watch(
	struct ts_images *images, void (*changed)(void *arg, const char *name), void *arg)
{
	images->changed = changed;
	images->changed_arg = arg;
}

static void notify(struct ts_images *images, const char *name)
{
	if (images->changed) images->changed(images->changed_arg, name);
}

static void forget(struct ts_images *images, guint at)
{
	const struct listed *l = images->listed->pdata[at];
	images->memory -= l->memory;
	ts_count_add(TS_C_IMAGES, -1);
	g_ptr_array_remove_index(images->listed, at);
}

/* Its memory is reserved. True: it is in the place of another. */
static bool insert(struct ts_images *images, const struct job *job, struct listed **out)
{
	guint at;
	const bool replaced = locate(images, job->entry.name, &at);
	if (replaced) forget(images, at);
	struct listed *l = g_new0(struct listed, 1);
	l->entry = job->entry;
	l->entry.serial = ++images->serial;
	l->memory = job->memory;
	g_ptr_array_insert(images->listed, (gint)at, l);
	ts_count_add(TS_C_IMAGES, 1);
	*out = l;
	return replaced;
}

/* ---- files */

static char *folder_of(const char *state_dir)
{
	const char *systemd = g_getenv("STATE_DIRECTORY");
	if (*state_dir) return g_build_filename(state_dir, "images", NULL);
	if (systemd && *systemd) return g_build_filename(systemd, "images", NULL);
	return g_build_filename(g_get_user_state_dir(), "tessera", "images", NULL);
}

static char *path_of(const struct ts_images *images, const char *name)
{
	g_autofree char *file = g_strconcat(name, SUFFIX, NULL);
	return g_build_filename(images->folder, file, NULL);
}

int ts_images_open(const struct ts_images *images, const char *name, int64_t *len)
{
	g_autofree char *path = path_of(images, name);
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd >= 0 && !fstat(fd, &st) && S_ISREG(st.st_mode)) {
		*len = st.st_size;
		return fd;
	}
	ts_error("image not read", "file=%s error=%s", TS_LOG_STR(path), g_strerror(errno));
	if (fd >= 0) close(fd);
	return -1;
}

/* On the thread. */
static int write_file(const struct job *job, const uint8_t *png, size_t len)
{
	g_autofree char *folder = g_path_get_dirname(job->path);
	g_autoptr(GError) error = NULL;
	const GFileSetContentsFlags how = G_FILE_SET_CONTENTS_CONSISTENT |
		G_FILE_SET_CONTENTS_DURABLE;
	if (g_mkdir_with_parents(folder, 0755) == 0 &&
		g_file_set_contents_full(
			job->path, (const char *)png, (gssize)len, how, 0644, &error))
		return 0;
	ts_error("image not stored", "file=%s error=%s", TS_LOG_STR(job->path),
		TS_LOG_STR(error ? error->message : g_strerror(errno)));
	return TS_EIO;
}

/* ---- on the thread */

static int decode(struct job *job)
{
	AVFrame *frame = NULL;
	int err = ts_image_decode(&frame, &job->file, &job->why);
	if (!err) err = ts_image_make(&job->image, frame, job->file.orientation);
	av_frame_free(&frame);
	if (err || !job->image) return err;
	job->entry.width = job->image->w;
	job->entry.height = job->image->h;
	return 0;
}

static int store(struct job *job)
{
	uint8_t *png = NULL;
	size_t len = 0;
	int err = decode(job);
	if (!err) err = ts_image_png(&png, &len, job->image);
	if (!err) {
		job->why = "the image could not be written";
		err = write_file(job, png, len);
	}
	free(png);
	job->entry.bytes = (int64_t)len;
	return err;
}

static int load(struct job *job)
{
	g_autofree char *data = NULL;
	struct stat st;
	gsize len;
	job->why = "the file cannot be read";
	/* of our own making: hardly larger than its pixels */
	if (g_stat(job->path, &st) || !S_ISREG(st.st_mode) ||
		st.st_size > 5 * (int64_t)TS_IMAGE_KEPT_PIXELS ||
		!g_file_get_contents(job->path, &data, &len, NULL))
		return TS_EIO;
	job->entry.bytes = (int64_t)len;
	job->entry.created_ms = (int64_t)st.st_mtime * 1000;
	int err = ts_image_file_read(&job->file, (const uint8_t *)data, len, &job->why);
	if (!err) err = decode(job);
	if (!err) job->why = NULL;
	return err;
}

static void on_done(struct ts_task *task);

static void run(struct ts_task *task)
{
	struct job *job = ts_container_of(task, struct job, task);
	switch (job->work) {
	case UPLOAD: job->err = store(job); break;
	case LOAD: job->err = load(job); break;
	case REMOVE:
		if (!g_unlink(job->path) || errno == ENOENT) break;
		ts_error("image not removed", "file=%s error=%s", TS_LOG_STR(job->path),
			g_strerror(errno));
		break;
	}
	free(job->file.data);
	job->file.data = NULL;
	job->task.fn = on_done;
	job->posted = true;
	/* else the server stops, and the job goes with its list */
	if (ts_loop_post(job->images->loop, &job->task)) job->posted = false;
}

/* ---- back on control */

static void job_unlink(struct job *job)
{
	g_queue_unlink(&job->images->jobs, &job->link);
	job->images->uploads -= job->work == UPLOAD;
	job->images = NULL;
}

static void job_free(struct job *job)
{
	if (job->images) job_unlink(job);
	ts_image_unref(&job->image);
	free(job->file.data);
	g_free(job->path);
	g_free(job);
}

static size_t limit_bytes(const struct ts_images *images)
{
	return (size_t)images->config->images.max_mb << 20;
}

/* What the folder holds may be more than a limit that was lowered meanwhile. */
static int fits(const struct ts_images *images, const struct job *job)
{
	if (job->work == UPLOAD) return 0;
	return images->listed->len < (guint)images->config->images.max &&
			images->memory + ts_image_bytes(job->image) <= limit_bytes(images)
		? 0
		: TS_ELIMIT;
}

static void take(struct job *job)
{
	struct ts_images *images = job->images;
	struct listed *l;
	/* as it was reserved, or of a file that was loaded */
	images->memory -= job->memory;
	job->memory = ts_image_bytes(job->image);
	images->memory += job->memory;
	const int err = ts_gallery_put(images->gallery, job->entry.name, job->image);
	if (err) { /* its file is there: what is shown until a restart is what was before */
		images->memory -= job->memory;
		if (job->done) job->done(job->arg, err, ts_strerror(err), NULL, false);
		return;
	}
	const bool replaced = insert(images, job, &l);
	if (job->work == UPLOAD) ts_count(TS_C_IMAGE_UPLOADS);
	ts_info("image", "name=%s width=%d height=%d bytes=%lld", job->entry.name, job->entry.width,
		job->entry.height, (long long)job->entry.bytes);
	notify(images, job->entry.name);
	if (job->done) job->done(job->arg, 0, NULL, &l->entry, replaced);
}

static void on_done(struct ts_task *task)
{
	struct job *job = ts_container_of(task, struct job, task);
	struct ts_images *images = job->images;
	if (!images) { /* they are gone */
		job_free(job);
		return;
	}
	if (!job->err && job->taken_away) {
		job->err = TS_ECLOSED;
		job->why = "the image was removed while it came";
	}
	if (!job->err && job->work != REMOVE) job->err = fits(images, job);
	if (!job->err && job->work != REMOVE) {
		take(job);
	} else if (job->work != REMOVE) {
		images->memory -= job->memory;
		if (job->work == LOAD)
			ts_warn("image not loaded", "file=%s error=%s why=%s",
				TS_LOG_STR(job->path), ts_strerror(job->err),
				job->why ? job->why : "images.max, images.max_mb");
		else
			ts_count(TS_C_IMAGE_REFUSED);
		if (job->done) job->done(job->arg, job->err, job->why, NULL, false);
	}
	job_free(job);
}

static struct job *job_new(struct ts_images *images, enum work work, const char *name)
{
	struct job *job = g_new0(struct job, 1);
	job->images = images;
	job->work = work;
	job->task.fn = run;
	job->link.data = job;
	job->path = path_of(images, name);
	g_strlcpy(job->entry.name, name, sizeof(job->entry.name));
	g_queue_push_tail_link(&images->jobs, &job->link);
	images->uploads += work == UPLOAD;
	return job;
}

/* ---- uploads */

bool ts_images_is_coming(const struct ts_images *images, const char *name)
{
	for (const GList *l = images->jobs.head; l; l = l->next) {
		const struct job *job = l->data;
		if (job->work != REMOVE && !job->taken_away && !strcmp(job->entry.name, name))
			return true;
	}
	return false;
}

/* Names that are there or coming. */
static size_t count_names(const struct ts_images *images)
{
	size_t n = images->listed->len;
	for (const GList *l = images->jobs.head; l; l = l->next) {
		const struct job *job = l->data;
		n += job->work != REMOVE && !find(images, job->entry.name);
	}
	return n;
}

static size_t memory_of(const struct ts_image_file *file)
{
	const size_t pixels = (size_t)file->width * (size_t)file->height;
	return 4 * MIN(pixels, (size_t)TS_IMAGE_KEPT_PIXELS);
}

int64_t ts_images_wait_ns(struct ts_images *images, int64_t now_ns)
{
	static const struct ts_throttle_config rate = {.period_ns = TS_NS_PER_S / 4, .burst = 40};
	return ts_bucket_take(&images->rate, &rate, now_ns);
}

static int may_put(const struct ts_images *images, const char *name, const char **why)
{
	if (images->uploads >= TS_IMAGE_JOBS_MAX) {
		*why = "too many images are on their way";
		return TS_EFULL;
	}
	if (!find(images, name) && count_names(images) >= (size_t)images->config->images.max) {
		*why = "the server keeps no more images";
		return TS_ELIMIT;
	}
	return 0;
}

static int examine(struct ts_images *images, struct job *job, const char *type, const void *data,
	size_t len, const char **why)
{
	const int err = ts_image_file_read(&job->file, data, len, why);
	if (err) return err == TS_ELIMIT ? TS_EINVAL : err;
	if (g_ascii_strcasecmp(type, ts_image_kind_type(job->file.kind)) != 0) {
		*why = "the body is an image of another type than Content-Type says";
		return TS_EUNSUPPORTED;
	}
	const struct listed *old = find(images, job->entry.name);
	const size_t memory = memory_of(&job->file), gone = old ? old->memory : 0;
	if (images->memory - gone + memory > limit_bytes(images)) {
		*why = "all images together would take more memory than images.max_mb";
		return TS_ELIMIT;
	}
	job->memory = memory;
	images->memory += memory;
	return 0;
}

int ts_images_put(struct ts_images *images, const char *name, enum ts_image_put how,
	const char *type, const void *data, size_t len, ts_images_done done, void *arg,
	const char **why)
{
	if (how == TS_IMAGE_MAKE && (find(images, name) || ts_images_is_coming(images, name))) {
		*why = "there is an image of that name";
		return TS_EEXIST;
	}
	int err = may_put(images, name, why);
	if (err) return err;
	struct job *job = job_new(images, UPLOAD, name);
	err = examine(images, job, type, data, len, why);
	if (!err) {
		job->done = done;
		job->arg = arg;
		job->why = "out of memory";
		job->entry.created_ms = ts_unix_ms_from_ns(ts_now_ns());
		err = ts_gallery_post(images->gallery, &job->task);
		if (err) *why = "the server cannot do that now";
		if (err) images->memory -= job->memory;
	}
	if (err) {
		ts_count(TS_C_IMAGE_REFUSED);
		job_free(job);
	}
	return err;
}

int ts_images_remove(struct ts_images *images, const char *name)
{
	guint at;
	if (!locate(images, name, &at)) return TS_ENOTFOUND;
	forget(images, at);
	for (GList *l = images->jobs.head; l; l = l->next) {
		struct job *job = l->data;
		if (!strcmp(job->entry.name, name)) job->taken_away = true;
	}
	ts_gallery_remove(images->gallery, name);
	struct job *job = job_new(images, REMOVE, name);
	/* behind what writes it */
	if (ts_gallery_post(images->gallery, &job->task)) {
		ts_error("image not removed", "file=%s", TS_LOG_STR(job->path));
		job_free(job);
	}
	ts_info("image removed", "name=%s", name);
	notify(images, name);
	return 0;
}

/* ---- life */

static void load_folder(struct ts_images *images)
{
	GDir *dir = g_dir_open(images->folder, 0, NULL);
	const char *file;
	int n = 0;
	while (dir && (file = g_dir_read_name(dir)) && n < images->config->images.max) {
		if (!g_str_has_suffix(file, SUFFIX)) continue;
		g_autofree char *name = g_strndup(file, strlen(file) - strlen(SUFFIX));
		if (!ts_image_name_ok(name)) continue;
		struct job *job = job_new(images, LOAD, name);
		n++;
		if (ts_gallery_post(images->gallery, &job->task)) job_free(job);
	}
	if (dir) g_dir_close(dir);
}

void ts_images_create(struct ts_images **out, struct ts_loop *loop, struct ts_gallery *gallery,
	const struct ts_config *config)
{
	struct ts_images *images = g_new0(struct ts_images, 1);
	images->loop = loop;
	images->gallery = gallery;
	images->config = config;
	images->folder = folder_of(config->node.state_dir);
	images->listed = g_ptr_array_new_with_free_func(g_free);
	g_queue_init(&images->jobs);
	load_folder(images);
	*out = images;
}

/* Nothing of it is on the thread any more; its end may still wait on the loop. */
static void end_job(struct job *job)
{
	if (job->done) job->done(job->arg, TS_ECLOSED, "the server stops", NULL, false);
	job_unlink(job);
	if (!job->posted) job_free(job);
}

void ts_images_destroy(struct ts_images **out)
{
	struct ts_images *images = *out;
	*out = NULL;
	if (!images) return;
	while (images->jobs.head) end_job(images->jobs.head->data);
	ts_count_add(TS_C_IMAGES, -(int)images->listed->len);
	g_ptr_array_unref(images->listed);
	g_free(images->folder);
	g_free(images);
}
