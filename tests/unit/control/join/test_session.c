#include "base/error.h"
#include "tests/unit/base/cmocka_all.h"
#include "tests/unit/control/api_server.h"
#include "tests/unit/control/offers.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FRAGMENT_HEADER "Content-Type: application/trickle-ice-sdpfrag\r\n"
#define HOST                                           \
	"m=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:0\r\n" \
	"a=candidate:1 1 udp 2122260223 192.0.2.1 6 typ host\r\n"
#define FRESH "a=ice-ufrag:n3wU\r\na=ice-pwd:n3wPassword+n3wPassword\r\n"

static char location[256], etag[256];

static void join(void)
{
	const struct response *r = ts_server_join("/join/r");
	assert_int_equal(r->status, 201);
	assert_non_null(ts_fetched(r, "Location", location));
	assert_non_null(ts_fetched(r, "ETag", etag));
	assert_non_null(strstr(r->body, "a=ice-options:trickle"));
}

static const struct response *patch(const char *if_match, const char *body)
{
	char headers[700];
	snprintf(headers, sizeof(headers), FRAGMENT_HEADER "%s%s%s", if_match ? "If-Match: " : "",
		if_match ? if_match : "", if_match ? "\r\n" : "");
	return ts_fetch(ts_server.port, "PATCH", location, headers, body);
}

/* Sends it, lets the room's new side be ready, and reads the reply. */
static struct response *restart(const char *if_match, const char *body)
{
	char headers[700];
	struct response *r = malloc(sizeof(*r));
	int fd = ts_dial(ts_server.port), wanted = ts_fake.restarts + 1;
	snprintf(headers, sizeof(headers), FRAGMENT_HEADER "If-Match: %s\r\n", if_match);
	ts_send_request(fd, "PATCH", location, headers, body);
	ts_server_wait(&ts_fake.restarts, wanted);
	ts_server_ready(1, 0);
	ts_read_response(fd, 1, r);
	close(fd);
	return r;
}

static void trickles(void **state)
{
	(void)state;
	join();
	assert_int_equal(patch(etag, OFFER_ICE HOST)->status, 204);
	assert_int_equal(ts_fake.trickles, 1);
	assert_string_equal(ts_fake.last_remote.ufrag, "hDKY");
	assert_int_equal(ts_fake.last_remote.n_candidates, 1);
	/* without credentials: those that are known */
	assert_int_equal(patch(etag, HOST)->status, 204);
	assert_string_equal(ts_fake.last_remote.ufrag, "hDKY");
	assert_int_equal(patch("\"other\" , *", OFFER_ICE HOST)->status, 204);
	assert_int_equal(patch(etag, OFFER_ICE "a=end-of-candidates\r\n")->status, 204);
	assert_int_equal(ts_fake.trickles, 3);
	assert_int_equal(ts_fake.restarts, 0);
}

static void restarts(void **state)
{
	char fresh[256], value[256];
	(void)state;
	join();
	struct response *r = restart("*", FRESH HOST);
	assert_int_equal(r->status, 200);
	assert_string_equal(
		ts_fetched(r, "Content-Type", value), "application/trickle-ice-sdpfrag");
	assert_non_null(strstr(r->body, "a=ice-ufrag:abcd\r\n"));
	assert_non_null(
		strstr(r->body, "a=candidate:1 1 udp 2130706431 127.0.0.1 20000 typ host\r\n"));
	assert_non_null(strstr(r->body, "m=audio "));
	assert_non_null(ts_fetched(r, "ETag", fresh));
	assert_string_not_equal(fresh, etag);
	assert_string_equal(ts_fake.last_remote.ufrag, "n3wU");
	free(r);

	assert_int_equal(patch(etag, FRESH HOST)->status, 412); /* late, of the generation before */
	assert_int_equal(patch(fresh, FRESH HOST)->status, 204);
	assert_string_equal(ts_fake.last_remote.ufrag, "n3wU");
	r = restart("*", OFFER_ICE HOST);
	assert_int_equal(r->status, 200);
	free(r);
	assert_int_equal(ts_fake.participants, 1);
	assert_int_equal(ts_fake.leaves, 0);
}

