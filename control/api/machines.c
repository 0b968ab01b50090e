/* machines - /v1/rooms/{room}/media: a WebSocket for a program. */
#include "control/machines/machines.h"
#include "base/clock.h"
#include "base/counter.h"
#include "base/error.h"
#include "config/config.h"
#include "control/api/handlers.h"
#include "control/http/http.h"
#include "control/http/problem.h"
#include "control/http/query.h"
#include "control/identity/caller.h"
#include "control/json/shapes.h"
#include "control/rooms/admission.h"
#include "control/rooms/registry.h"
#include "control/rooms/rest.h"
#include "control/schema/params.h"
#include <glib.h>
#include <string.h>

enum { RATE_HZ = 16000, LIFE_MAX_S = 100 * 24 * 3600 };

static void refuse(struct ts_request *request, int err)
{
	ts_count(TS_C_MACHINES_REFUSED);
	if (err == TS_EINVAL)
		ts_problem(request, 400, "room-id", "/room",
			"a room id is 1 to %d of A-Z a-z 0-9 . _ ~ -", TS_ROOM_ID_MAX);
	else if (err == TS_ELIMIT)
		ts_problem(request, 409, "too-many-machines", NULL,
			"as many programs as may are connected: in this room, from this address, "
			"or in all");
	else if (err == TS_ENOTFOUND)
		ts_problem(request, 422, "no-such-participant", "/hears",
			"nobody of that id is in the room");
	else if (err == TS_EFULL)
		ts_problem(request, 409, "room-full", NULL, "the room is full");
	else if (err == TS_EAGAIN)
		ts_refuse_overloaded(request);
	else
		ts_reply_later(request, err);
}

/* One of the words; the first if it is not there. False: answered. */
static bool ask_word(
	struct ts_request *request, const char *name, const char *const *words, int *out)
{
	char text[16], pointer[16];
	const int err = ts_query_text(request, name, text, sizeof(text));
	*out = 0;
	if (!err && !*text) return true;
	for (int i = 0; !err && words[i]; i++) {
		*out = i;
		if (!strcmp(text, words[i])) return true;
	}
	ts_count(TS_C_MACHINES_REFUSED);
	g_snprintf(pointer, sizeof(pointer), "/%s", name);
	ts_problem(request, 400, "query", pointer, "%s is %s, %s or %s", name, words[0], words[1],
		words[2]);
	return false;
}

static bool ask_sound(struct ts_request *request, struct ts_machine_wish *out)
{
	static const char *const codecs[] = {"pcm16", "opus", "mulaw", NULL};
	static const char *const framings[TS_FRAMINGS + 1] = {"binary", "raw", "json", NULL};
	static const enum ts_codec codec_of[] = {TS_CODEC_PCM, TS_CODEC_OPUS, TS_CODEC_PCMU};
	int codec, framing, rate_hz = RATE_HZ;
	if (!ask_word(request, "codec", codecs, &codec) ||
		!ask_word(request, "framing", framings, &framing) ||
		!ts_ask_int(request, &ts_shape_media_query, "rate", &rate_hz))
		return false;
	if (rate_hz != 8000 && rate_hz != 16000 && rate_hz != 24000 && rate_hz != 48000) {
		ts_problem(request, 400, "query", "/rate", "rate is 8000, 16000, 24000 or 48000");
		return false;
	}
	out->codec = codec_of[codec];
	out->framing = (enum ts_framing)framing;
	out->rate_hz = out->codec == TS_CODEC_PCM ? rate_hz : (int)ts_codec_clock_hz(out->codec);
	return true;
}

static bool ask_who(struct ts_request *request, struct ts_join *join)
{
	const struct ts_caller *caller = ts_request_caller(request);
	if (ts_query_text(request, "name", join->name, sizeof(join->name))) {
		ts_problem(request, 400, "query", "/name", "name is a text of up to %d bytes",
			TS_NAME_MAX);
		return false;
	}
	if (*caller->name) g_strlcpy(join->name, caller->name, sizeof(join->name));
	if (!*join->name) g_strlcpy(join->name, "machine", sizeof(join->name));
	g_strlcpy(join->identity, caller->identity, sizeof(join->identity));
	/* a program is no host: people who wait for one wait for a person */
	if (!ts_role_is_host(caller->role)) g_strlcpy(join->role, caller->role, sizeof(join->role));
	g_strlcpy(join->card, caller->card, sizeof(join->card));
	return true;
}

