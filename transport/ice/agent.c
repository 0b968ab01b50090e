#include "transport/ice/agent.h"

#include "transport/ice/kind.h"

int ts_ice_create(struct ts_ice **out, const struct ts_ice_config *config)
{
	return config->port && !config->controlling ? ts_ice_lite_create(out, config)
						    : ts_ice_full_create(out, config);
}

int ts_ice_gather(struct ts_ice *ice, struct ts_ice_description *local)
{
	return ice->ops->gather(ice, local);
}

int ts_ice_set_remote(struct ts_ice *ice, const struct ts_ice_description *remote)
{
	return ice->ops->set_remote(ice, remote);
}

int ts_ice_restart(struct ts_ice *ice, struct ts_ice_description *local)
{
	return ice->ops->restart(ice, local);
}

void ts_ice_mark(struct ts_ice *ice, bool audio, bool video)
{
	ice->ops->mark(ice, audio, video);
}

struct ts_route *ts_ice_route(struct ts_ice *ice)
{
	return ice->ops->route(ice);
}

int64_t ts_ice_heard_ns(const struct ts_ice *ice)
{
	return ice->ops->heard_ns(ice);
}

void ts_ice_close(struct ts_ice *ice, void (*done)(void *arg), void *arg)
{
	ice->ops->close(ice, done, arg);
}
