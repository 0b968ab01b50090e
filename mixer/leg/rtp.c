#include "mixer/leg/rtp.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/loop.h"
#include "base/ring.h"
#include "base/task.h"
#include <pthread.h>
#include <stdlib.h>

enum { DIGITS = 16 }; /* that wait for control */

struct rtp_leg {
	struct ts_leg leg;
	struct ts_leg_config config;    /* transport NULL */
	struct ts_transport *transport; /* NULL once closed */

	/* net: the transport's events post these to control, where they run in the order of
	 * posting */
	struct ts_task gathered_task, connected_task, stalled_task, failed_task, closed_task,
		flowing_task;
	/* requests for one: from the peer, and to it */
	struct ts_task keyframe_task, keyframe_out_task;
	struct ts_task needs_keyframe_task; /* of what we send */
	struct ts_task content_keyframe_task;
	struct ts_task switched_task;
	atomic_uint output; /* of the video that we send, the latest */
	struct ts_task digit_task;
	struct ts_ring digits; /* net to control: characters that stand in pointers */
	struct ts_task network_task;
	pthread_mutex_t network_lock;
	struct ts_network network; /* the latest; under the lock */
	/* written before gathered_task is posted */
	struct ts_transport_local *local;
	_Atomic(const char *) failure;
	atomic_bool stalled;
	_Atomic(struct ts_transport *) net_transport;
	_Atomic(struct ts_branch *) branch[TS_MEDIA_MAX]; /* made when it is asked for first */
};

/* ---- on control: what the transport told ---- */

static void on_gathered(struct ts_task *task)
{
	struct rtp_leg *l = ts_container_of(task, struct rtp_leg, gathered_task);
	l->config.events->ready(l->config.arg, l->local ? 0 : TS_ENOMEM, l->local);
	free(l->local);
	l->local = NULL;
}

static void on_connected(struct ts_task *task)
{
	struct rtp_leg *l = ts_container_of(task, struct rtp_leg, connected_task);
	l->config.events->connected(l->config.arg);
}

static void on_stalled(struct ts_task *task)
{
	struct rtp_leg *l = ts_container_of(task, struct rtp_leg, stalled_task);
	l->config.events->stalled(l->config.arg, atomic_load(&l->stalled));
}

static void on_failed(struct ts_task *task)
{
	struct rtp_leg *l = ts_container_of(task, struct rtp_leg, failed_task);
	l->config.events->failed(l->config.arg, atomic_load(&l->failure));
}

static void on_flowing(struct ts_task *task)
{
	struct rtp_leg *l = ts_container_of(task, struct rtp_leg, flowing_task);
	l->config.events->flowing(l->config.arg);
}

static void on_keyframe_request(struct ts_task *task)
{
	struct rtp_leg *l = ts_container_of(task, struct rtp_leg, keyframe_task);
	l->config.events->on_keyframe_request(l->config.arg);
}

static void on_needs_keyframe(struct ts_task *task)
{
	struct rtp_leg *l = ts_container_of(task, struct rtp_leg, needs_keyframe_task);
	l->config.events->needs_keyframe(l->config.arg);
}

static void on_content_keyframe(struct ts_task *task)
{
	struct rtp_leg *l = ts_container_of(task, struct rtp_leg, content_keyframe_task);
	l->config.events->content_keyframe(l->config.arg);
}

static void on_keyframe_out(struct ts_task *task)
{
	struct rtp_leg *l = ts_container_of(task, struct rtp_leg, keyframe_out_task);
	l->config.events->request_keyframe(l->config.arg);
}

static void on_switched(struct ts_task *task)
{
	struct rtp_leg *l = ts_container_of(task, struct rtp_leg, switched_task);
	l->config.events->switched(l->config.arg, atomic_load(&l->output));
}

static void on_network(struct ts_task *task)
{
	struct rtp_leg *l = ts_container_of(task, struct rtp_leg, network_task);
	pthread_mutex_lock(&l->network_lock);
	const struct ts_network network = l->network;
	pthread_mutex_unlock(&l->network_lock);
	l->config.events->network(l->config.arg, &network);
}

/* The first of them may end the participant, not this leg: `closed` comes later. */
static void on_digit(struct ts_task *task)
{
	struct rtp_leg *l = ts_container_of(task, struct rtp_leg, digit_task);
	for (void *digit; (digit = ts_ring_pop(&l->digits));)
		l->config.events->digit(l->config.arg, (char)(uintptr_t)digit);
}

static void free_leg(struct rtp_leg *l)
{
	while (ts_ring_pop(&l->digits)) continue;
	ts_ring_fini(&l->digits);
	pthread_mutex_destroy(&l->network_lock);
	free(l);
}

