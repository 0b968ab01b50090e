#include "control/offer/ids.h"
#include "base/random.h"

uint32_t ts_ids_random(const struct ts_ids *ids)
{
	return ids->random ? ids->random(ids->arg) : ts_random_u32();
}

static bool is_offered(const struct ts_sdp_section *s, uint32_t ssrc)
{
	struct ts_sdp_ssrc offered;
	for (const struct ts_sdp_attr *a = NULL; (a = ts_sdp_find(s, "ssrc", a));)
		if (!ts_sdp_ssrc_parse(&offered, a->value) && offered.ssrc == ssrc) return true;
	return false;
}

static bool is_taken(const struct ts_sdp *peer, uint32_t ssrc, const uint32_t *taken, size_t n)
{
	if (!ssrc) return true; /* 0 stands for none in our tables */
	for (size_t i = 0; i < n; i++)
		if (taken[i] == ssrc) return true;
	for (size_t i = 0; peer && i < peer->n_media; i++)
		if (is_offered(&peer->media[i].s, ssrc)) return true;
	return false;
}

uint32_t ts_ids_ssrc(
	const struct ts_ids *ids, const struct ts_sdp *peer, const uint32_t *taken, size_t n)
{
	uint32_t ssrc = ts_ids_random(ids);
	while (is_taken(peer, ssrc, taken, n)) ssrc++;
	return ssrc;
}

void ts_ids_cname(const struct ts_ids *ids, char out[TS_CNAME_LEN + 1])
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	uint32_t bits = 0;
	for (int i = 0; i < TS_CNAME_LEN; i++, bits >>= 6) {
		if (i % 4 == 0) bits = ts_ids_random(ids);
		out[i] = digits[bits & 63];
	}
	out[TS_CNAME_LEN] = '\0';
}
