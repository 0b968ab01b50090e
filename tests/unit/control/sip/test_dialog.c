/* Where requests of a call go: never further than the other side's host, or where sip.dial lets
 * calls go. */
#include "control/sip/dialog.h"
#include <glib.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct sip_msg *message(
	const char *first, const char *contact, const char *routes, const char *source)
{
	struct mbuf *mb = mbuf_alloc(2000);
	struct sip_msg *msg = NULL;
	assert_non_null(mb);
	mbuf_printf(mb,
		"%s\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\nFrom: <sip:a@h>;tag=theirs\r\n"
		"To: <sip:b@h>\r\nCall-ID: c1\r\nCSeq: 7 "
		"INVITE\r\n%sContact: <%s>\r\nContent-Length: 0\r\n\r\n",
		first, routes, contact);
	mbuf_set_pos(mb, 0);
	assert_int_equal(sip_msg_decode(&msg, mb), 0);
	mem_deref(mb);
	assert_int_equal(sa_decode(&msg->src, source, strlen(source)), 0);
	msg->tp = SIP_TRANSP_UDP;
	return msg;
}

#define OWN "198.51.100.7:4567"
#define RR(uri) "Record-Route: <" uri ">\r\n"

static const struct {
	const char *contact, *routes, *incoming, *dialled; /* where to; "": the source, OWN */
} rows[] = {
	{"sip:a@198.51.100.7:5060", "", "198.51.100.7:5060", "198.51.100.7:5060"},
	{"sip:a@198.51.100.7", "", "198.51.100.7:5060", "198.51.100.7:5060"},
	{"sip:a@192.168.1.5:5060", "", "", ""}, /* behind NAT */
	/* a third host; sip.dial names another */
	{"sip:a@203.0.113.9:5060", "", "", ""},
	{"sip:a@192.0.2.1:5060", "", "", "192.0.2.1:5060"}, /* one that sip.dial names */
	{"sip:a@127.0.0.1:5060", "", "", ""},
	{"sip:a@169.254.169.254", "", "", ""},
	{"sip:a@198.51.100.7:22;transport=tcp", "", "", ""}, /* another service there */
	{"sip:a@evil.example.org", "", "", ""},              /* nothing is looked up */
	{"sip:a@192.168.1.5", RR("sip:198.51.100.7:5070;lr"), "198.51.100.7:5070",
		"198.51.100.7:5070"},
	{"sip:a@198.51.100.7", RR("sip:203.0.113.9;lr"), "", ""},
	{"sip:a@198.51.100.7", RR("sip:proxy.example.org;lr"), "", ""},
	{"sip:a@198.51.100.7;maddr=203.0.113.9", "", "198.51.100.7:5060", "198.51.100.7:5060"},
};

static void check(size_t i, struct ts_sip_dialog *dialog, const char *want)
{
	static const char *const rules[] = {"192.0.2.0/24"};
	const struct ts_sip_target_policy policy = {.rules = rules, .n_rules = 1};
	char to[80];
	const struct ts_sip_hop hop = ts_sip_dialog_hop(dialog, &policy);
	re_snprintf(to, sizeof(to), "%J", &hop.addr);
	if (strcmp(to, *want ? want : OWN))
		fail_msg("%s %s: %s", rows[i].contact, rows[i].routes, to);
	/* whoever is on the way must see whom it is for */
	const struct pl target = {dialog->target, strlen(dialog->target)};
	assert_int_equal(pl_strcmp(&target, rows[i].contact), 0);
}

static void goes_no_further(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sip_msg *invite = message(
			"INVITE sip:b@h SIP/2.0", rows[i].contact, rows[i].routes, OWN);
		struct sip_msg *ok = message(
			"SIP/2.0 200 OK", rows[i].contact, rows[i].routes, OWN);
		struct ts_sip_dialog *in = ts_sip_dialog_accept(invite),
				     *out = ts_sip_dialog_alloc("sip:b@h", "", "sip:a@h");
		assert_non_null(in);
		assert_non_null(out);
		assert_true(ts_sip_dialog_establish(out, ok));
		check(i, in, rows[i].incoming);
		check(i, out, rows[i].dialled);
		ts_sip_dialog_free(in);
		ts_sip_dialog_free(out);
		mem_deref(invite);
		mem_deref(ok);
	}
}

