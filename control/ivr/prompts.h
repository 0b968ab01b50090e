/* prompts - what callers are told: lines to be shown, and the same spoken.
 *
 *   config/prompts/LANG.txt --in the program--> what is shown
 *        \--tools/prompts (espeak-ng), when built--> DIR/LANG/NAME.wav --read--> what is heard
 *
 * A sound that is not there is a tone (control/announcements/sounds.h): an operator may replace
 * each file, in any format that inputs may have, or leave it out.
 * Thread  control.
 */
#ifndef TS_CONTROL_IVR_PROMPTS_H
#define TS_CONTROL_IVR_PROMPTS_H

#include "mixer/audio/sound.h"

struct ts_loop;
struct ts_prompts;

enum ts_prompt {
	TS_PROMPT_WELCOME,
	TS_PROMPT_ENTER_NUMBER,
	TS_PROMPT_ENTER_PIN,
	TS_PROMPT_WRONG_NUMBER,
	TS_PROMPT_WRONG_PIN,
	TS_PROMPT_WAIT, /* too many wrong ones */
	TS_PROMPT_LOCKED,
	TS_PROMPT_FULL,
	TS_PROMPT_UNAVAILABLE,
	TS_PROMPT_LATE,
	TS_PROMPT_GOODBYE,
	TS_PROMPT_WAITING,  /* for the host */
	TS_PROMPT_HOST_PIN, /* ... and how to be one */
	TS_PROMPT_COUNT
};
const char *ts_prompt_name(enum ts_prompt prompt);

/* dir "": where the build installs them. */
struct ts_prompts *ts_prompts_new(struct ts_loop *loop, const char *dir);
void ts_prompts_free(struct ts_prompts *prompts);
/* language: enum ts_language (config/config.h). Its sounds are read, if they were not yet. */
void ts_prompts_load(struct ts_prompts *prompts, int language);
/* Never NULL, and constant. */
const char *ts_prompts_text(const struct ts_prompts *prompts, int language,
	enum ts_prompt prompt);
/* For who waits, to be looped: DIR/music.wav, else a tune that is drawn here. Likewise. */
struct ts_sound *ts_prompts_music(struct ts_prompts *prompts);
/* The prompts'; NULL: out of memory. */
struct ts_sound *ts_prompts_sound(struct ts_prompts *prompts, int language,
	enum ts_prompt prompt);

#endif
