/* Transactions that libre would keep for 32 s after their final answer, and that are let go before.
 *
 * Refused INVITEs: libre says a refusal eleven times over UDP when no ACK comes, as RFC 3261 17.2.1
 * has it, and one datagram of a stranger who names another's address would have them all sent
 * there. Here it is said once more, half a second later; after that an INVITE that comes again is a
 * new one, which is refused anew.
 *
 * Requests within a call: each is kept with its message of up to 64 kB. Four repetitions over UDP
 * come within 8 s (17.1.2.2); one later than that has an old CSeq, and does nothing.
 *
 * Of both so many at most, and so many bytes: the oldest is let go before its time. */
#include "control/sip/core.h"

enum {
	REFUSED_MS = 1200, /* T1 + half of what follows */
	REFUSED_MAX = 1024,
	ANSWERED_MS = 8000,
	ANSWERED_MAX = 8192,
	REFUSED_BYTES = 8 << 20,
	ANSWERED_BYTES = 32 << 20,
	TRANSACTION_BYTES = 3072, /* with its answer and the hash of its headers */
	HEADER_BYTES = 192,       /* parsed */
};

struct kept {
	/* [owned] a reference; it holds itself by another one, until it ends */
	struct sip_strans *transaction;
	uint64_t due_ms;
	size_t bytes;
};

/* A message of headers of a few bytes each takes many times its size. */
static size_t size_of(const struct sip_msg *msg)
{
	return TRANSACTION_BYTES + msg->mb->size + HEADER_BYTES * list_count(&msg->hdrl);
}

static void let_first_go(struct ts_sip_kept *all)
{
	struct kept *kept = g_queue_pop_head(&all->queue);
	all->bytes -= kept->bytes;
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
		let_first_go(all);
	if (first) tmr_start(&all->timer, first->due_ms - now_ms, on_timer, all);
}

static void keep(
	struct ts_sip_kept *all, struct kept kept, unsigned ms, unsigned max, size_t max_bytes)
{
	kept.due_ms = tmr_jiffies() + ms;
	mem_ref(kept.transaction);
	g_queue_push_tail(&all->queue, g_memdup2(&kept, sizeof(kept)));
	all->bytes += kept.bytes;
	while (all->queue.length > max || (all->bytes > max_bytes && all->queue.length > 1))
		let_first_go(all);
	if (!tmr_isrunning(&all->timer)) tmr_start(&all->timer, ms, on_timer, all);
}

void ts_sip_refused(struct ts_sip_ua *ua, struct sip_strans *transaction, const struct sip_msg *msg)
{
	const struct kept kept = {.transaction = transaction, .bytes = size_of(msg)};
	keep(&ua->refused, kept, REFUSED_MS, REFUSED_MAX, REFUSED_BYTES);
}

void ts_sip_answered(
	struct ts_sip_ua *ua, struct sip_strans *transaction, const struct sip_msg *msg)
{
	const struct kept kept = {.transaction = transaction, .bytes = size_of(msg)};
	keep(&ua->answered, kept, ANSWERED_MS, ANSWERED_MAX, ANSWERED_BYTES);
}

static void forget(struct ts_sip_kept *all)
{
	struct kept *kept;
	tmr_cancel(&all->timer);
	all->bytes = 0;
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
