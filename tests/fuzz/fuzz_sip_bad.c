/* A datagram that libre could not read. An answer is a whole response; what was mended needs no
 * mending again. */
#include "control/sip/bad.h"
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static char answer[TS_SIP_BAD_BYTES], mended[65536], again[65536];
	const char *message = (const char *)data;
	size_t n = ts_sip_bad_answer(answer, message, len, NULL);
	if (n > sizeof(answer) ||
		(n &&
			(memcmp(answer, "SIP/2.0 ", 8) != 0 ||
				memcmp(answer + n - 4, "\r\n\r\n", 4) != 0)))
		abort();
	n = ts_sip_mend_2543(mended, sizeof(mended), message, len, "192.0.2.1:5060");
	if (n && (n <= len || n > sizeof(mended))) abort();
	if (n && ts_sip_mend_2543(again, sizeof(again), mended, n, "192.0.2.1:5060")) abort();
	if (ts_sip_mend_2543(again, len, message, len, "192.0.2.1:5060")) abort();
	return 0;
}
