/* The value of an a=crypto. What was read must read back the same from what we write. */
#include "transport/secure/sdes.h"
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ts_sdes sdes, again;
	char text[TS_SDES_TEXT_MAX], *value = strndup((const char *)data, size);
	if (!value) abort();
	if (!ts_sdes_parse(&sdes, value)) {
		ts_sdes_print(text, &sdes);
		if (ts_sdes_parse(&again, text) || again.tag != sdes.tag ||
			again.profile != sdes.profile)
			abort();
		if (again.mki.id != sdes.mki.id || again.mki.n_bytes != sdes.mki.n_bytes) abort();
		if (memcmp(again.key, sdes.key, sizeof(sdes.key)) != 0) abort();
	}
	free(value);
	return 0;
}
