#include "base/counter.h"
#include "config/config.h"
#include "control/http/context.h"
#include "control/json/json.h"
#include "control/rooms/drain.h"
#include "control/rooms/registry.h"

static const char *state(const struct ts_api *api, const struct ts_drain_info *info)
{
	return ts_registry_is_closing(api->registry) ? "stopping"
		: info->draining                     ? "draining"
						     : "running";
}

json_t *ts_own_node_json(const struct ts_api *api)
{
	struct ts_drain_info info;
	ts_drain_info(api->drain, &info);
	return json_pack("{s:s, s:o}", "state", state(api, &info), "deadline_ms",
		ts_time_or_null(info.deadline_unix_ms));
}

json_t *ts_node_json(const struct ts_api *api)
{
	static const enum ts_counter kinds[] = {TS_C_PARTICIPANTS_WEBRTC, TS_C_PARTICIPANTS_WHIP,
		TS_C_PARTICIPANTS_WHEP, TS_C_PARTICIPANTS_SIP, TS_C_PARTICIPANTS_INPUT,
		TS_C_PARTICIPANTS_MACHINE};
	struct ts_drain_info info;
	json_int_t participants = 0;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		participants += ts_count_get(kinds[i]);
	ts_drain_info(api->drain, &info);
	return json_pack("{s:s?, s:s, s:o, s:o, s:I, s:I}", "id",
		ts_text_or_null(api->config->node.id), "state", state(api, &info), "drain_began_ms",
		ts_time_or_null(info.began_unix_ms), "deadline_ms",
		ts_time_or_null(info.deadline_unix_ms), "rooms",
		(json_int_t)ts_count_get(TS_C_ROOMS), "participants", participants);
}
