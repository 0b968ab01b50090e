/* join - POST of an offer to /join, /whip or /whep; what came of it is session.c's.
 *
 *   offer -> negotiation -> room -> [ wait for our candidates ]
 *       -> answer, 201, Location /s/{secret}
 *
 * A client that goes away before it has the whole answer has not joined: nobody could ever DELETE
 * that session.
 * Source  RFC 9725 (WHIP; WHEP alike).
 */
#include "base/clock.h"
#include "base/counter.h"
#include "base/error.h"
#include "base/log.h"
#include "control/http/context.h"
#include "control/http/deferred.h"
#include "control/http/http.h"
#include "control/http/problem.h"
#include "control/http/query.h"
#include "control/identity/caller.h"
#include "control/ivr/waiting.h"
#include "control/join/handlers.h"
#include "control/join/ice_links.h"
#include "control/join/session.h"
#include "control/offer/webrtc.h"
#include "control/rooms/admission.h"
#include "control/rooms/registry.h"
#include "control/rooms/windows.h"
#include "control/stats/stats.h"
#include <glib.h>
#include <stdlib.h>
#include <string.h>

enum {
	/* A browser begins here instead of at 300 kbit/s, and in its camera's size: for 720p
	 * Chromium wants 900 to begin with. After a second the feedback decides. */
	START_BITRATE_KBPS = 1000,
	RETRY_AFTER_S = 10,
	LIFE_MAX_S = 366 * 24 * 3600, /* of a token that is watched for its end */
};
_Static_assert((int)TS_CARD_MAX == (int)TS_CALLER_CARD_MAX, "a card is control's");
#define OLD_SESSION "Tessera-Session" /* the secret of a session, in whose place the join comes */

/* One POST, from its offer to the delivery of the answer. */
struct joining {
	struct ts_deferred reply; /* held by the room */
	struct ts_api *api;
	char secret[TS_SECRET_LEN + 1];
	struct ts_negotiated negotiated;
	int width, height; /* of their window; 0: not told */
	bool chosen;       /* they named a view */
	/* of who has the place from then on: what a token says */
	unsigned withheld;  /* enum ts_withheld */
	int64_t expires_ns; /* 0: not */
	bool is_named;
};

/* ---- refusals */

static void count_refusal(const char *room_id, int status, const char *why)
{
	ts_count(TS_C_JOINS_REFUSED);
	ts_debug("join refused", "room=%s status=%d why=%s", TS_LOG_STR(room_id), status,
		TS_LOG_STR(why));
}

#define refuse(request, room_id, status, type, pointer, ...) \
	(count_refusal(room_id, status, type),               \
		ts_problem(request, status, type, pointer, __VA_ARGS__))

static void refuse_for_now(
	struct ts_request *request, const char *room_id, const char *type, const char *detail)
{
	char seconds[16];
	g_snprintf(seconds, sizeof(seconds), "%d", RETRY_AFTER_S);
	count_refusal(room_id, 503, type);
	ts_problem_make(request, 503, type, NULL, "%s", detail);
	ts_reply_header(request, "Retry-After", seconds);
	ts_reply_send(request);
}

static void refuse_join(struct ts_request *request, const char *room_id, int err)
{
	if (err == TS_EINVAL)
		refuse(request, room_id, 400, "room-id", "/room",
			"a room id is 1 to %d of A-Z a-z 0-9 . _ ~ -", TS_ROOM_ID_MAX);
	else if (err == TS_EFULL)
		refuse(request, room_id, 409, "room-full", NULL, "the room is full");
	else if (err == TS_EAGAIN)
		refuse_for_now(request, room_id, "too-many-half-open",
			"too many joins have not connected yet");
	else if (err == TS_ELIMIT)
		refuse_for_now(request, room_id, "too-many-rooms",
			"the server has as many rooms as it may have");
	else
		refuse_for_now(
			request, room_id, ts_strerror(err), "the server cannot take anybody now");
}

