#include "layout/policy.h"

#include "layout/solve.h"
#include <stdlib.h>
#include <string.h>

enum { NOWHERE = INT32_MAX, NOBODY = -1 };

/* A region of the variant while it is being filled. */
struct item {
	const struct ts_doc_region *region;
	struct ts_rect rect;
	const struct ts_selector *show; /* its `else` once nobody was found */
	bool done, blank;
	enum ts_shows shows;
	int cells; /* of an automatic grid: as many as it got people */
	int cells_before;
	int who[TS_REGIONS_MAX]; /* per cell: index of a person, NOBODY */
};

/* What is known of a person. Ranks: smaller comes first; NOWHERE: not in that list. */
struct who {
	bool shown;       /* their camera */
	bool in_a_region; /* their camera or slides */
	int before;       /* region of the layout before that showed their camera */
	int pinned, order, turn;
	int claim; /* 0: they had a tile of this group, 1: another tile, 2: none */
};

struct work {
	const struct ts_policy *in;
	const struct ts_layout *before;
	bool anew; /* places of before mean nothing */
	int n_people;
	int apart; /* index of a person; NOBODY */
	struct who who[TS_PEOPLE_MAX];
	int n_items, cells_left; /* for automatic grids */
	struct item item[TS_REGIONS_MAX];
};

/* A set of items that are filled together, and the people who go there, in order. */
struct group {
	int n_items, item[TS_REGIONS_MAX];
	int capacity;
	int n, who[TS_PEOPLE_MAX];
};

/* ---- looking at the layout before */

static int person_of_key(const struct work *w, uint64_t key)
{
	for (int i = 0; key && i < w->n_people; i++)
		if (w->in->person[i].key == key) return i;
	return NOBODY;
}

static int rank_in(const struct ts_wish *wish, uint64_t key)
{
	for (size_t i = 0; i < wish->n; i++)
		if (wish->key[i] == key) return (int)i;
	return NOWHERE;
}

static void know_people(struct work *w)
{
	const struct ts_wishes *wishes = w->in->wishes;
	for (int i = 0; i < w->n_people; i++) {
		const uint64_t key = w->in->person[i].key;
		w->who[i] = (struct who){.shown = i == w->apart,
			.before = NOWHERE,
			.pinned = NOWHERE,
			.order = NOWHERE};
		if (!wishes) continue;
		w->who[i].pinned = rank_in(&wishes->pinned, key);
		w->who[i].order = rank_in(&wishes->order, key);
	}
	for (size_t r = 0; w->before && r < w->before->n; r++) {
		const int i = person_of_key(w, w->before->region[r].occupant);
		if (i != NOBODY && w->before->region[r].shows == TS_SHOWS_CAMERA &&
			w->who[i].before == NOWHERE)
			w->who[i].before = (int)r;
	}
}

/* The cell of an item that a region of the layout before was. */
static int cell_of(const struct work *w, int region)
{
	int cell = 0;
	while (cell < region &&
		w->before->region[region - cell - 1].item == w->before->region[region].item)
		cell++;
	return cell;
}

/* An image or text is there without anybody. */
static void use_names(struct item *item)
{
	item->done = item->show->show > TS_SHOW_NEXT;
	item->blank = item->done && item->show->show != TS_SHOW_NOBODY;
	if (item->show->show == TS_SHOW_IMAGE) item->shows = TS_SHOWS_IMAGE;
	if (item->show->show == TS_SHOW_TEXT) item->shows = TS_SHOWS_TEXT;
}

static void lay_items(struct work *w, const struct ts_doc_variant *v)
{
	w->n_items = (int)v->n;
	w->cells_left = TS_REGIONS_MAX;
	for (int i = 0; i < w->n_items; i++) {
		struct item *item = &w->item[i];
		const struct ts_doc_region *region = &v->region[i];
		*item = (struct item){.region = region, .show = &region->show};
		item->rect = ts_solve_box(&region->box, w->in->canvas_w, w->in->canvas_h);
		item->cells = region->grid == TS_GRID_FIXED ? region->columns * region->rows
							    : region->grid == TS_GRID_NONE;
		w->cells_left -= item->cells;
		for (int c = 0; c < TS_REGIONS_MAX; c++) item->who[c] = NOBODY;
		use_names(item);
	}
	for (size_t r = 0; !w->anew && r < w->before->n; r++)
		w->item[w->before->region[r].item].cells_before++;
}

