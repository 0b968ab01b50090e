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
 * Of both so many at most, and so many bytes: the oldest is let go before its time; where one call
 * has more than its share, the oldest of its own, so that no call empties what is kept for
 * others. */
#include "base/siphash.h"
#include "control/sip/core.h"

enum {
	REFUSED_MS = 1200, /* T1 + half of what follows */
	REFUSED_MAX = 1024,
	ANSWERED_MS = 8000,
	ANSWERED_MAX = 8192,
	REFUSED_BYTES = 8 << 20,
	ANSWERED_BYTES = 32 << 20,
	/* of one Call-ID: a request a second of the usual size takes a quarter */
	CALL_BYTES = 256 << 10,
	TRANSACTION_BYTES = 3072, /* with its answer and the hash of its headers */
	HEADER_BYTES = 192,       /* parsed */
};

struct kept {
	/* [owned] a reference; it holds itself by another one, until it ends */
	struct sip_strans *transaction;
	uint64_t due_ms, call;
	size_t bytes;
};

/* A message of headers of a few bytes each takes many times its size. */
static size_t size_of(const struct sip_msg *msg)
{
	return TRANSACTION_BYTES + msg->mb->size + HEADER_BYTES * list_count(&msg->hdrl);
}

static size_t held_by(const struct ts_sip_kept *all, uint64_t call)
{
	return all->held ? GPOINTER_TO_SIZE(g_hash_table_lookup(all->held, &call)) : 0;
}

static void book(struct ts_sip_kept *all, uint64_t call, size_t bytes)
{
	if (!all->held)
		all->held = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
	if (bytes)
		g_hash_table_replace(
			all->held, g_memdup2(&call, sizeof(call)), GSIZE_TO_POINTER(bytes));
	else
		g_hash_table_remove(all->held, &call);
}

static void let_go(struct ts_sip_kept *all, GList *at)
{
	struct kept *kept = at->data;
	g_queue_delete_link(&all->queue, at);
	all->bytes -= kept->bytes;
	book(all, kept->call, held_by(all, kept->call) - kept->bytes);
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
		let_go(all, all->queue.head);
	if (first) tmr_start(&all->timer, first->due_ms - now_ms, on_timer, all);
}

static GList *oldest_of(struct ts_sip_kept *all, uint64_t call)
{
	GList *at = all->queue.head;
	while (at && ((const struct kept *)at->data)->call != call) at = at->next;
	return at;
}

static void keep(
	struct ts_sip_kept *all, struct kept kept, unsigned ms, unsigned max, size_t max_bytes)
{
	kept.due_ms = tmr_jiffies() + ms;
	mem_ref(kept.transaction);
	while (held_by(all, kept.call) && held_by(all, kept.call) + kept.bytes > CALL_BYTES)
		let_go(all, oldest_of(all, kept.call));
	g_queue_push_tail(&all->queue, g_memdup2(&kept, sizeof(kept)));
	all->bytes += kept.bytes;
	book(all, kept.call, held_by(all, kept.call) + kept.bytes);
	while (all->queue.length > max || (all->bytes > max_bytes && all->queue.length > 1))
		let_go(all, all->queue.head);
	if (!tmr_isrunning(&all->timer)) tmr_start(&all->timer, ms, on_timer, all);
}

static struct kept kept_of(struct sip_strans *transaction, const struct sip_msg *msg)
{
	return (struct kept){.transaction = transaction,
		.call = ts_siphash_own(msg->callid.p, msg->callid.l),
		.bytes = size_of(msg)};
}

void ts_sip_refused(struct ts_sip_ua *ua, struct sip_strans *transaction, const struct sip_msg *msg)
{
	const struct kept kept = kept_of(transaction, msg);
	keep(&ua->refused, kept, REFUSED_MS, REFUSED_MAX, REFUSED_BYTES);
}

void ts_sip_answered(
	struct ts_sip_ua *ua, struct sip_strans *transaction, const struct sip_msg *msg)
{
	const struct kept kept = kept_of(transaction, msg);
	keep(&ua->answered, kept, ANSWERED_MS, ANSWERED_MAX, ANSWERED_BYTES);
}

static void forget(struct ts_sip_kept *all)
{
	struct kept *kept;
	tmr_cancel(&all->timer);
	all->bytes = 0;
	if (all->held) g_hash_table_unref(all->held);
	all->held = NULL;
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
