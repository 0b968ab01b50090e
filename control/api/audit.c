#include "control/api/audit.h"
#include "base/log.h"
#include "control/http/http.h"
#include "control/http/route.h"
#include "control/identity/caller.h"
#include <glib.h>

struct audit {
	const struct ts_route *route;
	char room[TS_ROOM_PATTERN_MAX + 1];
};

static void write_line(const struct ts_request *request, void *arg, int status)
{
	g_autofree struct audit *audit = arg;
	const struct ts_caller *caller = ts_request_caller(request);
	const bool reads = audit->route->method == TS_GET && !(audit->route->flags & TS_ROUTE_JOIN);
	const enum ts_log_level level = reads && status < 400 ? TS_LOG_DEBUG : TS_LOG_INFO;
	if (caller->kind == TS_CALLER_ANYBODY || !ts_log_enabled(level)) return;
	ts_log(level, "audit",
		"by=%s key=%s subject=%s client=%s method=%s route=%s room=%s status=%d",
		ts_caller_kind_name(caller->kind), TS_LOG_STR(caller->key),
		TS_LOG_STR(caller->subject), ts_request_address(request),
		TS_LOG_STR(ts_request_method(request)), audit->route->path, TS_LOG_STR(audit->room),
		status);
}

void ts_audit(struct ts_request *request, const struct ts_route *route, const char *room)
{
	struct audit *audit = g_new(struct audit, 1);
	audit->route = route;
	g_strlcpy(audit->room, room, sizeof(audit->room));
	ts_request_on_reply(request, write_line, audit);
}