/* ---- who goes to a group */

static bool in_group(const struct group *g, int item)
{
	for (int i = 0; i < g->n_items; i++)
		if (g->item[i] == item) return true;
	return false;
}

static bool has_room(const struct group *g)
{
	return g->n < g->capacity;
}

static void add(struct work *w, struct group *g, int i)
{
	if (i == NOBODY || w->who[i].shown || !has_room(g)) return;
	w->who[i].shown = true;
	g->who[g->n++] = i;
}

static void pick_named(struct work *w, struct group *g, const struct ts_selector *show)
{
	for (int i = 0; i < w->n_people; i++) {
		const struct ts_person *p = &w->in->person[i];
		const char *name = show->show == TS_SHOW_PARTICIPANT ? p->id : p->identity;
		if (name && !strcmp(name, show->value)) add(w, g, i);
	}
}

/* The latest presenters. */
static void pick_presenters(struct work *w, struct group *g)
{
	int64_t until_ns = INT64_MAX;
	while (has_room(g)) {
		int latest = NOBODY;
		for (int i = 0; i < w->n_people; i++) {
			const int64_t since_ns = w->in->person[i].slides_since_ns;
			if (since_ns <= 0 || since_ns >= until_ns) continue;
			if (latest == NOBODY || since_ns > w->in->person[latest].slides_since_ns)
				latest = i;
		}
		if (latest == NOBODY) return;
		until_ns = w->in->person[latest].slides_since_ns;
		g->who[g->n++] = latest;
	}
}

static void pick_speakers(struct work *w, struct group *g)
{
	const struct ts_wish *spotlight = w->in->wishes ? &w->in->wishes->spotlight : NULL;
	for (size_t i = 0; spotlight && i < spotlight->n; i++)
		add(w, g, person_of_key(w, spotlight->key[i]));
	for (size_t i = 0; i < w->in->n_speakers; i++)
		add(w, g, person_of_key(w, w->in->speaker[i]));
	for (int i = 0; i < w->n_people; i++) add(w, g, i);
}

static int compare(const int *a, const int *b, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (a[i] != b[i]) return a[i] < b[i] ? -1 : 1;
	return 0;
}

static int by_claim(const void *a, const void *b, void *arg)
{
	const struct work *w = arg;
	const int i = *(const int *)a, j = *(const int *)b;
	const struct who *p = &w->who[i], *q = &w->who[j];
	const int x[] = {p->pinned, p->turn, p->claim, p->order, p->before, i};
	const int y[] = {q->pinned, q->turn, q->claim, q->order, q->before, j};
	return compare(x, y, 6);
}

static int by_place(const void *a, const void *b, void *arg)
{
	const struct work *w = arg;
	const int i = *(const int *)a, j = *(const int *)b;
	const int x[] = {w->who[i].order, w->who[i].before, i},
		  y[] = {w->who[j].order, w->who[j].before, j};
	return compare(x, y, 3);
}

static void sort(
	struct work *w, int *who, int n, int (*order)(const void *a, const void *b, void *arg))
{
	qsort_r(who, (size_t)n, sizeof(*who), order, w);
}

/* When the turn changes, the people who are not pinned go round in order of joining by as many as
 * have room. */
