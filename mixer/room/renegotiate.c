/* renegotiate - what changes of somebody's media while they stay: hold and resume, codecs, addresses, limits. */
#include "base/error.h"
#include "base/log.h"
#include "mixer/room/model.h"

static const struct ts_media_config *media_of(const struct ts_join *join, int media)
{
	return media >= 0 && (size_t)media < join->transport.n_media ? &join->transport.media[media] : NULL;
}

static void take_senders(struct ts_participant *p)
{
	ts_sender_unref(&p->audio_sender);
	ts_sender_unref(&p->video_sender);
	if (p->audio_media >= 0) p->audio_sender = ts_transport_sender(p->transport, (size_t)p->audio_media);
	if (p->video_media >= 0) p->video_sender = ts_transport_sender(p->transport, (size_t)p->video_media);
}

/* The output that fits them now, or none while they receive no video. */
static int take_output(struct ts_participant *p, const struct ts_join *join)
{
	const struct ts_media_config *video = media_of(join, p->video_media);
	int err = TS_EUNSUPPORTED;
	p->receiver.need = join->need;
	p->receiver.packetization_mode = join->packetization_mode;
	p->receiver.codec = video && video->send ? video->send_codec : TS_CODEC_NONE;
	if (p->receiver.codec) err = ts_receiver_choose(&p->receiver, &p->room->scene);
	if (err != TS_EUNSUPPORTED) return err;
	ts_output_unref(&p->receiver.output);
	return 0;
}

int ts_participant_renegotiate(struct ts_participant *p, const struct ts_join *join, ts_join_ready ready, void *arg)
{
	const struct ts_media_config *audio = media_of(join, p->audio_media);
	if (p->state == TS_P_ENDED) return TS_ECLOSED;
	if (p->ready) return TS_EAGAIN;
	int err = p->offering ? ts_transport_answer(p->transport, &join->transport)
			      : ts_transport_update(p->transport, &join->transport);
	if (err) return err;
	if (!p->offering) {
		p->ready = ready;
		p->ready_arg = arg;
	}
	p->offering = false;
	take_senders(p);
	ts_participant_use_sets(p, join);
	p->audio_send_codec = audio && audio->send ? audio->send_codec : TS_CODEC_NONE;
	p->audio_max_bps = audio ? audio->max_audio_bps : 0;
	err = take_output(p, join);
	if (err) ts_error("receiver not moved", "room=%s error=%s", p->room->config.id, ts_strerror(err));
	ts_info("renegotiated", "room=%s participant=%s audio=%s video=%d", p->room->config.id, p->id,
		ts_codec_name(p->audio_send_codec), p->receiver.output != NULL);
	ts_room_want_plan(p->room);
	ts_room_touch(p->room, TS_ROOM_PARTICIPANT, p);
	return 0;
}

void ts_participant_prove(struct ts_participant *p, const char *host)
{
	if (p->transport) ts_transport_prove(p->transport, host);
}
