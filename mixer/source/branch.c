#include "mixer/source/branch.h"

#include "base/clock.h"
#include "base/counter.h"
#include "base/error.h"
#include "base/ring.h"
#include <stdlib.h>
#include <string.h>

enum { PACKETS = 512 };
#define ASK_NS TS_NS_PER_S

struct ts_branch {
	struct ts_ref refs;
	struct ts_ring packets;
	atomic_bool open;
	atomic_bool taken; /* by who pops, until it has left */
	atomic_uint wants; /* layers */
	int64_t asked_ns;  /* net thread */
};

static atomic_size_t held; /* bytes of copies, in all branches and on their way out of them */

/* ---- copies: as long as what is in them */

static size_t size_of(const struct ts_packet *p)
{
	return offsetof(struct ts_packet, buf) + p->payload_len;
}

static struct ts_packet *copy(const struct ts_packet *p)
{
	const size_t size = size_of(p);
	if (atomic_fetch_add(&held, size) + size > TS_BRANCHES_BYTES) {
		atomic_fetch_sub(&held, size);
		return NULL;
	}
	unsigned char *bytes = malloc(size);
	if (!bytes) {
		atomic_fetch_sub(&held, size);
		return NULL;
	}
	uint8_t *payload = bytes + offsetof(struct ts_packet, buf);
	struct ts_packet *own = (struct ts_packet *)(void *)bytes;
	memcpy(bytes, p, offsetof(struct ts_packet, buf));
	if (p->payload_len) memcpy(payload, p->payload, p->payload_len);
	ts_ref_init(&own->refs, 1);
	own->pool = NULL;
	own->next = NULL;
	own->data = own->payload = payload;
	own->len = p->payload_len;
	return own;
}

void ts_branch_free(struct ts_packet **packet)
{
	struct ts_packet *p = *packet;
	*packet = NULL;
	if (!p) return;
	atomic_fetch_sub(&held, size_of(p));
	free(p);
}

/* ---- life */

int ts_branch_create(struct ts_branch **out)
{
	struct ts_branch *b = calloc(1, sizeof *b);
	if (!b) return TS_ENOMEM;
	ts_ref_init(&b->refs, 1);
	const int err = ts_ring_init(&b->packets, PACKETS);
	if (err) {
		free(b);
		return err;
	}
	*out = b;
	return 0;
}

struct ts_branch *ts_branch_ref(struct ts_branch *b)
{
	ts_ref_get(&b->refs);
	return b;
}

void ts_branch_unref(struct ts_branch **branch)
{
	struct ts_branch *b = *branch;
	struct ts_packet *packet;
	*branch = NULL;
	if (!b || !ts_ref_put(&b->refs)) return;
	while ((packet = ts_ring_pop(&b->packets))) ts_branch_free(&packet);
	ts_ring_fini(&b->packets);
	free(b);
}

int ts_branch_open(struct ts_branch *b)
{
	if (atomic_exchange(&b->taken, true)) return TS_EEXIST;
	atomic_store(&b->wants, 0);
	atomic_store(&b->open, true);
	return 0;
}

void ts_branch_close(struct ts_branch *b)
{
	atomic_store(&b->open, false);
}

void ts_branch_leave(struct ts_branch *b)
{
	atomic_store(&b->taken, false);
}

bool ts_branch_is_open(const struct ts_branch *b)
{
	return atomic_load_explicit(&b->open, memory_order_relaxed);
}

/* ---- packets */

void ts_branch_push(struct ts_branch *b, const struct ts_packet *packet)
{
	if (!ts_branch_is_open(b)) return;
	struct ts_packet *own = copy(packet);
	if (own && !ts_ring_push(&b->packets, own)) return;
	ts_branch_free(&own);
	ts_count(TS_C_SINK_DROPPED);
}

unsigned ts_branch_wants_keyframe(struct ts_branch *b, int64_t now_ns)
{
	if (!ts_branch_is_open(b) || !atomic_load_explicit(&b->wants, memory_order_relaxed) ||
		(b->asked_ns && now_ns - b->asked_ns < ASK_NS))
		return 0;
	b->asked_ns = now_ns;
	return atomic_exchange_explicit(&b->wants, 0, memory_order_relaxed);
}

struct ts_packet *ts_branch_pop(struct ts_branch *b)
{
	return ts_ring_pop(&b->packets);
}

void ts_branch_request_keyframe(struct ts_branch *b, unsigned layers)
{
	atomic_fetch_or_explicit(&b->wants, layers, memory_order_relaxed);
}