static void on_closed(struct ts_task *task)
{
	struct rtp_leg *l = ts_container_of(task, struct rtp_leg, closed_task);
	const struct ts_leg_events *events = l->config.events;
	void *arg = l->config.arg;
	for (size_t i = 0; i < TS_MEDIA_MAX; i++) {
		struct ts_branch *branch = atomic_load(&l->branch[i]);
		ts_branch_unref(&branch);
	}
	free(l->local);
	free_leg(l);
	events->closed(arg);
}

/* ---- on the net thread: the transport's events ---- */

static void post_to_control(struct rtp_leg *l, struct ts_task *task)
{
	ts_loop_post(l->config.control, task);
}

static void net_gathered(void *arg, const struct ts_transport_local *local)
{
	struct rtp_leg *l = arg;
	l->local = malloc(sizeof *l->local);
	if (l->local) *l->local = *local;
	post_to_control(l, &l->gathered_task);
}

static void net_connected(void *arg)
{
	struct rtp_leg *l = arg;
	post_to_control(l, &l->connected_task);
}

static void net_stalled(void *arg, bool stalled)
{
	struct rtp_leg *l = arg;
	atomic_store(&l->stalled, stalled);
	post_to_control(l, &l->stalled_task);
}

static void net_failed(void *arg, const char *reason)
{
	struct rtp_leg *l = arg;
	atomic_store(&l->failure, reason);
	post_to_control(l, &l->failed_task);
}

static struct ts_feed *feed_of(const struct rtp_leg *l, size_t media)
{
	struct ts_feed *camera = l->config.camera, *slides = l->config.slides;
	if (camera->source && (int)media == camera->media) return camera;
	return slides->source && (int)media == slides->media ? slides : NULL;
}

static struct ts_branch *branch_of(struct rtp_leg *l, size_t media)
{
	return atomic_load_explicit(&l->branch[media], memory_order_acquire);
}

static void net_packet(void *arg, size_t media, struct ts_packet *packet)
{
	struct rtp_leg *l = arg;
	struct ts_feed *feed = feed_of(l, media);
	struct ts_branch *branch = branch_of(l, media);
	if (branch) ts_branch_push(branch, packet); /* a copy: what is below changes it */
	if (l->config.voice && (int)media == l->config.audio_media)
		ts_voice_push(l->config.voice, packet);
	else if (feed)
		ts_source_push(feed->source, packet);
	else
		ts_packet_unref(&packet);
}

static void net_flush(void *arg, size_t media)
{
	struct rtp_leg *l = arg;
	struct ts_feed *feed = feed_of(l, media);
	if (!feed) return; /* the audio tick looks for itself */
	ts_source_flush(feed->source);
	if (!atomic_load_explicit(&feed->on, memory_order_relaxed))
		post_to_control(l, &l->flowing_task);
	struct ts_transport *transport = atomic_load_explicit(
		&l->net_transport, memory_order_acquire);
	if (!transport) return;
	const int64_t now_ns = ts_now_ns();
	struct ts_branch *branch = branch_of(l, media);
	unsigned layers = ts_source_wants_keyframe(feed->source, now_ns);
	unsigned wanted = ts_source_wanted_layers(feed->source);
	if (branch && ts_branch_is_open(branch)) {
		layers |= ts_branch_wants_keyframe(branch, now_ns);
		wanted = ~0u; /* the largest that comes is kept */
	}
	if (layers) ts_transport_request_keyframe(transport, media, layers);
	ts_transport_set_wanted_layers(transport, media, wanted);
}

static void net_keyframe_request(void *arg, size_t media)
{
	struct rtp_leg *l = arg;
	if ((int)media == l->config.video_media)
		post_to_control(l, &l->keyframe_task); /* which alone knows their output of now */
	else if ((int)media == l->config.slides->media)
		post_to_control(l, &l->content_keyframe_task);
}

static void net_needs_keyframe(void *arg, size_t media)
{
	struct rtp_leg *l = arg;
	if ((int)media == l->config.video_media)
		post_to_control(l, &l->needs_keyframe_task);
	else if ((int)media == l->config.slides->media)
		post_to_control(l, &l->content_keyframe_task);
}

static void net_switched(void *arg, size_t media, uint32_t output)
{
	struct rtp_leg *l = arg;
	if ((int)media != l->config.video_media) return;
	atomic_store(&l->output, output);
	post_to_control(l, &l->switched_task);
}

static void net_request_keyframe(void *arg, size_t media)
{
	struct rtp_leg *l = arg;
	(void)media;
	post_to_control(l, &l->keyframe_out_task);
}

/* What is no key, such as a flash hook, is none here; of a flood those that fit in. */
static void net_telephone_event(void *arg, size_t media, uint8_t event)
{
	static const char keys[] = "0123456789*#ABCD";
	struct rtp_leg *l = arg;
	if ((int)media != l->config.audio_media || event >= sizeof keys - 1) return;
	if (ts_ring_push(&l->digits, (void *)(uintptr_t)keys[event])) return;
	post_to_control(l, &l->digit_task);
}

