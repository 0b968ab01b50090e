#include "control/webhooks/line.h"

#include "base/clock.h"
#include "base/counter.h"
#include "base/error.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/random.h"
#include "control/webhooks/spool.h"
#include "control/webhooks/verdict.h"
#include <inttypes.h>
#include <string.h>

enum { BATCH_MAX = 100, BATCH_BYTES = 192 * 1024 };

struct ts_line {
	struct ts_line_config config;
	struct ts_hook *hook;
	struct ts_spool *spool;
	struct ts_letters *letters;
	struct ts_post *post; /* under way */
	struct ts_timer timer;
	bool timed; /* the timer is set */
	bool retry; /* for another try, else for what else may come for the batch */
	bool gone;
	size_t batch_n; /* of the batch that was tried; 0: none was */
	uint64_t batch_last;
	unsigned tries, refusals; /* of this batch */
	unsigned steps;           /* of the back-off */
	size_t counted;           /* in the gauge */
	int64_t oldest_ms;
	struct ts_line_info info;
};

/* ---- what is told */

static int64_t unix_now_ms(void)
{
	return ts_unix_ms_from_ns(ts_now_ns());
}

static void note(struct ts_line *line)
{
	const size_t n = ts_spool_count(line->spool);
	ts_count_add(TS_C_WEBHOOK_QUEUED, (int64_t)n - (int64_t)line->counted);
	line->counted = n;
	line->config.changed(line->config.arg);
}

void ts_line_info(const struct ts_line *line, struct ts_line_info *out)
{
	*out = line->info;
	out->queued = ts_spool_count(line->spool);
	out->queued_bytes = ts_spool_bytes(line->spool);
	out->oldest_ms = out->queued ? line->oldest_ms : 0;
	out->disk_full = ts_spool_is_broken(line->spool);
	out->state = !line->hook->enabled    ? TS_LINE_OFF
		: line->gone                 ? TS_LINE_GONE
		: line->post                 ? TS_LINE_SENDING
		: line->timed && line->retry ? TS_LINE_WAITING
					     : TS_LINE_IDLE;
	if (out->state != TS_LINE_WAITING) out->next_ms = 0;
}

const struct ts_letters *ts_line_letters(const struct ts_line *line)
{
	return line->letters;
}

const struct ts_hook *ts_line_hook(const struct ts_line *line)
{
	return line->hook;
}

/* For logs: a host, and nothing else of the URL. */
static const char *host_of(const struct ts_line *line, struct ts_url *url)
{
	return ts_url_parse(url, line->hook->url) ? url->host : "";
}

/* ---- a message */

static void print_time(char out[40], int64_t unix_ms)
{
	g_autoptr(GDateTime) time = g_date_time_new_from_unix_utc(unix_ms / 1000);
	g_autofree char *text = time ? g_date_time_format(time, "%Y-%m-%dT%H:%M:%S") : NULL;
	g_snprintf(out, 40, "%s.%03dZ", text ? text : "1970-01-01T00:00:00", (int)(unix_ms % 1000));
}

/* Events of the queue, with commas between. */
static GString *join_events(const struct ts_segment_record *record, size_t n)
{
	GString *text = g_string_sized_new(BATCH_BYTES / 4);
	for (size_t i = 0; i < n; i++) {
		if (i) g_string_append_c(text, ',');
		g_string_append_len(text, (const char *)record[i].text, (gssize)record[i].len);
	}
	return text;
}

static GString *body_of(const char *events, int64_t unix_ms)
{
	char when[40];
	GString *body = g_string_new(NULL);
	print_time(when, unix_ms);
	g_string_printf(body,
		"{\"type\":\"events\",\"timestamp\":\"%s\",\"data\":{\"events\":[%s]}}", when,
		events);
	return body;
}

/* [take] body */
static struct ts_post *post(struct ts_line *line, const char *id, GString *body,
	void (*done)(void *arg, const struct ts_post *post), void *arg)
{
	char signature[TS_SIGNATURE_MAX];
	const int64_t now_s = unix_now_ms() / 1000;
	ts_sign(signature, &line->hook->key, id, now_s, body->str, body->len);
	g_autofree char *id_line = g_strconcat("webhook-id: ", id, NULL),
			*time_line = g_strdup_printf("webhook-timestamp: %" PRId64, now_s),
			*signature_line = g_strconcat("webhook-signature: ", signature, NULL);
	const char *const headers[] = {"Content-Type: application/json",
		"User-Agent: tessera-webhooks", "Expect:", id_line, time_line, signature_line,
		NULL};
	return ts_posts_send(line->config.posts,
		&(struct ts_post_request){.url = line->hook->url,
			.headers = headers,
			.body = body,
			.done = done,
			.arg = arg});
}

/* ---- sending */

static void send_batch(struct ts_line *line);

static void wait_for(struct ts_line *line, int64_t wait_ms, bool retry)
{
	line->timed = true;
	line->retry = retry;
	line->info.next_ms = unix_now_ms() + wait_ms;
	ts_loop_timer_set(line->config.loop, &line->timer, ts_now_ns() + wait_ms * TS_NS_PER_MS);
}

