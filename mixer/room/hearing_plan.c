/* hearing_plan - which row of the matrix each listener of a plan hears, and with which volumes of
 * their own (matrix.h, personal.h). */
#include "base/counter.h"
#include "base/error.h"
#include "mixer/room/model.h"
#include <stdlib.h>
#include <string.h>

/* One way to hear, for all who have the same. */
struct row {
	struct ts_matrix_ear ear;
	struct ts_volumes *list;
};

/* different ears of a room */
enum { CACHED = 4 * TS_AUDIO_ROWS };

struct ts_room_rows {
	struct ts_tastes tastes; /* of this plan */
	struct row row[CACHED];
	size_t n, heard; /* heard: those of them that are no plain mix */
	size_t most;
	struct ts_volumes *nobody; /* for whom there is no room */
	size_t n_voices;
	struct ts_matrix_voice voice[];
};

static struct ts_matrix_person person_of(const struct ts_participant *p)
{
	return (struct ts_matrix_person){.id = p->id,
		.identity = p->identity,
		.role = p->role,
		.interprets = p->interprets,
		.channel = p->channel};
}

static size_t count(const struct ts_room *r)
{
	size_t n = 0;
	for (const struct ts_participant *p = r->first; p; p = p->next) n++;
	return n;
}

static bool same_ear(const struct ts_matrix_ear *a, const struct ts_matrix_ear *b)
{
	return a->to == b->to && !strcmp(a->channel, b->channel);
}

/* A channel that nobody interprets into is the floor: anybody may choose any. */
static struct ts_matrix_ear ear_of(const struct ts_room_rows *rows, const struct ts_matrix *matrix,
	const struct ts_participant *p)
{
	const struct ts_matrix_person person = person_of(p);
	struct ts_matrix_ear ear = {.to = ts_matrix_fit(matrix, &person).to,
		.channel = "",
		.floor_db = p->room->config.floor_db};
	for (size_t i = 0; *p->channel && i < rows->n_voices; i++)
		if (!strcmp(rows->voice[i].interprets, p->channel)) ear.channel = p->channel;
	return ear;
}

/* list: [take]. Keeps it for others with the same ear; who are many share a few ears. */
static struct ts_volumes *keep(
	struct ts_room_rows *rows, const struct ts_matrix_ear *ear, struct ts_volumes *list)
{
	rows->row[rows->n++] = (struct row){*ear, list};
	return list;
}

/* NULL: all as they are. */
static struct ts_volumes *find_row(struct ts_room_rows *rows, const struct ts_matrix *matrix,
	const struct ts_matrix_ear *ear, bool *refused)
{
	struct ts_volumes *list, *same = NULL;
	for (size_t i = 0; i < rows->n; i++) {
		if (!same_ear(&rows->row[i].ear, ear)) continue;
		*refused = rows->row[i].list == rows->nobody;
		return rows->row[i].list;
	}
	if (rows->n == CACHED || ts_matrix_row(&list, matrix, ear, rows->voice, rows->n_voices)) {
		*refused = true;
		return rows->nobody;
	}
	/* another way to it */
	for (size_t i = 0; list && i < rows->n && !same; i++)
		if (ts_volumes_equal(rows->row[i].list, list)) same = rows->row[i].list;
	if (same) {
		ts_volumes_unref(&list);
		return keep(rows, ear, ts_volumes_ref(same));
	}
	if (list && rows->heard >= rows->most) {
		ts_volumes_unref(&list);
		*refused = true;
		return keep(rows, ear, ts_volumes_ref(rows->nobody));
	}
	rows->heard += list != NULL;
	return keep(rows, ear, list);
}

static struct ts_matrix_ear ear_of_sinks(const struct ts_matrix *matrix)
{
	static const struct ts_matrix_person nobody = {"", "", "", "", ""};
	return (struct ts_matrix_ear){.to = ts_matrix_fit(matrix, &nobody).to, .channel = ""};
}

/* First, and whatever other rooms have: a recording must not fall silent because people chose
 * what they hear. */
static void reserve_for_sinks(struct ts_room_rows *rows, const struct ts_matrix *matrix)
{
	const struct ts_matrix_ear ear = ear_of_sinks(matrix);
	bool refused = false;
	if (!rows->most) rows->most = 1;
	find_row(rows, matrix, &ear, &refused);
}

