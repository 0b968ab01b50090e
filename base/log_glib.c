/* GLib's log goes to ours: libnice and GLib itself report through it. */
#define G_LOG_USE_STRUCTURED
#include "base/log.h"
#include <glib.h>
#include <stdio.h>
#include <string.h>

static void copy_field(char *out, size_t cap, const GLogField *field)
{
	size_t n = field->length < 0 ? strlen(field->value) : (size_t)field->length;
	if (n >= cap) n = cap - 1;
	memcpy(out, field->value, n);
	out[n] = '\0';
}

/* Their "critical" is a failed check inside the library, which it survives by returning: warn.
 * Their info is our debug. */
static GLogWriterOutput writer(
	GLogLevelFlags flags, const GLogField *fields, gsize n_fields, gpointer arg)
{
	(void)arg;
	enum ts_log_level level = TS_LOG_DEBUG;
	if (flags & (G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_WARNING)) level = TS_LOG_WARN;
	if (flags & G_LOG_LEVEL_ERROR) level = TS_LOG_ERROR; /* GLib ends the process after it */
	if (!ts_log_enabled(level)) return G_LOG_WRITER_HANDLED;

	char message[512] = "", domain[64] = "";
	for (gsize i = 0; i < n_fields; i++) {
		if (!strcmp(fields[i].key, "MESSAGE"))
			copy_field(message, sizeof(message), &fields[i]);
		if (!strcmp(fields[i].key, "GLIB_DOMAIN"))
			copy_field(domain, sizeof(domain), &fields[i]);
	}
	ts_log(level, "glib", "domain=%s message=%s", TS_LOG_STR(domain), TS_LOG_STR(message));
	return G_LOG_WRITER_HANDLED;
}

void ts_log_init(void)
{
	g_log_set_writer_func(writer, NULL, NULL);
}
