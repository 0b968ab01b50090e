/* gallery - the images that views can show, by name, and what is drawn of them: each size once, off
 * the tick, on a thread of its own.
 *
 *   control --put(name, image)--> [ images by name ]
 *   control --request(name, spec)--> [ table of drawings ] --new one--> thread images-0: scales
 *                                          \--> plan --> view strand: is it done? then blend it
 *
 * Equal requests share one drawing, also of several rooms. Who puts another image under a name, or
 * takes it away, has the rooms that show it make new plans; what old plans hold stays until then.
 * Thread  control; paintings as of painter.h. The thread begins with the first image.
 * Life    ts_gallery_destroy waits for what is being drawn. Paintings may outlive it.
 * Full    TS_GALLERY_IMAGES_MAX names; TS_GALLERY_DRAWN_BYTES of drawings, of which those that no
 *         plan holds are forgotten when a new one is made; beyond that nothing is drawn, and
 *         counted.
 */
#ifndef TS_MIXER_VIEW_GALLERY_H
#define TS_MIXER_VIEW_GALLERY_H

#include "layout/image.h"
#include "mixer/view/painter.h"

struct ts_gallery;

enum { TS_GALLERY_IMAGES_MAX = 1024, TS_GALLERY_DRAWN_BYTES = 256 << 20 };

int ts_gallery_create(struct ts_gallery **out);
void ts_gallery_destroy(struct ts_gallery **gallery); /* also of NULL */

/* In the place of one of that name. TS_ELIMIT. A reference is taken. */
int ts_gallery_put(struct ts_gallery *gallery, const char *name, struct ts_image *image);
void ts_gallery_remove(struct ts_gallery *gallery, const char *name);

/* With a reference; NULL: there is no such image, or no room for the drawing. gallery may be
 * NULL. */
struct ts_painting *ts_gallery_request(struct ts_gallery *gallery, const char *name,
	const struct ts_image_spec *spec);

/* Other work on the images' thread: an upload is decoded. TS_EIO, TS_ENOMEM: there is none. */
int ts_gallery_post(struct ts_gallery *gallery, struct ts_task *task);

#endif