static void keeps_routes_in_order(void **state)
{
	(void)state;
	static const char routes[] = RR("sip:one;lr") RR("sip:two;lr");
	struct sip_msg *invite = message("INVITE sip:b@h SIP/2.0", "sip:a@h", routes, OWN),
		       *ok = message("SIP/2.0 200 OK", "sip:a@h", routes, OWN);
	struct ts_sip_dialog *in = ts_sip_dialog_accept(invite),
			     *out = ts_sip_dialog_alloc("sip:b@h", "", "sip:a@h");
	assert_true(ts_sip_dialog_establish(out, ok));
	assert_string_equal(in->routes, "Route: <sip:one;lr>\r\nRoute: <sip:two;lr>\r\n");
	assert_string_equal(out->routes, "Route: <sip:two;lr>\r\nRoute: <sip:one;lr>\r\n");
	ts_sip_dialog_free(in);
	ts_sip_dialog_free(out);
	mem_deref(invite);
	mem_deref(ok);
}

/* RFC 3261 12.2.1.1: a first route without lr is the URI, and the target goes last. */
static void a_strict_router_gets_its_own_uri(void **state)
{
	static const struct {
		const char *routes, *uri, *first, *last;
	} routing[] = {
		{"", "sip:a@h", "", ""},
		{RR("sip:one;lr"), "sip:a@h", "Route: <sip:one;lr>\r\n", ""},
		{RR("sip:one;lr=on"), "sip:a@h", "Route: <sip:one;lr=on>\r\n", ""},
		{"Record-Route: sip:one;lr\r\n", "sip:a@h", "Route: sip:one;lr\r\n", ""},
		{RR("sip:one"), "sip:one", "", "Route: <sip:a@h>\r\n"},
		{RR("sip:one") RR("sip:two;lr"), "sip:one", "Route: <sip:two;lr>\r\n",
			"Route: <sip:a@h>\r\n"},
		{RR("sip:one;lr") RR("sip:two"), "sip:a@h",
			"Route: <sip:one;lr>\r\nRoute: <sip:two>\r\n", ""},
		/* what may stand in no Request-URI is none */
		{RR("sip:one?x=y"), "sip:a@h", "Route: <sip:one?x=y>\r\n", ""},
		{RR("tel:+1"), "sip:a@h", "Route: <tel:+1>\r\n", ""},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(routing) / sizeof(routing[0]); i++) {
		struct sip_msg *invite = message(
			"INVITE sip:b@h SIP/2.0", "sip:a@h", routing[i].routes, OWN);
		struct ts_sip_dialog *in = ts_sip_dialog_accept(invite);
		assert_non_null(in);
		char *last = ts_sip_dialog_last_route(in);
		assert_string_equal(ts_sip_dialog_uri(in), routing[i].uri);
		assert_string_equal(in->routes, routing[i].first);
		assert_string_equal(last, routing[i].last);
		assert_string_equal(in->target, "sip:a@h");
		g_free(last);
		ts_sip_dialog_free(in);
		mem_deref(invite);
	}
}

static void knows_its_own(void **state)
{
	(void)state;
	struct sip_msg *invite = message("INVITE sip:b@h SIP/2.0", "sip:a@h", "", OWN);
	struct ts_sip_dialog *in = ts_sip_dialog_accept(invite);
	assert_false(ts_sip_dialog_is(in, invite)); /* no tag of ours */
	invite->to.tag.p = in->local_tag;
	invite->to.tag.l = strlen(in->local_tag);
	assert_true(ts_sip_dialog_is(in, invite));
	assert_false(ts_sip_dialog_seq_ok(in, invite)); /* the INVITE's own number */
	invite->cseq.num = 6;
	assert_false(ts_sip_dialog_seq_ok(in, invite));
	invite->cseq.num = 9; /* one was refused elsewhere */
	assert_true(ts_sip_dialog_seq_ok(in, invite));
	assert_false(ts_sip_dialog_seq_ok(in, invite));
	invite->from.tag.l--;
	assert_false(ts_sip_dialog_is(in, invite));
	ts_sip_dialog_free(in);
	mem_deref(invite);
}

