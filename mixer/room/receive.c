/* receive - what a participant is sent of the view: the step that their network takes, the change
 * from one to the next, and the keyframes that they request. */
#include "base/clock.h"
#include "base/counter.h"
#include "base/error.h"
#include "base/log.h"
#include "mixer/room/model.h"

/* A change of step without a keyframe for so long is none: the encoder of the new one fails. */
#define MOVE_NS (2 * TS_NS_PER_S)
#define RETRY_NS (4 * TS_NS_PER_S)
/* Of a receiver's requests for keyframes, and of what we need for them, each by itself: only the
 * former is held against them. */
#define KEY_SHARE_NS (2 * TS_NS_PER_S)
enum { KEY_CREDIT = 2 };
enum { REQUESTED, NEEDED };
enum { LEAST_PERCENT = 60, STEADY_PERCENT = 5 };

void ts_participant_receive_init(struct ts_participant *p)
{
	ts_tier_init(&p->receiver.tier, p->joined_ns);
	p->others_bps = UINT32_MAX;
	for (int by = 0; by < 2; by++)
		p->key_share[by] = (struct ts_key_share){p->joined_ns, KEY_CREDIT, false};
	p->content_share = p->key_share[REQUESTED];
	ts_tier_init(&p->content.tier, p->joined_ns);
}

int ts_participant_choose(struct ts_participant *p)
{
	const struct ts_output *before = p->receiver.next;
	const struct ts_room_view *of = ts_room_view_of_output(p->room, p->receiver.output);
	p->receiver.crosses = of && of != ts_participant_sees(p);
	int err = ts_receiver_choose(&p->receiver, &ts_participant_sees(p)->scene);
	if (p->receiver.next && p->receiver.next != before) p->moving_ns = ts_now_ns();
	if (!p->receiver.next) ts_participant_arrive(p);
	p->retry_ns = err == TS_ENOMEM || p->receiver.shares ? ts_now_ns() + RETRY_NS : 0;
	return err;
}

/* ---- the network decides */

static uint32_t audio_bps(const struct ts_participant *p)
{
	struct ts_audio_profile profile;
	struct ts_audio_delivery delivery;
	if (!p->audio_sender || !p->audio_limits.codec) return 0;
	ts_audio_choose(&profile, &delivery, &p->audio_limits, &p->audio_way);
	return ts_audio_cost_bps(&profile, &delivery);
}

static struct ts_tier_facts facts_of(const struct ts_participant *p, struct ts_tier_rates *rates)
{
	ts_receiver_rates(&p->receiver, &ts_participant_sees(p)->scene, rates);
	struct ts_tier_facts facts = {.network = &p->network,
		.rates = rates,
		/* a second stream takes of the same way */
		.audio_bps = audio_bps(p) +
			(p->content.output ? ts_output_bitrate(p->content.output) : 0),
		.moving = p->receiver.next != NULL,
		.shared = p->receiver.output && ts_output_receivers(p->receiver.output) > 1,
		.others_bps = p->others_bps};
	ts_receiver_taken(&p->receiver, &ts_participant_sees(p)->scene, facts.taken_bps);
	return facts;
}

static void count_change(const struct ts_tier *tier, enum ts_tier_change change)
{
	if (change == TS_TIER_UP)
		ts_count(tier->was_trial ? TS_C_STEP_UP_TRIAL : TS_C_STEP_UP_ESTIMATE);
	else
		ts_count(tier->why == TS_TIER_KEYFRAMES ? TS_C_STEP_DOWN_KEYFRAMES
							: TS_C_STEP_DOWN_NETWORK);
}

static bool same_step(const struct ts_step *a, const struct ts_step *b)
{
	return a->width == b->width && a->height == b->height && a->fps == b->fps &&
		a->bitrate_bps == b->bitrate_bps;
}

/* Is the first of the steps within the need the first of all? */
static bool has_top(const struct ts_ladder *ladder, const struct ts_need *need)
{
	struct ts_ladder steps;
	ts_ladder_fit(ladder, need, &steps);
	return steps.n && same_step(&steps.step[0], &ladder->step[0]);
}

/* Would it be another step if none were left out? */
static bool misses_step(const struct ts_scene *scene, const struct ts_need *need)
{
	struct ts_ladder all, of_all, of_now;
	if (!scene->fewer_steps) return false;
	ts_scene_all_steps(scene, &all);
	ts_ladder_fit(&all, need, &of_all);
	ts_ladder_fit(&scene->ladder, need, &of_now);
	return of_all.n && of_now.n && !same_step(&of_all.step[0], &of_now.step[0]);
}

