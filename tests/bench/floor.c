/* floor - the least CPU that one mixed room can cost on this machine: the work itself, without a
 * network, queues or threads.
 *
 *   N coded clips --libavcodec--> pictures --libyuv--> their cells of one canvas
 *                 --libx264 or libvpx--> payloads --OpenSSL--> N copies
 *   T talkers     --libopus--> PCM --sum, minus self--> T + 1 Opus or G.711 streams
 *                 --OpenSSL--> N copies
 *
 *   floor [-c h264|vp8|both] [-a opus|pcmu|none] [-t TALKERS] [-s WxH] [-o MIX] N SECONDS [CLIP...]
 *
 * Participant i sends clip i mod count; without clips there is sound alone. Settings are those of
 * the server: 30 pictures a second, 1.5 Mbit/s, buffer of 500 ms, no periodic keyframes; Opus mono
 * at 32 kbit/s, complexity 5, voice; AES-128-GCM as SRTP has it. Streams of people who do not talk
 * are not decoded. -o writes what was coded (Annex B or IVF), for psnr. Prints one line of JSON:
 * CPU seconds per second of media, by stage. It shares no code with the server.
 */
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/opt.h>
#include <libyuv/scale.h>
#include <math.h>
#include <openssl/evp.h>
#include <opus/opus.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
	FPS = 30,
	BITRATE = 1500000,
	VBV_BITS = BITRATE / 2,
	PAYLOAD = 1180,
	TAG = 16,
	FRAME = 960,
	PEOPLE = 1000,
	TALKERS = 16,
	VOICE_FRAMES = 3000, /* 60 s */
	TONE_FRAMES = 250,
	APART_FRAMES = 367, /* by which talkers are apart in what they say */
};

struct clip {
	AVPacket *packet[1800];
	int n;
	AVCodecParameters *par;
};
struct person {
	const struct clip *clip;
	int at;
	AVCodecContext *decoder;
	EVP_CIPHER_CTX *cipher;
};
enum stage { DECODE, SCALE, ENCODE, AUDIO_DECODE, AUDIO_ENCODE, SRTP, STAGES };

static struct clip clips[64];
static struct person person[PEOPLE];
static int n_people, n_talkers = 3, canvas_w = 1280, canvas_h = 720;
static AVCodecContext *encoder[2];
static int n_encoders, n_clips;
static const char *audio = "opus";
static AVFrame *canvas;
static FILE *mix_file;
static double spent[STAGES];
static int64_t mix_bytes;

static void die(const char *what)
{
	fprintf(stderr, "floor: %s\n", what);
	exit(1);
}

/* CPU time from lap to lap goes to the stage that has ended. */
static void lap(enum stage stage, double *since)
{
	struct timespec t;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	double now = (double)t.tv_sec + (double)t.tv_nsec / 1e9;
	if (stage < STAGES) spent[stage] += now - *since;
	*since = now;
}

/* ---- video in */

static void clip_load(struct clip *c, const char *path)
{
	AVFormatContext *f = NULL;
	if (avformat_open_input(&f, path, NULL, NULL) < 0 || avformat_find_stream_info(f, NULL) < 0)
		die(path);
	int track = av_find_best_stream(f, AVMEDIA_TYPE_VIDEO, -1, -1, NULL, 0);
	if (track < 0 || !(c->par = avcodec_parameters_alloc())) die(path);
	avcodec_parameters_copy(c->par, f->streams[track]->codecpar);
	for (AVPacket *p = av_packet_alloc(); c->n < 1800; av_packet_unref(p)) {
		if (av_read_frame(f, p) < 0) {
			av_packet_free(&p);
			break;
		}
		if (p->stream_index == track) c->packet[c->n++] = av_packet_clone(p);
	}
	avformat_close_input(&f);
	if (!c->n) die("an empty clip");
}

static void decoder_open(struct person *p)
{
	const AVCodec *codec = avcodec_find_decoder(p->clip->par->codec_id);
	if (!codec || !(p->decoder = avcodec_alloc_context3(codec))) die("no decoder");
	avcodec_parameters_to_context(p->decoder, p->clip->par);
	p->decoder->thread_count = 1;
	p->decoder->flags |= AV_CODEC_FLAG_LOW_DELAY;
	if (avcodec_open2(p->decoder, codec, NULL) < 0) die("the decoder does not open");
}

