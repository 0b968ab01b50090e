#include "control/inputs/inputs.h"

#include "base/clock.h"
#include "base/counter.h"
#include "base/error.h"
#include "base/log.h"
#include "base/loop.h"
#include "config/config.h"
#include "config/fetch.h"
#include "control/rooms/fetch_way.h"
#include "control/rooms/registry.h"
#include "layout/name.h"
#include <glib.h>
#include <string.h>

#define KEEP_NS (600 * TS_NS_PER_S)

struct entry {
	struct ts_input input; /* first */
	int refs;              /* the list; the leg, until it is gone */
	struct ts_inputs *all;
	struct ts_participant *participant; /* NULL: left */
	bool listed, was_live;
	int64_t ended_ns; /* 0: it goes on */
	/* of what is pushed; gone NULL: it is not, or is over */
	const struct ts_push_counts *counts;
	void (*gone)(void *arg);
	void *gone_arg;
	int64_t counted_ns;
};

struct ts_inputs {
	struct ts_loop *loop;
	struct ts_registry *registry;
	const struct ts_config *config;
	GPtrArray *list; /* [refs] struct entry, the oldest first */
	size_t legs[2];  /* whose threads may still run; [1]: of what is pushed */
	struct ts_timer upkeep;
	void (*changed)(void *arg, const struct ts_input *input, bool gone);
	void *changed_arg;
};

const char *ts_input_state_name(enum ts_input_state state)
{
	static const char *const names[TS_INPUT_STATES] = {[TS_INPUT_CONNECTING] = "connecting",
		[TS_INPUT_LIVE] = "live",
		[TS_INPUT_RETRYING] = "retrying",
		[TS_INPUT_FAILED] = "failed",
		[TS_INPUT_ENDED] = "ended"};
	return names[state];
}

const char *ts_push_protocol_name(enum ts_push_protocol protocol)
{
	static const char *const names[TS_PUSH_PROTOCOLS] = {
		[TS_PUSH_RTMP] = "rtmp", [TS_PUSH_RTMPS] = "rtmps", [TS_PUSH_SRT] = "srt"};
	return names[protocol];
}

static void unref(void *arg)
{
	struct entry *e = arg;
	if (!--e->refs) g_free(e);
}

static void tell(struct entry *e, bool gone)
{
	if (e->listed && e->all->changed) e->all->changed(e->all->changed_arg, &e->input, gone);
}

static void forget(struct entry *e)
{
	tell(e, true);
	e->listed = false;
	g_ptr_array_remove(e->all->list, e);
}

/* ---- what is over is kept for a while */

static void on_upkeep(struct ts_timer *timer, int64_t now_ns)
{
	struct ts_inputs *all = ts_container_of(timer, struct ts_inputs, upkeep);
	int64_t next_ns = INT64_MAX;
	for (guint i = 0; i < all->list->len;) {
		struct entry *e = all->list->pdata[i];
		if (e->ended_ns && e->ended_ns + KEEP_NS <= now_ns) {
			forget(e);
			continue;
		}
		if (e->ended_ns && e->ended_ns + KEEP_NS < next_ns) next_ns = e->ended_ns + KEEP_NS;
		i++;
	}
	if (next_ns != INT64_MAX) ts_loop_timer_set(all->loop, timer, next_ns);
}

/* Pushed, and never live: strangers make as many as they like. */
static bool stillborn(const struct entry *e)
{
	return e->input.pushed && !e->was_live;
}

static void forget_oldest(struct ts_inputs *all, bool of_stillborn)
{
	const size_t max = of_stillborn ? TS_INPUTS_STILLBORN_MAX : TS_INPUTS_ENDED_MAX;
	struct entry *oldest = NULL;
	size_t ended = 0;
	for (guint i = 0; i < all->list->len; i++) {
		struct entry *e = all->list->pdata[i];
		if (!e->ended_ns || stillborn(e) != of_stillborn) continue;
		ended++;
		if (!oldest) oldest = e;
	}
	if (ended > max) forget(oldest);
}

static void log_end(const struct entry *e)
{
	const struct ts_input *i = &e->input;
	const char *state = ts_input_state_name(i->info.state);
	if (stillborn(e))
		ts_log_limited(TS_LOG_INFO, "input ended", "room=%s input=%s state=%s reason=%s",
			i->room, i->id, state, TS_LOG_STR(i->info.reason));
	else
		ts_info("input ended", "room=%s input=%s state=%s reason=%s", i->room, i->id, state,
			TS_LOG_STR(i->info.reason));
}

