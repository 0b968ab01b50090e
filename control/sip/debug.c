/* What libre tells of itself goes to our log, a line a second: strangers cause most of it, by a
 * reset connection or a certificate that is none. */
#include "base/log.h"
#include "control/sip/core.h"

#define DEBUG_MODULE "tessera"
#define DEBUG_LEVEL 5
#include <re/re_dbg.h>

static void on_debug(int level, const char *text, size_t len, void *arg)
{
	char line[160];
	(void)arg;
	g_snprintf(line, sizeof(line), "%.*s", (int)len, text);
	g_strchomp(line);
	if (level <= DBG_WARNING)
		ts_log_limited(TS_LOG_WARN, "libre", "text=%s", TS_LOG_STR(line));
	else
		ts_debug("libre", "text=%s", TS_LOG_STR(line));
}

void ts_sip_capture_debug(void)
{
	dbg_init(DBG_WARNING, (enum dbg_flags)0);
	dbg_handler_set(on_debug, NULL);
}
