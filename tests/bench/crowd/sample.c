#include "tests/bench/crowd/sample.h"

#include "base/error.h"
#include "tests/peer/tiles.h"
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
	struct ts_nets_config nets = {.threads = 1,
		.ice.port_min = 40000,
		.ice.port_max = 49999,
		.ice.addresses = addresses,
		.ice.n_addresses = 1};
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

/* People of the generator are called NAME-WHO. */
static int who_of(const char *name)
{
	const char *at = strrchr(name, '-');
	return at ? atoi(at + 1) : -1;
}

static void follow(struct ts_peer *peer)
{
	const struct ts_peer_spec *spec = ts_peer_spec(peer);
	struct ts_tiles tiles;
	ts_tiles_ask(&tiles, spec->url, spec->room, who_of);
	if (tiles.n) ts_peer_set_tiles(peer, tiles.tile, tiles.n, tiles.canvas_w, tiles.canvas_h);
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
