#include "control/api/room_scopes.h"
#include "base/counter.h"
#include "config/keypad.h"
#include "control/http/http.h"
#include "control/http/problem.h"
#include "control/identity/caller.h"
#include "mixer/room/room.h"
#include <glib.h>
#include <string.h>

void ts_refuse_scope(struct ts_request *request, unsigned needs, const char *pointer)
{
	char scopes[TS_SCOPE_TEXT_MAX], header[TS_SCOPE_TEXT_MAX + 80];
	ts_count(TS_C_CREDENTIALS_SCOPE);
	ts_scope_write(scopes, sizeof(scopes), needs);
	g_snprintf(header, sizeof(header),
		"Bearer realm=\"tessera\", error=\"insufficient_scope\", scope=\"%s\"", scopes);
	ts_problem_make(request, 403, "insufficient-scope", pointer,
		"this token does not have the scope that is needed: %s", scopes);
	ts_reply_header(request, "WWW-Authenticate", header);
	ts_reply_send(request);
}

/* Keys by which people may record. */
static bool has_record(const char *text)
{
	struct ts_keys keys = {.n = 0};
	ts_keys_read(&keys, text, true);
	for (size_t i = 0; i < keys.n; i++)
		if (keys.entry[i].action == TS_KEY_RECORD) return true;
	return false;
}

bool ts_may_set_room(struct ts_request *request, const struct ts_room_config *before,
	const struct ts_room_config *after)
{
	const struct {
		const char *pointer;
		unsigned scope;
		bool changed;
	} fields[] = {
		{"/record", TS_SCOPE_RECORD, before->record_always != after->record_always},
		{"/hls", TS_SCOPE_STREAM, before->hls_always != after->hls_always},
		{"/flv", TS_SCOPE_STREAM, before->flv_always != after->flv_always},
		{"/keypad", TS_SCOPE_RECORD,
			strcmp(before->keypad, after->keypad) != 0 && has_record(after->keypad)},
	};
	const unsigned has = ts_request_caller(request)->scopes;
	for (size_t i = 0; i < G_N_ELEMENTS(fields); i++) {
		if (!fields[i].changed || ts_scope_allows(has, fields[i].scope)) continue;
		ts_refuse_scope(request, fields[i].scope, fields[i].pointer);
		return false;
	}
	return true;
}