static void log_begin(const struct ts_input *i, const struct ts_input_push *push)
{
	const char *client = push ? push->address : "";
	if (push)
		ts_log_limited(TS_LOG_INFO, "input",
			"room=%s input=%s participant=%s url=%s client=%s", i->room, i->id,
			i->participant, TS_LOG_STR(i->url), client);
	else
		ts_info("input", "room=%s input=%s participant=%s url=%s client=%s", i->room, i->id,
			i->participant, TS_LOG_STR(i->url), client);
}

static void end(struct entry *e, enum ts_input_state state, const char *reason)
{
	if (e->ended_ns) return;
	e->ended_ns = ts_now_ns();
	e->input.ended_ms = ts_unix_ms_from_ns(e->ended_ns);
	if (e->input.info.state < TS_INPUT_FAILED) {
		e->input.info.state = state;
		g_strlcpy(e->input.info.reason, reason, sizeof(e->input.info.reason));
	}
	log_end(e);
	tell(e, false);
	if (!e->listed) return;
	on_upkeep(&e->all->upkeep, e->ended_ns);
	forget_oldest(e->all, stillborn(e));
}

/* ---- what its leg and its participant tell */

static bool looks_other(const struct ts_input_info *a, const struct ts_input_info *b)
{
	return a->state != b->state || strcmp(a->reason, b->reason) != 0 ||
		a->retries != b->retries || a->width != b->width || a->height != b->height ||
		strcmp(a->video_codec, b->video_codec) != 0 ||
		strcmp(a->audio_codec, b->audio_codec) != 0;
}

/* Called each second, and when something happens: then what came since is too little to divide. */
static void count_pushed(struct entry *e, int64_t now_ns)
{
	struct ts_input *i = &e->input;
	if (!e->counts || now_ns - e->counted_ns < TS_NS_PER_S / 2) return;
	const uint64_t bytes = atomic_load_explicit(&e->counts->bytes, memory_order_relaxed);
	i->kbps = (uint32_t)((bytes - i->bytes) * 8 * (TS_NS_PER_S / 1000) /
		(uint64_t)(now_ns - e->counted_ns));
	i->bytes = bytes;
	i->lost = atomic_load_explicit(&e->counts->lost, memory_order_relaxed);
	i->rtt_us = atomic_load_explicit(&e->counts->rtt_us, memory_order_relaxed);
	e->counted_ns = now_ns;
}

static void on_changed(void *arg, const struct ts_input_info *info)
{
	struct entry *e = arg;
	count_pushed(e, ts_now_ns());
	if (e->ended_ns) return;
	const bool other = looks_other(&e->input.info, info);
	e->was_live |= info->state == TS_INPUT_LIVE;
	if (info->state != e->input.info.state && !stillborn(e))
		ts_info("input", "room=%s input=%s from=%s to=%s reason=%s", e->input.room,
			e->input.id, ts_input_state_name(e->input.info.state),
			ts_input_state_name(info->state), TS_LOG_STR(info->reason));
	e->input.info = *info;
	if (other && info->state < TS_INPUT_FAILED) tell(e, false);
}

static void on_gone(void *arg)
{
	struct entry *e = arg;
	e->all->legs[e->input.pushed]--;
	e->counts = NULL;
	e->input.kbps = 0;
	if (e->gone) e->gone(e->gone_arg);
	unref(e);
}

static void on_left(void *arg, const char *reason)
{
	struct entry *e = arg;
	e->participant = NULL;
	end(e, TS_INPUT_ENDED, reason);
}

static void on_moved(void *arg, struct ts_room *to)
{
	struct entry *e = arg;
	g_strlcpy(e->input.room, ts_room_config(to)->id, sizeof(e->input.room));
	tell(e, false);
}

static const struct ts_participant_events participant_events = {.moved = on_moved, .left = on_left};

/* ---- adding */

/* A part of it is "..", which a name such as a..b.mp4 is not. */
static bool goes_up(const char *path)
{
	for (const char *at = path; at; at = strchr(at, '/')) {
		at += *at == '/';
		if (strcspn(at, "/") == 2 && !memcmp(at, "..", 2)) return true;
	}
	return false;
}

