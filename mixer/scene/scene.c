#include "mixer/scene/scene.h"

#include "base/clock.h"
#include "layout/corner.h"
#include <string.h>

static const int64_t no_turn = -1;

static size_t place(const struct ts_scene *s, const struct ts_policy *how,
	const struct ts_person *people, size_t n, struct ts_layout *out)
{
	uint64_t speaker[TS_SPEAKERS_MAX];
	struct ts_policy policy = *how;
	policy.canvas_w = s->canvas.width;
	policy.canvas_h = s->canvas.height;
	policy.person = people;
	policy.n_people = n;
	policy.speaker = speaker;
	policy.n_speakers = ts_speakers_order(&s->speakers, speaker);
	policy.wishes = &s->wishes;
	policy.turn = s->turn;
	policy.apart = s->apart;
	if (!s->has_corner) return ts_policy_place(out, &policy, &s->layout);
	struct ts_layout tiles = s->layout; /* the corner is no place in the document */
	tiles.n--;
	return ts_policy_place(out, &policy, &tiles);
}

static bool is_there(uint64_t key, const struct ts_person *people, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (people[i].key == key) return true;
	return false;
}

bool ts_scene_arrange(struct ts_scene *s, const struct ts_person *people, size_t n)
{
	struct ts_layout fresh;
	s->n_hidden = place(
		s, &(struct ts_policy){.doc = s->doc, .anew = s->lay_anew}, people, n, &fresh);
	s->lay_anew = false;
	s->has_corner = s->in_corner && is_there(s->apart, people, n) &&
		ts_layout_add_corner(&fresh, s->apart);
	bool changed = !ts_layout_same(&fresh, &s->layout);
	s->layout = fresh;
	return changed;
}

void ts_scene_try(const struct ts_scene *s, const struct ts_layout_doc *doc,
	const struct ts_person *people, size_t n, struct ts_layout *out)
{
	place(s, &(struct ts_policy){.doc = doc, .anew = true}, people, n, out);
}

void ts_scene_set_doc(struct ts_scene *s, struct ts_layout_doc *doc)
{
	ts_layout_doc_ref(doc);
	ts_layout_doc_unref(&s->doc);
	s->doc = doc;
	s->lay_anew = true;
}

static bool same_wish(const struct ts_wish *a, const struct ts_wish *b)
{
	return a->n == b->n && memcmp(a->key, b->key, a->n * sizeof a->key[0]) == 0;
}

void ts_scene_set_wishes(struct ts_scene *s, const struct ts_wishes *wishes)
{
	s->lay_anew = s->lay_anew || !same_wish(&s->wishes.order, &wishes->order);
	s->wishes = *wishes;
}

void ts_scene_set_apart(struct ts_scene *s, uint64_t key, bool in_corner)
{
	s->apart = key;
	s->in_corner = key && in_corner;
}

static bool take_turns(struct ts_scene *s, int64_t now_ns)
{
	if (!s->doc->rotate_s || !s->n_hidden) {
		s->turn_ns = no_turn;
		return false;
	}
	if (s->turn_ns == no_turn) s->turn_ns = now_ns;
	if (now_ns - s->turn_ns < s->doc->rotate_s * TS_NS_PER_S) return false;
	s->turn_ns = now_ns;
	s->turn++;
	return true;
}

bool ts_scene_update_talk(struct ts_scene *s, const struct ts_talk *talk, size_t n, int64_t now_ns)
{
	bool changed = ts_speakers_update(&s->speakers, talk, n, now_ns);
	changed |= take_turns(s, now_ns);
	return changed;
}

static int area(const struct ts_region *region)
{
	return region->rect.w * region->rect.h;
}

int ts_scene_region_of(const struct ts_scene *s, uint64_t key, enum ts_shows shows)
{
	const struct ts_region *region = s->layout.region;
	int found = -1;
	for (int i = 0; i < (int)s->layout.n; i++) {
		if (region[i].occupant != key || region[i].shows != shows) continue;
		if (found < 0 || area(&region[i]) > area(&region[found])) found = i;
	}
	return found;
}

/* ---- life */

void ts_scene_all_steps(const struct ts_scene *s, struct ts_ladder *out)
{
	const struct ts_canvas *canvas = &s->canvas;
	const struct ts_step top = {.width = canvas->width,
		.height = canvas->height,
		.fps = canvas->fps,
		.bitrate_bps = canvas->bitrate_bps};
	ts_ladder_make(out, &canvas->ladder, &top);
}

void ts_scene_set_canvas(struct ts_scene *s, const struct ts_canvas *canvas)
{
	s->canvas = *canvas;
	ts_scene_all_steps(s, &s->ladder);
	if (s->fewer_steps) ts_ladder_thin(&s->ladder);
}

void ts_scene_relieve(struct ts_scene *s, bool fewer_steps, bool fastest)
{
	const struct ts_canvas canvas = s->canvas;
	s->fewer_steps = fewer_steps;
	s->fastest = fastest;
	ts_scene_set_canvas(s, &canvas);
}

void ts_scene_init(struct ts_scene *s, struct ts_pool *pool, const struct ts_canvas *canvas)
{
	*s = (struct ts_scene){
		.pool = pool, .doc = ts_layout_doc_ref(ts_layout_shipped(0)), .turn_ns = no_turn};
	ts_speakers_init(&s->speakers, TS_SPEAKER_HOLD_NS);
	ts_scene_set_canvas(s, canvas);
}

void ts_scene_release_outputs(struct ts_scene *s)
{
	while (s->n_outputs) ts_output_unref(&s->output[--s->n_outputs]);
}

void ts_scene_fini(struct ts_scene *s)
{
	ts_scene_release_outputs(s);
	ts_layout_doc_unref(&s->doc);
}
