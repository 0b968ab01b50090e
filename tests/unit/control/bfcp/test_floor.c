/* The floor: tables of what is asked in turn, and who has it afterwards. */
#include "control/bfcp/floor.h"
#include "tests/unit/base/cmocka_all.h"

enum { A = 11, B, C };

/* A step: who, what ('a' asks, 'A' asks with high priority, 'r' releases, 's' just presents, 'x' is
 * gone, ' ' ends the row), and what their request is then (0: they have none, or it was told). */
struct step {
	int who;
	char what;
	int becomes;
	int holder;
};

static void play(enum ts_floor_rule rule, const char *name, const struct step *step)
{
	struct ts_floor f;
	int64_t now_ns = 0;
	ts_floor_init(&f, rule);
	for (int i = 0; step[i].who; i++) {
		const struct step *s = &step[i];
		const struct ts_floor_request *of = ts_floor_of(&f, (uint16_t)s->who), *r = NULL;
		int became = 0;
		now_ns++;
		switch (s->what) {
		case 'a':
		case 'A':
			r = ts_floor_ask(&f, (uint16_t)s->who, s->what == 'A' ? 4 : 2, now_ns);
			break;
		case 'r':
			r = of ? ts_floor_release(&f, (uint16_t)s->who, of->id, now_ns) : NULL;
			break;
		case 's':
			became = ts_floor_seize(&f, (uint16_t)s->who, now_ns) ? TS_BFCP_GRANTED : 0;
			break;
		case 'x': ts_floor_end(&f, (uint16_t)s->who, TS_BFCP_REVOKED, now_ns); break;
		}
		if (r) became = r->status;
		if (became != s->becomes) fail_msg("%s, step %d: became %d", name, i, became);
		ts_floor_settle(&f);
		const struct ts_floor_request *holder = ts_floor_holder(&f);
		if ((holder ? holder->user : 0) != s->holder)
			fail_msg("%s, step %d: held by %d", name, i, holder ? holder->user : 0);
	}
}

