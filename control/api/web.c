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

/* A new file of web/ needs a row here; all but the index are served as /web/NAME. */
#define HTML "text/html; charset=utf-8"
#define SCRIPT "text/javascript; charset=utf-8"
#define FILES(FILE)                                             \
	FILE(index_html, "index.html", HTML)                    \
	FILE(app_js, "app.js", SCRIPT)                          \
	FILE(call_js, "call.js", SCRIPT)                        \
	FILE(calls_js, "calls.js", SCRIPT)                      \
	FILE(dom_js, "dom.js", SCRIPT)                          \
	FILE(fit_js, "fit.js", SCRIPT)                          \
	FILE(http_js, "http.js", SCRIPT)                        \
	FILE(lobby_js, "lobby.js", SCRIPT)                      \
	FILE(moderator_js, "moderator.js", SCRIPT)              \
	FILE(own_js, "own.js", SCRIPT)                          \
	FILE(quality_js, "quality.js", SCRIPT)                  \
	FILE(room_js, "room.js", SCRIPT)                        \
	FILE(stage_js, "stage.js", SCRIPT)                      \
	FILE(waiting_js, "waiting.js", SCRIPT)                  \
	FILE(watch_html, "watch.html", HTML)                    \
	FILE(watch_js, "watch.js", SCRIPT)                      \
	FILE(player_js, "player.js", SCRIPT)                    \
	FILE(playlist_js, "playlist.js", SCRIPT)                \
	FILE(style_css, "style.css", "text/css; charset=utf-8") \
	FILE(icon_svg, "icon.svg", "image/svg+xml")

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
