/* policy - who is in which region: the selectors of a document, and the rules by which nobody's
 * tile moves without need. Pure.
 *
 *   document, people in order of joining, speakers, wishes, the layout before  -->  ts_layout
 *
 * Regions are resolved by selector: participant, identity, presentation, role, speaker, next;
 * nobody's camera is shown twice. An empty region takes its `else`. Regions of one selector are one
 * group (the `speaker` ones as long as they are equally large):
 *   - who was in the group stays in their tile; who was displaced takes the tile their successor
 *     left (the two swap); newcomers take what is free, in the order of the document;
 *   - a group that has no room for all shows: pinned people, those it showed before, then the
 *     moderators' order, then joining;
 *   - where another variant applies or an automatic grid has another number of cells, everybody is
 *     laid anew: the moderators' order first, then as they stood before, then joining.
 * The speakers are: spotlighted people, those who spoke most recently (layout/speakers.h), then the
 * longest present.
 *
 * Thread  any; no allocation.
 * Full    1024 people; further ones are not shown. As many cells of automatic grids as
 *         TS_REGIONS_MAX leaves.
 */
#ifndef TS_LAYOUT_POLICY_H
#define TS_LAYOUT_POLICY_H

#include "layout/model.h"

enum { TS_PEOPLE_MAX = 1024, TS_WISHES_MAX = TS_REGIONS_MAX };

struct ts_person {
	uint64_t key;                     /* not 0 */
	const char *id, *identity, *role; /* "" for none */
	int64_t slides_since_ns;          /* when their presentation began; 0: they show none */
};

/* What moderators asked for, by key; keys of people who are gone do nothing. */
struct ts_wish { size_t n; uint64_t key[TS_WISHES_MAX]; };
struct ts_wishes {
	struct ts_wish spotlight; /* are taken for the speakers, whoever speaks */
	struct ts_wish pinned;    /* are shown before all others, and not in turns */
	struct ts_wish order;     /* of tiles; all others follow */
};

struct ts_policy {
	const struct ts_layout_doc *doc;
	int canvas_w, canvas_h;
	const struct ts_person *person;  /* in order of joining */
	size_t n_people;
	const uint64_t *speaker;         /* most recent first */
	size_t n_speakers;
	const struct ts_wishes *wishes;
	/* another value than before: those not shown take their turn */
	int64_t turn;
	/* another document, or another order: everybody is laid anew */
	bool anew;
	/* by key, of one whose camera is in no region, as if they were not there; what they present
	 * is. 0: nobody */
	uint64_t apart;
};

/* before: the layout until now, NULL at first. Returns how many people are in no region. */
size_t ts_policy_place(struct ts_layout *out, const struct ts_policy *policy,
	const struct ts_layout *before);

/* Would a reader of the layout see a difference? */
bool ts_layout_same(const struct ts_layout *a, const struct ts_layout *b);

#endif
