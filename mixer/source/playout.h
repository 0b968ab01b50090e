/* playout - how unevenly the pictures of one source become due, and what that asks of the queue in
 * front of a view. Pure.
 *
 *   due times less RTP times --> spread --> slack of each picture (mixer/source/pictures.h)
 *                            \-> pictures a second --> how long one may wait in a queue of 8
 *
 * Slack   covers the spread of the last seconds and 2 ms, within 4 and 28 ms.
 * Thread  that of the source's strand. Zeroed by init.
 */
#ifndef TS_MIXER_SOURCE_PLAYOUT_H
#define TS_MIXER_SOURCE_PLAYOUT_H

#include <stdbool.h>
#include <stdint.h>

struct ts_playout {
	bool started;
	uint32_t rtp; /* of the last picture, as are: */
	int64_t due_ns, ready_ns;
	int64_t off_ns, mean_ns; /* due less RTP time, since the start; smoothed */
	int64_t spread_ns;
	int64_t interval_ns;
};

void ts_playout_init(struct ts_playout *playout);
/* So long may the next picture, which is ready now, wait: a queue of pictures holds no more. */
int64_t ts_playout_wait_max_ns(struct ts_playout *playout, int64_t ready_ns);
/* Its slack: due less than that before a tick, another such picture may miss it. */
int64_t ts_playout_slack_ns(struct ts_playout *playout, uint32_t timestamp_rtp, int64_t due_ns);

#endif
