/* layer - which of a camera's simulcast layers is decoded: the smallest that fills the largest tile
 * it is shown in. Pure.
 *
 *   packets of each layer, sizes (codec/peek.h), the tile --> the layer to be decoded
 *
 * Fills   the picture is not enlarged by more than 1/16. A layer whose size is not known is taken
 *         for twice that of the one before it, or half of the one behind.
 * Up      at once; down when the smaller one would have done for 3 s.
 * Gone    who sends nothing for 500 ms, while another layer comes, has stopped sending it: the best
 *         of those that come is taken. One that is back must have come for 1 s before it is taken
 *         again, and twice as long each time that it was lost while decoded, up to 16 s; after 30 s
 *         without that it counts for nothing.
 * Thread  that of whoever uses it: the net thread of the source. Zeroed by init.
 * Source  RFC 8853; layers are in the order of the description, the smallest first as far as it
 *         tells.
 */
#ifndef TS_MIXER_SOURCE_LAYER_H
#define TS_MIXER_SOURCE_LAYER_H

#include "base/clock.h"
#include "transport/rtp/media_config.h"
#include <stdbool.h>

#define TS_LAYER_GONE_NS (500 * TS_NS_PER_MS)
#define TS_LAYER_DOWN_NS (3 * TS_NS_PER_S)
#define TS_LAYER_WAIT_NS TS_NS_PER_S
#define TS_LAYER_WAIT_MAX_NS (16 * TS_NS_PER_S)
#define TS_LAYER_FORGET_NS (30 * TS_NS_PER_S)

/* The tile that has to be filled; width 0: not known. */
struct ts_layer_need {
	int width, height;
	bool crop;         /* the picture is cut to the shape of the tile, else it fits in */
	bool turned;       /* the picture lies on its side */
};

/* One layer, as the API shows it. */
struct ts_layer_info {
	int width, height; /* 0: not known */
	int kbps;          /* of about the last second */
	bool flows;
};

struct ts_layers {
	size_t n;
	int chosen;        /* -1: none */
	int64_t latest_ns; /* of any layer's packets */
	int64_t down_ns;   /* a smaller one would do since then; 0: it would not */
	struct {
		int width, height;          /* 0: not known */
		int64_t latest_ns, ready_ns; /* its last packet, 0: none; when it may be taken */
		int64_t wait_ns, lost_ns;   /* of the last time that it was lost; 0: never */
		bool refused;               /* the decoder will not have it */
	} layer[TS_LAYERS_MAX];
};

void ts_layers_init(struct ts_layers *layers, size_t n);
void ts_layers_packet(struct ts_layers *layers, size_t layer, int64_t arrival_ns);
void ts_layers_size(struct ts_layers *layers, size_t layer, int width, int height);
/* Does it come? */
bool ts_layers_flows(const struct ts_layers *layers, size_t layer);
/* The layer to be decoded from its next keyframe on; -1: nothing has come yet. */
int ts_layers_choose(struct ts_layers *layers, const struct ts_layer_need *need, int64_t now_ns);

#endif
