/* images - pictures that were uploaded, for rooms to show: by name, kept over restarts.
 *
 *   upload -> head read, limits, place reserved -> thread images-0: decoded, scaled down, written
 *       -> list, gallery (mixer/view/gallery.h) -> rooms that show it plan anew
 *
 * What is kept is a PNG of our own making, of at most TS_IMAGE_KEPT_PIXELS: no byte of an upload
 * is given out or decoded again, and no metadata is kept. FOLDER/images/NAME.png, read again at the
 * next start. Who takes one away that is shown has rooms go on without it.
 * Thread  control; `done` and `changed` run there.
 * Full    images.max, images.max_mb of pixels (4 bytes each), those that are on their way included;
 *         TS_IMAGE_JOBS_MAX on their way.
 */
#ifndef TS_CONTROL_IMAGES_IMAGES_H
#define TS_CONTROL_IMAGES_IMAGES_H

#include "codec/image_file.h"
#include "config/config.h"
#include "layout/image.h"

struct ts_gallery;
struct ts_images;
struct ts_loop;

enum { TS_IMAGE_JOBS_MAX = 8 };

struct ts_image_entry {
	char name[TS_IMAGE_NAME_MAX + 1];
	int width, height; /* as kept */
	int64_t bytes;     /* of its file */
	int64_t created_ms;
	uint64_t serial;   /* another for whatever is put, in this run of the server */
};

/* gallery: has the images of now; must stay until destroy. What the folder holds is read on the
 * thread of images, and listed as it is there. A file that cannot be read is told of in the log
 * and left alone. */
void ts_images_create(struct ts_images **out, struct ts_loop *loop, struct ts_gallery *gallery,
	const struct ts_config *config);
/* After the gallery: what is on its way has ended. */
void ts_images_destroy(struct ts_images **images); /* also of NULL */
/* Of each that came, is another, or went. */
void ts_images_watch(struct ts_images *images, void (*changed)(void *arg, const char *name),
	void *arg);

/* By name. NULL: no more; there is none. */
const struct ts_image_entry *ts_images_at(const struct ts_images *images, size_t index);
const struct ts_image_entry *ts_images_find(const struct ts_images *images, const char *name);
/* Is one of that name on its way, uploaded or read at the start? */
bool ts_images_is_coming(const struct ts_images *images, const char *name);
/* Its file, opened to be read; -1: it is gone (logged). */
int ts_images_open(const struct ts_images *images, const char *name, int64_t *len);

/* Once, never from within ts_images_put. entry: NULL where err is set, and why a sentence then.
 * TS_EIO: not written (logged); TS_ECLOSED: it was taken away meanwhile, or images are destroyed;
 * else as of ts_image_decode. */
typedef void (*ts_images_done)(void *arg, int err, const char *why,
	const struct ts_image_entry *entry, bool replaced);

/* How long until another may come: decoding takes a thread's time, and writing the disk's. 0: now,
 * and it is counted. */
int64_t ts_images_wait_ns(struct ts_images *images, int64_t now_ns);

enum ts_image_put { TS_IMAGE_MAKE, TS_IMAGE_REPLACE };
/* TS_EEXIST: there is one of that name, or one is on its way (MAKE); TS_EFULL: too many on their
 * way; TS_ELIMIT: no room for it; TS_EINVAL: it is too large; of the file: TS_EUNSUPPORTED,
 * TS_EBADMSG; TS_ENOMEM: `done` is not called, and *why is a sentence. type: the media type it was
 * announced as; another than it is of is TS_EUNSUPPORTED. */
int ts_images_put(struct ts_images *images, const char *name, enum ts_image_put how,
	const char *type, const void *data, size_t len, ts_images_done done, void *arg,
	const char **why);
/* TS_ENOTFOUND */
int ts_images_remove(struct ts_images *images, const char *name);

#endif
