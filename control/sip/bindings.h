/* bindings - which phones are registered: user -> contacts, each with the way that leads to it.
 * Pure but for its memory.
 *
 *   REGISTER with contacts --ts_bindings_apply--> all of them taken, or none
 *
 * A phone is called where its REGISTER came from, never where its Contact says: the digest proved
 * that source, and through a NAT it is the only one that works (RFC 3581, 5626).
 * A phone that says which it is (+sip.instance, reg-id) and comes with another Contact has got a
 * new one: it was started again, and nobody answers at the old one. By that alone are two contacts
 * the same phone's: of a user's own, so that nobody else can take one away.
 * Thread  the sip thread's.
 * Source  RFC 3261 10.2.2 (*), 10.3 (order by Call-ID and CSeq), 20.10 (q); RFC 5626 4.1, 6.
 * Full    PER_USER contacts of a user, PER_ADDRESS of an address, TS_BINDINGS_MAX in all: refused
 *         with 503; those that have run out make room first. What only refreshes or removes is
 *         never refused.
 */
#ifndef TS_CONTROL_SIP_BINDINGS_H
#define TS_CONTROL_SIP_BINDINGS_H

#include "control/sip/re.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	TS_BINDINGS_MAX = 2000,
	TS_BINDINGS_PER_USER = 4,
	TS_BINDINGS_PER_ADDRESS = 64,
	TS_BINDINGS_AT_ONCE = 8, /* contacts of one request */
	TS_BINDING_TEXT_MAX = 256,
	TS_BINDING_DEVICE_MAX = 128,
};

/* A value of Contact. */
struct ts_binding_contact {
	char uri[TS_BINDING_TEXT_MAX];
	/* +sip.instance and reg-id; "": not said, or too long */
	char device[TS_BINDING_DEVICE_MAX];
	int q;             /* thousandths */
	int64_t expires_s; /* -1: not said */
};
/* False: malformed, no sip: or sips: URI, or too long. */
bool ts_binding_contact_read(struct ts_binding_contact *out, const char *value, size_t n);

struct ts_binding {
	char user[TS_BINDING_TEXT_MAX], uri[TS_BINDING_TEXT_MAX], call_id[TS_BINDING_TEXT_MAX];
	char address[46], hop[80], agent[TS_BINDING_TEXT_MAX], device[TS_BINDING_DEVICE_MAX];
	uint32_t cseq;
	int q;
	int64_t expires_ns;
};

struct ts_bindings;
struct ts_bindings *ts_bindings_new(void);
void ts_bindings_free(struct ts_bindings *bindings);

struct ts_binding_request {
	const char *user, *call_id, *address, *hop, *agent;
	uint32_t cseq;
	bool all_gone; /* Contact: *, Expires: 0 */
	const struct ts_binding_contact *contact; /* each with its expires_s; 0: gone */
	size_t n;
};
enum ts_bindings_verdict { TS_BINDINGS_OK, TS_BINDINGS_FULL, TS_BINDINGS_OLD };
/* changed is told each binding that is new, renewed or (expires_ns 0) gone. OLD: a request with the
 * same Call-ID and a CSeq that is not higher. */
enum ts_bindings_verdict ts_bindings_apply(struct ts_bindings *bindings,
	const struct ts_binding_request *request, int64_t now_ns,
	void (*changed)(void *arg, const struct ts_binding *binding), void *arg);
/* All that came by that way: it is no more. */
void ts_bindings_forget(struct ts_bindings *bindings, const char *hop,
	void (*changed)(void *arg, const struct ts_binding *binding), void *arg);
/* The user's binding number i, in the order of registering; NULL: no more. */
const struct ts_binding *ts_bindings_of(
	const struct ts_bindings *bindings, const char *user, size_t i, int64_t now_ns);

#endif
