#include "tests/peer/peer.h"

#include "base/address.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/random.h"
#include "base/ring.h"
#include "tests/peer/call.h"
#include "tests/peer/describe.h"
#include "tests/peer/http.h"
#include "transport/fanout.h"
#include "transport/path.h" /* garbage goes out by the peer's own socket */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FRAME_NS (20 * TS_NS_PER_MS)
#define CONNECT_TIMEOUT_NS (20 * TS_NS_PER_S)
#define KEY_REPEAT_NS (400 * TS_NS_PER_MS) /* as a receiver of ours repeats it */
enum { CLIP_SECONDS = 5, RING = 8192 };

struct layer {
	struct ts_fanout *out;
	const struct ts_clip *clip;
	int frame, kbps;
	bool sent; /* the last picture was */
	atomic_bool keyframe_due;
	atomic_uint_fast64_t keys_asked;
};

struct ts_peer {
	struct ts_peer_spec spec;
	struct ts_peer_world world;
	struct ts_transport *transport;
	struct ts_fanout *audio_out;
	struct layer layer[PEER_LAYERS_MAX]; /* [spec.layers], the smallest first */
	struct ts_describe describe;
	struct ts_transport_config config;
	struct ts_peer_call call; /* spec.sip */
	struct ts_relay *relay;
	struct ts_relay_stats relay_stats; /* at the end */

	pthread_t joiner;
	pthread_mutex_t lock;
	pthread_cond_t moved;
	struct ts_transport_local local;
	bool gathered, connected, over, closed, strand_closed, quiet;
	const char *failure;
	char session[700];
	long http_status;
	int64_t offer_ns, answer_ns, connected_ns;

	struct ts_strand *strand;
	struct ts_task begin, end, packets_task;
	struct ts_timer video_timer, audio_timer, key_timer, garbage_timer, network_timer;
	struct ts_ring packets;
	struct ts_tone_clip *tone;
	int64_t start_ns, picture, frame, keyframe_requested_ns;
	int64_t clip_ns; /* when the first picture of its clip was captured last, after a request */
	size_t n_changed;
	atomic_uint remb_bps; /* 0: none told */
	uint32_t noise;
	struct ts_eyes eyes;
	struct ts_ears ears;
	struct ts_lips lips;
};

static void move(struct ts_peer *p, bool *flag)
{
	pthread_mutex_lock(&p->lock);
	*flag = true;
	pthread_cond_broadcast(&p->moved);
	pthread_mutex_unlock(&p->lock);
}

static bool wait_for(struct ts_peer *p, const bool *flag, const bool *or_flag)
{
	int64_t until_ns = ts_now_ns() + CONNECT_TIMEOUT_NS;
	struct timespec until = {until_ns / TS_NS_PER_S, until_ns % TS_NS_PER_S};
	pthread_mutex_lock(&p->lock);
	int err = 0;
	while (!*flag && !(or_flag && *or_flag) && !err)
		err = pthread_cond_clockwait(&p->moved, &p->lock, CLOCK_MONOTONIC, &until);
	bool ok = *flag;
	pthread_mutex_unlock(&p->lock);
	return ok;
}

/* ---- strand: what goes out ---- */

static int64_t captured_ns(const struct ts_peer *p)
{
	return p->start_ns + p->picture * TS_NS_PER_S / p->spec.fps;
}

static int64_t leaves_ns(const struct ts_peer *p)
{
	const int64_t from_ns = p->start_ns + p->spec.video_stall_at_ms * TS_NS_PER_MS,
		      to_ns = from_ns + p->spec.video_stall_ms * TS_NS_PER_MS,
		      at_ns = captured_ns(p) + p->spec.video_delay_ms * TS_NS_PER_MS;
	return at_ns > from_ns && at_ns < to_ns ? to_ns : at_ns;
}

/* Is there room for the layer beside those below it? */
static bool is_allowed(const struct ts_peer *p, int layer)
{
	const uint64_t bps = atomic_load(&p->remb_bps);
	uint64_t sum = 0;
	for (int i = 0; i <= layer; i++) sum += (uint64_t)p->layer[i].kbps * 1000;
	return layer == 0 || !bps || sum <= bps;
}

