#include "control/ingest/ingest.h"

#include "base/clock.h"
#include "base/counter.h"
#include "base/error.h"
#include "base/log.h"
#include "base/loop.h"
#include "config/config.h"
#include "control/ingest/push.h"
#include "control/ingest/rtmp_server.h"
#include "control/ingest/srt_server.h"
#include "control/rooms/admit.h"
#include "control/rooms/registry.h"
#include "control/rooms/throttle.h"
#include "control/stats/stats.h"
#include "transport/secure/tls_server.h"
#include <glib.h>
#include <string.h>

enum { KEY_MAX = INET6_ADDRSTRLEN + 4 };

struct ts_ingest {
	struct ts_ingest_config with;
	atomic_bool open; /* before, control is asked for nothing: it may never run */
	struct ts_rtmp_server *rtmp, *rtmps; /* NULL: off */
	struct ts_srt_server *srt;           /* likewise */
};

static enum ts_push_verdict admit(struct ts_ingest *ingest, struct ts_push *push)
{
	const struct ts_target *target = &push->target;
	struct ts_registry *registry = ingest->with.registry;
	const struct ts_room *room = ts_registry_find(registry, target->room);
	const struct ts_entrant who = {.address = push->address,
		.room = target->room,
		.given = target->secret,
		.forgeable = push->forgeable,
		.overloaded = ts_registry_overload(registry) >= TS_OVERLOAD_NO_JOINS};
	struct ts_admitted admitted;
	ts_admit(&admitted, ingest->with.config, room ? ts_room_config(room) : NULL, &who,
		ingest->with.guesses, ts_now_ns());
	push->role = admitted.role;
	switch (admitted.verdict) {
	case TS_ADMITTED_OPEN:
	case TS_ADMITTED_PROVED:
		/* an encoder has no use for a place to wait: it comes again by itself */
		return ts_registry_holds_guests(registry, room) && !ts_role_is_host(admitted.role)
			? TS_PUSH_LOCKED
			: TS_PUSH_ADMITTED;
	case TS_REFUSED_NEEDED: return TS_PUSH_NEEDED;
	case TS_REFUSED_EARLY:
	case TS_REFUSED_OVER:
	case TS_REFUSED_LOCKED: return TS_PUSH_LOCKED;
	case TS_REFUSED_OVERLOADED: return TS_PUSH_FULL;
	default: return TS_PUSH_WRONG;
	}
}

/* Joins of addresses that may be forged take nothing from those over HTTP. */
static bool joins_too_often(struct ts_ingest *ingest, const struct ts_push *push, bool take)
{
	char key[KEY_MAX];
	if (!ingest->with.joins) return false;
	g_snprintf(key, sizeof(key), "%s%s", push->forgeable ? "udp " : "", push->address);
	const int64_t wait_ns = take ? ts_throttle_take(ingest->with.joins, key, ts_now_ns())
				     : ts_throttle_peek(ingest->with.joins, key, ts_now_ns());
	if (!wait_ns) return false;
	ts_count(TS_C_JOINS_REFUSED);
	return true;
}

static void on_gone(void *arg)
{
	struct ts_push *push = arg;
	push->over(push);
}

static enum ts_push_verdict bring_in(struct ts_ingest *ingest, struct ts_push *push)
{
	const struct ts_input_push wish = {.protocol = push->protocol,
		.name = push->target.name,
		.role = push->role,
		.address = push->address,
		.forgeable = push->forgeable,
		.pipe = push->pipe,
		.counts = &push->counts,
		.gone = on_gone,
		.arg = push};
	if (joins_too_often(ingest, push, true) ||
		ts_inputs_push(ingest->with.inputs, push->target.room, &wish))
		return TS_PUSH_FULL;
	return TS_PUSH_ADMITTED;
}

static enum ts_push_verdict look_for_place(struct ts_ingest *ingest, const struct ts_push *push)
{
	if (joins_too_often(ingest, push, false) ||
		!ts_inputs_has_place(ingest->with.inputs, push->target.room))
		return TS_PUSH_FULL;
	return TS_PUSH_ADMITTED;
}

static void note_refusal(const struct ts_push *push, enum ts_push_verdict verdict)
{
	static const char *const why[] = {[TS_PUSH_NEEDED] = "secret-needed",
		[TS_PUSH_WRONG] = "secret",
		[TS_PUSH_LOCKED] = "room-locked",
		[TS_PUSH_FULL] = "full"};
	if (verdict == TS_PUSH_ADMITTED) return;
	ts_count(TS_C_PUSHES_REFUSED);
	ts_stats_refused(push->ingest->with.stats, push->target.room, "push-not-admitted");
	ts_log_limited(TS_LOG_INFO, "push refused", "room=%s client=%s why=%s", push->target.room,
		push->address, why[verdict]);
}

