/* motion - the way from one layout to the next: tiles move and grow, those who come and go fade.
 * Pure; time is given.
 *
 *   layout until now --+                              stays:  from where it is to where it will be
 *   layout to come ----+--> ts_motion_at(now) -->     comes:  fades in, in its place
 *   time, duration ----+    tiles, from below up      goes:   fades out, in its place
 *
 * Whoever is in both layouts (the same occupant, camera or slides) stays; nobody, with the same
 * rectangle, likewise. Each edge goes from its old place to its new one and never back, slowly at
 * both ends, on even pixels: tiles that touch before and after touch on the way. Among tiles of one
 * z those that fade are below. One that goes and that one newcomer takes the place of stays as it
 * is beneath, so that nothing dark is seen between the two.
 *
 * Another layout on the way: all go on from where and as visible as they are, in the same order
 * from below to above; so who goes then may fade above others.
 * Thread  any; no allocation.
 * Full    as many may fade out as a layout has regions; further ones are gone at once.
 * Source  easing: 3 t^2 - 2 t^3.
 */
#ifndef TS_LAYOUT_MOTION_H
#define TS_LAYOUT_MOTION_H

#include "layout/layout.h"

enum {
	TS_MOTION_TILES_MAX = 2 * TS_REGIONS_MAX,
	TS_MOTION_WHOLE = 256 /* share of a tile that hides what is beneath it */
};

/* Regions are those of the layout; what of them is not drawn takes no part. */
struct ts_motion_tile {
	int index;               /* of the layout to come; -1: it goes */
	struct ts_region region; /* rect, z, border_px and radius_px as of now */
	int share;               /* 0..TS_MOTION_WHOLE: how much of it is seen */
	int depth;               /* among those of one z: the larger is above */
};

struct ts_motion {
	int64_t begin_ns, duration_ns;
	/* the layout to come, or, with duration 0, of now */
	size_t n;
	struct ts_region to[TS_REGIONS_MAX];
	struct ts_rgb background;

	struct ts_rgb from_background;
	struct ts_motion_begin {
		int before;      /* its index in the layout until now; -1: it comes */
		struct ts_rect rect;
		int z, border_px, radius_px, share, depth;
	} from[TS_REGIONS_MAX];
	size_t n_leaving;
	struct ts_motion_leaving {
		struct ts_region region;
		int depth;
		bool waits;
	} leaving[TS_REGIONS_MAX];
};

/* Shows the layout at once. */
void ts_motion_rest(struct ts_motion *motion, const struct ts_region *region, size_t n,
	struct ts_rgb background);
/* From now on to that layout, for duration_ns; > 0. */
void ts_motion_begin(struct ts_motion *motion, const struct ts_region *region, size_t n,
	struct ts_rgb background, int64_t now_ns, int64_t duration_ns);
/* Is it what the motion shows, or will show at its end? But for looks that do not move. */
bool ts_motion_leads_to(const struct ts_motion *motion, const struct ts_region *region, size_t n,
	struct ts_rgb background);

/* It has come to its end, or rests. */
bool ts_motion_is_over(const struct ts_motion *motion, int64_t now_ns);
/* More than half of the way lies behind. */
bool ts_motion_is_late(const struct ts_motion *motion, int64_t now_ns);
/* What is drawn, from below to above, without what another hides whole: [TS_MOTION_TILES_MAX]; how
 * many. */
size_t ts_motion_at(const struct ts_motion *motion, int64_t now_ns, struct ts_motion_tile *out);
struct ts_rgb ts_motion_background(const struct ts_motion *motion, int64_t now_ns);

#endif
