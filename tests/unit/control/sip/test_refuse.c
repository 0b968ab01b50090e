/* Transactions that libre would keep for longer: how many, and how many bytes of them. */
#include "control/sip/core.h"
#include "tests/unit/base/cmocka_all.h"
#include <string.h>

static struct ts_sip_ua ua;
static GHashTable *alive;        /* transactions, as libre has them */
static unsigned freed, one_call; /* not 0: the Call-ID of all messages */

static int setup(void **state)
{
	(void)state;
	freed = one_call = 0;
	alive = g_hash_table_new(NULL, NULL);
	memset(&ua, 0, sizeof(ua));
	return libre_init();
}

static int teardown(void **state)
{
	(void)state;
	GHashTableIter iter;
	gpointer t;
	ts_sip_kept_forget(&ua);
	for (g_hash_table_iter_init(&iter, alive); g_hash_table_iter_next(&iter, &t, NULL);
		g_hash_table_iter_init(&iter, alive))
		mem_deref(t);
	g_hash_table_unref(alive);
	libre_close();
	return 0;
}

static void on_freed(void *arg)
{
	g_hash_table_remove(alive, arg);
	freed++;
}

/* As libre's: it holds itself by a reference. */
static struct sip_strans *transaction(void)
{
	void *t = mem_zalloc(1, on_freed);
	assert_non_null(t);
	g_hash_table_add(alive, t);
	return t;
}

static struct sip_msg *message(size_t bytes, int headers)
{
	static struct mbuf mb;
	static struct sip_msg msg;
	static struct sip_hdr header[10000];
	static unsigned call;
	memset(&msg, 0, sizeof(msg));
	memset(header, 0, sizeof(header));
	mb.size = bytes;
	msg.mb = &mb;
	call++;
	msg.callid.p = (const char *)(one_call ? &one_call : &call);
	msg.callid.l = sizeof(call);
	for (int i = 0; i < headers; i++) list_append(&msg.hdrl, &header[i].le, &header[i]);
	return &msg;
}

static void so_many_at_most(void **state)
{
	(void)state;
	for (int i = 0; i < 9000; i++) ts_sip_answered(&ua, transaction(), message(400, 10));
	assert_int_equal(ua.answered.queue.length + freed, 9000);
	assert_true(ua.answered.queue.length <= 8192);
	assert_true(ua.answered.queue.length > 5000);
	for (int i = 0; i < 2000; i++) ts_sip_refused(&ua, transaction(), message(400, 10));
	assert_int_equal(ua.refused.queue.length, 1024);
}

/* 8192 of 64 kB would be half a gigabyte. */
static void so_many_bytes_at_most(void **state)
{
	(void)state;
	for (int i = 0; i < 8192; i++) {
		ts_sip_answered(&ua, transaction(), message(65535, 10));
		assert_true(ua.answered.bytes <= 32 << 20);
	}
	assert_int_equal(ua.answered.queue.length + freed, 8192);
	assert_true(ua.answered.queue.length * 65535ul <= 32 << 20);
	for (int i = 0; i < 1024; i++) ts_sip_refused(&ua, transaction(), message(65535, 10));
	assert_true(ua.refused.queue.length * 65535ul <= 8 << 20);
}

/* Each header is a struct of its own. */
static void headers_count(void **state)
{
	(void)state;
	for (int i = 0; i < 100; i++) ts_sip_answered(&ua, transaction(), message(50000, 9800));
	assert_true(ua.answered.queue.length * 9800 * sizeof(struct sip_hdr) <= 32 << 20);
	assert_true(ua.answered.queue.length > 5);
}

/* One call that sends all it may, with as many headers as it may, takes nothing from what is kept
 * for others. */
static void a_call_lets_its_own_go(void **state)
{
	(void)state;
	for (int i = 0; i < 100; i++) ts_sip_answered(&ua, transaction(), message(400, 10));
	one_call = 7;
	for (int i = 0; i < 1000; i++) {
		ts_sip_answered(&ua, transaction(), message(5000, 1000));
		assert_true(ua.answered.bytes <= (100 * 8 << 10) + (256 << 10));
	}
	assert_in_range(ua.answered.queue.length, 101, 102);
	assert_int_equal(ua.answered.queue.length + freed, 1100);
	one_call = 8; /* larger than its share: the last one is kept */
	ts_sip_answered(&ua, transaction(), message(300 << 10, 10));
	ts_sip_answered(&ua, transaction(), message(300 << 10, 10));
	assert_in_range(ua.answered.queue.length, 102, 103);
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
	const struct CMUnitTest tests[] = {T(so_many_at_most), T(so_many_bytes_at_most),
		T(a_call_lets_its_own_go), T(headers_count)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
