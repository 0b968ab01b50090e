/* Messages of BFCP: what is read of them, what is refused and why, and that what is written is read
 * back. */
#include "base/error.h"
#include "control/bfcp/message.h"
#include "tests/unit/base/cmocka_all.h"
#include <stdlib.h>
#include <string.h>

/* A heap copy of just that size, so that a byte behind it is found by ASan. */
static int read_all(struct ts_bfcp_message *m, const void *bytes, size_t n)
{
	uint8_t *copy = malloc(n ? n : 1);
	memcpy(copy, bytes, n);
	const int rc = ts_bfcp_read(m, copy, n);
	free(copy);
	return rc;
}

#define HEAD(first, primitive, words) first, primitive, 0, words, 0, 0, 0, 7, 0, 9, 0, 3

static void what_is_read(void **state)
{
	static const struct row {
		const char *name;
		int expect;
		size_t n;
		uint8_t bytes[64];
	} rows[] = {
		{"Hello of version 1", 0, 12, {HEAD(0x20, 11, 0)}},
		{"of version 2", 0, 12, {HEAD(0x40, 11, 0)}},
		{"version 3", TS_BFCP_BAD_VERSION, 12, {HEAD(0x60, 11, 0)}},
		{"version 0", TS_BFCP_BAD_VERSION, 12, {HEAD(0x00, 11, 0)}},
		{"cut off", TS_BFCP_UNPARSABLE, 11, {HEAD(0x40, 11, 0)}},
		{"nothing", TS_BFCP_UNPARSABLE, 0, {0}},
		{"says more than comes", TS_BFCP_BAD_LENGTH, 12, {HEAD(0x40, 11, 1)}},
		{"says less", TS_BFCP_BAD_LENGTH, 16, {HEAD(0x40, 11, 0), 5, 4, 0, 1}},
		{"a fragment", TS_BFCP_UNPARSABLE, 16, {HEAD(0x48, 11, 1), 0, 0, 0, 1}},
		{"primitive 0", TS_BFCP_UNKNOWN_PRIMITIVE, 12, {HEAD(0x40, 0, 0)}},
		{"primitive 18", TS_BFCP_UNKNOWN_PRIMITIVE, 12, {HEAD(0x40, 18, 0)}},
		{"a floor", 0, 16, {HEAD(0x40, 1, 1), 5, 4, 0, 2}},
		{"a floor without M", 0, 16, {HEAD(0x40, 1, 1), 4, 4, 0, 2}},
		{"a floor of one byte", TS_BFCP_UNPARSABLE, 16, {HEAD(0x40, 1, 1), 5, 3, 0, 0}},
		{"an attribute of no bytes", TS_BFCP_UNPARSABLE, 16,
			{HEAD(0x40, 1, 1), 5, 0, 0, 0}},
		{"longer than the message", TS_BFCP_UNPARSABLE, 16, {HEAD(0x40, 1, 1), 5, 8, 0, 2}},
		{"unknown, not mandatory", 0, 16, {HEAD(0x40, 11, 1), 40, 4, 0, 0}},
		{"unknown and mandatory", TS_BFCP_UNKNOWN_ATTRIBUTE, 16,
			{HEAD(0x40, 11, 1), 41, 4, 0, 0}},
		{"unknown, mandatory and inside", TS_BFCP_UNKNOWN_ATTRIBUTE, 20,
			{HEAD(0x40, 6, 2), 29, 8, 0, 5, 41, 4, 0, 0}},
		{"cut off inside", TS_BFCP_UNPARSABLE, 20,
			{HEAD(0x40, 6, 2), 29, 8, 0, 5, 25, 9, 65, 66}},
		{"R of version 1 is reserved", 0, 12, {HEAD(0x30, 11, 0)}},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct ts_bfcp_message m;
		const int rc = read_all(&m, rows[i].bytes, rows[i].n);
		if (rc != rows[i].expect) fail_msg("%s: %d", rows[i].name, rc);
		if (rows[i].n < 12) continue;
		assert_int_equal(m.conference, 7);
		assert_int_equal(m.transaction, 9);
		assert_int_equal(m.user, 3);
	}
}

static void unknown_ones_are_named(void **state)
{
	static const uint8_t bytes[] = {HEAD(0x40, 11, 2), 41, 4, 0, 0, 63, 4, 0, 0};
	struct ts_bfcp_message m, answer = {.version = 2, .primitive = TS_BFCP_ERROR};
	uint8_t out[64];
	struct ts_wr w = ts_wr(out, sizeof out);
	(void)state;
	assert_int_equal(read_all(&m, bytes, sizeof bytes), TS_BFCP_UNKNOWN_ATTRIBUTE);
	assert_int_equal(m.n_unknown, 2);
	assert_int_equal(m.unknown[0], 20);
	assert_int_equal(m.unknown[1], 31);
	answer.error = TS_BFCP_UNKNOWN_ATTRIBUTE;
	answer.n_unknown = 2;
	memcpy(answer.unknown, m.unknown, sizeof m.unknown);
	assert_int_equal(ts_bfcp_write(&w, &answer), 0);
	/* RFC 8855 5.2.6.1: seven bits of type, one reserved */
	assert_int_equal(out[12], TS_BFCP_ERROR_CODE << 1 | 1);
	assert_int_equal(out[13], 5);
	assert_int_equal(out[14], 4);
	assert_int_equal(out[15], 40);
	assert_int_equal(out[16], 62);
	assert_int_equal(ts_wr_len(&w), 20);
	assert_int_equal(read_all(&m, out, ts_wr_len(&w)), 0);
	assert_int_equal(m.error, 4);
	assert_int_equal(m.n_unknown, 2);
}

