/* captions - the subtitle rendition: for each segment of pictures one of WebVTT, written when it
 * is asked for.
 *
 * Times of cues count from the beginning of the stream's clock, which is tick 0 of all renditions,
 * so that a cue is the same in each segment that it lasts through, and players show it once. A cue
 * begins when its final words came, since a segment that was fetched is not fetched again. */
#include "control/hls/core.h"
#include "control/text/texts.h"
#include "control/text/vtt.h"

#define NS_PER_MS INT64_C(1000000)
/* the same time of 90 kHz and in ms: some players take a mapping of 0 for none */
enum { MAPPED_TICKS = 900000, MAPPED_MS = 10000 };

unsigned ts_hls_captions_rendition(const struct ts_hls_stream *s)
{
	for (size_t i = 0; i < s->n_renditions; i++)
		if (!s->rendition[i].resting && s->rendition[i].window.n_listed) return (unsigned)i;
	return 0;
}

static bool span_of(
	const struct ts_hls_stream *s, uint64_t number, int64_t *from_ns, int64_t *until_ns)
{
	for (size_t i = 0; i < s->n_renditions; i++)
		if (ts_hls_window_span(&s->rendition[i].window, number, from_ns, until_ns))
			return true;
	return false;
}

static void write_cues(struct ts_hls_stream *s, int64_t from_ns, int64_t until_ns, GString *out)
{
	const struct ts_caption *c;
	size_t at = 0;
	while ((c = ts_texts_next_caption(s->all->texts, s->id, &at))) {
		const int64_t end_ns = c->at_ns + c->lasts_ns;
		if (end_ns <= from_ns || c->at_ns >= until_ns) continue;
		ts_vtt_cue(out, (c->at_ns - s->grid_ns) / NS_PER_MS,
			(end_ns - s->grid_ns) / NS_PER_MS, c->name, c->text);
	}
}

struct ts_blob *ts_hls_cues(struct ts_hls_stream *s, uint64_t number)
{
	int64_t from_ns, until_ns;
	if (!s->all->texts || !span_of(s, number, &from_ns, &until_ns)) return NULL;
	g_autoptr(GString) text = g_string_new(NULL);
	ts_vtt_begin(text, MAPPED_TICKS, MAPPED_MS);
	write_cues(s, from_ns, until_ns, text);
	struct ts_blob *blob = ts_blob_new(text->len);
	if (blob) memcpy(blob->bytes, text->str, text->len);
	return blob;
}
