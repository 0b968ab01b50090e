#include "control/webhooks/courier.h"

#include "base/clock.h"
#include "base/counter.h"
#include "base/error.h"
#include "base/log.h"
#include "base/loop.h"
#include <stdatomic.h>
#include <string.h>

#define UPKEEP_NS (100 * TS_NS_PER_MS) /* what changed is told to control */
#define SYNC_NS TS_NS_PER_S            /* the disk, and the age of the oldest */

/* What control still is told of; NULL courier: nothing any more. */
struct ear {
	struct ts_ref refs;
	struct ts_courier *courier; /* control's */
};

struct ts_courier {
	struct ts_courier_config config;
	char *folder;
	struct ts_loop *loop;
	struct ear *ear;
	_Atomic(size_t) waiting; /* bytes of events */
	GQueue tests;            /* control's: of struct test, under way */
	/* the thread's */
	struct ts_posts *posts;
	GPtrArray *rows; /* of struct row */
	struct ts_timer upkeep;
	int64_t sync_ns;
	int64_t age_counted;
	bool timed;
};

struct row {
	struct ts_courier *courier;
	struct ts_line *line;
	bool changed;
};

/* ---- to control */

struct news {
	struct ts_task task;
	struct ear *ear;
	char id[TS_ULID_LEN + 1];
	struct ts_line_info info;
	size_t n;
	struct ts_letter letters[];
};

static void ear_unref(struct ear *ear)
{
	if (ts_ref_put(&ear->refs)) g_free(ear);
}

static void on_news(struct ts_task *task)
{
	struct news *news = ts_container_of(task, struct news, task);
	const struct ts_courier *c = news->ear->courier;
	if (c) c->config.told(c->config.arg, news->id, &news->info, news->letters, news->n);
	ear_unref(news->ear);
	g_free(news);
}

static void tell(struct ts_courier *c, const struct row *row)
{
	const struct ts_letters *letters = ts_line_letters(row->line);
	size_t n = 0;
	while (ts_letters_at(letters, n)) n++;
	struct news *news = g_malloc0(sizeof(*news) + n * sizeof(news->letters[0]));
	news->task.fn = on_news;
	news->ear = c->ear;
	news->n = n;
	g_strlcpy(news->id, ts_line_hook(row->line)->id, sizeof(news->id));
	ts_line_info(row->line, &news->info);
	for (size_t i = 0; i < n; i++) news->letters[i] = *ts_letters_at(letters, i);
	ts_ref_get(&c->ear->refs);
	if (!ts_loop_post(c->config.control, &news->task)) return;
	ear_unref(news->ear);
	g_free(news);
}

/* ---- upkeep */

static void count_age(struct ts_courier *c, int64_t oldest_ms, int64_t now_ns)
{
	const int64_t now_ms = ts_unix_ms_from_ns(now_ns);
	const int64_t age = oldest_ms && now_ms > oldest_ms ? (now_ms - oldest_ms) / 1000 : 0;
	ts_count_add(TS_C_WEBHOOK_OLDEST, age - c->age_counted);
	c->age_counted = age;
}

static void on_upkeep(struct ts_timer *timer, int64_t now_ns)
{
	struct ts_courier *c = ts_container_of(timer, struct ts_courier, upkeep);
	const bool sync = now_ns >= c->sync_ns;
	int64_t oldest_ms = 0;
	c->timed = false;
	for (guint i = 0; i < c->rows->len; i++) {
		struct row *row = c->rows->pdata[i];
		struct ts_line_info info;
		ts_line_info(row->line, &info);
		if (info.state < TS_LINE_GONE && info.oldest_ms &&
			(!oldest_ms || info.oldest_ms < oldest_ms))
			oldest_ms = info.oldest_ms;
		if (sync) ts_line_sync(row->line);
		if (row->changed) tell(c, row);
		row->changed = false;
	}
	count_age(c, oldest_ms, now_ns);
	if (sync) c->sync_ns = now_ns + SYNC_NS;
	if (!oldest_ms && sync) return;
	c->timed = true;
	ts_loop_timer_set(c->loop, timer, c->sync_ns);
}

static void on_changed(void *arg)
{
	struct row *row = arg;
	struct ts_courier *c = row->courier;
	const int64_t due_ns = ts_now_ns() + UPKEEP_NS;
	row->changed = true;
	if (c->timed && c->upkeep.due_ns <= due_ns) return;
	c->timed = true;
	ts_loop_timer_set(c->loop, &c->upkeep, due_ns);
}

