#include "control/identity/quiet.h"
#include <glib.h>
#include <stdarg.h>

static void ignore(
	void *misc, const char *file, int line, uint64_t err, const char *fmt, va_list args)
{
	(void)misc, (void)file, (void)line, (void)err, (void)fmt, (void)args;
}

jose_cfg_t *ts_jose_quiet(void)
{
	static jose_cfg_t *cfg;
	if (!cfg) {
		cfg = jose_cfg();
		if (!cfg) g_error("out of memory");
		jose_cfg_set_err_func(cfg, ignore, NULL);
	}
	return cfg;
}