/* NULL: it may be tried. */
static const char *refusal(const struct ts_config *config, const char *url)
{
	if (strlen(url) >= TS_URL_MAX) return "the URL is too long";
	if (!strcmp(url, "test:")) return NULL;
	if (g_str_has_prefix(url, "media:"))
		return !*config->inputs.media_dir ? "inputs.media_dir of this server is not set"
			: !url[6] || url[6] == '/' || goes_up(url + 6)
			? "media: is followed by the name of a file in inputs.media_dir"
			: NULL;
	return ts_fetch_glance(&config->inputs.allow, url);
}

/* What publishers push takes no places of what operators bring in, nor the other way round. */
static bool has_place(const struct ts_inputs *all, const char *room_id, bool pushed)
{
	const struct ts_config *config = all->config;
	const int of_pushes = config->ingest.max_pushes ? config->ingest.max_pushes
							: (config->inputs.max + 1) / 2;
	size_t n = 0;
	for (guint i = 0; i < all->list->len; i++) {
		const struct entry *e = all->list->pdata[i];
		n += !e->ended_ns && e->input.pushed == pushed && !strcmp(e->input.room, room_id);
	}
	return all->legs[pushed] < (size_t)(pushed ? of_pushes : config->inputs.max) &&
		n < (size_t)config->inputs.max_per_room;
}

static void describe(struct ts_media_config *media, bool there)
{
	media->n_pt = there ? 1 : 0;
	media->send = false;
}

static int join(struct entry *e, const struct ts_input_wish *wish, const struct ts_input_push *push)
{
	struct ts_inputs *all = e->all;
	struct ts_participant_info info;
	struct ts_member *member;
	struct ts_input_way *way = g_new0(struct ts_input_way, 1);
	struct ts_join *join = g_new0(struct ts_join, 1);
	*way = (struct ts_input_way){.media_dir = all->config->inputs.media_dir,
		.loop = wish->loop,
		.datagrams = wish->datagrams,
		.guard = ts_fetch_way,
		.guard_arg = (void *)(uintptr_t)all->config,
		.changed = on_changed,
		.gone = on_gone,
		.arg = e};
	g_strlcpy(way->url, wish->url, sizeof(way->url));
	if (push) {
		static const char *const formats[TS_PUSH_PROTOCOLS] = {
			[TS_PUSH_RTMP] = "flv", [TS_PUSH_RTMPS] = "flv", [TS_PUSH_SRT] = "mpegts"};
		way->pipe = push->pipe;
		way->format = formats[push->protocol];
		g_strlcpy(join->from, push->address, sizeof(join->from));
		join->from_forgeable = push->forgeable;
		g_strlcpy(join->role, push->role ? push->role : "", sizeof(join->role));
	}
	join->kind = TS_KIND_INPUT;
	join->leg = &ts_input_leg;
	join->way = way;
	join->audio_media = 0;
	join->video_media = 1;
	join->slides_media = -1;
	join->transport.n_media = 2;
	describe(&join->transport.media[0], wish->audio);
	describe(&join->transport.media[1], wish->video);
	join->events = &participant_events;
	join->events_arg = e;
	g_strlcpy(join->name, e->input.name, sizeof(join->name));
	const int rc = ts_registry_join(all->registry, e->input.room, join, NULL, NULL, &member);
	if (!rc) {
		e->participant = member->participant;
		ts_participant_info(e->participant, &info);
		g_strlcpy(e->input.participant, info.id, sizeof(e->input.participant));
		g_strlcpy(e->input.name, info.name, sizeof(e->input.name));
	}
	g_free(join);
	/* it may hold a password */
	explicit_bzero(way->url, sizeof(way->url));
	g_free(way);
	return rc;
}

static struct entry *entry_new(
	struct ts_inputs *all, const char *room_id, const struct ts_input_wish *wish)
{
	struct entry *e = g_new0(struct entry, 1);
	struct ts_input *i = &e->input;
	e->all = all;
	e->refs = 1;
	i->created_ms = ts_unix_ms_from_ns(ts_now_ns());
	ts_ulid(i->id, i->created_ms);
	g_strlcpy(i->room, room_id, sizeof(i->room));
	ts_url_masked(i->url, sizeof(i->url), wish->url);
	g_strlcpy(i->name, *wish->name ? wish->name : "input", sizeof(i->name));
	i->loop = wish->loop;
	i->audio = wish->audio;
	i->video = wish->video;
	i->datagrams = wish->datagrams;
	return e;
}

