/* images - /v1/images: pictures that rooms can show, by name. An upload waits while it is decoded.
 *
 *   POST, PUT --> rate --> ts_images_put --> thread of images --> control: reply
 */
#include "control/api/images.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/random.h"
#include "control/api/handlers.h"
#include "control/http/deferred.h"
#include "control/http/etag.h"
#include "control/http/http.h"
#include "control/http/problem.h"
#include "control/http/query.h"
#include "control/images/images.h"
#include "control/json/json.h"
#include "control/rooms/registry.h"
#include "control/rooms/rest.h"
#include <glib.h>
#include <stdlib.h>
#include <string.h>

/* ---- who is told */

static void on_changed(void *arg, const char *name)
{
	const struct ts_api *api = arg;
	for (struct ts_room *room = ts_registry_first(api->registry); room;
		room = ts_registry_next(api->registry, room))
		ts_room_images_changed(room, name);
}

void ts_image_rooms(struct ts_api *api)
{
	ts_images_watch(api->images, on_changed, api);
}

/* ---- looking */

void ts_get_images(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	json_t *array = json_array();
	const struct ts_image_entry *entry;
	(void)param;
	for (size_t i = 0; api->images && (entry = ts_images_at(api->images, i)); i++)
		json_array_append_new(array, ts_image_json(entry));
	ts_reply_json(request, ts_items_json(array), NULL);
}

static const struct ts_image_entry *find(
	struct ts_api *api, struct ts_request *request, const char *name)
{
	const struct ts_image_entry *entry = api->images ? ts_images_find(api->images, name) : NULL;
	if (!entry && api->images && ts_images_is_coming(api->images, name))
		ts_reply_later(request, TS_EAGAIN);
	else if (!entry)
		ts_problem(
			request, 404, "no-such-image", NULL, "there is no image \"%.64s\"", name);
	return entry;
}

static void etag_of(const struct ts_image_entry *entry, char out[TS_ETAG_MAX])
{
	g_snprintf(out, TS_ETAG_MAX, "\"%llx-%llx\"", (long long)entry->created_ms,
		(unsigned long long)entry->serial);
}

/* What another upload is about to change is not what anybody has looked at. */
static bool may_change(struct ts_api *api, struct ts_request *request, const char *name)
{
	const struct ts_image_entry *entry = ts_images_find(api->images, name);
	const bool asks = ts_request_header(request, "If-Match") ||
		ts_request_header(request, "If-None-Match");
	char etag[TS_ETAG_MAX] = "";
	if (entry) etag_of(entry, etag);
	if (asks && ts_images_is_coming(api->images, name)) {
		ts_problem(request, 412, "changed", NULL, "another image of that name comes");
		return false;
	}
	return ts_precondition(request, etag,
		entry ? "the image is not what it was when you looked at it"
		      : "there is no such image yet");
}

void ts_get_image(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	int64_t len;
	char etag[TS_ETAG_MAX];
	const struct ts_image_entry *entry = find(api, request, param[0]);
	if (!entry) return;
	etag_of(entry, etag);
	const int fd = ts_images_open(api->images, param[0], &len);
	if (fd < 0) {
		ts_reply_later(request, TS_EIO);
		return;
	}
	ts_reply_file(request, 200, "image/png", fd, 0, len);
	ts_reply_header(request, "Cache-Control", "no-cache");
	ts_reply_header(request, "ETag", etag);
	ts_reply_header(request, "Content-Security-Policy", "default-src 'none'");
	ts_reply_header(request, "X-Content-Type-Options", "nosniff");
	ts_reply_send(request);
}

void ts_delete_image(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	if (!find(api, request, param[0]) || !may_change(api, request, param[0])) return;
	ts_images_remove(api->images, param[0]);
	ts_reply_nothing(request);
}

/* ---- uploads */

struct upload {
	struct ts_deferred reply; /* held by the images */
};

static void destroy(struct ts_deferred *deferred)
{
	free(ts_container_of(deferred, struct upload, reply));
}

