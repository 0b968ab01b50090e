#include "control/sip/forks.h"
#include <glib.h>
#include <string.h>

bool ts_sip_forks_take(struct ts_sip_forks *forks, const char *tag, size_t len)
{
	for (size_t i = 0; i < forks->n; i++)
		if (strlen(forks->tag[i]) == len && !memcmp(forks->tag[i], tag, len)) return false;
	if (forks->n == TS_SIP_FORKS_MAX) return false;
	forks->tag[forks->n++] = g_strndup(tag, len);
	return true;
}

void ts_sip_forks_fini(struct ts_sip_forks *forks)
{
	while (forks->n) g_free(forks->tag[--forks->n]);
}