/* As of control/stats/sums.h. */
static const char *refusal_of(int err)
{
	switch (err) {
	case TS_EFULL: return "room-full";
	case TS_EAGAIN: return "too-many-half-open";
	case TS_ELIMIT: return "too-many-rooms";
	default: return "other";
	}
}

/* ---- reading the request */

/* Is one of the comma-separated media ranges of an Accept header fit for SDP? Its quality value is
 * not looked at. */
static bool accepts_sdp(const char *accept)
{
	if (!accept) return true;
	g_auto(GStrv) ranges = g_strsplit(accept, ",", 32);
	for (char **range = ranges; *range; range++) {
		(*range)[strcspn(*range, ";")] = '\0';
		const char *name = g_strstrip(*range);
		if (!strcmp(name, "*/*") || !g_ascii_strcasecmp(name, "application/*") ||
			!g_ascii_strcasecmp(name, "application/sdp"))
			return true;
	}
	return false;
}

static bool is_sdp(const char *content_type)
{
	g_autofree char *name = g_strdup(content_type ? content_type : "");
	name[strcspn(name, ";")] = '\0';
	return !g_ascii_strcasecmp(g_strstrip(name), "application/sdp");
}

static bool check_types(struct ts_request *request, const char *room_id)
{
	if (!is_sdp(ts_request_header(request, "Content-Type")))
		refuse(request, room_id, 415, "content-type", NULL,
			"an offer is sent as Content-Type: application/sdp");
	else if (!accepts_sdp(ts_request_header(request, "Accept")))
		refuse(request, room_id, 406, "accept", NULL,
			"the answer is application/sdp, which the Accept header excludes");
	else
		return true;
	return false;
}

static bool read_need(struct ts_request *request, const char *room_id, struct ts_need *need)
{
	int kbps = 0;
	const struct {
		const char *name;
		int max, *out;
	} params[] = {{"max_height", 16384, &need->max_height}, {"max_fps", 1000, &need->max_fps},
		{"max_kbps", 1000000, &kbps}};
	for (size_t i = 0; i < G_N_ELEMENTS(params); i++) {
		char pointer[32];
		if (!ts_query_int(request, params[i].name, 1, params[i].max, params[i].out))
			continue;
		g_snprintf(pointer, sizeof(pointer), "/%s", params[i].name);
		refuse(request, room_id, 400, "query", pointer, "%s is a whole number from 1 to %d",
			params[i].name, params[i].max);
		return false;
	}
	need->max_kbps = (uint32_t)kbps;
	return true;
}

static bool read_query(struct ts_request *request, const char *room_id, struct ts_join *join)
{
	if (ts_query_text(request, "name", join->name, sizeof(join->name))) {
		refuse(request, room_id, 400, "query", "/name",
			"name is UTF-8 without control characters, %d bytes at most", TS_NAME_MAX);
		return false;
	}
	if (ts_query_text(request, "view", join->view, sizeof(join->view)) ||
		(*join->view && !ts_view_id_ok(join->view))) {
		refuse(request, room_id, 400, "query", "/view",
			"a view id is 1 to %d of A-Z a-z 0-9 . _ ~ -, not beginning with a dot",
			TS_VIEW_ID_MAX);
		return false;
	}
	if (ts_query_text(request, "avatar", join->avatar, sizeof(join->avatar)) ||
		(*join->avatar && !ts_image_name_ok(join->avatar))) {
		refuse(request, room_id, 400, "query", "/avatar",
			"the name of an image is 1 to %d of A-Z a-z 0-9 . _ ~ -, not beginning "
			"with a dot",
			TS_IMAGE_NAME_MAX);
		return false;
	}
	/* strangers choose among those that are for that, and cannot tell what else is there */
	if (!g_str_has_prefix(join->avatar, "avatar-")) *join->avatar = '\0';
	if (ts_query_text(request, "identity", join->identity, sizeof(join->identity))) {
		refuse(request, room_id, 400, "query", "/identity",
			"identity is UTF-8 without control characters, %d bytes at most",
			TS_IDENTITY_MAX);
		return false;
	}
	return read_need(request, room_id, &join->need);
}

