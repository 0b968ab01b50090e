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
#include "transport/net/own_address.h"
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
	assert_int_not_equal(o->local.n_candidates, 0);
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

/* Theirs is nominated, and answers the check of ours that this takes. */
static void connect_by(struct ours *o, struct peer *p)
{
	check(p, o, true, HIGH);
	get_success(p, o->local.pwd);
	if (get(p)) answer(p, o, p);
	assert_int_equal(o->state, TS_ICE_CONNECTED);
	assert_true(routed_to(o, p));
	get_nothing(p);
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

static void a_check_that_is_answered_connects(void **state)
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
	/* a handshake need not wait until they have nominated */
	assert_true(get(&p));
	answer(&p, &o, &p);
	assert_int_equal(o.state, TS_ICE_CONNECTED);
	assert_true(routed_to(&o, &p));
	check(&p, &o, true, HIGH);
	get_success(&p, o.local.pwd);
	get_nothing(&p);
	send_bytes(&p,
		"\x80"
		"7",
		2);
	assert_int_equal(o.received, 2);
	assert_int_equal(o.last, '7');
	assert_int_equal(o.flushed, 5);
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

/* Who knows the password names a victim at the very beginning: no DTLS goes there, whatever they
 * check, and the first that answers is taken. */
static void the_first_address_is_proved_too(void **state)
{
	struct ours o;
	struct peer p, victim;
	(void)state;
	open_ours(&o, PEER_UFRAG, PEER_PWD);
	open_peer(&p), open_peer(&victim);
	check(&victim, &o, true, HIGH);
	get_success(&victim, o.local.pwd);
	assert_int_equal(o.state, TS_ICE_CONNECTING);
	assert_false(ts_route_open(ts_ice_route(o.ice)));
	assert_true(get(&victim));
	answer(&victim, &o, &p); /* from elsewhere */
	assert_int_equal(o.state, TS_ICE_CONNECTING);
	/* asked again as long as they come, ever more rarely, and then no more */
	int asked = 0;
	for (int i = 0; i < 100; i++) {
		if (i < 40) {
			check(&victim, &o, true, HIGH);
			get_success(&victim, o.local.pwd);
		}
		ts_fake_time_after(100 * TS_NS_PER_MS);
		while (get(&victim)) asked++;
	}
	assert_int_equal(asked, 5);
	assert_int_equal(o.state, TS_ICE_CONNECTING);
	/* a reply that comes so late is none */
	check(&victim, &o, true, HIGH);
	get_success(&victim, o.local.pwd);
	assert_true(get(&victim));
	ts_fake_time_set(ts_now_ns() + 6 * TS_NS_PER_S);
	answer(&victim, &o, &victim);
	assert_int_equal(o.state, TS_ICE_CONNECTING);
	connect_by(&o, &p);
	close_ours(&o);
	close(p.fd), close(victim.fd);
}

/* Some nominate but once, and our check may be lost. */
static void a_lost_check_is_sent_again(void **state)
{
	struct ours o;
	struct peer p;
	(void)state;
	open_ours(&o, PEER_UFRAG, PEER_PWD);
	open_peer(&p);
	check(&p, &o, true, HIGH);
	get_success(&p, o.local.pwd);
	assert_true(get(&p)); /* lost */
	get_nothing(&p);
	ts_fake_time_after(100 * TS_NS_PER_MS);
	assert_true(get(&p));
	answer(&p, &o, &p);
	assert_int_equal(o.state, TS_ICE_CONNECTED);
	assert_true(routed_to(&o, &p));
	ts_fake_time_after(2 * TS_NS_PER_S);
	get_nothing(&p);
	close_ours(&o);
	close(p.fd);
}

/* All that came; bytes. */
static size_t drain(struct peer *p, int *checks)
{
	size_t bytes = 0;
	for (*checks = 0; get(p); *checks += !p->got[0]) bytes += (size_t)p->len;
	return bytes;
}

/* A participant with the longest name that there is, whose checks say a short one and come "from" a
 * victim. */
static void no_more_goes_to_a_victim_than_three_times_what_came(void **state)
{
	char ufrag[TS_ICE_STR_MAX + 1] = "";
	struct ours o;
	struct peer victim;
	uint8_t bytes[1000];
	size_t heard = 0, said = 0;
	int checks, all = 0;
	(void)state;
	memset(ufrag, 'u', 256);
	open_ours(&o, ufrag, PEER_PWD);
	open_peer(&victim);
	for (int i = 0; i < 40; i++) { /* once, and every two seconds */
		if (i % 20 == 0) {
			const size_t n = make_check(
				&victim, bytes, o.local.ufrag, o.local.pwd, true, true, HIGH);
			send_bytes(&victim, bytes, n);
			heard += n;
		}
		said += drain(&victim, &checks);
		all += checks;
		if (said > 3 * heard) fail_msg("%d: %zu bytes for %zu", i, said, heard);
		if (i < 20) assert_int_equal(all, 0);
		ts_fake_time_after(100 * TS_NS_PER_MS);
	}
	assert_int_equal(all, 1); /* two have paid for it */
	/* what is nominated anew each second, from two addresses */
	struct peer other;
	open_peer(&other);
	for (int i = 0; i < 100; i++) {
		struct peer *from = i % 2 ? &other : &victim;
		const size_t n = make_check(
			from, bytes, o.local.ufrag, o.local.pwd, true, true, HIGH);
		send_bytes(from, bytes, n);
		heard += n;
		ts_fake_time_after(1001 * TS_NS_PER_MS);
		said += drain(&victim, &checks) + drain(&other, &checks);
		if (said > 3 * heard) fail_msg("%d: %zu bytes for %zu", i, said, heard);
	}
	close_ours(&o);
	close(victim.fd), close(other.fd);
}

/* Whose own checks are as long pays at once. */
static void the_longest_name_takes_no_longer(void **state)
{
	char ufrag[TS_ICE_STR_MAX + 1] = "", name[TS_ICE_STR_MAX + TS_CHECK_NAME + 2];
	struct ours o;
	struct peer p;
	uint8_t bytes[1000];
	StunMessage message;
	int checks;
	(void)state;
	memset(ufrag, 'u', 256);
	open_ours(&o, ufrag, PEER_PWD);
	open_peer(&p);
	snprintf(name, sizeof name, "%s:%s", o.local.ufrag, ufrag);
	const size_t n = stun_usage_ice_conncheck_create(&p.agent, &message, bytes, sizeof bytes,
		(uint8_t *)name, strlen(name), (const uint8_t *)o.local.pwd, strlen(o.local.pwd),
		true, true, HIGH, 1, NULL, STUN_USAGE_ICE_COMPATIBILITY_RFC5245);
	send_bytes(&p, bytes, n);
	drain(&p, &checks);
	assert_int_equal(checks, 1);
	close_ours(&o);
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
	connect_by(&o, &p);
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

/* Whoever says that they are where somebody else is takes nothing from them. */
static void an_address_stays_whose_it_is(void **state)
{
	struct ours a, b;
	struct peer p;
	(void)state;
	open_ours(&a, PEER_UFRAG, PEER_PWD);
	open_ours(&b, PEER_UFRAG, PEER_PWD);
	assert_string_not_equal(a.local.ufrag, b.local.ufrag);
	open_peer(&p);
	connect_by(&a, &p);
	for (int s = 0; s < 60; s++) {
		check(&p, &b, true, HIGH); /* as if from there */
		get_success(&p, b.local.pwd);
		send_bytes(&p,
			"\x80"
			"1",
			2);
		ts_fake_time_after(TS_NS_PER_S);
		while (get(&p)) /* b's means nothing there */
			if (!p.got[0] &&
				memmem(p.got, (size_t)p.len, a.local.ufrag, strlen(a.local.ufrag)))
				answer(&p, &a, &p);
	}
	assert_int_equal(b.state, TS_ICE_CONNECTING);
	assert_int_equal(a.state, TS_ICE_CONNECTED);
	assert_true(routed_to(&a, &p));
	assert_int_equal(a.received, 60);
	assert_int_equal(b.received, 0);
	/* and when they have gone it is anybody's */
	while (get(&p)) {}
	close_ours(&a);
	ts_fake_time_after(6 * TS_NS_PER_S);
	while (get(&p)) {}
	connect_by(&b, &p);
	send_bytes(&p,
		"\x80"
		"2",
		2);
	assert_int_equal(b.received, 1);
	close_ours(&b);
	close(p.fd);
}

/* A client with one address and port whose program began anew, and whose session of before nobody
 * ended. */
static void whoever_is_there_comes_again_at_once(void **state)
{
	struct ours a, b;
	struct peer p, q;
	(void)state;
	open_ours(&a, PEER_UFRAG, PEER_PWD);
	open_ours(&b, PEER_UFRAG, PEER_PWD);
	open_peer(&p), open_peer(&q);
	connect_by(&a, &p);
	check(&p, &b, false, HIGH); /* a side may check first and nominate then */
	get_success(&p, b.local.pwd);
	assert_true(get(&p));
	assert_true(routed_to(&a, &p));
	answer(&p, &b, &p);
	assert_true(routed_to(&b, &p));
	send_bytes(&p,
		"\x80"
		"1",
		2);
	assert_int_equal(a.received, 0);
	assert_int_equal(b.received, 1);
	/* nothing of a's goes there, though it may be found elsewhere */
	assert_false(ts_route_open(ts_ice_route(a.ice)));
	assert_int_equal(a.state, TS_ICE_CONNECTED);
	ts_fake_time_after(10 * TS_NS_PER_S);
	while (get(&p)) {
		assert_null(memmem(p.got, (size_t)p.len, a.local.ufrag, strlen(a.local.ufrag)));
		answer(&p, &b, &p);
	}
	connect_by(&a, &q);
	assert_true(routed_to(&b, &p));
	/* and else consent runs out */
	check(&q, &b, true, HIGH);
	get_success(&q, b.local.pwd);
	assert_true(get(&q));
	answer(&q, &b, &q);
	assert_true(routed_to(&b, &q));
	assert_false(ts_route_open(ts_ice_route(a.ice)));
	ts_fake_time_after(31 * TS_NS_PER_S);
	assert_int_equal(a.state, TS_ICE_FAILED);
	close_ours(&a), close_ours(&b);
	close(p.fd), close(q.fd);
}

/* Media go to another address when it has answered a check of ours, and not when somebody who knows
 * the password says that they are there. */
static void moving_is_proved(void **state)
{
	struct ours o;
	struct peer p, q, victim;
	const int64_t moved = ts_count_get(TS_C_ICE_MOVED);
	(void)state;
	open_ours(&o, PEER_UFRAG, PEER_PWD);
	open_peer(&p), open_peer(&q), open_peer(&victim);
	connect_by(&o, &p);
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
	/* one that is really there, though of less worth */
	ts_fake_time_set(ts_now_ns() + 1001 * TS_NS_PER_MS);
	check(&q, &o, true, LOW);
	get_success(&q, o.local.pwd);
	assert_true(get(&q));
	assert_true(routed_to(&o, &p));
	answer(&q, &o, &q);
	assert_true(routed_to(&o, &q));
	assert_int_equal(ts_count_get(TS_C_ICE_MOVED), moved + 1);
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
	assert_true(get(&low));
	answer(&low, &o, &low);
	assert_true(routed_to(&o, &low));
	ts_fake_time_set(ts_now_ns() + 100 * TS_NS_PER_MS);
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

/* What works is used until they say what they want, whatever that is worth. */
static void what_is_nominated_counts_more(void **state)
{
	struct ours o;
	struct peer p, low;
	(void)state;
	open_ours(&o, PEER_UFRAG, PEER_PWD);
	open_peer(&p), open_peer(&low);
	check(&p, &o, false, HIGH);
	get_success(&p, o.local.pwd);
	assert_true(get(&p));
	answer(&p, &o, &p);
	assert_true(routed_to(&o, &p));
	ts_fake_time_set(ts_now_ns() + 100 * TS_NS_PER_MS);
	check(&low, &o, false, LOW);
	get_success(&low, o.local.pwd);
	get_nothing(&low);
	check(&low, &o, true, LOW);
	get_success(&low, o.local.pwd);
	assert_true(get(&low));
	answer(&low, &o, &low);
	assert_true(routed_to(&o, &low));
	close_ours(&o);
	close(p.fd), close(low.fd);
}

static void a_restart_has_new_names_and_keeps_the_way(void **state)
{
	struct ours o;
	struct peer p;
	struct ts_ice_description before;
	(void)state;
	open_ours(&o, PEER_UFRAG, PEER_PWD);
	open_peer(&p);
	connect_by(&o, &p);
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

/* A minute in which they answer, or only check by themselves: anybody who saw a check may send it
 * again. */
static void consent_is_asked_for_and_runs_out(void **state)
{
	for (int answers = 0; answers < 2; answers++) {
		struct ours o;
		struct peer p;
		int asked = 0, s;
		(void)state;
		open_ours(&o, PEER_UFRAG, PEER_PWD);
		open_peer(&p);
		connect_by(&o, &p);
		for (s = 0; s < 60 && o.state == TS_ICE_CONNECTED; s++) {
			ts_fake_time_after(TS_NS_PER_S);
			while (get(&p)) {
				if (p.got[0]) continue;
				asked++;
				if (answers) answer(&p, &o, &p);
			}
			check(&p, &o, s % 2, HIGH);
			if (o.state == TS_ICE_CONNECTED) get_success(&p, o.local.pwd);
		}
		assert_int_equal(s, answers ? 60 : 30); /* to the second */
		assert_in_range(asked, answers ? 10 : 5, answers ? 15 : 8);
		for (s = 0; s < 30 && o.state == TS_ICE_CONNECTED; s++) {
			ts_fake_time_after(TS_NS_PER_S);
			check(&p, &o, s % 2, HIGH);
		}
		assert_int_equal(o.state, TS_ICE_FAILED);
		close_ours(&o);
		close(p.fd);
	}
}

/* What was asked of the address before is no consent of the one of now. */
static void consent_is_of_the_selected_address(void **state)
{
	struct ours o;
	struct peer p, q, asked;
	(void)state;
	open_ours(&o, PEER_UFRAG, PEER_PWD);
	open_peer(&p), open_peer(&q);
	connect_by(&o, &p);
	ts_fake_time_after(6 * TS_NS_PER_S);
	assert_true(get(&p));
	asked = p;
	check(&q, &o, true, HIGH);
	get_success(&q, o.local.pwd);
	assert_true(get(&q));
	answer(&q, &o, &q);
	assert_true(routed_to(&o, &q));
	ts_fake_time_after(4 * TS_NS_PER_S);
	answer(&asked, &o, &p);
	ts_fake_time_after(26 * TS_NS_PER_S);
	assert_int_equal(o.state, TS_ICE_FAILED);
	close_ours(&o);
	close(p.fd), close(q.fd);
}

/* Checks that are proved, sent again by somebody in a victim's name. */
static void proved_checks_are_answered_at_a_rate(void **state)
{
	struct ours o;
	struct peer p, victim;
	uint8_t bytes[1000];
	int replies = 0;
	(void)state;
	open_ours(&o, PEER_UFRAG, PEER_PWD);
	open_peer(&p), open_peer(&victim);
	connect_by(&o, &p);
	ts_fake_time_set(ts_now_ns() + TS_NS_PER_S);
	const size_t n = make_check(&p, bytes, o.local.ufrag, o.local.pwd, false, true, HIGH);
	const int64_t dropped = ts_count_get(TS_C_DROP_SOURCE);
	for (int i = 0; i < 300; i++) {
		send_bytes(&victim, bytes, n);
		while (get(&victim)) replies++;
	}
	assert_int_equal(replies, 101); /* once as a new one */
	assert_int_equal(ts_count_get(TS_C_DROP_SOURCE), dropped + 199);
	/* the selected address has its own */
	check(&p, &o, true, HIGH);
	get_success(&p, o.local.pwd);
	ts_fake_time_set(ts_now_ns() + TS_NS_PER_S);
	for (int i = 0; i < 300; i++) {
		send_bytes(&victim, bytes, n);
		while (get(&victim)) replies++;
	}
	assert_int_equal(replies, 151);
	close_ours(&o);
	close(p.fd), close(victim.fd);
}

/* New ones have a bound of their own, for who knows the password. */
static void new_checks_are_answered_at_a_rate(void **state)
{
	struct ours o;
	struct peer p, q;
	int replies[2] = {0, 0};
	(void)state;
	open_ours(&o, PEER_UFRAG, PEER_PWD);
	open_peer(&p), open_peer(&q);
	connect_by(&o, &p);
	ts_fake_time_set(ts_now_ns() + 3 * TS_NS_PER_S);
	for (int i = 0; i < 300; i++) {
		check(&q, &o, false, HIGH);
		while (get(&q)) replies[0]++;
	}
	for (int i = 0; i < 300; i++) {
		check(&p, &o, false, HIGH);
		while (get(&p)) replies[1]++;
	}
	assert_int_equal(replies[0], 100);
	assert_int_equal(replies[1], 100);
	close_ours(&o);
	close(p.fd), close(q.fd);
}

/* A check that somebody saw, sent again without end, as from elsewhere and as from the peer. */
static void the_peers_own_are_answered_whoever_repeats_them(void **state)
{
	struct ours o;
	struct peer p, moved, replayer;
	uint8_t bytes[1000];
	(void)state;
	open_ours(&o, PEER_UFRAG, PEER_PWD);
	open_peer(&p), open_peer(&moved), open_peer(&replayer);
	connect_by(&o, &p);
	ts_fake_time_set(ts_now_ns() + 3 * TS_NS_PER_S);
	const size_t n = make_check(&p, bytes, o.local.ufrag, o.local.pwd, false, true, HIGH);
	send_bytes(&p, bytes, n);
	get_success(&p, o.local.pwd);
	for (int i = 0; i < 300; i++) send_bytes(&replayer, bytes, n);
	for (int i = 0; i < 300; i++) send_bytes(&p, bytes, n);
	while (get(&p)) {}
	for (int i = 0; i < 30; i++) { /* more than libnice would do */
		check(&p, &o, false, HIGH);
		get_success(&p, o.local.pwd);
		send_bytes(&replayer, bytes, n);
	}
	/* and it can go elsewhere */
	check(&moved, &o, true, HIGH);
	get_success(&moved, o.local.pwd);
	assert_true(get(&moved));
	answer(&moved, &o, &moved);
	assert_true(routed_to(&o, &moved));
	close_ours(&o);
	close(p.fd), close(moved.fd), close(replayer.fd);
}

/* From "a socket of ours": two sessions that know each other's passwords would have us talk to
 * ourselves. */
static void our_own_sockets_are_no_peers(void **state)
{
	struct ours o;
	struct peer p;
	struct sockaddr_storage at = {0};
	(void)state;
	open_ours(&o, PEER_UFRAG, PEER_PWD);
	open_peer(&p);
	memcpy(&at, &p.at, sizeof p.at);
	ts_own_address_add(host.own, &at);
	check(&p, &o, true, HIGH);
	get_nothing(&p);
	send_bytes(&p,
		"\x80"
		"1",
		2);
	assert_int_equal(o.received, 0);
	ts_own_address_remove(host.own, &at);
	connect_by(&o, &p);
	close_ours(&o);
	close(p.fd);
}

static void what_is_too_long_is_counted(void **state)
{
	static const uint8_t jumbo[9000] = {0x80};
	struct ours o;
	struct peer p;
	(void)state;
	open_ours(&o, PEER_UFRAG, PEER_PWD);
	open_peer(&p);
	connect_by(&o, &p);
	const int64_t dropped = ts_count_get(TS_C_DROP_UNKNOWN);
	send_bytes(&p, jumbo, sizeof jumbo);
	assert_int_equal(o.received, 0);
	assert_int_equal(ts_count_get(TS_C_DROP_UNKNOWN), dropped + 1);
	close_ours(&o);
	close(p.fd);
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

/* Eight checks that somebody saw and sends again, each from another address. */
static void the_selected_address_stays(void **state)
{
	struct ours o;
	struct peer p, replayer[TS_PORT_PEERS + 1];
	uint8_t bytes[1000];
	(void)state;
	open_ours(&o, PEER_UFRAG, PEER_PWD);
	open_peer(&p);
	connect_by(&o, &p);
	ts_fake_time_set(ts_now_ns() + TS_NS_PER_MS);
	const size_t n = make_check(&p, bytes, o.local.ufrag, o.local.pwd, false, true, HIGH);
	for (int i = 0; i < TS_PORT_PEERS + 1; i++) {
		open_peer(&replayer[i]);
		send_bytes(&replayer[i], bytes, n);
		ts_fake_time_set(ts_now_ns() + TS_NS_PER_MS);
	}
	send_bytes(&p,
		"\x80"
		"1",
		2);
	assert_int_equal(o.received, 1);
	close_ours(&o);
	for (int i = 0; i < TS_PORT_PEERS + 1; i++) close(replayer[i].fd);
	close(p.fd);
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

/* ---- addresses that come and go */

static void set_address(size_t i, const char *text)
{
	free(host.address[i]);
	host.address[i] = strdup(text);
}

/* Of a second address, the socket that a session's candidate was told for. */
static bool is_bound(const char *text)
{
	struct sockaddr_storage a;
	ts_address_parse(&a, text, ts_address_port(&where));
	const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	const int err = bind(fd, (struct sockaddr *)&a, ts_address_len(&a)) ? errno : 0;
	close(fd);
	return err == EADDRINUSE;
}

static int setup_two(void **state)
{
	static const char *const address[] = {"127.0.0.1", "127.0.0.2"};
	const struct ts_ice_host_config config = {.addresses = address, .n_addresses = 2};
	(void)state;
	ts_fake_time_watch();
	assert_int_equal(ts_ice_host_init(&host, &config), 0);
	assert_int_equal(ts_loop_create(&loop, "net"), 0);
	set_address(1, "192.0.2.77"); /* listed, and not to be bound: as IPv6 is for a second */
	int err = TS_EIO;
	for (uint16_t number = 31000; err && number < 31100; number++)
		err = ts_ice_port_create(&port, loop, &host, number);
	assert_int_equal(err, 0);
	return 0;
}

static void an_address_may_come_later(void **state)
{
	struct ours a, b, c, d;
	struct peer p;
	(void)state;
	open_ours(&a, PEER_UFRAG, PEER_PWD);
	assert_int_equal(a.local.n_candidates, 1);
	set_address(1, "127.0.0.2");
	open_ours(&b, PEER_UFRAG, PEER_PWD);
	assert_int_equal(b.local.n_candidates, 2);
	assert_true(is_bound("127.0.0.2"));
	where = b.local.candidate[1].address;
	open_peer(&p);
	connect_by(&b, &p);
	/* gone, but somebody is there */
	set_address(1, "192.0.2.77");
	open_ours(&c, PEER_UFRAG, PEER_PWD);
	assert_int_equal(c.local.n_candidates, 1);
	assert_true(is_bound("127.0.0.2"));
	where = b.local.candidate[1].address;
	send_bytes(&p,
		"\x80"
		"1",
		2);
	assert_int_equal(b.received, 1);
	/* and nobody more */
	close_ours(&b);
	open_ours(&d, PEER_UFRAG, PEER_PWD);
	assert_int_equal(d.local.n_candidates, 1);
	assert_false(is_bound("127.0.0.2"));
	close_ours(&a), close_ours(&c), close_ours(&d);
	close(p.fd);
}

/* A hundred times, with more addresses than there are places for. */
static void addresses_that_change_leave_nothing(void **state)
{
	struct ours o;
	struct peer p;
	char text[32];
	(void)state;
	for (int i = 0; i < 100; i++) {
		snprintf(text, sizeof text, "127.0.1.%d", i + 1);
		set_address(1, text);
		open_ours(&o, PEER_UFRAG, PEER_PWD);
		assert_int_equal(o.local.n_candidates, 2);
		where = o.local.candidate[1].address;
		open_peer(&p);
		check(&p, &o, true, HIGH); /* a check of ours is under way */
		close_ours(&o);
		close(p.fd);
	}
	set_address(1, "192.0.2.77");
	open_ours(&o, PEER_UFRAG, PEER_PWD);
	for (int i = 0; i < 100; i++) {
		snprintf(text, sizeof text, "127.0.1.%d", i + 1);
		assert_false(is_bound(text));
	}
	close_ours(&o);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_check_that_is_answered_connects),
		TEST(the_first_address_is_proved_too),
		TEST(a_lost_check_is_sent_again),
		TEST(no_more_goes_to_a_victim_than_three_times_what_came),
		TEST(the_longest_name_takes_no_longer),
		TEST(strangers_get_no_answer),
		TEST(who_says_that_they_are_controlled_are_told),
		TEST(an_address_stays_whose_it_is),
		TEST(whoever_is_there_comes_again_at_once),
		TEST(moving_is_proved),
		TEST(of_several_that_are_nominated_the_best_is_taken),
		TEST(what_is_nominated_counts_more),
		TEST(a_restart_has_new_names_and_keeps_the_way),
		TEST(consent_is_asked_for_and_runs_out),
		TEST(consent_is_of_the_selected_address),
		TEST(proved_checks_are_answered_at_a_rate),
		TEST(new_checks_are_answered_at_a_rate),
		TEST(the_peers_own_are_answered_whoever_repeats_them),
		TEST(our_own_sockets_are_no_peers),
		TEST(what_is_too_long_is_counted),
		TEST(the_oldest_address_makes_room),
		TEST(the_selected_address_stays),
		TEST(a_port_that_is_taken_is_told),
		cmocka_unit_test_setup_teardown(an_address_may_come_later, setup_two, teardown),
		cmocka_unit_test_setup_teardown(
			addresses_that_change_leave_nothing, setup_two, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
