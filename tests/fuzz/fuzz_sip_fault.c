/* Numbers and repeated headers of a SIP message, before libre reads them. A fault said once is said
 * again. */
#include "control/sip/fault.h"
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char *message = malloc(len ? len : 1); /* of its size, so that a read beyond it is seen */
	if (!message) return 0;
	if (len) memcpy(message, data, len);
	const char *why = ts_sip_fault(message, len);
	if (why && (strlen(why) > 63 || ts_sip_fault(message, len) != why)) abort();
	free(message);
	return 0;
}
