#include "mixer/output/receivers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

struct ts_sender {
	int refs;
};

struct ts_sender *ts_sender_ref(struct ts_sender *sender)
{
	sender->refs++;
	return sender;
}

void ts_sender_unref(struct ts_sender **sender)
{
	if (*sender) (*sender)->refs--;
	*sender = NULL;
}

enum { N = 50 };
static struct ts_sender sender[N + 1];

static void a_list_holds_its_senders_and_knows_who_started(void **state)
{
	(void)state;
	struct ts_receiving list[N];
	struct ts_receivers *r;
	for (int i = 0; i < N; i++) /* in no order */
		list[i] = (struct ts_receiving){&sender[(i * 7 + 3) % N], i % 3 == 0};
	assert_int_equal(ts_receivers_create(&r, list, N), 0);
	for (int i = 0; i < N; i++) assert_int_equal(sender[i].refs, 1);
	int moving = 0;
	for (size_t i = 0; i < r->n; i++) moving += r->entry[i].moves;
	assert_int_equal(moving, (N + 2) / 3);
	for (size_t i = 0; i < r->n; i++) r->entry[i].started = (r->entry[i].sender - sender) % 2;
	for (int i = 0; i < N; i++) {
		r->scratch[i] = list[i].sender; /* room for all */
		assert_int_equal(ts_receivers_started(r, &sender[i]), i % 2);
	}
	assert_false(ts_receivers_started(r, &sender[N])); /* not in it */
	ts_receivers_free(&r);
	assert_null(r);
	for (int i = 0; i < N; i++) assert_int_equal(sender[i].refs, 0);
}

static void no_list_and_an_empty_one_have_nobody(void **state)
{
	(void)state;
	struct ts_receivers *r = NULL;
	assert_false(ts_receivers_started(NULL, &sender[0]));
	ts_receivers_free(&r);
	assert_int_equal(ts_receivers_create(&r, NULL, 0), 0);
	assert_false(ts_receivers_started(r, &sender[0]));
	ts_receivers_free(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_list_holds_its_senders_and_knows_who_started),
		cmocka_unit_test(no_list_and_an_empty_one_have_nobody),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
