/* What descriptions of a call do to the room, and what the room tells for them. */
#include "base/address.h"
#include "base/error.h"
#include "base/log.h"
#include "control/calls/core.h"
#include "control/http/client_address.h"
#include "control/ivr/ivr.h"
#include "control/ivr/waiting.h"
#include "control/rooms/windows.h"
#include <string.h>

enum { START_BITRATE_KBPS = 1000 };

/* RFC 4568 7.1.1: keys in a description are worth what protects it. */
static bool may_send_keys(const struct ts_call *call)
{
	if (call->calls->config->sip.srtp_keys == TS_SIP_KEYS_ANY || call->info.secure) return true;
	return call->info.dialled &&
		(*call->route.hop
				? g_str_has_prefix(call->route.hop, "tls ") &&
					!strstr(call->route.phones, " udp ") &&
					!strstr(call->route.phones, " tcp ")
				: ts_sip_ua_protocol(call->calls->ua, call->dial.to) == TS_SIP_TLS);
}

/* That of the call, else of its trunk, else of all. */
static enum ts_sip_srtp wanted_srtp(const struct ts_call *call, const struct ts_trunk *trunk)
{
	if (call->info.dialled && call->dial.srtp != TS_DIAL_SRTP_DEFAULT)
		return (enum ts_sip_srtp)call->dial.srtp;
	if (trunk && trunk->config->srtp != TS_DIAL_SRTP_DEFAULT)
		return (enum ts_sip_srtp)trunk->config->srtp;
	return (enum ts_sip_srtp)call->calls->config->sip.srtp;
}

static struct ts_offer_policy web_policy(const struct ts_call *call)
{
	const struct ts_config *config = call->calls->config;
	return (struct ts_offer_policy){
		.kind = TS_OFFER_JOIN,
		.start_bitrate_kbps = START_BITRATE_KBPS,
		.max_picture_mb = ts_size_macroblocks(config->media.max_picture),
		.red = (enum ts_red_place)config->media.audio_red,
		.twcc = true,
		.cvo = true,
	};
}

/* web: as web_policy has it; must stay. */
static struct ts_sip_sdp_policy policy_of(
	const struct ts_call *call, const struct ts_offer_policy *web)
{
	const struct ts_config *config = call->calls->config;
	const struct ts_trunk *trunk = ts_trunks_find(call->calls->trunks, call->info.trunk);
	return (struct ts_sip_sdp_policy){
		.srtp = wanted_srtp(call, trunk),
		.no_sdes = !may_send_keys(call),
		.prefer_sdes = config->sip.srtp_prefers,
		.receive_kbps = config->room.bitrate_kbps
			? (uint32_t)config->room.bitrate_kbps
			: ts_ladder_auto_kbps(
				  config->room.width_px, config->room.height_px, config->room.fps),
		.no_video = call->dial.no_video,
		.content = config->content.second_stream && !call->dial.no_content,
		.codecs = trunk ? (const char *const *)trunk->config->codecs : NULL,
		.max_picture_mb = ts_size_macroblocks(config->media.max_picture),
		.local_address = call->session && *call->session->transport.local_address
			? call->session->transport.local_address
			: NULL,
		.web = web,
		.to_browser = ts_sip_ua_is_websocket(call->route.hop) || call->dial.browser ||
			(call->info.dialled && trunk && trunk->config->browsers),
		.text = call->calls->rtt ? (enum ts_sip_text_use)config->sip.text : TS_SIP_TEXT_OFF,
		.fingerprint = call->calls->fingerprint,
		.bfcp_fingerprint = ts_contents_fingerprint(call->calls->contents),
	};
}

/* ---- floor control */

static bool is_proven(const struct ts_call *call)
{
	return call->proven || (call->info.dialled && *call->address);
}

void ts_call_follow_content(struct ts_call *call)
{
	if (!call->session) return;
	ts_call_follow_text(call, is_proven(call));
	ts_content_update(&call->content, call->calls->contents, call->session, call->info.name);
	/* what they say in no room would be lost; until then it waits */
	if (!call->participant) return;
	ts_content_enter(call->content, call->participant);
	if (is_proven(call))
		ts_content_set_hosts(call->content, call->session->bfcp.address, call->address);
}

