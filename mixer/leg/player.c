#include "mixer/leg/player.h"

#include "base/counter.h"
#include "base/error.h"
#include "base/packet.h"
#include "codec/media_decoder.h"
#include "container/remux.h"
#include "mixer/audio/voice.h"
#include "mixer/source/source.h"
#include <stdlib.h>
#include <string.h>

enum {
	PICTURES = 6,
	SOUNDS = 64,
	SOUNDS_AHEAD = 10,  /* 200 ms; one packet may bring a second more */
	POOL_PACKETS = 300, /* more than a voice holds */
	BAD_MAX = 500,      /* packets in a row that cannot be decoded */
};
#define LATE_NS (100 * TS_NS_PER_MS)     /* of a picture */
#define LATE_LIVE_NS (60 * TS_NS_PER_MS) /* of all that is live: the way became longer */
#define LATE_FILE_NS (500 * TS_NS_PER_MS)
#define SHOW_NS TS_NS_PER_S
#define GATHER_NS (250 * TS_NS_PER_MS) /* what comes at once at the beginning */
#define SEAM_NS (40 * TS_NS_PER_MS)    /* of sound: what is nearer than that joins */
#define IDLE_NS TS_NS_PER_S
#define SPARSE_NS (100 * TS_NS_PER_MS)
#define PICTURE_NS (40 * TS_NS_PER_MS) /* where nothing tells how long one lasts */
#define ROUND_NS TS_NS_PER_S           /* at least, of a loop: a seek each time */

struct picture {
	AVFrame *frame;
	int64_t line_ns;
};
struct sound {
	int64_t line_ns;
	uint32_t time_rtp;
	int16_t pcm[TS_AUDIO_FRAME];
};

struct track {
	struct ts_media_decoder *decoder; /* NULL: there is none */
	struct ts_read held;              /* of the next time around; packet NULL: none */
	bool draining;                    /* the decoder was told that nothing follows */
	int end;                          /* 0: it goes on */
	int bad;
	bool came; /* something of it did */
};

struct ts_player {
	struct ts_voice *voice;
	struct ts_source *source;
	struct ts_packet_pool *pool;
	int64_t seq;
	int64_t shown_ns; /* the last picture was, on our clock */
	bool hurry;       /* there is no time for pictures that no other refers to */

	struct ts_reader *reader;
	struct ts_demuxed info;
	struct ts_refusal refusal;
	struct track track[2];
	struct ts_pace pace;
	struct ts_copies copies;
	uint64_t pieces, pieces_before; /* so far; when it began once more */
	int64_t gather_ns;              /* 0: nothing came yet */
	int64_t skip_line_ns;           /* what is late and before it is of the past */

	struct picture picture[PICTURES];
	unsigned n_pictures, first_picture;
	struct sound sound[SOUNDS];
	unsigned n_sounds, first_sound;
	struct sound next; /* being filled */
	int next_n;        /* samples in it */
	bool seated;       /* its place is known */
	int64_t samples;   /* since the beginning, of what next begins with */

	atomic_int width, height;
	atomic_uint_fast64_t late;
	atomic_uint loops;
};

/* ---- to the mixer */

void ts_player_show(struct ts_player *p, AVFrame *frame, int rotation, int64_t due_ns)
{
	atomic_store_explicit(&p->width, frame->width, memory_order_relaxed);
	atomic_store_explicit(&p->height, frame->height, memory_order_relaxed);
	p->shown_ns = ts_now_ns();
	if (p->source)
		ts_source_put(p->source, frame, rotation, due_ns);
	else
		av_frame_free(&frame);
}

void ts_player_sound(struct ts_player *p, const int16_t *pcm, uint32_t time_rtp, int64_t due_ns)
{
	struct ts_packet *packet = p->voice ? ts_packet_get(p->pool) : NULL;
	_Static_assert(TS_AUDIO_FRAME * sizeof(int16_t) <= TS_PACKET_CAP, "20 ms are one packet");
	if (!packet) return;
	memcpy(packet->buf, pcm, TS_AUDIO_FRAME * sizeof *pcm);
	packet->payload = packet->buf;
	packet->payload_len = packet->len = TS_AUDIO_FRAME * sizeof *pcm;
	packet->arrival_ns = ts_now_ns();
	packet->capture_ns = due_ns;
	packet->timestamp_rtp = time_rtp;
	packet->ssrc = 1;
	packet->ext_seq = p->seq;
	packet->seq = (uint16_t)p->seq++;
	packet->codec = TS_CODEC_PCM;
	packet->level = packet->vad = packet->turns = 255;
	packet->marker = packet->gap = packet->restored = packet->layer = 0;
	ts_voice_push(p->voice, packet);
}

