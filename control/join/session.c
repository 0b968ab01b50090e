/* session - /s/{secret} of one who joined: PATCH of an ICE fragment (trickle, restart) and DELETE.
 *
 *   If-Match: "etag"   a fragment with the credentials known adds its candidates   -> 204
 *   If-Match: * or it  one with others restarts ICE [ wait for our new side ]      -> 200, our
 *                                                                fragment, a new ETag
 *
 * The ETag names the ICE generation: a candidate of an old one, late on its way, meets a new tag
 * and is refused by 412.
 * Source  RFC 9725 4.3, RFC 9110 13.1.1, RFC 6585 3.
 */
#include "control/join/session.h"
#include "base/error.h"
#include "control/http/context.h"
#include "control/http/deferred.h"
#include "control/http/etag.h"
#include "control/http/http.h"
#include "control/http/problem.h"
#include "control/join/fragment.h"
#include "control/join/handlers.h"
#include "control/join/own.h"
#include "control/rooms/registry.h"
#include "control/schema/body.h"
#include <glib.h>
#include <stdlib.h>
#include <string.h>

#define FRAGMENT_TYPE "application/trickle-ice-sdpfrag"

/* One PATCH that restarts, until its reply was delivered. If it was not, the client restarts
 * again. */
struct restarting {
	struct ts_deferred reply; /* held by the room */
	struct ts_api *api;
	char secret[TS_SECRET_LEN + 1];
	struct ts_ice_description remote;
};

static void destroy(struct ts_deferred *deferred)
{
	struct restarting *r = ts_container_of(deferred, struct restarting, reply);
	explicit_bzero(r, sizeof(*r));
	g_free(r);
}

/* ---- ICE generations */

static void new_etag(struct ts_member *member)
{
	snprintf(member->ice.etag, sizeof(member->ice.etag), "\"%08x%08x\"",
		(unsigned)ts_random_u32(), (unsigned)ts_random_u32());
}

void ts_session_begin(struct ts_member *member, const struct ts_negotiated *negotiated)
{
	const struct ts_answer_line *line = &negotiated->line[negotiated->tag];
	struct ts_session_ice *ice = &member->ice;
	g_strlcpy(ice->kind, line->kind, sizeof(ice->kind));
	g_strlcpy(ice->mid, line->mid, sizeof(ice->mid));
	g_strlcpy(ice->ufrag, negotiated->transport.remote.ufrag, sizeof(ice->ufrag));
	g_strlcpy(ice->pwd, negotiated->transport.remote.pwd, sizeof(ice->pwd));
	new_etag(member);
}

/* ---- restart */

static void answer_restart(
	struct restarting *r, struct ts_member *member, const struct ts_transport_local *local)
{
	char *text = malloc(TS_FRAGMENT_MAX);
	struct ts_wr w = ts_wr(text, text ? TS_FRAGMENT_MAX : 0);
	if (!text || ts_fragment_write(&w, member->ice.kind, member->ice.mid, local)) {
		free(text);
		ts_problem(
			r->reply.request, 503, "answer", NULL, "the answer could not be written");
		return;
	}
	memcpy(member->ice.ufrag, r->remote.ufrag, sizeof(member->ice.ufrag));
	memcpy(member->ice.pwd, r->remote.pwd, sizeof(member->ice.pwd));
	new_etag(member);
	ts_reply(r->reply.request, 200, FRAGMENT_TYPE, text, ts_wr_len(&w), TS_BODY_FREE);
	ts_reply_header(r->reply.request, "ETag", member->ice.etag);
	ts_reply_header(r->reply.request, "Cache-Control", "no-store");
	ts_reply_send(r->reply.request);
}

static void on_ready(void *arg, struct ts_participant *participant, int err,
	const struct ts_transport_local *local)
{
	struct restarting *r = arg;
	struct ts_member *member = ts_registry_session(r->api->registry, r->secret);
	(void)participant;
	if (r->reply.request && (err || !member))
		ts_problem(r->reply.request, 404, "no-such-session", NULL, "the session ended");
	else if (r->reply.request)
		answer_restart(r, member, local);
	ts_deferred_release(&r->reply);
}

