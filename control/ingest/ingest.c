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
#include <glib.h>
#include <string.h>

struct ts_ingest {
	struct ts_loop *control;
	struct ts_registry *registry;
	struct ts_inputs *inputs;
	struct ts_guesses *guesses;
	const struct ts_config *config;
	struct ts_rtmp_server *rtmp; /* NULL: off */
	struct ts_srt_server *srt;   /* likewise */
};

static enum ts_push_verdict admit(struct ts_ingest *ingest, const struct ts_push *push)
{
	const struct ts_target *target = &push->target;
	const struct ts_room *room = ts_registry_find(ingest->registry, target->room);
	const struct ts_entrant who = {.address = push->address,
		.room = target->room,
		.given = target->secret,
		.overloaded = ts_registry_overload(ingest->registry) >= TS_OVERLOAD_NO_JOINS};
	struct ts_admitted admitted;
	ts_admit(&admitted, ingest->config, room ? ts_room_config(room) : NULL, &who,
		ingest->guesses, ts_now_ns());
	switch (admitted.verdict) {
	case TS_ADMITTED_OPEN:
	case TS_ADMITTED_PROVED: return TS_PUSH_ADMITTED;
	case TS_REFUSED_NEEDED: return TS_PUSH_NEEDED;
	case TS_REFUSED_LOCKED: return TS_PUSH_LOCKED;
	case TS_REFUSED_OVERLOADED: return TS_PUSH_FULL;
	default: return TS_PUSH_WRONG;
	}
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
		.address = push->address,
		.pipe = push->pipe,
		.counts = &push->counts,
		.gone = on_gone,
		.arg = push};
	return ts_inputs_push(ingest->inputs, push->target.room, &wish) ? TS_PUSH_FULL
									: TS_PUSH_ADMITTED;
}

static void on_ask(struct ts_task *task)
{
	static const char *const why[] = {[TS_PUSH_NEEDED] = "secret-needed",
		[TS_PUSH_WRONG] = "secret",
		[TS_PUSH_LOCKED] = "room-locked",
		[TS_PUSH_FULL] = "full"};
	struct ts_push *push = ts_container_of(task, struct ts_push, ask_task);
	struct ts_ingest *ingest = push->ingest;
	enum ts_push_verdict verdict = admit(ingest, push);
	explicit_bzero(push->target.secret, sizeof(push->target.secret));
	if (verdict == TS_PUSH_ADMITTED) verdict = bring_in(ingest, push);
	if (verdict != TS_PUSH_ADMITTED) {
		ts_count(TS_C_PUSHES_REFUSED);
		ts_log_limited(TS_LOG_INFO, "push refused", "room=%s client=%s why=%s",
			push->target.room, push->address, why[verdict]);
	}
	atomic_store_explicit(&push->verdict, verdict, memory_order_release);
	push->answered(push);
	if (verdict != TS_PUSH_ADMITTED) push->over(push);
}

int ts_ingest_ask(struct ts_push *push)
{
	push->ask_task.fn = on_ask;
	return ts_loop_post(push->ingest->control, &push->ask_task);
}

int ts_ingest_create(struct ts_ingest **out, struct ts_loop *control, struct ts_registry *registry,
	struct ts_inputs *inputs, struct ts_guesses *guesses, const struct ts_config *config)
{
	struct ts_ingest *ingest = g_new0(struct ts_ingest, 1);
	*ingest = (struct ts_ingest){.control = control,
		.registry = registry,
		.inputs = inputs,
		.guesses = guesses,
		.config = config};
	*out = ingest;
	int rc = 0;
	if (*config->ingest.rtmp_listen.addr)
		rc = ts_rtmp_server_create(&ingest->rtmp, ingest, config);
	if (!rc && *config->ingest.srt_listen.addr)
		rc = ts_srt_server_create(&ingest->srt, ingest, config);
	return rc;
}

void ts_ingest_destroy(struct ts_ingest **out)
{
	struct ts_ingest *ingest = *out;
	*out = NULL;
	if (!ingest) return;
	ts_rtmp_server_destroy(&ingest->rtmp);
	ts_srt_server_destroy(&ingest->srt);
	g_free(ingest);
}
