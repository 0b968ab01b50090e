/* scene - what one view shows: who is where, and the steps and outputs it is sent in.
 *
 *   document, wishes --+
 *   people ------------+--> ts_policy_place --> layout (of now)
 *   speakers, turns ---+
 *   canvas --> ladder --> outputs (receiver.h)
 *
 * It is told who is there and what time it is; it knows neither rooms nor participants.
 * Thread  control.
 */
#ifndef TS_MIXER_SCENE_SCENE_H
#define TS_MIXER_SCENE_SCENE_H

#include "layout/policy.h"
#include "layout/speakers.h"
#include "mixer/output/output.h"
#include "mixer/view/plan.h"

struct ts_canvas {
	int width, height, fps;
	uint32_t bitrate_bps;
	struct ts_ladder_plan ladder;
};

struct ts_scene {
	struct ts_pool *pool;      /* of encoders */
	struct ts_canvas canvas;
	struct ts_ladder ladder;
	/* while the server is overloaded: every other step; new outputs for the fastest preset */
	bool fewer_steps, fastest;
	bool slides; /* its outputs are coded as pages (codec/video.h) */
	struct ts_output *output[TS_VIEW_OUTPUTS_MAX]; /* with a reference each */
	size_t n_outputs;

	struct ts_layout_doc *doc; /* the layout that was chosen; never NULL */
	struct ts_layout layout;   /* as solved last */
	struct ts_wishes wishes;
	struct ts_speakers speakers;
	size_t n_hidden;
	int64_t turn;              /* of those who are not shown */
	int64_t turn_ns;           /* since when; -1: all are shown */
	bool lay_anew;             /* another document or order: nobody keeps their tile */
	/* by key, of one whose camera is not among the tiles, 0: nobody; and whether it is in a
	 * corner above them instead (layout/corner.h) */
	uint64_t apart;
	bool in_corner;
	bool has_corner;           /* the last region of the layout is that */
};

/* With the first of the shipped layouts, which is solved by the first arrange. */
void ts_scene_init(struct ts_scene *scene, struct ts_pool *pool, const struct ts_canvas *canvas);
void ts_scene_fini(struct ts_scene *scene);
/* Receivers choose again after it. */
void ts_scene_set_canvas(struct ts_scene *scene, const struct ts_canvas *canvas);
/* Likewise, where the server is overloaded or is no longer. */
void ts_scene_relieve(struct ts_scene *scene, bool fewer_steps, bool fastest);
/* The steps without overload: those of scene->ladder, and the ones that are left out of it now. */
void ts_scene_all_steps(const struct ts_scene *scene, struct ts_ladder *out);
void ts_scene_release_outputs(struct ts_scene *scene);

/* ---- who is where: people in order of joining, at most TS_PEOPLE_MAX */

/* Solves scene->layout again. True: it has changed. */
bool ts_scene_arrange(struct ts_scene *scene, const struct ts_person *people, size_t n);
/* What arrange would make of another document; nothing changes. */
void ts_scene_try(const struct ts_scene *scene, const struct ts_layout_doc *doc,
                  const struct ts_person *people, size_t n, struct ts_layout *out);
/* A reference is taken. At the next arrange everybody is laid anew. */
void ts_scene_set_doc(struct ts_scene *scene, struct ts_layout_doc *doc);
void ts_scene_set_wishes(struct ts_scene *scene, const struct ts_wishes *wishes);
/* From the next arrange on. key 0: nobody is apart. */
void ts_scene_set_apart(struct ts_scene *scene, uint64_t key, bool in_corner);
/* Who talks now, every 100 ms or so, and whose turn it is. True: it is time to arrange. */
bool ts_scene_update_talk(struct ts_scene *scene, const struct ts_talk *talk, size_t n,
	int64_t now_ns);
/* The largest region of the layout that shows it; -1: none does. */
int ts_scene_region_of(const struct ts_scene *scene, uint64_t key, enum ts_shows shows);

#endif