/* Theirs begin with any number, 0 as well; ours say nothing of them. */
static void numbers_of_whom_we_called(void **state)
{
	(void)state;
	struct sip_msg *request = message("INVITE sip:b@h SIP/2.0", "sip:a@h", "", OWN);
	struct ts_sip_dialog *out = ts_sip_dialog_alloc("sip:b@h", "", "sip:a@h");
	request->cseq.num = 0;
	assert_true(ts_sip_dialog_seq_ok(out, request));
	assert_false(ts_sip_dialog_seq_ok(out, request));
	request->cseq.num = 1;
	assert_true(ts_sip_dialog_seq_ok(out, request));
	ts_sip_dialog_free(out);
	mem_deref(request);
}

/* Without sip.dial every address may be called, but a private one of somebody else's network leads
 * nowhere. */
static void answers_the_way_it_came(void **state)
{
	static const struct {
		const char *source, *contact, *to;
	} ways[] = {
		{OWN, "sip:a@192.168.1.5:5060", OWN},
		{OWN, "sip:a@10.0.0.5", OWN},
		{OWN, "sip:a@172.16.9.5:6000", OWN},
		{OWN, "sip:a@100.64.0.1", OWN},
		{OWN, "sip:a@[fd00::5]:5060", OWN},
		{OWN, "sip:a@203.0.113.9:5060", "203.0.113.9:5060"},
		{"10.1.0.1:5060", "sip:a@192.168.1.5:5060", "192.168.1.5:5060"},
		{"10.1.0.1:5060", "sip:a@[::ffff:c0a8:105]:5060", "192.168.1.5:5060"},
		{OWN, "sip:a@[::ffff:c633:6407]:5062", "198.51.100.7:5062"},
		{OWN, "sip:a@[::ffff:a00:5]:5062", OWN},
		{OWN, "sip:a@[::ffff:198.51.100.7]:5062", OWN}, /* libre cannot read it */
		{"[2001:db8::7]:5060", "sip:a@[fd00::5]:5060", "[2001:db8::7]:5060"},
		{"[2001:db8::7]:5060", "sip:a@[2001:db8::8]:5060", "[2001:db8::8]:5060"},
	};
	const struct ts_sip_target_policy policy = {.rules = NULL};
	char to[80];
	(void)state;
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		struct sip_msg *ok = message("SIP/2.0 200 OK", ways[i].contact, "", ways[i].source);
		struct ts_sip_dialog *out = ts_sip_dialog_alloc("sip:b@h", "", "sip:a@h");
		assert_true(ts_sip_dialog_establish(out, ok));
		const struct ts_sip_hop hop = ts_sip_dialog_hop(out, &policy);
		re_snprintf(to, sizeof(to), "%J", &hop.addr);
		if (strcmp(to, ways[i].to) != 0)
			fail_msg("%s from %s: %s", ways[i].contact, ways[i].source, to);
		ts_sip_dialog_free(out);
		mem_deref(ok);
	}
}

static void refuses_contacts(void **state)
{
	(void)state;
	static const char *const bad[] = {"tel:+4930", "http://h", "sip:", "mailto:a@h"};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct sip_msg *invite = message("INVITE sip:b@h SIP/2.0", bad[i], "", OWN);
		if (ts_sip_dialog_accept(invite)) fail_msg("%s", bad[i]);
		mem_deref(invite);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(goes_no_further),
		cmocka_unit_test(keeps_routes_in_order),
		cmocka_unit_test(a_strict_router_gets_its_own_uri), cmocka_unit_test(knows_its_own),
		cmocka_unit_test(numbers_of_whom_we_called),
		cmocka_unit_test(answers_the_way_it_came), cmocka_unit_test(refuses_contacts)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
