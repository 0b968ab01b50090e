/* Sessions on one port, through a real socket on loopback and with time injected: the peers' STUN
 * is libnice's. */
#include "base/address.h"
#include "base/clock.h"
#include "base/counter.h"
#include "base/error.h"
#include "base/loop.h"
#include "tests/unit/common/fake_time.h"
#include "transport/ice/agent.h"
#include "transport/ice/port.h"
#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <stun/stunagent.h>
#include <stun/usages/ice.h>
#include <unistd.h>

#include <cmocka.h>

#define HIGH 2000000000u
#define LOW 1000000000u

static struct ts_ice_host host;
static struct ts_loop *loop;
static struct ts_ice_port *port;
static struct sockaddr_storage where;

/* ---- our side: a session as a transport has it */

struct ours {
	struct ts_ice *ice;
	struct ts_ice_description local;
	enum ts_ice_state state;
	int received, flushed, closed;
	uint8_t last;
};

static void on_recv(void *arg, const uint8_t *data, size_t len)
{
	struct ours *o = arg;
	o->received++;
	o->last = data[len - 1];
}

static void on_state(void *arg, enum ts_ice_state state)
{
	((struct ours *)arg)->state = state;
}

static void on_flush(void *arg)
{
	((struct ours *)arg)->flushed++;
}

static void on_closed(void *arg)
{
	((struct ours *)arg)->closed++;
}

static void open_ours(struct ours *o, const char *ufrag, const char *pwd)
{
	struct ts_ice_description remote = {.n_candidates = 0};
	const struct ts_ice_config config = {.loop = loop,
		.port = port,
		.host = &host,
		.recv = on_recv,
		.state = on_state,
		.flush = on_flush,
		.arg = o};
	memset(o, 0, sizeof *o);
	assert_int_equal(ts_ice_create(&o->ice, &config), 0);
	assert_int_equal(ts_ice_gather(o->ice, &o->local), 0);
	assert_true(o->local.lite);
	assert_int_equal(o->local.n_candidates, 1);
	where = o->local.candidate[0].address;
	snprintf(remote.ufrag, sizeof remote.ufrag, "%s", ufrag);
	snprintf(remote.pwd, sizeof remote.pwd, "%s", pwd);
	assert_int_equal(ts_ice_set_remote(o->ice, &remote), 0);
}

static void close_ours(struct ours *o)
{
	ts_ice_close(o->ice, on_closed, o);
	assert_int_equal(o->closed, 0);
	ts_fake_time_run();
	assert_int_equal(o->closed, 1);
}

/* ---- the peer's side: a socket, and libnice's STUN */

#define PEER_UFRAG "peer"
#define PEER_PWD "peerspasswordpeerspassword"

struct peer {
	int fd;
	struct sockaddr_in at;
	StunAgent agent;
	uint8_t got[2048]; /* what came last */
	ssize_t len;
};

static const uint16_t known[] = {STUN_ATTRIBUTE_USERNAME, STUN_ATTRIBUTE_MESSAGE_INTEGRITY,
	STUN_ATTRIBUTE_XOR_MAPPED_ADDRESS, STUN_ATTRIBUTE_ERROR_CODE, STUN_ATTRIBUTE_PRIORITY,
	STUN_ATTRIBUTE_USE_CANDIDATE, STUN_ATTRIBUTE_ICE_CONTROLLED, STUN_ATTRIBUTE_ICE_CONTROLLING,
	0};

