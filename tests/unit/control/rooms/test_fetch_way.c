/* What is opened in place of a URL, where name servers answer when the test says so. */
#include "control/rooms/fetch_way.h"

#include "base/clock.h"
#include "config/config.h"
#include "tests/unit/base/cmocka_all.h"
#include <arpa/inet.h>
#include <netdb.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER; /* held: no server answers */
static atomic_int asked, answered;

/* In place of the C library's: 1.1.1.1. */
int getaddrinfo(const char *restrict host, const char *restrict port,
	const struct addrinfo *restrict hints, struct addrinfo **restrict out)
{
	struct sockaddr_in *at;
	struct addrinfo *found;
	(void)host, (void)port;
	if (hints->ai_flags & AI_NUMERICHOST) return EAI_NONAME;
	atomic_fetch_add(&asked, 1);
	pthread_mutex_lock(&gate);
	pthread_mutex_unlock(&gate);
	found = calloc(1, sizeof(*found) + sizeof(*at));
	at = (struct sockaddr_in *)(void *)(found + 1);
	at->sin_family = AF_INET;
	at->sin_addr.s_addr = htonl(0x01010101);
	found->ai_family = AF_INET;
	found->ai_addr = (struct sockaddr *)at;
	found->ai_addrlen = sizeof(*at);
	*out = found;
	atomic_fetch_add(&answered, 1);
	return 0;
}

void freeaddrinfo(struct addrinfo *list)
{
	free(list);
}

static void name_servers_that_hang_are_given_up(void **state)
{
	static struct ts_config config;
	char err[TS_CONFIG_ERR_MAX];
	struct ts_demuxer_way way;
	(void)state;
	ts_config_init_defaults(&config);
	assert_int_equal(ts_config_set(&config, "inputs.allow=http://*", err, sizeof(err)), 0);
	assert_null(ts_fetch_way(&config, "http://films.example/a.mp3", &way));
	assert_string_equal(way.url, "http://1.1.1.1:80/a.mp3");
	assert_string_equal(way.host, "films.example");
	pthread_mutex_lock(&gate);
	const int64_t begun_ns = ts_now_ns();
	const char *why = ts_fetch_way(&config, "http://films.example/a.mp3", &way);
	assert_non_null(why);
	assert_string_equal(why, "the host has no address");
	assert_true(ts_now_ns() - begun_ns >= 5 * TS_NS_PER_S); /* a second server is asked */
	assert_int_equal(atomic_load(&answered), 1);
	pthread_mutex_unlock(&gate);
	for (int i = 0; i < 500 && atomic_load(&answered) < 2; i++) usleep(10000);
	assert_int_equal(atomic_load(&answered), 2);
	ts_config_fini(&config);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(name_servers_that_hang_are_given_up),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