/* ---- what we send */

static void send_description(struct ts_call *call, enum ts_sip_command_type type)
{
	const struct ts_config *config = call->calls->config;
	const struct ts_offer_policy web = web_policy(call);
	const struct ts_sip_sdp_policy policy = policy_of(call, &web);
	const char *address = *config->sip.advertise ? config->sip.advertise
						     : call->session->transport.local_address;
	ts_call_follow_content(call); /* it writes the port */
	char *text = g_malloc(TS_ANSWER_MAX);
	char replaces[TS_CALL_REPLACES_MAX + 64] = "";
	if (*call->dial.replaces && type == TS_SIP_DO_DIAL)
		g_snprintf(replaces, sizeof(replaces), "Replaces: %s\r\nRequire: replaces\r\n",
			call->dial.replaces);
	struct ts_wr w = ts_wr(text, TS_ANSWER_MAX - 1);
	if (ts_sip_sdp_write(&w, call->session, call->local, address, &policy)) {
		ts_error("sip description", "call=%s error=too-long", call->info.id);
		ts_call_command(call, TS_SIP_DO_HANGUP, 500, "description");
	} else {
		text[ts_wr_len(&w)] = '\0';
		const struct ts_sip_command command = {.type = type,
			.call = call->key,
			.text = call->route.uri,
			.by_trunk = *call->route.trunk ? call->route.trunk : NULL,
			.hop = *call->route.hop && !*call->route.trunk ? call->route.hop : NULL,
			.phones = *call->route.phones ? call->route.phones : NULL,
			.name = call->dial.name,
			.headers = *replaces ? replaces : NULL,
			.sdp = text,
			.sdp_len = ts_wr_len(&w)};
		if (ts_sip_ua_command(call->calls->ua, &command))
			ts_call_command(call, TS_SIP_DO_HANGUP, 503, "busy");
	}
	g_free(text);
}

static void on_ready(void *arg, struct ts_participant *participant, int err,
	const struct ts_transport_local *local)
{
	struct ts_call *call = arg;
	enum ts_call_doing doing = call->doing;
	(void)participant;
	call->doing = TS_CALL_NOTHING;
	if (!err && local) {
		if (!call->local) call->local = g_new0(struct ts_transport_local, 1);
		const struct ts_ice_description before = call->local->ice;
		*call->local = *local;
		/* ICE was not restarted */
		if (!*local->ice.ufrag) call->local->ice = before;
	}
	if (call->alive && call->session && doing != TS_CALL_NOTHING) {
		if (err)
			ts_call_command(call, TS_SIP_DO_HANGUP, 503, "no-ports");
		else
			send_description(call,
				doing == TS_CALL_INVITING ? TS_SIP_DO_DIAL : TS_SIP_DO_ACCEPT);
	}
	ts_call_unref(call);
}

/* ---- what the room tells */

static void on_request_keyframe(void *arg)
{
	ts_call_command(arg, TS_SIP_DO_KEYFRAME, 0, NULL);
}

static void on_moved(void *arg, struct ts_room *to)
{
	struct ts_call *call = arg;
	g_strlcpy(call->info.room, ts_room_id_told(ts_room_config(to)), sizeof(call->info.room));
	ts_content_enter(call->content, call->participant);
	ts_call_changed(call);
}

static void on_left(void *arg, const char *reason)
{
	struct ts_call *call = arg;
	ts_content_enter(call->content, NULL);
	ts_rtt_enter(call->text, NULL);
	call->participant = NULL;
	if (call->alive)
		ts_call_command(
			call, TS_SIP_DO_HANGUP, !strcmp(reason, "no-ports") ? 503 : 480, reason);
	ts_call_unref(call);
}

static const struct ts_participant_events participant_events = {
	.request_keyframe = on_request_keyframe, .moved = on_moved, .left = on_left};

/* ---- which view */

/* Named before there is a description; as long as it says nothing, main. */
static void choose_view(const struct ts_call *call, struct ts_join *join)
{
	const struct ts_sdp_shape *shape = &call->session->shape;
	const char *view = call->dial.view;
	if (!*view)
		view = ts_window_view(ts_registry_find(call->calls->registry, call->info.room),
			shape->width, shape->height);
	g_strlcpy(join->view, view, sizeof(join->view));
}

