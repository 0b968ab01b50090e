/* OPTIONS to a trunk: is the server there? */
#include "base/random.h"
#include "control/sip/trunk_core.h"
#include <string.h>

static void send_options(struct ts_sip_trunk *t);

static void on_options_timer(void *arg)
{
	send_options(arg);
}

void ts_trunk_ping_later(struct ts_sip_trunk *t)
{
	if (t->config->options_s && !t->leaving)
		tmr_start(&t->options_timer, t->config->options_s * 1000u, on_options_timer, t);
}

static void pinged(struct ts_sip_trunk *t, bool up)
{
	const bool changed = t->ping != (int)up;
	tmr_cancel(&t->options_answer);
	t->ping = up;
	ts_trunk_ping_later(t);
	if (changed) ts_trunk_emit(t);
	if (up) return;
	/* another server may do it */
	if (t->plan.state == TS_TRUNK_STATIC && t->at_hop + 1 < t->n_hops)
		t->at_hop++;
	else if (t->plan.state == TS_TRUNK_STATIC || t->plan.state == TS_TRUNK_REGISTERED)
		ts_trunk_begin(t);
}

static void on_options_silence(void *arg)
{
	struct ts_sip_trunk *t = arg;
	t->options = mem_deref(t->options);
	pinged(t, false);
}

/* Whatever is answered, somebody is there, unless it is a proxy that says nobody is. */
static void on_options(int err, const struct sip_msg *msg, void *arg)
{
	struct ts_sip_trunk *t = arg;
	if (!err && msg->scode < 200) return;
	pinged(t, !err && msg->scode != 408 && msg->scode != 503);
}

static int on_send_options(
	enum sip_transp tp, const struct sa *src, const struct sa *dst, struct mbuf *mb, void *arg)
{
	struct ts_sip_trunk *t = arg;
	if (!ts_trunk_may_send(t, tp, dst)) return EACCES;
	return ts_sip_print_ours(t->all->ua, tp, src, dst, mb);
}

static void send_options(struct ts_sip_trunk *t)
{
	char uri[TS_TRUNK_TEXT_MAX + 8];
	struct mbuf *mb;
	g_snprintf(uri, sizeof(uri), "sip:%s", t->config->domain);
	if (!t->n_hops || !(mb = mbuf_alloc(512))) {
		ts_trunk_ping_later(t);
		return;
	}
	char tag[9];
	g_snprintf(tag, sizeof(tag), "%08x", ts_random_u32());
	t->cseq++;
	t->options = mem_deref(t->options);
	int err = ts_trunk_write_head(t, mb, "OPTIONS", tag, uri);
	if (!err) err = mbuf_write_str(mb, "Accept: application/sdp\r\n" TS_SIP_NO_BODY);
	if (!err)
		err = ts_trunk_send(
			t, &t->options, "OPTIONS", uri, mb, on_options, on_send_options);
	mem_deref(mb);
	tmr_start(&t->options_answer, err ? 0 : TS_TRUNK_ANSWER_MS, on_options_silence, t);
}