static void refuse(struct ts_request *request, int err, const char *why)
{
	switch (err) {
	case TS_EEXIST: ts_problem(request, 409, "image-exists", "/name", "%s", why); break;
	case TS_ELIMIT: ts_problem(request, 409, "too-many-images", NULL, "%s", why); break;
	case TS_ECLOSED: ts_problem(request, 409, "no-such-image", NULL, "%s", why); break;
	case TS_EUNSUPPORTED: ts_problem(request, 415, "image", NULL, "%s", why); break;
	case TS_EINVAL:
	case TS_EBADMSG: ts_problem(request, 422, "image", NULL, "%s", why); break;
	default: ts_reply_later(request, err);
	}
}

static void on_done(
	void *arg, int err, const char *why, const struct ts_image_entry *entry, bool replaced)
{
	struct upload *upload = arg;
	struct ts_request *request = upload->reply.request;
	if (request && err) {
		refuse(request, err, why);
	} else if (request) {
		g_autofree char *location = g_strconcat("/v1/images/", entry->name, NULL);
		char etag[TS_ETAG_MAX];
		etag_of(entry, etag);
		ts_json_make(request, replaced ? 200 : 201, ts_image_json(entry));
		ts_reply_header(request, "ETag", etag);
		if (!replaced) ts_reply_header(request, "Location", location);
		ts_reply_send(request);
	}
	ts_deferred_release(&upload->reply);
}

/* True: answered. */
static bool too_many(struct ts_api *api, struct ts_request *request)
{
	char seconds[24];
	const int64_t wait_ns = ts_images_wait_ns(api->images, ts_now_ns());
	if (!wait_ns) return false;
	g_snprintf(seconds, sizeof(seconds), "%lld", (long long)(wait_ns / TS_NS_PER_S + 1));
	ts_problem_make(request, 429, "too-many-uploads", NULL, "too many images come");
	ts_reply_header(request, "Retry-After", seconds);
	ts_reply_send(request);
	return true;
}

static bool is_name(struct ts_request *request, const char *name)
{
	if (ts_image_name_ok(name)) return true;
	ts_problem(request, 422, "image-name", "/name",
		"a name is 1 to %d of A-Z a-z 0-9 . _ ~ -, not beginning with a dot",
		TS_IMAGE_NAME_MAX);
	return false;
}

/* Its type, without parameters; false: answered. */
static bool read_type(struct ts_request *request, char *out, size_t cap)
{
	const char *type = ts_request_header(request, "Content-Type");
	g_snprintf(out, cap, "%.*s", type ? (int)strcspn(type, "; \t") : 0, type ? type : "");
	for (int kind = TS_IMAGE_PNG; kind <= TS_IMAGE_WEBP; kind++)
		if (!g_ascii_strcasecmp(out, ts_image_kind_type((enum ts_image_kind)kind)))
			return true;
	ts_problem_make(request, 415, "content-type", NULL,
		"Content-Type is image/png, image/jpeg or image/webp");
	ts_reply_header(request, "Accept", "image/png, image/jpeg, image/webp");
	ts_reply_send(request);
	return false;
}

static void put(
	struct ts_api *api, struct ts_request *request, const char *name, enum ts_image_put how)
{
	char type[32];
	const char *why = NULL;
	size_t len;
	const void *body = ts_request_body(request, &len);
	if (!api->images) {
		ts_reply_later(request, TS_EUNSUPPORTED);
		return;
	}
	if (!is_name(request, name) || !read_type(request, type, sizeof(type)) ||
		too_many(api, request))
		return;
	struct upload *upload = calloc(1, sizeof(*upload));
	if (!upload) {
		ts_reply_later(request, TS_ENOMEM);
		return;
	}
	upload->reply.destroy = destroy;
	const int err = ts_images_put(
		api->images, name, how, type, body, len, on_done, upload, &why);
	if (!err) {
		ts_deferred_begin(&upload->reply, request);
		return;
	}
	free(upload);
	refuse(request, err, why);
}

void ts_post_images(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	char name[TS_IMAGE_NAME_MAX + 1];
	(void)param;
	if (ts_query_text(request, "name", name, sizeof(name))) {
		(void)is_name(request, "");
		return;
	}
	if (!*name) ts_ulid(name, ts_unix_ms_from_ns(ts_now_ns()));
	put(api, request, name, TS_IMAGE_MAKE);
}

void ts_put_image(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	if (api->images && !may_change(api, request, param[0])) return;
	put(api, request, param[0], TS_IMAGE_REPLACE);
}