static void stop_waiting(struct ts_line *line)
{
	ts_loop_timer_cancel(line->config.loop, &line->timer);
	line->timed = false;
}

/* What comes within a moment goes together. */
static void pump(struct ts_line *line)
{
	if (line->post || line->timed || line->gone || !line->hook->enabled ||
		!ts_spool_count(line->spool))
		return;
	wait_for(line, line->config.config->webhooks.batch_ms, false);
}

static void on_timer(struct ts_timer *timer, int64_t now_ns)
{
	struct ts_line *line = ts_container_of(timer, struct ts_line, timer);
	(void)now_ns;
	line->timed = false;
	send_batch(line);
	note(line);
}

/* The next batch is made anew. */
static void end_batch(struct ts_line *line)
{
	struct ts_segment_record first;
	ts_spool_pop(line->spool, line->batch_last);
	line->batch_n = 0;
	line->tries = line->refusals = 0;
	if (ts_spool_peek(line->spool, &first, 1, 0)) line->oldest_ms = first.ms;
}

static void give_up(struct ts_line *line, const char *why)
{
	struct ts_segment_record record[BATCH_MAX];
	const size_t n = ts_spool_peek(line->spool, record, line->batch_n, SIZE_MAX);
	struct ts_letter letter = {.died_ms = unix_now_ms(),
		.tries = line->tries,
		.n = (unsigned)n,
		.status = line->info.status};
	struct ts_url url;
	g_snprintf(letter.reason, sizeof(letter.reason), "%s", why);
	GString *events = join_events(record, n);
	ts_letters_add(line->letters, &letter, events->str);
	g_string_free(events, TRUE);
	line->info.dead += n;
	ts_count_add(TS_C_WEBHOOK_DEAD, (int64_t)n);
	ts_error("webhook gave up", "webhook=%s host=%s events=%zu tries=%u status=%d reason=%s",
		line->hook->id, TS_LOG_STR(host_of(line, &url)), n, line->tries, line->info.status,
		TS_LOG_STR(why));
	end_batch(line);
}

static void on_delivered(struct ts_line *line)
{
	struct ts_url url;
	if (line->info.failures)
		ts_info("webhook delivers again", "webhook=%s host=%s failures=%u", line->hook->id,
			TS_LOG_STR(host_of(line, &url)), line->info.failures);
	line->info.failures = line->steps = 0;
	line->info.error[0] = '\0';
	line->info.delivered += line->batch_n;
	line->info.delivered_ms = unix_now_ms();
	ts_count_add(TS_C_WEBHOOK_DELIVERED, (int64_t)line->batch_n);
	ts_count(TS_C_WEBHOOK_POSTS_OK);
	end_batch(line);
	if (ts_spool_count(line->spool)) send_batch(line);
}

static bool is_too_old(const struct ts_line *line)
{
	const int64_t hours = line->config.config->webhooks.retry_hours;
	return unix_now_ms() - line->oldest_ms > hours * 3600 * 1000;
}

static void on_failed(
	struct ts_line *line, const struct ts_post_result *result, enum ts_verdict verdict)
{
	const struct ts_config *config = line->config.config;
	struct ts_url url;
	ts_count(TS_C_WEBHOOK_POSTS_FAILED);
	line->info.failures++;
	line->steps++;
	line->refusals += verdict == TS_VERDICT_REFUSED;
	if (result->status)
		g_snprintf(line->info.error, sizeof(line->info.error), "the answer was %d%s",
			result->status, result->status / 100 == 3 ? ", which is not followed" : "");
	else
		g_strlcpy(line->info.error, result->error, sizeof(line->info.error));
	if (line->info.failures == 1)
		ts_warn("webhook fails", "webhook=%s host=%s queued=%zu error=%s", line->hook->id,
			TS_LOG_STR(host_of(line, &url)), ts_spool_count(line->spool),
			TS_LOG_STR(line->info.error));
	if (verdict == TS_VERDICT_GONE) {
		line->gone = true;
		ts_error("webhook gone", "webhook=%s host=%s queued=%zu", line->hook->id,
			TS_LOG_STR(host_of(line, &url)), ts_spool_count(line->spool));
		return;
	}
	if ((int)line->refusals >= config->webhooks.refusals) {
		give_up(line, line->info.error);
		line->steps = 1; /* it may take the next one */
	} else if (is_too_old(line)) {
		give_up(line, line->info.error);
	}
	if (!ts_spool_count(line->spool)) return;
	wait_for(line,
		ts_verdict_wait_ms(line->steps, config->webhooks.retry_base_ms,
			(int64_t)config->webhooks.retry_max_s * 1000, result->retry_after_s,
			ts_random_u32()),
		true);
}

static void on_done(void *arg, const struct ts_post *done)
{
	struct ts_line *line = arg;
	const struct ts_post_result result = ts_post_result(done);
	const enum ts_verdict verdict = ts_verdict_of(result.status);
	line->post = NULL;
	line->tries++;
	line->info.status = result.status;
	if (verdict == TS_VERDICT_DELIVERED)
		on_delivered(line);
	else
		on_failed(line, &result, verdict);
	note(line);
}

