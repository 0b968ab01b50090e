/* Phones that register: their contacts, and who may have how many. */
#include "control/sip/bindings.h"
#include "tests/unit/base/cmocka_all.h"
#include <glib.h>
#include <string.h>

#define S 1000000000LL

static char told[2048];

static void on_changed(void *arg, const struct ts_binding *b)
{
	char line[600];
	(void)arg;
	g_snprintf(
		line, sizeof(line), "%s %s %s;", b->user, b->uri, b->expires_ns ? b->hop : "gone");
	g_strlcat(told, line, sizeof(told));
}

static enum ts_bindings_verdict apply(struct ts_bindings *b, const char *user, uint32_t cseq,
	const char *uris, int64_t expires_s, int64_t now_s)
{
	struct ts_binding_contact contact[TS_BINDINGS_AT_ONCE] = {0};
	struct ts_binding_request r = {.user = user,
		.call_id = user,
		.address = "10.0.0.1",
		.hop = "udp 10.0.0.1:5060",
		.agent = "",
		.cseq = cseq,
		.contact = contact};
	*told = '\0';
	if (!strcmp(uris, "*")) {
		r.all_gone = true;
	} else {
		g_auto(GStrv) one = g_strsplit(uris, ",", -1);
		for (; one[r.n]; r.n++) {
			g_strlcpy(contact[r.n].uri, one[r.n], sizeof(contact[r.n].uri));
			contact[r.n].expires_s = expires_s;
			contact[r.n].q = 1000;
		}
	}
	return ts_bindings_apply(b, &r, now_s * S, on_changed, NULL);
}

static void keeps_contacts(void **state)
{
	(void)state;
	struct ts_bindings *b = ts_bindings_new();
	assert_int_equal(apply(b, "a", 1, "sip:1@h", 60, 0), TS_BINDINGS_OK);
	assert_string_equal(told, "a sip:1@h udp 10.0.0.1:5060;");
	assert_int_equal(apply(b, "a", 1, "sip:2@h", 60, 1), TS_BINDINGS_OLD); /* 10.3 step 7 */
	assert_int_equal(apply(b, "a", 2, "sip:2@h,sip:3@h", 60, 1), TS_BINDINGS_OK);
	assert_non_null(ts_bindings_of(b, "a", 2, 59 * S));
	assert_null(ts_bindings_of(b, "a", 3, 59 * S));
	assert_string_equal(ts_bindings_of(b, "a", 0, 60 * S)->uri, "sip:2@h"); /* 1 ran out */
	assert_int_equal(apply(b, "a", 3, "sip:2@h", 0, 2), TS_BINDINGS_OK);
	assert_string_equal(told, "a sip:2@h gone;");
	assert_int_equal(apply(b, "b", 1, "sip:1@h", 60, 2), TS_BINDINGS_OK);
	assert_int_equal(apply(b, "a", 4, "*", 0, 2), TS_BINDINGS_OK);
	assert_null(ts_bindings_of(b, "a", 0, 3 * S));
	assert_non_null(ts_bindings_of(b, "b", 0, 3 * S)); /* another user's stay */
	ts_bindings_free(b);
}

static enum ts_bindings_verdict apply_as(
	struct ts_bindings *b, const char *value, uint32_t cseq, int64_t expires_s)
{
	struct ts_binding_contact contact;
	assert_true(ts_binding_contact_read(&contact, value, strlen(value)));
	contact.expires_s = expires_s;
	const struct ts_binding_request r = {.user = "a",
		.call_id = "other", /* of each start another */
		.address = "10.0.0.1",
		.hop = "udp 10.0.0.1:5060",
		.agent = "",
		.cseq = cseq,
		.contact = &contact,
		.n = 1};
	*told = '\0';
	return ts_bindings_apply(b, &r, 0, on_changed, NULL);
}

