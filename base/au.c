#include "base/au.h"
#include "base/sanitizer.h"
#include "base/thread.h"
#include <assert.h>
#include <pthread.h>
#include <stdlib.h>

enum { DATA_ALIGN = 16 };

/* Units that ended are kept for the next of their size: a stream makes one every few milliseconds,
 * on one thread, and ends it on another. SPARES of each size at most, 2 MB in all; what is larger
 * than all sizes (a keyframe) goes back at once. */
enum {
	SIZES = 4,
#ifdef TS_SANITIZES_ADDRESSES
	SPARES = 0, /* so that use beyond its end, or after it, is seen */
#else
	SPARES = 32,
#endif
};
static const size_t sizes[SIZES] = {512, 4096, 16384, 49152};

static struct {
	pthread_mutex_t lock;
	struct ts_au *first;
	int n;
} spares[SIZES];

__attribute__((constructor)) static void init_locks(void)
{
	for (int c = 0; c < SIZES; c++) ts_mutex_init(&spares[c].lock);
}

static int size_class(size_t bytes)
{
	int c = 0;
	while (c < SIZES && bytes > sizes[c]) c++;
	return c;
}

static struct ts_au *take_spare(int c)
{
	pthread_mutex_lock(&spares[c].lock);
	struct ts_au *au = spares[c].first;
	if (au) {
		spares[c].first = au->next;
		spares[c].n--;
	}
	pthread_mutex_unlock(&spares[c].lock);
	return au;
}

static void give_back(struct ts_au *au, int c)
{
	pthread_mutex_lock(&spares[c].lock);
	bool keep = spares[c].n < SPARES;
	if (keep) {
		au->next = spares[c].first;
		spares[c].first = au;
		spares[c].n++;
	}
	pthread_mutex_unlock(&spares[c].lock);
	if (!keep) free(au);
}

static size_t head_bytes(uint32_t n_cap)
{
	size_t head = sizeof(struct ts_au) + (size_t)n_cap * sizeof(struct ts_au_payload);
	return (head + DATA_ALIGN - 1) & ~(size_t)(DATA_ALIGN - 1);
}

struct ts_au *ts_au_create(uint32_t n_cap, uint32_t data_cap)
{
	size_t head = head_bytes(n_cap);
	int c = size_class(head + data_cap);
	struct ts_au *au = c < SIZES ? take_spare(c) : NULL;
	if (!au) au = malloc(SPARES > 0 && c < SIZES ? sizes[c] : head + data_cap);
	if (!au) return NULL;
	*au = (struct ts_au){
		.n_cap = n_cap,
		.data_cap = data_cap,
		.pay = (struct ts_au_payload *)(au + 1),
		.data = (uint8_t *)au + head,
	};
	ts_ref_init(&au->refs, 1);
	return au;
}

uint8_t *ts_au_add(struct ts_au *au, uint32_t len)
{
	if (au->n == au->n_cap || len > UINT16_MAX || len > au->data_cap - au->data_len)
		return NULL;
	au->pay[au->n++] = (struct ts_au_payload){au->data_len, (uint16_t)len};
	au->data_len += len;
	return au->data + au->data_len - len;
}

struct ts_au *ts_au_ref(struct ts_au *au)
{
	ts_ref_get(&au->refs);
	return au;
}

void ts_au_unref(struct ts_au **pau)
{
	struct ts_au *au = *pau;
	if (!au) return;
	*pau = NULL;
	if (!ts_ref_put(&au->refs)) return;
	int c = size_class(head_bytes(au->n_cap) + au->data_cap);
	if (c < SIZES)
		give_back(au, c);
	else
		free(au);
}
