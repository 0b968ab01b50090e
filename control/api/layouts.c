/* layouts - /v1/rooms/{room}/layout: what the main view shows and who chooses it; /v1/layouts:
 * layouts by name. */
#include "base/error.h"
#include "control/api/handlers.h"
#include "control/api/layout_body.h"
#include "control/http/etag.h"
#include "control/http/http.h"
#include "control/http/query.h"
#include "control/json/json.h"
#include "control/json/shapes.h"
#include "control/rooms/layout_store.h"
#include "control/rooms/registry.h"
#include "control/rooms/rest.h"
#include "control/schema/body.h"
#include "control/schema/params.h"
#include <glib.h>
#include <string.h>

/* ---- queries and bodies */

/* {"name":"speaker"} and nothing else. */
static const char *only_a_name(const json_t *body)
{
	const char *name = json_string_value(json_object_get(body, "name"));
	return json_object_size(body) == 1 ? name : NULL;
}

/* The layout that the body names or is. [give]; NULL: answered. */
static struct ts_layout_doc *read_choice(struct ts_api *api, struct ts_request *request)
{
	size_t len;
	const char *text = ts_request_body(request, &len);
	if (!ts_layout_is_json(request)) return NULL;
	json_t *body = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);
	const char *name = only_a_name(body);
	struct ts_layout_doc *doc = name ? ts_layout_store_find(api->layouts, name) : NULL;
	if (doc)
		ts_layout_doc_ref(doc);
	else if (name)
		ts_problem(request, 422, "no-such-layout", "/name", "there is no layout \"%.64s\"",
			name);
	else
		doc = ts_layout_document(request, text, len, body != NULL);
	json_decref(body);
	return doc;
}

/* ---- a room's layout */

void ts_get_layout(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	struct ts_room *room = ts_api_room(api, request, param[0]);
	if (room) ts_reply_of_room(api, request, room, ts_layout_json(room));
}

static void reply_dry(struct ts_api *api, struct ts_request *request, struct ts_room *room,
	const struct ts_layout_doc *doc)
{
	struct ts_layout layout;
	ts_room_try_layout(room, doc, &layout);
	ts_reply_of_room(api, request, room, ts_layout_now_json(room, doc, &layout));
}

void ts_put_layout(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	struct ts_room *room = ts_api_room(api, request, param[0]);
	struct ts_layout_error err;
	bool dry_run;
	if (!room || !ts_ask_flag(request, "dry_run", &dry_run) ||
		!ts_api_precondition(api, request, room))
		return;
	struct ts_layout_doc *doc = read_choice(api, request);
	if (!doc) return;
	const struct ts_room_config *c = ts_room_config(room);
	if (ts_layout_check(doc, c->width, c->height, &err)) {
		ts_layout_refuse(request, 422, &err);
	} else if (dry_run) {
		reply_dry(api, request, room, doc);
	} else {
		ts_room_set_layout(room, doc);
		ts_reply_of_room(api, request, room, ts_layout_json(room));
	}
	ts_layout_doc_unref(&doc);
}

static struct ts_participant *find_participant(struct ts_room *room, const char *id)
{
	for (struct ts_participant *p = ts_room_first(room); p; p = ts_room_next(p)) {
		struct ts_participant_info info;
		ts_participant_info(p, &info);
		if (!strcmp(info.id, id)) return p;
	}
	return NULL;
}

static bool has_key(const struct ts_wish *wish, uint64_t key)
{
	for (size_t i = 0; i < wish->n; i++)
		if (wish->key[i] == key) return true;
	return false;
}

/* A list of ids, null for nobody; what is not in the patch stays. False: somebody is not here,
 * answered. */
static bool read_wish(struct ts_request *request, struct ts_room *room, const json_t *patch,
	const char *name, struct ts_wish *wish)
{
	const json_t *list = json_object_get(patch, name);
	if (!list) return true;
	wish->n = 0;
	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *id = json_string_value(json_array_get(list, i));
		const struct ts_participant *participant = find_participant(room, id);
		g_autofree char *pointer = g_strdup_printf("/%s/%zu", name, i);
		if (!participant) {
			ts_problem(request, 422, "no-such-participant", pointer,
				"room \"%s\" has no participant \"%.64s\"",
				ts_room_config(room)->id, id);
			return false;
		}
		const uint64_t key = ts_participant_key(participant);
		if (!has_key(wish, key) && wish->n < TS_WISHES_MAX) wish->key[wish->n++] = key;
	}
	return true;
}

void ts_patch_layout(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	struct ts_room *room = ts_api_room(api, request, param[0]);
	if (!room || !ts_api_precondition(api, request, room)) return;
	json_t *patch = ts_body_read(request, &ts_shape_layout, TS_USE_PATCH);
	if (!patch) return;
	struct ts_wishes wishes = *ts_room_wishes(room);
	const bool ok = read_wish(request, room, patch, "spotlight", &wishes.spotlight) &&
		read_wish(request, room, patch, "pins", &wishes.pinned) &&
		read_wish(request, room, patch, "order", &wishes.order);
	json_decref(patch);
	if (!ok) return;
	ts_room_set_wishes(room, &wishes);
	ts_reply_of_room(api, request, room, ts_layout_json(room));
}

/* ---- layouts by name */

/* Of a document: it changes with its text. */
static void etag_of(const struct ts_layout_doc *doc, char out[TS_ETAG_MAX])
{
	g_autofree char *hash = g_compute_checksum_for_string(G_CHECKSUM_SHA256, doc->text, -1);
	g_snprintf(out, TS_ETAG_MAX, "\"%.16s\"", hash);
}

