/* Transactions that libre would keep for 32 s after their final answer, and that are let go before.
 *
 * Refused INVITEs: libre says a refusal eleven times over UDP when no ACK comes, as RFC 3261 17.2.1 has it, and one datagram of a stranger
 * who names another's address would have them all sent there. Here it is said once more, half a second later; after that an INVITE that
 * comes again is a new one, which is refused anew.
 *
 * Requests within a call: each is kept with its message of up to 64 kB. Four repetitions over UDP come within 8 s (17.1.2.2); one later
 * than that has an old CSeq, and does nothing. */
#include "control/sip/core.h"

enum {
	REFUSED_MS = 1200, /* T1 + half of what follows */
	REFUSED_MAX = 1024,
	ANSWERED_MS = 8000,
	ANSWERED_MAX = 8192,
};

struct kept {
	struct sip_strans *transaction; /* [owned] a reference; it holds itself by another one, until it ends */
	uint64_t due_ms;
};

static void let_go(struct kept *kept)
{
	if (mem_nrefs(kept->transaction) > 1) mem_deref(kept->transaction);
	mem_deref(kept->transaction);
	g_free(kept);
}

static void on_timer(void *arg)
{
	struct ts_sip_kept *all = arg;
	const struct kept *first;
	uint64_t now_ms = tmr_jiffies();
	while ((first = g_queue_peek_head(&all->queue)) && first->due_ms <= now_ms)
		let_go(g_queue_pop_head(&all->queue));
	if (first) tmr_start(&all->timer, first->due_ms - now_ms, on_timer, all);
}

static void keep(struct ts_sip_kept *all, struct sip_strans *transaction, unsigned ms, unsigned max)
{
	struct kept *kept = g_new(struct kept, 1);
	*kept = (struct kept){mem_ref(transaction), tmr_jiffies() + ms};
	if (g_queue_get_length(&all->queue) >= max) let_go(g_queue_pop_head(&all->queue));
	g_queue_push_tail(&all->queue, kept);
	if (!tmr_isrunning(&all->timer)) tmr_start(&all->timer, ms, on_timer, all);
}

void ts_sip_refused(struct ts_sip_ua *ua, struct sip_strans *transaction)
{
	keep(&ua->refused, transaction, REFUSED_MS, REFUSED_MAX);
}

void ts_sip_answered(struct ts_sip_ua *ua, struct sip_strans *transaction)
{
	keep(&ua->answered, transaction, ANSWERED_MS, ANSWERED_MAX);
}

static void forget(struct ts_sip_kept *all)
{
	struct kept *kept;
	tmr_cancel(&all->timer);
	while ((kept = g_queue_pop_head(&all->queue))) {
		mem_deref(kept->transaction);
		g_free(kept);
	}
}

void ts_sip_kept_forget(struct ts_sip_ua *ua)
{
	forget(&ua->refused);
	forget(&ua->answered);
}