/* A phone that is started again has another Contact, often by another port. */
static void a_phone_moves(void **state)
{
	char value[200];
	struct ts_bindings *b = ts_bindings_new();
	(void)state;
	for (uint32_t i = 1; i < 4 * TS_BINDINGS_PER_USER; i++) {
		g_snprintf(value, sizeof(value),
			"<sip:%u@h>;x=\";+sip.instance=no\"; "
			"+SIP.instance=\"<urn:uuid:1;2>\";reg-id=1",
			i);
		assert_int_equal(apply_as(b, value, i, 60), TS_BINDINGS_OK);
		if (i > 1) assert_non_null(strstr(told, " gone;a sip:"));
	}
	assert_string_equal(ts_bindings_of(b, "a", 0, S)->uri, "sip:15@h");
	assert_null(ts_bindings_of(b, "a", 1, S));
	/* another flow of it, another phone, one that says nothing */
	assert_int_equal(apply_as(b, "<sip:f@h>;+sip.instance=\"<urn:uuid:1;2>\";reg-id=2", 20, 60),
		TS_BINDINGS_OK);
	assert_int_equal(
		apply_as(b, "<sip:p@h>;+sip.instance=\"<urn:uuid:3>\"", 21, 60), TS_BINDINGS_OK);
	assert_int_equal(apply_as(b, "<sip:n@h>", 22, 60), TS_BINDINGS_OK);
	assert_string_equal(ts_bindings_of(b, "a", 3, S)->uri, "sip:n@h");
	assert_int_equal(apply_as(b, "<sip:m@h>", 23, 60), TS_BINDINGS_FULL);
	/* back where it was, and gone from where it is not */
	assert_int_equal(
		apply_as(b, "<sip:p2@h>;+sip.instance=\"<urn:uuid:3>\"", 24, 0), TS_BINDINGS_OK);
	assert_string_equal(told, "");
	assert_int_equal(
		apply_as(b, "<sip:p2@h>;+sip.instance=\"<urn:uuid:3>\"", 25, 60), TS_BINDINGS_OK);
	assert_string_equal(told, "a sip:p@h gone;a sip:p2@h udp 10.0.0.1:5060;");
	/* one that is too long is none */
	memset(value, 'x', sizeof(value) - 1);
	memcpy(value, "<sip:l@h>;+sip.instance=", 24);
	value[sizeof(value) - 1] = '\0';
	struct ts_binding_contact contact;
	assert_true(ts_binding_contact_read(&contact, value, strlen(value)));
	assert_string_equal(contact.device, "");
	ts_bindings_free(b);
}

/* The connection that they came over is gone. */
static void forgets_a_way(void **state)
{
	(void)state;
	struct ts_bindings *b = ts_bindings_new();
	apply(b, "a", 1, "sip:1@h", 60, 0);
	apply(b, "b", 1, "sip:2@h", 60, 0);
	*told = '\0';
	ts_bindings_forget(b, "tcp 10.0.0.1:5060", on_changed, NULL);
	assert_string_equal(told, "");
	ts_bindings_forget(b, "udp 10.0.0.1:5060", on_changed, NULL);
	assert_string_equal(told, "b sip:2@h gone;a sip:1@h gone;");
	assert_null(ts_bindings_of(b, "a", 0, 1 * S));
	ts_bindings_free(b);
}

static void is_bounded(void **state)
{
	(void)state;
	struct ts_bindings *b = ts_bindings_new();
	assert_int_equal(apply(b, "a", 1, "1,2,3,4,5", 60, 0), TS_BINDINGS_FULL);
	assert_string_equal(told, ""); /* all, or none */
	assert_int_equal(apply(b, "a", 1, "1,2,3,4", 60, 0), TS_BINDINGS_OK);
	assert_int_equal(apply(b, "a", 2, "5", 60, 1), TS_BINDINGS_FULL);
	assert_int_equal(apply(b, "a", 2, "4", 60, 1), TS_BINDINGS_OK);  /* renewed */
	assert_int_equal(apply(b, "a", 3, "5", 60, 60), TS_BINDINGS_OK); /* the others ran out */
	int taken = 0;
	for (int i = 0; i < 40; i++) {
		char user[16];
		g_snprintf(user, sizeof(user), "u%d", i);
		taken += apply(b, user, 1, "1,2", 60, 61) == TS_BINDINGS_OK;
	}
	assert_int_equal(taken, (TS_BINDINGS_PER_ADDRESS - 2) / 2);
	ts_bindings_free(b);
}