/* ---- from control */

enum what { PUT, REMOVE, EVENT, TEST, REDELIVER, CLEAR, CLOSE };

struct job {
	struct ts_task task;
	struct ts_courier *courier;
	enum what what;
	char id[TS_ULID_LEN + 1];
	struct ts_hook *hook;
	enum ts_event_kind kind;
	GBytes *event;
	int64_t unix_ms;
	struct test *test;
};

struct test {
	struct ts_courier *courier;
	GList link;
	void (*tested)(void *arg, const struct ts_courier_tested *result);
	void *arg;
};

/* Its end, on the way to control. */
struct test_end {
	struct ts_task task;
	struct ear *ear;
	struct test *test;
	bool made; /* there is a result */
	struct ts_courier_tested result;
};

/* Without a courier the test is gone: ts_courier_destroy has ended it. */
static void on_test_end(struct ts_task *task)
{
	struct test_end *end = ts_container_of(task, struct test_end, task);
	struct ts_courier *c = end->ear->courier;
	if (c) {
		g_queue_unlink(&c->tests, &end->test->link);
		end->test->tested(end->test->arg, end->made ? &end->result : NULL);
		g_free(end->test);
	}
	ear_unref(end->ear);
	g_free(end);
}

/* post NULL: there is nothing to be tested, or no memory. */
static void on_tested(void *arg, const struct ts_post *post)
{
	struct test *test = arg;
	struct ear *ear = test->courier->ear;
	struct test_end *end = g_new0(struct test_end, 1);
	*end = (struct test_end){
		.task.fn = on_test_end, .ear = ear, .test = test, .made = post != NULL};
	if (post) {
		const struct ts_post_result result = ts_post_result(post);
		end->result.status = result.status;
		end->result.ms = result.ms;
		g_strlcpy(end->result.error, result.error, sizeof(end->result.error));
	}
	ts_ref_get(&ear->refs);
	if (!ts_loop_post(test->courier->config.control, &end->task)) return;
	ear_unref(ear);
	g_free(end);
}

static struct row *find(const struct ts_courier *c, const char *id, guint *at)
{
	for (*at = 0; *at < c->rows->len; ++*at) {
		struct row *row = c->rows->pdata[*at];
		if (!strcmp(ts_line_hook(row->line)->id, id)) return row;
	}
	return NULL;
}

static void put(struct ts_courier *c, struct ts_hook *hook)
{
	guint at;
	struct row *row = find(c, hook->id, &at);
	if (row) {
		ts_line_set(row->line, hook);
		return;
	}
	row = g_new0(struct row, 1);
	row->courier = c;
	row->line = ts_line_open(&(struct ts_line_config){.loop = c->loop,
					 .posts = c->posts,
					 .config = c->config.config,
					 .folder = c->folder,
					 .changed = on_changed,
					 .arg = row},
		hook);
	g_ptr_array_add(c->rows, row);
}

static void close_all(struct ts_courier *c)
{
	ts_loop_timer_cancel(c->loop, &c->upkeep);
	for (guint i = 0; i < c->rows->len; i++) {
		struct row *row = c->rows->pdata[i];
		ts_line_close(row->line);
		g_free(row);
	}
	g_ptr_array_set_size(c->rows, 0);
	count_age(c, 0, ts_now_ns());
	ts_posts_destroy(&c->posts);
}

static void act(struct ts_courier *c, struct job *job, struct row *row, guint at)
{
	switch (job->what) {
	case PUT: put(c, job->hook); break;
	case REMOVE:
		if (!row) break;
		ts_line_remove(row->line);
		g_ptr_array_remove_index(c->rows, at);
		g_free(row);
		break;
	case EVENT:
		for (guint i = 0; i < c->rows->len; i++)
			ts_line_add(((struct row *)c->rows->pdata[i])->line, job->kind, job->event,
				job->unix_ms);
		break;
	case TEST:
		if (!row || !ts_line_test(row->line, on_tested, job->test))
			on_tested(job->test, NULL);
		break;
	case REDELIVER:
		if (row) ts_line_redeliver(row->line);
		break;
	case CLEAR:
		if (row) ts_line_clear_letters(row->line);
		break;
	case CLOSE: close_all(c); break;
	}
}

