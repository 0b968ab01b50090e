#include "base/secret.h"
#include "base/sanitizer.h"
#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

bool ts_same_secret(const char *given, const char *secret)
{
	size_t n_given = strlen(given), n_secret = strlen(secret);
	volatile unsigned char differs = n_given != n_secret;
	for (size_t i = 0; i < n_given; i++)
		differs |= (unsigned char)(given[i] ^ secret[n_secret ? i % n_secret : 0]);
	return !differs;
}

/* ---- memory */

#ifdef TS_SANITIZES_ADDRESSES

/* It knows the heap, and no pool of ours. */
void *ts_secret_alloc(size_t size)
{
	assert(size <= TS_SECRET_BYTES);
	return calloc(1, size);
}

void ts_secret_free(void *memory)
{
	free(memory);
}

#else

enum { SLOTS = 64 };

struct slot {
	union {
		struct slot *next; /* of those that are free */
		unsigned char bytes[TS_SECRET_BYTES];
	};
};

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct slot *free_slots;

/* With the mutex. They are never given back to the system: as many are needed again. */
static void add_slots(void)
{
	struct slot *slots = mmap(NULL, SLOTS * sizeof(struct slot), PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (slots == MAP_FAILED) return;
	madvise(slots, SLOTS * sizeof(struct slot), MADV_DONTDUMP);
	for (size_t i = 0; i < SLOTS; i++) {
		slots[i].next = free_slots;
		free_slots = &slots[i];
	}
}

void *ts_secret_alloc(size_t size)
{
	assert(size <= TS_SECRET_BYTES);
	pthread_mutex_lock(&mutex);
	if (!free_slots) add_slots();
	struct slot *slot = free_slots;
	if (slot) {
		free_slots = slot->next;
		slot->next = NULL;
	}
	pthread_mutex_unlock(&mutex);
	return slot;
}

void ts_secret_free(void *memory)
{
	struct slot *slot = memory;
	if (!slot) return;
	explicit_bzero(slot, sizeof(*slot));
	pthread_mutex_lock(&mutex);
	slot->next = free_slots;
	free_slots = slot;
	pthread_mutex_unlock(&mutex);
}

#endif
