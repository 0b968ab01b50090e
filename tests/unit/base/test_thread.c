#include "base/thread.h"
#include "tests/unit/base/cmocka_all.h"

/* The sound's mutexes lend the priority of who waits. */
static void mutexes_inherit_priority(void **state)
{
	pthread_mutexattr_t attr;
	pthread_mutex_t mutex, usual;
	int protocol = -1;
	(void)state;
	pthread_mutexattr_init(&attr);
	pthread_mutexattr_setprotocol(&attr, PTHREAD_PRIO_INHERIT);
	int known = !pthread_mutex_init(&usual, &attr);
	pthread_mutexattr_getprotocol(&attr, &protocol);
	assert_int_equal(protocol, PTHREAD_PRIO_INHERIT);
	ts_mutex_init(&mutex);
	/* glibc's kind holds the protocol: a mutex made with the same attributes has the same */
	if (known) assert_int_equal(mutex.__data.__kind, usual.__data.__kind);
	assert_int_equal(pthread_mutex_lock(&mutex), 0);
	assert_int_not_equal(pthread_mutex_trylock(&mutex), 0);
	assert_int_equal(pthread_mutex_unlock(&mutex), 0);
	pthread_mutex_destroy(&mutex);
	if (known) pthread_mutex_destroy(&usual);
	pthread_mutexattr_destroy(&attr);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(mutexes_inherit_priority)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
