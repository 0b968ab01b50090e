#include "control/rooms/admit.h"
#include "base/clock.h"
#include "base/secret.h"
#include "control/identity/caller.h"
#include "mixer/room/room.h"
#include <string.h>

void ts_admit_ask(
	struct ts_asked *out, const struct ts_config *config, const struct ts_room_config *room)
{
	int policy = config->join.policy;
	*out = (struct ts_asked){.kind = TS_GUESS_PIN, .target = "", .host = ""};
	if (policy == TS_JOIN_TOKEN) {
		out->asks = true;
		out->kind = TS_GUESS_JOIN_TOKEN;
		out->secret = (const char *const *)config->join.tokens.item;
		out->n = config->join.tokens.n;
		return;
	}
	const char *pin = policy == TS_JOIN_PIN ? config->join.pin : "";
	if (room && *room->pin) pin = room->pin;
	if (room) out->host = room->host_pin;
	/* where one of the PINs is that of other rooms as well, tries at either count for all */
	if (room && (*room->pin || (*room->host_pin && !*pin))) out->target = room->id;
	out->asks = policy == TS_JOIN_PIN || *pin;
	out->one[0] = pin;
	out->secret = out->one;
	out->n = *pin ? 1 : 0;
}

/* All are compared: which one it was must not be told by the time. */
static bool is_one_of(const char *given, const struct ts_asked *asked)
{
	bool found = false;
	for (size_t i = 0; i < asked->n; i++) found |= ts_same_secret(given, asked->secret[i]);
	return found;
}

/* Of who is admitted. */
static const char *role_of(const struct ts_room_config *room, bool host)
{
	if (host) return TS_HOST;
	return room && (*room->host_pin || room->wait_for_host) ? TS_GUEST : "";
}

/* A token's role that is none of ours is the label of a guest: join.c has it. */
static bool is_vouched_host(const struct ts_caller *caller)
{
	return caller->scopes & TS_SCOPE_MODERATE &&
		(!*caller->role || ts_role_is_host(caller->role));
}

/* Who has shown before that they know one PIN has as few tries at the other as anybody. */
static bool is_known(
	const struct ts_asked *asked, const struct ts_entrant *who, bool guest, bool host)
{
	if (!*asked->host) return who->known;
	return (guest && who->known) || (host && who->known_host) ||
		(who->known && who->known_host);
}

static enum ts_verdict judge(struct ts_admitted *out, const struct ts_asked *asked,
	const struct ts_entrant *who, struct ts_guesses *guesses, int64_t now_ns, bool *is_host)
{
	const bool given = who->given && *who->given;
	if (!given || (!asked->asks && !*asked->host))
		return asked->asks ? TS_REFUSED_NEEDED : TS_ADMITTED_OPEN;
	const bool guest = is_one_of(who->given, asked),
		   same_host = ts_same_secret(who->given, asked->host),
		   host = same_host && *asked->host;
	const struct ts_try t = {.kind = asked->kind,
		.address = who->address,
		.target = asked->target,
		.about = who->room,
		.known = is_known(asked, who, guest, host),
		.forgeable = who->forgeable,
		.foreign = who->foreign};
	if ((out->wait_ns = ts_guess_wait(guesses, &t, now_ns))) return TS_REFUSED_WAIT;
	if (guest || host) {
		ts_guess_right(guesses, &t, now_ns);
		*is_host = host;
		return TS_ADMITTED_PROVED;
	}
	ts_guess_wrong(guesses, &t, now_ns);
	return TS_REFUSED_WRONG;
}

void ts_admit(struct ts_admitted *out, const struct ts_config *config,
	const struct ts_room_config *room, const struct ts_entrant *who, struct ts_guesses *guesses,
	int64_t now_ns)
{
	struct ts_asked asked;
	ts_admit_ask(&asked, config, room);
	bool host = false;
	*out = (struct ts_admitted){.kind = asked.kind, .role = ""};
	out->verdict = who->vouched ? TS_ADMITTED_PROVED
				    : judge(out, &asked, who, guesses, now_ns, &host);
	bool in = out->verdict == TS_ADMITTED_OPEN || out->verdict == TS_ADMITTED_PROVED;
	if (who->vouched) host = is_vouched_host(who->vouched);
	if (in) out->role = role_of(room, host);
	if (!in || who->comes_back) return;
	const int64_t now_ms = ts_unix_ms_from_ns(now_ns);
	if (room && room->valid_until_ms && now_ms >= room->valid_until_ms)
		out->verdict = TS_REFUSED_OVER;
	else if (room && now_ms < room->valid_from_ms) {
		out->verdict = TS_REFUSED_EARLY;
		out->wait_ns = (room->valid_from_ms - now_ms) * TS_NS_PER_MS;
	} else if (room && (room->locked || *room->breakout_of))
		out->verdict = TS_REFUSED_LOCKED;
	else if (who->overloaded)
		out->verdict = TS_REFUSED_OVERLOADED;
}