static void send_layer(struct ts_peer *p, int i, int64_t due_ns)
{
	struct layer *l = &p->layer[i];
	const bool sends = is_allowed(p, i);
	if (atomic_exchange(&l->keyframe_due, false) || (sends && !l->sent)) l->frame = 0;
	l->sent = sends;
	if (i == 0 && l->frame == 0) p->clip_ns = due_ns;
	struct ts_au *au = sends ? ts_clip_unit(l->clip, l->frame,
					   p->picture * TS_VIDEO_CLOCK_HZ / p->spec.fps, due_ns)
				 : NULL;
	if (au) {
		if (i == 0) ts_lips_sent(p->spec.who, l->frame, due_ns);
		if (i == 0) ts_eyes_sent((uint8_t)p->spec.who, (uint16_t)l->frame, ts_now_ns());
		ts_fanout_send(l->out, au);
		ts_au_unref(&au);
	}
	l->frame = (l->frame + 1) % ts_clip_spec(l->clip)->frames;
}

static void on_video(struct ts_timer *timer, int64_t now_ns)
{
	struct ts_peer *p = ts_container_of(timer, struct ts_peer, video_timer);
	(void)now_ns;
	int64_t due_ns = captured_ns(p);
	for (int i = 0; i < p->spec.layers; i++)
		if (p->layer[i].out) send_layer(p, i, due_ns);
	p->picture++;
	ts_strand_timer_set(p->strand, timer, leaves_ns(p));
}

static void on_audio(struct ts_timer *timer, int64_t now_ns)
{
	struct ts_peer *p = ts_container_of(timer, struct ts_peer, audio_timer);
	ts_ears_tick(&p->ears, p->start_ns + p->frame * FRAME_NS);
	(void)now_ns;
	if (p->audio_out && p->tone) {
		struct ts_au *au = ts_tone_clip_unit(p->tone, p->frame, p->frame * TS_AUDIO_FRAME,
			p->start_ns + p->frame * FRAME_NS);
		if (au) ts_fanout_send(p->audio_out, au);
		ts_au_unref(&au);
	}
	p->frame++;
	ts_strand_timer_set(p->strand, timer, p->start_ns + p->frame * FRAME_NS);
}

static void on_key(struct ts_timer *timer, int64_t now_ns)
{
	struct ts_peer *p = ts_container_of(timer, struct ts_peer, key_timer);
	ts_transport_request_keyframe(p->transport, PEER_VIDEO, 1);
	ts_strand_timer_set(p->strand, timer, now_ns + p->spec.key_every_ms * TS_NS_PER_MS);
}

/* Random bytes of every kind that the demultiplexer tells apart, some with a sound beginning. */
static void on_garbage(struct ts_timer *timer, int64_t now_ns)
{
	struct ts_peer *p = ts_container_of(timer, struct ts_peer, garbage_timer);
	static const uint8_t first[] = {0, 1, 20, 22, 23, 63, 64, 128, 144, 176, 191, 255};
	uint8_t junk[1400];
	ts_random_bytes(junk, sizeof junk);
	p->noise = p->noise * 1664525u + 1013904223u;
	size_t len = p->noise % sizeof junk;
	junk[0] = first[(p->noise >> 16) % sizeof first];
	/* looks like RTCP */
	if (p->noise >> 28 & 1) junk[1] = (uint8_t)(200 + (p->noise >> 20) % 8);
	const struct ts_route *route = ts_ice_route(p->transport->ice);
	if (route->fd >= 0)
		sendto(route->fd, junk, len, 0, (const struct sockaddr *)&route->to, route->to_len);
	ts_strand_timer_set(p->strand, timer, now_ns + TS_NS_PER_S / p->spec.garbage_per_s);
}

static void schedule_change(struct ts_peer *p)
{
	if (!p->relay || p->n_changed == p->spec.n_changes) return;
	ts_strand_timer_set(p->strand, &p->network_timer,
		p->start_ns + p->spec.change[p->n_changed].at_ms * TS_NS_PER_MS);
}

static void on_network(struct ts_timer *timer, int64_t now_ns)
{
	struct ts_peer *p = ts_container_of(timer, struct ts_peer, network_timer);
	const struct ts_peer_change *change = &p->spec.change[p->n_changed++];
	(void)now_ns;
	for (int i = 0; i < 2; i++)
		ts_relay_set(p->relay, (enum ts_relay_direction)i, &change->network[i]);
	schedule_change(p);
}