/* The next picture of a clip that begins again when it has ended; 0: none came out. */
static int decode(struct person *p, AVFrame *out)
{
	if (p->at == p->clip->n) {
		p->at = 0;
		avcodec_flush_buffers(p->decoder);
	}
	if (avcodec_send_packet(p->decoder, p->clip->packet[p->at++]) < 0) return 0;
	return avcodec_receive_frame(p->decoder, out) == 0;
}

static void scale(const AVFrame *f, int i)
{
	int columns = (int)ceil(sqrt(n_people)), rows = (n_people + columns - 1) / columns;
	int x = i % columns * canvas_w / columns & ~1,
	    x1 = (i % columns + 1) * canvas_w / columns & ~1;
	int y = i / columns * canvas_h / rows & ~1, y1 = (i / columns + 1) * canvas_h / rows & ~1;
	int w = x1 - x, h = y1 - y, cw = f->width, ch = f->height;
	if ((long)cw * h > (long)ch * w)
		cw = 2 * (int)lround(ch * 0.5 * w / h);
	else
		ch = 2 * (int)lround(cw * 0.5 * h / w);
	int left = (f->width - cw) / 2 & ~1, top = (f->height - ch) / 2 & ~1;
	enum FilterMode filter = cw >= 2 * w || ch >= 2 * h ? kFilterBox : kFilterBilinear;
	const uint8_t *from[3];
	uint8_t *to[3];
	for (int k = 0; k < 3; k++) {
		from[k] = f->data[k] + (top >> !!k) * f->linesize[k] + (left >> !!k);
		to[k] = canvas->data[k] + (y >> !!k) * canvas->linesize[k] + (x >> !!k);
	}
	I420Scale(from[0], f->linesize[0], from[1], f->linesize[1], from[2], f->linesize[2], cw, ch,
		to[0], canvas->linesize[0], to[1], canvas->linesize[1], to[2], canvas->linesize[2],
		w, h, filter);
}

/* ---- video out */

static void set(AVCodecContext *c, const char *name, const char *value)
{
	if (av_opt_set(c->priv_data, name, value, 0)) die(name);
}

static void set_vpx(AVCodecContext *c)
{
	c->rc_min_rate = BITRATE;
	c->qmin = 4;
	c->qmax = 63;
	c->keyint_min = c->gop_size;
	set(c, "deadline", "realtime");
	set(c, "cpu-used", "-12");
	set(c, "lag-in-frames", "0");
	set(c, "auto-alt-ref", "0");
	set(c, "static-thresh", "1");
	set(c, "undershoot-pct", "100");
	set(c, "overshoot-pct", "15");
	av_opt_set_int(c->priv_data, "max-intra-rate", 750, 0);
}

static AVCodecContext *encoder_open(const char *name)
{
	const AVCodec *codec = avcodec_find_encoder_by_name(name);
	AVCodecContext *c = codec ? avcodec_alloc_context3(codec) : NULL;
	if (!c) die(name);
	c->width = canvas_w;
	c->height = canvas_h;
	c->pix_fmt = AV_PIX_FMT_YUV420P;
	c->time_base = (AVRational){1, FPS};
	c->framerate = (AVRational){FPS, 1};
	c->bit_rate = c->rc_max_rate = BITRATE;
	c->rc_buffer_size = VBV_BITS;
	c->gop_size = 1 << 30;
	c->max_b_frames = 0;
	c->thread_count = 1;
	if (!strcmp(name, "libvpx")) {
		set_vpx(c);
	} else {
		set(c, "preset", getenv("PRESET") ? getenv("PRESET") : "superfast");
		set(c, "tune", "zerolatency");
		set(c, "profile", "baseline");
		set(c, "sc_threshold", "0");
	}
	if (avcodec_open2(c, codec, NULL) < 0) die(name);
	return c;
}