static void net_network(void *arg, const struct ts_network *network)
{
	struct rtp_leg *l = arg;
	pthread_mutex_lock(&l->network_lock);
	l->network = *network;
	pthread_mutex_unlock(&l->network_lock);
	post_to_control(l, &l->network_task);
}

static void net_closed(void *arg)
{
	struct rtp_leg *l = arg;
	post_to_control(l, &l->closed_task);
}

static const struct ts_transport_events transport_events = {
	.gathered = net_gathered,
	.connected = net_connected,
	.stalled = net_stalled,
	.failed = net_failed,
	.packet = net_packet,
	.flush = net_flush,
	.switched = net_switched,
	.on_keyframe_request = net_keyframe_request,
	.needs_keyframe = net_needs_keyframe,
	.request_keyframe = net_request_keyframe,
	.network = net_network,
	.telephone_event = net_telephone_event,
	.closed = net_closed,
};

/* ---- the leg ---- */

static struct rtp_leg *of(const struct ts_leg *leg)
{
	return ts_container_of(leg, struct rtp_leg, leg);
}

static int leg_start(struct ts_leg **out, const struct ts_leg_config *config)
{
	struct rtp_leg *l = calloc(1, sizeof *l);
	if (!l) return TS_ENOMEM;
	l->leg.ops = &ts_rtp_leg;
	l->config = *config;
	l->config.transport = NULL;
	l->gathered_task.fn = on_gathered;
	l->connected_task.fn = on_connected;
	l->stalled_task.fn = on_stalled;
	l->failed_task.fn = on_failed;
	l->closed_task.fn = on_closed;
	l->flowing_task.fn = on_flowing;
	l->keyframe_task.fn = on_keyframe_request;
	l->needs_keyframe_task.fn = on_needs_keyframe;
	l->content_keyframe_task.fn = on_content_keyframe;
	l->keyframe_out_task.fn = on_keyframe_out;
	l->switched_task.fn = on_switched;
	l->network_task.fn = on_network;
	l->digit_task.fn = on_digit;
	if (ts_ring_init(&l->digits, DIGITS)) {
		free(l);
		return TS_ENOMEM;
	}
	pthread_mutex_init(&l->network_lock, NULL);
	int err = ts_transport_create(
		&l->transport, config->nets, config->transport, &transport_events, l);
	if (err) {
		free_leg(l);
		return err;
	}
	atomic_store_explicit(&l->net_transport, l->transport, memory_order_release);
	*out = &l->leg;
	return 0;
}

static void leg_close(struct ts_leg *leg)
{
	struct rtp_leg *l = of(leg);
	struct ts_transport *transport = l->transport;
	l->transport = NULL;
	ts_transport_close(transport);
}

static struct ts_sender *leg_sender(struct ts_leg *leg, size_t media)
{
	return ts_transport_sender(of(leg)->transport, media);
}

static void leg_stats(const struct ts_leg *leg, size_t media, struct ts_media_stats *out)
{
	ts_transport_stats(of(leg)->transport, media, out);
}

static void leg_set_receive_bps(struct ts_leg *leg, uint32_t bps)
{
	ts_transport_set_receive_bitrate(of(leg)->transport, bps);
}

static void leg_set_wanted_bps(struct ts_leg *leg, uint32_t bps)
{
	ts_transport_set_wanted_bps(of(leg)->transport, bps);
}

static int leg_trickle(struct ts_leg *leg, const struct ts_ice_description *remote)
{
	return ts_transport_trickle(of(leg)->transport, remote);
}

static int leg_restart(struct ts_leg *leg, const struct ts_ice_description *remote)
{
	return ts_transport_restart(of(leg)->transport, remote);
}

static int leg_answer(struct ts_leg *leg, const struct ts_transport_config *config)
{
	return ts_transport_answer(of(leg)->transport, config);
}

static int leg_update(struct ts_leg *leg, const struct ts_transport_config *config)
{
	return ts_transport_update(of(leg)->transport, config);
}

static void leg_prove(struct ts_leg *leg, const char *host)
{
	if (of(leg)->transport) ts_transport_prove(of(leg)->transport, host);
}

static struct ts_branch *leg_branch(struct ts_leg *leg, size_t media)
{
	struct rtp_leg *l = of(leg);
	struct ts_branch *branch = branch_of(l, media);
	if (!branch) {
		if (ts_branch_create(&branch)) return NULL;
		atomic_store_explicit(&l->branch[media], branch, memory_order_release);
	}
	return ts_branch_ref(branch);
}

const struct ts_leg_ops ts_rtp_leg = {
	.start = leg_start,
	.close = leg_close,
	.sender = leg_sender,
	.stats = leg_stats,
	.set_receive_bps = leg_set_receive_bps,
	.set_wanted_bps = leg_set_wanted_bps,
	.trickle = leg_trickle,
	.restart = leg_restart,
	.answer = leg_answer,
	.update = leg_update,
	.prove = leg_prove,
	.branch = leg_branch,
};
