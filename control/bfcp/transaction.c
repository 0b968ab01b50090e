#include "control/bfcp/transaction.h"
#include <string.h>

uint16_t ts_bfcp_next_number(struct ts_bfcp_transactions *t)
{
	if (!++t->next) t->next = 1;
	return t->next;
}

void ts_bfcp_sent(struct ts_bfcp_transactions *t, enum ts_bfcp_kind kind, uint16_t number,
	const void *bytes, size_t len, int64_t now_ns)
{
	struct ts_bfcp_out *out = &t->out[kind];
	out->len = 0;
	if (len > sizeof out->bytes) return;
	memcpy(out->bytes, bytes, len);
	out->len = len;
	out->transaction = number;
	out->sends = 1;
	out->due_ns = now_ns + TS_BFCP_T1_NS;
}

bool ts_bfcp_acked(struct ts_bfcp_transactions *t, uint16_t number)
{
	for (int kind = 0; kind < TS_BFCP_KINDS; kind++) {
		if (!t->out[kind].len || t->out[kind].transaction != number) continue;
		t->out[kind].len = 0;
		return true;
	}
	return false;
}

const struct ts_bfcp_out *ts_bfcp_due(struct ts_bfcp_transactions *t, int64_t now_ns, bool *failed)
{
	*failed = false;
	for (int kind = 0; kind < TS_BFCP_KINDS; kind++) {
		struct ts_bfcp_out *out = &t->out[kind];
		if (!out->len || now_ns < out->due_ns) continue;
		*failed = out->sends == TS_BFCP_SENDS;
		if (*failed) out->len = 0;
		out->due_ns = now_ns + (TS_BFCP_T1_NS << out->sends);
		out->sends++;
		return out;
	}
	return NULL;
}

int64_t ts_bfcp_due_ns(const struct ts_bfcp_transactions *t)
{
	int64_t due_ns = INT64_MAX;
	for (int kind = 0; kind < TS_BFCP_KINDS; kind++)
		if (t->out[kind].len && t->out[kind].due_ns < due_ns) due_ns = t->out[kind].due_ns;
	return due_ns;
}

const struct ts_bfcp_answer *ts_bfcp_repeated(
	const struct ts_bfcp_transactions *t, uint16_t number, uint8_t primitive, int64_t now_ns)
{
	for (size_t i = 0; i < TS_BFCP_ANSWERS; i++) {
		const struct ts_bfcp_answer *a = &t->answer[i];
		if (a->len && a->transaction == number && a->primitive == primitive &&
			now_ns < a->until_ns)
			return a;
	}
	return NULL;
}

void ts_bfcp_answered(struct ts_bfcp_transactions *t, uint16_t number, uint8_t primitive,
	const void *bytes, size_t len, int64_t now_ns)
{
	struct ts_bfcp_answer *a = &t->answer[t->next_answer];
	t->next_answer = (t->next_answer + 1) % TS_BFCP_ANSWERS;
	a->len = 0;
	if (len > sizeof a->bytes) return;
	memcpy(a->bytes, bytes, len);
	a->len = len;
	a->transaction = number;
	a->primitive = primitive;
	a->until_ns = now_ns + TS_BFCP_T2_NS;
}