static void on_job(struct ts_task *task)
{
	struct job *job = ts_container_of(task, struct job, task);
	struct ts_courier *c = job->courier;
	guint at;
	struct row *row = find(c, job->id, &at);
	act(c, job, row, at);
	if (job->event) {
		atomic_fetch_sub(&c->waiting, g_bytes_get_size(job->event));
		g_bytes_unref(job->event);
	}
	ts_hook_unref(job->hook);
	g_free(job);
}

static struct job *post(struct ts_courier *c, enum what what, const char *id)
{
	struct job *job = g_new0(struct job, 1);
	job->task.fn = on_job;
	job->courier = c;
	job->what = what;
	g_strlcpy(job->id, id, sizeof(job->id));
	return job;
}

/* The loop ends in ts_courier_destroy alone, and takes what was posted before. */
static void go(struct job *job)
{
	ts_loop_post(job->courier->loop, &job->task);
}

void ts_courier_put(struct ts_courier *c, struct ts_hook *hook)
{
	struct job *job = post(c, PUT, hook->id);
	job->hook = ts_hook_ref(hook);
	go(job);
}

void ts_courier_remove(struct ts_courier *c, const char *id)
{
	go(post(c, REMOVE, id));
}

void ts_courier_redeliver(struct ts_courier *c, const char *id)
{
	go(post(c, REDELIVER, id));
}

void ts_courier_clear_letters(struct ts_courier *c, const char *id)
{
	go(post(c, CLEAR, id));
}

void ts_courier_event(struct ts_courier *c, enum ts_event_kind kind, GBytes *event, int64_t unix_ms)
{
	const size_t n = g_bytes_get_size(event);
	if (atomic_fetch_add(&c->waiting, n) + n > TS_COURIER_WAITING) {
		atomic_fetch_sub(&c->waiting, n);
		g_bytes_unref(event);
		ts_count(TS_C_WEBHOOK_DROPPED);
		ts_log_limited(TS_LOG_ERROR, "webhook drops", "error=%s",
			"\"the disk of the queues stands still\"");
		return;
	}
	struct job *job = post(c, EVENT, "");
	job->kind = kind;
	job->event = event;
	job->unix_ms = unix_ms;
	go(job);
}

int ts_courier_test(struct ts_courier *c, const char *id,
	void (*tested)(void *arg, const struct ts_courier_tested *result), void *arg)
{
	if (c->tests.length >= TS_COURIER_TESTS_MAX) return TS_ELIMIT;
	struct test *test = g_new0(struct test, 1);
	*test = (struct test){.courier = c, .link.data = test, .tested = tested, .arg = arg};
	g_queue_push_tail_link(&c->tests, &test->link);
	struct job *job = post(c, TEST, id);
	job->test = test;
	go(job);
	return 0;
}

/* ---- life */

int ts_courier_create(struct ts_courier **out, const struct ts_courier_config *config)
{
	struct ts_courier *c = g_new0(struct ts_courier, 1);
	c->config = *config;
	c->folder = g_strdup(config->folder);
	c->rows = g_ptr_array_new();
	c->upkeep.fn = on_upkeep;
	c->ear = g_new0(struct ear, 1);
	ts_ref_init(&c->ear->refs, 1);
	c->ear->courier = c;
	*out = c;
	int rc = ts_loop_create(&c->loop, "webhooks");
	if (!rc)
		rc = ts_posts_create(&c->posts, c->loop,
			&(struct ts_posts_config){.rules = &config->config->webhooks.allow,
				.timeout_ms = config->config->webhooks.timeout_ms});
	if (!rc) rc = ts_loop_start(c->loop);
	if (rc) ts_courier_destroy(out);
	return rc;
}

void ts_courier_destroy(struct ts_courier **cp)
{
	struct ts_courier *c = *cp;
	GList *link;
	*cp = NULL;
	if (!c) return;
	c->ear->courier = NULL;
	if (c->loop && c->posts) go(post(c, CLOSE, ""));
	if (c->loop) ts_loop_destroy(&c->loop);
	while ((link = g_queue_pop_head_link(&c->tests))) {
		struct test *test = link->data;
		test->tested(test->arg, NULL);
		g_free(test);
	}
	ear_unref(c->ear);
	g_ptr_array_unref(c->rows);
	g_free(c->folder);
	g_free(c);
}
