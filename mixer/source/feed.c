#include "mixer/source/feed.h"

#include "base/clock.h"
#include <string.h>

/* A camera that sent nothing for this long, while other packets came, is off: its tile becomes a
 * placeholder. Long enough for the transport to say first that nothing came at all: then the last
 * picture stays, dimmed. */
#define CAMERA_OFF_NS (2700 * TS_NS_PER_MS)

bool ts_feed_watch(struct ts_feed *feed, bool stalled, int64_t now_ns)
{
	if (!feed->source) return false;
	struct ts_source_stats stats;
	ts_source_stats(feed->source, &stats);
	int64_t span_ns = now_ns - feed->fps_seen_ns;
	if (span_ns >= TS_NS_PER_S) {
		int64_t pictures = (int64_t)(stats.pictures - feed->fps_seen_pictures);
		feed->fps = (int)((pictures * TS_NS_PER_S + span_ns / 2) / span_ns);
		feed->fps_seen_ns = now_ns;
		feed->fps_seen_pictures = stats.pictures;
	}
	bool on = stats.last_packet_ns && now_ns - stats.last_packet_ns < CAMERA_OFF_NS;
	if (stalled) on |= atomic_load_explicit(&feed->on, memory_order_relaxed);
	return atomic_exchange_explicit(&feed->on, on, memory_order_relaxed) != on;
}

uint32_t ts_feed_layers_bps(struct ts_feed *feed, uint32_t bps, int64_t now_ns)
{
	/* each further step down takes as long again */
	if (bps < feed->layers_bps && (!feed->less_ns || bps < feed->less_bps)) {
		feed->less_ns = now_ns + TS_FEED_LESS_NS;
		feed->less_bps = bps;
	}
	if (bps >= feed->layers_bps || now_ns >= feed->less_ns) {
		feed->layers_bps = bps;
		feed->less_ns = 0;
	}
	return feed->layers_bps;
}

bool ts_feed_new_layer(struct ts_feed *feed)
{
	if (!feed->source || !feed->n_layers) return false;
	struct ts_source_stats stats;
	ts_source_stats(feed->source, &stats);
	if (stats.layer == feed->told_layer) return false;
	feed->told_layer = stats.layer;
	return true;
}

bool ts_feed_new_error(const struct ts_feed *feed, struct ts_refusal *told)
{
	if (!feed->source) return false;
	struct ts_source_stats stats;
	ts_source_stats(feed->source, &stats);
	if (!memcmp(&stats.error, told, sizeof *told)) return false;
	*told = stats.error;
	return true;
}
