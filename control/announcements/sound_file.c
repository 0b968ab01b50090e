#include "control/announcements/sound_file.h"
#include "base/beneath.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/loop.h"
#include "codec/media_decoder.h"
#include "container/demuxer.h"
#include <glib.h>
#include <libavcodec/packet.h>
#include <string.h>
#include <unistd.h>

#define READ_NS (10 * TS_NS_PER_S)
#define FETCH_BYTES ((int64_t)TS_SOUND_FETCH_MB << 20)

enum { FETCHERS = 4 };

struct ts_sound_readers {
	struct ts_loop *control;
	struct ts_loop *loop;         /* one after the other */
	struct fetcher {              /* likewise, of URLs */
		struct ts_loop *loop; /* NULL: not needed yet */
		atomic_int n;
	} fetcher[FETCHERS];
	struct ts_ref refs; /* its owner, and files: one may be on its way to control */
	atomic_int n;
};

struct ts_sound_file {
	struct ts_sound_readers *readers;
	struct ts_task work; /* on the readers' loop */
	struct ts_task task; /* on control, at the end */
	int fd;
	char *url; /* NULL: fd */
	ts_sound_guard *guard;
	void *guard_arg;
	struct fetcher *fetcher;
	atomic_bool stop;
	ts_sound_file_done done; /* NULL: cancelled */
	void *arg;
	struct ts_sound *sound;
	char why[TS_DEMUXER_WHY];
};

static void readers_unref(struct ts_sound_readers *readers)
{
	if (ts_ref_put(&readers->refs)) g_free(readers);
}

static void file_free(struct ts_sound_file *f)
{
	ts_sound_unref(&f->sound);
	if (f->fd >= 0) close(f->fd);
	if (f->url) explicit_bzero(f->url, strlen(f->url)); /* it may hold a password */
	g_free(f->url);
	if (f->fetcher) atomic_fetch_sub(&f->fetcher->n, 1);
	atomic_fetch_sub(&f->readers->n, 1);
	readers_unref(f->readers);
	g_free(f);
}

static void on_read(struct ts_task *task)
{
	struct ts_sound_file *f = ts_container_of(task, struct ts_sound_file, task);
	struct ts_sound *sound = f->sound;
	f->sound = NULL;
	if (f->done)
		f->done(f->arg, sound, f->why);
	else
		ts_sound_unref(&sound);
	file_free(f);
}

/* ---- the readers' thread */

/* What the decoder has now, as far as there is room. False: the sound is as long as may be. */
static bool read_pieces(struct ts_media_decoder *decoder, GArray *pcm)
{
	const int16_t *piece;
	int64_t time_ns;
	int n;
	while ((n = ts_media_decoder_sound(decoder, &piece, &time_ns)) > 0) {
		if (pcm->len + (guint)n > TS_SOUND_SAMPLES_MAX) return false;
		g_array_append_vals(pcm, piece, (guint)n);
	}
	return true;
}

static const char *read_all(struct ts_sound_file *f, struct ts_demuxer *demuxer,
	struct ts_media_decoder *decoder, GArray *pcm)
{
	AVPacket *packet = av_packet_alloc();
	enum ts_media media;
	bool fits = true;
	int err = 0;
	if (!packet) return "out of memory";
	while (fits && !atomic_load(&f->stop) &&
		!(err = ts_demuxer_read(demuxer, packet, &media))) {
		if (media == TS_AUDIO) ts_media_decoder_send(decoder, packet);
		av_packet_unref(packet);
		fits = read_pieces(decoder, pcm);
	}
	ts_media_decoder_send(decoder, NULL);
	fits = fits && read_pieces(decoder, pcm);
	av_packet_free(&packet);
	if (err == TS_ELIMIT) return "it did not come in time, or is too large";
	if (f->url && err && err != TS_ENOTFOUND) return "the connection broke";
	return !fits       ? "it is longer than five minutes"
		: pcm->len ? NULL
			   : "there is no sound in it";
}

static const char *decode(struct ts_sound_file *f, struct ts_demuxer *demuxer, GArray *pcm)
{
	const struct AVCodecParameters *sound =
		ts_demuxer_info(demuxer)->track[TS_AUDIO].parameters;
	struct ts_media_decoder *decoder = NULL;
	if (!sound) return "there is no sound in it";
	if (ts_media_decoder_open(&decoder, sound))
		return "its sound is of a codec that is not read";
	const char *why = read_all(f, demuxer, decoder, pcm);
	ts_media_decoder_close(&decoder);
	return why;
}

