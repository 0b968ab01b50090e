/* Payloads of redundant audio: every block is inside the payload, and what was read is written
 * again byte by byte. */
#include "transport/rtp/red.h"
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct ts_red red;
	uint8_t *copy = malloc(len + 1);
	memcpy(copy, data, len);
	ts_red_set_pt(copy, len, 111);
	if (!ts_red_parse(&red, data, len)) {
		size_t bytes = ts_red_bytes(&red), sum = 0;
		if (!red.n || red.n > TS_RED_BLOCKS_MAX || bytes != len) abort();
		for (size_t i = 0; i < red.n; i++) {
			const struct ts_red_block *b = &red.block[i];
			if (b->data < data || b->data + b->len > data + len) abort();
			for (uint32_t k = 0; k < b->len; k++) sum += b->data[k];
		}
		ts_red_write(copy, &red);
		if (memcmp(copy, data, len) != 0) abort();
		if (sum > 255 * len) abort();
	}
	free(copy);
	return 0;
}
