#include "tests/unit/mixer/room/fake_leg.h"

#include "base/loop.h"
#include "mixer/leg/rtp.h"
#include "transport/fanout.h"
#include <assert.h>
#include <stdlib.h>

struct ts_fake_legs ts_fake_legs;

static struct ts_fake_leg *of(const struct ts_leg *leg)
{
	return (struct ts_fake_leg *)leg;
}

/* ---- senders and fan-outs */

struct ts_fanout {
	size_t n;
	struct ts_sender *sender[];
};

struct ts_sender *ts_sender_ref(struct ts_sender *sender)
{
	sender->refs++;
	return sender;
}

void ts_sender_unref(struct ts_sender **sender)
{
	if (*sender) (*sender)->refs--;
	*sender = NULL;
}

int ts_fanout_create(struct ts_fanout **out, struct ts_sender *const *senders, size_t n)
{
	struct ts_fanout *f = malloc(sizeof(*f) + n * sizeof(f->sender[0]));
	f->n = n;
	for (size_t i = 0; i < n; i++) f->sender[i] = ts_sender_ref(senders[i]);
	ts_fake_legs.fanouts++;
	*out = f;
	return 0;
}

void ts_fanout_unref(struct ts_fanout **fanout)
{
	struct ts_fanout *f = *fanout;
	*fanout = NULL;
	if (!f) return;
	for (size_t i = 0; i < f->n; i++) ts_sender_unref(&f->sender[i]);
	ts_fake_legs.fanouts--;
	free(f);
}

void ts_sender_set_output(struct ts_sender *sender, uint32_t from, uint32_t to)
{
	ts_handover_set(&sender->handover, from, to);
}

static void on_switched(struct ts_task *task)
{
	struct ts_fake_leg *l = ts_container_of(task, struct ts_fake_leg, switched_task);
	if (!l->gone) l->config.events->switched(l->config.arg, l->output);
}

static void send_unit(struct ts_sender *s, const struct ts_au *au)
{
	const int64_t since = au->media_time - s->last_media_time;
	const int64_t tick = TS_VIDEO_CLOCK_HZ / TS_FAKE_LEG_FPS;
	if (s->units && au->output) {
		s->holes += since > 2 * tick; /* small steps have every second one */
		s->again += since <= 0;
	}
	s->units++;
	s->keys += au->key;
	s->last_media_time = au->media_time;
}

static void send(struct ts_sender *s, struct ts_au *au)
{
	struct ts_au *unit[TS_HANDOVER_UNITS];
	const uint32_t before = s->handover.current;
	if (s->leg->deaf && au->output && au->output != before) return;
	const size_t n = ts_handover_take(&s->handover, au, unit);
	for (size_t i = 0; i < n; i++) {
		send_unit(s, unit[i]);
		ts_au_unref(&unit[i]);
	}
	if (s->handover.current == before) return;
	s->leg->output = s->handover.current;
	ts_loop_post(s->leg->config.control, &s->leg->switched_task);
}

void ts_fanout_send(struct ts_fanout *f, struct ts_au *au)
{
	for (size_t i = 0; i < f->n; i++) send(f->sender[i], au);
}

/* ---- the leg */

static int leg_start(struct ts_leg **out, const struct ts_leg_config *config)
{
	if (ts_fake_legs.start_err) return ts_fake_legs.start_err;
	struct ts_fake_leg *l = calloc(1, sizeof(*l));
	l->leg.ops = &ts_rtp_leg;
	l->config = *config;
	l->transport = *config->transport;
	for (int i = 0; i < TS_MEDIA_MAX; i++) l->sender[i].leg = l;
	l->switched_task.fn = on_switched;
	l->next = ts_fake_legs.last;
	ts_fake_legs.alive++;
	ts_fake_legs.last = l;
	*out = &l->leg;
	return 0;
}

static void leg_close(struct ts_leg *leg)
{
	assert(!of(leg)->closing);
	of(leg)->closing = true;
}

static struct ts_sender *leg_sender(struct ts_leg *leg, size_t media)
{
	struct ts_fake_leg *l = of(leg);
	assert(!l->closing);
	return media < l->transport.n_media && l->transport.media[media].send
		? ts_sender_ref(&l->sender[media])
		: NULL;
}

static void leg_stats(const struct ts_leg *leg, size_t media, struct ts_media_stats *out)
{
	assert(!of(leg)->closing);
	*out = (struct ts_media_stats){.packets_in = media + 1};
}

static void leg_set_receive_bps(struct ts_leg *leg, uint32_t bps)
{
	assert(!of(leg)->closing);
	of(leg)->receive_bps = bps;
}

static void leg_set_wanted_bps(struct ts_leg *leg, uint32_t bps)
{
	assert(!of(leg)->closing);
	of(leg)->wanted_bps = bps;
}

static int leg_trickle(struct ts_leg *leg, const struct ts_ice_description *remote)
{
	(void)remote;
	of(leg)->trickles++;
	return ts_fake_legs.change_err;
}

static int leg_restart(struct ts_leg *leg, const struct ts_ice_description *remote)
{
	(void)remote;
	of(leg)->restarts++;
	return ts_fake_legs.change_err;
}

static int change(struct ts_leg *leg, const struct ts_transport_config *config)
{
	if (!ts_fake_legs.change_err) of(leg)->transport = *config;
	return ts_fake_legs.change_err;
}

static int leg_answer(struct ts_leg *leg, const struct ts_transport_config *config)
{
	of(leg)->answers++;
	return change(leg, config);
}

static int leg_update(struct ts_leg *leg, const struct ts_transport_config *config)
{
	of(leg)->updates++;
	return change(leg, config);
}

static void leg_prove(struct ts_leg *leg, const char *host)
{
	(void)host;
	of(leg)->proofs++;
}

const struct ts_leg_ops ts_rtp_leg = {
	.start = leg_start,
	.close = leg_close,
	.sender = leg_sender,
	.stats = leg_stats,
	.set_receive_bps = leg_set_receive_bps,
	.set_wanted_bps = leg_set_wanted_bps,
	.trickle = leg_trickle,
	.restart = leg_restart,
	.answer = leg_answer,
	.update = leg_update,
	.prove = leg_prove,
};

void ts_fake_leg_gone(struct ts_fake_leg *l)
{
	assert(l->closing && !l->gone);
	l->gone = true;
	ts_fake_legs.alive--;
	l->config.events->closed(l->config.arg);
}

int ts_fake_legs_gone(void)
{
	int n = 0;
	for (struct ts_fake_leg *l = ts_fake_legs.last; l; l = l->next) {
		if (!l->closing || l->gone) continue;
		ts_fake_leg_gone(l);
		n++;
	}
	return n;
}

void ts_fake_legs_reset(void)
{
	while (ts_fake_legs.last) {
		struct ts_fake_leg *l = ts_fake_legs.last;
		for (int i = 0; i < TS_MEDIA_MAX; i++) {
			assert(l->sender[i].refs == 0);
			ts_handover_fini(&l->sender[i].handover);
		}
		ts_fake_legs.last = l->next;
		free(l);
	}
	assert(ts_fake_legs.fanouts == 0);
	ts_fake_legs = (struct ts_fake_legs){0};
}
