/* pressure - from what was measured to one number: how near the machine is to what is too much;
 * pure.
 *
 *   look before, look now --> each signal in thousandths of its limit --> the highest, and its name
 *
 * What counts is what was late or left out, whoever takes the machine's time; the share of CPU time
 * only tells a little earlier. All numbers are of the process and grow, but for what is said to be
 * of now.
 * Thread  any.
 */
#ifndef TS_MIXER_OVERLOAD_PRESSURE_H
#define TS_MIXER_OVERLOAD_PRESSURE_H

#include <stddef.h>
#include <stdint.h>

/* X(id, name, limit, unit, what it is) */
/* clang-format off */
#define TS_PRESSURES(X) \
	X(CPU, "cpu", 950, "permille", \
	  "CPU time of the process, of what the cores that it may use have") \
	X(SOUND_SKIPPED, "sound-skipped", 10, "permille", "Ticks of sound that were skipped") \
	X(SOUND_DELAYED, "sound-delayed", 250, "permille", "Ticks of sound that began late") \
	X(TICKS_SKIPPED, "ticks-skipped", 50, "permille", "Ticks of pictures that were skipped") \
	X(TICKS_DELAYED, "ticks-delayed", 500, "permille", "Ticks of pictures that began late") \
	X(ENCODE_SKIPPED, "encode-skipped", 100, "permille", \
	  "Pictures that an encoder was too slow to take, of the ticks") \
	X(QUEUE_VIDEO, "queue-video", 4000, "permille", \
	  "Decodes and encodes that wait for a thread, of the threads") \
	X(QUEUE_TICK, "queue-tick", 4000, "permille", "Views that wait, of the threads") \
	X(QUEUE_SOUND, "queue-sound", 4000, "permille", "Rooms' sound that waits, of the threads") \
	X(NET, "net", 50000, "microseconds", "The longest that something to be sent has waited")
/* clang-format on */

enum ts_pressure_kind {
#define X(id, name, limit, unit, what) TS_PRESSURE_##id,
	TS_PRESSURES(X)
#undef X
		TS_PRESSURE_COUNT
};

struct ts_load_ticks { int64_t run, skipped, delayed; };
struct ts_load_pool { int waiting, threads; }; /* of now */

struct ts_load_look {
	int64_t at_ns;
	int64_t cpu_ns;          /* of all threads */
	int cores_milli;         /* of now: it may use */
	struct ts_load_ticks sound, video;
	int64_t encode_skipped;
	struct ts_load_pool video_pool, tick_pool, audio_pool;
	int64_t net_wait_ns;     /* the longest since the last look */
};

struct ts_pressure {
	int permille; /* of the limit; 1000 and more is too much. At most 100000 */
	enum ts_pressure_kind kind;
};

/* Two looks at the same time have no pressure. */
void ts_pressure_of(struct ts_pressure *out, const struct ts_load_look *before,
	const struct ts_load_look *now);
const char *ts_pressure_name(enum ts_pressure_kind kind);

#endif
