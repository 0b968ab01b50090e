/* sdp - session descriptions, read and written; one module for WebRTC and SIP.
 *
 *   text --ts_sdp_parse--> [ session: attributes | media[0]: attributes | media[1] ... ]
 *       --ts_sdp_write--> text
 *
 * Every attribute is kept as a name and a value, known or not; the parsers below give typed views
 * of single values. Only what a call goes by is worth an error: m= and c= lines, and what is no
 * description at all. All else that is odd is passed over: line ends of every kind, a byte order
 * mark, NULs at the end, blank lines, lines of unknown types or without one, lines in the wrong
 * place, missing or short o= s= t= v= lines, attributes without a name, lines with control bytes.
 *
 * Thread  none; a parsed description is immutable.
 * Source  RFC 8866; the RFC of each attribute stands at its parser.
 * Full    more than TS_SDP_BYTES_MAX bytes, TS_SDP_MEDIA_MAX m-lines, ...: TS_ELIMIT.
 */
#ifndef TS_CONTROL_SDP_SDP_H
#define TS_CONTROL_SDP_SDP_H

#include "base/bytes.h"
#include "base/candidate.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <strings.h>

enum {
	TS_SDP_BYTES_MAX = 65536,
	TS_SDP_MEDIA_MAX = 64,
	TS_SDP_ATTR_MAX = 4096,    /* in one description */
	TS_SDP_FORMAT_MAX = 128,   /* in one m-line */
	TS_SDP_TOKEN_MAX = 63,     /* media type, protocol and each format of an m-line */
};

struct ts_sdp_attr {
	const char *name;
	const char *value;         /* behind the colon; "" when there is none */
	uint32_t line;             /* counted from 1 */
};

/* What the session and each m-line have in common. */
struct ts_sdp_section {
	const struct ts_sdp_attr *attr; /* [n_attr], in order */
	size_t n_attr;
	/* of the first c=, without TTL; may be a name; NULL: no c= line */
	const char *address;
	const char *net_type, *address_type; /* of c=: "IN", and "IP4" or "IP6" unless foreign */
	bool ip6;
	bool foreign;              /* an address of a kind that we do not know */
	uint32_t as_kbps, tias_bps;/* b=; 0: not given */
	uint32_t line;
};

struct ts_sdp_media {
	struct ts_sdp_section s;
	const char *kind, *proto;  /* "audio", "UDP/TLS/RTP/SAVPF" */
	uint16_t port, n_ports;
	/* [n_format]; none only where port is 0 or kind neither audio nor video */
	const char *const *format;
	size_t n_format;
};

struct ts_sdp {
	struct ts_sdp_section s;
	/* o=; "-" where missing */
	const char *user, *session_id, *session_version, *origin_address;
	bool origin_ip6;
	const char *name;          /* s=; "-" when missing */
	const struct ts_sdp_media *media;
	size_t n_media;
};

/* [give] *out; one allocation, the text is copied. On TS_EBADMSG and TS_ELIMIT err says which line
 * and what is wrong, in words of ours only (fit for problem+json). */
int ts_sdp_parse(struct ts_sdp **out, const char *text, size_t n_bytes, char *err, size_t err_cap);
/* A fragment of one (RFC 8840 9.2, trickle-ice-sdpfrag): no v= line stands in front, the rest is
 * alike. */
int ts_sdp_parse_fragment(struct ts_sdp **out, const char *text, size_t n_bytes, char *err,
	size_t err_cap);
void ts_sdp_destroy(struct ts_sdp **sdp);

/* ---- looking up */

/* Media types are compared without case (RFC 4855 3). */
static inline bool ts_sdp_is(const struct ts_sdp_media *m, const char *kind)
{
	return !strcasecmp(m->kind, kind);
}
/* The next attribute of that name, in any case, behind `after` (NULL: the first), or NULL. */
const struct ts_sdp_attr *ts_sdp_find(const struct ts_sdp_section *s, const char *name,
	const struct ts_sdp_attr *after);
/* The m-line's, else the session's. */
const struct ts_sdp_attr *ts_sdp_find_either(const struct ts_sdp *sdp, const struct ts_sdp_media *m,
	const char *name);
static inline bool ts_sdp_has(const struct ts_sdp_section *s, const char *name)
{
	return ts_sdp_find(s, name, NULL);
}

/* RFC 3264. A set of two bits, so that & and the reverse make sense. */
enum ts_sdp_dir {
	TS_SDP_INACTIVE = 0,
	TS_SDP_RECVONLY = 1,
	TS_SDP_SENDONLY = 2,
	TS_SDP_SENDRECV = 3
};
enum ts_sdp_dir ts_sdp_direction(const struct ts_sdp *sdp, const struct ts_sdp_media *m);
enum ts_sdp_dir ts_sdp_dir_reverse(enum ts_sdp_dir dir);
const char *ts_sdp_dir_name(enum ts_sdp_dir dir);

/* ---- values; all return 0 or TS_EBADMSG and ignore what follows the part they know. Pointers lead
 * into the value. */

struct ts_sdp_rtpmap {
	uint8_t pt;
	char name[32];
	uint32_t clock_hz;
	unsigned channels; /* 0: not written */
};
int ts_sdp_rtpmap_parse(struct ts_sdp_rtpmap *out, const char *value);
/* Payload types that need no a=rtpmap (RFC 3551 6); TS_ENOTFOUND for others. */
int ts_sdp_rtpmap_static(struct ts_sdp_rtpmap *out, unsigned pt);