struct ts_room_rows *ts_room_rows_begin(const struct ts_room *r, const struct ts_matrix *matrix)
{
	const size_t elsewhere = r->engine->audio_rows - r->n_rows;
	struct ts_room_rows *rows = calloc(1, sizeof *rows + count(r) * sizeof rows->voice[0]);
	if (!rows) return NULL;
	if (ts_volumes_create_over(&rows->nobody, 0, NULL, 0)) {
		free(rows);
		return NULL;
	}
	const size_t left = elsewhere < TS_MATRIX_ROWS_ALL ? TS_MATRIX_ROWS_ALL - elsewhere : 0;
	rows->most = left < TS_AUDIO_ROWS ? left : TS_AUDIO_ROWS;
	for (const struct ts_participant *p = r->first; p; p = p->next) {
		const struct ts_matrix_person person = person_of(p);
		if (!ts_participant_is_here(p) || !p->voice) continue;
		rows->voice[rows->n_voices++] = (struct ts_matrix_voice){
			p->key, ts_matrix_fit(matrix, &person).from, p->interprets};
	}
	if (r->sinks) reserve_for_sinks(rows, matrix);
	return rows;
}

/* [give] or NULL. */
static struct ts_volumes *with_own(struct ts_room_rows *rows, const struct ts_volumes *row,
	struct ts_participant *p, const struct ts_audio_member *m)
{
	struct ts_volumes *both;
	if (!p->volumes || ts_matrix_times(&both, row, p->volumes)) return NULL;
	const struct ts_taste taste = {.volumes = both, .codec = m->codec, .profile = m->profile};
	if (ts_tastes_join(&rows->tastes, &taste) < TS_AUDIO_ROWS) return both;
	ts_volumes_unref(&both);
	return NULL;
}

void ts_room_rows_use(struct ts_room_rows *rows, struct ts_room *r, struct ts_participant *p,
	struct ts_audio_member *m)
{
	const struct ts_matrix_ear ear = ear_of(rows, r->matrix, p);
	bool refused = false;
	if (!m->sender && !m->ear) return;
	struct ts_volumes *row = find_row(rows, r->matrix, &ear, &refused),
			  *own = refused || !m->sender ? NULL : with_own(rows, row, p, m);
	p->volumes_heard = !refused && (!p->volumes || own);
	m->volumes = own ? own : row ? ts_volumes_ref(row) : NULL;
	if (m->volumes) m->listener_ms = 0;
}

void ts_room_rows_use_sink(
	struct ts_room_rows *rows, const struct ts_room *r, struct ts_audio_member *m)
{
	const struct ts_matrix_ear ear = ear_of_sinks(r->matrix);
	bool refused = false;
	struct ts_volumes *row = find_row(rows, r->matrix, &ear, &refused);
	m->volumes = row ? ts_volumes_ref(row) : NULL;
}

static void set_count(struct ts_room *r, size_t n)
{
	ts_count_add(TS_C_AUDIO_ROWS, (int64_t)n - (int64_t)r->n_rows);
	r->engine->audio_rows += n - r->n_rows;
	r->n_rows = n;
}

void ts_room_rows_end(struct ts_room_rows **rows, struct ts_room *r)
{
	struct ts_room_rows *of = *rows;
	*rows = NULL;
	if (!of) return;
	set_count(r, of->heard);
	for (size_t i = 0; i < of->n; i++) ts_volumes_unref(&of->row[i].list);
	ts_volumes_unref(&of->nobody);
	free(of);
}

/* ---- the matrix of a room */

/* Would those who are here, and sinks, get their rows by it? */
static int try(struct ts_room *r, const struct ts_matrix *matrix)
{
	struct ts_room_rows *rows = ts_room_rows_begin(r, matrix);
	bool refused = false;
	if (!rows) return TS_ENOMEM;
	for (struct ts_participant *p = r->first; p && !refused; p = p->next) {
		const struct ts_matrix_ear ear = ear_of(rows, matrix, p);
		find_row(rows, matrix, &ear, &refused);
	}
	for (size_t i = 0; i < rows->n; i++) ts_volumes_unref(&rows->row[i].list);
	ts_volumes_unref(&rows->nobody);
	free(rows);
	return refused ? TS_ELIMIT : 0;
}

int ts_room_set_matrix(struct ts_room *r, const struct ts_matrix *matrix)
{
	struct ts_matrix *fresh = NULL;
	if (r->closing) return TS_ECLOSED;
	const int err = try(r, matrix);
	if (err) return err;
	if (matrix && matrix->n) {
		if (!(fresh = malloc(sizeof *fresh))) return TS_ENOMEM;
		*fresh = *matrix;
	}
	free(r->matrix);
	r->matrix = fresh;
	ts_room_schedule_plan(r);
	ts_room_touch(r, TS_ROOM_CONFIG, NULL);
	return 0;
}

const struct ts_matrix *ts_room_matrix(const struct ts_room *r)
{
	return r->matrix;
}

size_t ts_room_matrix_rows(const struct ts_room *r)
{
	return r->n_rows;
}

void ts_room_free_matrix(struct ts_room *r)
{
	set_count(r, 0);
	free(r->matrix);
	r->matrix = NULL;
}