static void on_push(struct ts_task *task)
{
	struct ts_push *push = ts_container_of(task, struct ts_push, task);
	enum ts_push_verdict verdict = admit(push->ingest, push);
	explicit_bzero(push->target.secret, sizeof(push->target.secret));
	if (verdict == TS_PUSH_ADMITTED) verdict = bring_in(push->ingest, push);
	note_refusal(push, verdict);
	atomic_store_explicit(&push->verdict, verdict, memory_order_release);
	push->answered(push);
	if (verdict != TS_PUSH_ADMITTED) push->over(push);
}

/* Of one that was given up nothing is counted: not as a guess either. */
static void on_ask(struct ts_task *task)
{
	struct ts_push *push = ts_container_of(task, struct ts_push, task);
	int waits = TS_PUSH_WAITS;
	if (atomic_load_explicit(&push->verdict, memory_order_acquire) == waits) {
		enum ts_push_verdict verdict = admit(push->ingest, push);
		if (verdict == TS_PUSH_ADMITTED) verdict = look_for_place(push->ingest, push);
		note_refusal(push, verdict);
		atomic_compare_exchange_strong(&push->verdict, &waits, verdict);
	}
	explicit_bzero(push->target.secret, sizeof(push->target.secret));
	push->answered(push);
}

static void on_enter(struct ts_task *task)
{
	struct ts_push *push = ts_container_of(task, struct ts_push, task);
	const enum ts_push_verdict verdict = bring_in(push->ingest, push);
	note_refusal(push, verdict);
	if (verdict != TS_PUSH_ADMITTED) push->over(push);
}

static int post(struct ts_push *push, void (*fn)(struct ts_task *task))
{
	if (!atomic_load_explicit(&push->ingest->open, memory_order_acquire)) return TS_ECLOSED;
	push->task.fn = fn;
	return ts_loop_post(push->ingest->with.control, &push->task);
}

int ts_ingest_push(struct ts_push *push)
{
	return post(push, on_push);
}

int ts_ingest_ask(struct ts_push *push)
{
	return post(push, on_ask);
}

int ts_ingest_enter(struct ts_push *push)
{
	return post(push, on_enter);
}

/* ---- the certificate of RTMPS */

static int read_certificate(struct ts_tls_server **out, const struct ts_config *config)
{
	const bool own = *config->ingest.rtmps_cert;
	const char *cert_file = own ? config->ingest.rtmps_cert : config->http.cert;
	const char *key_file = own ? config->ingest.rtmps_key : config->http.key;
	g_autoptr(GError) error = NULL;
	g_autofree char *cert = NULL;
	char *key = NULL;
	gsize key_len = 0;
	int rc = TS_EINVAL;
	if (!g_file_get_contents(cert_file, &cert, NULL, &error) ||
		!g_file_get_contents(key_file, &key, &key_len, &error))
		ts_error("certificate not read", "error=%s", TS_LOG_STR(error->message));
	else if ((rc = ts_tls_server_create(out, cert, key)))
		ts_error("certificate not taken", "file=%s error=%s", TS_LOG_STR(cert_file),
			ts_strerror(rc));
	if (key) explicit_bzero(key, key_len);
	g_free(key);
	return rc;
}

static int start_rtmps(struct ts_ingest *ingest)
{
	struct ts_rtmp_server_config config = {ingest, ingest->with.config, NULL};
	const int rc = read_certificate(&config.tls, config.config);
	return rc ? rc : ts_rtmp_server_create(&ingest->rtmps, &config);
}

void ts_ingest_reload(struct ts_ingest *ingest)
{
	struct ts_tls_server *tls;
	if (!ingest->rtmps || read_certificate(&tls, ingest->with.config)) return;
	ts_rtmp_server_set_tls(ingest->rtmps, tls);
	ts_info("certificate", "of=rtmps");
}

/* ---- life */

int ts_ingest_create(struct ts_ingest **out, const struct ts_ingest_config *with)
{
	const struct ts_config *config = with->config;
	struct ts_ingest *ingest = g_new0(struct ts_ingest, 1);
	ingest->with = *with;
	*out = ingest;
	int rc = 0;
	if (*config->ingest.rtmp_listen.addr)
		rc = ts_rtmp_server_create(
			&ingest->rtmp, &(struct ts_rtmp_server_config){ingest, config, NULL});
	if (!rc && *config->ingest.rtmps_listen.addr) rc = start_rtmps(ingest);
	if (!rc && *config->ingest.srt_listen.addr)
		rc = ts_srt_server_create(&ingest->srt, ingest, config);
	if (!rc) atomic_store_explicit(&ingest->open, true, memory_order_release);
	return rc;
}

void ts_ingest_destroy(struct ts_ingest **out)
{
	struct ts_ingest *ingest = *out;
	*out = NULL;
	if (!ingest) return;
	ts_rtmp_server_destroy(&ingest->rtmps);
	ts_rtmp_server_destroy(&ingest->rtmp);
	ts_srt_server_destroy(&ingest->srt);
	g_free(ingest);
}