/* Contacts "uri device", each with its expires_s. */
struct said {
	const char *uri, *device;
	int64_t expires_s;
};
static enum ts_bindings_verdict say(struct ts_bindings *b, const char *user, const char *address,
	uint32_t cseq, const struct said *said, size_t n)
{
	struct ts_binding_contact contact[TS_BINDINGS_AT_ONCE] = {0};
	const struct ts_binding_request r = {.user = user,
		.call_id = user,
		.address = address,
		.hop = "udp 10.0.0.1:5060",
		.agent = "",
		.cseq = cseq,
		.contact = contact,
		.n = n};
	for (size_t i = 0; i < n; i++) {
		g_strlcpy(contact[i].uri, said[i].uri, sizeof(contact[i].uri));
		g_strlcpy(contact[i].device, said[i].device, sizeof(contact[i].device));
		contact[i].expires_s = said[i].expires_s;
	}
	*told = '\0';
	return ts_bindings_apply(b, &r, 0, on_changed, NULL);
}

static size_t count(const struct ts_bindings *b, const char *user)
{
	size_t n = 0;
	while (ts_bindings_of(b, user, n, 0)) n++;
	return n;
}

/* A contact that a device left, and that is named again behind it, is one more. */
static void moving_makes_no_room_twice(void **state)
{
	static const struct said begin[] = {{"1", "d1", 60}, {"2", "d2", 60}, {"3", "d3", 60},
		{"4", "d4", 60}},
				 more[] = {{"x1", "d1", 60}, {"1", "", 60}, {"x2", "d2", 60},
					 {"2", "", 60}, {"x3", "d3", 60}, {"3", "", 60},
					 {"x4", "d4", 60}, {"4", "", 60}},
				 swap[] = {{"2", "d1", 60}, {"1", "d2", 60}, {"5", "", 60},
					 {"3", "", 0}, {"4", "", 0}, {"6", "", 60}};
	struct ts_bindings *b = ts_bindings_new();
	(void)state;
	assert_int_equal(say(b, "a", "10.0.0.1", 1, begin, 4), TS_BINDINGS_OK);
	for (size_t n = 2; n <= 8; n += 2) {
		assert_int_equal(say(b, "a", "10.0.0.1", 2, more, n), TS_BINDINGS_FULL);
		assert_string_equal(told, "");
	}
	assert_int_equal(count(b, "a"), 4);
	assert_int_equal(say(b, "a", "10.0.0.1", 2, more, 1), TS_BINDINGS_OK);
	assert_int_equal(say(b, "a", "10.0.0.1", 3, begin, 4), TS_BINDINGS_OK); /* and back */
	/* what goes makes room, wherever it stands */
	assert_int_equal(say(b, "a", "10.0.0.1", 4, swap, 6), TS_BINDINGS_OK);
	assert_int_equal(count(b, "a"), 4);
	ts_bindings_free(b);
}

