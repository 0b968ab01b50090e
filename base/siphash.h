/* siphash - SipHash-2-4 of some bytes: a hash that nobody can make collide, and a tag that nobody
 * can forge, without the key. Pure.
 *
 * Thread  any.   Source  Aumasson, Bernstein: "SipHash: a fast short-input PRF" (2012).
 */
#ifndef TS_BASE_SIPHASH_H
#define TS_BASE_SIPHASH_H

#include <stddef.h>
#include <stdint.h>

uint64_t ts_siphash(const uint8_t key[16], const void *data, size_t len);
/* With a key of this process, random, that no other knows. */
uint64_t ts_siphash_own(const void *data, size_t len);

#endif
