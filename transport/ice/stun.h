/* stun - STUN as far as it is a sign of life: recognizing it, and telling the peer's from a
 * stranger's. Pure.
 *
 *   | 0 0 | type 14 bits | length | magic cookie | transaction id, 12 bytes
 *   | attributes: type, length, value padded to 4 | ...
 *
 * Requests of ICE carry USERNAME "ours:theirs" and a MESSAGE-INTEGRITY by our password, responses
 * one by theirs.
 * Thread  none: plain functions.   Source  RFC 8489 5, 14.5; 8445 7.2.2; 7675.
 */
#ifndef TS_TRANSPORT_ICE_STUN_H
#define TS_TRANSPORT_ICE_STUN_H

#include "base/bytes.h"
#include <stdbool.h>

/* A whole Binding request, indication or response. */
bool ts_stun_is_binding(const uint8_t *data, size_t len);
/* The message is a Binding request whose integrity our password proves, or a response that theirs
 * does. */
bool ts_stun_is_peers(const uint8_t *data, size_t len, const char *our_pwd, const char *their_pwd);

#endif
