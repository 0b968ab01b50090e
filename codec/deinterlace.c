#include "codec/deinterlace.h"
#include <string.h>

void ts_deinterlace(uint8_t *plane, ptrdiff_t stride, int width, int rows, bool top)
{
	for (int y = top ? 1 : 0; y < rows; y += 2) {
		uint8_t *row = plane + y * stride;
		const uint8_t *above = y > 0 ? row - stride : row + stride;
		const uint8_t *below = y + 1 < rows ? row + stride : row - stride;
		if (rows < 2) return;
		for (int x = 0; x < width; x++) row[x] = (uint8_t)((above[x] + below[x] + 1) / 2);
	}
}
