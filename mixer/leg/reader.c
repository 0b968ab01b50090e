#include "mixer/leg/reader.h"

#include "base/beneath.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/thread.h"
#include "codec/media_decoder.h"
#include "container/remux.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* REALTIME_ENOUGH: what a server sends at once to begin with is looked at as a whole */
enum {
	ENOUGH = 64,
	REALTIME_ENOUGH = 1024,
	PACKETS_MAX = 2048,
	BYTES_MAX = 32 << 20,
	EMPTY_LOOPS_MAX = 3
};

struct node {
	struct node *next;
	struct ts_read read;
};

struct ts_reader {
	struct ts_reader_config config;
	char path[1024];
	int fd;
	struct ts_demuxer *demuxer; /* the reader's thread alone */
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;

	/* under the lock */
	bool opened;
	int end; /* 0: it goes on */
	char why[TS_DEMUXER_WHY];
	struct ts_reader_opened what;
	struct queue {
		struct node *first, *last;
		size_t n;
		bool exists;
		int64_t newest_ns;
	} queue[2];
	size_t packets, bytes;
	uint64_t seen; /* packets so far, and one for the end */
};

static bool must_stop(const struct ts_reader *r)
{
	return atomic_load_explicit(r->config.demuxer.stop, memory_order_relaxed);
}

/* ---- queue, under the lock */

static bool has_enough(const struct ts_reader *r)
{
	const size_t enough = r->what.info.realtime ? REALTIME_ENOUGH : ENOUGH;
	if (r->packets >= PACKETS_MAX || r->bytes >= BYTES_MAX) return true;
	for (int i = 0; i < 2; i++)
		if (r->queue[i].exists && r->queue[i].n < enough) return false;
	return true;
}

static void append(struct ts_reader *r, enum ts_media track, struct node *node)
{
	struct queue *q = &r->queue[track];
	const AVPacket *p = node->read.packet;
	if (q->last)
		q->last->next = node;
	else
		q->first = node;
	q->last = node;
	q->n++;
	r->packets++;
	r->seen++;
	r->bytes += (size_t)p->size;
	if (p->pts > q->newest_ns || node->read.again) q->newest_ns = p->pts;
}

static struct node *unlink_first(struct ts_reader *r, enum ts_media track)
{
	struct queue *q = &r->queue[track];
	struct node *node = q->first;
	if (!node) return NULL;
	q->first = node->next;
	if (!q->first) q->last = NULL;
	q->n--;
	r->packets--;
	r->bytes -= (size_t)node->read.packet->size;
	return node;
}

/* ---- the reader's thread */

static int open_decoders(struct ts_reader *r, char why[TS_DEMUXER_WHY])
{
	struct ts_reader_opened *what = &r->what;
	what->info = *ts_demuxer_info(r->demuxer);
	int err = TS_EUNSUPPORTED;
	for (int i = 0; i < 2; i++) {
		struct ts_demuxed_track *t = &what->info.track[i];
		if (t->parameters && !ts_media_decoder_open(&what->decoder[i], t->parameters)) {
			what->format[i] = ts_coded_format_create(t->parameters);
			err = 0;
		} else {
			t->codec[0] = '\0';
		}
		t->parameters = NULL;
	}
	if (err)
		snprintf(
			why, TS_DEMUXER_WHY, "it is of a codec or a size that is not decoded here");
	return err;
}

static int open_demuxer(struct ts_reader *r, char why[TS_DEMUXER_WHY])
{
	struct ts_demuxer_config config = r->config.demuxer;
	if (r->config.path && r->fd < 0) {
		const int err = ts_open_beneath(&r->fd, r->config.media_dir, r->path);
		if (err) {
			snprintf(why, TS_DEMUXER_WHY, "%s",
				err == TS_ENOTFOUND
					? "there is no such file in inputs.media_dir"
					: "this is no file of inputs.media_dir that can be read");
			return err == TS_ENOTFOUND ? TS_EBADMSG : TS_EAUTH;
		}
	}
	config.fd = r->fd;
	return ts_demuxer_open(&r->demuxer, &config, why);
}

/* The beginning once more, by a seek or else by opening it again. */
static int go_round(struct ts_reader *r)
{
	char why[TS_DEMUXER_WHY];
	if (!ts_demuxer_rewind(r->demuxer)) return 0;
	ts_demuxer_close(&r->demuxer);
	return open_demuxer(r, why) ? TS_EIO : 0;
}

static int put(struct ts_reader *r, AVPacket *packet, enum ts_media track, bool again)
{
	struct node *node = calloc(1, sizeof *node);
	AVPacket *own = node ? av_packet_alloc() : NULL;
	if (!own) {
		free(node);
		av_packet_unref(packet);
		return TS_ENOMEM;
	}
	av_packet_move_ref(own, packet);
	node->read = (struct ts_read){own, again};
	pthread_mutex_lock(&r->lock);
	while (has_enough(r) && !must_stop(r)) pthread_cond_wait(&r->changed, &r->lock);
	append(r, track, node);
	pthread_cond_broadcast(&r->changed);
	pthread_mutex_unlock(&r->lock);
	return 0;
}

