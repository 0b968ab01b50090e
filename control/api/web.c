/* web - the pages of web/, carried inside the binary. The assembler reads them from the
 * repository's root, where make runs. */
#include "control/api/api.h"
#include "control/api/handlers.h"
#include "control/http/etag.h"
#include "control/http/http.h"
#include "control/http/problem.h"
#include "control/rooms/registry.h"
#include <glib.h>
#include <string.h>

/* A new file of web/ needs a row here; all but the index are served as /web/NAME, the module for
 * others as /client.js, too. */
#define HTML "text/html; charset=utf-8"
#define SCRIPT "text/javascript; charset=utf-8"
#define STYLE "text/css; charset=utf-8"
#define FILES(FILE)                                                      \
	FILE(index_html, "index.html", HTML)                             \
	FILE(app_js, "app.js", SCRIPT)                                   \
	FILE(call_js, "call.js", SCRIPT)                                 \
	FILE(captions_js, "captions.js", SCRIPT)                         \
	FILE(chat_js, "chat.js", SCRIPT)                                 \
	FILE(calls_js, "calls.js", SCRIPT)                               \
	FILE(client_js, "client.js", SCRIPT)                             \
	FILE(dom_js, "dom.js", SCRIPT)                                   \
	FILE(fit_js, "fit.js", SCRIPT)                                   \
	FILE(window_js, "window.js", SCRIPT)                             \
	FILE(mirror_js, "mirror.js", SCRIPT)                             \
	FILE(lobby_js, "lobby.js", SCRIPT)                               \
	FILE(moderator_js, "moderator.js", SCRIPT)                       \
	FILE(own_js, "own.js", SCRIPT)                                   \
	FILE(quality_js, "quality.js", SCRIPT)                           \
	FILE(room_js, "room.js", SCRIPT)                                 \
	FILE(stage_js, "stage.js", SCRIPT)                               \
	FILE(waiting_js, "waiting.js", SCRIPT)                           \
	FILE(watch_html, "watch.html", HTML)                             \
	FILE(watch_js, "watch.js", SCRIPT)                               \
	FILE(player_js, "player.js", SCRIPT)                             \
	FILE(playlist_js, "playlist.js", SCRIPT)                         \
	FILE(style_css, "style.css", STYLE)                              \
	FILE(icon_svg, "icon.svg", "image/svg+xml")                      \
	FILE(admin_admin_css, "admin/admin.css", STYLE)                  \
	FILE(admin_announcements_js, "admin/announcements.js", SCRIPT)   \
	FILE(admin_api_js, "admin/api.js", SCRIPT)                       \
	FILE(admin_app_js, "admin/app.js", SCRIPT)                       \
	FILE(admin_calls_js, "admin/calls.js", SCRIPT)                   \
	FILE(admin_dom_js, "admin/dom.js", SCRIPT)                       \
	FILE(admin_editor_js, "admin/editor.js", SCRIPT)                 \
	FILE(admin_editor_canvas_js, "admin/editor_canvas.js", SCRIPT)   \
	FILE(admin_editor_form_js, "admin/editor_form.js", SCRIPT)       \
	FILE(admin_editor_json_js, "admin/editor_json.js", SCRIPT)       \
	FILE(admin_editor_model_js, "admin/editor_model.js", SCRIPT)     \
	FILE(admin_editor_preview_js, "admin/editor_preview.js", SCRIPT) \
	FILE(admin_editor_snap_js, "admin/editor_snap.js", SCRIPT)       \
	FILE(admin_editor_text_js, "admin/editor_text.js", SCRIPT)       \
	FILE(admin_events_js, "admin/events.js", SCRIPT)                 \
	FILE(admin_fraction_js, "admin/fraction.js", SCRIPT)             \
	FILE(admin_index_html, "admin/index.html", HTML)                 \
	FILE(admin_inputs_js, "admin/inputs.js", SCRIPT)                 \
	FILE(admin_layouts_js, "admin/layouts.js", SCRIPT)               \
	FILE(admin_messages_js, "admin/messages.js", SCRIPT)             \
	FILE(admin_node_js, "admin/node.js", SCRIPT)                     \
	FILE(admin_outputs_js, "admin/outputs.js", SCRIPT)               \
	FILE(admin_people_js, "admin/people.js", SCRIPT)                 \
	FILE(admin_person_js, "admin/person.js", SCRIPT)                 \
	FILE(admin_pictures_js, "admin/pictures.js", SCRIPT)             \
	FILE(admin_place_js, "admin/place.js", SCRIPT)                   \
	FILE(admin_recordings_js, "admin/recordings.js", SCRIPT)         \
	FILE(admin_room_js, "admin/room.js", SCRIPT)                     \
	FILE(admin_rooms_js, "admin/rooms.js", SCRIPT)                   \
	FILE(admin_settings_js, "admin/settings.js", SCRIPT)             \
	FILE(admin_stage_js, "admin/stage.js", SCRIPT)                   \
	FILE(admin_store_js, "admin/store.js", SCRIPT)                   \
	FILE(admin_things_js, "admin/things.js", SCRIPT)

