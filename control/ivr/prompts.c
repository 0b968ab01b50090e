#include "control/ivr/prompts.h"

#include "base/error.h"
#include "base/log.h"
#include "config/config.h"
#include "control/announcements/sound_file.h"
#include "control/announcements/sounds.h"
#include <glib.h>
#include <string.h>

/* A new language needs a row here, a file, a voice in tools/prompts, its name in config/keys.c and
 * config/sip.c. */
#define LANGUAGES(LANGUAGE) \
	LANGUAGE(en, EN)    \
	LANGUAGE(de, DE)    \
	LANGUAGE(fr, FR)    \
	LANGUAGE(es, ES)    \
	LANGUAGE(zh, ZH)

#define BYTES(name, id)                                                       \
	__asm__(".pushsection .rodata,\"a\"\nts_prompts_" #name ":\n.incbin " \
		"\"config/prompts/" #name ".txt\"\n.byte 0\n.popsection\n");  \
	extern const char ts_prompts_##name[];
LANGUAGES(BYTES)

static const struct {
	const char *name, *table;
} languages[TS_LANGUAGES] = {
#define ROW(name, id) [TS_LANGUAGE_##id] = {#name, ts_prompts_##name},
	LANGUAGES(ROW)
#undef ROW
};

static const char *const names[TS_PROMPT_COUNT] = {[TS_PROMPT_WELCOME] = "welcome",
	[TS_PROMPT_ENTER_NUMBER] = "enter_number",
	[TS_PROMPT_ENTER_PIN] = "enter_pin",
	[TS_PROMPT_WRONG_NUMBER] = "wrong_number",
	[TS_PROMPT_WRONG_PIN] = "wrong_pin",
	[TS_PROMPT_WAIT] = "wait",
	[TS_PROMPT_LOCKED] = "locked",
	[TS_PROMPT_FULL] = "full",
	[TS_PROMPT_UNAVAILABLE] = "unavailable",
	[TS_PROMPT_LATE] = "late",
	[TS_PROMPT_GOODBYE] = "goodbye",
	[TS_PROMPT_WAITING] = "waiting",
	[TS_PROMPT_HOST_PIN] = "host_pin"};

struct spoken {
	struct ts_prompts *prompts;
	struct ts_sound_file *file; /* being read; NULL: is not */
	struct ts_sound *sound;     /* NULL: not there */
	int language;
	enum ts_prompt prompt;
};

struct ts_prompts {
	char *dir;
	struct ts_sound_readers *readers;
	struct ts_sounds *tunes;
	char *text[TS_LANGUAGES][TS_PROMPT_COUNT]; /* owned */
	struct spoken spoken[TS_LANGUAGES][TS_PROMPT_COUNT];
	bool loaded[TS_LANGUAGES];
	struct ts_sound_file *music_file; /* being read; NULL: is not */
	struct ts_sound *music;           /* NULL: there is none */
};

const char *ts_prompt_name(enum ts_prompt prompt)
{
	return names[prompt];
}

/* ---- what is shown: "name: shown | spoken" */

static void read_line(struct ts_prompts *p, int language, const char *line)
{
	for (int i = 0; i < TS_PROMPT_COUNT; i++) {
		const size_t n = strlen(names[i]);
		if (strncmp(line, names[i], n) != 0 || line[n] != ':') continue;
		const char *shown = line + n + 1;
		g_free(p->text[language][i]);
		p->text[language][i] = g_strstrip(g_strndup(shown, strcspn(shown, "|")));
	}
}

static void read_texts(struct ts_prompts *p, int language)
{
	char **lines = g_strsplit(languages[language].table, "\n", -1);
	for (char **line = lines; *line; line++) read_line(p, language, *line);
	g_strfreev(lines);
}

const char *ts_prompts_text(const struct ts_prompts *p, int language, enum ts_prompt prompt)
{
	const char *text = p->text[language][prompt];
	return text ? text : names[prompt];
}

/* ---- what is heard */

static void on_read(void *arg, struct ts_sound *sound, const char *why)
{
	struct spoken *s = arg;
	s->file = NULL;
	s->sound = sound;
	if (!sound)
		ts_warn("prompt not read", "language=%s prompt=%s why=%s",
			languages[s->language].name, names[s->prompt], TS_LOG_STR(why));
}

void ts_prompts_load(struct ts_prompts *p, int language)
{
	int missing = 0;
	if (p->loaded[language]) return;
	p->loaded[language] = true;
	for (int i = 0; i < TS_PROMPT_COUNT; i++) {
		struct spoken *s = &p->spoken[language][i];
		char name[64];
		g_snprintf(name, sizeof(name), "%s/%s.wav", languages[language].name, names[i]);
		*s = (struct spoken){
			.prompts = p, .language = language, .prompt = (enum ts_prompt)i};
		missing += ts_sound_file_start(&s->file, p->readers, p->dir, name, on_read, s) != 0;
	}
	if (missing)
		ts_warn("prompts missing", "language=%s missing=%d of=%d dir=%s instead=tones",
			languages[language].name, missing, TS_PROMPT_COUNT, TS_LOG_STR(p->dir));
}

static void on_music(void *arg, struct ts_sound *sound, const char *why)
{
	struct ts_prompts *p = arg;
	p->music_file = NULL;
	p->music = sound;
	if (!sound) ts_info("waiting music", "file=none instead=drawn why=%s", TS_LOG_STR(why));
}

struct ts_sound *ts_prompts_music(struct ts_prompts *p)
{
	return p->music ? p->music : ts_sounds_tune(p->tunes, TS_TUNE_ALONE);
}

static enum ts_tune tune_of(enum ts_prompt prompt)
{
	switch (prompt) {
	case TS_PROMPT_WELCOME:
	case TS_PROMPT_ENTER_NUMBER:
	case TS_PROMPT_ENTER_PIN:
	case TS_PROMPT_WAITING:
	case TS_PROMPT_HOST_PIN: return TS_TUNE_CHIME;
	default: return TS_TUNE_LEAVE;
	}
}

struct ts_sound *ts_prompts_sound(struct ts_prompts *p, int language, enum ts_prompt prompt)
{
	struct ts_sound *sound = p->spoken[language][prompt].sound;
	return sound ? sound : ts_sounds_tune(p->tunes, tune_of(prompt));
}

/* ---- life */

struct ts_prompts *ts_prompts_new(struct ts_loop *loop, const char *dir)
{
	struct ts_prompts *p = g_new0(struct ts_prompts, 1);
	p->dir = g_strdup(dir);
	p->readers = ts_sound_readers_new(loop);
	p->tunes = ts_sounds_new();
	for (int i = 0; i < TS_LANGUAGES; i++) read_texts(p, i);
	if (ts_sound_file_start(&p->music_file, p->readers, p->dir, "music.wav", on_music, p))
		p->music_file = NULL;
	return p;
}

void ts_prompts_free(struct ts_prompts *p)
{
	if (!p) return;
	for (int l = 0; l < TS_LANGUAGES; l++)
		for (int i = 0; i < TS_PROMPT_COUNT; i++) {
			if (p->spoken[l][i].file) ts_sound_file_cancel(p->spoken[l][i].file);
			ts_sound_unref(&p->spoken[l][i].sound);
			g_free(p->text[l][i]);
		}
	if (p->music_file) ts_sound_file_cancel(p->music_file);
	ts_sound_unref(&p->music);
	ts_sound_readers_free(p->readers);
	ts_sounds_free(p->tunes);
	g_free(p->dir);
	g_free(p);
}
