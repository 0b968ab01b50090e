/* branding - what a room shows besides cameras: images, asked for by name, and captions; and what
 * plans make of it.
 *
 *   room, view: background, watermark --+
 *   participants: avatar ---------------+--names--> gallery --> paintings --> plan of the view
 *   layout: image:NAME, text:WORDS -----+
 *
 * A name is looked up for each plan: an image that is not there is not drawn, and one that comes,
 * or is another, is shown by the next plan, which ts_room_images_changed asks for.
 * Thread  control.
 */
#ifndef TS_MIXER_ROOM_BRANDING_H
#define TS_MIXER_ROOM_BRANDING_H

#include "layout/caption.h"
#include "layout/image.h"
#include "mixer/view/plan.h"

struct ts_room;

enum ts_ground {
	TS_GROUND_UNSET,  /* of a room: as the layout says; of a view: as of the room */
	TS_GROUND_LAYOUT, /* as the layout says */
	TS_GROUND_COLOUR,
	TS_GROUND_IMAGE
};

struct ts_branding {
	enum ts_ground ground;
	struct ts_rgb colour;                       /* of COLOUR */
	char backdrop[TS_IMAGE_NAME_MAX + 1];       /* of IMAGE */
	struct ts_watermark {
		char image[TS_IMAGE_NAME_MAX + 1];  /* "": none; of a view: as of the room */
		enum ts_place place;
		double opacity;                     /* 0..1; 0: none is drawn */
		double size;                        /* its width, of the canvas's; 0..1 */
	} watermark;
	/* of this view alone: of a room's, main */
	struct ts_caption_style captions;
};

bool ts_branding_same(const struct ts_branding *a, const struct ts_branding *b);

/* change.c: another image has that name from now on, or none. Where the room shows it a plan
 * follows. */
void ts_room_images_changed(struct ts_room *room, const char *name);

/* change.c: what is said now, one line each, over the lower edge of views whose branding shows
 * captions, from the next tick on; "": nothing. Cleaned by who gives it; the newest lines are shown
 * where they are too many. */
void ts_room_set_captions(struct ts_room *room, const char *text);

#endif