/* What a token says goes before what the query does. A label of a role that lets guests in is for
 * those alone who may moderate. */
static void apply_claims(const struct ts_request *request, struct ts_join *join)
{
	const struct ts_caller *caller = ts_request_caller(request);
	if (!caller) return;
	if (*caller->name) g_strlcpy(join->name, caller->name, sizeof(join->name));
	if (*caller->identity) g_strlcpy(join->identity, caller->identity, sizeof(join->identity));
	if (*caller->role && (!ts_role_is_host(caller->role) || caller->scopes & TS_SCOPE_MODERATE))
		g_strlcpy(join->role, caller->role, sizeof(join->role));
	g_strlcpy(join->card, caller->card, sizeof(join->card));
}

/* False: answered. */
static bool read_window(struct joining *joining, struct ts_request *request, const char *room_id,
	struct ts_join *join)
{
	char text[16] = "";
	joining->chosen = *join->view;
	if (!ts_request_query(request, "window")) return true;
	if (ts_query_text(request, "window", text, sizeof(text)) ||
		ts_window_read(text, &joining->width, &joining->height)) {
		refuse(request, room_id, 400, "query", "/window",
			"window is WIDTHxHEIGHT, each 1 to %d", TS_WINDOW_MAX);
		return false;
	}
	if (!joining->chosen)
		g_strlcpy(join->view,
			ts_window_view(ts_registry_find(joining->api->registry, room_id),
				joining->width, joining->height),
			sizeof(join->view));
	return true;
}

/* ---- who it is */

static struct ts_participant *find_identity(struct ts_room *room, const char *identity)
{
	for (struct ts_participant *p = room && *identity ? ts_room_first(room) : NULL; p;
		p = ts_room_next(p)) {
		struct ts_participant_info info;
		ts_participant_info(p, &info);
		if (!strcmp(info.identity, identity)) return p;
	}
	return NULL;
}

/* Who proves by the secret of their old session that they were here comes back into their place.
 * Who was still coming back by that session tries again: it is no place of its own, or one place
 * would let in as many as one likes. */
static void find_old(struct ts_api *api, const struct ts_request *request, const char *room_id,
	struct ts_join *join)
{
	const struct ts_room *room = ts_registry_find(api->registry, room_id);
	const char *given = ts_request_header(request, OLD_SESSION),
		   *slash = given ? strrchr(given, '/') : NULL;
	const char *secret = slash ? slash + 1 : given; /* the whole Location will do */
	const struct ts_member *old = secret ? ts_registry_session(api->registry, secret) : NULL;
	if (!old ||
		(ts_participant_room(old->participant) != room &&
			strcmp(ts_room_config(ts_participant_room(old->participant))->waits_for,
				room_id) != 0))
		return;
	join->replaces = ts_participant_predecessor(old->participant);
	if (!join->replaces) join->replaces = old->participant;
}

/* An identity that somebody has is given to nobody else: joining under it must not end or
 * impersonate them. Asked only of who was admitted: it tells who is in the room. */
static bool find_place(
	struct ts_api *api, struct ts_request *request, const char *room_id, struct ts_join *join)
{
	struct ts_participant *holder = find_identity(
		ts_registry_find(api->registry, room_id), join->identity);
	/* the holder may be an earlier try to come back into the same place, which this one ends */
	bool own = holder && join->replaces &&
		(holder == join->replaces || ts_participant_predecessor(holder) == join->replaces);
	if (!holder || own) {
		struct ts_participant_info info;
		if (!join->replaces) return true;
		ts_participant_info(join->replaces, &info);
		if (!ts_request_caller(request))
			g_strlcpy(join->card, info.card, sizeof(join->card));
		if (*join->identity) return true;
		g_strlcpy(join->identity, info.identity, sizeof(join->identity));
		return true;
	}
	refuse(request, room_id, 409, "identity-taken", "/identity",
		"somebody of this identity is in the room; to come back in their place send the "
		"secret of their session as " OLD_SESSION);
	return false;
}