static void take_turns(struct work *w, const int *candidate, int n, int capacity)
{
	int n_free = 0, room = capacity;
	if (!w->before || w->before->turn == w->in->turn) return;
	for (int i = 0; i < n; i++) w->who[candidate[i]].pinned != NOWHERE ? room-- : n_free++;
	if (room <= 0 || n_free <= room) return;
	const int64_t first = w->in->turn * room % n_free;
	for (int i = 0, k = 0; i < n; i++) {
		struct who *p = &w->who[candidate[i]];
		if (p->pinned == NOWHERE) p->turn = (int)((k++ - first + n_free) % n_free);
	}
}

static int claim_of(const struct work *w, const struct group *g, const struct who *p)
{
	if (w->in->anew) return 0;
	if (p->before == NOWHERE) return 2;
	return w->anew || in_group(g, w->before->region[p->before].item) ? 0 : 1;
}

static void pick_others(struct work *w, struct group *g, const struct ts_selector *show)
{
	int candidate[TS_PEOPLE_MAX], n = 0;
	for (int i = 0; i < w->n_people; i++) {
		const char *role = w->in->person[i].role;
		if (w->who[i].shown ||
			(show->show == TS_SHOW_ROLE && (!role || strcmp(role, show->value) != 0)))
			continue;
		w->who[i].claim = claim_of(w, g, &w->who[i]);
		candidate[n++] = i;
	}
	if (show->show == TS_SHOW_NEXT) take_turns(w, candidate, n, g->capacity);
	sort(w, candidate, n, by_claim);
	for (int i = 0; i < n; i++) add(w, g, candidate[i]);
	sort(w, g->who, g->n, by_place);
}

static void pick(struct work *w, struct group *g, const struct ts_selector *show)
{
	switch (show->show) {
	case TS_SHOW_PARTICIPANT:
	case TS_SHOW_IDENTITY: pick_named(w, g, show); break;
	case TS_SHOW_PRESENTATION: pick_presenters(w, g); break;
	case TS_SHOW_SPEAKER: pick_speakers(w, g); break;
	case TS_SHOW_ROLE:
	case TS_SHOW_NEXT: pick_others(w, g, show); break;
	case TS_SHOW_IMAGE:
	case TS_SHOW_TEXT:
	case TS_SHOW_BLANK:
	case TS_SHOW_NOBODY: break;
	}
}

/* ---- which tile of the group each gets */

/* Automatic grids share what the other items leave. */
static void size_grids(struct work *w, struct group *g)
{
	int left = g->n, grids = 0;
	for (int i = 0; i < g->n_items; i++) {
		const struct item *item = &w->item[g->item[i]];
		if (item->region->grid == TS_GRID_AUTO)
			grids++;
		else
			left -= item->cells;
	}
	for (int i = 0; i < g->n_items; i++) {
		struct item *item = &w->item[g->item[i]];
		if (item->region->grid != TS_GRID_AUTO) continue;
		item->cells = left > 0 ? (left + grids - 1) / grids : 0;
		w->cells_left -= item->cells;
		left -= item->cells;
		grids--;
	}
}

static bool keeps_places(const struct work *w, const struct item *item)
{
	return !w->anew && item->cells == item->cells_before;
}

static int position(const struct group *g, int who)
{
	for (int i = 0; i < g->n; i++)
		if (g->who[i] == who) return i;
	return NOBODY;
}

/* Puts a member of the group into a cell and strikes them off the list. */
static void seat(struct item *item, int cell, struct group *g, int at)
{
	item->who[cell] = g->who[at];
	memmove(&g->who[at], &g->who[at + 1], (size_t)(g->n - at - 1) * sizeof(g->who[0]));
	g->n--;
}

static void keep_places(struct work *w, struct group *g, enum ts_shows shows)
{
	for (size_t r = 0; r < w->before->n; r++) {
		const struct ts_region *region = &w->before->region[r];
		struct item *item = &w->item[region->item];
		if (!in_group(g, region->item) || !keeps_places(w, item) || region->shows != shows)
			continue;
		const int at = position(g, person_of_key(w, region->occupant));
		if (at != NOBODY) seat(item, cell_of(w, (int)r), g, at);
	}
}

