#include "tests/bench/crowd/sample.h"

#include "base/error.h"
#include "tests/peer/http.h"
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum { SAMPLES_MAX = 4 };

struct ts_samples {
	struct ts_peer_world world;
	struct ts_peer *peer[SAMPLES_MAX];
	size_t n;
};

int ts_samples_create(struct ts_samples **out)
{
	static const char *const addresses[] = {"127.0.0.1"};
	struct ts_nets_config nets = {
		.threads = 1, .port_min = 40000, .port_max = 49999, .addresses = addresses, .n_addresses = 1};
	struct ts_pool_config pool = {.name = "sample", .threads = 1};
	struct ts_samples *s = *out = calloc(1, sizeof *s);
	if (!s) return TS_ENOMEM;
	int err = ts_nets_create(&s->world.nets, &nets);
	return err ? err : ts_pool_create(&s->world.pool, &pool);
}

int ts_samples_add(struct ts_samples *s, const struct ts_light_spec *l)
{
	struct ts_peer_spec spec = {.who = l->who,
		.watch = true,
		.receive_video = l->receive_video,
		.decode = true,
		.fps = 30,
		.leave = PEER_DELETE};
	if (s->n == SAMPLES_MAX) return TS_EFULL;
	snprintf(spec.url, sizeof spec.url, "%s", l->url);
	snprintf(spec.room, sizeof spec.room, "%s", l->room);
	snprintf(spec.name, sizeof spec.name, "%s", l->name);
	snprintf(spec.query, sizeof spec.query, "%s", l->query);
	int err = ts_peer_start(&s->peer[s->n], &s->world, &spec);
	s->n += !err;
	return err;
}

static json_t *get(const struct ts_peer_spec *spec, const char *what)
{
	char url[512];
	struct http_reply reply;
	snprintf(url, sizeof url, "%s/v1/rooms/%s/%s", spec->url, spec->room, what);
	json_t *root = ts_http(&reply, "GET", url, NULL) || reply.status != 200 ? NULL
										: json_loads(reply.body, 0, NULL);
	ts_http_free(&reply);
	return root;
}

static int number(json_t *o, const char *key)
{
	return (int)json_integer_value(json_object_get(o, key));
}

/* People of the generator are called NAME-WHO. */
static int who_is(json_t *people, const char *id)
{
	size_t i;
	json_t *p;
	json_array_foreach(json_object_get(people, "items"), i, p)
	{
		const char *name = json_string_value(json_object_get(p, "name")),
			   *at = name ? strrchr(name, '-') : NULL;
		const char *own = json_string_value(json_object_get(p, "id"));
		if (id && own && at && !strcmp(own, id)) return atoi(at + 1);
	}
	return -1;
}

static void follow(struct ts_peer *peer)
{
	const struct ts_peer_spec *spec = ts_peer_spec(peer);
	json_t *layout = get(spec, "layout"), *people = get(spec, "participants"),
	       *canvas = json_object_get(layout, "canvas"), *r;
	struct ts_eyes_tile tiles[TS_REGIONS_MAX];
	size_t n = 0, i;
	json_array_foreach(json_object_get(layout, "regions"), i, r) if (n < TS_REGIONS_MAX)
		tiles[n++] = (struct ts_eyes_tile){{number(r, "x"), number(r, "y"), number(r, "w"), number(r, "h")},
			who_is(people, json_string_value(json_object_get(r, "participant")))};
	if (n) ts_peer_set_tiles(peer, tiles, n, number(canvas, "width"), number(canvas, "height"));
	json_decref(layout);
	json_decref(people);
}

void ts_samples_follow(struct ts_samples *s)
{
	for (size_t i = 0; i < s->n; i++) follow(s->peer[i]);
}

size_t ts_samples_count(const struct ts_samples *s)
{
	return s->n;
}

struct ts_eyes *ts_samples_eyes(struct ts_samples *s, size_t i)
{
	struct ts_peer_report r;
	ts_peer_report(s->peer[i], &r);
	return r.eyes;
}

bool ts_samples_flow(const struct ts_samples *s)
{
	for (size_t i = 0; i < s->n; i++) {
		struct ts_peer_report r;
		ts_peer_report(s->peer[i], &r);
		if (!r.connected_ns) return false;
	}
	return true;
}

void ts_samples_stop(struct ts_samples *s)
{
	for (size_t i = 0; i < s->n; i++) ts_peer_stop(s->peer[i]);
}

void ts_samples_destroy(struct ts_samples **samples)
{
	struct ts_samples *s = *samples;
	*samples = NULL;
	for (size_t i = 0; i < s->n; i++) ts_peer_free(&s->peer[i]);
	ts_pool_destroy(&s->world.pool);
	ts_nets_destroy(&s->world.nets);
	free(s);
}
