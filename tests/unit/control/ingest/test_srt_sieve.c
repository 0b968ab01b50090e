/* What a flooded port lets through: on a real socket, whose filter is the kernel's. */
#include "control/ingest/srt_sieve.h"

#include "base/address.h"
#include "base/clock.h"
#include "tests/unit/base/cmocka_all.h"
#include <string.h>
#include <unistd.h>

enum { DATAGRAMS = 100 };

static int reader, writer;
static struct ts_srt_sieve sieve;

static int make(void **state)
{
	struct sockaddr_storage any, at;
	socklen_t len = sizeof(at);
	(void)state;
	assert_true(ts_address_parse(&any, "127.0.0.1", 0));
	reader = ts_srt_sieve_open(&sieve, &any);
	writer = socket(AF_INET, SOCK_DGRAM, 0);
	assert_true(reader >= 0 && writer >= 0);
	assert_int_equal(getsockname(reader, (struct sockaddr *)&at, &len), 0);
	assert_int_equal(connect(writer, (struct sockaddr *)&at, len), 0);
	return 0;
}

static int unmake(void **state)
{
	(void)state;
	ts_srt_sieve_fini(&sieve);
	close(reader);
	close(writer);
	return 0;
}

/* How many of so many come through. */
static int passed(uint32_t first_word)
{
	uint8_t bytes[64] = {(uint8_t)(first_word >> 24), (uint8_t)(first_word >> 16),
		(uint8_t)(first_word >> 8), (uint8_t)first_word};
	int n = 0;
	for (int i = 0; i < DATAGRAMS; i++) assert_true(send(writer, bytes, sizeof(bytes), 0) >= 0);
	while (recv(reader, bytes, sizeof(bytes), MSG_DONTWAIT) > 0) n++;
	return n;
}

static void note(int n, int64_t now_ns)
{
	for (int i = 0; i < n; i++) ts_srt_sieve_note(&sieve, now_ns);
}

static void test_flood(void **state)
{
	const int64_t second = TS_NS_PER_S;
	(void)state;
	/* less than so many in each second is no flood */
	for (int64_t s = 1; s < 5; s++) note(TS_SRT_SIEVE_MAX - 1, s * second);
	assert_int_equal(sieve.one_in, 1);
	assert_int_equal(passed(0x80000000), DATAGRAMS);
	note(5 * TS_SRT_SIEVE_MAX, 10 * second);
	assert_int_equal(sieve.one_in, 1024);
	assert_true(passed(0x80000000) < DATAGRAMS / 2);
	/* a handshake whose reserved bits are set is one as well */
	assert_true(passed(0x8000ffff) < DATAGRAMS / 2);
	/* media, ACKs, NAKs, keys */
	assert_int_equal(passed(0x00000001), DATAGRAMS);
	assert_int_equal(passed(0x80020000), DATAGRAMS);
	assert_int_equal(passed(0xffff0003), DATAGRAMS);
	/* no end to a flood, but one to the sieve */
	note(20 * TS_SRT_SIEVE_MAX, 10 * second);
	assert_int_equal(sieve.one_in, TS_SRT_SIEVE_ONE_IN_MAX);
}

static void test_is_over(void **state)
{
	int64_t now_ns = TS_NS_PER_S;
	(void)state;
	note(2 * TS_SRT_SIEVE_MAX, now_ns);
	assert_int_equal(sieve.one_in, 16);
	assert_false(ts_srt_sieve_calm(&sieve, now_ns + TS_SRT_SIEVE_HOLD_NS - 1));
	assert_int_equal(sieve.one_in, 16);
	now_ns += TS_SRT_SIEVE_HOLD_NS;
	assert_false(ts_srt_sieve_calm(&sieve, now_ns));
	assert_int_equal(sieve.one_in, 4);
	/* it goes on */
	note(TS_SRT_SIEVE_MAX, now_ns);
	assert_int_equal(sieve.one_in, 16);
	for (int i = 0; i < 2; i++) {
		now_ns += TS_SRT_SIEVE_HOLD_NS;
		assert_int_equal(ts_srt_sieve_calm(&sieve, now_ns), i == 1);
	}
	assert_int_equal(passed(0x80000000), DATAGRAMS);
	assert_false(ts_srt_sieve_calm(&sieve, now_ns + TS_SRT_SIEVE_HOLD_NS));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_flood, make, unmake),
		cmocka_unit_test_setup_teardown(test_is_over, make, unmake),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
