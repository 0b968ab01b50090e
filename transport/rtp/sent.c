#include "transport/rtp/sent.h"
#include <stddef.h>

enum { NOTHING, MISSING, CAME };

void ts_sent_init(struct ts_sent *s)
{
	s->next = 1;
}

void ts_sent_add(struct ts_sent *s, uint32_t bytes, uint8_t probe, int64_t now_ns)
{
	s->ring[s->next++ % TS_SENT_RING] = (struct ts_sent_packet){.sent_ns = now_ns,
		.bytes = (uint16_t)(bytes < UINT16_MAX ? bytes : UINT16_MAX),
		.probe = probe,
		.told = NOTHING};
}

const struct ts_sent_packet *ts_sent_take(struct ts_sent *s, uint16_t number, bool came)
{
	/* 1: the latest; 0 would be the one to come, or 2^16 ago */
	uint16_t back = (uint16_t)(s->next - number);
	if (back == 0 || back > TS_SENT_RING || back >= s->next) return NULL;
	struct ts_sent_packet *p = &s->ring[(s->next - back) % TS_SENT_RING];
	uint8_t told = came ? CAME : MISSING;
	if (told <= p->told) return NULL;
	p->late = p->told == MISSING;
	p->told = told;
	return p;
}
