#include "transport/latch.h"
#include "base/clock.h"
#include <netinet/in.h>
#include <string.h>

#define SILENT_NS (3 * TS_NS_PER_S)
#define START_NS (3 * TS_NS_PER_S)

bool ts_address_same_host(const struct sockaddr_storage *a, const struct sockaddr_storage *b)
{
	if (a->ss_family != b->ss_family) return false;
	if (a->ss_family == AF_INET) {
		const struct sockaddr_in *x = (const void *)a, *y = (const void *)b;
		return x->sin_addr.s_addr == y->sin_addr.s_addr;
	}
	const struct sockaddr_in6 *x = (const void *)a, *y = (const void *)b;
	return a->ss_family == AF_INET6 && IN6_ARE_ADDR_EQUAL(&x->sin6_addr, &y->sin6_addr);
}

/* The port is at the same place in both families. */
bool ts_address_same(const struct sockaddr_storage *a, const struct sockaddr_storage *b)
{
	const struct sockaddr_in *x = (const void *)a, *y = (const void *)b;
	return ts_address_same_host(a, b) && x->sin_port == y->sin_port;
}

void ts_latch_tell(struct ts_latch *l, const struct sockaddr_storage *told)
{
	if (told->ss_family == l->told.ss_family && (!told->ss_family || ts_address_same(told, &l->told))) return;
	l->told = *told;
	l->peer.ss_family = 0;
}

bool ts_latch_allows(const struct ts_latch *l, const struct sockaddr_storage *from, int64_t now_ns)
{
	if (l->proves) return true;
	if (l->same_host && !ts_address_same_host(from, &l->told)) return false;
	if (!l->peer.ss_family || ts_address_same(from, &l->peer)) return true;
	if (now_ns - l->heard_ns >= SILENT_NS) return true;
	return ts_address_same(from, &l->told) && now_ns - l->first_ns < START_NS;
}

bool ts_latch_heard(struct ts_latch *l, const struct sockaddr_storage *from, int64_t now_ns)
{
	const struct sockaddr_storage *to = ts_latch_to(l);
	bool moved = !to || !ts_address_same(from, to);
	if (!l->peer.ss_family) l->first_ns = now_ns;
	l->peer = *from;
	l->heard_ns = now_ns;
	return moved;
}

const struct sockaddr_storage *ts_latch_to(const struct ts_latch *l)
{
	return l->peer.ss_family ? &l->peer : l->told.ss_family ? &l->told : NULL;
}
