#include "layout/layout.h"

#include <stdbool.h>

static bool is_among(uint64_t key, const uint64_t *people, size_t n_people)
{
	for (size_t i = 0; i < n_people; i++) {
		if (people[i] == key) return true;
	}
	return false;
}

static bool is_shown(const struct ts_layout *layout, uint64_t key)
{
	for (size_t i = 0; i < layout->n; i++) {
		if (layout->region[i].occupant == key) return true;
	}
	return false;
}

/* Whoever was shown and stays: in his tile while the tiles are the same, else in the order of the tiles. */
static void keep_those_who_stay(
	struct ts_layout *layout, const struct ts_layout *before, const uint64_t *people, size_t n_people)
{
	const bool same_tiles = before->n == layout->n;
	size_t next = 0;
	for (size_t i = 0; i < before->n && next < layout->n; i++) {
		const uint64_t who = before->region[i].occupant;
		const bool stays = who && is_among(who, people, n_people);
		if (stays) layout->region[same_tiles ? i : next++].occupant = who;
	}
}

void ts_place(struct ts_layout *layout, const struct ts_layout *before, const uint64_t *people, size_t n_people,
	size_t *n_hidden)
{
	for (size_t i = 0; i < layout->n; i++) layout->region[i].occupant = 0;
	if (before) keep_those_who_stay(layout, before, people, n_people);

	*n_hidden = 0;
	size_t free_at = 0;
	for (size_t i = 0; i < n_people; i++) {
		if (is_shown(layout, people[i])) continue;
		while (free_at < layout->n && layout->region[free_at].occupant) free_at++;
		if (free_at < layout->n)
			layout->region[free_at].occupant = people[i];
		else
			++*n_hidden;
	}
}
