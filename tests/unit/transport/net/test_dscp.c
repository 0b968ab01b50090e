#include "base/address.h"
/* The marks of packets: which, and that the sockets of both kinds of path have them. */
#include "tests/unit/transport/pair.h"
#include "transport/ice/agent.h"
#include "transport/net/dscp.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

enum { EF_TOS = 46 << 2, AF41_TOS = 34 << 2 };

static void by_what_is_carried(void **state)
{
	(void)state;
	assert_int_equal(ts_dscp_tos(true, true, false), EF_TOS);
	assert_int_equal(ts_dscp_tos(true, true, true), AF41_TOS);
	assert_int_equal(ts_dscp_tos(true, false, true), AF41_TOS);
	assert_int_equal(ts_dscp_tos(true, false, false), 0);
	assert_int_equal(ts_dscp_tos(false, true, true), 0);
}

/* Of the socket in this process that is bound to a port. */
static int tos_of(uint16_t port)
{
	for (int fd = 0; fd < 1024; fd++) {
		struct sockaddr_in sa = {0};
		socklen_t len = sizeof(sa);
		int tos = -1;
		if (getsockname(fd, (struct sockaddr *)&sa, &len) || sa.sin_family != AF_INET ||
			ntohs(sa.sin_port) != port)
			continue;
		len = sizeof(tos);
		assert_int_equal(getsockopt(fd, IPPROTO_IP, IP_TOS, &tos, &len), 0);
		return tos;
	}
	fail_msg("no socket at %u", port);
	return -1;
}

static void both_families(void **state)
{
	static const struct {
		int family, level, option;
	} rows[] = {{AF_INET, IPPROTO_IP, IP_TOS}, {AF_INET6, IPPROTO_IPV6, IPV6_TCLASS},
		{AF_INET6, IPPROTO_IP, IP_TOS}};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int fd = socket(rows[i].family, SOCK_DGRAM | SOCK_CLOEXEC, 0), tos = 0;
		socklen_t len = sizeof(tos);
		if (fd < 0 && rows[i].family == AF_INET6) continue; /* a machine without */
		assert_true(fd >= 0);
		ts_dscp_mark(fd, EF_TOS);
		assert_int_equal(getsockopt(fd, rows[i].level, rows[i].option, &tos, &len), 0);
		assert_int_equal(tos, EF_TOS);
		close(fd);
	}
	ts_dscp_mark(-1, EF_TOS);
}

static void sound_alone(struct ts_transport_config *config, int who)
{
	(void)who;
	config->n_media = 1;
}

static void ice_shares_one_socket(void **state)
{
	static const struct {
		bool dscp;
		void (*edit)(struct ts_transport_config *config, int who);
		int tos;
	} rows[] = {{true, NULL, AF41_TOS}, {true, sound_alone, EF_TOS}, {false, NULL, 0}};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		static struct pair pair;
		memset(&pair, 0, sizeof(pair));
		pair.dscp = rows[i].dscp;
		pair_nets(&pair, 1);
		pair_start(&pair, rows[i].edit);
		for (int who = 0; who < 2; who++) {
			struct pair_peer *p = &pair.peer[who];
			assert_true(pair_wait(p, &p->connected, 1));
			const struct ts_candidate *c = &p->local.ice.candidate[0];
			assert_int_equal(tos_of(ts_address_port(&c->address)), rows[i].tos);
		}
		pair_fini(&pair);
	}
}

static void plain_has_one_for_each(void **state)
{
	static struct pair pair;
	struct ts_transport_config config = {.kind = TS_TRANSPORT_PLAIN,
		.n_media = 2,
		.local_address = "127.0.0.1",
		.offering = true,
		.media = {{.kind = TS_AUDIO}, {.kind = TS_VIDEO}}};
	(void)state;
	for (int on = 0; on < 2; on++) {
		memset(&pair, 0, sizeof(pair));
		pair.dscp = on;
		pair_nets(&pair, 1);
		struct pair_peer *p = &pair.peer[0];
		assert_int_equal(
			ts_transport_create(&p->transport, pair.nets[0], &config, &pair_events, p),
			0);
		assert_true(pair_wait(p, &p->gathered, 1));
		for (size_t i = 0; i < 2; i++) {
			int want = !on ? 0 : i ? AF41_TOS : EF_TOS;
			assert_int_not_equal(p->local.port[i].rtp, p->local.port[i].rtcp);
			assert_int_equal(tos_of(p->local.port[i].rtp), want);
			assert_int_equal(tos_of(p->local.port[i].rtcp), want);
		}
		pair_fini(&pair);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(by_what_is_carried),
		cmocka_unit_test(both_families), cmocka_unit_test(ice_shares_one_socket),
		cmocka_unit_test(plain_has_one_for_each)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