/* ---- pieces that wait */

static int64_t samples_ns(int64_t n)
{
	return n * TS_NS_PER_S / TS_AUDIO_RATE_HZ;
}

static void append_sound(struct ts_player *p)
{
	if (p->n_sounds < SOUNDS) p->sound[(p->first_sound + p->n_sounds++) % SOUNDS] = p->next;
	p->samples += TS_AUDIO_FRAME;
	p->next.line_ns += samples_ns(TS_AUDIO_FRAME);
	p->next.time_rtp = (uint32_t)p->samples;
	p->next_n = 0;
}

static void pad_sound(struct ts_player *p)
{
	if (!p->next_n) return;
	memset(p->next.pcm + p->next_n, 0, (size_t)(TS_AUDIO_FRAME - p->next_n) * sizeof(int16_t));
	append_sound(p);
}

/* Sound begins anew where it does not join what was before. */
static void seat_sound(struct ts_player *p, int64_t line_ns)
{
	const int64_t joins_ns = p->next.line_ns + samples_ns(p->next_n);
	if (p->seated && llabs(line_ns - joins_ns) < SEAM_NS) return;
	pad_sound(p);
	p->seated = true;
	p->samples = line_ns / TS_NS_PER_US * (TS_AUDIO_RATE_HZ / 1000) / 1000;
	p->next.line_ns = line_ns;
	p->next.time_rtp = (uint32_t)p->samples;
}

static void add_sound(struct ts_player *p, const int16_t *pcm, int n, int64_t time_ns)
{
	const int64_t line_ns = ts_pace_line(&p->pace, TS_AUDIO, time_ns, samples_ns(n));
	p->track[TS_AUDIO].came = true;
	p->pieces++;
	seat_sound(p, line_ns);
	while (n > 0) {
		const int room = TS_AUDIO_FRAME - p->next_n, take = n < room ? n : room;
		memcpy(p->next.pcm + p->next_n, pcm, (size_t)take * sizeof *pcm);
		p->next_n += take;
		pcm += take;
		n -= take;
		if (p->next_n == TS_AUDIO_FRAME) append_sound(p);
	}
}

static void add_picture(struct ts_player *p, AVFrame *frame, int64_t time_ns)
{
	const int64_t picture_ns = p->info.track[TS_VIDEO].picture_ns;
	const int64_t line_ns = ts_pace_line(
		&p->pace, TS_VIDEO, time_ns, picture_ns ? picture_ns : PICTURE_NS);
	p->track[TS_VIDEO].came = true;
	p->pieces++;
	p->picture[(p->first_picture + p->n_pictures++) % PICTURES] = (struct picture){
		frame, line_ns};
}

static bool is_sparse(const struct ts_player *p)
{
	return p->source && ts_source_is_sparse(p->source);
}

/* What is left out is not read further ahead than is played: it may be wanted again. */
static bool is_ahead(const struct ts_player *p)
{
	return p->pace.started &&
		p->pace.base_ns + p->pace.track[TS_VIDEO].next_ns > ts_now_ns() + SPARSE_NS;
}

static bool has_room(const struct ts_player *p, enum ts_media track)
{
	if (track == TS_AUDIO) return p->n_sounds < SOUNDS_AHEAD;
	return is_sparse(p) ? !p->n_pictures && !is_ahead(p) : p->n_pictures < PICTURES;
}

/* ---- decoding */

static int decode_one(struct ts_player *p, enum ts_media media)
{
	struct ts_media_decoder *decoder = p->track[media].decoder;
	int64_t time_ns = TS_PACE_NO_TIME;
	const int16_t *pcm;
	AVFrame *frame;
	if (media == TS_VIDEO) {
		const int err = ts_media_decoder_picture(decoder, &frame, &time_ns);
		if (!err) add_picture(p, frame, time_ns);
		return err;
	}
	const int n = ts_media_decoder_sound(decoder, &pcm, &time_ns);
	if (n > 0) add_sound(p, pcm, n, time_ns);
	return n < 0 ? n : 0;
}