#define BYTES(id, name, type)                                                     \
	__asm__(".pushsection .rodata,\"a\"\nts_web_" #id ":\n.incbin "           \
		"\"web/" name "\"\nts_web_" #id "_end:\n.byte 0\n.popsection\n"); \
	extern const char ts_web_##id[], ts_web_##id##_end[];
FILES(BYTES)

static const struct file {
	const char *name, *type, *bytes, *end;
} files[] = {
#define ROW(id, name, type) {name, type, ts_web_##id, ts_web_##id##_end},
	FILES(ROW)};

/* Nothing from elsewhere, nothing inline, no frame around the page. */
#define POLICY                                                                            \
	"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; " \
	"connect-src 'self'; media-src 'self' blob:; "                                    \
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

#define PERMISSIONS                                                                          \
	"camera=(self), microphone=(self), display-capture=(self), geolocation=(), usb=(), " \
	"serial=(), hid=(), midi=(), "                                                       \
	"payment=()"

static void reply_file(struct ts_request *request, const struct file *file)
{
	size_t len = (size_t)(file->end - file->bytes);
	g_autofree char *hash = g_compute_checksum_for_data(
		G_CHECKSUM_SHA256, (const guchar *)file->bytes, len);
	g_autofree char *etag = g_strdup_printf("\"%.16s\"", hash);
	const char *known = ts_request_header(request, "If-None-Match");
	/* weak: a proxy may have compressed it (RFC 9110 13.1.2) */
	if (known && ts_etag_named(known, etag, true))
		ts_reply(request, 304, NULL, "", 0, TS_BODY_STATIC);
	else
		ts_reply(request, 200, file->type, file->bytes, len, TS_BODY_STATIC);
	ts_reply_header(request, "ETag", etag);
	ts_reply_header(request, "Cache-Control", "no-cache");
	ts_reply_header(request, "Content-Security-Policy", POLICY);
	ts_reply_header(request, "Permissions-Policy", PERMISSIONS);
	ts_reply_header(request, "Referrer-Policy",
		"same-origin"); /* tells the page whether one of ours opened it; app.js */
	ts_reply_send(request);
}

void ts_get_index(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	(void)api, (void)param;
	reply_file(request, &files[0]);
}

void ts_get_watch(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	static const char *const page[] = {"watch.html"};
	(void)param;
	ts_get_file(api, request, page);
}

void ts_get_admin(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	static const char *const page[] = {"admin/index.html"};
	(void)param;
	ts_get_file(api, request, page);
}

/* Pages of every origin may load it: it is code without secrets, and what it may do there is
 * decided where it asks. */
void ts_get_client(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	static const char *const module[] = {"client.js"};
	(void)param;
	ts_request_add_header(request, "Access-Control-Allow-Origin", "*");
	ts_get_file(api, request, module);
}

void ts_get_admin_file(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	g_autofree char *name = g_strconcat("admin/", param[0], NULL);
	const char *const file[] = {name};
	ts_get_file(api, request, file);
}

void ts_get_file(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	(void)api;
	for (size_t i = 1; i < G_N_ELEMENTS(files); i++) {
		if (strcmp(files[i].name, param[0]) != 0) continue;
		reply_file(request, &files[i]);
		return;
	}
	ts_problem(request, 404, NULL, NULL, "there is nothing at this path");
}