/* "96 apt=97", "* nack pli": the payload type (-1 for *) and the rest. For a=fmtp and a=rtcp-fb
 * (RFC 4585 4.2). */
int ts_sdp_pt_parse(int *pt, const char **rest, const char *value);
/* A payload type of an m-line's format list: 0..127, else -1. */
int ts_sdp_format_pt(const char *format);
/* What an answer repeats of a refused line, which has to have a format. */
static inline const char *ts_sdp_first_format(const struct ts_sdp_media *m)
{
	return m->n_format ? m->format[0] : "0";
}
/* A parameter of an fmtp ("apt" of RFC 4588): its number, or -1. */
int64_t ts_sdp_fmtp_number(const char *fmtp, const char *name);

/* RFC 8285 5 */
struct ts_sdp_extmap {
	uint16_t id;
	bool has_dir;
	enum ts_sdp_dir dir;
	const char *uri;
	size_t uri_len;
};
int ts_sdp_extmap_parse(struct ts_sdp_extmap *out, const char *value);

struct ts_sdp_ssrc { uint32_t ssrc; const char *what; };   /* "cname:x"; RFC 5576 4.1 */
int ts_sdp_ssrc_parse(struct ts_sdp_ssrc *out, const char *value);

/* The value of an a=candidate (RFC 8839 5.1). TS_EBADMSG: malformed, or longer than 199 bytes.
 * TS_EUNSUPPORTED: an address that is a name (mDNS), a transport or type that is not known. */
int ts_sdp_candidate_parse(struct ts_candidate *out, const char *value);
/* The candidates of a section that ICE here can use (UDP, component 1, a port), behind the n that
 * are in out[max]; returns how many there are then. What has no place is left out. */
size_t ts_sdp_candidates_read(struct ts_candidate *out, size_t n, size_t max,
	const struct ts_sdp_section *s);

/* by strength */
enum ts_sdp_hash {
	TS_SDP_HASH_UNKNOWN,
	TS_SDP_SHA1,
	TS_SDP_SHA224,
	TS_SDP_SHA256,
	TS_SDP_SHA384,
	TS_SDP_SHA512
};
/* "sha-256 AA:BB:..", in this spelling; RFC 8122 5 */
struct ts_sdp_fingerprint { enum ts_sdp_hash hash; char text[200]; };
/* An unknown hash is no error; a known one with a wrong number of bytes is. */
int ts_sdp_fingerprint_parse(struct ts_sdp_fingerprint *out, const char *value);

/* RFC 4145 4, 5763 5 */
enum ts_sdp_setup { TS_SDP_ACTPASS, TS_SDP_ACTIVE, TS_SDP_PASSIVE, TS_SDP_HOLDCONN };
int ts_sdp_setup_parse(enum ts_sdp_setup *out, const char *value);

/* RFC 8851 10; dir SENDONLY or RECVONLY */
struct ts_sdp_rid { char id[33]; enum ts_sdp_dir dir; const char *rest; };
int ts_sdp_rid_parse(struct ts_sdp_rid *out, const char *value);

/* RFC 6236: of each direction, as the peer means it, the picture that is liked best, by its shape:
 * as shown, samples that are not square counted; of ranges the largest. 0x0: none, or any. pt -1:
 * of all. */
enum { TS_SDP_SHAPE_MAX = 16384 }; /* of each side: larger ones are made smaller */
struct ts_sdp_shape { int width, height; };
struct ts_sdp_imageattr { int pt; struct ts_sdp_shape send, recv; };
int ts_sdp_imageattr_parse(struct ts_sdp_imageattr *out, const char *value);

/* RFC 3605 2.1; address "" when not given, or no number of IN */
struct ts_sdp_rtcp { uint16_t port; char address[46]; };
int ts_sdp_rtcp_parse(struct ts_sdp_rtcp *out, const char *value);

/* a=ptime or a=maxptime in ms ("0.125" is legal: rounded up); 0: not given or nonsense. */
unsigned ts_sdp_ptime_ms(const struct ts_sdp_section *s, const char *name);

/* Is mid one of "BUNDLE 0 1"? (the value of an a=group; RFC 5888, 8843) */
bool ts_sdp_group_has(const char *group, const char *mid);
/* The next a=group:BUNDLE of the session behind `after` (NULL: the first), or NULL. */
const struct ts_sdp_attr *ts_sdp_bundle(const struct ts_sdp *sdp, const struct ts_sdp_attr *after);
/* Is it a token of RFC 8866 9 (a mid, a group member)? */
bool ts_sdp_is_token(const char *s);

/* ---- writing */

/* One line, "<type>=" and CRLF included. Text with control bytes sets w->bad: nobody's value can
 * begin a line of its own. */
void ts_sdp_line(struct ts_wr *w, char type, const char *fmt,
	...) __attribute__((format(printf, 3, 4)));
void ts_sdp_candidate_write(struct ts_wr *w, const struct ts_candidate *candidate);
/* The whole description in the order of RFC 8866 5; u= i= e= t= and the like are not kept (t=0
 * 0). */
void ts_sdp_write(struct ts_wr *w, const struct ts_sdp *sdp);

#endif