static void refuse(struct ts_request *request, int err)
{
	if (err == TS_ENOTFOUND || err == TS_ECLOSED)
		ts_problem(request, 404, "no-such-session", NULL,
			"there is no such session; it may have ended");
	else if (err == TS_EAGAIN || err == TS_EFULL) {
		ts_problem_make(request, 429, "too-many-restarts", NULL,
			"the session still works on what came before; send this again in a moment");
		ts_reply_header(request, "Retry-After", "1");
		ts_reply_send(request);
	} else
		ts_problem(request, 503, ts_strerror(err), NULL, "the server cannot do this now");
}

static void restart(struct ts_api *api, struct ts_request *request, struct ts_member *member,
	const struct ts_ice_description *remote)
{
	struct restarting *r = g_new0(struct restarting, 1);
	r->api = api;
	r->remote = *remote;
	memcpy(r->secret, member->secret, sizeof(r->secret));
	int rc = ts_participant_restart_ice(member->participant, remote, on_ready, r);
	if (rc) {
		g_free(r);
		refuse(request, rc);
		return;
	}
	r->reply.destroy = destroy;
	ts_deferred_begin(&r->reply, request);
}

/* ---- PATCH */

static void trickle(
	struct ts_request *request, struct ts_member *member, struct ts_ice_description *remote)
{
	memcpy(remote->ufrag, member->ice.ufrag, sizeof(remote->ufrag));
	memcpy(remote->pwd, member->ice.pwd, sizeof(remote->pwd));
	int rc = remote->n_candidates ? ts_participant_trickle(member->participant, remote) : 0;
	if (rc) {
		refuse(request, rc);
		return;
	}
	ts_reply(request, 204, NULL, "", 0, TS_BODY_STATIC);
	ts_reply_send(request);
}

static void apply_fragment(struct ts_api *api, struct ts_request *request, struct ts_member *member)
{
	struct ts_ice_description *remote = g_new(struct ts_ice_description, 1); /* 7 KB */
	char err[200] = "";
	size_t len;
	const char *body = ts_request_body(request, &len);
	int rc = ts_fragment_read(remote, body, len, err, sizeof(err));
	bool known = !strcmp(remote->ufrag, member->ice.ufrag);
	if (rc)
		ts_problem(request, 400, "fragment", NULL, "%s", err);
	else if (known && strcmp(remote->pwd, member->ice.pwd) != 0)
		ts_problem(
			request, 400, "fragment", NULL, "a=ice-pwd changed, a=ice-ufrag did not");
	else if (known || !*remote->ufrag)
		trickle(request, member, remote);
	else
		restart(api, request, member, remote);
	explicit_bzero(remote, sizeof(*remote));
	g_free(remote);
}

static bool is_fragment(const char *content_type)
{
	g_autofree char *name = g_strdup(content_type ? content_type : "");
	name[strcspn(name, ";")] = '\0';
	return !g_ascii_strcasecmp(g_strstrip(name), FRAGMENT_TYPE);
}

void ts_do_patch_session(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	struct ts_member *member = ts_registry_session(api->registry, param[0]);
	const char *if_match = ts_request_header(request, "If-Match");
	if (!member) {
		refuse(request, TS_ENOTFOUND);
	} else if (ts_body_is_json(request, TS_USE_PATCH)) {
		ts_own_patch(api, request, member);
	} else if (!is_fragment(ts_request_header(request, "Content-Type"))) {
		ts_problem_make(
			request, 415, "content-type", NULL, "a session takes " FRAGMENT_TYPE);
		ts_reply_header(request, "Accept-Patch", FRAGMENT_TYPE);
		ts_reply_send(request);
	} else if (!if_match) {
		ts_problem(request, 428, "if-match", NULL,
			"If-Match is needed: the ETag of the session, or *");
	} else if (!ts_etag_named(if_match, member->ice.etag, false)) {
		ts_problem(request, 412, "if-match", NULL,
			"ICE was restarted since: this is not the session's ETag any more");
	} else {
		apply_fragment(api, request, member);
	}
}

/* ---- DELETE */

void ts_do_leave(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	struct ts_member *member = ts_registry_session(api->registry, param[0]);
	if (!member) {
		refuse(request, TS_ENOTFOUND);
		return;
	}
	ts_participant_leave(member->participant, "delete");
	ts_reply(request, 200, NULL, "", 0, TS_BODY_STATIC);
	ts_reply_send(request);
}
