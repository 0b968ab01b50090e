#include "tests/peer/tiles.h"
#include "tests/peer/http.h"
#include "tests/peer/json.h"
#include <stdio.h>
#include <string.h>

static json_t *get(const char *url_of_server, const char *room, const char *what)
{
	char url[512];
	struct http_reply reply;
	snprintf(url, sizeof url, "%s/v1/rooms/%s/%s", url_of_server, room, what);
	json_t *root = ts_http(&reply, "GET", url, NULL) || reply.status != 200
		? NULL
		: json_loads(reply.body, 0, NULL);
	ts_http_free(&reply);
	return root;
}

static const char *name_of(json_t *people, const char *id)
{
	size_t i;
	json_t *p;
	json_array_foreach(json_object_get(people, "items"), i, p)
	{
		if (!strcmp(ts_json_text(p, "id", ""), id)) return ts_json_text(p, "name", "");
	}
	return "";
}

void ts_tiles_read(struct ts_tiles *out, json_t *layout, const char *url, const char *room,
	int (*who_of)(const char *name))
{
	json_t *people = get(url, room, "participants"),
	       *canvas = json_object_get(layout, "canvas"), *r;
	size_t i;
	out->n = 0;
	out->canvas_w = ts_json_number(canvas, "width", 1280);
	out->canvas_h = ts_json_number(canvas, "height", 720);
	json_array_foreach(json_object_get(layout, "regions"), i, r)
	{
		const char *id = ts_json_text(r, "participant", NULL);
		if (out->n == TS_REGIONS_MAX) break;
		out->tile[out->n++] = (struct ts_eyes_tile){
			.rect = {ts_json_number(r, "x", 0), ts_json_number(r, "y", 0),
				ts_json_number(r, "w", 0), ts_json_number(r, "h", 0)},
			.who = id ? who_of(name_of(people, id)) : -1};
	}
	json_decref(people);
}

void ts_tiles_ask(
	struct ts_tiles *out, const char *url, const char *room, int (*who_of)(const char *name))
{
	json_t *layout = get(url, room, "layout");
	ts_tiles_read(out, layout, url, room, who_of);
	json_decref(layout);
}