static void rules(void **state)
{
	static const struct {
		const char *name;
		enum ts_floor_rule rule;
		struct step step[12];
	} rows[] = {
		{"one after the other", TS_FLOOR_FIRST,
			{{A, 'a', TS_BFCP_GRANTED, A}, {A, 'r', TS_BFCP_RELEASED, 0},
				{B, 'a', TS_BFCP_GRANTED, B}, {B, 'r', TS_BFCP_RELEASED, 0}}},
		{"twice is none", TS_FLOOR_NEWEST,
			{{A, 'a', TS_BFCP_GRANTED, A}, {A, 'a', 0, A},
				{A, 'r', TS_BFCP_RELEASED, 0}, {A, 'r', 0, 0}}},
		{"the newer takes over", TS_FLOOR_NEWEST,
			{{A, 'a', TS_BFCP_GRANTED, A}, {B, 'a', TS_BFCP_GRANTED, B}, {A, 'r', 0, B},
				{A, 'a', TS_BFCP_GRANTED, A}, {B, 'r', 0, A}}},
		{"the newer is refused", TS_FLOOR_FIRST,
			{{A, 'a', TS_BFCP_GRANTED, A}, {B, 'a', TS_BFCP_DENIED, A}, {B, 'r', 0, A},
				{B, 'a', TS_BFCP_DENIED, A}, {A, 'x', 0, 0},
				{B, 'a', TS_BFCP_GRANTED, B}}},
		{"waits", TS_FLOOR_QUEUE,
			{{A, 'a', TS_BFCP_GRANTED, A}, {B, 'a', TS_BFCP_ACCEPTED, A},
				{C, 'a', TS_BFCP_ACCEPTED, A}, {B, 'r', TS_BFCP_CANCELLED, A},
				{A, 'r', TS_BFCP_RELEASED, C}, {C, 'x', 0, 0}}},
		{"the more urgent is served first", TS_FLOOR_QUEUE,
			{{A, 'a', TS_BFCP_GRANTED, A}, {B, 'a', TS_BFCP_ACCEPTED, A},
				{C, 'A', TS_BFCP_ACCEPTED, A}, {A, 'x', 0, C}, {C, 'x', 0, B}}},
		{"who presents without asking, newest", TS_FLOOR_NEWEST,
			{{A, 's', TS_BFCP_GRANTED, A}, {B, 'a', TS_BFCP_GRANTED, B},
				{C, 's', TS_BFCP_GRANTED, C}, {C, 's', TS_BFCP_GRANTED, C},
				{A, 'x', 0, C}}},
		{"who presents without asking, first", TS_FLOOR_FIRST,
			{{A, 'a', TS_BFCP_GRANTED, A}, {B, 's', 0, A},
				{A, 'r', TS_BFCP_RELEASED, 0}, {B, 's', TS_BFCP_GRANTED, B},
				{A, 'a', TS_BFCP_DENIED, B}}},
		{"who waits takes it by presenting", TS_FLOOR_QUEUE,
			{{A, 'a', TS_BFCP_GRANTED, A}, {B, 'a', TS_BFCP_ACCEPTED, A},
				{A, 'x', 0, B}, {B, 's', TS_BFCP_GRANTED, B}}},
		{"strangers are nobody", TS_FLOOR_QUEUE, {{A, 'r', 0, 0}, {A, 'x', 0, 0}}},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		play(rows[i].rule, rows[i].name, rows[i].step);
}

static void takeover_is_noted_in_both(void **state)
{
	struct ts_floor f;
	(void)state;
	ts_floor_init(&f, TS_FLOOR_NEWEST);
	ts_floor_ask(&f, A, 2, 5);
	assert_true(f.changed);
	ts_floor_settle(&f);
	assert_false(f.changed);
	ts_floor_ask(&f, B, 2, 6);
	int revoked = 0, granted = 0;
	for (size_t i = 0; i < TS_FLOOR_REQUESTS_MAX; i++) {
		const struct ts_floor_request *r = &f.request[i];
		revoked += r->id && r->changed && r->user == A && r->status == TS_BFCP_REVOKED;
		granted += r->id && r->changed && r->user == B && r->status == TS_BFCP_GRANTED;
	}
	assert_int_equal(revoked, 1);
	assert_int_equal(granted, 1);
	assert_int_equal(ts_floor_holder(&f)->since_ns, 6);
}

static void queue_has_places_and_an_end(void **state)
{
	struct ts_floor f;
	(void)state;
	ts_floor_init(&f, TS_FLOOR_QUEUE);
	for (uint16_t user = 1; user <= TS_FLOOR_WAITING_MAX + 1; user++) {
		const struct ts_floor_request *r = ts_floor_ask(&f, user, 2, user);
		assert_int_equal(r->status, user == 1 ? TS_BFCP_GRANTED : TS_BFCP_ACCEPTED);
		assert_int_equal(r->queue, user - 1);
		ts_floor_settle(&f);
	}
	for (int i = 0; i < 100; i++) {
		assert_int_equal(ts_floor_ask(&f, 100, 4, 50)->status, TS_BFCP_DENIED);
		ts_floor_settle(&f);
	}
	/* the first leaves: the places behind go up, and all of them are noted */
	ts_floor_end(&f, 1, TS_BFCP_REVOKED, 60);
	assert_int_equal(ts_floor_of(&f, 2)->status, TS_BFCP_GRANTED);
	assert_int_equal(ts_floor_of(&f, 3)->queue, 1);
	assert_true(ts_floor_of(&f, 3)->changed);
	assert_int_equal(
		ts_floor_of(&f, TS_FLOOR_WAITING_MAX + 1)->queue, TS_FLOOR_WAITING_MAX - 1);
}

static void ids_are_not_used_again_at_once(void **state)
{
	struct ts_floor f;
	(void)state;
	ts_floor_init(&f, TS_FLOOR_NEWEST);
	f.next_id = 65535;
	const uint16_t first = ts_floor_ask(&f, A, 2, 0)->id;
	assert_int_equal(first, 65535);
	assert_null(ts_floor_release(&f, A, 1, 0));
	assert_null(ts_floor_release(&f, B, first, 0));
	assert_non_null(ts_floor_release(&f, A, first, 0));
	ts_floor_settle(&f);
	assert_int_equal(ts_floor_ask(&f, A, 2, 0)->id, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rules),
		cmocka_unit_test(takeover_is_noted_in_both),
		cmocka_unit_test(queue_has_places_and_an_end),
		cmocka_unit_test(ids_are_not_used_again_at_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
