#include "base/au.h"
#include <assert.h>
#include <stdlib.h>

enum { DATA_ALIGN = 16 };

struct ts_au *ts_au_create(uint32_t n_cap, uint32_t data_cap)
{
	size_t head = sizeof(struct ts_au) + (size_t)n_cap * sizeof(struct ts_au_payload);
	head = (head + DATA_ALIGN - 1) & ~(size_t)(DATA_ALIGN - 1);
	struct ts_au *au = malloc(head + data_cap);
	if (!au) return NULL;
	*au = (struct ts_au){
		.n_cap = n_cap,
		.data_cap = data_cap,
		.pay = (struct ts_au_payload *)(au + 1),
		.data = (uint8_t *)au + head,
	};
	atomic_init(&au->refs, 1);
	return au;
}

uint8_t *ts_au_add(struct ts_au *au, uint32_t len)
{
	if (au->n == au->n_cap || len > UINT16_MAX || len > au->data_cap - au->data_len) return NULL;
	au->pay[au->n++] = (struct ts_au_payload){au->data_len, (uint16_t)len};
	au->data_len += len;
	return au->data + au->data_len - len;
}

struct ts_au *ts_au_ref(struct ts_au *au)
{
	atomic_fetch_add_explicit(&au->refs, 1, memory_order_relaxed);
	return au;
}

void ts_au_unref(struct ts_au **pau)
{
	struct ts_au *au = *pau;
	if (!au) return;
	*pau = NULL;
	int before = atomic_fetch_sub_explicit(&au->refs, 1, memory_order_acq_rel);
	assert(before > 0);
	if (before == 1) free(au);
}
