/* player - decodes what the reader read of an input, and gives each piece to the mixer when it is
 * due.
 *
 *   reader --packets--> decoders --> [ 6 pictures | 64 x 20 ms of sound ] --due (pace.h)-->
 *       source, voice
 *
 * Pictures that are late by more than 100 ms are left out, one a second is shown in any case.
 * A loop waits until both tracks are at their end: what begins again does so behind the longer one.
 * What is read is given on as it came, too (copies.h).
 * Thread  the input's own: all but ts_player_coded and ts_player_stats (any).
 */
#ifndef TS_MIXER_LEG_PLAYER_H
#define TS_MIXER_LEG_PLAYER_H

#include "codec/video.h"
#include "mixer/leg/copies.h"
#include "mixer/leg/pace.h"
#include "mixer/leg/reader.h"
#include <libavutil/frame.h>

struct ts_player;
struct ts_source;
struct ts_voice;

/* NULL: that is not wanted. Both stay until destroy. */
int ts_player_create(struct ts_player **out, struct ts_voice *voice, struct ts_source *source);
void ts_player_destroy(struct ts_player **player);

/* Until it ends, breaks or *stop: as ts_reader_take tells, TS_ECLOSED: stopped. decoders and
 * formats: [take].
 * live is set true when the first piece is played. */
int ts_player_run(struct ts_player *player, struct ts_reader *reader,
	struct ts_reader_opened *opened, const atomic_bool *stop, void (*live)(void *arg),
	void *arg);

/* One picture or 20 ms of sound, by who makes them in time; frame: [take]. */
void ts_player_show(struct ts_player *player, AVFrame *frame, int rotation, int64_t due_ns);
void ts_player_sound(struct ts_player *player, const int16_t *pcm, uint32_t time_rtp,
	int64_t due_ns);

/* The packets of a track as they come; the player's. */
struct ts_coded *ts_player_coded(struct ts_player *player, enum ts_media track);

/* Why the last picture could not be shown; kind TS_REFUSED_NOT: it was. Of the same thread. */
const struct ts_refusal *ts_player_refusal(const struct ts_player *player);

struct ts_player_stats { int width, height; uint64_t late; unsigned loops; };
void ts_player_stats(const struct ts_player *player, struct ts_player_stats *out);

#endif