/* The same batch is the same bytes under the same id, over a restart too if it has as many. */
static void send_batch(struct ts_line *line)
{
	struct ts_segment_record record[BATCH_MAX];
	const size_t n = ts_spool_peek(line->spool, record,
		line->batch_n ? line->batch_n : BATCH_MAX, line->batch_n ? SIZE_MAX : BATCH_BYTES);
	char id[80];
	if (n) {
		line->batch_n = n;
		line->batch_last = record[n - 1].seq;
		line->oldest_ms = record[0].ms;
		g_snprintf(id, sizeof(id), "msg_%016" PRIx64 "_%" PRIu64 "_%zu",
			ts_spool_salt(line->spool), record[0].seq, n);
		GString *events = join_events(record, n);
		line->post = post(line, id, body_of(events->str, record[n - 1].ms), on_done, line);
		g_string_free(events, TRUE);
	}
	/* no memory, or no descriptor */
	if (!line->post && ts_spool_count(line->spool))
		wait_for(line, line->config.config->webhooks.retry_base_ms, true);
}

/* ---- what comes */

void ts_line_add(struct ts_line *line, enum ts_event_kind kind, GBytes *event, int64_t unix_ms)
{
	gsize n;
	const void *text = g_bytes_get_data(event, &n);
	if (line->gone || !ts_hook_wants(line->hook, kind)) return;
	const bool first = !ts_spool_count(line->spool);
	const int rc = ts_spool_add(line->spool, text, n, unix_ms);
	if (rc) {
		line->info.dropped++;
		ts_count(TS_C_WEBHOOK_DROPPED);
		ts_log_limited(TS_LOG_ERROR, "webhook drops", "webhook=%s queued=%zu error=%s",
			line->hook->id, ts_spool_count(line->spool), ts_strerror(rc));
	} else if (first) {
		line->oldest_ms = unix_ms;
	}
	pump(line);
	note(line);
}

struct ts_post *ts_line_test(
	struct ts_line *line, void (*done)(void *arg, const struct ts_post *post), void *arg)
{
	char ulid[TS_ULID_LEN + 1], id[TS_ULID_LEN + 5], when[40];
	const int64_t now_ms = unix_now_ms();
	ts_ulid(ulid, now_ms);
	g_snprintf(id, sizeof(id), "msg_%s", ulid);
	print_time(when, now_ms);
	g_autofree char *event = g_strdup_printf(
		"{\"type\":\"webhook.test\",\"id\":null,\"timestamp\":\"%s\","
		"\"data\":{\"webhook\":\"%s\"}}",
		when, line->hook->id);
	return post(line, id, body_of(event, now_ms), done, arg);
}

static int redeliver(void *arg, const char *event, size_t len)
{
	struct ts_line *line = arg;
	return ts_spool_add(line->spool, event, len, unix_now_ms());
}

void ts_line_redeliver(struct ts_line *line)
{
	while (!ts_letters_take(line->letters, redeliver, line)) {}
	pump(line);
	note(line);
}

void ts_line_clear_letters(struct ts_line *line)
{
	ts_letters_clear(line->letters);
	note(line);
}

void ts_line_sync(struct ts_line *line)
{
	ts_spool_sync(line->spool);
}

/* ---- life */

struct ts_line *ts_line_open(const struct ts_line_config *config, struct ts_hook *hook)
{
	struct ts_segment_record first;
	struct ts_line *line = g_new0(struct ts_line, 1);
	g_autofree char *folder = g_build_filename(config->folder, hook->id, NULL),
			*dead = g_build_filename(folder, "dead", NULL);
	line->config = *config;
	line->hook = ts_hook_ref(hook);
	line->timer.fn = on_timer;
	line->spool = ts_spool_open(folder, (size_t)config->config->webhooks.queue_mb << 20);
	line->letters = ts_letters_open(dead, (size_t)config->config->webhooks.dead_letters);
	if (ts_spool_peek(line->spool, &first, 1, 0)) line->oldest_ms = first.ms;
	pump(line);
	note(line);
	return line;
}

static void break_off(struct ts_line *line)
{
	stop_waiting(line);
	if (line->post) ts_posts_cancel(line->config.posts, line->post);
	line->post = NULL;
}

static void line_free(struct ts_line *line)
{
	ts_count_add(TS_C_WEBHOOK_QUEUED, -(int64_t)line->counted);
	ts_letters_close(line->letters);
	ts_hook_unref(line->hook);
	g_free(line);
}

void ts_line_close(struct ts_line *line)
{
	break_off(line);
	ts_spool_close(line->spool);
	line_free(line);
}

void ts_line_remove(struct ts_line *line)
{
	break_off(line);
	ts_letters_clear(line->letters);
	ts_spool_remove(line->spool);
	line_free(line);
}

void ts_line_set(struct ts_line *line, struct ts_hook *hook)
{
	break_off(line);
	ts_hook_unref(line->hook);
	line->hook = ts_hook_ref(hook);
	line->gone = false;
	line->info.failures = line->steps = 0;
	line->info.error[0] = '\0';
	line->refusals = 0;
	pump(line);
	note(line);
}
