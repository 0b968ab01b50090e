/* overload - the ladder by which the server does less while its machine cannot keep up; pure.
 *
 *   pressure (pressure.h), every 250 ms --> [ up: three busy ones in a row, 1 s after the last step
 *                                             down: calm for 5 s and more, or
 *                                                   bearable for 60 s and more ] --> level
 *
 * A level means what its row in TS_OVERLOADS says and all rows before; nothing else says it. Sound
 * is on no row: it is never made worse. Levels go up and down one by one. What is only half of calm
 * counts double, and waits for no more than that: all comes back soon where load is gone. What is
 * neither calm nor too much (0.7 to 1) may be the load that the machine is for: after a minute of
 * it a step down is tried too.
 *
 *   no flapping: to step down is a trial. One that fails (a step up within 20 s) makes the next
 *                from that level wait twice as long, 160 s at most; one that holds makes it 5 s
 *
 * Thread  one (control).
 */
#ifndef TS_MIXER_OVERLOAD_OVERLOAD_H
#define TS_MIXER_OVERLOAD_OVERLOAD_H

#include <stdbool.h>
#include <stdint.h>

/* X(id, name, what it does, what comes of it and what an operator should know) */
/* clang-format off */
#define TS_OVERLOADS(X) \
	X(NONE, "none", "Everything as it was asked for", "") \
	X(FEWER_STEPS, "fewer-steps", \
	  "Every other step below the full picture is off: its receivers take the next " \
	  "smaller one. Tiles are in their new places at once (`transition_ms`)", \
	  "Fewer encoders in rooms whose receivers differ. The full picture stays") \
	X(HALF_RATE, "half-rate", \
	  "Views draw and send half of the pictures a second, in rooms of 10 and more", \
	  "Composing and encoding cost half, and so does the bitrate") \
	X(FAST_ENCODERS, "fast-encoders", \
	  "Encoders that are opened from now on use their fastest preset", \
	  "Coarser pictures in new rooms and for new steps; opened anew when it is over") \
	X(FROZEN_TILES, "frozen-tiles", \
	  "In each room the cameras of all but the 3 who spoke last are not decoded", \
	  "Their last picture stays as long as their tile does, and no keyframe is " \
	  "requested; who joins or gets a tile now has none; `sources[].frozen` says so") \
	X(NO_CAMERAS, "no-cameras", \
	  "Cameras that come on now are not shown, but for those of who was shown before", \
	  "`sources[].error` says so; /readyz answers 503, so that balancers send new rooms " \
	  "elsewhere") \
	X(NO_JOINS, "no-joins", "Nobody new may join, nor be called", \
	  "503 with Retry-After over HTTP and SIP. Who comes back to their place may")
/* clang-format on */

enum ts_overload_level {
#define X(id, name, does, means) TS_OVERLOAD_##id,
	TS_OVERLOADS(X)
#undef X
		TS_OVERLOAD_COUNT
};

enum {
	TS_OVERLOAD_LIVE_TILES = 3, /* in a room, at FROZEN_TILES */
	/* told to those who are refused: not all come back in the same second */
	TS_OVERLOAD_RETRY_MIN_S = 20,
	TS_OVERLOAD_RETRY_MAX_S = 40,
};

struct ts_overload {
	enum ts_overload_level level;
	enum ts_overload_level max;
	int strain;                          /* busy looks in a row, and what is left of them */
	/* of late, in a row: below calm, counted double below half of that, below too much */
	int64_t calm_ns, quiet_ns, bearable_ns;
	int64_t fed_ns, stepped_ns, lowered_ns; /* 0: not yet */
	int64_t hold_ns[TS_OVERLOAD_COUNT];  /* calm that it takes to leave that level */
};

/* max: NONE switches it off. */
void ts_overload_init(struct ts_overload *overload, enum ts_overload_level max);
/* pressure: in thousandths of what is too much. True: the level has changed. */
bool ts_overload_feed(struct ts_overload *overload, int pressure, int64_t now_ns);
/* Seconds after which one who is refused may try again; any: a random number. */
int ts_overload_retry_s(uint32_t any);
const char *ts_overload_name(enum ts_overload_level level);

#endif