static void open_peer(struct peer *p)
{
	socklen_t len = sizeof p->at;
	*p = (struct peer){.fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
	p->at = (struct sockaddr_in){
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	assert_int_equal(bind(p->fd, (struct sockaddr *)&p->at, len), 0);
	assert_int_equal(getsockname(p->fd, (struct sockaddr *)&p->at, &len), 0);
	stun_agent_init(&p->agent, known, STUN_COMPATIBILITY_RFC5389,
		STUN_AGENT_USAGE_SHORT_TERM_CREDENTIALS | STUN_AGENT_USAGE_USE_FINGERPRINT);
}

static void send_bytes(const struct peer *p, const void *bytes, size_t len)
{
	assert_int_equal(
		sendto(p->fd, bytes, len, 0, (struct sockaddr *)&where, ts_address_len(&where)),
		len);
	while (ts_fake_time_poll(0)) {}
}

static size_t make_check(struct peer *p, uint8_t out[1000], const char *ufrag, const char *pwd,
	bool nominates, bool controls, uint32_t priority)
{
	char name[600];
	StunMessage message;
	snprintf(name, sizeof name, "%s:" PEER_UFRAG, ufrag);
	return stun_usage_ice_conncheck_create(&p->agent, &message, out, 1000, (uint8_t *)name,
		strlen(name), (const uint8_t *)pwd, strlen(pwd), nominates, controls, priority, 1,
		NULL, STUN_USAGE_ICE_COMPATIBILITY_RFC5245);
}

static bool get(struct peer *p)
{
	p->len = recv(p->fd, p->got, sizeof p->got, MSG_DONTWAIT);
	return p->len > 0;
}

static void get_nothing(struct peer *p)
{
	if (get(p)) fail_msg("%zd bytes came, type %02x%02x", p->len, p->got[0], p->got[1]);
}

/* What came is the success response, and says where we are. */
static void get_success(struct peer *p, const char *pwd)
{
	StunMessage message;
	struct sockaddr_storage mapped;
	socklen_t len = sizeof mapped;
	assert_true(get(p));
	StunDefaultValidaterData one[] = {{NULL, 0, NULL, 0}};
	assert_int_equal(stun_agent_validate(&p->agent, &message, p->got, (size_t)p->len,
				 stun_agent_default_validater, one),
		STUN_VALIDATION_SUCCESS);
	assert_int_equal(stun_message_get_class(&message), STUN_RESPONSE);
	assert_int_equal(stun_usage_ice_conncheck_process(
				 &message, &mapped, &len, STUN_USAGE_ICE_COMPATIBILITY_RFC5245),
		STUN_USAGE_ICE_RETURN_SUCCESS);
	assert_memory_equal(&mapped, &p->at, 8);
	(void)pwd;
}

static void check(struct peer *p, const struct ours *o, bool nominates, uint32_t priority)
{
	uint8_t bytes[1000];
	send_bytes(p, bytes,
		make_check(p, bytes, o->local.ufrag, o->local.pwd, nominates, true, priority));
}

static bool give_password(StunAgent *agent, StunMessage *message, uint8_t *name, uint16_t len,
	uint8_t **password, size_t *password_len, void *ufrag)
{
	char want[600];
	(void)agent, (void)message;
	snprintf(want, sizeof want, PEER_UFRAG ":%s", (const char *)ufrag);
	assert_int_equal(len, strlen(want));
	assert_memory_equal(name, want, len);
	*password = (uint8_t *)(uintptr_t)PEER_PWD;
	*password_len = strlen(PEER_PWD);
	return true;
}

/* A check of theirs, which is in p->got. Its reply goes by `by`, which may be somebody else. */
static void answer(struct peer *p, const struct ours *o, const struct peer *by)
{
	StunMessage request, reply;
	uint8_t bytes[1000];
	size_t n = sizeof bytes;
	bool controls = true;
	assert_int_equal(stun_agent_validate(&p->agent, &request, p->got, (size_t)p->len,
				 give_password, (void *)(uintptr_t)o->local.ufrag),
		STUN_VALIDATION_SUCCESS);
	assert_int_equal(stun_message_get_class(&request), STUN_REQUEST);
	assert_int_equal(stun_usage_ice_conncheck_create_reply(&p->agent, &request, &reply, bytes,
				 &n, &where, ts_address_len(&where), &controls, 1,
				 STUN_USAGE_ICE_COMPATIBILITY_RFC5245),
		STUN_USAGE_ICE_RETURN_SUCCESS);
	send_bytes(by, bytes, n);
}

static bool routed_to(const struct ours *o, const struct peer *p)
{
	const struct ts_route *r = ts_ice_route(o->ice);
	return r->fd >= 0 && !memcmp(&r->to, &p->at, 8);
}

static int setup(void **state)
{
	static const char *const address = "127.0.0.1";
	const struct ts_ice_host_config config = {.addresses = &address, .n_addresses = 1};
	(void)state;
	ts_fake_time_watch();
	assert_int_equal(ts_ice_host_init(&host, &config), 0);
	assert_int_equal(ts_loop_create(&loop, "net"), 0);
	int err = TS_EIO;
	for (uint16_t number = 31000; err && number < 31100; number++)
		err = ts_ice_port_create(&port, loop, &host, number);
	assert_int_equal(err, 0);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	ts_loop_destroy(&loop);
	ts_ice_port_destroy(&port);
	ts_ice_host_fini(&host);
	return 0;
}

/* ---- tests */

static void a_nominating_check_connects(void **state)
{
	struct ours o;
	struct peer p;
	(void)state;
	open_ours(&o, PEER_UFRAG, PEER_PWD);
	open_peer(&p);
	check(&p, &o, false, HIGH);
	get_success(&p, o.local.pwd);
	assert_int_equal(o.state, TS_ICE_CONNECTING);
	assert_false(ts_route_open(ts_ice_route(o.ice)));
	send_bytes(&p,
		"\x16"
		"early",
		6); /* DTLS: of a proved address */
	assert_int_equal(o.received, 1);
	check(&p, &o, true, HIGH);
	get_success(&p, o.local.pwd);
	assert_int_equal(o.state, TS_ICE_CONNECTED);
	assert_true(routed_to(&o, &p));
	send_bytes(&p,
		"\x80"
		"7",
		2);
	assert_int_equal(o.received, 2);
	assert_int_equal(o.last, '7');
	assert_int_equal(o.flushed, 4);
	close_ours(&o);
	/* nothing of it is left */
	const int64_t dropped = ts_count_get(TS_C_DROP_SOURCE);
	send_bytes(&p,
		"\x80"
		"8",
		2);
	check(&p, &o, true, HIGH);
	get_nothing(&p);
	assert_int_equal(ts_count_get(TS_C_DROP_SOURCE), dropped + 2);
	close(p.fd);
}

static void strangers_get_no_answer(void **state)
{
	struct ours o;
	struct peer p, stranger;
	uint8_t bytes[1000], cut[1000];
	(void)state;
	open_ours(&o, PEER_UFRAG, PEER_PWD);
	open_peer(&p), open_peer(&stranger);
	check(&p, &o, true, HIGH);
	get_success(&p, o.local.pwd);
	/* media, DTLS, nothing at all */
	send_bytes(&stranger, "\x80rtp", 4);
	send_bytes(&stranger, "\x16tls", 4);
	send_bytes(&stranger, "", 0);
	send_bytes(&stranger, "\x00", 1);
	/* checks: of another name, an empty or long one, by another password */
	static const char long_name[] =
		"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
	const char *names[] = {"000000000000", "", long_name, "1"};
	for (size_t i = 0; i < 4; i++)
		send_bytes(&stranger, bytes,
			make_check(&stranger, bytes, names[i], o.local.pwd, true, true, HIGH));
	const size_t n = make_check(
		&stranger, bytes, o.local.ufrag, "not the password at all", true, true, HIGH);
	send_bytes(&stranger, bytes, n);
	/* every beginning of a good one, and every byte of it changed */
	const size_t good = make_check(
		&stranger, bytes, o.local.ufrag, o.local.pwd, true, true, HIGH + 1);
	for (size_t i = 1; i < good; i++) send_bytes(&stranger, bytes, i);
	for (size_t i = 0; i < good - 8; i++) { /* but for FINGERPRINT's own check */
		memcpy(cut, bytes, good);
		cut[i] ^= 0x41;
		send_bytes(&stranger, cut, good);
	}
	get_nothing(&stranger);
	assert_true(routed_to(&o, &p));
	assert_int_equal(o.received, 0);
	/* a reply to nothing, an indication, an error */
	memcpy(cut, bytes, good);
	cut[0] = 1, cut[1] = 1;
	send_bytes(&stranger, cut, good);
	send_bytes(&p, cut, good);
	cut[0] = 0, cut[1] = 0x11;
	send_bytes(&stranger, cut, good);
	cut[0] = 1, cut[1] = 0x11;
	send_bytes(&p, cut, good);
	get_nothing(&stranger);
	assert_true(routed_to(&o, &p));
	close_ours(&o);
	close(p.fd), close(stranger.fd);
}

static void who_says_that_they_are_controlled_are_told(void **state)
{
	struct ours o;
	struct peer p;
	uint8_t bytes[1000];
	(void)state;
	open_ours(&o, PEER_UFRAG, PEER_PWD);
	open_peer(&p);
	send_bytes(
		&p, bytes, make_check(&p, bytes, o.local.ufrag, o.local.pwd, false, false, HIGH));
	assert_true(get(&p));
	assert_int_equal(p.got[0] << 8 | p.got[1], 0x0111); /* 487 */
	assert_int_equal(o.state, TS_ICE_CONNECTING);
	close_ours(&o);
	close(p.fd);
}

/* Somebody else's session cannot take an address from whoever is there. */
static void an_address_stays_whose_it_is(void **state)
{
	struct ours a, b;
	struct peer p;
	(void)state;
	open_ours(&a, PEER_UFRAG, PEER_PWD);
	open_ours(&b, PEER_UFRAG, PEER_PWD);
	assert_string_not_equal(a.local.ufrag, b.local.ufrag);
	open_peer(&p);
	check(&p, &a, true, HIGH);
	get_success(&p, a.local.pwd);
	check(&p, &b, true, HIGH); /* as if from there */
	get_nothing(&p);
	assert_int_equal(b.state, TS_ICE_CONNECTING);
	send_bytes(&p,
		"\x80"
		"1",
		2);
	assert_int_equal(a.received, 1);
	assert_int_equal(b.received, 0);
	/* when nobody was heard there for long it is somebody else's, behind a NAT say */
	ts_fake_time_after(11 * TS_NS_PER_S);
	while (get(&p)) {} /* a's, about consent */
	check(&p, &b, true, HIGH);
	get_success(&p, b.local.pwd);
	assert_int_equal(b.state, TS_ICE_CONNECTED);
	send_bytes(&p,
		"\x80"
		"2",
		2);
	assert_int_equal(a.received, 1);
	assert_int_equal(b.received, 1);
	close_ours(&a);
	send_bytes(&p,
		"\x80"
		"3",
		2);
	assert_int_equal(b.received, 2);
	close_ours(&b);
	close(p.fd);
}

/* Media go to another address when it has answered a check of ours, and not when somebody who knows
 * the password says that they are there. */
static void moving_is_proved(void **state)
{
	struct ours o;
	struct peer p, q, victim;
	(void)state;
	open_ours(&o, PEER_UFRAG, PEER_PWD);
	open_peer(&p), open_peer(&q), open_peer(&victim);
	check(&p, &o, true, HIGH);
	get_success(&p, o.local.pwd);
	ts_fake_time_set(ts_now_ns() + 2 * TS_NS_PER_S);
	/* "from" the victim */
	check(&victim, &o, true, HIGH);
	get_success(&victim, o.local.pwd);
	assert_true(get(&victim)); /* our check, to which nothing answers */
	assert_true(routed_to(&o, &p));
	/* another one answers in its place */
	answer(&victim, &o, &p);
	assert_true(routed_to(&o, &p));
	get_nothing(&victim);
	/* not more checks than ten a second, whatever they nominate */
	for (int i = 0; i < 50; i++) check(&victim, &o, true, HIGH);
	int replies = 0, checks = 0;
	while (get(&victim)) (victim.got[0] ? ++replies : ++checks);
	assert_int_equal(replies, 50);
	assert_int_equal(checks, 0);
	/* one that is really there */
	ts_fake_time_set(ts_now_ns() + 100 * TS_NS_PER_MS);
	check(&q, &o, true, LOW);
	get_success(&q, o.local.pwd);
	assert_true(get(&q));
	assert_true(routed_to(&o, &p));
	answer(&q, &o, &q);
	assert_true(routed_to(&o, &q));
	assert_int_equal(ts_count_get(TS_C_ICE_MOVED), 1);
	send_bytes(&q,
		"\x80"
		"1",
		2);
	send_bytes(&p,
		"\x80"
		"2",
		2); /* on its way still */
	assert_int_equal(o.received, 2);
	close_ours(&o);
	close(p.fd), close(q.fd), close(victim.fd);
}

/* At the beginning a controlling side may nominate all that works, and means the best. */
static void of_several_that_are_nominated_the_best_is_taken(void **state)
{
	struct ours o;
	struct peer low, high;
	(void)state;
	open_ours(&o, PEER_UFRAG, PEER_PWD);
	open_peer(&low), open_peer(&high);
	check(&low, &o, true, LOW);
	get_success(&low, o.local.pwd);
	assert_true(routed_to(&o, &low));
	check(&high, &o, true, HIGH);
	get_success(&high, o.local.pwd);
	assert_true(get(&high));
	answer(&high, &o, &high);
	assert_true(routed_to(&o, &high));
	check(&high, &o, true, HIGH);
	get_success(&high, o.local.pwd);
	check(&low, &o, true, LOW);
	get_success(&low, o.local.pwd);
	get_nothing(&low);
	assert_true(routed_to(&o, &high));
	close_ours(&o);
	close(low.fd), close(high.fd);
}

static void a_restart_has_new_names_and_keeps_the_way(void **state)
{
	struct ours o;
	struct peer p;
	struct ts_ice_description before;
	(void)state;
	open_ours(&o, PEER_UFRAG, PEER_PWD);
	open_peer(&p);
	check(&p, &o, true, HIGH);
	get_success(&p, o.local.pwd);
	before = o.local;
	assert_int_equal(ts_ice_restart(o.ice, &o.local), 0);
	assert_string_not_equal(before.ufrag, o.local.ufrag);
	assert_string_not_equal(before.pwd, o.local.pwd);
	assert_true(routed_to(&o, &p));
	struct ours old = o;
	old.local = before;
	check(&p, &old, false, HIGH); /* they do not know yet */
	get_success(&p, before.pwd);
	check(&p, &o, true, HIGH);
	get_success(&p, o.local.pwd);
	check(&p, &old, false, HIGH);
	get_nothing(&p);
	assert_true(routed_to(&o, &p));
	close_ours(&o);
	close(p.fd);
}

static void consent_is_asked_for_and_runs_out(void **state)
{
	for (int answers = 0; answers < 2; answers++) {
		struct ours o;
		struct peer p;
		int asked = 0;
		(void)state;
		open_ours(&o, PEER_UFRAG, PEER_PWD);
		open_peer(&p);
		check(&p, &o, true, HIGH);
		get_success(&p, o.local.pwd);
		/* a minute in which they answer, or check by themselves as some do that never
		 * answer */
		for (int s = 0; s < 60; s++) {
			ts_fake_time_after(TS_NS_PER_S);
			while (get(&p)) {
				if (p.got[0]) continue;
				asked++;
				if (answers) answer(&p, &o, &p);
			}
			if (!answers && s % 20 == 0) check(&p, &o, false, HIGH);
		}
		assert_in_range(asked, 10, 15);
		assert_int_equal(o.state, TS_ICE_CONNECTED);
		/* who answered once must go on: their checks may come from anybody */
		for (int s = 0; s < 28; s++) {
			ts_fake_time_after(TS_NS_PER_S);
			if (answers && s % 5 == 0) check(&p, &o, false, HIGH);
		}
		ts_fake_time_after(14 * TS_NS_PER_S);
		assert_int_equal(o.state, TS_ICE_FAILED);
		close_ours(&o);
		close(p.fd);
	}
}

/* More addresses than a session has places for. */
static void the_oldest_address_makes_room(void **state)
{
	struct ours o;
	struct peer p[TS_PORT_PEERS + 2];
	(void)state;
	open_ours(&o, PEER_UFRAG, PEER_PWD);
	for (int i = 0; i < TS_PORT_PEERS + 2; i++) {
		open_peer(&p[i]);
		check(&p[i], &o, false, HIGH);
		ts_fake_time_set(ts_now_ns() + TS_NS_PER_MS);
	}
	for (int i = 0; i < TS_PORT_PEERS + 2; i++) {
		send_bytes(&p[i],
			"\x80"
			"1",
			2);
		assert_int_equal(o.received, i < 2 ? 0 : i - 1);
	}
	close_ours(&o);
	for (int i = 0; i < TS_PORT_PEERS + 2; i++) close(p[i].fd);
}

static void a_port_that_is_taken_is_told(void **state)
{
	struct ts_ice_port *second;
	struct ours o;
	(void)state;
	open_ours(&o, PEER_UFRAG, PEER_PWD);
	assert_int_equal(ts_ice_port_create(&second, loop, &host, ts_address_port(&where)), TS_EIO);
	assert_null(second);
	close_ours(&o);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_nominating_check_connects),
		TEST(strangers_get_no_answer),
		TEST(who_says_that_they_are_controlled_are_told),
		TEST(an_address_stays_whose_it_is),
		TEST(moving_is_proved),
		TEST(of_several_that_are_nominated_the_best_is_taken),
		TEST(a_restart_has_new_names_and_keeps_the_way),
		TEST(consent_is_asked_for_and_runs_out),
		TEST(the_oldest_address_makes_room),
		TEST(a_port_that_is_taken_is_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
