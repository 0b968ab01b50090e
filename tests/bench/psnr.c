/* psnr - how good a mixed video is beside the ideal composite of the decoded sources.
 *
 *   each picture of MIX, each tile --> which picture of its clip is it?
 *       --> that one, scaled by swscale's area filter --> mean squared error
 *
 *   psnr MIX [EVERY] < tiles            tiles: lines of "x y w h clip.mp4", in pixels of the mix
 *
 * Luma alone, of the inner part of each tile above where names are written. A tile with which no
 * picture of its clip agrees to 20 dB is counted as unmatched. Clips are fitted by cropping. EVERY:
 * looks at every so many pictures (10), but not at the first 45, while people come and the rate
 * control settles. Prints one line of JSON.
 */
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libswscale/swscale.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TILES_MAX = 64, CLIP_MAX = 600, COARSE = 4, FIRST = 45 };

struct ideal {
	char path[256];
	int w, h, n;
	uint8_t *y[CLIP_MAX]; /* [h][w] */
};
struct tile {
	int x, y, w, h;
	const struct ideal *ideal;
};

static struct ideal ideals[TILES_MAX];
static struct tile tile[TILES_MAX];
static int n_ideals, n_tiles;

static void die(const char *what)
{
	fprintf(stderr, "psnr: %s\n", what);
	exit(1);
}

/* Calls picture for every picture of the file's video. */
static void decode_file(const char *path, void (*picture)(const AVFrame *f, void *arg), void *arg)
{
	AVFormatContext *file = NULL;
	if (avformat_open_input(&file, path, NULL, NULL) < 0 ||
		avformat_find_stream_info(file, NULL) < 0)
		die(path);
	int track = av_find_best_stream(file, AVMEDIA_TYPE_VIDEO, -1, -1, NULL, 0);
	if (track < 0) die(path);
	const AVCodecParameters *par = file->streams[track]->codecpar;
	const AVCodec *codec = avcodec_find_decoder(par->codec_id);
	AVCodecContext *decoder = avcodec_alloc_context3(codec);
	AVPacket *packet = av_packet_alloc();
	AVFrame *f = av_frame_alloc();
	avcodec_parameters_to_context(decoder, par);
	if (avcodec_open2(decoder, codec, NULL) < 0) die(path);
	for (bool more = true; more;) {
		more = av_read_frame(file, packet) >= 0;
		if (more && packet->stream_index != track) {
			av_packet_unref(packet);
			continue;
		}
		avcodec_send_packet(decoder, more ? packet : NULL);
		while (avcodec_receive_frame(decoder, f) == 0) picture(f, arg);
		av_packet_unref(packet);
	}
	av_frame_free(&f);
	av_packet_free(&packet);
	avcodec_free_context(&decoder);
	avformat_close_input(&file);
}

/* ---- the ideal */

/* One pixel of a crop to one side would cost an honest mix 5 dB in a tile that is sharp. */
static int nearest_even(double size)
{
	return 2 * (int)lround(size / 2);
}

static void keep_scaled(const AVFrame *f, void *arg)
{
	struct ideal *to = arg;
	if (to->n == CLIP_MAX) return;
	int cw = f->width, ch = f->height;
	if ((long)cw * to->h > (long)ch * to->w)
		cw = nearest_even((double)ch * to->w / to->h);
	else
		ch = nearest_even((double)cw * to->h / to->w);
	const uint8_t *src[4] = {f->data[0] + ((f->height - ch) / 2 & ~1) * f->linesize[0] +
		((f->width - cw) / 2 & ~1)};
	uint8_t *dst[4] = {to->y[to->n] = malloc((size_t)to->w * (size_t)to->h)};
	const int src_line[4] = {f->linesize[0]}, dst_line[4] = {to->w};
	struct SwsContext *sws = sws_getContext(cw, ch, AV_PIX_FMT_GRAY8, to->w, to->h,
		AV_PIX_FMT_GRAY8, (cw > to->w ? SWS_AREA : SWS_BICUBIC) | SWS_ACCURATE_RND, NULL,
		NULL, NULL);
	if (!sws || !dst[0]) die("no memory");
	sws_scale(sws, src, src_line, 0, ch, dst, dst_line);
	sws_freeContext(sws);
	to->n++;
}

static const struct ideal *ideal_of(const char *path, int w, int h)
{
	for (int i = 0; i < n_ideals; i++)
		if (ideals[i].w == w && ideals[i].h == h && !strcmp(ideals[i].path, path))
			return &ideals[i];
	struct ideal *new = &ideals[n_ideals++];
	*new = (struct ideal){.w = w, .h = h};
	snprintf(new->path, sizeof new->path, "%s", path);
	decode_file(path, keep_scaled, new);
	return new;
}

static void read_tiles(void)
{
	struct tile t;
	char path[256];
	while (n_tiles < TILES_MAX &&
		scanf("%d %d %d %d %255s", &t.x, &t.y, &t.w, &t.h, path) == 5) {
		t.ideal = ideal_of(path, t.w, t.h);
		tile[n_tiles++] = t;
	}
	if (!n_tiles) die("no tiles");
}

/* ---- the mix */

struct sums {
	double error, samples;
	long pictures, tiles, unmatched;
	int every;
};

/* Mean squared error over the inner part: frames and names are left out. */
static double mse(const AVFrame *f, const struct tile *t, const uint8_t *ideal, int step)
{
	int x0 = t->w / 16, x1 = t->w - x0, y0 = t->h / 16, y1 = t->h * 3 / 4;
	double sum = 0;
	long n = 0;
	for (int y = y0; y < y1; y += step) {
		const uint8_t *a = f->data[0] + (t->y + y) * f->linesize[0] + t->x,
			      *b = ideal + y * t->w;
		long row = 0;
		for (int x = x0; x < x1; x += step) row += (a[x] - b[x]) * (a[x] - b[x]);
		sum += (double)row;
		n += (x1 - x0 + step - 1) / step;
	}
	return sum / (double)n;
}

static void judge(const AVFrame *f, void *arg)
{
	struct sums *s = arg;
	long number = s->pictures++;
	if (number < FIRST || number % s->every) return;
	for (int i = 0; i < n_tiles; i++) {
		const struct tile *t = &tile[i];
		if (t->x + t->w > f->width || t->y + t->h > f->height)
			die("a tile beyond the picture");
		double best = INFINITY;
		int at = 0;
		for (int k = 0; k < t->ideal->n; k++) {
			double e = mse(f, t, t->ideal->y[k], COARSE);
			if (e >= best) continue;
			best = e;
			at = k;
		}
		best = mse(f, t, t->ideal->y[at], 1);
		s->tiles++;
		if (best > 650) { /* 20 dB */
			s->unmatched++;
			continue;
		}
		s->error += best * t->w * t->h;
		s->samples += (double)t->w * t->h;
	}
}

int main(int argc, char **argv)
{
	struct sums s = {.every = argc > 2 ? atoi(argv[2]) : 10};
	if (argc < 2 || s.every < 1) die("MIX [EVERY] < tiles");
	av_log_set_level(AV_LOG_ERROR);
	read_tiles();
	decode_file(argv[1], judge, &s);
	double error = s.samples > 0 ? s.error / s.samples : 0;
	printf("{\"psnr_db\": %.2f, \"pictures\": %ld, \"tiles\": %ld, \"unmatched\": %ld}\n",
		error > 0 ? 10 * log10(255.0 * 255 / error) : 0, s.pictures, s.tiles, s.unmatched);
	return 0;
}
