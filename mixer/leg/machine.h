/* machine - the leg of a program that hears a room and speaks in it: samples or coded frames of 20
 * ms, with the room's clock.
 *
 *   ear (audio strand) --resample, encode--> [ 1024 things ] --task--> heard (control)
 *   ts_machine_speak (control) --> speech.h --one frame each tick--> voice
 *
 * What is spoken leaves the queue in step with the mix, so that marks are told when their place is
 * reached; it is in the mix one tick later, as soon as the jitter buffer of the voice lets it.
 * Times are milliseconds since ts_machine_create: the media clock of whoever is behind it.
 * Thread  control; `heard` too.
 * Life    counted: whoever made it, the leg until it is closed, plans and what is posted hold it.
 *         ts_machine_forget: nothing is told any more.
 * Full    what control does not take in fifteen seconds is lost, and counted; speech.h.
 */
#ifndef TS_MIXER_LEG_MACHINE_H
#define TS_MIXER_LEG_MACHINE_H

#include "mixer/audio/ear.h"
#include "mixer/leg/leg.h"

struct ts_machine;

enum ts_machine_tell {
	TS_MACHINE_FRAME,  /* data: 20 ms, coded */
	TS_MACHINE_TALKS,  /* somebody else began to talk: key */
	TS_MACHINE_SILENT, /* ... and ended, or went */
	TS_MACHINE_MARK,   /* data: the name of a mark whose place was reached */
	TS_MACHINE_CLEARED /* likewise, of one that was cleared */
};

struct ts_machine_told {
	enum ts_machine_tell what;
	uint32_t time_ms;
	uint32_t number; /* of a frame: one more for each, those that are lost too */
	uint64_t key;
	uint16_t len;
	uint8_t data[]; /* [len], and a NUL */
};

struct ts_machine_config {
	struct ts_loop *control;
	enum ts_codec codec; /* PCM: int16, the low byte first; OPUS, PCMU */
	int rate_hz;         /* of PCM: 8000, 16000, 24000, 48000 */
	void (*heard)(void *arg, const struct ts_machine_told *told);
	void *arg;
};

/* TS_EUNSUPPORTED: no such codec or rate; TS_ENOMEM. */
int ts_machine_create(struct ts_machine **out, const struct ts_machine_config *config);
void ts_machine_forget(struct ts_machine *machine);
void ts_machine_unref(struct ts_machine **machine);

/* The program is there: its participant is connected. */
void ts_machine_open(struct ts_machine *machine);
/* Bytes of the codec: PCM and PCMU of any length, of Opus one packet of 20 ms. Returns how many
 * frames had no place, or TS_EBADMSG, TS_ENOMEM. Where it may not speak nothing happens. */
int ts_machine_speak(struct ts_machine *machine, const uint8_t *data, size_t len);
int ts_machine_mark(struct ts_machine *machine, const char *name); /* as ts_speech_mark */
void ts_machine_clear(struct ts_machine *machine);
size_t ts_machine_waiting(struct ts_machine *machine); /* frames to be spoken */
void ts_machine_hear(struct ts_machine *machine, enum ts_ear_hears hears, uint64_t one);
/* Frames that nobody took in time, since the last call. */
uint32_t ts_machine_lost(struct ts_machine *machine);

/* ts_leg_config.way is the machine; it takes a reference. */
extern const struct ts_leg_ops ts_machine_leg;

#endif
