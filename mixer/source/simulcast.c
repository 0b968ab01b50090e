#include "mixer/source/simulcast.h"

#include "codec/peek.h"

#define LOOK_NS (100 * TS_NS_PER_MS)
#define COUNT_NS TS_NS_PER_S
#define BAN_NS (10 * TS_NS_PER_S)
#define BAN_MAX_NS (320 * TS_NS_PER_S)

enum {
	SIZE_BITS = 16,
	SIZE_MASK = (1 << SIZE_BITS) - 1,
	CROP_BIT = 1 << 0, /* above the sizes */
	FLOWS_BIT = 1u << 31,
};

static uint64_t pack(int width, int height, uint32_t rest)
{
	return (uint64_t)rest << 2 * SIZE_BITS | (uint64_t)(height & SIZE_MASK) << SIZE_BITS |
		(uint64_t)(width & SIZE_MASK);
}

static int width_of(uint64_t packed)
{
	return (int)(packed & SIZE_MASK);
}

static int height_of(uint64_t packed)
{
	return (int)(packed >> SIZE_BITS & SIZE_MASK);
}

static uint32_t rest_of(uint64_t packed)
{
	return (uint32_t)(packed >> 2 * SIZE_BITS);
}

void ts_simulcast_init(struct ts_simulcast *s)
{
	s->n = 1;
	atomic_init(&s->target, -1);
	atomic_init(&s->taken, -1);
}

void ts_simulcast_set_layers(struct ts_simulcast *s, size_t n)
{
	s->n = n < TS_LAYERS_MAX ? n : TS_LAYERS_MAX;
	ts_layers_init(&s->layers, s->n);
}

void ts_simulcast_need(struct ts_simulcast *s, int view, const struct ts_layer_need *need)
{
	atomic_store_explicit(&s->need[view],
		pack(need->width, need->height, need->crop ? CROP_BIT : 0), memory_order_relaxed);
}

/* The largest of all views. */
static void read_need(const struct ts_simulcast *s, struct ts_layer_need *out)
{
	*out = (struct ts_layer_need){
		.turned = atomic_load_explicit(&s->turned, memory_order_relaxed)};
	for (int view = 0; view < TS_VIEWS_MAX; view++) {
		const uint64_t one = atomic_load_explicit(&s->need[view], memory_order_relaxed);
		const int w = width_of(one), h = height_of(one);
		if ((int64_t)w * h <= (int64_t)out->width * out->height) continue;
		out->width = w;
		out->height = h;
		out->crop = rest_of(one) & CROP_BIT;
	}
}

static void publish(struct ts_simulcast *s, int64_t now_ns)
{
	const int64_t span_ms = (now_ns - s->counted_ns) / TS_NS_PER_MS;
	for (size_t i = 0; i < s->n; i++) {
		const uint64_t kbps = s->bytes[i] * 8 / (uint64_t)(span_ms > 0 ? span_ms : 1);
		const uint32_t flows = ts_layers_flows(&s->layers, i) ? FLOWS_BIT : 0;
		atomic_store_explicit(&s->stat[i],
			pack(s->layers.layer[i].width, s->layers.layer[i].height,
				flows | (uint32_t)(kbps < FLOWS_BIT ? kbps : FLOWS_BIT - 1)),
			memory_order_relaxed);
		s->bytes[i] = 0;
	}
	s->counted_ns = now_ns;
}

/* Is it still refused? */
static bool is_banned(struct ts_simulcast *s, size_t i, int64_t now_ns)
{
	struct ts_simulcast_ban *ban = &s->ban[i];
	const int width = s->layers.layer[i].width, height = s->layers.layer[i].height;
	const bool changed = width != ban->width || height != ban->height;
	if (!(atomic_load_explicit(&s->refused, memory_order_relaxed) >> i & 1)) {
		ban->since_ns = 0;
		return false;
	}
	if (!ban->since_ns) {
		int64_t wait_ns = ban->wait_ns && !changed ? 2 * ban->wait_ns : BAN_NS;
		if (wait_ns > BAN_MAX_NS) wait_ns = BAN_MAX_NS;
		*ban = (struct ts_simulcast_ban){now_ns, wait_ns, width, height};
		return true;
	}
	if (!changed && now_ns - ban->since_ns < ban->wait_ns) return true;
	ban->since_ns = 0;
	atomic_fetch_and_explicit(&s->refused, ~(1u << i), memory_order_relaxed);
	return false;
}

static void look(struct ts_simulcast *s, int64_t now_ns)
{
	struct ts_layer_need need;
	for (size_t i = 0; i < s->n; i++) s->layers.layer[i].refused = is_banned(s, i, now_ns);
	read_need(s, &need);
	atomic_store_explicit(
		&s->target, ts_layers_choose(&s->layers, &need, now_ns), memory_order_relaxed);
	s->looked_ns = now_ns;
	if (now_ns - s->counted_ns >= COUNT_NS) publish(s, now_ns);
}

bool ts_simulcast_packet(struct ts_simulcast *s, const struct ts_packet *p)
{
	int width, height;
	if (p->layer >= s->n) return false;
	for (size_t i = 0; i < s->n; i++)
		if ((p->heard | 1u << p->layer) >> i & 1)
			ts_layers_packet(&s->layers, i, p->arrival_ns);
	s->bytes[p->layer] += p->len;
	if (ts_peek_size((enum ts_codec)p->codec, p->payload, p->payload_len, &width, &height))
		ts_layers_size(&s->layers, p->layer, width, height);
	if (ts_simulcast_target(s) < 0 || s->layers.latest_ns - s->looked_ns >= LOOK_NS)
		look(s, s->layers.latest_ns);
	return ts_simulcast_wanted(s) >> p->layer & 1;
}

unsigned ts_simulcast_wanted(const struct ts_simulcast *s)
{
	const int target = ts_simulcast_target(s), taken = ts_simulcast_taken(s);
	return (target >= 0 ? 1u << target : 0) | (taken >= 0 ? 1u << taken : 0);
}

void ts_simulcast_take(struct ts_simulcast *s, int layer)
{
	atomic_store_explicit(&s->taken, layer, memory_order_relaxed);
	if (layer < 0) atomic_store_explicit(&s->refused, 0, memory_order_relaxed);
}

void ts_simulcast_refuse(struct ts_simulcast *s, int layer)
{
	if (layer >= 0) atomic_fetch_or_explicit(&s->refused, 1u << layer, memory_order_relaxed);
}

void ts_simulcast_refuse_from(struct ts_simulcast *s, int layer)
{
	for (int i = layer; layer > 0 && i < (int)s->n; i++) ts_simulcast_refuse(s, i);
}

void ts_simulcast_read(const struct ts_simulcast *s, size_t layer, struct ts_layer_info *out)
{
	const uint64_t packed = atomic_load_explicit(&s->stat[layer], memory_order_relaxed);
	*out = (struct ts_layer_info){.width = width_of(packed),
		.height = height_of(packed),
		.kbps = (int)(rest_of(packed) & ~(uint32_t)FLOWS_BIT),
		.flows = rest_of(packed) & FLOWS_BIT};
}