static struct ts_fanout *fanout_of(struct ts_peer *p, size_t media)
{
	struct ts_sender *sender = ts_transport_sender(p->transport, media);
	struct ts_fanout *fanout = NULL;
	if (sender && ts_fanout_create(&fanout, &sender, 1)) abort();
	ts_sender_unref(&sender);
	return fanout;
}

static void on_begin(struct ts_task *task)
{
	struct ts_peer *p = ts_container_of(task, struct ts_peer, begin);
	if (p->quiet) return; /* connected too late */
	p->audio_out = fanout_of(p, PEER_AUDIO);
	for (int i = 0; i < p->spec.layers; i++)
		p->layer[i].out = fanout_of(p, PEER_VIDEO + (size_t)i);
	p->start_ns = ts_now_ns();
	ts_lips_began(p->spec.who, &p->spec.tone, p->start_ns);
	if (p->layer[0].out && p->layer[0].clip)
		ts_strand_timer_set(p->strand, &p->video_timer, leaves_ns(p));
	ts_strand_timer_set(p->strand, &p->audio_timer, p->start_ns);
	if (p->spec.key_every_ms)
		ts_strand_timer_set(p->strand, &p->key_timer, p->start_ns + TS_NS_PER_S);
	if (p->spec.garbage_per_s) ts_strand_timer_set(p->strand, &p->garbage_timer, p->start_ns);
	schedule_change(p);
}

/* From here on the strand leaves the transport alone. */
static void on_end(struct ts_task *task)
{
	struct ts_peer *p = ts_container_of(task, struct ts_peer, end);
	struct ts_timer *timers[] = {&p->video_timer, &p->audio_timer, &p->key_timer,
		&p->garbage_timer, &p->network_timer};
	for (size_t i = 0; i < sizeof timers / sizeof *timers; i++)
		ts_strand_timer_cancel(p->strand, timers[i]);
	move(p, &p->quiet);
}

/* ---- strand: what comes in ---- */

static void on_packets(struct ts_task *task)
{
	struct ts_peer *p = ts_container_of(task, struct ts_peer, packets_task);
	struct ts_packet *packet;
	while ((packet = ts_ring_pop(&p->packets))) {
		if (ts_codec_media(packet->codec) == TS_AUDIO) {
			ts_ears_packet(&p->ears, packet);
		} else {
			ts_eyes_packet(&p->eyes, packet);
			ts_packet_unref(&packet);
		}
	}
	int64_t now_ns = ts_now_ns();
	if (p->quiet || !p->eyes.wants_keyframe ||
		now_ns - p->keyframe_requested_ns < KEY_REPEAT_NS)
		return;
	p->keyframe_requested_ns = now_ns;
	ts_transport_request_keyframe(p->transport, PEER_VIDEO, 1);
}

/* ---- net thread ---- */

static void net_gathered(void *arg, const struct ts_transport_local *local)
{
	struct ts_peer *p = arg;
	p->local = *local;
	move(p, &p->gathered);
}

static void net_connected(void *arg)
{
	struct ts_peer *p = arg;
	p->connected_ns = ts_now_ns();
	ts_strand_post(p->strand, &p->begin);
	move(p, &p->connected);
}

static void net_stalled(void *arg, bool stalled)
{
	(void)arg, (void)stalled;
}

static void net_failed(void *arg, const char *reason)
{
	struct ts_peer *p = arg;
	p->failure = reason;
	move(p, &p->over);
}

static void net_packet(void *arg, size_t media, struct ts_packet *packet)
{
	struct ts_peer *p = arg;
	(void)media;
	if (ts_ring_push(&p->packets, packet)) ts_packet_unref(&packet);
}

static void net_flush(void *arg, size_t media)
{
	struct ts_peer *p = arg;
	(void)media;
	ts_strand_post(p->strand, &p->packets_task);
}

static void net_keyframe_request(void *arg, size_t media)
{
	struct ts_peer *p = arg;
	if (media < PEER_VIDEO || media >= PEER_VIDEO + PEER_LAYERS_MAX) return;
	atomic_store(&p->layer[media - PEER_VIDEO].keyframe_due, true);
	atomic_fetch_add(&p->layer[media - PEER_VIDEO].keys_asked, 1);
}

