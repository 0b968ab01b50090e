#include "control/api/keypad.h"
#include "control/events/events.h"
#include "control/http/context.h"
#include "control/json/json.h"
#include "control/keypad/keypad.h"

static void on_pressed(void *arg, const struct ts_keypad_pressed *pressed)
{
	struct ts_api *api = arg;
	ts_events_emit(api->events, TS_EVENT_KEYPAD, pressed->room, pressed->participant,
		json_pack("{s:s, s:s, s:s, s:s?, s:s}", "room", pressed->room, "participant",
			pressed->participant, "keys", pressed->keys, "action",
			ts_text_or_null(pressed->action), "outcome", pressed->outcome));
}

void ts_keypad_events(struct ts_api *api)
{
	ts_keypad_watch(api->keypad, on_pressed, api);
}
