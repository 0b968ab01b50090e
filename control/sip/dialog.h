/* dialog - what two sides of a call know each other by, and where our requests of it go. libre's
 * own dialogs go wherever Contact and Record-Route say, which the other side chooses freely: a BYE
 * to a third host, to this machine, or into somebody's NAT.
 *
 *   INVITE of theirs --accept--> [ dialog ]      INVITE of ours --alloc--> [ half ]
 *       --2xx: establish--> [ dialog ]
 *
 * Next hop: the first Record-Route, else Contact, as RFC 3261 12.2.1.1 has it, where that is an
 * address of the host that signals to us, or, in calls of ours, one that sip.dial allows. Else the
 * source of the INVITE or of its 2xx, whose flow is known to work (RFC 3581, 5626); the request's
 * URI stays Contact's, so that a proxy there knows whom it is for. No name is looked up within a
 * dialog.
 * Thread  the sip thread's.
 */
#ifndef TS_CONTROL_SIP_DIALOG_H
#define TS_CONTROL_SIP_DIALOG_H

#include "control/sip/re.h"
#include "control/sip/target.h"
#include <stdbool.h>
#include <stdint.h>

struct ts_sip_hop {
	enum sip_transp tp;
	struct sa addr; /* unset: the URI tells */
};

struct ts_sip_dialog {
	char *call_id, *local_tag, *remote_tag; /* [owned]; remote_tag NULL: half a dialog */
	/* [owned] headers of requests of ours: theirs, ours */
	char *to, *from;
	char *target;                           /* [owned] the request's URI */
	/* [owned] "Route: ...\r\n" lines, "": none; the URI of the first, or NULL */
	char *routes, *first_route;
	/* the first of them rewrites the request's URI (12.2.1.1, as RFC 2543 had it): that is its
	 * own, and ours goes behind the other routes, which are all that `routes` has */
	bool strict;
	uint32_t lseq, rseq;
	bool asked;                             /* they sent a request, and rseq is its number */
	bool dialled;
	/* who signals: source of the INVITE, or of the 2xx */
	struct ts_sip_hop peer;
};

/* [give]. NULL: the URI cannot be called. name: of ours, may be "". */
struct ts_sip_dialog *ts_sip_dialog_alloc(const char *uri, const char *name, const char *from_uri);
/* [give]. NULL: no Contact that can be read. */
struct ts_sip_dialog *ts_sip_dialog_accept(const struct sip_msg *invite);
void ts_sip_dialog_free(struct ts_sip_dialog *dialog);

/* A 2xx to an INVITE of ours. False: it has no Contact that can be read. */
bool ts_sip_dialog_establish(struct ts_sip_dialog *dialog, const struct sip_msg *msg);
/* [give] The dialog that a 2xx of another fork makes; NULL as above. */
struct ts_sip_dialog *ts_sip_dialog_fork(const struct ts_sip_dialog *dialog,
	const struct sip_msg *msg);
/* Contact and source of a target refresh (INVITE, UPDATE and their 2xx: 12.2). */
void ts_sip_dialog_refresh(struct ts_sip_dialog *dialog, const struct sip_msg *msg);
/* Another URI for an INVITE that was redirected (8.1.3.4). */
void ts_sip_dialog_redirect(struct ts_sip_dialog *dialog, const char *uri);

bool ts_sip_dialog_is(const struct ts_sip_dialog *dialog, const struct sip_msg *msg);
/* Call-ID and our tag alone: a response of any fork. */
bool ts_sip_dialog_is_half(const struct ts_sip_dialog *dialog, const struct sip_msg *msg);
/* Are their requests in order (12.2.1.1)? One with the number of the last is no new one, nor a
 * repetition, which does not come here. */
bool ts_sip_dialog_seq_ok(struct ts_sip_dialog *dialog, const struct sip_msg *msg);

/* The URI of the next request, and, behind `routes`, one more line of Route or "". */
const char *ts_sip_dialog_uri(const struct ts_sip_dialog *dialog);
/* [give] */
char *ts_sip_dialog_last_route(const struct ts_sip_dialog *dialog);
/* Where the next request of an established dialog goes. */
struct ts_sip_hop ts_sip_dialog_hop(const struct ts_sip_dialog *dialog,
	const struct ts_sip_target_policy *policy);

#endif
