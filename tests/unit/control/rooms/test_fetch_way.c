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

static atomic_uint address = 0x01010101;

/* In place of the C library's: 1.1.1.1, or what the test says. */
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
	at->sin_addr.s_addr = htonl(atomic_load(&address));
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

/* The one that was looked at is connected to; what is asked for later is looked at again. */
static void a_name_that_changes_leads_nowhere_else(void **state)
{
	static struct ts_config config;
	char err[TS_CONFIG_ERR_MAX];
	struct ts_demuxer_way first, second;
	(void)state;
	ts_config_init_defaults(&config);
	assert_int_equal(ts_config_set(&config, "inputs.allow=http://*", err, sizeof(err)), 0);
	assert_null(ts_fetch_way(&config, "http://films.example/a.m3u8", &first));
	static const unsigned elsewhere[] = {0x7f000001, 0x0a000001, 0xa9fea9fe, 0xc0a80001, 0};
	for (size_t i = 0; i < sizeof(elsewhere) / sizeof(*elsewhere); i++) {
		atomic_store(&address, elsewhere[i]);
		assert_non_null(ts_fetch_way(&config, "http://films.example/a0.ts", &second));
	}
	assert_string_equal(first.url, "http://1.1.1.1:80/a.m3u8");
	atomic_store(&address, 0x01010101);
	assert_null(ts_fetch_way(&config, "http://films.example/a0.ts", &second));
	ts_config_fini(&config);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(name_servers_that_hang_are_given_up),
		cmocka_unit_test(a_name_that_changes_leads_nowhere_else),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
