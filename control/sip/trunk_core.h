/* trunk_core - the inside of the trunks, shared by trunk.c (life, servers, orders),
 * trunk_register.c (REGISTER), trunk_flow.c (its connection), trunk_ping.c (OPTIONS),
 * trunk_request.c (what both send) and trunk_match.c (whose call it is). Private to those.
 *
 * Thread  the sip thread's.
 */
#ifndef TS_CONTROL_SIP_TRUNK_CORE_H
#define TS_CONTROL_SIP_TRUNK_CORE_H

#include "control/sip/core.h"
#include "control/sip/trunk.h"
#include "control/sip/trunk_plan.h"

enum {
	TS_TRUNK_ANSWER_MS = 4000, /* a server that has not answered by then is not waited for */
};

struct ts_sip_trunk {
	struct ts_sip_trunks *all;
	struct ts_trunk_config *config;
	struct ts_trunk_plan plan;
	char token[TS_TRUNK_TOKEN_HEX + 1], tag[17], call_id[40];
	char realm[TS_DIGEST_TEXT_MAX]; /* of the registrar, once it said so */
	char reason[TS_SIP_TEXT_MAX];
	int code, ping; /* ping: -1 not known, 0 down, 1 up */
	uint32_t cseq, wait_ms, granted_s;

	struct ts_locate *locate;
	struct ts_sip_hop hop[TS_LOCATE_MAX];
	size_t n_hops, at_hop;
	struct sip_request *request, *options;
	struct tmr timer, answer_timer, options_timer, options_answer;
	bool leaving, bound; /* bound: the registrar may know us */

	/* trunk_flow.c */
	struct sip_keepalive *flow; /* NULL: over UDP, or not registered */
	struct tmr flow_timer;
	int64_t flow_ns;            /* it began */
	uint32_t flow_ms;           /* the wait after it ended last */

	struct ts_digest_challenge challenge;
	bool challenged, by_proxy;
	int challenges; /* in a row */
	uint32_t nc;
};

struct ts_sip_trunks {
	struct ts_sip_ua *ua;
	GPtrArray *list, *leaving; /* of struct ts_sip_trunk */
	bool closing;
};

/* ---- trunk.c */
void ts_trunk_emit(struct ts_sip_trunk *t);
void ts_trunk_note(struct ts_sip_trunk *t, int code, const char *reason);
/* It was removed and nothing more is waited for: frees it. */
void ts_trunk_left(struct ts_sip_trunk *t);
void ts_trunk_left_in_vain(void *trunk);
void ts_trunk_wait(struct ts_sip_trunk *t, uint32_t ms);
void ts_trunk_failed(struct ts_sip_trunk *t, uint32_t retry_after_s);
/* Another server, if there is one that was not tried this time. */
void ts_trunk_try_next(struct ts_sip_trunk *t, uint32_t retry_after_s);
/* Looks the servers up, and goes on from there. */
void ts_trunk_begin(struct ts_sip_trunk *t);

/* ---- trunk_register.c */
void ts_trunk_register(struct ts_sip_trunk *t);

/* ---- trunk_ping.c */
void ts_trunk_ping_later(struct ts_sip_trunk *t);

/* ---- trunk_flow.c */
/* The connection that a 2xx to REGISTER came over is the way of calls to us: its end is watched. */
void ts_trunk_flow_begin(struct ts_sip_trunk *t, const struct sip_msg *msg);
void ts_trunk_flow_end(struct ts_sip_trunk *t);
/* Says in the Via of a REGISTER that what is for our address may come over its connection. */
int ts_trunk_flow_alias(enum sip_transp tp, struct mbuf *mb);

/* ---- trunk_request.c */
/* Is the peer whose certificate is to be looked at expected? True: the request may go there. */
bool ts_trunk_may_send(struct ts_sip_trunk *t, enum sip_transp tp, const struct sa *to);
/* From Max-Forwards to User-Agent; to: a URI. errno's codes, as libre's. */
int ts_trunk_write_head(const struct ts_sip_trunk *t, struct mbuf *mb, const char *method,
	const char *tag, const char *to);
int ts_trunk_send(struct ts_sip_trunk *t, struct sip_request **request, const char *method,
	const char *uri, struct mbuf *mb, sip_resp_h *handler, sip_send_h *sender);

#endif