/* push: NULL for what we fetch. */
static int add(struct ts_inputs *all, const char *room_id, const struct ts_input_wish *wish,
	const struct ts_input_push *push, const struct ts_input **out)
{
	if (ts_registry_overload(all->registry) >= TS_OVERLOAD_NO_JOINS) return TS_EAGAIN;
	if (!has_place(all, room_id, push != NULL)) return TS_ELIMIT;
	struct entry *e = entry_new(all, room_id, wish);
	if (push) {
		e->input.pushed = true;
		e->input.protocol = push->protocol;
		e->counts = push->counts;
		e->counted_ns = ts_now_ns();
		e->gone = push->gone;
		e->gone_arg = push->arg;
	}
	all->legs[push != NULL]++;
	e->refs++;
	const int rc = join(e, wish, push);
	if (rc) {
		all->legs[push != NULL]--;
		g_free(e);
		return rc;
	}
	e->listed = true;
	g_ptr_array_add(all->list, e);
	log_begin(&e->input, push);
	tell(e, false);
	*out = &e->input;
	return 0;
}

int ts_inputs_add(struct ts_inputs *all, const char *room_id, const struct ts_input_wish *wish,
	const struct ts_input **out, const char **why)
{
	if (!ts_room_id_ok(room_id)) return TS_EINVAL;
	*why = refusal(all->config, wish->url);
	if (!*why) return add(all, room_id, wish, NULL, out);
	ts_count(TS_C_INPUT_REFUSED);
	return TS_EAUTH;
}

int ts_inputs_push(struct ts_inputs *all, const char *room_id, const struct ts_input_push *push)
{
	static const char *const urls[TS_PUSH_PROTOCOLS] = {[TS_PUSH_RTMP] = "push:rtmp",
		[TS_PUSH_RTMPS] = "push:rtmps",
		[TS_PUSH_SRT] = "push:srt"};
	const struct ts_input *input;
	const struct ts_input_wish wish = {.url = urls[push->protocol],
		.name = *push->name ? push->name : ts_push_protocol_name(push->protocol),
		.audio = true,
		.video = true};
	if (!ts_room_id_ok(room_id)) return TS_EINVAL;
	return add(all, room_id, &wish, push, &input);
}

bool ts_inputs_has_place(const struct ts_inputs *all, const char *room_id)
{
	return has_place(all, room_id, true);
}

void ts_inputs_remove(struct ts_inputs *all, const struct ts_input *input)
{
	struct entry *e = (struct entry *)(uintptr_t)input; /* callers get them const */
	(void)all;
	e->refs++;
	if (e->participant) ts_participant_leave(e->participant, "removed");
	if (e->listed) forget(e);
	unref(e);
}

/* ---- looking */

const struct ts_input *ts_inputs_find(struct ts_inputs *all, const char *room_id, const char *id)
{
	for (guint i = 0; i < all->list->len; i++) {
		const struct entry *e = all->list->pdata[i];
		if (!strcmp(e->input.id, id) && !strcmp(e->input.room, room_id)) return &e->input;
	}
	return NULL;
}

const struct ts_input *ts_inputs_next(struct ts_inputs *all, const char *room_id, size_t *at)
{
	while (*at < all->list->len) {
		const struct entry *e = all->list->pdata[(*at)++];
		if (!strcmp(e->input.room, room_id)) return &e->input;
	}
	return NULL;
}

/* ---- life of all */

void ts_inputs_create(struct ts_inputs **out, struct ts_loop *loop, struct ts_registry *registry,
	const struct ts_config *config)
{
	struct ts_inputs *all = g_new0(struct ts_inputs, 1);
	all->loop = loop;
	all->registry = registry;
	all->config = config;
	all->list = g_ptr_array_new_with_free_func(unref);
	all->upkeep.fn = on_upkeep;
	*out = all;
}

void ts_inputs_watch(struct ts_inputs *all,
	void (*changed)(void *arg, const struct ts_input *input, bool gone), void *arg)
{
	all->changed = changed;
	all->changed_arg = arg;
}

void ts_inputs_destroy(struct ts_inputs **inputs)
{
	struct ts_inputs *all = *inputs;
	*inputs = NULL;
	if (!all) return;
	g_assert(!all->legs[0] && !all->legs[1]);
	ts_loop_timer_cancel(all->loop, &all->upkeep);
	g_ptr_array_unref(all->list);
	g_free(all);
}