static void canvas_make(void)
{
	canvas = av_frame_alloc();
	if (!canvas) die("no memory");
	canvas->format = AV_PIX_FMT_YUV420P;
	canvas->width = canvas_w;
	canvas->height = canvas_h;
	if (av_frame_get_buffer(canvas, 0) < 0) die("no memory");
	for (int k = 0; k < 3; k++)
		memset(canvas->data[k], k ? 128 : 16,
			(size_t)canvas->linesize[k] * (size_t)(canvas_h >> !!k));
}

/* IVF: 32 bytes, then each packet behind 12; H.264 needs nothing around it. */
static void write_mix(const AVCodecContext *c, const AVPacket *p, int64_t at)
{
	uint8_t head[32] = {'D', 'K', 'I', 'F', 0, 0, 32, 0, 'V', 'P', '8', '0', (uint8_t)canvas_w,
		(uint8_t)(canvas_w >> 8), (uint8_t)canvas_h, (uint8_t)(canvas_h >> 8), FPS, 0, 0, 0,
		1};
	if (!mix_file || c != encoder[0]) return;
	if (c->codec_id == AV_CODEC_ID_VP8) {
		uint8_t unit[12] = {(uint8_t)p->size, (uint8_t)(p->size >> 8),
			(uint8_t)(p->size >> 16), 0, (uint8_t)at, (uint8_t)(at >> 8)};
		if (at == 0) fwrite(head, 1, sizeof head, mix_file);
		fwrite(unit, 1, sizeof unit, mix_file);
	}
	fwrite(p->data, 1, (size_t)p->size, mix_file);
}

/* ---- SRTP: each payload once for each of the people from first on, every step-th */

static void protect(
	const uint8_t *payload, size_t len, unsigned number, int pt, int first, int step)
{
	static uint8_t wire[12 + PAYLOAD + TAG];
	for (int i = first; i < n_people; i += step) {
		uint8_t head[12] = {0x80, (uint8_t)pt, (uint8_t)(number >> 8), (uint8_t)number, 0,
			0, 0, 0, 1, 2, 3, (uint8_t)pt};
		EVP_CIPHER_CTX *c = person[i].cipher;
		int n = 0;
		memcpy(wire, head, sizeof head);
		memcpy(wire + sizeof head, payload, len);
		if (EVP_EncryptInit_ex(c, NULL, NULL, NULL, head) != 1 ||
			EVP_EncryptUpdate(c, NULL, &n, head, sizeof head) != 1 ||
			EVP_EncryptUpdate(
				c, wire + sizeof head, &n, wire + sizeof head, (int)len) != 1 ||
			EVP_EncryptFinal_ex(c, wire, &n) != 1 ||
			EVP_CIPHER_CTX_ctrl(
				c, EVP_CTRL_AEAD_GET_TAG, TAG, wire + sizeof head + len) != 1)
			die("AES-GCM");
	}
}

static void protect_open(void)
{
	static const uint8_t key[16] = {0, 7, 14, 21};
	for (int i = 0; i < n_people; i++) {
		person[i].cipher = EVP_CIPHER_CTX_new();
		if (!person[i].cipher ||
			EVP_EncryptInit_ex(person[i].cipher, EVP_aes_128_gcm(), NULL, key, NULL) !=
				1)
			die("AES-GCM cannot be had");
	}
}

static void picture_out(int64_t tick, double *since)
{
	static unsigned number;
	static AVPacket *p;
	if (!p) p = av_packet_alloc();
	canvas->pts = tick;
	for (int e = 0; e < n_encoders; e++) {
		if (avcodec_send_frame(encoder[e], canvas) < 0)
			die("the encoder refuses a picture");
		while (avcodec_receive_packet(encoder[e], p) == 0) {
			lap(ENCODE, since);
			for (int at = 0; at < p->size; at += PAYLOAD)
				protect(p->data + at,
					(size_t)(p->size - at < PAYLOAD ? p->size - at : PAYLOAD),
					number++, 96, e, n_encoders);
			lap(SRTP, since);
			write_mix(encoder[e], p, tick);
			mix_bytes += p->size;
			av_packet_unref(p);
			lap(STAGES, since);
		}
	}
	lap(ENCODE, since);
}

/* ---- sound: speech with pauses out of the file that TS_SPEECH names (int16 mono, 48 kHz), as the
 * generator's talkers send it; without it an amplitude-modulated tone with noise */

