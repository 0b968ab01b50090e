/* srt_sieve - the UDP port of publishers by SRT, and what it lets through while it is flooded.
 *
 *   calm:   every datagram
 *   flood:  those of sessions, and one handshake in `one_in`, at random: by a filter in the kernel
 *
 * libsrt makes a socket of some 40 KB for each handshake whose cookie is right before anybody may
 * refuse it, keeps it for a second or two, and its cookie is no secret. Each time MAX handshakes
 * came within a second a quarter of them is let through, and so on; after HOLD_NS without that four
 * times as many.
 * Thread  any: a lock is held for a call of setsockopt at most.
 * Source  socket(7) SO_ATTACH_FILTER; draft-sharabayko-srt section 3.2 (control type 0: handshake).
 */
#ifndef TS_CONTROL_INGEST_SRT_SIEVE_H
#define TS_CONTROL_INGEST_SRT_SIEVE_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

enum { TS_SRT_SIEVE_MAX = 200, TS_SRT_SIEVE_ONE_IN_MAX = 4096 };
#define TS_SRT_SIEVE_HOLD_NS (2 * INT64_C(1000000000))

struct ts_srt_sieve {
	int fd; /* -1: not open */
	pthread_mutex_t lock;
	unsigned one_in;   /* 1: calm */
	unsigned n;        /* handshakes since */
	int64_t since_ns, tight_ns;
};

/* A socket bound to that address, for the caller to own; -1: none (errno). The sieve has it as well
 * until fini. */
int ts_srt_sieve_open(struct ts_srt_sieve *sieve, const struct sockaddr_storage *address);
void ts_srt_sieve_fini(struct ts_srt_sieve *sieve); /* also of one whose open failed */

/* A handshake came. */
void ts_srt_sieve_note(struct ts_srt_sieve *sieve, int64_t now_ns);
/* To be called now and then. True: a flood is over. */
bool ts_srt_sieve_calm(struct ts_srt_sieve *sieve, int64_t now_ns);

#endif
