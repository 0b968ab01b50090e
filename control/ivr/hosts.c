#include "control/ivr/hosts.h"
#include "base/clock.h"

static enum ts_hosts_act leave(
	struct ts_hosts *h, const struct ts_room_config *room, int64_t now_ns)
{
	switch (room->when_host_leaves) {
	case TS_HOST_LEAVES_STAY: h->state = TS_HOSTS_OPEN; return TS_HOSTS_NOTHING;
	case TS_HOST_LEAVES_WAIT:
	case TS_HOST_LEAVES_END: break;
	}
	if (h->state == TS_HOSTS_OPEN) {
		h->state = TS_HOSTS_GRACE;
		h->end_ns = now_ns + room->host_grace_s * TS_NS_PER_S;
	}
	if (now_ns < h->end_ns) return TS_HOSTS_NOTHING;
	const bool wait = room->when_host_leaves == TS_HOST_LEAVES_WAIT;
	h->state = wait ? TS_HOSTS_SHUT : TS_HOSTS_EARLY;
	return wait ? TS_HOSTS_TAKE_OUT : TS_HOSTS_END;
}

enum ts_hosts_act ts_hosts_run(struct ts_hosts *h, const struct ts_room_config *room,
	const struct ts_hosts_seen *seen, int64_t now_ns)
{
	if (seen->hosts) {
		h->state = TS_HOSTS_OPEN;
		return TS_HOSTS_NOTHING;
	}
	if (!seen->people && (h->state != TS_HOSTS_SHUT || !seen->waiting)) {
		h->state = TS_HOSTS_EARLY;
		return TS_HOSTS_NOTHING;
	}
	if (h->state == TS_HOSTS_SHUT && room->when_host_leaves != TS_HOST_LEAVES_WAIT)
		h->state = TS_HOSTS_EARLY; /* it was set otherwise since */
	return h->state == TS_HOSTS_OPEN || h->state == TS_HOSTS_GRACE ? leave(h, room, now_ns)
								       : TS_HOSTS_NOTHING;
}

bool ts_hosts_let_in(const struct ts_hosts *h, const struct ts_room_config *room)
{
	switch (h->state) {
	case TS_HOSTS_EARLY: return !room->wait_for_host;
	case TS_HOSTS_SHUT: return false;
	case TS_HOSTS_OPEN:
	case TS_HOSTS_GRACE: break;
	}
	return true;
}
