/* Look-ups of names whose servers answer when the test says so. */
#include "container/lookup.h"

#include "tests/unit/base/cmocka_all.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

enum { LIMIT = 32 };

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER; /* held: no server answers */
static atomic_int asked, answered;

/* In place of the C library's. */
int getaddrinfo(const char *restrict host, const char *restrict port,
	const struct addrinfo *restrict hints, struct addrinfo **restrict out)
{
	(void)host, (void)port;
	if (hints->ai_flags & AI_NUMERICHOST) return EAI_NONAME;
	atomic_fetch_add(&asked, 1);
	pthread_mutex_lock(&gate);
	pthread_mutex_unlock(&gate);
	*out = calloc(1, sizeof(**out));
	atomic_fetch_add(&answered, 1);
	return 0;
}

void freeaddrinfo(struct addrinfo *list)
{
	free(list);
}

static int at_once(void *arg)
{
	(void)arg;
	return 1;
}

static int never(void *arg)
{
	(void)arg;
	return 0;
}

static void threads_are_bounded(void **state)
{
	const AVIOInterruptCB gives_up = {at_once, NULL}, waits = {never, NULL};
	struct addrinfo *found = NULL;
	(void)state;
	pthread_mutex_lock(&gate);
	for (int i = 0; i < LIMIT + 8; i++) assert_null(ts_lookup("slow.example", "1", &gives_up));
	/* it would wait for ever if it asked */
	assert_null(ts_lookup("slow.example", "1", &waits));
	for (int i = 0; i < 200 && atomic_load(&asked) < LIMIT; i++) usleep(10000);
	assert_int_equal(atomic_load(&asked), LIMIT);
	pthread_mutex_unlock(&gate);
	for (int i = 0; i < 500 && !found; i++) {
		found = ts_lookup("slow.example", "1", &waits);
		if (!found) usleep(10000);
	}
	assert_non_null(found);
	freeaddrinfo(found);
	for (int i = 0; i < 500 && atomic_load(&answered) < LIMIT + 1; i++) usleep(10000);
	assert_int_equal(atomic_load(&answered), LIMIT + 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(threads_are_bounded),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
