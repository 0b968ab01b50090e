#include "control/identity/caller.h"
#include <string.h>

const char *ts_caller_kind_name(enum ts_caller_kind kind)
{
	static const char *const names[] = {"anybody", "api-token", "key", "jwt"};
	return names[kind];
}

bool ts_caller_has_room(const struct ts_caller *caller, const char *room_id)
{
	if (!strcmp(caller->room, "*")) return true;
	return *room_id && ts_room_pattern_has(caller->room, room_id);
}
