#include "transport/ice/allowance.h"

#include "base/clock.h"
#include "base/siphash.h"

enum { OTHERS, SELECTED, SEEN };
#define CHECK_NS (TS_NS_PER_S / 50) /* in the long run */
#define BURST_NS (100 * CHECK_NS)   /* at once */

/* Those that are seen again do not push others out. */
static bool is_seen(struct ts_allowance *a, const uint8_t id[TS_CHECK_ID])
{
	const uint32_t hash = (uint32_t)ts_siphash_own(id, TS_CHECK_ID) | 1;
	for (unsigned i = 0; i < TS_CHECKS_SEEN; i++)
		if (a->seen[i] == hash) return true;
	a->seen[a->next] = hash;
	a->next = (a->next + 1) % TS_CHECKS_SEEN;
	return false;
}

bool ts_allowance_pays(
	struct ts_allowance *a, const uint8_t id[TS_CHECK_ID], bool selected, int64_t now_ns)
{
	int64_t *paid_ns = &a->paid_ns[is_seen(a, id) ? SEEN : selected ? SELECTED : OTHERS];
	if (*paid_ns < now_ns) *paid_ns = now_ns;
	if (*paid_ns + CHECK_NS > now_ns + BURST_NS) return false;
	*paid_ns += CHECK_NS;
	return true;
}