static void net_network(void *arg, const struct ts_network *network)
{
	struct ts_peer *p = arg;
	atomic_store(&p->remb_bps, network->peer_bps);
}

static void net_needs_keyframe(void *arg, size_t media)
{
	struct ts_peer *p = arg;
	if (media < PEER_VIDEO || media >= PEER_VIDEO + PEER_LAYERS_MAX) return;
	atomic_store(&p->layer[media - PEER_VIDEO].keyframe_due, true);
}

static void net_closed(void *arg)
{
	struct ts_peer *p = arg;
	move(p, &p->closed);
}

static const struct ts_transport_events events = {
	.gathered = net_gathered,
	.connected = net_connected,
	.stalled = net_stalled,
	.failed = net_failed,
	.packet = net_packet,
	.flush = net_flush,
	.on_keyframe_request = net_keyframe_request,
	.needs_keyframe = net_needs_keyframe,
	.network = net_network,
	.closed = net_closed,
};

/* ---- joining: its own thread, since HTTP blocks ---- */

/* Puts the relay in the place of the server: its first candidate on loopback is where the relay
 * sends to, and the relay's address is all that ICE hears of. */
static int put_relay_between(struct ts_peer *p)
{
	struct ts_transport_config *c = &p->config;
	struct ts_relay_config relay = {
		.dir = {p->spec.network[0], p->spec.network[1]}, .seed = p->spec.seed};
	struct ts_candidate *on = NULL;
	for (size_t i = 0; i < c->remote.n_candidates && !on; i++)
		if (ts_address_kind(&c->remote.candidate[i].address) == TS_ADDRESS_LOOPBACK &&
			c->remote.candidate[i].address.ss_family == AF_INET)
			on = &c->remote.candidate[i];
	if (!on) return TS_EBADMSG;
	memcpy(&relay.target, &on->address, sizeof relay.target);
	int err = ts_relay_create(&p->relay, &relay);
	if (err) return err;
	ts_address_parse(&on->address, "127.0.0.1", ts_relay_port(p->relay));
	c->remote.candidate[0] = *on;
	c->remote.n_candidates = 1;
	return 0;
}

static void post_offer(struct ts_peer *p, const char *fingerprint)
{
	char *offer = malloc(PEER_SDP_MAX), url[1400];
	/* or the server finds the way around the relay */
	if (p->spec.relayed) p->local.ice.n_candidates = 0;
	ts_describe_offer(&p->describe, &p->local, fingerprint, offer);
	snprintf(url, sizeof url, "%s/%s/%s?name=%s%s%s", p->spec.url,
		p->spec.watch ? "whep" : "join", p->spec.room, p->spec.name,
		p->spec.query[0] ? "&" : "", p->spec.query);
	struct http_reply reply;
	p->offer_ns = ts_now_ns();
	int err = ts_http(&reply, "POST", url, offer);
	p->answer_ns = ts_now_ns();
	p->http_status = reply.status;
	if (!err && reply.status == 201) {
		snprintf(p->session, sizeof p->session, "%s%s",
			reply.location[0] == '/' ? p->spec.url : "", reply.location);
		err = ts_describe_answer(&p->config, reply.body);
		if (!err && p->spec.relayed) err = put_relay_between(p);
		if (!err) err = ts_transport_answer(p->transport, &p->config);
	}
	if (err || reply.status != 201) {
		fprintf(stderr, "peer %s: join failed: status %ld, %s: %s\n", p->spec.name,
			reply.status, ts_strerror(err), reply.body);
		move(p, &p->over);
	}
	ts_http_free(&reply);
	free(offer);
}

static void make_call(struct ts_peer *p)
{
	p->offer_ns = ts_now_ns();
	int err = ts_call_invite(
		&p->call, p->spec.sip, p->spec.room, p->spec.name, &p->local, &p->config);
	p->answer_ns = ts_now_ns();
	p->http_status = p->call.status;
	if (!err) err = ts_transport_answer(p->transport, &p->config);
	if (!err) return;
	fprintf(stderr, "peer %s: call failed: status %d, %s\n", p->spec.name, p->call.status,
		ts_strerror(err));
	move(p, &p->over);
}

