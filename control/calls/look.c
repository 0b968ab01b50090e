/* The calls as others see them. */
#include "control/calls/core.h"
#include "control/sip/name.h"
#include <string.h>

const struct ts_call *ts_calls_next(
	struct ts_calls *calls, const char *room_id, const struct ts_call *after)
{
	const GList *link = !calls ? NULL : after ? after->link.next : calls->list.head;
	for (; link; link = link->next) {
		const struct ts_call *call = link->data;
		if (!room_id || !strcmp(call->info.room, room_id)) return call;
	}
	return NULL;
}

struct ts_call *ts_calls_find(struct ts_calls *calls, const char *room_id, const char *id)
{
	for (GList *link = calls ? calls->list.head : NULL; link; link = link->next) {
		struct ts_call *call = link->data;
		if (room_id && strcmp(call->info.room, room_id) != 0) continue;
		if (!strcmp(call->info.id, id)) return call;
	}
	return NULL;
}

const struct ts_call_info *ts_call_info(const struct ts_call *call)
{
	return &call->info;
}

bool ts_call_media(const struct ts_call *call, struct ts_summary *out)
{
	struct ts_participant_info info;
	if (call->participant) {
		ts_participant_info(call->participant, &info);
		ts_summary_of(out, &info);
	} else if (call->info.has_media) {
		*out = call->info.media;
	}
	return call->participant || call->info.has_media;
}

void ts_call_peer_shown(const struct ts_call_info *info, char out[TS_SIP_TEXT_MAX])
{
	if (info->dialled)
		ts_sip_uri_shown(out, TS_SIP_TEXT_MAX, info->peer);
	else
		g_strlcpy(out, info->peer, TS_SIP_TEXT_MAX);
}

const struct ts_call_info *ts_calls_left(
	struct ts_calls *calls, const char *participant_id, const struct ts_summary *media)
{
	for (GList *link = calls ? calls->list.tail : NULL; link; link = link->prev) {
		struct ts_call *call = link->data;
		if (strcmp(call->info.participant, participant_id) != 0) continue;
		call->info.media = *media;
		call->info.has_media = true;
		return &call->info;
	}
	return NULL;
}

const GQueue *ts_call_trace(const struct ts_call *call)
{
	return &call->trace.messages;
}

const char *ts_calls_agent(struct ts_calls *calls, const char *participant_id)
{
	for (const GList *link = calls ? calls->list.head : NULL; link; link = link->next) {
		const struct ts_call *call = link->data;
		if (!strcmp(call->info.participant, participant_id)) return call->info.agent;
	}
	return "";
}

void ts_calls_watch(
	struct ts_calls *calls, void (*changed)(void *arg, const struct ts_call *call), void *arg)
{
	calls->changed = changed;
	calls->changed_arg = arg;
}

void ts_calls_watch_not_admitted(
	struct ts_calls *calls, void (*fn)(void *arg, const struct ts_call_info *info), void *arg)
{
	calls->not_admitted = fn;
	calls->not_admitted_arg = arg;
}

bool ts_calls_websocket(struct ts_calls *calls, struct ts_request *request)
{
	return calls && calls->ua && !calls->closing && ts_sip_ua_websocket(calls->ua, request);
}

struct ts_trunks *ts_calls_trunks(struct ts_calls *calls)
{
	return calls->trunks;
}

struct ts_contents *ts_calls_contents(struct ts_calls *calls)
{
	return calls ? calls->contents : NULL;
}

struct ts_registrations *ts_calls_registrations(struct ts_calls *calls)
{
	return calls->registrations;
}
