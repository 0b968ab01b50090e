/* shipped - the layouts of config/layouts/, carried inside the program and read at the first
 * question. The assembler finds them from the repository's root, where make runs. */
#include "base/error.h"
#include "layout/model.h"
#include <assert.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_BYTES(name, file)                                                               \
	__asm__(".pushsection .rodata,\"a\"\n" #name ":\n.incbin "                           \
		"\"config/layouts/" file ".json\"\n" #name "_end:\n.byte 0\n.popsection\n"); \
	extern const char name[], name##_end[]

FILE_BYTES(ts_layout_grid, "grid");
FILE_BYTES(ts_layout_speaker, "speaker");
FILE_BYTES(ts_layout_speaker_only, "speaker-only");
FILE_BYTES(ts_layout_pip, "pip");
FILE_BYTES(ts_layout_presentation, "presentation");
FILE_BYTES(ts_layout_side_by_side, "side-by-side");
FILE_BYTES(ts_layout_lecture, "lecture");
FILE_BYTES(ts_layout_portrait, "portrait");

static const struct {
	const char *text, *end;
} files[] = {
	{ts_layout_grid, ts_layout_grid_end},
	{ts_layout_speaker, ts_layout_speaker_end},
	{ts_layout_speaker_only, ts_layout_speaker_only_end},
	{ts_layout_pip, ts_layout_pip_end},
	{ts_layout_presentation, ts_layout_presentation_end},
	{ts_layout_side_by_side, ts_layout_side_by_side_end},
	{ts_layout_lecture, ts_layout_lecture_end},
	{ts_layout_portrait, ts_layout_portrait_end},
};
enum { N_FILES = sizeof(files) / sizeof(files[0]) };

static struct ts_layout_doc *docs[N_FILES];
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void read_all(void)
{
	for (size_t i = 0; i < N_FILES; i++) {
		struct ts_layout_error err;
		const int rc = ts_layout_parse(
			&docs[i], files[i].text, (size_t)(files[i].end - files[i].text), &err);
		if (rc == TS_ENOMEM) { /* at the start: without them nothing can be shown */
			fputs("out of memory: shipped layouts\n", stderr);
			abort();
		}
		assert(rc == 0); /* tests read them all */
	}
}

struct ts_layout_doc *ts_layout_shipped(size_t index)
{
	pthread_once(&once, read_all);
	return index < N_FILES ? docs[index] : NULL;
}

struct ts_layout_doc *ts_layout_shipped_named(const char *name)
{
	for (size_t i = 0; i < N_FILES; i++)
		if (!strcmp(ts_layout_shipped(i)->name, name)) return docs[i];
	return NULL;
}
