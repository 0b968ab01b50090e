/* film - every picture that somebody sees, as a file: per picture a header of 16 bytes, little
 * endian, and its planes.
 *
 *   int64 when it came, ns of CLOCK_MONOTONIC | uint32 RTP time | uint16 width, height | I420
 *
 * Thread  one strand.
 * Full    a picture that cannot be written ends the program: the test has no disk.
 */
#ifndef TS_TESTS_PEER_FILM_H
#define TS_TESTS_PEER_FILM_H

#include <libavutil/frame.h>
#include <stdio.h>

/* path "": none, and nothing is written. Exits where it cannot be opened. */
FILE *ts_film_open(const char *path);
void ts_film_add(FILE *film, const AVFrame *picture, int64_t arrival_ns, uint32_t time_rtp);

#endif
