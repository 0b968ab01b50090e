/* body - which part of a SIP message's body is meant for us, and may the rest be ignored? Pure but
 * for decoded text.
 *
 *   Content-Type, -Disposition, -Encoding + bytes
 *       --ts_sip_body_read--> the wanted part | none | why it must be refused
 *
 * Multiparts are looked through to a depth and a number of parts. Of several fitting parts the
 * first counts, of a multipart/alternative the last. A part that is not understood is ignored where
 * handling=optional says so, and where it says nothing and the wanted part is there: that is what
 * real callers send (locations, ISUP, SIPREC metadata beside the description).
 * Thread  none.
 * Source  RFC 3261 7.4, 20.11-20.15; RFC 5621; RFC 3204 6 (handling); RFC 2045 6 (transfer
 *         encodings), 2046 5.1.
 * Full    TS_SIP_BODY_DEPTH, TS_SIP_BODY_PARTS: what lies deeper is not understood; more parts are
 *         broken.
 */
#ifndef TS_CONTROL_SIP_BODY_H
#define TS_CONTROL_SIP_BODY_H

#include <stddef.h>

enum { TS_SIP_BODY_DEPTH = 4, TS_SIP_BODY_PARTS = 64 };

struct ts_sip_text {
	const char *p; /* NULL: there is no such header */
	size_t n;
};

struct ts_sip_body_headers {
	struct ts_sip_text type, disposition, encoding; /* values as they came, folded or not */
};

enum ts_sip_body_verdict {
	/* nothing is there that must be understood: as if there were no body */
	TS_SIP_BODY_NONE,
	TS_SIP_BODY_TAKEN,    /* text, n */
	TS_SIP_BODY_TYPE,     /* 415, Accept */
	TS_SIP_BODY_ENCODING, /* 415, Accept-Encoding: identity */
	TS_SIP_BODY_BROKEN,   /* 400 */
};

struct ts_sip_body {
	enum ts_sip_body_verdict verdict;
	const char *text; /* within the message, or in owned */
	size_t n;
	char *owned;      /* [owned] of a part in base64 or quoted-printable */
};

/* wanted: "application/sdp", lower case. A body without a type counts as a description where it
 * begins as one. */
void ts_sip_body_read(struct ts_sip_body *out, const char *wanted,
	const struct ts_sip_body_headers *headers, const char *text, size_t n);
void ts_sip_body_fini(struct ts_sip_body *body);

#endif