static enum ts_limited_by limited_by(const struct ts_participant *p)
{
	const struct ts_ladder *ladder = &ts_participant_sees(p)->scene.ladder;
	struct ts_need decoder = p->receiver.need;
	if (!p->receiver.output) return TS_LIMITED_NOT;
	if (p->receiver.tier.why == TS_TIER_KEYFRAMES) return TS_LIMITED_BY_KEYFRAMES;
	if (p->receiver.tier.why == TS_TIER_NETWORK) return TS_LIMITED_BY_NETWORK;
	if (p->receiver.shares || misses_step(&ts_participant_sees(p)->scene, &p->receiver.need))
		return TS_LIMITED_BY_OVERLOAD;
	if (has_top(ladder, &p->receiver.need)) return TS_LIMITED_NOT;
	decoder.max_height = decoder.max_fps = 0;
	decoder.max_kbps = 0;
	return has_top(ladder, &decoder) ? TS_LIMITED_BY_ASKED : TS_LIMITED_BY_DECODER;
}

static void use_change(struct ts_participant *p, enum ts_tier_change change)
{
	const struct ts_tier *tier = &p->receiver.tier;
	const struct ts_network *n = &p->network;
	if (change == TS_TIER_STAYS) return;
	count_change(tier, change);
	int err = ts_participant_choose(p);
	const char *by = ts_limited_by_name(limited_by(p));
	ts_info("step",
		"room=%s participant=%s change=%s limited_by=%s limit_kbps=%u estimate_kbps=%u "
		"peer_kbps=%u sent_kbps=%u loss_permille=%u keyframe_requests=%u err=%d",
		p->room->config.id, p->id, change == TS_TIER_UP ? "up" : "down",
		by ? by : "nothing", tier->limit_bps / 1000, n->estimate_bps / 1000,
		n->peer_bps / 1000, n->sent_bps / 1000, n->loss_permille, tier->keyframe_requests,
		err);
	ts_room_schedule_plan(p->room);
	ts_room_touch(p->room, TS_ROOM_PARTICIPANT, p);
}

static void use_refresh(struct ts_participant *p)
{
	const struct ts_output *before = p->receiver.output, *next = p->receiver.next;
	int err = ts_participant_choose(p);
	if (p->receiver.output == before && p->receiver.next == next) return; /* not theirs */
	ts_info("intra refresh", "room=%s participant=%s state=%s loss_permille=%u err=%d",
		p->room->config.id, p->id, p->receiver.refresh.on ? "on" : "off",
		p->network.loss_permille, err);
	ts_room_schedule_plan(p->room);
}

static void tell_wanted(struct ts_participant *p, const struct ts_tier_facts *facts)
{
	const uint32_t wanted_bps = ts_tier_wanted_bps(&p->receiver.tier, facts);
	if (wanted_bps != p->wanted_bps) p->leg->ops->set_wanted_bps(p->leg, wanted_bps);
	p->wanted_bps = wanted_bps;
}

static void follow_network(struct ts_participant *p, int64_t now_ns)
{
	struct ts_tier_rates rates;
	if (!p->receiver.sent || p->state != TS_P_CONNECTED) return;
	const struct ts_tier_facts facts = facts_of(p, &rates);
	use_change(p, ts_tier_run(&p->receiver.tier, &facts, now_ns));
	if (ts_refresh_run(&p->receiver.refresh, &p->network, now_ns)) use_refresh(p);
	tell_wanted(p, &facts);
}

void ts_participant_begin_receiving(struct ts_participant *p)
{
	struct ts_tier_rates rates;
	if (!p->receiver.output) return;
	const struct ts_tier_facts facts = facts_of(p, &rates);
	tell_wanted(p, &facts);
}

void ts_participant_update_network(struct ts_participant *p, const struct ts_network *network)
{
	p->network = *network;
	follow_network(p, ts_now_ns());
}

/* ---- from one output to the next */

void ts_participant_switched(struct ts_participant *p, uint32_t output_id)
{
	if (p->state == TS_P_ENDED) return;
	const bool moved = p->receiver.next != NULL;
	if (ts_receiver_switched(&p->receiver, output_id)) {
		if (!moved || p->receiver.next) return;
		ts_participant_arrive(p);
		ts_room_schedule_plan(p->room); /* which takes them from the list of the old one */
		ts_room_touch(p->room, TS_ROOM_PARTICIPANT, p);
	} else if (p->receiver.output && !p->receiver.next) {
		/* it was called off, too late: they are in the list, but must begin anew */
		ts_output_request_keyframe(p->receiver.output);
	}
}