/* ---- what their token lets them */

/* What a participant with that credential may not send; of those without, nothing. */
static unsigned withheld(const struct ts_caller *caller)
{
	const unsigned scopes = caller ? caller->scopes : TS_SCOPE_ALL;
	return (scopes & TS_SCOPE_AUDIO ? 0 : TS_WITHHOLD_AUDIO) |
		(scopes & TS_SCOPE_CAMERA ? 0 : TS_WITHHOLD_CAMERA) |
		(scopes & TS_SCOPE_SLIDES ? 0 : TS_WITHHOLD_SLIDES);
}

/* A token that ends while they are in takes them along where the config says so; 0: not. */
static int64_t expiry(const struct ts_api *api, const struct ts_caller *caller)
{
	const int64_t now_ns = ts_now_ns();
	if (!caller || caller->kind != TS_CALLER_JWT || !api->config->identity.leave_at_expiry)
		return 0;
	const int64_t left_s = caller->expires_s - ts_unix_ms_from_ns(now_ns) / 1000;
	return left_s < LIFE_MAX_S ? now_ns + left_s * TS_NS_PER_S : 0;
}

/* Who comes back without a credential has the place as the one before was given it: as long, under
 * that name, and to send no more. */
static void apply_limits(
	struct joining *joining, const struct ts_request *request, struct ts_join *join)
{
	const struct ts_caller *caller = ts_request_caller(request);
	const struct ts_member *old = join->replaces
		? ts_registry_member(joining->api->registry, join->replaces)
		: NULL;
	joining->withheld = withheld(caller);
	joining->expires_ns = expiry(joining->api, caller);
	joining->is_named = caller && *caller->name;
	if (!old) return;
	if ((!caller || caller->kind != TS_CALLER_JWT) && old->expiry.fn)
		joining->expires_ns = old->expiry.due_ns;
	if (caller) return;
	joining->withheld |= old->withheld;
	if (old->is_named) {
		struct ts_participant_info info;
		ts_participant_info(join->replaces, &info);
		g_strlcpy(join->name, info.name, sizeof(join->name));
		joining->is_named = true;
	}
}

static bool admit(
	struct ts_api *api, struct ts_request *request, const char *room_id, struct ts_join *join)
{
	const struct ts_room *room = ts_registry_find(api->registry, room_id);
	/* who waits has a place to wait, as long as others must */
	bool back = join->replaces &&
		ts_kinds_share_places(ts_participant_kind(join->replaces), join->kind) &&
		(ts_participant_room(join->replaces) == room ||
			ts_registry_holds_guests(api->registry, room));
	bool shut = ts_registry_overload(api->registry) >= TS_OVERLOAD_NO_JOINS;
	enum ts_door door = back ? TS_DOOR_COME_BACK : shut ? TS_DOOR_SHUT : TS_DOOR_JOIN;
	const char *why, *role;
	if (ts_admission_join(api->admission, request, room_id, room, door, &why, &role)) {
		g_strlcpy(join->role, role, sizeof(join->role));
		return true;
	}
	count_refusal(room_id, 0, why);
	ts_stats_refused(api->stats, room_id, why);
	return false;
}

/* ---- what can be agreed on */

