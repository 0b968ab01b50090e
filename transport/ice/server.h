/* server - STUN and TURN servers as configured: where they are, and names for TURN that end by
 * themselves.
 *
 * Thread  any; parsing asks DNS and blocks: at start only.
 * Source  RFC 7064, 7065 (URLs); draft-uberti-behave-turn-rest-00 (names made from a shared secret,
 *         as coturn's use-auth-secret).
 */
#ifndef TS_TRANSPORT_ICE_SERVER_H
#define TS_TRANSPORT_ICE_SERVER_H

#include <stdint.h>

enum ts_ice_server_kind { TS_ICE_STUN, TS_ICE_TURN_UDP, TS_ICE_TURN_TCP, TS_ICE_TURN_TLS };

struct ts_ice_server {
	enum ts_ice_server_kind kind;
	char address[46]; /* numeric */
	uint16_t port;
};
/* "stun:HOST[:PORT]", "turn:HOST[:PORT][?transport=udp|tcp]", "turns:...". TS_EINVAL: none of
 * these; TS_ENOTFOUND: no such host. */
int ts_ice_server_parse(struct ts_ice_server *out, const char *url);

/* How to name oneself at the TURN server; strings of the configuration, "" for none. */
struct ts_turn_account {
	const char *user, *password;
	const char *secret; /* instead of a password */
	int ttl_s;
};
enum { TS_TURN_USER_MAX = 300, TS_TURN_PASSWORD_MAX = 300 };
/* Made for now when there is a secret, else as they are. */
void ts_turn_credentials(const struct ts_turn_account *account, int64_t unix_s,
	char user[TS_TURN_USER_MAX], char password[TS_TURN_PASSWORD_MAX]);

#endif
