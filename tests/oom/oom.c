/* oom - stands in for what the server's folders allocate with, and refuses one time (make oom,
 * tools/oom).
 *
 *   archives of an asan build --objcopy: malloc -> ts_oom_malloc--> this file --> malloc, or NULL
 *
 * In every place that allocates, and for each function that called it there, once: the first run of
 * a program writes the numbers of the allocations that are the first of their place into the file
 * $TS_OOM_PLACES, each later one fails the allocation of the number $TS_OOM_AT. Tests, their
 * helpers and libraries allocate as ever. Arguments are passed on as machine words, which the ABIs
 * of x86-64 and arm64 allow for pointers and integers.
 * Thread  any.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { PLACES_MAX = 4096 }; /* a power of 2 */

static struct {
	uintptr_t place;
	long at;
} seen[PLACES_MAX];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static atomic_long count;
static long fail_at;
static const char *places_file;

__attribute__((constructor)) static void start(void)
{
	const char *at = getenv("TS_OOM_AT");
	fail_at = at ? atol(at) : 0;
	places_file = getenv("TS_OOM_PLACES");
}

__attribute__((destructor)) static void write_places(void)
{
	FILE *f = places_file ? fopen(places_file, "w") : NULL;
	if (!f) return;
	for (size_t i = 0; i < PLACES_MAX; i++)
		if (seen[i].at) fprintf(f, "%ld\n", seen[i].at);
	fclose(f);
}

static void note(uintptr_t place, long at)
{
	size_t i = place * 0x9e3779b97f4a7c15u >> 52;
	pthread_mutex_lock(&lock);
	for (size_t n = 0; n < PLACES_MAX; n++, i = (i + 1) % PLACES_MAX) {
		if (seen[i].at && seen[i].place != place) continue;
		if (!seen[i].at || at < seen[i].at) seen[i].at = at;
		seen[i].place = place;
		break;
	}
	pthread_mutex_unlock(&lock);
}

static int fails(const void *caller, const void *its_caller)
{
	long at = atomic_fetch_add(&count, 1) + 1;
	if (places_file) note((uintptr_t)caller * 31 + (uintptr_t)its_caller, at);
	return at == fail_at;
}

/* The real one is weak: a program has only the libraries of its own floor. */
#define STAND_IN(name, type, refusal)                                                \
	type ts_real_##name(long, long, long, long, long, long) __asm__(#name)       \
		__attribute__((weak));                                               \
	type ts_oom_##name(long, long, long, long, long, long);                      \
	type ts_oom_##name(long a, long b, long c, long d, long e, long f)           \
	{                                                                            \
		if (fails(__builtin_return_address(0), __builtin_return_address(1))) \
			return refusal;                                              \
		return ts_real_##name(a, b, c, d, e, f);                             \
	}
#define POINTER(name) STAND_IN(name, void *, NULL)
#define NUMBER(name, refusal) STAND_IN(name, int, refusal)
#pragma GCC diagnostic ignored "-Wframe-address"
#pragma GCC diagnostic ignored "-Wmissing-prototypes"

/* clang-format off */
POINTER(malloc)
POINTER(calloc)
POINTER(realloc)
POINTER(aligned_alloc)
POINTER(strdup)
POINTER(strndup)

POINTER(av_malloc)
POINTER(av_mallocz)
POINTER(av_buffer_alloc)
POINTER(av_buffer_ref)
POINTER(av_buffer_create)
POINTER(av_buffer_pool_init)
POINTER(av_buffer_pool_init2)
POINTER(av_buffer_pool_get)
POINTER(av_frame_alloc)
POINTER(av_frame_clone)
POINTER(av_packet_alloc)
POINTER(av_packet_clone)
POINTER(avcodec_alloc_context3)
POINTER(sws_getContext)
NUMBER(av_frame_ref, -12)
NUMBER(av_frame_get_buffer, -12)
NUMBER(av_frame_copy_props, -12)
NUMBER(av_packet_ref, -12)
NUMBER(av_new_packet, -12)
NUMBER(avcodec_open2, -12)

POINTER(BIO_new)
POINTER(EVP_CIPHER_CTX_new)
POINTER(SSL_CTX_new)
POINTER(SSL_new)
POINTER(X509_new)
NUMBER(srtp_create, 3)

NUMBER(pthread_create, 11)
NUMBER(epoll_create1, -1)
/* clang-format on */