static void give_up(struct ts_participant *p, int64_t now_ns)
{
	ts_warn("step not taken", "room=%s participant=%s reason=no-keyframe", p->room->config.id,
		p->id);
	ts_count(TS_C_STEP_ABANDONED);
	const struct ts_room_view *of = ts_room_view_of_output(p->room, p->receiver.output);
	if (p->departed_from || (of && of->removed)) { /* there is no way back */
		ts_receiver_cut_over(&p->receiver);
		ts_participant_arrive(p);
		ts_room_schedule_plan(p->room);
		return;
	}
	ts_receiver_give_up(&p->receiver);
	/* a change before this one may have taken them from what they are given again */
	if (!p->receiver.sent && p->receiver.output) ts_output_request_keyframe(p->receiver.output);
	p->retry_ns = now_ns + RETRY_NS;
	ts_room_schedule_plan(p->room);
}

/* ---- keyframes */

/* Kept as it was when one last counted: what was earned since is added where it is looked at. */
static int key_credit(const struct ts_key_share *share, int64_t now_ns)
{
	const int64_t credit = share->credit + (now_ns - share->earned_ns) / KEY_SHARE_NS;
	return credit < KEY_CREDIT ? (int)credit : KEY_CREDIT;
}

static void spend_key_credit(struct ts_key_share *share, int64_t now_ns)
{
	const int credit = key_credit(share, now_ns);
	share->earned_ns = credit == KEY_CREDIT
		? now_ns
		: now_ns - (now_ns - share->earned_ns) % KEY_SHARE_NS;
	share->credit = credit > 0 ? credit - 1 : 0;
}

/* A keyframe costs all who share the encoder. One receiver, which may request them without end,
 * costs the others one in KEY_SHARE_NS; a few at once are let through, for whoever has just come or
 * lost something. */
static void serve_keyframe(struct ts_participant *p, int by, int64_t now_ns)
{
	struct ts_key_share *share = &p->key_share[by];
	/* the change brings them one */
	if (!p->receiver.output || p->receiver.next) return;
	share->owed = !key_credit(share, now_ns) && ts_output_receivers(p->receiver.output) > 1;
	if (share->owed) return;
	spend_key_credit(share, now_ns);
	p->key_share[REQUESTED].owed = p->key_share[NEEDED].owed = false; /* one serves both */
	ts_output_request_keyframe(p->receiver.output);
}

void ts_participant_send_keyframe(struct ts_participant *p)
{
	const int64_t now_ns = ts_now_ns();
	struct ts_tier_rates rates;
	if (p->receiver.sent && p->state == TS_P_CONNECTED) {
		const struct ts_tier_facts facts = facts_of(p, &rates);
		use_change(p, ts_tier_keyframe_request(&p->receiver.tier, &facts, now_ns));
		if (ts_refresh_keyframe_request(&p->receiver.refresh, now_ns)) use_refresh(p);
	}
	serve_keyframe(p, REQUESTED, now_ns);
}

void ts_participant_need_keyframe(struct ts_participant *p)
{
	serve_keyframe(p, NEEDED, ts_now_ns());
}

void ts_participant_send_content_keyframe(struct ts_participant *p)
{
	const int64_t now_ns = ts_now_ns();
	struct ts_key_share *share = &p->content_share;
	if (!p->content.output || p->state == TS_P_ENDED) return;
	share->owed = !key_credit(share, now_ns) && ts_output_receivers(p->content.output) > 1;
	if (share->owed) return;
	spend_key_credit(share, now_ns);
	ts_output_request_keyframe(p->content.output);
}

/* ---- time */

void ts_participant_watch_receiver(struct ts_participant *p, int64_t now_ns)
{
	if (p->receiver.next && now_ns - p->moving_ns >= MOVE_NS) give_up(p, now_ns);
	if (p->retry_ns && now_ns >= p->retry_ns && p->receiver.codec) {
		const struct ts_output *before = p->receiver.output;
		ts_participant_choose(p);
		if (p->receiver.output != before || p->receiver.next)
			ts_room_schedule_plan(p->room);
	}
	follow_network(p, now_ns);
	for (int by = REQUESTED; by <= NEEDED; by++)
		if (p->key_share[by].owed) serve_keyframe(p, by, now_ns);
	if (p->content_share.owed) ts_participant_send_content_keyframe(p);
}

