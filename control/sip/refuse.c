/* Refused INVITEs. libre says a refusal eleven times in 32 s over UDP when no ACK comes, as RFC 3261 17.2.1 has it, and one datagram of a
 * stranger who names another's address would have them all sent there. Here it is said once more, half a second later; after that an
 * INVITE that comes again is a new one, which is refused anew. */
#include "control/sip/core.h"

enum { LET_GO_MS = 1200 /* T1 + half of what follows */, REFUSED_MAX = 1024 };

struct refused {
	struct sip_strans *transaction; /* [owned] a reference; it holds itself by another one, until it ends */
	uint64_t due_ms;
};

static void let_go(struct refused *refused)
{
	if (mem_nrefs(refused->transaction) > 1) mem_deref(refused->transaction);
	mem_deref(refused->transaction);
	g_free(refused);
}

static void on_timer(void *arg)
{
	struct ts_sip_ua *ua = arg;
	const struct refused *first;
	uint64_t now_ms = tmr_jiffies();
	while ((first = g_queue_peek_head(&ua->refused)) && first->due_ms <= now_ms)
		let_go(g_queue_pop_head(&ua->refused));
	if (first) tmr_start(&ua->refused_timer, first->due_ms - now_ms, on_timer, ua);
}

void ts_sip_refused(struct ts_sip_ua *ua, struct sip_strans *transaction)
{
	struct refused *refused = g_new(struct refused, 1);
	*refused = (struct refused){mem_ref(transaction), tmr_jiffies() + LET_GO_MS};
	if (g_queue_get_length(&ua->refused) >= REFUSED_MAX) let_go(g_queue_pop_head(&ua->refused));
	g_queue_push_tail(&ua->refused, refused);
	if (!tmr_isrunning(&ua->refused_timer)) tmr_start(&ua->refused_timer, LET_GO_MS, on_timer, ua);
}

void ts_sip_refused_forget(struct ts_sip_ua *ua)
{
	struct refused *refused;
	tmr_cancel(&ua->refused_timer);
	while ((refused = g_queue_pop_head(&ua->refused))) {
		mem_deref(refused->transaction);
		g_free(refused);
	}
}
