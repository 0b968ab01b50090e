/* random - unguessable bytes (getrandom) and the ids made of them. Thread: any. */
#ifndef TS_BASE_RANDOM_H
#define TS_BASE_RANDOM_H

#include <stddef.h>
#include <stdint.h>

/* Fills buf; aborts the process if the kernel has no randomness to give (it always has after
 * boot). */
void ts_random_bytes(void *buf, size_t n);
uint32_t ts_random_u32(void);

#define TS_ULID_LEN 26
/* A ULID (github.com/ulid/spec): 48 bits of milliseconds, 80 random bits, Crockford base32; sorts
 * by time. */
void ts_ulid(char out[TS_ULID_LEN + 1], int64_t unix_ms);

#define TS_SECRET_LEN 32
/* 128 random bits as lower-case hex: session URLs. */
void ts_secret(char out[TS_SECRET_LEN + 1]);

#endif
