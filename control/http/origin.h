/* origin - which page sends a request: one of ours, one that the operator named, or somebody
 * else's. Pure.
 *
 *   no Origin, no Sec-Fetch-Site                      NONE     no browser: encoders, curl
 *   one of http.allowed_origins                       NAMED
 *   Origin is the host asked, or that of public_url   OWN      and for proxies that rename the
 *                                                              host: Sec-Fetch-Site: same-origin
 *   the same, but the host is no name of ours         BENT     DNS rebinding: a name of theirs
 *                                                              that leads to us (guard.h)
 *   anything else, `null` too                         FOREIGN
 *
 * A page of another site can reach any server that its reader can reach. So where joining asks for
 * no secret, FOREIGN and BENT pages may not join: who watches would do so without knowing. Over TLS
 * a bent name has no certificate.
 * Thread  any.  Source  RFC 6454, Fetch (CORS), Fetch Metadata.
 */
#ifndef TS_CONTROL_HTTP_ORIGIN_H
#define TS_CONTROL_HTTP_ORIGIN_H

#include <stdbool.h>

struct ts_config;

enum ts_origin {
	TS_ORIGIN_NONE,
	TS_ORIGIN_OWN,
	TS_ORIGIN_NAMED,
	TS_ORIGIN_BENT,
	TS_ORIGIN_FOREIGN
};

struct ts_origin_words {
	const char *origin, *host, *fetch_site; /* headers; NULL: not there */
	bool tls;
};

enum ts_origin ts_origin_judge(const struct ts_config *config, const struct ts_origin_words *words);

#endif