/* Answers 404 and returns NULL when there is none. */
static struct ts_layout_doc *find_layout(
	struct ts_api *api, struct ts_request *request, const char *name)
{
	struct ts_layout_doc *doc = ts_layout_store_find(api->layouts, name);
	if (!doc)
		ts_problem(
			request, 404, "no-such-layout", NULL, "there is no layout \"%.64s\"", name);
	return doc;
}

void ts_get_layouts(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	json_t *array = json_array();
	const struct ts_layout_doc *doc;
	(void)param;
	for (size_t i = 0; (doc = ts_layout_store_at(api->layouts, i)); i++)
		json_array_append_new(array,
			json_pack("{s:s, s:b}", "name", doc->name, "shipped",
				ts_layout_is_shipped(doc->name)));
	ts_reply_json(request, ts_items_json(array), NULL);
}

void ts_get_named_layout(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	char etag[TS_ETAG_MAX];
	const struct ts_layout_doc *doc = find_layout(api, request, param[0]);
	if (!doc) return;
	etag_of(doc, etag);
	ts_reply_json(request, json_loads(doc->text, 0, NULL), etag);
}

/* Is it of use on one of the usual shapes, at the height that rooms have here? */
static int check_shapes(
	struct ts_api *api, const struct ts_layout_doc *doc, struct ts_layout_error *err)
{
	const struct ts_room_config *c = ts_registry_defaults(api->registry);
	const int h = c->height, canvas[][2] = {{h * 4 / 3 & ~1, h}, {h, h}, {h * 9 / 16 & ~1, h}};
	struct ts_layout_error other;
	if (!ts_layout_check(doc, c->width, h, err)) return 0;
	for (size_t i = 0; i < G_N_ELEMENTS(canvas); i++)
		if (!ts_layout_check(doc, canvas[i][0], canvas[i][1], &other)) return 0;
	return TS_EINVAL;
}

static bool may_change(struct ts_api *api, struct ts_request *request, const char *name)
{
	const struct ts_layout_doc *old = ts_layout_store_find(api->layouts, name);
	char etag[TS_ETAG_MAX] = "";
	if (ts_layout_is_shipped(name)) {
		ts_problem(request, 409, "shipped-layout", NULL,
			"\"%s\" comes with the server and stays as it is", name);
		return false;
	}
	if (old) etag_of(old, etag);
	return ts_precondition(request, etag,
		old ? "the layout is not what it was when you looked at it"
		    : "there is no such layout yet");
}

static void reply_document(struct ts_request *request, const struct ts_layout_doc *doc, int status)
{
	char etag[TS_ETAG_MAX];
	etag_of(doc, etag);
	ts_json_make(request, status, json_loads(doc->text, 0, NULL));
	if (status == 201) {
		g_autofree char *location = g_strconcat("/v1/layouts/", doc->name, NULL);
		ts_reply_header(request, "Location", location);
	}
	ts_reply_header(request, "ETag", etag);
	ts_reply_send(request);
}

static void store(struct ts_api *api, struct ts_request *request, struct ts_layout_doc *doc)
{
	bool replaced;
	const int rc = ts_layout_store_put(api->layouts, doc, &replaced);
	if (rc == TS_ELIMIT)
		ts_problem(request, 409, "too-many-layouts", NULL,
			"the server stores at most %d layouts", TS_STORED_LAYOUTS_MAX);
	else if (rc)
		ts_reply_later(request, rc);
	else
		reply_document(request, doc, replaced ? 200 : 201);
}

void ts_put_named_layout(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	struct ts_layout_error err;
	bool dry_run;
	if (!ts_layout_name_ok(param[0])) {
		ts_problem(request, 404, "layout-name", NULL,
			"a name is 1 to %d of A-Z a-z 0-9 . _ ~ -, not beginning with a dot",
			TS_LAYOUT_NAME_MAX);
		return;
	}
	if (!ts_ask_flag(request, "dry_run", &dry_run) || !may_change(api, request, param[0]))
		return;
	struct ts_layout_doc *doc = ts_layout_body(request, param[0]);
	if (!doc) return;
	if (check_shapes(api, doc, &err))
		ts_layout_refuse(request, 422, &err);
	else if (dry_run)
		reply_document(request, doc, 200);
	else
		store(api, request, doc);
	ts_layout_doc_unref(&doc);
}

void ts_delete_named_layout(
	struct ts_api *api, struct ts_request *request, const char *const *param)
{
	if (!find_layout(api, request, param[0]) || !may_change(api, request, param[0])) return;
	const int rc = ts_layout_store_remove(api->layouts, param[0]);
	if (rc)
		ts_reply_later(request, rc);
	else
		ts_reply_nothing(request);
}

void ts_get_layout_svg(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	const struct ts_room_config *c = ts_registry_defaults(api->registry);
	const struct ts_layout_doc *doc = find_layout(api, request, param[0]);
	int count = 5, width = c->width, height = c->height;
	bool slides;
	if (!doc || !ts_ask_int(request, &ts_shape_preview_query, "count", &count) ||
		!ts_ask_int(request, &ts_shape_preview_query, "width", &width) ||
		!ts_ask_int(request, &ts_shape_preview_query, "height", &height) ||
		!ts_ask_flag(request, "presentation", &slides))
		return;
	char *svg = ts_layout_svg(doc, (size_t)count, slides, width & ~1, height & ~1);
	ts_reply(request, 200, "image/svg+xml", svg, strlen(svg), TS_BODY_FREE);
	ts_reply_header(request, "Cache-Control", "no-cache");
	ts_reply_header(request, "Content-Security-Policy", "default-src 'none'");
	ts_reply_send(request);
}