static OpusDecoder *opus_in[TALKERS];
static OpusEncoder *opus_out[TALKERS + 1];
static struct {
	uint8_t bytes[400];
	int len;
} voice[VOICE_FRAMES];
static int voice_frames;
static int16_t u_law[256];

static int16_t from_u(int code)
{
	int c = ~code & 0xff, t = ((c & 15) << 3) + 132;
	t = (t << (c >> 4 & 7)) - 132;
	return (int16_t)(c & 128 ? -t : t);
}

static uint8_t to_u(int v)
{
	int sign = v < 0 ? 128 : 0, m = (v < 0 ? -v : v) + 132, e = 7;
	if (m > 32767) m = 32767;
	while (e && !(m & 128 << e)) e--;
	return (uint8_t) ~(sign | e << 4 | (m >> (e + 3) & 15));
}

static OpusEncoder *opus_open(void)
{
	int err;
	OpusEncoder *e = opus_encoder_create(48000, 1, OPUS_APPLICATION_VOIP, &err);
	if (err || opus_encoder_ctl(e, OPUS_SET_BITRATE(32000)) ||
		opus_encoder_ctl(e, OPUS_SET_COMPLEXITY(5)) ||
		opus_encoder_ctl(e, OPUS_SET_SIGNAL(OPUS_SIGNAL_VOICE)))
		die("no Opus");
	return e;
}

static void tone(int frame, int16_t *pcm)
{
	for (int i = 0; i < FRAME; i++) {
		double t = (frame * FRAME + i) / 48000.0;
		pcm[i] = (int16_t)(6000 * sin(2 * M_PI * 180 * t) * (1 + sin(2 * M_PI * 3 * t)) +
			rand() % 800);
	}
}

static void voice_code(void)
{
	OpusEncoder *e = opus_open();
	const char *path = getenv("TS_SPEECH");
	FILE *speech = path && *path ? fopen(path, "rb") : NULL;
	const int most = speech ? VOICE_FRAMES : TONE_FRAMES;
	for (voice_frames = 0; voice_frames < most; voice_frames++) {
		int16_t pcm[FRAME];
		if (!speech)
			tone(voice_frames, pcm);
		else if (fread(pcm, sizeof pcm[0], FRAME, speech) != FRAME)
			break;
		voice[voice_frames].len = opus_encode(
			e, pcm, FRAME, voice[voice_frames].bytes, sizeof voice[voice_frames].bytes);
		if (voice[voice_frames].len <= 0) die("no Opus");
	}
	if (!voice_frames) die("TS_SPEECH: nothing in it");
	if (speech) fclose(speech);
	opus_encoder_destroy(e);
}

static void sound_open(void)
{
	voice_code();
	for (int i = 0, err; i < n_talkers; i++) opus_in[i] = opus_decoder_create(48000, 1, &err);
	for (int i = 0; i <= n_talkers; i++) opus_out[i] = opus_open();
	for (int i = 0; i < 256; i++) u_law[i] = from_u(i);
}

static int hear(int who, int64_t frame, int16_t *pcm)
{
	int k = (int)((frame + APART_FRAMES * who) % voice_frames), n = 160;
	if (!strcmp(audio, "opus"))
		return opus_decode(opus_in[who], voice[k].bytes, voice[k].len, pcm, FRAME, 0);
	for (int j = 0; j < n; j++) pcm[j] = u_law[voice[k].bytes[j % voice[k].len]];
	return n;
}

static int speak(int mix, const int16_t *pcm, int n, uint8_t *out)
{
	if (!strcmp(audio, "opus")) return opus_encode(opus_out[mix], pcm, n, out, 400);
	for (int j = 0; j < n; j++) out[j] = to_u(pcm[j]);
	return n;
}

