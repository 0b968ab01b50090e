/* A value of a=candidate. What was taken must print as what reads the same. */
#include "transport/ice/candidate.h"
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ts_ice_candidate c, again;
	char printed[200];
	char *text = strndup((const char *)data, size);
	if (!text) abort();
	if (!ts_ice_candidate_parse(&c, text)) {
		ts_ice_candidate_print(printed, sizeof(printed), &c);
		if (ts_ice_candidate_parse(&again, printed) || memcmp(&c, &again, sizeof(c)) != 0)
			abort();
	}
	free(text);
	return 0;
}
