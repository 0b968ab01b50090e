#include "codec/exif.h"

#include "base/bytes.h"
#include <stdbool.h>
#include <string.h>

enum { UPRIGHT = 1, ENTRIES_MAX = 256, TAG_ORIENTATION = 0x0112, TYPE_SHORT = 3 };

static uint16_t u16(struct ts_rd *r, bool little)
{
	const uint16_t v = ts_rd_u16(r);
	return little ? (uint16_t)(v >> 8 | v << 8) : v;
}

static uint32_t u32(struct ts_rd *r, bool little)
{
	const uint32_t v = ts_rd_u32(r);
	return little ? __builtin_bswap32(v) : v;
}

int ts_exif_orientation(const uint8_t *data, size_t len)
{
	struct ts_rd head = ts_rd(data, len);
	const uint8_t *order = ts_rd_bytes(&head, 2);
	const bool little = order && !memcmp(order, "II", 2);
	if (!little && (!order || memcmp(order, "MM", 2) != 0)) return UPRIGHT;
	if (u16(&head, little) != 42) return UPRIGHT;
	const uint32_t at = u32(&head, little);
	if (head.bad || at >= len) return UPRIGHT;
	struct ts_rd r = ts_rd(data + at, len - at);
	const unsigned n = u16(&r, little);
	for (unsigned i = 0; i < n && i < ENTRIES_MAX && !r.bad; i++) {
		struct ts_rd entry = ts_rd_sub(&r, 12);
		const uint16_t tag = u16(&entry, little), type = u16(&entry, little);
		(void)u32(&entry, little);
		const uint16_t value = u16(&entry, little);
		if (tag != TAG_ORIENTATION) continue;
		return !entry.bad && type == TYPE_SHORT && value >= 1 && value <= 8 ? value
										    : UPRIGHT;
	}
	return UPRIGHT;
}