/* What a step is sent with moves to what its slowest receiver takes. */
static void set_bitrate(struct ts_output *output, uint32_t slowest_bps)
{
	const uint32_t most = ts_output_config(output)->step.bitrate_bps;
	const uint32_t least = (uint32_t)((uint64_t)most * LEAST_PERCENT / 100);
	uint32_t bps = slowest_bps > most ? most : slowest_bps < least ? least : slowest_bps;
	const uint32_t now = ts_output_bitrate(output);
	const uint32_t by = bps > now ? bps - now : now - bps;
	if (bps != most && bps != least && by < (uint64_t)now * STEADY_PERCENT / 100) return;
	ts_output_set_bitrate(output, bps);
}

/* Index in the scene; n_outputs: none, as of those who are in another view. */
static size_t output_of(const struct ts_participant *p, const struct ts_scene *s)
{
	size_t i = 0;
	while (i < s->n_outputs && s->output[i] != p->receiver.output) i++;
	return i;
}

static void set_bitrates(struct ts_room *r, const struct ts_scene *s)
{
	uint32_t slowest_bps[TS_VIEW_OUTPUTS_MAX], next_bps[TS_VIEW_OUTPUTS_MAX];
	for (size_t i = 0; i < s->n_outputs; i++) slowest_bps[i] = next_bps[i] = UINT32_MAX;
	for (const struct ts_participant *p = r->first; p; p = p->next) {
		const uint32_t bps = p->receiver.tier.target_bps;
		const size_t i = output_of(p, s);
		if (p->state != TS_P_CONNECTED || i == s->n_outputs) continue;
		if (bps < slowest_bps[i]) {
			next_bps[i] = slowest_bps[i];
			slowest_bps[i] = bps;
		} else if (bps < next_bps[i]) {
			next_bps[i] = bps;
		}
	}
	for (struct ts_participant *p = r->first; p; p = p->next) {
		const size_t i = output_of(p, s);
		if (i == s->n_outputs) continue;
		const bool slowest = p->receiver.tier.target_bps == slowest_bps[i];
		p->others_bps = slowest ? next_bps[i] : slowest_bps[i];
	}
	for (size_t i = 0; i < s->n_outputs; i++) set_bitrate(s->output[i], slowest_bps[i]);
}

void ts_room_set_bitrates(struct ts_room *r)
{
	for (const struct ts_room_view *v = &r->main; v; v = v->next) set_bitrates(r, &v->scene);
}

/* ---- looking */

const char *ts_limited_by_name(enum ts_limited_by by)
{
	static const char *const names[] = {[TS_LIMITED_NOT] = NULL,
		[TS_LIMITED_BY_NETWORK] = "network",
		[TS_LIMITED_BY_DECODER] = "decoder",
		[TS_LIMITED_BY_ASKED] = "asked",
		[TS_LIMITED_BY_KEYFRAMES] = "keyframes",
		[TS_LIMITED_BY_OVERLOAD] = "overload"};
	return names[by];
}

void ts_participant_receive_info(struct ts_participant *p, struct ts_participant_info *out)
{
	const struct ts_tier *tier = &p->receiver.tier;
	struct ts_tier_rates rates;
	out->keyframe_requests = tier->keyframe_requests;
	out->keyframe_credit = key_credit(&p->key_share[REQUESTED], ts_now_ns());
	out->keyframe_owed = p->key_share[REQUESTED].owed;
	if (!p->receiver.output) return;
	const struct ts_tier_facts facts = facts_of(p, &rates);
	out->receives_codec = ts_output_config(p->receiver.output)->codec;
	out->receives = ts_output_config(p->receiver.output)->step;
	out->receives_bps = ts_output_bitrate(p->receiver.output);
	out->receivers = ts_output_receivers(p->receiver.output);
	out->limited_by = limited_by(p);
	out->refreshes = ts_output_config(p->receiver.output)->refresh;
	out->changes_step = p->receiver.next != NULL;
	out->step_wants_bps = ts_tier_next_bps(tier, &facts);
	out->step_since_unix_ms = ts_unix_ms_from_ns(tier->changed_ns);
	if (tier->why != TS_TIER_FREE && tier->trial_ns != INT64_MAX)
		out->step_trial_unix_ms = ts_unix_ms_from_ns(tier->trial_ns);
}