/* It says something else now: where they go by that, they are sent another view from its keyframe
 * on. */
static void follow_shape(const struct ts_call *call)
{
	struct ts_member *member = call->participant
		? ts_registry_member(call->calls->registry, call->participant)
		: NULL;
	if (!member) return;
	member->window.width = call->session->shape.width;
	member->window.height = call->session->shape.height;
	ts_window_follow(call->calls->registry, call->participant);
}

/* ---- joining */

/* As limits count addresses. */
static void set_from(const struct ts_call *call, struct ts_join *join)
{
	struct sockaddr_storage by;
	struct in6_addr address;
	if (*call->caller)
		g_strlcpy(join->from, call->caller, sizeof(join->from));
	else if (!call->info.dialled && ts_address_parse(&by, call->address, 0) &&
		ts_address_read(&address, (const struct sockaddr *)&by))
		ts_address_print(join->from, &address);
}

static void fill_join(struct ts_call *call, struct ts_join *join)
{
	struct ts_sip_session *s = call->session;
	/* on hold nobody need send; session timers find out who is dead */
	s->transport.rtp_timeout_ms = s->hold
		? 0
		: (uint32_t)call->calls->config->sip.rtp_timeout_s * 1000;
	for (size_t i = 0; i < s->transport.n_media; i++)
		g_strlcpy(s->transport.media[i].plain.signal_host, call->address,
			sizeof(s->transport.media[i].plain.signal_host));
	/* an answer came to a request of ours, an ACK and a later request bear our tag: only then
	 * the source is no forgery */
	bool proven = is_proven(call);
	g_strlcpy(s->transport.proven_host, proven ? call->address : "",
		sizeof(s->transport.proven_host));
	s->transport.await_proof = !proven && !call->info.dialled;
	join->kind = TS_KIND_SIP;
	set_from(call, join);
	join->from_forgeable = call->forgeable && !proven;
	join->transport = s->transport;
	join->audio_media = TS_SIP_AUDIO;
	join->video_media = TS_SIP_VIDEO;
	if (s->is_web)
		join->slides_media = s->web.slides_media;
	else
		join->slides_media = call->calls->config->content.second_stream ? TS_SIP_SLIDES
										: -1;
	join->slides_sets = s->is_web ? s->web.slides_sets : s->slides_sets;
	join->slides_packetization_mode = s->slides_packetization_mode;
	join->packetization_mode = s->packetization_mode;
	join->camera_sets = s->camera_sets;
	join->events = &participant_events;
	join->events_arg = call;
	if (s->is_web)
		ts_answer_limit(&join->need, &s->web);
	else if (s->video_format.codec != TS_CODEC_NONE)
		ts_need_limit(&join->need, &s->video_format, s->send_kbps);
	if (s->slides_format.codec != TS_CODEC_NONE)
		ts_need_limit(&join->slides_need, &s->slides_format, s->slides_kbps);
	g_strlcpy(join->name, call->info.name, sizeof(join->name));
}

static int status_of(int err)
{
	return err == TS_EUNSUPPORTED                   ? 488
		: err == TS_EFULL                       ? 486
		: err == TS_EINVAL || err == TS_EBADMSG ? 400
							: 503;
}

static int plan(struct ts_call *call, const char *sdp, size_t len, bool answer)
{
	const struct ts_offer_policy web = web_policy(call);
	const struct ts_sip_sdp_policy policy = policy_of(call, &web);
	struct ts_sdp *parsed = NULL;
	char err[200] = "";
	int rc = ts_sdp_parse(&parsed, sdp, len, err, sizeof(err));
	if (!rc)
		rc = answer
			? ts_sip_sdp_read_answer(call->session, parsed, &policy, err, sizeof(err))
			: ts_sip_sdp_answer(call->session, parsed, &policy, err, sizeof(err));
	ts_sdp_destroy(&parsed);
	/* more than we read: nothing to try again later */
	if (rc == TS_ELIMIT) rc = TS_EUNSUPPORTED;
	if (rc)
		ts_log_limited(TS_LOG_INFO, "sip description refused", "call=%s error=%s why=%s",
			call->info.id, ts_strerror(rc), TS_LOG_STR(err));
	return rc;
}

