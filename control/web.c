/* web - the pages of web/, carried inside the binary. The assembler reads them from the repository's root, where make runs. */
#include "control/api.h"
#include "control/handlers.h"
#include <glib.h>
#include <string.h>

#define FILE_BYTES(name, path)                                                         \
	__asm__(".pushsection .rodata,\"a\"\n" #name ":\n.incbin \"" path "\"\n" #name \
		"_end:\n.byte 0\n.popsection\n");                                      \
	extern const char name[], name##_end[]

FILE_BYTES(ts_web_index, "web/index.html");
FILE_BYTES(ts_web_script, "web/app.js");
FILE_BYTES(ts_web_style, "web/style.css");
FILE_BYTES(ts_web_icon, "web/icon.svg");

/* Nothing from elsewhere, nothing inline, no frame around the page. */
#define POLICY                                                                                                                  \
	"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; media-src 'self' blob:; " \
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

/* Entity tags may come as a list, and weak ones (a proxy that compresses) are good enough here: RFC 9110 13.1.2. */
static bool client_has(struct ts_request *request, const char *etag)
{
	const char *known = ts_request_header(request, "If-None-Match");
	return known && (!strcmp(known, "*") || strstr(known, etag));
}

static void reply_file(struct ts_request *request, const char *type, const char *bytes, const char *end)
{
	size_t len = (size_t)(end - bytes);
	g_autofree char *hash = g_compute_checksum_for_data(G_CHECKSUM_SHA256, (const guchar *)bytes, len);
	g_autofree char *etag = g_strdup_printf("\"%.16s\"", hash);
	if (client_has(request, etag))
		ts_reply(request, 304, NULL, "", 0, TS_BODY_STATIC);
	else
		ts_reply(request, 200, type, bytes, len, TS_BODY_STATIC);
	ts_reply_header(request, "ETag", etag);
	ts_reply_header(request, "Cache-Control", "no-cache");
	ts_reply_header(request, "Content-Security-Policy", POLICY);
	ts_reply_header(request, "Permissions-Policy", "camera=(self), microphone=(self)");
	ts_reply_header(request, "Referrer-Policy", "no-referrer");
	ts_reply_send(request);
}

#define FILE_HANDLER(handler, name, type)                                                      \
	void handler(struct ts_api *api, struct ts_request *request, const char *const *param) \
	{                                                                                      \
		(void)api, (void)param;                                                        \
		reply_file(request, type, name, name##_end);                                   \
	}

FILE_HANDLER(ts_get_index, ts_web_index, "text/html; charset=utf-8")
FILE_HANDLER(ts_get_script, ts_web_script, "text/javascript; charset=utf-8")
FILE_HANDLER(ts_get_style, ts_web_style, "text/css; charset=utf-8")
FILE_HANDLER(ts_get_icon, ts_web_icon, "image/svg+xml")
