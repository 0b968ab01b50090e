#include "mixer/room/matrix.h"

#include "base/error.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool is_named(const struct ts_matrix_end *end, const struct ts_matrix_person *p)
{
	switch (end->who) {
	case TS_WHO_ID: return !strcmp(end->name, p->id);
	case TS_WHO_IDENTITY: return *p->identity && !strcmp(end->name, p->identity);
	case TS_WHO_ROLE: return *p->role && !strcmp(end->name, p->role);
	default: return true;
	}
}

struct ts_matrix_fits ts_matrix_fit(
	const struct ts_matrix *matrix, const struct ts_matrix_person *person)
{
	struct ts_matrix_fits fits = {0, 0};
	for (size_t i = 0; matrix && i < matrix->n; i++) {
		const struct ts_matrix_entry *e = &matrix->entry[i];
		if (is_named(&e->from, person)) fits.from |= UINT64_C(1) << i;
		if (is_named(&e->to, person)) fits.to |= UINT64_C(1) << i;
	}
	return fits;
}

/* Of those in the set the one that counts; NULL: none. */
static const struct ts_matrix_entry *choose(const struct ts_matrix *matrix, uint64_t set)
{
	const struct ts_matrix_entry *best = NULL;
	int most = -1;
	for (size_t i = 0; matrix && i < matrix->n; i++) {
		const struct ts_matrix_entry *e = &matrix->entry[i];
		const int says = (int)(e->from.who * 4 + e->to.who);
		if (!(set >> i & 1) || says < most) continue;
		best = e;
		most = says;
	}
	return best;
}

static float gain_of(const struct ts_matrix_entry *e)
{
	return e->off ? 0 : (float)pow(10, e->gain_db / 20);
}

/* Of the entries from all. */
static uint64_t from_all(const struct ts_matrix *matrix)
{
	uint64_t set = 0;
	for (size_t i = 0; matrix && i < matrix->n; i++)
		if (matrix->entry[i].from.who == TS_WHO_ALL) set |= UINT64_C(1) << i;
	return set;
}

int ts_matrix_row(struct ts_volumes **out, const struct ts_matrix *matrix,
	const struct ts_matrix_ear *ear, const struct ts_matrix_voice *voices, size_t n)
{
	const struct ts_matrix_entry *all = choose(matrix, ear->to & from_all(matrix));
	struct ts_volume *of = malloc((n + 1) * sizeof *of);
	size_t listed = 0;
	bool led = false;
	*out = NULL;
	if (!of) return TS_ENOMEM;
	for (size_t i = 0; i < n && !all && *ear->channel; i++)
		led |= !strcmp(voices[i].interprets, ear->channel);
	const float others = all ? gain_of(all) : led ? (float)pow(10, ear->floor_db / 20) : 1;
	for (size_t i = 0; i < n; i++) {
		const struct ts_matrix_voice *v = &voices[i];
		const struct ts_matrix_entry *e = choose(matrix, ear->to & v->from);
		const bool theirs = *v->interprets && !strcmp(v->interprets, ear->channel);
		float gain = others;
		if (e && e != all)
			gain = gain_of(e);
		else if (*v->interprets)
			gain = theirs ? 1 : 0;
		const bool leads = theirs && led && gain > 0;
		if (gain != others || leads)
			of[listed++] = (struct ts_volume){
				.key = v->key, .gain = gain, .leads = leads};
	}
	const int err = listed || others != 1 ? ts_volumes_create_over(out, others, of, listed) : 0;
	free(of);
	return err;
}

int ts_matrix_times(
	struct ts_volumes **out, const struct ts_volumes *row, const struct ts_volumes *own)
{
	const size_t n_row = row ? row->n : 0, n_own = own ? own->n : 0;
	struct ts_volume *of = malloc((n_row + n_own + 1) * sizeof *of);
	size_t n = 0;
	*out = NULL;
	if (!of) return TS_ENOMEM;
	for (size_t i = 0; i < n_row; i++) {
		of[n] = row->of[i];
		of[n++].gain *= ts_volumes_gain(own, row->of[i].key);
	}
	for (size_t i = 0; i < n_own; i++)
		if (!ts_volumes_find(row, own->of[i].key))
			of[n++] = (struct ts_volume){.key = own->of[i].key,
				.gain = own->of[i].gain * (row && !row->led ? row->others : 1),
				.follows = row && row->led};
	const int err = ts_volumes_create_over(out, row ? row->others : 1, of, n);
	free(of);
	return err;
}