/* Whoever lost their place takes the one that its new owner left. */
static void swap_places(struct work *w, struct group *g)
{
	for (int i = g->n - 1; i >= 0; i--) {
		const int mine = w->who[g->who[i]].before;
		if (mine == NOWHERE) continue;
		const struct item *lost = &w->item[w->before->region[mine].item];
		const int successor = keeps_places(w, lost) ? lost->who[cell_of(w, mine)] : NOBODY;
		const int vacated = successor == NOBODY ? NOWHERE : w->who[successor].before;
		if (vacated == NOWHERE || !in_group(g, w->before->region[vacated].item)) continue;
		struct item *item = &w->item[w->before->region[vacated].item];
		const int cell = cell_of(w, vacated);
		if (keeps_places(w, item) && item->who[cell] == NOBODY) seat(item, cell, g, i);
	}
}

static void fill(struct work *w, struct group *g)
{
	for (int i = 0; i < g->n_items; i++) {
		struct item *item = &w->item[g->item[i]];
		for (int cell = 0; cell < item->cells && g->n; cell++)
			if (item->who[cell] == NOBODY) seat(item, cell, g, 0);
	}
}

static bool is_empty(const struct item *item)
{
	for (int cell = 0; cell < item->cells; cell++)
		if (item->who[cell] != NOBODY) return false;
	return true;
}

static void use_else(struct item *item)
{
	const struct ts_selector *otherwise = &item->region->otherwise;
	if (!is_empty(item) || item->show == otherwise) return;
	item->show = otherwise;
	use_names(item);
}

/* ---- groups */

static bool belong_together(const struct item *a, const struct item *b)
{
	if (a->show->show != b->show->show || strcmp(a->show->value, b->show->value) != 0)
		return false;
	/* the larger of two speakers' regions is for the one who speaks now */
	const bool equal = (int64_t)a->rect.w * a->rect.h == (int64_t)b->rect.w * b->rect.h;
	return a->show->show != TS_SHOW_SPEAKER || (equal && a->region->grid == b->region->grid);
}

static void resolve_group(struct work *w, int first)
{
	static const struct group none;
	struct group g = none;
	const struct ts_selector *show = w->item[first].show;
	for (int i = first; i < w->n_items; i++) {
		struct item *item = &w->item[i];
		if (item->done || !belong_together(&w->item[first], item)) continue;
		item->done = true;
		item->shows = show->show == TS_SHOW_PRESENTATION ? TS_SHOWS_SLIDES
								 : TS_SHOWS_CAMERA;
		g.capacity += item->region->grid == TS_GRID_AUTO ? w->cells_left : item->cells;
		g.item[g.n_items++] = i;
	}
	pick(w, &g, show);
	for (int i = 0; i < g.n; i++) w->who[g.who[i]].in_a_region = true;
	size_grids(w, &g);
	if (!w->anew) {
		keep_places(w, &g, w->item[first].shows);
		swap_places(w, &g);
	}
	fill(w, &g);
	for (int i = 0; i < g.n_items; i++) use_else(&w->item[g.item[i]]);
}

static void resolve(struct work *w)
{
	for (enum ts_show show = TS_SHOW_PARTICIPANT; show <= TS_SHOW_NEXT; show++) {
		/* an `else` that ranks before this selector has its turn at once */
		for (int i = 0; i < w->n_items; i++) {
			if (w->item[i].done || w->item[i].show->show > show) continue;
			resolve_group(w, i);
			i = -1;
		}
	}
}

/* ---- out */

