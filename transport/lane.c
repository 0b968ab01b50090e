/* The way out of a path: room is reserved in the net thread's batch, filled, protected in place and
 * committed. */
#include "base/counter.h"
#include "transport/path.h"
#include "transport/plain.h"
#include "transport/secure/srtp.h"

/* Of an m-line that is off. Nothing writes to it. */
static struct ts_route nowhere = {.fd = -1};

static struct ts_route *rtp_route(struct ts_path_lane *lane)
{
	if (lane->plain) return &lane->plain->rtp.route;
	return lane->transport->ice ? ts_ice_route(lane->transport->ice) : &nowhere;
}

static struct ts_route *rtcp_route(struct ts_path_lane *lane)
{
	return lane->plain && lane->plain->rtcp.watch.fd >= 0 ? &lane->plain->rtcp.route
							      : rtp_route(lane);
}

static uint8_t *reserve(void *arg, size_t cap)
{
	struct ts_path_lane *lane = arg;
	return ts_batch_reserve(
		lane->transport->net->batch, rtp_route(lane), cap + TS_SRTP_TRAILER);
}

uint8_t *ts_path_reserve_rtcp(struct ts_path_lane *lane, size_t cap)
{
	return ts_batch_reserve(
		lane->transport->net->batch, rtcp_route(lane), cap + TS_SRTP_TRAILER);
}

static bool may_send(const struct ts_path_lane *lane, const struct ts_route *route, int64_t now_ns)
{
	const struct ts_transport *t = lane->transport;
	return !t->await_proof && ts_proof_holds(&t->proof, &route->to, now_ns);
}

bool ts_path_plain_is_dtls(const struct ts_path_lane *lane)
{
	const struct ts_transport *t = lane->transport;
	return lane->plain && t->config.media[lane - t->lane].plain.dtls;
}

struct ts_srtp *ts_path_rtcp_srtp(const struct ts_path_lane *lane)
{
	const bool apart = lane->plain && lane->plain->rtcp.watch.fd >= 0;
	return apart && ts_path_plain_is_dtls(lane) ? lane->rtcp_srtp : lane->srtp;
}

/* Nothing goes in the clear where keys are agreed on by DTLS. */
static bool is_clear(const struct ts_path_lane *lane, const struct ts_srtp *srtp)
{
	return lane->plain && !srtp && !ts_path_plain_is_dtls(lane);
}

bool ts_path_may_send_rtp(const struct ts_path_lane *lane, int64_t now_ns)
{
	if (!lane->plain) return lane->srtp != NULL;
	return (lane->srtp || is_clear(lane, NULL)) &&
		may_send(lane, &lane->plain->rtp.route, now_ns);
}

bool ts_path_may_send_rtcp(const struct ts_path_lane *lane, int64_t now_ns)
{
	if (!lane->plain) return lane->srtp != NULL;
	return (ts_path_rtcp_srtp(lane) || is_clear(lane, NULL)) &&
		may_send(lane, &ts_plain_rtcp(lane->plain)->route, now_ns);
}

static size_t commit(struct ts_path_lane *lane, struct ts_route *route, size_t len,
	struct ts_srtp *srtp, int (*protect)(struct ts_srtp *, uint8_t *, size_t *))
{
	struct ts_batch *batch = lane->transport->net->batch;
	uint8_t *buf = ts_batch_reserve(batch, route, 0); /* the slot that was filled */
	const bool clear = is_clear(lane, srtp);
	if (!buf || (!clear && (!srtp || protect(srtp, buf, &len)))) {
		ts_count(TS_C_DROP_SEND);
		return 0;
	}
	ts_batch_commit(batch, route, len);
	return len;
}

/* What a datagram has beside what is in it: UDP and IP. */
static size_t headers_len(const struct ts_route *route)
{
	enum { UDP = 8, IP4 = 20, IP6 = 40 };
	return UDP + (route->to.ss_family == AF_INET6 ? IP6 : IP4);
}

static size_t commit_rtp(void *arg, size_t len, size_t number_at, int64_t now_ns)
{
	struct ts_path_lane *lane = arg;
	struct ts_route *route = rtp_route(lane);
	uint8_t *buf = ts_batch_reserve(lane->transport->net->batch, route, 0);
	if (number_at && buf) ts_path_pace_number(lane->transport, buf + number_at);
	size_t sent = commit(lane, route, len, lane->srtp, ts_srtp_protect_rtp);
	if (sent)
		ts_path_pace_sent(
			lane->transport, sent + headers_len(route), number_at > 0, now_ns);
	return sent;
}

static void commit_rtcp(void *arg, size_t len)
{
	commit(arg, rtcp_route(arg), len, ts_path_rtcp_srtp(arg), ts_srtp_protect_rtcp);
}

static int leave_alone(struct ts_srtp *srtp, uint8_t *buf, size_t *len)
{
	(void)srtp, (void)buf, (void)len;
	return 0;
}

static void commit_again(void *arg, size_t len, int64_t now_ns)
{
	struct ts_path_lane *lane = arg;
	struct ts_route *route = rtp_route(lane);
	size_t sent = commit(lane, route, len, lane->srtp, leave_alone);
	if (sent) ts_path_pace_sent(lane->transport, sent + headers_len(route), false, now_ns);
}

void ts_path_lane_init(struct ts_path_lane *lane, struct ts_transport *t)
{
	lane->transport = t;
	lane->wire = (struct ts_wire){reserve, commit_rtp, commit_rtcp, commit_again, lane};
}