/* What is left out has its time all the same, or what follows would be a jump. */
static bool skips(struct ts_player *p, enum ts_media media, const AVPacket *packet)
{
	if (media != TS_VIDEO || !packet ||
		!ts_media_decoder_skips(p->track[TS_VIDEO].decoder, packet))
		return false;
	const int64_t picture_ns = p->info.track[TS_VIDEO].picture_ns;
	ts_pace_line(&p->pace, TS_VIDEO, packet->pts, picture_ns ? picture_ns : PICTURE_NS);
	return true;
}

static void send(struct ts_player *p, enum ts_media media, struct ts_read *read)
{
	struct track *t = &p->track[media];
	if (read->packet) ts_copies_add(&p->copies, &p->pace, media, read->packet);
	const int err = skips(p, media, read->packet)
		? 0
		: ts_media_decoder_send(t->decoder, read->packet);
	if (err && err != TS_EAGAIN) t->bad++;
	av_packet_free(&read->packet);
}

/* A track that is there in name only has no end to wait for. */
static bool is_at_seam(const struct track *t)
{
	return !t->decoder || t->end || !t->came || (t->held.packet && !t->draining);
}

/* Both tracks are at their end, and begin once more. */
static void go_round(struct ts_player *p)
{
	if (!is_at_seam(&p->track[0]) || !is_at_seam(&p->track[1])) return;
	if (!p->track[0].held.packet && !p->track[1].held.packet) return;
	if (p->pieces == p->pieces_before) { /* nothing comes of it, however often */
		for (int i = 0; i < 2; i++) {
			p->track[i].end = TS_EBADMSG;
			ts_media_decoder_close(&p->track[i].decoder);
		}
		return;
	}
	p->pieces_before = p->pieces;
	ts_copies_again(&p->copies, &p->pace);
	ts_pace_again(&p->pace, ROUND_NS);
	atomic_fetch_add_explicit(&p->loops, 1, memory_order_relaxed);
	for (int i = 0; i < 2; i++)
		if (p->track[i].held.packet) send(p, (enum ts_media)i, &p->track[i].held);
}

/* Gives the decoder what comes next. False: there is nothing now. */
static bool feed(struct ts_player *p, enum ts_media media)
{
	struct track *t = &p->track[media];
	struct ts_read read;
	if (t->held.packet) { /* waits for the other track */
		go_round(p);
		return !t->held.packet;
	}
	const int err = ts_reader_take(p->reader, media, &read);
	if (err == TS_EAGAIN) return false;
	if (err || read.again) {
		struct ts_read none = {NULL, false};
		send(p, media, &none);
		t->draining = true;
		if (err)
			t->end = err; /* once it is drained */
		else
			t->held = read;
	} else {
		send(p, media, &read);
	}
	return true;
}

/* As far ahead as there is room for. */
static void decode(struct ts_player *p, enum ts_media media)
{
	struct track *t = &p->track[media];
	if (t->decoder && media == TS_VIDEO)
		ts_media_decoder_set_effort(t->decoder,
			is_sparse(p)       ? TS_MEDIA_KEYFRAMES
				: p->hurry ? TS_MEDIA_REFERENCES
					   : TS_MEDIA_ALL);
	while (t->decoder && has_room(p, media)) {
		const int err = decode_one(p, media);
		if (!err) {
			t->bad = 0;
			continue;
		}
		if (err == TS_ECLOSED) { /* drained */
			t->draining = false;
			ts_media_decoder_reset(t->decoder);
			if (t->end) {
				ts_media_decoder_close(&t->decoder);
				return;
			}
			go_round(p);
			if (t->held.packet) return;
		} else if (err != TS_EAGAIN) {
			t->bad++;
			if (media == TS_VIDEO) p->refusal = *ts_media_decoder_refusal(t->decoder);
		} else if (!feed(p, media)) {
			return;
		}
		if (t->bad <= BAD_MAX) continue;
		t->end = TS_EBADMSG;
		ts_media_decoder_close(&t->decoder);
	}
}

/* ---- time */

/* Which track the clock goes by. */
static enum ts_media leads(const struct ts_player *p)
{
	const struct track *sound = &p->track[TS_AUDIO];
	return sound->came && (sound->decoder || p->n_sounds) ? TS_AUDIO : TS_VIDEO;
}

