#include "transport/net/proof.h"
#include "base/address.h"
#include "base/clock.h"

#define HOLDS_NS (10 * TS_NS_PER_S)

void ts_proof_sign(struct ts_proof *p, const struct sockaddr_storage *from, int64_t now_ns)
{
	/* theirs, else the one silent for longest; those without a host have the time 0 */
	size_t at = 0;
	if (from->ss_family != AF_INET && from->ss_family != AF_INET6) return;
	for (size_t i = 0; i < TS_PROOF_HOSTS; i++) {
		if (p->sign[i].ns < p->sign[at].ns) at = i;
		if (!ts_address_same_host(&p->sign[i].host, from)) continue;
		at = i;
		break;
	}
	p->sign[at].host = *from;
	p->sign[at].ns = now_ns;
}

bool ts_proof_holds(const struct ts_proof *p, const struct sockaddr_storage *to, int64_t now_ns)
{
	for (size_t i = 0; i < TS_PROOF_HOSTS; i++)
		if (ts_address_same_host(&p->sign[i].host, to))
			return now_ns - p->sign[i].ns < HOLDS_NS;
	return false;
}

bool ts_opener_due(struct ts_opener *o, int64_t now_ns)
{
	if (o->n >= TS_PROOF_OPENERS || (o->n && now_ns < o->next_ns)) return false;
	o->next_ns = now_ns + (TS_NS_PER_S << o->n / 2);
	o->n++;
	return true;
}
