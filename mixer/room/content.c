/* content - what is presented, as a second stream to those who take one: a hidden view with one
 * region, coded once for all whose decoders take the same.
 *
 *   the newest presentation --> view "=content" --> outputs --> m-line of slides of all but the
 *                                                               one who presents
 */
#include "base/error.h"
#include "base/log.h"
#include "mixer/room/model.h"
#include <string.h>

static const char view_id[] = "=content"; /* none that the API takes */
static const char document[] =
	"{\"name\":\"content\",\"variants\":[{\"regions\":[{\"x\":0,\"y\":0,\"w\":1,\"h\":1,"
	"\"show\":\"presentation\",\"fit\":\"fit\",\"label\":false}]}]}";

void ts_participant_use_content(struct ts_participant *p, const struct ts_join *join)
{
	const struct ts_media_config *cfg = p->slides.media >= 0 &&
			(size_t)p->slides.media < join->transport.n_media
		? &join->transport.media[p->slides.media]
		: NULL;
	const enum ts_codec codec = cfg && cfg->send ? cfg->send_codec : TS_CODEC_NONE;
	const struct ts_receiver *was = &p->content;
	if (was->codec == codec && was->packetization_mode == join->slides_packetization_mode &&
		!memcmp(&was->need, &join->slides_need, sizeof was->need))
		return;
	ts_receiver_release(&p->content);
	p->content.codec = codec;
	p->content.packetization_mode = join->slides_packetization_mode;
	p->content.need = join->slides_need;
	p->content.has_nack = cfg && cfg->nack;
}

static const struct ts_participant *presenter_of(const struct ts_room *r)
{
	const struct ts_participant *newest = NULL;
	for (const struct ts_participant *p = r->first; p; p = p->next)
		if (ts_participant_is_here(p) && p->slides_since_ns && p->kind != TS_KIND_WHEP &&
			(!newest || p->slides_since_ns > newest->slides_since_ns))
			newest = p;
	return newest;
}

/* Made when it is needed first; NULL: there can be none. */
static struct ts_room_view *need_view(struct ts_room *r)
{
	struct ts_room_view *view = ts_room_find_view(r, view_id);
	struct ts_layout_doc *doc = NULL;
	struct ts_layout_error err;
	if (view || !r->config.content.width) return view;
	struct ts_room_view_config config = {.width = r->config.content.width,
		.height = r->config.content.height,
		.fps = r->config.content.fps,
		.bitrate_kbps = r->config.content.bitrate_kbps,
		.ladder = {.preset = TS_LADDER_CLOSE},
		.hidden = true};
	memcpy(config.id, view_id, sizeof view_id);
	if (ts_layout_parse(&doc, document, sizeof document - 1, &err)) return NULL;
	if (ts_room_add_view(r, &config, doc, &view)) view = NULL;
	ts_layout_doc_unref(&doc);
	if (view) view->scene.slides = true;
	return view;
}

/* Nothing of it that fits: they see it inside the mix. */
static void choose(struct ts_room *r, struct ts_participant *p, struct ts_room_view *view)
{
	const int err = ts_receiver_choose(&p->content, &view->scene);
	if (err) {
		ts_debug("no content sent", "room=%s participant=%s error=%s", r->config.id, p->id,
			ts_strerror(err));
		return;
	}
	const struct ts_step *step = &ts_output_config(p->content.output)->step;
	ts_info("content", "room=%s participant=%s codec=%s width=%d height=%d fps=%d kbps=%u",
		r->config.id, p->id, ts_codec_name(p->content.codec), step->width, step->height,
		step->fps, step->bitrate_bps / 1000);
}

void ts_room_choose_content(struct ts_room *r)
{
	const struct ts_participant *presenter = presenter_of(r);
	for (struct ts_participant *p = r->first; p; p = p->next) {
		const bool wants = presenter && presenter != p && p->content.codec &&
			p->content_sender && ts_participant_is_here(p);
		struct ts_room_view *view = wants && !p->content.output ? need_view(r) : NULL;
		if (!wants && p->content.output) ts_receiver_release(&p->content);
		if (view) choose(r, p, view);
	}
}