/* The place of the newest that has come. */
static int64_t newest_line(struct ts_player *p)
{
	int64_t line_ns = INT64_MIN;
	for (int i = 0; i < 2; i++) {
		const struct ts_pace_track *t = &p->pace.track[i];
		const int64_t newest_ns = ts_reader_newest_ns(p->reader, (enum ts_media)i);
		int64_t at_ns = t->next_ns;
		if (!t->known) continue;
		if (newest_ns != INT64_MIN && newest_ns + t->off_ns > at_ns)
			at_ns = newest_ns + t->off_ns;
		if (at_ns > line_ns) line_ns = at_ns;
	}
	return line_ns;
}

/* False: what comes at once, to begin with, is still being gathered. */
static bool has_begun(struct ts_player *p, int64_t now_ns)
{
	if (p->pace.started) return true;
	if (!p->n_pictures && !p->n_sounds) return false;
	if (!p->info.realtime) return true;
	if (!p->gather_ns) p->gather_ns = now_ns + GATHER_NS;
	if (now_ns < p->gather_ns) return false;
	p->skip_line_ns = newest_line(p);
	ts_pace_begin(&p->pace, p->skip_line_ns, now_ns);
	return true;
}

/* The track whose piece is due first; -1: none waits. */
static int first_of(const struct ts_player *p)
{
	if (!p->n_sounds) return p->n_pictures ? TS_VIDEO : -1;
	if (!p->n_pictures) return TS_AUDIO;
	return p->picture[p->first_picture].line_ns < p->sound[p->first_sound].line_ns ? TS_VIDEO
										       : TS_AUDIO;
}

/* All is late, and not of the past: the clock is set back. Returns when the piece is due then. */
static int64_t make_up(
	struct ts_player *p, int media, int64_t line_ns, int64_t due_ns, int64_t now_ns)
{
	const int64_t late_ns = now_ns - due_ns;
	const int64_t most_ns = p->info.endless ? LATE_LIVE_NS : LATE_FILE_NS;
	if (late_ns <= most_ns || line_ns < p->skip_line_ns || media != (int)leads(p))
		return due_ns;
	ts_pace_late(&p->pace, late_ns);
	return now_ns;
}

static void play_picture(struct ts_player *p, int64_t due_ns, int64_t now_ns)
{
	AVFrame *frame = p->picture[p->first_picture].frame;
	const bool past = p->picture[p->first_picture].line_ns < p->skip_line_ns;
	const bool late = now_ns - due_ns > LATE_NS;
	p->first_picture = (p->first_picture + 1) % PICTURES;
	p->n_pictures--;
	p->hurry = late || (p->source && !ts_source_is_shown(p->source));
	if (late && (past || now_ns - p->shown_ns < SHOW_NS)) {
		if (!past) atomic_fetch_add_explicit(&p->late, 1, memory_order_relaxed);
		if (!past) ts_count(TS_C_INPUT_LATE);
		av_frame_free(&frame);
		return;
	}
	ts_player_show(p, frame, p->info.track[TS_VIDEO].rotation, due_ns);
}

static void play_sound(struct ts_player *p, int64_t due_ns, int64_t now_ns)
{
	const struct sound *s = &p->sound[p->first_sound];
	const int64_t most_ns = s->line_ns < p->skip_line_ns ? SEAM_NS : LATE_FILE_NS;
	p->first_sound = (p->first_sound + 1) % SOUNDS;
	p->n_sounds--;
	if (now_ns - due_ns <= most_ns) ts_player_sound(p, s->pcm, s->time_rtp, due_ns);
}

/* Plays what is due, or waits for it, or for more than was seen. */
static void play(struct ts_player *p, uint64_t seen)
{
	const int64_t now_ns = ts_now_ns();
	const int media = first_of(p);
	if (!has_begun(p, now_ns)) {
		ts_reader_await(p->reader, seen, p->gather_ns ? p->gather_ns : now_ns + IDLE_NS);
		return;
	}
	if (media < 0) {
		ts_reader_await(p->reader, seen, now_ns + (is_sparse(p) ? SPARSE_NS / 2 : IDLE_NS));
		return;
	}
	/* slides, and keyframes alone, stand for longer than cameras are silent */
	if (p->source && p->shown_ns && p->track[TS_VIDEO].decoder &&
		(!p->info.realtime || is_sparse(p)))
		ts_source_keep(p->source, now_ns);
	if (p->info.realtime) ts_pace_watch(&p->pace, newest_line(p), now_ns);
	const int64_t line_ns = media == TS_VIDEO ? p->picture[p->first_picture].line_ns
						  : p->sound[p->first_sound].line_ns;
	int64_t due_ns = ts_pace_due(&p->pace, line_ns, now_ns);
	if (due_ns > now_ns) {
		if (due_ns > now_ns + IDLE_NS) due_ns = now_ns + IDLE_NS;
		ts_reader_await(p->reader, seen, due_ns);
		return;
	}
	due_ns = make_up(p, media, line_ns, due_ns, now_ns);
	if (media == TS_VIDEO)
		play_picture(p, due_ns, now_ns);
	else
		play_sound(p, due_ns, now_ns);
}

