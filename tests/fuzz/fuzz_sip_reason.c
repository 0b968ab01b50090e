/* The value of Reason. */
#include "control/sip/reason.h"
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct ts_sip_reason r;
	ts_sip_reason_parse(&r, (const char *)data, len);
	if (r.sip < 0 || r.sip > 999 || r.q850 < 0 || r.q850 > 999) abort();
	if (strlen(r.text) >= sizeof(r.text)) abort();
	for (const char *p = r.text; *p; p++)
		if (*p < ' ' || *p > '~') abort();
	return 0;
}