static int read_all(struct ts_reader *r)
{
	AVPacket *packet = av_packet_alloc();
	bool again[2] = {false, false};
	int err = packet ? 0 : TS_ENOMEM, empty = 0;
	while (!err && !must_stop(r)) {
		enum ts_media track;
		err = ts_demuxer_read(r->demuxer, packet, &track);
		/* a file without a packet would go round for ever */
		if (err == TS_ENOTFOUND && r->config.loop && empty++ < EMPTY_LOOPS_MAX) {
			err = go_round(r);
			again[0] = again[1] = true;
		} else if (!err && r->queue[track].exists) {
			err = put(r, packet, track, again[track]);
			again[track] = false;
			empty = 0;
		}
		if (!err) av_packet_unref(packet);
	}
	av_packet_free(&packet);
	return err ? err : TS_ECLOSED;
}

static void *run(void *arg)
{
	struct ts_reader *r = arg;
	char why[TS_DEMUXER_WHY] = "";
	int err = open_demuxer(r, why);
	if (!err) err = open_decoders(r, why);
	pthread_mutex_lock(&r->lock);
	for (int i = 0; i < 2; i++) r->queue[i].exists = r->what.decoder[i] != NULL;
	r->opened = true;
	r->end = err;
	memcpy(r->why, why, sizeof r->why);
	pthread_cond_broadcast(&r->changed);
	pthread_mutex_unlock(&r->lock);
	if (!err) err = read_all(r);
	ts_demuxer_close(&r->demuxer);
	pthread_mutex_lock(&r->lock);
	r->end = err;
	r->seen++;
	pthread_cond_broadcast(&r->changed);
	pthread_mutex_unlock(&r->lock);
	return NULL;
}

/* ---- the player's side */

int ts_reader_start(struct ts_reader **out, const struct ts_reader_config *config)
{
	struct ts_reader *r = calloc(1, sizeof *r);
	pthread_condattr_t monotonic;
	*out = NULL;
	if (!r) return TS_ENOMEM;
	r->config = *config;
	r->fd = -1;
	if (config->path) snprintf(r->path, sizeof r->path, "%s", config->path);
	r->queue[0].newest_ns = r->queue[1].newest_ns = INT64_MIN;
	pthread_mutex_init(&r->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&r->changed, &monotonic);
	pthread_condattr_destroy(&monotonic);
	if (ts_thread_start(&r->thread, "input-read", run, r)) {
		pthread_cond_destroy(&r->changed);
		pthread_mutex_destroy(&r->lock);
		free(r);
		return TS_EIO;
	}
	*out = r;
	return 0;
}

int ts_reader_wait(struct ts_reader *r, struct ts_reader_opened *out, char why[TS_DEMUXER_WHY])
{
	pthread_mutex_lock(&r->lock);
	while (!r->opened) pthread_cond_wait(&r->changed, &r->lock);
	const int err = r->what.decoder[0] || r->what.decoder[1] ? 0 : r->end ? r->end : TS_EIO;
	*out = r->what;
	r->what.decoder[0] = r->what.decoder[1] = NULL;
	r->what.format[0] = r->what.format[1] = NULL;
	memcpy(why, r->why, sizeof r->why);
	pthread_mutex_unlock(&r->lock);
	return err;
}

int ts_reader_take(struct ts_reader *r, enum ts_media track, struct ts_read *out)
{
	pthread_mutex_lock(&r->lock);
	struct node *node = unlink_first(r, track);
	const int err = node ? 0 : r->end ? r->end : TS_EAGAIN;
	if (node) pthread_cond_broadcast(&r->changed);
	pthread_mutex_unlock(&r->lock);
	if (node) *out = node->read;
	free(node);
	return err;
}

uint64_t ts_reader_seen(struct ts_reader *r)
{
	pthread_mutex_lock(&r->lock);
	const uint64_t seen = r->seen;
	pthread_mutex_unlock(&r->lock);
	return seen;
}

void ts_reader_await(struct ts_reader *r, uint64_t seen, int64_t until_ns)
{
	const struct timespec until = {until_ns / TS_NS_PER_S, until_ns % TS_NS_PER_S};
	pthread_mutex_lock(&r->lock);
	while (r->seen == seen && !must_stop(r))
		if (pthread_cond_timedwait(&r->changed, &r->lock, &until) == ETIMEDOUT) break;
	pthread_mutex_unlock(&r->lock);
}

int64_t ts_reader_newest_ns(struct ts_reader *r, enum ts_media track)
{
	pthread_mutex_lock(&r->lock);
	const int64_t newest_ns = r->queue[track].first ? r->queue[track].newest_ns : INT64_MIN;
	pthread_mutex_unlock(&r->lock);
	return newest_ns;
}

void ts_reader_wake(struct ts_reader *r)
{
	pthread_mutex_lock(&r->lock);
	pthread_cond_broadcast(&r->changed);
	pthread_mutex_unlock(&r->lock);
}

void ts_reader_stop(struct ts_reader **reader)
{
	struct ts_reader *r = *reader;
	struct node *node;
	*reader = NULL;
	if (!r) return;
	ts_reader_wake(r);
	pthread_join(r->thread, NULL);
	for (int i = 0; i < 2; i++) {
		while ((node = unlink_first(r, (enum ts_media)i))) {
			av_packet_free(&node->read.packet);
			free(node);
		}
		ts_media_decoder_close(&r->what.decoder[i]);
		ts_coded_format_unref(&r->what.format[i]);
	}
	if (r->fd >= 0) close(r->fd);
	pthread_cond_destroy(&r->changed);
	pthread_mutex_destroy(&r->lock);
	free(r);
}
