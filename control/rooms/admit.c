#include "control/rooms/admit.h"
#include "base/secret.h"
#include "mixer/room/room.h"
#include <string.h>

void ts_admit_ask(
	struct ts_asked *out, const struct ts_config *config, const struct ts_room_config *room)
{
	int policy = config->join.policy;
	*out = (struct ts_asked){.kind = TS_GUESS_PIN, .target = ""};
	if (policy == TS_JOIN_TOKEN) {
		out->asks = true;
		out->kind = TS_GUESS_JOIN_TOKEN;
		out->secret = (const char *const *)config->join.tokens.item;
		out->n = config->join.tokens.n;
		return;
	}
	const char *pin = policy == TS_JOIN_PIN ? config->join.pin : "";
	if (room && *room->pin) {
		pin = room->pin;
		out->target = room->id;
	}
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

static enum ts_verdict judge(struct ts_admitted *out, const struct ts_asked *asked,
	const struct ts_entrant *who, struct ts_guesses *guesses, int64_t now_ns)
{
	const struct ts_try t = {.kind = asked->kind,
		.address = who->address,
		.target = asked->target,
		.about = who->room,
		.known = who->known,
		.forgeable = who->forgeable};
	if (!asked->asks) return TS_ADMITTED_OPEN;
	if (!who->given || !*who->given) return TS_REFUSED_NEEDED;
	if ((out->wait_ns = ts_guess_wait(guesses, &t, now_ns))) return TS_REFUSED_WAIT;
	if (is_one_of(who->given, asked)) {
		ts_guess_right(guesses, &t, now_ns);
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
	*out = (struct ts_admitted){.kind = asked.kind};
	out->verdict = judge(out, &asked, who, guesses, now_ns);
	bool in = out->verdict == TS_ADMITTED_OPEN || out->verdict == TS_ADMITTED_PROVED;
	if (!in || who->comes_back) return;
	if (room && room->locked)
		out->verdict = TS_REFUSED_LOCKED;
	else if (who->overloaded)
		out->verdict = TS_REFUSED_OVERLOADED;
}
