#include "transport/handover.h"

void ts_handover_set(struct ts_handover *h, uint32_t from, uint32_t to)
{
	atomic_store_explicit(&h->plan, (uint64_t)from << 32 | to, memory_order_relaxed);
}

void ts_handover_forget(struct ts_handover *h)
{
	ts_au_unref(&h->held);
	h->current = 0;
}

void ts_handover_fini(struct ts_handover *h)
{
	ts_au_unref(&h->held);
}

/* Moves what is held to `out`. */
static size_t give_held(struct ts_handover *h, struct ts_au **out)
{
	if (!h->held) return 0;
	*out = h->held;
	h->held = NULL;
	return 1;
}

static size_t begin(struct ts_handover *h, struct ts_au *key, struct ts_au **out)
{
	size_t n = 0;
	if (h->held && h->held->capture_ns >= key->capture_ns)
		ts_au_unref(&h->held); /* the same picture, or a later one */
	n += give_held(h, out);
	h->current = key->output;
	out[n++] = ts_au_ref(key);
	return n;
}

size_t ts_handover_take(
	struct ts_handover *h, struct ts_au *au, struct ts_au *out[TS_HANDOVER_UNITS])
{
	const uint64_t plan = atomic_load_explicit(&h->plan, memory_order_relaxed);
	const uint32_t from = (uint32_t)(plan >> 32), to = (uint32_t)plan;
	size_t n = 0;
	if (!au->output) {
		out[n++] = ts_au_ref(au);
	} else if (au->output == to && to == h->current) {
		n += give_held(h, out); /* of a change that was called off */
		out[n++] = ts_au_ref(au);
	} else if (au->output == to) {
		if (au->key) n = begin(h, au, out);
	} else if (au->output == from && from == h->current) {
		n += give_held(h, out);
		h->held = ts_au_ref(au);
	}
	return n;
}
