/* stun - the least of ICE that a controlling client with one address needs: checks sent, checks
 * answered (RFC 8445, 8489).
 *
 * Messages are made and checked by libnice's STUN library; candidates, pairs and retransmissions
 * are not needed on a loopback.
 */
#ifndef TS_TESTS_BENCH_STUN_H
#define TS_TESTS_BENCH_STUN_H

#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>

enum { TS_STUN_MAX = 512 };

struct ts_stun;

enum ts_stun_is { TS_STUN_NOTHING, TS_STUN_REQUEST, TS_STUN_ANSWER };

int ts_stun_create(struct ts_stun **out, const char *ufrag, const char *pwd);
void ts_stun_destroy(struct ts_stun **stun);
void ts_stun_remote(struct ts_stun *stun, const char *ufrag, const char *pwd);
/* Writes a check that nominates the pair into out[TS_STUN_MAX]; its length. */
size_t ts_stun_check(struct ts_stun *stun, uint8_t *out);
/* A request's answer is written to out[TS_STUN_MAX], *out_len bytes of it. ANSWER: the peer has
 * taken one of ours. */
enum ts_stun_is ts_stun_input(struct ts_stun *stun, const uint8_t *data, size_t len,
	const struct sockaddr_in *from, uint8_t *out, size_t *out_len);

#endif