static void *join_thread(void *arg)
{
	struct ts_peer *p = arg;
	char fingerprint[200];
	if (!wait_for(p, &p->gathered, NULL)) return NULL;
	if (p->spec.sip) {
		make_call(p);
		return NULL;
	}
	snprintf(fingerprint, sizeof fingerprint, "%s", ts_nets_fingerprint(p->world.nets));
	size_t last = strlen(fingerprint) - 1;
	if (p->spec.wrong_fingerprint) fingerprint[last] = fingerprint[last] == 'A' ? 'B' : 'A';
	post_offer(p, fingerprint);
	return NULL;
}

/* The rate goes by the 3/4 power of the area, more or less. */
static int kbps_of(const struct ts_peer_spec *s, int layer)
{
	const int below = s->layers - 1 - layer;
	return below == 0 ? s->kbps : below == 1 ? s->kbps * 35 / 100 : s->kbps * 12 / 100;
}

static int find_clip(const struct ts_clip **out, const struct ts_peer_spec *s, int layer)
{
	const int below = s->layers - 1 - layer;
	const struct ts_clip_spec spec = {(uint8_t)s->who, s->send_video, s->width >> below,
		s->height >> below, s->fps, kbps_of(s, layer), CLIP_SECONDS * s->fps, s->bars};
	return s->file[0] ? ts_clip_load(out, s->file) : ts_clip_get(out, &spec);
}

int ts_peer_prepare(const struct ts_peer_spec *spec)
{
	const struct ts_clip *clip;
	int err = 0;
	struct ts_peer_spec s = *spec;
	if (s.layers < 1) s.layers = 1;
	for (int i = 0; i < s.layers && !err && s.send_video && !s.file[0]; i++)
		err = find_clip(&clip, &s, i);
	return err;
}

static int make_media(struct ts_peer *p)
{
	const struct ts_peer_spec *s = &p->spec;
	int err = 0;
	for (int i = 0; i < s->layers && !err && s->send_video; i++) {
		p->layer[i].kbps = kbps_of(s, i);
		err = find_clip(&p->layer[i].clip, s, i);
	}
	if (!err && s->send_audio)
		err = s->melody ? ts_tone_clip_melody(&p->tone, (unsigned)s->who, 32000)
				: ts_tone_clip_create(&p->tone, &s->tone, 500, 32000);
	if (!err) err = ts_eyes_init(&p->eyes, s->decode);
	p->eyes.film = ts_film_open(s->film);
	if (!err) err = ts_ears_init(&p->ears, s->decode, s->straight, s->pcm[0] ? s->pcm : NULL);
	ts_lips_init(&p->lips, s->lips);
	if (s->lips >= 0) p->eyes.lips = p->ears.lips = &p->lips;
	if (!err) err = ts_ring_init(&p->packets, RING);
	return err;
}

static int make_transport(struct ts_peer *p)
{
	const struct ts_peer_spec *s = &p->spec;
	p->describe = (struct ts_describe){
		.audio = true,
		.video = true,
		.send_audio = s->send_audio && !s->watch,
		.send_video = s->send_video && !s->watch,
		.receive = true,
		.transport_cc = s->transport_cc,
		.send_codec = s->send_video,
		.receive_codec = s->receive_video ? s->receive_video : TS_CODEC_H264,
		.audio_ssrc = ts_random_u32() | 1,
		.layers = (size_t)s->layers,
	};
	for (int i = 0; i < s->layers; i++) {
		p->describe.video_ssrc[i] = ts_random_u32() | 1;
		p->describe.video_rtx_ssrc[i] = ts_random_u32() | 1;
	}
	p->config = (struct ts_transport_config){
		.dtls_role = TS_DTLS_CLIENT, .ice_controlling = true, .cname = "peer"};
	if (s->sip)
		ts_call_media(&p->describe, &p->config);
	else
		ts_describe_media(&p->describe, &p->config);
	return ts_transport_create(&p->transport, p->world.nets, &p->config, &events, p);
}

