/* plays - sounds that are played into a room. Plans carry them. */
#include "base/error.h"
#include "mixer/room/model.h"

int ts_room_add_play(struct ts_room *r, struct ts_room_play *play)
{
	struct ts_room_play **at = &r->plays;
	size_t n = 0;
	if (r->closing) return TS_ECLOSED;
	for (; *at; at = &(*at)->next) n++;
	if (n == TS_ROOM_PLAYS_MAX) return TS_ELIMIT;
	play->next = NULL;
	*at = play;
	ts_room_schedule_plan(r);
	return 0;
}

void ts_room_remove_play(struct ts_room *r, struct ts_room_play *play)
{
	struct ts_room_play **at = &r->plays;
	while (*at && *at != play) at = &(*at)->next;
	if (!*at) return;
	*at = play->next;
	if (!r->closing) ts_room_schedule_plan(r);
}

size_t ts_room_plays(const struct ts_room *r, struct ts_audio_member *members)
{
	const uint64_t key = UINT64_MAX - TS_ROOM_SINKS_MAX - 1 -
		TS_ROOM_PLAYS_MAX; /* below the sinks' */
	size_t n = 0;
	for (const struct ts_room_play *p = r->plays; p; p = p->next, n++)
		members[n] = (struct ts_audio_member){.key = key + n,
			.play = p->play,
			.to = p->to,
			.gain = 1,
			.ducks = 1 - ts_gain_of(-p->duck_db)};
	return n;
}
