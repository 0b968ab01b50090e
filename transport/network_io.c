/* What was measured of the way to the peer, told to the owner: the `network` event. */
#include "transport/path.h"
#include "transport/rtp/rtcp.h"

#define RATE_NS TS_NS_PER_S

static uint64_t bytes_sent(const struct ts_transport *t)
{
	uint64_t bytes = 0;
	for (size_t i = 0; i < t->config.n_media; i++) {
		struct ts_media_stats stats = {0};
		if (!t->media[i].send) continue;
		ts_rtp_send_stats(t->media[i].send, &stats);
		bytes += stats.bytes_out;
	}
	return bytes;
}

static void measure_rate(struct ts_transport *t, int64_t now_ns)
{
	struct ts_path_network *n = &t->network;
	int64_t since_ns = now_ns - n->rate_ns;
	if (since_ns < RATE_NS) return;
	uint64_t bytes = bytes_sent(t);
	if (n->rate_ns)
		n->told.sent_bps = (uint32_t)((bytes - n->bytes) * 8 * TS_NS_PER_S /
			(uint64_t)since_ns);
	n->bytes = bytes;
	n->rate_ns = now_ns;
}

static void tell(struct ts_transport *t, int64_t now_ns)
{
	struct ts_path_network *n = &t->network;
	measure_rate(t, now_ns);
	if (!t->events.network || now_ns - n->told_ns < TS_NETWORK_EVENT_NS) return;
	n->told_ns = now_ns;
	t->events.network(t->arg, &n->told);
}

void ts_path_network_report(
	struct ts_path_media *m, const struct ts_rtcp_report *report, int64_t now_ns)
{
	struct ts_path_network *n = &m->transport->network;
	n->told.rtt_us = (uint32_t)(ts_rtp_send_rtt_ns(m->send) / TS_NS_PER_US);
	if (m->config->kind == TS_VIDEO && report->ssrc == m->config->send_ssrc) {
		n->told.loss_permille = (uint16_t)(report->fraction_lost * 1000 / 256);
		n->told.reports++;
	}
	if (m->config->kind == TS_AUDIO && report->ssrc == m->config->send_ssrc) {
		n->told.audio_loss_permille = (uint16_t)(report->fraction_lost * 1000 / 256);
		n->told.audio_reports++;
	}
	tell(m->transport, now_ns);
}

void ts_path_network_remb(struct ts_transport *t, uint64_t bps, int64_t now_ns)
{
	t->network.told.peer_bps = bps > UINT32_MAX ? UINT32_MAX : (uint32_t)bps;
	tell(t, now_ns);
}