/* With all places taken, and by one user more than there are. */
static void what_is_there_is_always_refreshed(void **state)
{
	static const struct said one[] = {{"1", "d1", 60}}, moved[] = {{"x1", "d1", 60}},
				 more[] = {{"x1", "d1", 60}, {"1", "", 60}},
				 two[] = {{"2", "", 60}}, gone[] = {{"1", "", 0}};
	char user[16], address[16];
	struct ts_bindings *b = ts_bindings_new();
	(void)state;
	for (int i = 0; i < TS_BINDINGS_MAX; i++) {
		g_snprintf(user, sizeof(user), "u%d", i);
		g_snprintf(address, sizeof(address), "10.0.1.%d", i / TS_BINDINGS_PER_ADDRESS);
		assert_int_equal(say(b, user, address, 1, one, 1), TS_BINDINGS_OK);
	}
	assert_int_equal(say(b, "u0", "10.0.0.9", 2, more, 2), TS_BINDINGS_FULL);
	assert_int_equal(say(b, "u0", "10.0.0.9", 2, two, 1), TS_BINDINGS_FULL);
	assert_int_equal(say(b, "u0", "10.0.0.9", 2, moved, 1), TS_BINDINGS_OK);
	/* all people of a house that has got another address */
	for (int i = 1; i < 2 * TS_BINDINGS_PER_ADDRESS; i++) {
		g_snprintf(user, sizeof(user), "u%d", i);
		assert_int_equal(say(b, user, "10.0.0.9", 2, one, 1), TS_BINDINGS_OK);
		assert_int_equal(say(b, user, "10.0.0.9", 3, one, 1), TS_BINDINGS_OK);
	}
	assert_int_equal(say(b, "u1", "10.0.0.9", 4, moved, 1), TS_BINDINGS_OK);
	assert_int_equal(say(b, "u2", "10.0.0.9", 4, gone, 1), TS_BINDINGS_OK);
	assert_int_equal(say(b, "new", "10.0.0.9", 1, one, 1), TS_BINDINGS_FULL);
	assert_int_equal(say(b, "new", "10.0.0.8", 1, one, 1), TS_BINDINGS_OK);
	ts_bindings_free(b);
}

static void reads_contacts(void **state)
{
	(void)state;
	static const struct {
		const char *value, *uri; /* NULL: refused */
		int q, expires_s;
	} rows[] = {{"<sip:a@h:5060;transport=tcp>;q=0.7;expires=60", "sip:a@h:5060;transport=tcp",
			    700, 60},
		{"\"A\" <sips:a@h>", "sips:a@h", 1000, -1},
		{"sip:a@h;expires=5", "sip:a@h", 1000, 5}, {"<sip:a@h>;q=1.0", "sip:a@h", 1000, -1},
		{"<sip:a@h>;q=0.123", "sip:a@h", 123, -1}, {"<sip:a@h>;q=9", "sip:a@h", 0, -1},
		{"<sip:a@h>;q=1.9", "sip:a@h", 1000, -1},
		{"<sip:a@h>;expires=x", "sip:a@h", 1000, -1},
		{"<sip:a@h>;expires=99999999999999999999", "sip:a@h", 1000, -2},
		{"<tel:+49>", NULL, 0, 0}, {"<http://h>", NULL, 0, 0}, {"*", NULL, 0, 0},
		{"", NULL, 0, 0}, {"<sip:>", NULL, 0, 0}, {"<sip:a b@h>", NULL, 0, 0}};
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		struct ts_binding_contact c;
		bool ok = ts_binding_contact_read(&c, rows[i].value, strlen(rows[i].value));
		if (ok != (rows[i].uri != NULL)) fail_msg("%s: %d", rows[i].value, ok);
		if (!ok) continue;
		const int64_t expires_s = rows[i].expires_s == -2 ? (int64_t)UINT32_MAX
								  : rows[i].expires_s;
		if (strcmp(c.uri, rows[i].uri) != 0 || c.q != rows[i].q || c.expires_s != expires_s)
			fail_msg("%s: %s %d %d", rows[i].value, c.uri, c.q, (int)c.expires_s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(keeps_contacts),
		cmocka_unit_test(a_phone_moves), cmocka_unit_test(forgets_a_way),
		cmocka_unit_test(is_bounded), cmocka_unit_test(moving_makes_no_room_twice),
		cmocka_unit_test(what_is_there_is_always_refreshed),
		cmocka_unit_test(reads_contacts)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
