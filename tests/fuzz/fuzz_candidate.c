/* A value of a=candidate. What was taken must print as what reads the same. */
#include "control/sdp/sdp.h"
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char before[] = "a=candidate:";
	struct ts_candidate c, again;
	char printed[300] = "";
	char *text = strndup((const char *)data, size);
	if (!text) abort();
	if (!ts_sdp_candidate_parse(&c, text)) {
		struct ts_wr w = ts_wr(printed, sizeof(printed) - 1);
		ts_sdp_candidate_write(&w, &c);
		if (!w.bad) { /* a foundation with control bytes: of no line of a description */
			printed[strcspn(printed, "\r")] = '\0';
			if (ts_sdp_candidate_parse(&again, printed + sizeof(before) - 1) ||
				memcmp(&c, &again, sizeof(c)) != 0)
				abort();
		}
	}
	free(text);
	return 0;
}
