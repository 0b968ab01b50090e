/* The body of an INFO: what comes out is a key, or none. */
#include "control/sip/digits.h"
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char digit = 0;
	if (!ts_sip_digit_read(&digit, (const char *)data, len) && digit &&
		!strchr("0123456789*#ABCD", digit))
		abort();
	return 0;
}
