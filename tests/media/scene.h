/* scene - pictures like a webcam's: a wall in a person's own colour, grain, a head that moves, and
 * the mark.
 *
 * Thread  any, one at a time.
 */
#ifndef TS_TESTS_MEDIA_SCENE_H
#define TS_TESTS_MEDIA_SCENE_H

#include "layout/compositor.h"
#include <libavutil/frame.h>

struct ts_scene;

int ts_scene_create(struct ts_scene **out, uint8_t who, int width, int height); /* TS_ENOMEM */
void ts_scene_destroy(struct ts_scene **scene);
/* The picture at a time, marked (who, number) [give]; buffers are pooled. NULL: out of memory. */
AVFrame *ts_scene_draw(struct ts_scene *scene, int number, double time_s);

/* The wall behind somebody, at least the outer tenth of the picture. */
struct ts_colour ts_scene_colour(uint8_t who);
/* Whose wall a colour most likely is, of who 0 .. n-1, by chroma. */
uint8_t ts_scene_colour_owner(struct ts_colour colour, int n);

#endif