/* ---- life */

static void forget_pieces(struct ts_player *p)
{
	for (; p->n_pictures; p->n_pictures--) {
		av_frame_free(&p->picture[p->first_picture].frame);
		p->first_picture = (p->first_picture + 1) % PICTURES;
	}
	p->n_sounds = p->first_sound = p->first_picture = 0;
	p->next_n = 0;
	p->seated = false;
	for (int i = 0; i < 2; i++) {
		ts_media_decoder_close(&p->track[i].decoder);
		av_packet_free(&p->track[i].held.packet);
		p->track[i] = (struct track){.came = false};
	}
}

static bool is_over(const struct ts_player *p)
{
	return !p->track[0].decoder && !p->track[1].decoder && !p->n_pictures && !p->n_sounds;
}

int ts_player_run(struct ts_player *p, struct ts_reader *reader, struct ts_reader_opened *opened,
	const atomic_bool *stop, void (*live)(void *arg), void *arg)
{
	bool told = false;
	forget_pieces(p);
	p->reader = reader;
	p->refusal = (struct ts_refusal){0};
	p->info = opened->info;
	for (int i = 0; i < 2; i++) {
		p->track[i].decoder = opened->decoder[i];
		ts_copies_begin(&p->copies, (enum ts_media)i, opened->format[i]);
		ts_coded_format_unref(&opened->format[i]);
	}
	p->pieces_before = p->pieces;
	ts_pace_again(&p->pace, 0);
	p->pace.live = p->info.realtime;
	p->pace.started = false;
	p->gather_ns = 0;
	p->skip_line_ns = INT64_MIN;
	p->hurry = false;
	while (!is_over(p) && !atomic_load_explicit(stop, memory_order_relaxed)) {
		const uint64_t seen = ts_reader_seen(reader);
		decode(p, TS_AUDIO);
		decode(p, TS_VIDEO);
		if (!told && p->pace.started) live(arg);
		told |= p->pace.started;
		play(p, seen);
	}
	const int end[2] = {p->track[0].end, p->track[1].end};
	forget_pieces(p);
	if (atomic_load_explicit(stop, memory_order_relaxed)) return TS_ECLOSED;
	/* a track that is not there has no end */
	if (end[0] && end[0] != TS_ENOTFOUND) return end[0];
	return end[1] ? end[1] : end[0] ? end[0] : TS_ENOTFOUND;
}

int ts_player_create(struct ts_player **out, struct ts_voice *voice, struct ts_source *source)
{
	struct ts_player *p = calloc(1, sizeof *p);
	*out = NULL;
	if (!p) return TS_ENOMEM;
	int err = ts_copies_init(&p->copies);
	if (!err) err = ts_packet_pool_create(&p->pool, POOL_PACKETS);
	if (err) {
		ts_copies_fini(&p->copies);
		free(p);
		return err;
	}
	p->voice = voice;
	p->source = source;
	ts_pace_init(&p->pace, false);
	forget_pieces(p);
	*out = p;
	return 0;
}

void ts_player_destroy(struct ts_player **player)
{
	struct ts_player *p = *player;
	*player = NULL;
	if (!p) return;
	forget_pieces(p);
	ts_packet_pool_close(&p->pool);
	ts_copies_fini(&p->copies);
	free(p);
}

struct ts_coded *ts_player_coded(struct ts_player *p, enum ts_media track)
{
	return ts_copies_of(&p->copies, track);
}

const struct ts_refusal *ts_player_refusal(const struct ts_player *p)
{
	return &p->refusal;
}

void ts_player_stats(const struct ts_player *p, struct ts_player_stats *out)
{
	*out = (struct ts_player_stats){
		.width = atomic_load_explicit(&p->width, memory_order_relaxed),
		.height = atomic_load_explicit(&p->height, memory_order_relaxed),
		.late = atomic_load_explicit(&p->late, memory_order_relaxed),
		.loops = atomic_load_explicit(&p->loops, memory_order_relaxed)};
}
