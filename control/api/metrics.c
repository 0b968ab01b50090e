/* metrics - /metrics: the tables of base/, and what each room and participant does, with a bound on
 * how many are named. */
#include "control/api/metrics.h"
#include "base/counter.h"
#include "base/histogram.h"
#include "base/strand.h"
#include "control/api/api.h"
#include "control/api/handlers.h"
#include "control/http/http.h"
#include "control/rooms/registry.h"
#include "mixer/room/engine.h"
#include <glib.h>
#include <stdlib.h>
#include <string.h>

/* ---- per participant: a row for each, by family */

static double sum_bytes_in(const struct ts_participant_info *i)
{
	return (double)(i->audio_stats.bytes_in + i->video_stats.bytes_in +
		i->slides_stats.bytes_in);
}
static double sum_bytes_out(const struct ts_participant_info *i)
{
	return (double)(i->audio_stats.bytes_out + i->video_stats.bytes_out +
		i->slides_stats.bytes_out);
}
static double sum_lost(const struct ts_participant_info *i)
{
	return (double)(i->audio_stats.lost + i->video_stats.lost + i->slides_stats.lost);
}
static double jitter(const struct ts_participant_info *i)
{
	return MAX(i->audio_stats.jitter_us, i->video_stats.jitter_us) / 1e6;
}
static double round_trip(const struct ts_participant_info *i)
{
	return MAX(i->audio_stats.rtt_us, i->video_stats.rtt_us) / 1e6;
}

static const struct {
	const char *name, *type, *help;
	double (*value)(const struct ts_participant_info *info);
} families[] = {
#define X(value, name, type, unit, help, advice) {name, type, help, value},
	TS_METRICS_OF_PARTICIPANTS(X)
#undef X
};

/* HELP and TYPE of the other table's. */
#define X(id, name, type, unit, labels, help, advice) \
	static const char head_of_##id[] = "# HELP " name " " help "\n# TYPE " name " " type "\n";
TS_METRICS_OF_ROOMS(X)
#undef X

struct person {
	const char *room;
	struct ts_participant_info info;
};

static void print_people(GString *out, const struct person *people, size_t n)
{
	for (size_t f = 0; f < G_N_ELEMENTS(families); f++) {
		g_string_append_printf(out, "# HELP %s %s\n# TYPE %s %s\n", families[f].name,
			families[f].help, families[f].name, families[f].type);
		/* ids have no character that a label would have to escape */
		for (size_t i = 0; i < n; i++)
			g_string_append_printf(out, "%s{room=\"%s\",participant=\"%s\"} %.15g\n",
				families[f].name, people[i].room, people[i].info.id,
				families[f].value(&people[i].info));
	}
}

/* ---- per room */

static void print_room(GString *out, const struct ts_room *room)
{
	for (int kind = 0; kind < TS_KIND_COUNT; kind++) {
		size_t n = ts_room_count(room, (enum ts_kind)kind);
		if (n)
			g_string_append_printf(out,
				"tessera_room_participants{room=\"%s\",kind=\"%s\"} %zu\n",
				ts_room_config(room)->id, ts_kind_name((enum ts_kind)kind), n);
	}
}

static void print_rooms(GString *out, struct ts_registry *registry)
{
	struct person *people = g_new(struct person, TS_METRICS_PEOPLE_MAX);
	size_t n_rooms = 0, n_people = 0, unnamed = 0;
	g_string_append(out, head_of_participants);
	for (struct ts_room *room = ts_registry_first(registry); room;
		room = ts_registry_next(registry, room)) {
		bool named = n_rooms++ < TS_METRICS_ROOMS_MAX;
		if (named) print_room(out, room);
		for (struct ts_participant *p = ts_room_first(room); p; p = ts_room_next(p)) {
			if (!named || n_people == TS_METRICS_PEOPLE_MAX) {
				unnamed++;
				continue;
			}
			people[n_people].room = ts_room_config(room)->id;
			ts_participant_info(p, &people[n_people++].info);
		}
	}
	print_people(out, people, n_people);
	g_free(people);
	g_string_append_printf(
		out, "%stessera_participants_unnamed %zu\n", head_of_unnamed, unnamed);
}

/* ---- queues */

static void print_queues(GString *out, const struct ts_engine *engine)
{
	if (!engine) return;
	g_string_append(out, head_of_queues);
	const struct {
		const char *name;
		struct ts_pool *pool;
	} pools[] = {{"video", engine->video}, {"tick", engine->tick}, {"audio", engine->audio}};
	for (size_t i = 0; i < G_N_ELEMENTS(pools); i++)
		if (pools[i].pool)
			g_string_append_printf(out, "tessera_queue_depth{pool=\"%s\"} %d\n",
				pools[i].name, ts_pool_waiting(pools[i].pool));
}

/* ---- all */

/* A number may gain a digit between the two calls. */
static void print_table(GString *out, size_t (*print)(char *buf, size_t cap))
{
	size_t cap = print(NULL, 0) + 256, at = out->len;
	g_string_set_size(out, at + cap);
	size_t len = print(out->str + at, cap);
	g_string_set_size(out, at + MIN(len, cap - 1));
}

void ts_get_metrics(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	GString *out = g_string_sized_new(32 * 1024);
	(void)param;
	print_table(out, ts_count_print);
	print_table(out, ts_histograms_print);
	print_queues(out, api->engine);
	print_rooms(out, api->registry);
	size_t len = out->len;
	ts_reply(request, 200, "text/plain; version=0.0.4; charset=utf-8",
		g_string_free(out, FALSE), len, TS_BODY_FREE);
	ts_reply_header(request, "Cache-Control", "no-store");
	ts_reply_send(request);
}
