/* The stream id of an SRT caller, or app and key of RTMP with a NUL between them: a room and texts
 * that end, or nothing. */
#include "base/error.h"
#include "control/ingest/target.h"
#include "control/rooms/registry.h"
#include <glib.h>
#include <stdlib.h>
#include <string.h>

static void check(int rc, const struct ts_target *t)
{
	static const struct ts_target empty;
	if (rc && rc != TS_EINVAL && rc != TS_EUNSUPPORTED) abort();
	if (rc && memcmp(t, &empty, sizeof empty) != 0) abort();
	if (rc) return;
	if (!ts_room_id_ok(t->room)) abort();
	if (!memchr(t->secret, '\0', sizeof t->secret)) abort();
	if (!memchr(t->name, '\0', sizeof t->name) || !g_utf8_validate(t->name, -1, NULL)) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ts_target t;
	char *text = malloc(size + 2);
	if (!text) abort();
	memcpy(text, data, size);
	text[size] = text[size + 1] = '\0';
	check(ts_target_of_streamid(&t, text), &t);
	const char *key = strlen(text) < size ? text + strlen(text) + 1 : "";
	check(ts_target_of_rtmp(&t, text, key), &t);
	free(text);
	return 0;
}
