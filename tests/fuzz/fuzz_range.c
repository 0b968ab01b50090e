/* A Range header: what it makes is within the file, whatever size that has. */
#include "control/http/range.h"
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const int64_t sizes[] = {0, 1, 10, 1 << 20, INT64_C(1) << 45, INT64_MAX};
	char *text = malloc(size + 1);
	if (!text) abort();
	memcpy(text, data, size);
	text[size] = '\0';
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		int64_t first, len;
		const enum ts_range is = ts_range_parse(text, sizes[i], &first, &len);
		if (is == TS_RANGE_NONE) continue;
		if (first < 0 || len < 0 || first > sizes[i] || len > sizes[i] - first) abort();
		if (is == TS_RANGE_PART && !len) abort();
		if (is == TS_RANGE_WHOLE && (first || len != sizes[i])) abort();
	}
	free(text);
	return 0;
}
