#include "mixer/source/layer.h"

#include <string.h>

enum { ENLARGED_NUM = 17, ENLARGED_DEN = 16 };

struct size {
	int64_t width, height; /* 0: not known */
};

void ts_layers_init(struct ts_layers *l, size_t n)
{
	memset(l, 0, sizeof *l);
	l->n = n < TS_LAYERS_MAX ? n : TS_LAYERS_MAX;
	l->chosen = -1;
}

bool ts_layers_flows(const struct ts_layers *l, size_t i)
{
	return l->layer[i].latest_ns && l->latest_ns - l->layer[i].latest_ns < TS_LAYER_GONE_NS;
}

/* Of silence that all shared nothing is to be learnt: those that came before have as long as ever
 * to come again. */
static void forgive_silence(struct ts_layers *l, int64_t arrival_ns)
{
	const int64_t silent_ns = arrival_ns - l->latest_ns;
	if (!l->latest_ns || silent_ns < TS_LAYER_GONE_NS) return;
	for (size_t i = 0; i < l->n; i++)
		if (ts_layers_flows(l, i)) l->layer[i].latest_ns += silent_ns;
	l->latest_ns = arrival_ns;
}

void ts_layers_packet(struct ts_layers *l, size_t i, int64_t arrival_ns)
{
	forgive_silence(l, arrival_ns);
	const int64_t before_ns = l->layer[i].latest_ns;
	const bool is_back = before_ns && arrival_ns - before_ns >= TS_LAYER_GONE_NS &&
		!ts_layers_flows(l, i);
	if (is_back) {
		const int64_t wait_ns = l->layer[i].wait_ns;
		l->layer[i].ready_ns = arrival_ns + (wait_ns ? wait_ns : TS_LAYER_WAIT_NS);
	}
	if (arrival_ns > before_ns) l->layer[i].latest_ns = arrival_ns;
	if (arrival_ns > l->latest_ns) l->latest_ns = arrival_ns;
}

void ts_layers_size(struct ts_layers *l, size_t i, int width, int height)
{
	l->layer[i].width = width;
	l->layer[i].height = height;
}

static struct size size_of(const struct ts_layers *l, size_t i)
{
	for (size_t by = 0; by < l->n; by++) {
		const size_t below = i - by, above = i + by;
		if (i >= by && l->layer[below].width)
			return (struct size){(int64_t)l->layer[below].width << by,
				(int64_t)l->layer[below].height << by};
		if (above < l->n && l->layer[above].width)
			return (struct size){
				l->layer[above].width >> by, l->layer[above].height >> by};
	}
	return (struct size){0, 0};
}

static bool fills(const struct size *s, const struct ts_layer_need *need)
{
	const int64_t w = need->turned ? s->height : s->width,
		      h = need->turned ? s->width : s->height;
	const bool in_width = w * ENLARGED_NUM >= (int64_t)need->width * ENLARGED_DEN,
		   in_height = h * ENLARGED_NUM >= (int64_t)need->height * ENLARGED_DEN;
	return need->crop ? in_width && in_height : in_width || in_height;
}

static int64_t area(const struct ts_layers *l, int i)
{
	const struct size s = size_of(l, (size_t)i);
	return s.width * s.height;
}

/* Is a larger than b? Of unknown sizes the order tells. */
static bool is_larger(const struct ts_layers *l, int a, int b)
{
	const int64_t of_a = area(l, a), of_b = area(l, b);
	return of_a == of_b ? !of_a && a > b : of_a > of_b;
}

static bool may_take(const struct ts_layers *l, size_t i, int64_t now_ns)
{
	return ts_layers_flows(l, i) && !l->layer[i].refused && now_ns >= l->layer[i].ready_ns;
}

/* Of those that are ready by then: the smallest that fills the tile, else the best. */
static int fitting(const struct ts_layers *l, const struct ts_layer_need *need, int64_t now_ns)
{
	int best = -1, smallest = -1;
	for (int i = 0; i < (int)l->n; i++) {
		const struct size s = size_of(l, (size_t)i);
		if (!may_take(l, (size_t)i, now_ns)) continue;
		if (best < 0 || is_larger(l, i, best)) best = i;
		if (s.width && fills(&s, need) && (smallest < 0 || is_larger(l, smallest, i)))
			smallest = i;
	}
	return smallest >= 0 ? smallest : best;
}

/* The one that is decoded has stopped. */
static void lose(struct ts_layers *l, int64_t now_ns)
{
	const int i = l->chosen;
	const bool again = l->layer[i].lost_ns && now_ns - l->layer[i].lost_ns < TS_LAYER_FORGET_NS;
	int64_t wait_ns = again ? 2 * l->layer[i].wait_ns : TS_LAYER_WAIT_NS;
	l->layer[i].wait_ns = wait_ns < TS_LAYER_WAIT_MAX_NS ? wait_ns : TS_LAYER_WAIT_MAX_NS;
	l->layer[i].lost_ns = now_ns;
}

int ts_layers_choose(struct ts_layers *l, const struct ts_layer_need *need, int64_t now_ns)
{
	const bool held = l->chosen >= 0 && ts_layers_flows(l, (size_t)l->chosen) &&
		!l->layer[l->chosen].refused;
	/* where it is shown will be told in a moment */
	if (held && !need->width) return l->chosen;
	int fit = fitting(l, need, now_ns);
	/* one that has only just come back is better than none */
	if (fit < 0 && !held) fit = fitting(l, need, INT64_MAX);
	if (fit < 0 || fit == l->chosen) {
		l->down_ns = 0;
		return l->chosen;
	}
	const bool is_smaller = held && !is_larger(l, fit, l->chosen);
	if (is_smaller && !l->down_ns) l->down_ns = now_ns;
	if (is_smaller && now_ns - l->down_ns < TS_LAYER_DOWN_NS) return l->chosen;
	if (l->chosen >= 0 && !ts_layers_flows(l, (size_t)l->chosen)) lose(l, now_ns);
	l->down_ns = 0;
	l->chosen = fit;
	return fit;
}