static struct ts_bfcp_message full_message(void)
{
	struct ts_bfcp_message m = {.version = 2,
		.responder = true,
		.primitive = TS_BFCP_USER_STATUS,
		.conference = 0xfedcba98,
		.transaction = 0xffff,
		.user = 0x8001,
		.floor = {1, 65535},
		.n_floors = 2,
		.has_request = true,
		.request = 77,
		.has_beneficiary = true,
		.beneficiary = 78,
		.has_priority = true,
		.priority = 4,
		.about = {true, 5, "Anna", "sip:anna@example.org"},
		.primitives = (1u << TS_BFCP_PRIMITIVES) - 2,
		.attributes = (1u << TS_BFCP_ATTRIBUTES) - 2,
		.provided = "slides",
		.n_infos = 2};
	m.info[0] = (struct ts_bfcp_request_info){.id = 1,
		.overall = {true, 1, TS_BFCP_GRANTED, 0, "now"},
		.floor = {{true, 1, TS_BFCP_ACCEPTED, 3, ""}, {true, 2, 0, 0, ""}},
		.n_floors = 2,
		.beneficiary = {true, 9, "Zo\xc3\xab", ""},
		.requested_by = {true, 10, "", "sip:b@example.org"},
		.has_priority = true,
		.priority = 1,
		.provided = "x"};
	m.info[1].id = 2;
	return m;
}

static void what_is_written_is_read(void **state)
{
	struct ts_bfcp_message m = full_message(), back;
	uint8_t bytes[TS_BFCP_MESSAGE_MAX];
	(void)state;
	for (int primitive = 1; primitive < TS_BFCP_PRIMITIVES; primitive++) {
		struct ts_wr w = ts_wr(bytes, sizeof bytes);
		m.primitive = (uint8_t)primitive;
		assert_int_equal(ts_bfcp_write(&w, &m), 0);
		assert_int_equal(ts_wr_len(&w) % 4, 0);
		assert_int_equal(read_all(&back, bytes, ts_wr_len(&w)), 0);
		assert_memory_equal(&back, &m, sizeof m);
		assert_string_not_equal(ts_bfcp_primitive_name((uint8_t)primitive), "unknown");
	}
	assert_string_equal(ts_bfcp_primitive_name(0), "unknown");
	assert_string_equal(ts_bfcp_primitive_name(18), "unknown");
}

static void what_does_not_fit_is_refused(void **state)
{
	struct ts_bfcp_message m = full_message();
	uint8_t bytes[TS_BFCP_MESSAGE_MAX];
	(void)state;
	struct ts_wr all = ts_wr(bytes, sizeof bytes);
	assert_int_equal(ts_bfcp_write(&all, &m), 0);
	for (size_t n = 0; n < ts_wr_len(&all); n++) {
		uint8_t *small = malloc(n ? n : 1);
		struct ts_wr w = ts_wr(small, n);
		assert_int_equal(ts_bfcp_write(&w, &m), TS_EFULL);
		free(small);
	}
	/* a group is at most 255 bytes */
	memset(m.info[0].beneficiary.name, 'a', TS_BFCP_TEXT_MAX);
	memset(m.info[0].beneficiary.uri, 'a', TS_BFCP_TEXT_MAX);
	memset(m.info[0].requested_by.name, 'a', TS_BFCP_TEXT_MAX);
	memset(m.info[0].requested_by.uri, 'a', TS_BFCP_TEXT_MAX);
	struct ts_wr w = ts_wr(bytes, sizeof bytes);
	assert_int_equal(ts_bfcp_write(&w, &m), TS_EFULL);
}

static void more_than_there_is_room_for(void **state)
{
	enum { INFOS = TS_BFCP_INFOS_MAX + 4 };
	uint8_t bytes[12 + 8 * 4 + INFOS * 4] = {HEAD(0x40, 7, 8 + INFOS)};
	struct ts_bfcp_message m;
	(void)state;
	for (int i = 0; i < 8; i++) {
		const uint8_t floor[4] = {5, 4, 0, (uint8_t)i};
		memcpy(bytes + 12 + 4 * i, floor, 4);
	}
	for (int i = 0; i < INFOS; i++) {
		const uint8_t request[4] = {31, 4, 0, (uint8_t)i};
		memcpy(bytes + 12 + 32 + 4 * i, request, 4);
	}
	assert_int_equal(read_all(&m, bytes, sizeof bytes), 0);
	assert_int_equal(m.n_floors, TS_BFCP_FLOORS_MAX);
	assert_int_equal(m.n_infos, TS_BFCP_INFOS_MAX);
	assert_int_equal(m.info[TS_BFCP_INFOS_MAX - 1].id, TS_BFCP_INFOS_MAX - 1);
}

static void long_texts_are_cut_between_letters(void **state)
{
	uint8_t bytes[12 + 4 + 72] = {HEAD(0x40, 13, 19), 13, 4, 14, 0, 15, 70};
	struct ts_bfcp_message m;
	(void)state;
	/* 63 letters, one of two bytes, and more */
	memset(bytes + 18, 'a', 68);
	bytes[18 + 63] = 0xc3;
	bytes[18 + 64] = 0xab;
	assert_int_equal(read_all(&m, bytes, sizeof bytes), 0);
	assert_int_equal(m.error, 14);
	assert_int_equal(strlen(m.error_info), 63);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_read),
		cmocka_unit_test(unknown_ones_are_named),
		cmocka_unit_test(what_is_written_is_read),
		cmocka_unit_test(what_does_not_fit_is_refused),
		cmocka_unit_test(more_than_there_is_room_for),
		cmocka_unit_test(long_texts_are_cut_between_letters),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
