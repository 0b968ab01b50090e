/* What the peer tells about its side of ICE after the description: trickled candidates and
 * restarts, in order of the calls. */
#include "base/error.h"
#include "base/log.h"
#include "transport/path.h"
#include <stdlib.h>

static void drop(struct ts_path_remote *r)
{
	explicit_bzero(r->remote.pwd, sizeof(r->remote.pwd));
	free(r);
}

/* ---- any thread */

static int push(struct ts_transport *t, const struct ts_ice_description *remote, bool restart)
{
	if (remote && ts_ice_check_credentials(remote->ufrag, remote->pwd)) return TS_EINVAL;
	if (remote && remote->n_candidates > TS_CAND_MAX) return TS_EINVAL;
	if (atomic_fetch_add(&t->n_remotes, 1) >= TS_PATH_REMOTES) {
		atomic_fetch_sub(&t->n_remotes, 1);
		return TS_EFULL;
	}
	struct ts_path_remote *r = calloc(1, sizeof(*r));
	if (!r) {
		atomic_fetch_sub(&t->n_remotes, 1);
		return TS_ENOMEM;
	}
	r->restart = restart;
	if (remote) r->remote = *remote;
	r->next = atomic_load(&t->remotes);
	while (!atomic_compare_exchange_weak(&t->remotes, &r->next, r)) {}
	ts_path_wake_remotes(t);
	return TS_OK;
}

int ts_transport_trickle(struct ts_transport *t, const struct ts_ice_description *remote)
{
	return push(t, remote, false);
}

int ts_transport_restart(struct ts_transport *t, const struct ts_ice_description *remote)
{
	return push(t, remote, true);
}

/* ---- the net thread */

/* In order of the calls. */
static struct ts_path_remote *take_all(struct ts_transport *t)
{
	struct ts_path_remote *newest = atomic_exchange(&t->remotes, NULL), *oldest = NULL;
	while (newest) {
		struct ts_path_remote *next = newest->next;
		newest->next = oldest;
		oldest = newest;
		newest = next;
		atomic_fetch_sub(&t->n_remotes, 1);
	}
	return oldest;
}

void ts_path_set_remote(struct ts_transport *t, const struct ts_ice_description *remote)
{
	struct ts_transport_config *config = &t->config;
	memcpy(config->remote.ufrag, remote->ufrag, sizeof(config->remote.ufrag));
	memcpy(config->remote.pwd, remote->pwd, sizeof(config->remote.pwd));
	ts_ice_set_remote(t->ice, remote);
}

void ts_path_restart(struct ts_transport *t, int64_t now_ns)
{
	struct ts_ice_description local;
	int err = ts_ice_restart(t->ice, &local);
	if (err) {
		ts_warn("no ICE restart", "transport=%s error=%s", t->name, ts_strerror(err));
		ts_path_fail(t, "ice-failed");
		return;
	}
	t->heard_ns = now_ns; /* it has as long as anybody to be heard again */
	ts_path_gathered(t, &local);
	explicit_bzero(local.pwd, sizeof(local.pwd));
}

void ts_path_remotes_run(struct ts_transport *t, int64_t now_ns)
{
	struct ts_path_remote *next;
	for (struct ts_path_remote *r = take_all(t); r; r = next) {
		next = r->next;
		if (r->restart && !t->ended) ts_path_restart(t, now_ns);
		if (r->remote.ufrag[0] && !t->ended) ts_path_set_remote(t, &r->remote);
		drop(r);
	}
}

void ts_path_remotes_drop(struct ts_transport *t)
{
	struct ts_path_remote *next;
	for (struct ts_path_remote *r = take_all(t); r; r = next) {
		next = r->next;
		drop(r);
	}
}