static void refuses(void **state)
{
	char value[256];
	(void)state;
	join();
	assert_int_equal(patch(NULL, OFFER_ICE HOST)->status, 428);
	assert_int_equal(patch("\"0123456789abcdef\"", OFFER_ICE HOST)->status, 412);
	assert_int_equal(patch("W/\"a\"", OFFER_ICE HOST)->status, 412);
	assert_int_equal(patch("*", "hello")->status, 204); /* a line that is none says nothing */
	assert_int_equal(patch("*", "x=1")->status, 400);
	assert_int_equal(
		patch("*", "a=ice-ufrag:hDKY\na=ice-pwd:another+another+another\n")->status, 400);
	const struct response *r = ts_fetch(ts_server.port, "PATCH", location,
		"Content-Type: text/plain\r\nIf-Match: *\r\n", "{}");
	assert_int_equal(r->status, 415);
	assert_non_null(ts_fetched(r, "Accept-Patch", value));
	ts_fake.ice_err = TS_EFULL;
	r = patch(etag, OFFER_ICE HOST);
	assert_int_equal(r->status, 429);
	assert_non_null(ts_fetched(r, "Retry-After", value));
	assert_int_equal(patch("*", FRESH)->status, 429);
	ts_fake.ice_err = 0;
	strcpy(location, "/s/00000000000000000000000000000000");
	assert_int_equal(patch("*", FRESH)->status, 404);
	assert_int_equal(ts_fetch(ts_server.port, "DELETE", location, "", NULL)->status, 404);
	assert_int_equal(ts_fake.participants, 1);
}

/* The participant leaves, or their client goes away, while our new side is awaited. */
static void ends_in_between(void **state)
{
	struct response *r = malloc(sizeof(*r));
	(void)state;
	join();
	int fd = ts_dial(ts_server.port);
	ts_send_request(fd, "PATCH", location, FRAGMENT_HEADER "If-Match: *\r\n", FRESH);
	ts_server_wait(&ts_fake.restarts, 1);
	assert_int_equal(
		patch("*", "a=ice-ufrag:4n0ther\na=ice-pwd:another+another+another\n")->status,
		429);
	close(fd);
	ts_server_ready(1, 0);
	assert_int_equal(ts_fake.participants, 1);

	fd = ts_dial(ts_server.port);
	ts_send_request(fd, "PATCH", location, FRAGMENT_HEADER "If-Match: *\r\n",
		"a=ice-ufrag:4n0ther\na=ice-pwd:another+another+another\n");
	ts_server_wait(&ts_fake.restarts, 2);
	assert_int_equal(ts_fetch(ts_server.port, "DELETE", location, "", NULL)->status, 200);
	ts_read_response(fd, 1, r);
	assert_int_equal(r->status, 404);
	close(fd);
	free(r);
}

/* So many fragments come at once at most; the rest is told to wait, and reaches no net thread. */
static void are_limited(void **state)
{
	(void)state;
	int taken = 0, late = 0;
	join();
	for (int i = 0; i < 300; i++) {
		int status = patch(etag, OFFER_ICE HOST)->status;
		taken += status == 204;
		late += status == 429;
	}
	assert_int_equal(taken + late, 300);
	assert_true(taken >= 40); /* 50 writes at once, then 5 a second */
	assert_true(late > 0);
	assert_int_equal(ts_fake.trickles, taken);
}

/* RFC 9725 4.2: GET and the like are kept for later versions. Who joined by our own way may
 * look. */
static void a_contributor_gets_405(void **state)
{
	static const char *const methods[] = {"GET", "HEAD", "POST", "PUT"};
	char below[300], value[256];
	(void)state;
	join();
	assert_int_equal(ts_fetch(ts_server.port, "GET", location, "", NULL)->status, 200);
	const struct response *r = ts_server_join("/whip/r");
	assert_int_equal(r->status, 201);
	assert_non_null(ts_fetched(r, "Location", location));
	assert_non_null(ts_fetched(r, "ETag", etag));
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		r = ts_fetch(ts_server.port, methods[i], location, "", NULL);
		assert_int_equal(r->status, 405);
		assert_string_equal(ts_fetched(r, "Allow", value), "OPTIONS, PATCH, DELETE");
	}
	assert_int_equal(patch(etag, OFFER_ICE HOST)->status, 204);
	snprintf(below, sizeof(below), "%s/participants", location);
	assert_int_equal(ts_fetch(ts_server.port, "GET", below, "", NULL)->status, 200);
	r = ts_fetch(ts_server.port, "OPTIONS", location, "", NULL);
	assert_int_equal(r->status, 204);
	assert_string_equal(ts_fetched(r, "Allow", value), "OPTIONS, PATCH, DELETE");
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, ts_server_setup, ts_server_teardown)
	const struct CMUnitTest tests[] = {T(trickles), T(restarts), T(refuses), T(ends_in_between),
		T(are_limited), T(a_contributor_gets_405)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