/* RFC 8839 5.4: ice-char. */
static bool is_ice_word(const char *text)
{
	return !text[strspn(
		text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")];
}

static const char *bad_ice_line(const struct ts_negotiated *negotiated)
{
	if (!is_ice_word(negotiated->transport.remote.ufrag)) return "a=ice-ufrag";
	return is_ice_word(negotiated->transport.remote.pwd) ? NULL : "a=ice-pwd";
}

static bool negotiate(
	struct joining *joining, struct ts_request *request, const char *room_id, enum ts_kind kind)
{
	char slides[TS_MID_MAX + 1] = "";
	if (ts_query_text(request, "slides", slides, sizeof(slides))) {
		refuse(request, room_id, 400, "query", "/slides",
			"slides is the mid of an m= line");
		return false;
	}
	static const enum ts_offer_kind kinds[TS_KIND_COUNT] = {[TS_KIND_WEBRTC] = TS_OFFER_JOIN,
		[TS_KIND_WHIP] = TS_OFFER_CONTRIBUTE,
		[TS_KIND_WHEP] = TS_OFFER_WATCH};
	const struct ts_room *room = ts_registry_find(joining->api->registry, room_id);
	const struct ts_offer_policy policy = {
		.mode = (room ? ts_room_config(room) : ts_registry_defaults(joining->api->registry))
				->audio_mode,
		.kind = kinds[kind],
		.start_bitrate_kbps = START_BITRATE_KBPS,
		.max_picture_mb = ts_size_macroblocks(joining->api->config->media.max_picture),
		.slides_mid = *slides ? slides : NULL,
		.trickle = true,
		.red = (enum ts_red_place)joining->api->config->media.audio_red,
		.twcc = true,
		.cvo = true,
		.withheld = joining->withheld,
	};
	char err[200] = "";
	struct ts_sdp *offer = NULL;
	size_t len;
	const char *body = ts_request_body(request, &len);
	int rc = ts_sdp_parse(&offer, body, len, err, sizeof(err));
	if (!rc) rc = ts_answer_plan(&joining->negotiated, offer, &policy, err, sizeof(err));
	ts_sdp_destroy(&offer);
	const char *line = rc ? NULL : bad_ice_line(&joining->negotiated);
	if (!rc && !line) return true;
	if (line)
		refuse(request, room_id, 400, "offer", NULL,
			"%s holds other characters than letters, digits, + and /", line);
	else if (rc == TS_ENOMEM)
		refuse_join(request, room_id, rc);
	else
		refuse(request, room_id, rc == TS_EUNSUPPORTED ? 422 : 400, "offer", NULL, "%s",
			err);
	return false;
}

/* ---- answering */

static void answer(struct joining *joining, const struct ts_transport_local *local)
{
	const struct ts_answer_ids ids = {
		.fingerprint = joining->api->fingerprint,
		/* 63 bits: RFC 8829 5.2.1 */
		.session_id = (uint64_t)ts_random_u32() << 31 ^ ts_random_u32(),
		.session_version = 1,
	};
	const struct ts_member *member = ts_registry_session(
		joining->api->registry, joining->secret);
	char location[sizeof("/s/") + TS_SECRET_LEN];
	char *text = malloc(TS_ANSWER_MAX);
	struct ts_wr w = ts_wr(text, text ? TS_ANSWER_MAX : 0);
	if (!text || !member || ts_answer_write(&w, &joining->negotiated, local, &ids)) {
		free(text);
		refuse_for_now(
			joining->reply.request, "", "answer", "the answer could not be written");
		/* nobody will ever connect */
		if (member) ts_participant_leave(member->participant, "no-answer");
		return;
	}
	g_snprintf(location, sizeof(location), "/s/%s", joining->secret);
	ts_count(TS_C_JOINS_OK);
	ts_reply(joining->reply.request, 201, "application/sdp", text, ts_wr_len(&w), TS_BODY_FREE);
	ts_reply_header(joining->reply.request, "Location", location);
	ts_reply_header(joining->reply.request, "ETag", member->ice.etag);
	ts_reply_header(joining->reply.request, "Cache-Control", "no-store");
	ts_ice_links_add(joining->reply.request, joining->api->config);
	const char *id = ts_room_id_told(ts_room_config(ts_participant_room(member->participant)));
	ts_admission_send_pass(joining->api->admission, joining->reply.request, id,
		ts_registry_find(joining->api->registry, id));
	ts_reply_send(joining->reply.request);
}

static void on_ready(void *arg, struct ts_participant *participant, int err,
	const struct ts_transport_local *local)
{
	struct joining *joining = arg;
	(void)participant;
	if (joining->reply.request && err)
		refuse_join(joining->reply.request, "", err);
	else if (joining->reply.request)
		answer(joining, local);
	ts_deferred_release(&joining->reply);
}

static void on_end(struct ts_deferred *deferred, bool delivered)
{
	struct joining *joining = ts_container_of(deferred, struct joining, reply);
	struct ts_member *member = ts_registry_session(joining->api->registry, joining->secret);
	if (!delivered && member) ts_participant_leave(member->participant, "client-gone");
}

static void destroy(struct ts_deferred *deferred)
{
	g_free(ts_container_of(deferred, struct joining, reply));
}

static void log_client(struct ts_participant *participant, const struct ts_request *request)
{
	struct ts_participant_info info;
	ts_participant_info(participant, &info);
	ts_info("join", "participant=%s client=%s", info.id, ts_request_address(request));
}

static void start(struct joining *joining, struct ts_request *request, const char *room_id,
	struct ts_join *join)
{
	struct ts_member *member;
	g_strlcpy(join->from, ts_request_address(request), sizeof(join->from));
	join->transport = joining->negotiated.transport;
	join->audio_media = joining->negotiated.audio_media;
	join->video_media = joining->negotiated.video_media;
	join->slides_media = joining->negotiated.slides_media;
	join->packetization_mode = joining->negotiated.packetization_mode;
	ts_answer_limit(&join->need, &joining->negotiated);
	join->camera_sets = joining->negotiated.camera_sets;
	join->slides_sets = joining->negotiated.slides_sets;

	int rc = ts_waiting_join(joining->api->waiting, room_id, join, on_ready, joining, &member);
	if (rc) {
		ts_stats_refused(joining->api->stats, room_id, refusal_of(rc));
		g_free(joining);
		refuse_join(request, room_id, rc);
		return;
	}
	memcpy(joining->secret, member->secret, sizeof(joining->secret));
	member->window.width = joining->width;
	member->window.height = joining->height;
	member->window.chosen = joining->chosen;
	member->is_named = joining->is_named;
	member->withheld = joining->withheld;
	if (joining->expires_ns) ts_registry_expire_at(member, joining->expires_ns);
	ts_session_begin(member, &joining->negotiated);
	log_client(member->participant, request);
	joining->reply.on_end = on_end;
	joining->reply.destroy = destroy;
	ts_deferred_begin(&joining->reply, request);
}

static bool is_admitted(struct joining *joining, struct ts_request *request, const char *room_id,
	struct ts_join *join)
{
	struct ts_api *api = joining->api;
	find_old(api, request, room_id, join);
	if (!admit(api, request, room_id, join) || !read_query(request, room_id, join))
		return false;
	apply_claims(request, join);
	apply_limits(joining, request, join);
	return find_place(api, request, room_id, join);
}

static void join_as(
	enum ts_kind kind, struct ts_api *api, struct ts_request *request, const char *room_id)
{
	/* it and what was negotiated are too large for the stack */
	struct ts_join *join = g_new0(struct ts_join, 1);
	struct joining *joining = g_new0(struct joining, 1);
	joining->api = api;
	join->kind = kind;
	if (!ts_room_id_ok(room_id))
		refuse_join(request, room_id, TS_EINVAL);
	else if (is_admitted(joining, request, room_id, join) && check_types(request, room_id) &&
		read_window(joining, request, room_id, join) &&
		negotiate(joining, request, room_id, kind))
		start(g_steal_pointer(&joining), request, room_id, join);
	g_free(joining);
	g_free(join);
}

void ts_do_join(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	join_as(TS_KIND_WEBRTC, api, request, param[0]);
}

void ts_do_whip(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	join_as(TS_KIND_WHIP, api, request, param[0]);
}

void ts_do_whep(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	join_as(TS_KIND_WHEP, api, request, param[0]);
}