/* Strangers may have us send to no group, to nobody's socket of ours, and to our own machine only
 * if they are on it themselves. */
static bool may_name(const struct ts_call *call, const char *address, uint16_t port)
{
	struct sockaddr_storage told, by;
	if (!*address || !ts_address_parse(&told, address, port)) return true; /* none: nowhere */
	ts_address_parse(&by, call->address, 0);
	return ts_address_may_name(&told, &by);
}

static int check_addresses(const struct ts_call *call)
{
	for (size_t i = 0; i < call->session->transport.n_media; i++) {
		const struct ts_plain_config *plain = &call->session->transport.media[i].plain;
		uint16_t rtcp_port = plain->rtcp_port ? plain->rtcp_port
						      : (uint16_t)(plain->port + 1);
		if (plain->off) continue;
		if (may_name(call, plain->address, plain->port) &&
			may_name(call, plain->rtcp_address, rtcp_port))
			continue;
		ts_log_limited(TS_LOG_INFO, "sip description refused",
			"call=%s error=address media=%d", call->info.id, (int)i);
		return TS_EUNSUPPORTED;
	}
	return TS_OK;
}

int ts_call_join(struct ts_call *call, const char *sdp, size_t len, const char *local_address,
	const struct ts_ivr_caller *asked)
{
	struct ts_join *join = g_new0(struct ts_join, 1);
	struct ts_member *member;
	call->session = g_new0(struct ts_sip_session, 1);
	g_strlcpy(call->session->transport.local_address, local_address,
		sizeof(call->session->transport.local_address));
	const struct ts_offer_policy web = web_policy(call);
	const struct ts_sip_sdp_policy policy = policy_of(call, &web);
	int rc = sdp ? plan(call, sdp, len, false) : 0;
	if (!rc && sdp) rc = check_addresses(call);
	if (!rc) {
		if (!sdp) ts_sip_sdp_offer(call->session, &policy);
		fill_join(call, join);
		/* whose place they take goes on with that one's view */
		if (!call->inherits && !asked) choose_view(call, join);
		const struct ts_call *old = call->replaces
			? g_hash_table_lookup(call->calls->by_key, &call->replaces)
			: NULL;
		if (old && call->inherits) join->replaces = old->participant;
		call->refs += 2; /* on_ready and on_left */
		call->doing = call->info.dialled ? TS_CALL_INVITING : TS_CALL_ANSWERING;
		if (call->role) g_strlcpy(join->role, call->role, sizeof(join->role));
		if (asked)
			rc = ts_ivr_join(call->calls->ivr, asked, join, on_ready, call, &member);
		else if (call->info.dialled || call->inherits) /* they are wanted there */
			rc = ts_registry_join(call->calls->registry, call->info.room, join,
				on_ready, call, &member);
		else
			rc = ts_waiting_join(call->calls->waiting, call->info.room, join, on_ready,
				call, &member);
		if (rc) call->refs -= 2;
	}
	if (!rc) {
		struct ts_participant_info info;
		call->participant = member->participant;
		member->window.width = call->session->shape.width;
		member->window.height = call->session->shape.height;
		member->window.chosen = *call->dial.view;
		ts_participant_info(call->participant, &info);
		g_strlcpy(call->info.participant, info.id, sizeof(call->info.participant));
	}
	g_free(join);
	/* too many are here who may be forged: who is not can prove it by calling once more */
	if (rc == TS_EAGAIN && call->forgeable) return 302;
	return rc ? status_of(rc) : 0;
}

/* ---- within the call */

/* first: the answer to the first offer of ours, which brings no word of ports: they are known. */
static int apply(struct ts_call *call, enum ts_call_doing then, bool first)
{
	if (!call->participant) return TS_ECLOSED;
	struct ts_join *join = g_new0(struct ts_join, 1);
	fill_join(call, join);
	int rc = ts_participant_renegotiate(call->participant, join, on_ready, call);
	if (!rc && !first) {
		call->refs++; /* on_ready, which never comes from within */
		call->doing = then;
	}
	g_free(join);
	if (!rc) follow_shape(call);
	return rc;
}