static bool ask_hears(struct ts_request *request, struct ts_machine_wish *out)
{
	if (ts_query_text(request, "hears", out->hears, sizeof(out->hears))) {
		ts_problem(request, 400, "query", "/hears",
			"hears is others, all, or the id of a participant");
		return false;
	}
	if (!*out->hears) g_strlcpy(out->hears, "others", sizeof(out->hears));
	return true;
}

/* As of joins: a token that ends takes along who came by it, where the config says so. */
static int64_t expiry(const struct ts_api *api, const struct ts_caller *caller)
{
	const int64_t now_ns = ts_now_ns();
	if (caller->kind != TS_CALLER_JWT || !api->config->identity.leave_at_expiry) return 0;
	const int64_t left_s = caller->expires_s - ts_unix_ms_from_ns(now_ns) / 1000;
	return left_s < LIFE_MAX_S ? now_ns + left_s * TS_NS_PER_S : 0;
}

/* A room that is locked, not open yet, or where guests wait for a host, is for people first. */
static bool is_admitted(struct ts_api *api, struct ts_request *request, const char *room_id)
{
	const struct ts_room *room = ts_registry_find(api->registry, room_id);
	const struct ts_caller *caller = ts_request_caller(request);
	const bool shut = ts_registry_overload(api->registry) >= TS_OVERLOAD_NO_JOINS;
	const char *why;
	if (!ts_room_id_ok(room_id)) {
		refuse(request, TS_EINVAL);
		return false;
	}
	if (!ts_admission_join(api->admission, request, room_id, room,
		    shut ? TS_DOOR_SHUT : TS_DOOR_JOIN, &why, NULL)) {
		ts_count(TS_C_MACHINES_REFUSED);
		return false;
	}
	if (!ts_registry_holds_guests(api->registry, room) ||
		ts_scope_allows(caller->scopes, TS_SCOPE_MODERATE))
		return true;
	ts_count(TS_C_MACHINES_REFUSED);
	ts_refuse_locked(request);
	return false;
}

static bool identity_is_free(struct ts_api *api, struct ts_request *request, const char *room_id,
	const struct ts_join *join)
{
	struct ts_room *room = ts_registry_find(api->registry, room_id);
	for (struct ts_participant *p = room && *join->identity ? ts_room_first(room) : NULL; p;
		p = ts_room_next(p)) {
		struct ts_participant_info info;
		ts_participant_info(p, &info);
		if (strcmp(info.identity, join->identity) != 0) continue;
		ts_problem(request, 409, "identity-taken", NULL,
			"somebody with this identity is in the room");
		return false;
	}
	return true;
}

void ts_get_media(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	const struct ts_caller *caller = ts_request_caller(request);
	struct ts_join *join = g_new0(struct ts_join, 1);
	struct ts_machine_wish wish = {.join = join,
		.speaks = true,
		.looks = ts_scope_allows(caller->scopes, TS_SCOPE_MODERATE),
		.is_named = *caller->name,
		.expires_ns = expiry(api, caller)};
	if (is_admitted(api, request, param[0]) && ask_sound(request, &wish) &&
		ask_who(request, join) && ask_hears(request, &wish) &&
		(!ts_request_query(request, "speak") ||
			ts_ask_flag(request, "speak", &wish.speaks)) &&
		identity_is_free(api, request, param[0], join)) {
		wish.speaks = wish.speaks && ts_scope_allows(caller->scopes, TS_SCOPE_AUDIO);
		const int err = ts_machines_open(api->machines, request, param[0], &wish);
		if (err) refuse(request, err);
	}
	g_free(join);
}
