/* What viewers read of a stream's tags, from wherever they are. Tags are named by single bytes. */
#include "control/flv/tags.h"

#include "container/flv.h"
#include "tests/unit/base/cmocka_all.h"
#include <stdlib.h>
#include <string.h>

static struct ts_flv_tags tags;
static struct ts_blob *opening;

static struct ts_blob *blob(const void *bytes, size_t len)
{
	struct ts_blob *b = ts_blob_new(len);
	memcpy(b->bytes, bytes, len);
	return b;
}

static void open_with(char name)
{
	char bytes[TS_FLV_HEADER_BYTES + 1];
	memset(bytes, '.', sizeof(bytes));
	bytes[TS_FLV_HEADER_BYTES] = name;
	ts_blob_unref(&opening);
	opening = blob(bytes, sizeof(bytes));
}

static int setup(void **state)
{
	(void)state;
	open_with('O');
	ts_flv_tags_init(&tags, 1000);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	ts_flv_tags_fini(&tags);
	ts_blob_unref(&opening);
	return 0;
}

static void add(char name, uint32_t ms)
{
	const struct ts_tag tag = {.bytes = blob(&name, 1),
		.opening = opening,
		.video = name >= 'A',
		.key = name >= 'A' && name <= 'Z',
		.ms = ms};
	ts_flv_tags_add(&tags, &tag);
}

static const char *read_all(struct ts_flv_cursor *c, size_t step)
{
	static char text[4096];
	size_t n = 0, some;
	while ((some = ts_flv_cursor_read(c, &tags, text + n, step))) n += some;
	text[n] = '\0';
	return text;
}

static void one_begins_at_the_newest_keyframe(void **state)
{
	struct ts_flv_cursor c, later;
	(void)state;
	ts_flv_cursor_init(&c, &tags);
	assert_false(ts_flv_cursor_behind(&c, &tags));
	add('a', 0); /* no keyframe yet */
	add('1', 1);
	assert_string_equal(read_all(&c, 3), "");
	add('A', 2);
	add('2', 3);
	add('b', 4);
	assert_true(ts_flv_cursor_behind(&c, &tags));
	assert_string_equal(read_all(&c, 1), ".............OA2b");
	add('B', 5);
	add('c', 6);
	assert_string_equal(read_all(&c, 100), "Bc");
	ts_flv_cursor_init(&later, &tags);
	assert_string_equal(read_all(&later, 2), ".............OBc");
	assert_int_equal(c.skipped + later.skipped, 0);
	ts_flv_cursor_fini(&c);
	ts_flv_cursor_fini(&later);
}

static void other_parameters_are_told(void **state)
{
	struct ts_flv_cursor c;
	(void)state;
	ts_flv_cursor_init(&c, &tags);
	add('A', 0);
	assert_string_equal(read_all(&c, 4), ".............OA");
	open_with('P');
	add('B', 10);
	add('b', 20);
	assert_string_equal(read_all(&c, 4), "PBb");
	ts_flv_cursor_fini(&c);
	ts_flv_cursor_init(&c, &tags);
	assert_string_equal(read_all(&c, 4), ".............PBb");
	ts_flv_cursor_fini(&c);
}

static void slow_ones_lose_whole_groups(void **state)
{
	struct ts_flv_cursor c;
	char first[15];
	(void)state;
	add('A', 0);
	ts_flv_cursor_init(&c, &tags);
	/* what was begun is ended, wherever one goes on */
	assert_int_equal(ts_flv_cursor_read(&c, &tags, first, 10), 10);
	for (uint32_t ms = 100; ms <= 2000; ms += 100) add('a', ms);
	add('B', 2100);
	add('b', 2200);
	add('c', 4300);
	assert_string_equal(read_all(&c, 7), "...OBbc"); /* over four seconds behind */
	assert_int_equal(c.skipped, 21);
	/* behind, but there is no later keyframe: nothing is gained by leaving something out */
	for (uint32_t ms = 4400; ms <= 9400; ms += 1000) add('d', ms);
	assert_string_equal(read_all(&c, 7), "dddddd");
	ts_flv_cursor_fini(&c);
}

static void what_is_too_much_goes(void **state)
{
	struct ts_flv_cursor c;
	(void)state;
	add('A', 0);
	ts_flv_cursor_init(&c, &tags);
	for (uint32_t i = 1; i < 1100; i++) add('a', i); /* over 1000 bytes: the keyframe is gone */
	assert_int_equal(tags.bytes, 1000);
	assert_string_equal(read_all(&c, 100), "");
	assert_true(c.waits);
	add('B', 1101);
	assert_string_equal(read_all(&c, 100), ".............OB");
	ts_flv_cursor_fini(&c);
	/* by time, also where it goes round */
	ts_flv_tags_clear(&tags);
	assert_int_equal(tags.bytes, 0);
	add('C', UINT32_MAX - 5000);
	add('D', UINT32_MAX - 10);
	add('e', 4000);
	assert_int_equal(tags.bytes, 2);
	for (uint32_t ms = 5000; ms < 60000; ms += 1000) add('f', ms);
	assert_int_equal(tags.bytes, 57); /* D is the newest keyframe: it stays */
}

static void more_than_the_ring_has(void **state)
{
	(void)state;
	tags.max_bytes = 1 << 20;
	add('A', 0);
	for (int i = 0; i < 3 * TS_FLV_TAGS; i++) add('a', 1);
	assert_int_equal(tags.next - tags.first, TS_FLV_TAGS);
	assert_true(tags.key < tags.first);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(one_begins_at_the_newest_keyframe),
		TEST(other_parameters_are_told),
		TEST(slow_ones_lose_whole_groups),
		TEST(what_is_too_much_goes),
		TEST(more_than_the_ring_has),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