static void follow_hold(struct ts_call *call)
{
	if (call->info.state != TS_CALL_ANSWERED && call->info.state != TS_CALL_HELD) return;
	enum ts_call_state state = call->session->hold ? TS_CALL_HELD : TS_CALL_ANSWERED;
	if (state == call->info.state) return;
	call->info.state = state;
	ts_call_changed(call);
}

/* Before the 2xx, where the room does not hear what comes so early: the answer goes out by the
 * ports that we offered, and what was agreed counts from the 2xx on. */
static int offered_early(struct ts_call *call, const char *sdp, size_t len)
{
	g_autofree struct ts_sip_session *before = g_memdup2(call->session, sizeof(*before));
	int rc = sdp ? plan(call, sdp, len, false) : TS_EUNSUPPORTED;
	if (!rc) rc = check_addresses(call);
	if (rc) {
		*call->session = *before;
		return status_of(rc);
	}
	send_description(call, TS_SIP_DO_ACCEPT);
	return 0;
}

int ts_call_offered(struct ts_call *call, const char *sdp, size_t len)
{
	const struct ts_offer_policy web = web_policy(call);
	const struct ts_sip_sdp_policy policy = policy_of(call, &web);
	if (call->session && call->local && call->offered && !call->early_applied)
		return offered_early(call, sdp, len);
	if (!call->session || !call->local || call->doing != TS_CALL_NOTHING) return 491;
	g_autofree struct ts_sip_session *before = g_memdup2(call->session, sizeof(*before));
	int rc = 0;
	if (sdp)
		rc = plan(call, sdp, len, false);
	else
		ts_sip_sdp_offer(call->session, &policy); /* its new lines need ports first */
	if (!rc) rc = check_addresses(call);
	if (!rc) rc = apply(call, TS_CALL_REANSWERING, false);
	if (rc) *call->session = *before; /* as if it had not been said: RFC 3261 14.2 */
	if (rc) return status_of(rc);
	follow_hold(call);
	return 0;
}

int ts_call_answered(struct ts_call *call, const char *sdp, size_t len)
{
	if (!call->session || !sdp) return TS_EBADMSG;
	bool first = call->session->transport.offering;
	int rc = plan(call, sdp, len, true);
	if (!rc) rc = check_addresses(call);
	if (!rc) rc = apply(call, TS_CALL_NOTHING, first);
	if (!rc) follow_hold(call);
	if (!rc) ts_call_follow_content(call);
	return rc == TS_EAGAIN ? 0 : rc;
}

/* ---- what a 18x says */

static int take_early(struct ts_call *call, const struct ts_sip_event *event, bool use)
{
	if (call->offered)
		*call->session = *call->offered; /* another fork's answer stands there */
	else
		call->offered = g_memdup2(call->session, sizeof(*call->session));
	call->early_fork = 0;
	int rc = plan(call, event->sdp, event->sdp_len, true);
	if (!rc) rc = check_addresses(call);
	if (!rc && use) {
		rc = apply(call, TS_CALL_NOTHING, !call->early_applied);
		call->early_applied |= !rc;
	}
	if (rc)
		*call->session = *call->offered;
	else
		call->early_fork = event->fork;
	return rc;
}

void ts_call_early(struct ts_call *call, const struct ts_sip_event *event)
{
	bool use = call->calls->config->sip.early_media;
	if (!call->session || !call->local || !event->sdp || (!event->settled && !use)) return;
	g_strlcpy(call->address, event->address, sizeof(call->address));
	take_early(call, event, use);
}

int ts_call_first_answer(struct ts_call *call, const struct ts_sip_event *event)
{
	bool known = event->settled && event->fork && event->fork == call->early_fork;
	int rc;
	if (!call->session || !event->sdp) return TS_EBADMSG;
	if (!call->offered) return ts_call_answered(call, event->sdp, event->sdp_len);
	if (!known)
		rc = take_early(call, event, true);
	else
		rc = call->early_applied ? 0 : apply(call, TS_CALL_NOTHING, true);
	g_clear_pointer(&call->offered, g_free);
	if (!rc) follow_hold(call);
	if (!rc) ts_call_follow_content(call);
	return rc == TS_EAGAIN ? 0 : rc;
}
