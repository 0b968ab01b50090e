/* tiles - who is where in a room's mix, as the API says. Thread: any; blocks while it asks. */
#ifndef TS_TESTS_PEER_TILES_H
#define TS_TESTS_PEER_TILES_H

#include "tests/peer/eyes.h"
#include <jansson.h>

struct ts_tiles {
	struct ts_eyes_tile tile[TS_REGIONS_MAX];
	size_t n; /* 0 also when the API does not answer */
	int canvas_w, canvas_h;
};

/* who_of tells which of us has a name; < 0: none. */
void ts_tiles_ask(struct ts_tiles *out, const char *url, const char *room,
	int (*who_of)(const char *name));
/* Of a layout that the API has already told; NULL: none. */
void ts_tiles_read(struct ts_tiles *out, json_t *layout, const char *url, const char *room,
	int (*who_of)(const char *name));

#endif
