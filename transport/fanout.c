#include "transport/fanout.h"
#include "base/error.h"
#include "base/ref.h"
#include "base/task.h"
#include "transport/path.h"
#include <stdlib.h>

/* The senders of one net thread: sender[first .. first + n). */
struct group {
	struct ts_net *net;
	size_t first, n;
};

struct ts_fanout {
	struct ts_net_target target;
	struct ts_ref refs;
	size_t n_group, n_sender;
	struct group *group;
	struct ts_sender *sender[];
};

static int by_net(const void *a, const void *b)
{
	const struct ts_sender *const *x = a, *const *y = b;
	uintptr_t nx = (uintptr_t)(*x)->transport->net, ny = (uintptr_t)(*y)->transport->net;
	return (nx > ny) - (nx < ny);
}

static size_t count_groups(const struct ts_fanout *fanout)
{
	size_t n = 0;
	for (size_t i = 0; i < fanout->n_sender; i++)
		n += i == 0 ||
			fanout->sender[i]->transport->net != fanout->sender[i - 1]->transport->net;
	return n;
}

static void make_groups(struct ts_fanout *fanout)
{
	for (size_t i = 0; i < fanout->n_sender; i++) {
		struct ts_net *net = fanout->sender[i]->transport->net;
		if (!fanout->n_group || fanout->group[fanout->n_group - 1].net != net)
			fanout->group[fanout->n_group++] = (struct group){net, i, 0};
		fanout->group[fanout->n_group - 1].n++;
	}
}

static bool is_audio(const struct ts_sender *sender) /* all of a fanout are of one kind */
{
	return atomic_load_explicit(&sender->transport->media[sender->media].kind,
		       memory_order_relaxed) == TS_AUDIO;
}

static void target_ref(struct ts_net_target *target)
{
	struct ts_fanout *fanout = ts_container_of(target, struct ts_fanout, target);
	ts_ref_get(&fanout->refs);
}

static void target_unref(struct ts_net_target *target)
{
	struct ts_fanout *fanout = ts_container_of(target, struct ts_fanout, target);
	ts_fanout_unref(&fanout);
}

static void deliver(struct ts_net_target *target, size_t group, struct ts_au *au, int64_t now_ns)
{
	const struct ts_fanout *fanout = ts_container_of(target, struct ts_fanout, target);
	const struct group *g = &fanout->group[group];
	for (size_t i = g->first; i < g->first + g->n; i++) {
		struct ts_sender *sender = fanout->sender[i];
		ts_path_send(sender->transport, sender->media, au, now_ns);
	}
}

static const struct ts_net_target_ops target_ops = {target_ref, target_unref, deliver};

int ts_fanout_create(struct ts_fanout **out, struct ts_sender *const *senders, size_t n)
{
	*out = NULL;
	struct ts_fanout *fanout = calloc(1, sizeof(*fanout) + n * sizeof(fanout->sender[0]));
	if (!fanout) return TS_ENOMEM;
	fanout->target.ops = &target_ops;
	ts_ref_init(&fanout->refs, 1);
	for (size_t i = 0; i < n; i++) fanout->sender[i] = ts_sender_ref(senders[i]);
	fanout->n_sender = n;
	qsort(fanout->sender, n, sizeof(fanout->sender[0]), by_net);
	size_t n_group = count_groups(fanout);
	fanout->group = calloc(n_group ? n_group : 1, sizeof(fanout->group[0]));
	if (!fanout->group) {
		ts_fanout_unref(&fanout);
		return TS_ENOMEM;
	}
	make_groups(fanout);
	*out = fanout;
	return TS_OK;
}

void ts_fanout_unref(struct ts_fanout **pfanout)
{
	struct ts_fanout *fanout = *pfanout;
	*pfanout = NULL;
	if (!fanout || !ts_ref_put(&fanout->refs)) return;
	for (size_t i = 0; i < fanout->n_sender; i++) ts_sender_unref(&fanout->sender[i]);
	free(fanout->group);
	free(fanout);
}

void ts_fanout_send(struct ts_fanout *fanout, struct ts_au *au)
{
	for (size_t g = 0; g < fanout->n_group; g++)
		ts_net_send(fanout->group[g].net,
			&(struct ts_net_unit){&fanout->target, g, au, is_audio(fanout->sender[0])});
}