/* Mix m < n_talkers is for talker m alone; the last one for all others, if there are any. */
static void sound(int64_t frame, double *since)
{
	static int16_t pcm[TALKERS][FRAME], mixed[FRAME];
	int sum[FRAME] = {0}, n = strcmp(audio, "opus") ? 160 : FRAME;
	uint8_t out[TALKERS + 1][400];
	int len[TALKERS + 1], mixes = n_people > n_talkers ? n_talkers + 1 : n_talkers;
	for (int i = 0; i < n_talkers; i++) {
		hear(i, frame, pcm[i]);
		for (int j = 0; j < n; j++) sum[j] += pcm[i][j];
	}
	lap(AUDIO_DECODE, since);
	for (int m = 0; m < mixes; m++) {
		for (int j = 0; j < n; j++) {
			int v = sum[j] - (m < n_talkers ? pcm[m][j] : 0);
			mixed[j] = (int16_t)(v > 32767 ? 32767 : v < -32768 ? -32768 : v);
		}
		len[m] = speak(m, mixed, n, out[m]);
	}
	lap(AUDIO_ENCODE, since);
	for (int m = 0; m < n_talkers; m++)
		protect(out[m], (size_t)len[m], (unsigned)frame, 111, m, PEOPLE);
	if (mixes > n_talkers)
		protect(out[n_talkers], (size_t)len[n_talkers], (unsigned)frame, 111, n_talkers, 1);
	lap(SRTP, since);
}

/* ---- the whole */

static void run(int seconds)
{
	AVFrame *f = av_frame_alloc();
	double since = 0;
	int64_t frame = 0;
	lap(STAGES, &since);
	for (int64_t tick = 0; tick < (int64_t)seconds * FPS; tick++) {
		for (int i = 0; i < n_people && n_clips; i++) {
			int got = decode(&person[i], f);
			lap(DECODE, &since);
			if (got) scale(f, i);
			lap(SCALE, &since);
		}
		if (n_clips) picture_out(tick, &since);
		while (strcmp(audio, "none") && frame * FPS < (tick + 1) * 50)
			sound(frame++, &since);
	}
	av_frame_free(&f);
}

static void report(int seconds)
{
	static const char *const names[STAGES] = {
		"decode", "scale", "encode", "audio_decode", "audio_encode", "srtp"};
	double sum = 0;
	printf("{\"participants\": %d, ", n_people);
	for (int i = 0; i < STAGES; i++) {
		printf("\"%s\": %.5f, ", names[i], spent[i] / seconds);
		sum += spent[i] / seconds;
	}
	printf("\"kbps\": %.0f, \"cores\": %.5f}\n", (double)mix_bytes * 8 / seconds / 1000, sum);
}

static void options(int argc, char **argv, const char **codec)
{
	for (int o; (o = getopt(argc, argv, "c:a:t:s:o:")) > 0;) {
		if (o == 'c') *codec = optarg;
		if (o == 'a') audio = optarg;
		if (o == 't') n_talkers = atoi(optarg);
		if (o == 's' && sscanf(optarg, "%dx%d", &canvas_w, &canvas_h) != 2) die("-s WxH");
		if (o == 'o' && !(mix_file = fopen(optarg, "wb"))) die(optarg);
		if (o == '?') exit(2);
	}
	n_clips = argc - optind - 2;
	if (n_clips < 0)
		die("[-c h264|vp8|both] [-a opus|pcmu|none] [-t TALKERS] [-s WxH] [-o MIX] N "
		    "SECONDS [CLIP...]");
	n_people = atoi(argv[optind]);
	if (n_people < 1 || n_people > PEOPLE || n_clips > 64 || n_talkers < 0 ||
		n_talkers > TALKERS)
		die("too many");
	if (n_talkers > n_people) n_talkers = n_people;
}

int main(int argc, char **argv)
{
	const char *codec = "h264";
	options(argc, argv, &codec);
	int seconds = atoi(argv[optind + 1]);
	if (seconds < 1) die("SECONDS");
	av_log_set_level(AV_LOG_ERROR);
	for (int i = 0; i < n_clips; i++) clip_load(&clips[i], argv[optind + 2 + i]);
	for (int i = 0; i < n_people && n_clips; i++) {
		person[i].clip = &clips[i % n_clips];
		decoder_open(&person[i]);
	}
	if (n_clips && strcmp(codec, "vp8")) encoder[n_encoders++] = encoder_open("libx264");
	if (n_clips && strcmp(codec, "h264")) encoder[n_encoders++] = encoder_open("libvpx");
	canvas_make();
	protect_open();
	sound_open();
	run(seconds);
	if (mix_file) fclose(mix_file);
	report(seconds);
	return 0;
}