static void read_file(struct ts_sound_file *f)
{
	const struct ts_demuxer_config config = {.url = f->url,
		.fd = f->fd,
		.guard = f->guard,
		.guard_arg = f->guard_arg,
		.no_video = true,
		.open_ns = READ_NS,
		.read_ns = READ_NS,
		.bytes_max = f->url ? FETCH_BYTES : 0,
		.until_ns = f->url ? ts_now_ns() + TS_SOUND_FETCH_S * TS_NS_PER_S : 0,
		.stop = &f->stop};
	struct ts_demuxer *demuxer = NULL;
	if (ts_demuxer_open(&demuxer, &config, f->why)) return;
	g_autoptr(GArray) pcm = g_array_new(FALSE, FALSE, sizeof(int16_t));
	const char *why = decode(f, demuxer, pcm);
	ts_demuxer_close(&demuxer);
	if (!why && !(f->sound = ts_sound_create(pcm->len))) why = "out of memory";
	if (why)
		g_strlcpy(f->why, why, sizeof(f->why));
	else
		memcpy(f->sound->pcm, pcm->data, pcm->len * sizeof(int16_t));
}

static void on_work(struct ts_task *task)
{
	struct ts_sound_file *f = ts_container_of(task, struct ts_sound_file, work);
	if (!atomic_load(&f->stop)) read_file(f);
	if (ts_loop_post(f->readers->control, &f->task)) file_free(f); /* nobody waits any more */
}

/* ---- control */

struct ts_sound_readers *ts_sound_readers_new(struct ts_loop *control)
{
	struct ts_sound_readers *readers = g_new0(struct ts_sound_readers, 1);
	ts_ref_init(&readers->refs, 1);
	readers->control = control;
	if (ts_loop_create(&readers->loop, "sounds") || ts_loop_start(readers->loop))
		g_error("no thread for sounds");
	return readers;
}

void ts_sound_readers_free(struct ts_sound_readers *readers)
{
	for (size_t i = 0; i < FETCHERS; i++)
		if (readers->fetcher[i].loop) ts_loop_destroy(&readers->fetcher[i].loop);
	ts_loop_destroy(&readers->loop); /* those that wait are told to stop, and run */
	readers_unref(readers);
}

static struct ts_sound_file *file_new(
	struct ts_sound_readers *readers, ts_sound_file_done done, void *arg)
{
	struct ts_sound_file *f = g_new0(struct ts_sound_file, 1);
	f->readers = readers;
	f->fd = -1;
	f->done = done;
	f->arg = arg;
	f->work.fn = on_work;
	f->task.fn = on_read;
	atomic_fetch_add(&readers->n, 1);
	ts_ref_get(&readers->refs);
	return f;
}

int ts_sound_file_start(struct ts_sound_file **out, struct ts_sound_readers *readers,
	const char *folder, const char *name, ts_sound_file_done done, void *arg)
{
	int fd = -1;
	if (atomic_load(&readers->n) >= TS_SOUND_FILES_MAX) return TS_ELIMIT;
	const int err = ts_open_beneath(&fd, folder, name);
	if (err) return err;
	struct ts_sound_file *f = file_new(readers, done, arg);
	f->fd = fd;
	ts_loop_post(readers->loop, &f->work);
	*out = f;
	return 0;
}

/* The one with the least to do; NULL: there is no thread. */
static struct fetcher *fetcher_of(struct ts_sound_readers *readers)
{
	struct fetcher *best = &readers->fetcher[0];
	for (size_t i = 1; i < FETCHERS; i++)
		if (atomic_load(&readers->fetcher[i].n) < atomic_load(&best->n))
			best = &readers->fetcher[i];
	if (best->loop) return best;
	if (ts_loop_create(&best->loop, "sounds-fetch")) return NULL;
	if (!ts_loop_start(best->loop)) return best;
	ts_loop_destroy(&best->loop);
	return NULL;
}

int ts_sound_file_fetch(struct ts_sound_file **out, struct ts_sound_readers *readers,
	const char *url, ts_sound_guard *guard, void *guard_arg, ts_sound_file_done done, void *arg)
{
	if (atomic_load(&readers->n) >= TS_SOUND_FILES_MAX) return TS_ELIMIT;
	struct fetcher *fetcher = fetcher_of(readers);
	if (!fetcher) return TS_EIO;
	struct ts_sound_file *f = file_new(readers, done, arg);
	f->url = g_strdup(url);
	f->guard = guard;
	f->guard_arg = guard_arg;
	f->fetcher = fetcher;
	atomic_fetch_add(&fetcher->n, 1);
	ts_loop_post(fetcher->loop, &f->work);
	*out = f;
	return 0;
}

void ts_sound_file_cancel(struct ts_sound_file *f)
{
	atomic_store(&f->stop, true);
	f->done = NULL;
}
