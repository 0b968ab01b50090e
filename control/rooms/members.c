#include "control/rooms/entry.h"

#include "base/clock.h"
#include <string.h>

struct ts_member *ts_member_add(struct ts_registry *registry, struct ts_participant *participant)
{
	struct ts_member *member = ts_registry_member(registry, participant);
	if (member) return member;
	member = g_new0(struct ts_member, 1);
	member->participant = participant;
	ts_rates_init(&member->rates, ts_now_ns());
	g_hash_table_insert(registry->members, participant, member);
	return member;
}

void ts_member_remove(struct ts_registry *registry, struct ts_participant *participant)
{
	struct ts_member *member = ts_registry_member(registry, participant);
	if (!member) return;
	ts_half_open_settle(registry->half_open, participant);
	g_hash_table_remove(registry->sessions, member->secret);
	g_hash_table_remove(registry->members, participant);
}

struct ts_member *ts_registry_member(
	struct ts_registry *registry, struct ts_participant *participant)
{
	return g_hash_table_lookup(registry->members, participant);
}

struct ts_member *ts_registry_session(struct ts_registry *registry, const char *secret)
{
	return g_hash_table_lookup(registry->sessions, secret);
}

void ts_registry_settled(struct ts_registry *registry, struct ts_participant *participant)
{
	ts_half_open_settle(registry->half_open, participant);
}

int ts_registry_asked(struct ts_registry *registry, struct ts_participant *participant)
{
	return ts_half_open_ask(registry->half_open, participant);
}

void ts_member_connected(struct ts_registry *registry, struct ts_participant *participant)
{
	struct ts_member *member = ts_registry_member(registry, participant);
	if (!member || !member->awaits_media ||
		ts_participant_state(participant) == TS_P_CONNECTING)
		return;
	member->awaits_media = false;
	ts_half_open_settle(registry->half_open, participant);
}

struct ts_member *ts_member_welcome(struct ts_registry *registry,
	struct ts_participant *participant, const struct ts_join *join,
	const struct ts_newcomer *newcomer, bool half_open)
{
	struct ts_member *member = ts_member_add(registry, participant);
	g_strlcpy(member->from, join->from, sizeof(member->from));
	if (half_open) ts_half_open_add(registry->half_open, participant, newcomer);
	ts_secret(member->secret);
	g_hash_table_insert(registry->sessions, member->secret, member);
	return member;
}

static bool is_half_open(const struct ts_join *join, const struct ts_participant *participant)
{
	if (!*join->from) return false;
	return join->kind == TS_KIND_SIP ? join->transport.await_proof
					 : ts_participant_state(participant) == TS_P_CONNECTING;
}

struct ts_member *ts_member_settle_in(struct ts_registry *registry,
	struct ts_participant *participant, const struct ts_join *join,
	const struct ts_newcomer *newcomer)
{
	const bool half_open = is_half_open(join, participant);
	struct ts_member *member = ts_member_welcome(
		registry, participant, join, newcomer, half_open);
	member->awaits_media = half_open && join->kind != TS_KIND_SIP;
	return member;
}
