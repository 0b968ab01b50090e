/* keypad - tells readers of events what was done by keys. Thread: control. */
#ifndef TS_CONTROL_API_KEYPAD_H
#define TS_CONTROL_API_KEYPAD_H

struct ts_api;

/* From now on what api->keypad tells goes out as events. */
void ts_keypad_events(struct ts_api *api);

#endif