int ts_peer_start(
	struct ts_peer **out, const struct ts_peer_world *world, const struct ts_peer_spec *spec)
{
	struct ts_peer *p = calloc(1, sizeof *p);
	if (!p) return TS_ENOMEM;
	p->spec = *spec;
	if (spec->layers < 1) p->spec.layers = 1;
	if (spec->layers > PEER_LAYERS_MAX) p->spec.layers = PEER_LAYERS_MAX;
	p->world = *world;
	p->noise = (uint32_t)spec->who;
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->moved, NULL);
	p->begin.fn = on_begin;
	p->end.fn = on_end;
	p->packets_task.fn = on_packets;
	p->video_timer.fn = on_video;
	p->audio_timer.fn = on_audio;
	p->key_timer.fn = on_key;
	p->garbage_timer.fn = on_garbage;
	p->network_timer.fn = on_network;
	int err = make_media(p);
	if (!err) err = ts_strand_create(&p->strand, world->pool, TS_CLASS_TICK);
	if (!err) err = make_transport(p);
	if (!err && pthread_create(&p->joiner, NULL, join_thread, p)) err = TS_EIO;
	*out = p;
	return err; /* a test program: on error it ends */
}

static void strand_closed(void *arg)
{
	struct ts_peer *p = arg;
	move(p, &p->strand_closed);
}

void ts_peer_stop(struct ts_peer *p)
{
	pthread_join(p->joiner, NULL);
	if (p->spec.leave == PEER_DELETE && p->session[0]) {
		struct http_reply reply;
		ts_http(&reply, "DELETE", p->session, NULL);
		ts_http_free(&reply);
	}
	ts_call_end(&p->call, p->spec.leave == PEER_DELETE);
	ts_strand_post(p->strand, &p->end);
	wait_for(p, &p->quiet, NULL);
	ts_transport_close(p->transport);
	wait_for(p, &p->closed, NULL);
	ts_strand_close(p->strand, strand_closed, p);
	wait_for(p, &p->strand_closed, NULL);
	if (p->relay) ts_relay_get_stats(p->relay, &p->relay_stats);
	ts_relay_destroy(&p->relay);
}

void ts_peer_free(struct ts_peer **peer)
{
	struct ts_peer *p = *peer;
	struct ts_packet *packet;
	*peer = NULL;
	while ((packet = ts_ring_pop(&p->packets))) ts_packet_unref(&packet);
	ts_ring_fini(&p->packets);
	ts_fanout_unref(&p->audio_out);
	for (int i = 0; i < PEER_LAYERS_MAX; i++) ts_fanout_unref(&p->layer[i].out);
	ts_tone_clip_destroy(&p->tone);
	ts_eyes_fini(&p->eyes);
	ts_ears_fini(&p->ears);
	pthread_mutex_destroy(&p->lock);
	pthread_cond_destroy(&p->moved);
	free(p);
}

const struct ts_peer_spec *ts_peer_spec(const struct ts_peer *p)
{
	return &p->spec;
}

void ts_peer_report(struct ts_peer *p, struct ts_peer_report *out)
{
	*out = (struct ts_peer_report){
		.http_status = p->http_status,
		.failure = p->failure,
		.offer_ns = p->offer_ns,
		.answer_ns = p->answer_ns,
		.connected_ns = p->connected_ns,
		.media_ns = p->start_ns,
		.clip_ns = p->clip_ns,
		.eyes = &p->eyes,
		.ears = &p->ears,
		.lips = &p->lips,
		.relay = p->relay_stats,
	};
	for (int i = 0; i < PEER_LAYERS_MAX; i++)
		out->keys_asked_of_us += out->layer_keys[i] = atomic_load(&p->layer[i].keys_asked);
}

void ts_peer_set_tiles(
	struct ts_peer *p, const struct ts_eyes_tile *tiles, size_t n, int canvas_w, int canvas_h)
{
	ts_eyes_set_tiles(&p->eyes, tiles, n, canvas_w, canvas_h);
}

void ts_peer_move(
	struct ts_peer *p, const struct ts_eyes_tile *tiles, size_t n, int64_t answered_ns)
{
	ts_eyes_move(&p->eyes, tiles, n, answered_ns);
}

void ts_peer_look_away(struct ts_peer *p)
{
	ts_eyes_look_away(&p->eyes);
}
