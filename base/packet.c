#include "base/packet.h"
#include "base/error.h"
#include "base/thread.h"
#include <assert.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Spare packets kept for reuse (2 MB); what a burst took beyond that goes back to the system. */
enum { SPARE_MAX = 1024 };

struct ts_packet_pool {
	pthread_mutex_t lock;
	struct ts_packet *spare;
	size_t n_spare, n_out, max;
	bool closed;
};

int ts_packet_pool_create(struct ts_packet_pool **out, size_t max_packets)
{
	struct ts_packet_pool *pool = calloc(1, sizeof(*pool));
	if (!pool) return TS_ENOMEM;
	ts_mutex_init(&pool->lock);
	pool->max = max_packets;
	*out = pool;
	return 0;
}

static void pool_free(struct ts_packet_pool *pool)
{
	pthread_mutex_destroy(&pool->lock);
	free(pool);
}

void ts_packet_pool_close(struct ts_packet_pool **ppool)
{
	struct ts_packet_pool *pool = *ppool;
	if (!pool) return;
	*ppool = NULL;

	pthread_mutex_lock(&pool->lock);
	struct ts_packet *spare = pool->spare;
	pool->spare = NULL;
	pool->closed = true;
	bool last = !pool->n_out;
	pthread_mutex_unlock(&pool->lock);

	while (spare) {
		struct ts_packet *p = spare;
		spare = p->next;
		free(p);
	}
	if (last) pool_free(pool);
}

/* Undoes a get; keeps p (may be NULL) for the next one where there is room. */
static void give_back(struct ts_packet_pool *pool, struct ts_packet *p)
{
	pthread_mutex_lock(&pool->lock);
	bool last = !--pool->n_out && pool->closed;
	if (p && !pool->closed && pool->n_spare < SPARE_MAX) {
		p->next = pool->spare;
		pool->spare = p;
		pool->n_spare++;
		p = NULL;
	}
	pthread_mutex_unlock(&pool->lock);
	free(p);
	if (last) pool_free(pool);
}

struct ts_packet *ts_packet_get(struct ts_packet_pool *pool)
{
	pthread_mutex_lock(&pool->lock);
	assert(!pool->closed);
	if (pool->n_out >= pool->max) {
		pthread_mutex_unlock(&pool->lock);
		return NULL;
	}
	pool->n_out++;
	struct ts_packet *p = pool->spare;
	if (p) {
		pool->spare = p->next;
		pool->n_spare--;
	}
	pthread_mutex_unlock(&pool->lock);

	if (!p) p = malloc(sizeof(*p));
	if (!p) {
		give_back(pool, NULL);
		return NULL;
	}
	memset(p, 0, offsetof(struct ts_packet, buf));
	ts_ref_init(&p->refs, 1);
	p->pool = pool;
	p->data = p->buf;
	return p;
}

struct ts_packet *ts_packet_ref(struct ts_packet *p)
{
	ts_ref_get(&p->refs);
	return p;
}

void ts_packet_unref(struct ts_packet **pp)
{
	struct ts_packet *p = *pp;
	if (!p) return;
	*pp = NULL;
	if (ts_ref_put(&p->refs)) give_back(p->pool, p);
}
