/* renegotiate - what changes of somebody's media while they stay: hold and resume, codecs,
 * addresses, limits. */
#include "base/error.h"
#include "base/log.h"
#include "mixer/room/model.h"

static const struct ts_media_config *media_of(const struct ts_join *join, int media)
{
	return media >= 0 && (size_t)media < join->transport.n_media ? &join->transport.media[media]
								     : NULL;
}

/* The output that fits them now, or none while they receive no video. */
static int take_output(struct ts_participant *p, const struct ts_join *join)
{
	const struct ts_media_config *video = media_of(join, p->video_media);
	int err = TS_EUNSUPPORTED;
	p->receiver.need = join->need;
	p->receiver.packetization_mode = join->packetization_mode;
	p->receiver.codec = video && video->send ? video->send_codec : TS_CODEC_NONE;
	p->receiver.has_nack = video && video->nack;
	if (p->receiver.codec) err = ts_participant_choose(p);
	if (err != TS_EUNSUPPORTED) return err;
	ts_receiver_release(&p->receiver);
	ts_participant_arrive(p);
	return 0;
}

int ts_participant_renegotiate(
	struct ts_participant *p, const struct ts_join *join, ts_join_ready ready, void *arg)
{
	const struct ts_media_config *audio = media_of(join, p->audio_media);
	if (p->state == TS_P_ENDED) return TS_ECLOSED;
	if (p->ready) return TS_EAGAIN;
	int err = p->offering ? p->leg->ops->answer(p->leg, &join->transport)
			      : p->leg->ops->update(p->leg, &join->transport);
	if (err) return err;
	if (!p->offering) {
		p->ready = ready;
		p->ready_arg = arg;
	}
	p->offering = false;
	p->unproven &= join->transport.await_proof;
	ts_participant_update_senders(p);
	ts_participant_use_sets(p, join);
	ts_participant_use_content(p, join);
	ts_audio_limits_read(&p->audio_limits, audio);
	ts_participant_digits_agreed(p, audio);
	err = take_output(p, join);
	if (err)
		ts_error("receiver not moved", "room=%s error=%s", p->room->config.id,
			ts_strerror(err));
	ts_info("renegotiated", "room=%s participant=%s audio=%s video=%d", p->room->config.id,
		p->id, ts_codec_name(p->audio_limits.codec), p->receiver.output != NULL);
	ts_room_schedule_plan(p->room);
	ts_room_touch(p->room, TS_ROOM_PARTICIPANT, p);
	return 0;
}