static void write_item(struct ts_layout *out, const struct work *w, int index)
{
	const struct item *item = &w->item[index];
	struct ts_rect cell[TS_REGIONS_MAX];
	const bool as_one = !item->cells && item->blank; /* a grid without cells is drawn whole */
	const int n = as_one ? 1 : item->cells;
	if (as_one)
		cell[0] = item->rect;
	else if (n)
		ts_solve_cells(cell, (size_t)n, item->region, &item->rect);
	for (int c = 0; c < n && out->n < TS_REGIONS_MAX; c++) {
		const int who = as_one ? NOBODY : item->who[c];
		out->region[out->n++] = (struct ts_region){
			.rect = cell[c],
			.z = item->region->z,
			.fit = item->region->fit,
			.shows = item->shows,
			.looks = ts_solve_looks(item->region, &cell[c], w->in->canvas_h),
			.occupant = who == NOBODY ? 0 : w->in->person[who].key,
			.blank = item->blank,
			.clear = item->shows >= TS_SHOWS_IMAGE && !item->region->has_background,
			.item = index,
		};
	}
}

/* The last tile that people take in order, or the last of any. */
static void count_hidden(struct ts_layout *out, const struct work *w, int hidden)
{
	struct ts_region *last = NULL;
	bool last_is_next = false;
	for (size_t r = 0; r < out->n; r++) {
		const bool is_next = w->item[out->region[r].item].show->show == TS_SHOW_NEXT;
		if (!out->region[r].occupant || (last_is_next && !is_next)) continue;
		last = &out->region[r];
		last_is_next = is_next;
	}
	if (last) last->more = hidden;
}

static bool presents(const struct ts_policy *in)
{
	for (size_t i = 0; i < in->n_people; i++)
		if (in->person[i].slides_since_ns > 0) return true;
	return false;
}

size_t ts_policy_place(
	struct ts_layout *out, const struct ts_policy *in, const struct ts_layout *before)
{
	struct work w;
	w.in = in;
	w.before = before;
	w.n_people = (int)(in->n_people < TS_PEOPLE_MAX ? in->n_people : TS_PEOPLE_MAX);
	w.apart = person_of_key(&w, in->apart);
	const struct ts_occasion occasion = {
		in->n_people - (w.apart != NOBODY), presents(in), in->canvas_w, in->canvas_h};
	const size_t variant = ts_solve_variant(in->doc, &occasion);
	w.anew = !before || in->anew || before->variant != (int)variant;
	know_people(&w);
	lay_items(&w, &in->doc->variant[variant]);
	resolve(&w);

	size_t hidden = in->n_people - (size_t)w.n_people;
	for (int i = 0; i < w.n_people; i++) hidden += i != w.apart && !w.who[i].in_a_region;
	memset(out, 0, sizeof(*out));
	out->canvas_w = in->canvas_w;
	out->canvas_h = in->canvas_h;
	out->background = in->doc->background;
	out->variant = (int)variant;
	out->turn = in->turn;
	for (int i = 0; i < w.n_items; i++) write_item(out, &w, i);
	if (in->doc->count_overflow && hidden) count_hidden(out, &w, (int)hidden);
	return hidden;
}

/* ---- comparing */

static bool same_colour(struct ts_rgb a, struct ts_rgb b)
{
	return a.r == b.r && a.g == b.g && a.b == b.b;
}

static bool same_looks(const struct ts_looks *a, const struct ts_looks *b)
{
	return a->label == b->label && a->border_px == b->border_px &&
		a->radius_px == b->radius_px && same_colour(a->border, b->border) &&
		same_colour(a->background, b->background);
}

static bool same_region(const struct ts_region *a, const struct ts_region *b)
{
	return a->rect.x == b->rect.x && a->rect.y == b->rect.y && a->rect.w == b->rect.w &&
		a->rect.h == b->rect.h && a->z == b->z && a->fit == b->fit &&
		a->shows == b->shows && same_looks(&a->looks, &b->looks) &&
		a->occupant == b->occupant && a->blank == b->blank && a->clear == b->clear &&
		a->more == b->more;
}

bool ts_layout_same(const struct ts_layout *a, const struct ts_layout *b)
{
	if (a->canvas_w != b->canvas_w || a->canvas_h != b->canvas_h || a->n != b->n) return false;
	if (!same_colour(a->background, b->background)) return false;
	for (size_t i = 0; i < a->n; i++)
		if (!same_region(&a->region[i], &b->region[i])) return false;
	return true;
}
