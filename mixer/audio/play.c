#include "mixer/audio/play.h"
#include "base/error.h"
#include "base/loop.h"
#include "mixer/audio/mix.h"
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

struct ts_play {
	struct ts_ref refs;
	struct ts_play_config config;
	struct ts_task end; /* on control, with a reference of its own */
	atomic_bool stopped;
	atomic_size_t at; /* sample; the strand's */
	/* strand */
	bool begun, over;
	int16_t pcm[TS_AUDIO_FRAME];
};

static void on_end(struct ts_task *task)
{
	struct ts_play *p = ts_container_of(task, struct ts_play, end);
	void (*ended)(void *arg) = p->config.ended;
	p->config.ended = NULL;
	if (ended) ended(p->config.arg);
	ts_play_unref(&p);
}

int ts_play_create(struct ts_play **out, const struct ts_play_config *config)
{
	if (!config->sound->n) return TS_EINVAL;
	struct ts_play *p = calloc(1, sizeof *p);
	if (!p) return TS_ENOMEM;
	ts_ref_init(&p->refs, 1);
	p->config = *config;
	ts_sound_ref(config->sound);
	p->end.fn = on_end;
	*out = p;
	return 0;
}

struct ts_play *ts_play_ref(struct ts_play *p)
{
	ts_ref_get(&p->refs);
	return p;
}

void ts_play_unref(struct ts_play **play)
{
	struct ts_play *p = *play;
	*play = NULL;
	if (!p || !ts_ref_put(&p->refs)) return;
	ts_sound_unref(&p->config.sound);
	free(p);
}

void ts_play_stop(struct ts_play *p)
{
	atomic_store(&p->stopped, true);
}

void ts_play_forget(struct ts_play *p)
{
	p->config.ended = NULL;
}

/* The next 20 ms, with silence behind the last sample. False: that is among them. */
static bool read_frame(struct ts_play *p)
{
	const struct ts_sound *s = p->config.sound;
	size_t at = p->at, n = 0;
	while (n < TS_AUDIO_FRAME) {
		size_t some = s->n - at;
		if (some > TS_AUDIO_FRAME - n) some = TS_AUDIO_FRAME - n;
		memcpy(p->pcm + n, s->pcm + at, some * sizeof *p->pcm);
		n += some;
		at += some;
		if (at < s->n) continue;
		if (!p->config.loop) break;
		at = 0;
	}
	memset(p->pcm + n, 0, (TS_AUDIO_FRAME - n) * sizeof *p->pcm);
	p->at = at;
	return at < s->n;
}

static void finish(struct ts_play *p)
{
	p->over = true;
	ts_play_ref(p);
	if (ts_loop_post(p->config.control, &p->end)) {
		struct ts_play *held = p; /* control has ended: nobody waits */
		ts_play_unref(&held);
	}
}

const int16_t *ts_play_tick(struct ts_play *p)
{
	if (p->over) return NULL;
	const bool stops = atomic_load(&p->stopped);
	if (stops && !p->begun) {
		finish(p);
		return NULL;
	}
	const bool more = read_frame(p);
	p->begun = true;
	ts_mix_amplify(p->pcm, p->config.gain);
	if (stops) ts_mix_fade_out(p->pcm, TS_AUDIO_FRAME);
	if (stops || !more) finish(p);
	return p->pcm;
}
