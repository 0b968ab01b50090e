#include "container/demuxer.h"

#include "base/clock.h"
#include "base/error.h"
#include "tests/unit/common/media_files.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#define RED "-f lavfi -i color=red:s=160x90:r=25:d=1 "

static int open_demuxer(struct ts_demuxer **out, const char *name)
{
	char why[TS_DEMUXER_WHY];
	const int fd = ts_media_files_open(name);
	const struct ts_demuxer_config config = ts_media_files_config(fd);
	const int err = ts_demuxer_open(out, &config, why);
	if (!err) return fd;
	assert_true(*why);
	close(fd);
	return -1;
}

/* Files that name others are not read, whatever they are called. */
static void test_files_of_files(void **state)
{
	static const char *const lists[] = {"ffconcat version 1.0\nfile '/etc/passwd'\n",
		"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n/etc/passwd\n#EXT-X-ENDLIST\n",
		"<?xml version=\"1.0\"?><MPD xmlns=\"urn:mpeg:dash:schema:mpd:2011\"></MPD>",
		"v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=x\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
		"m=video 5004 RTP/AVP 96\r\n"};
	struct ts_demuxer *demuxer;
	(void)state;
	for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
		FILE *f = fopen(ts_media_files_path("list"), "w");
		fputs(lists[i], f);
		fclose(f);
		ts_media_files_asked[0] = '\0';
		assert_int_equal(open_demuxer(&demuxer, "list"), -1);
		assert_string_equal(ts_media_files_asked, "");
	}
}

static void test_guard(void **state)
{
	char why[TS_DEMUXER_WHY];
	struct ts_demuxer *demuxer;
	struct ts_demuxer_config config = ts_media_files_config(-1);
	(void)state;
	config.url = "http://127.0.0.1:1/x";
	assert_int_equal(ts_demuxer_open(&demuxer, &config, why), TS_EAUTH);
	assert_string_equal(why, "refused");
	assert_string_equal(ts_media_files_asked, "http://127.0.0.1:1/x");
	assert_null(demuxer);
}

/* To the beginning, and the same comes again. */
static void test_rewind(void **state)
{
	struct ts_demuxer *demuxer;
	AVPacket *packet = av_packet_alloc();
	enum ts_media track;
	int n[2] = {0, 0};
	(void)state;
	if (!ts_media_files_make(RED "-c:v mpeg4", "again.mkv")) skip();
	const int fd = open_demuxer(&demuxer, "again.mkv");
	assert_true(fd >= 0);
	for (int round = 0; round < 2; round++) {
		while (!ts_demuxer_read(demuxer, packet, &track)) {
			if (!n[round]++) assert_in_range(packet->pts, 0, TS_NS_PER_MS);
			av_packet_unref(packet);
		}
		assert_int_equal(ts_demuxer_rewind(demuxer), 0);
	}
	assert_int_equal(n[0], 25);
	assert_int_equal(n[1], 25);
	ts_demuxer_close(&demuxer);
	av_packet_free(&packet);
	close(fd);
}

static long peak_mb(void)
{
	struct rusage usage;
	getrusage(RUSAGE_SELF, &usage);
	return usage.ru_maxrss >> 10;
}

/* One of 64 million pixels takes 96 MB to decode, and one that refers to others more. FLV and
 * MPEG-PS have no tracks, and no decoder to be told of a limit, until packets come. */
static void test_large_pictures(void **state)
{
	char why[TS_DEMUXER_WHY];
	struct ts_demuxer *demuxer;
	(void)state;
	if (!ts_media_files_make(
		    "-f lavfi -i color=red:s=8192x8192:r=5:d=1 -c:v libx264 -preset ultrafast "
		    "-refs 4 -threads 1 -pix_fmt yuv420p",
		    "large.flv"))
		skip();
	const int fd = ts_media_files_open("large.flv");
	const struct ts_demuxer_config config = ts_media_files_config(fd);
	const long before = peak_mb();
	assert_int_equal(ts_demuxer_open(&demuxer, &config, why), TS_EUNSUPPORTED);
	assert_string_equal(why, "its pictures are too large");
#ifdef __SANITIZE_THREAD__
	(void)before; /* whose shadow is eight times as large */
#else
	assert_in_range(peak_mb() - before, 0, 200);
#endif
	close(fd);
}

/* ---- a server of one file, to one who asks */

static struct {
	int fd, listens;
	int64_t first;     /* bytes that are sent at once; then a few at a time, for ever */
	atomic_llong sent; /* bytes */
	uint16_t port;
	pthread_t thread;
} server;

static void *serve(void *arg)
{
	char head[200], bytes[4096];
	const int to = accept(server.listens, NULL, NULL);
	ssize_t n = recv(to, bytes, sizeof bytes, 0);
	const int head_len = snprintf(head, sizeof head,
		"HTTP/1.1 200 OK\r\nContent-Length: %lld\r\nConnection: close\r\n\r\n",
		(long long)lseek(server.fd, 0, SEEK_END));
	(void)arg;
	lseek(server.fd, 0, SEEK_SET);
	if (n > 0) n = send(to, head, (size_t)head_len, MSG_NOSIGNAL);
	while (n > 0) {
		const bool slow = atomic_load(&server.sent) >= server.first;
		n = read(server.fd, bytes, slow ? 16 : sizeof bytes);
		if (n > 0) n = send(to, bytes, (size_t)n, MSG_NOSIGNAL);
		if (n > 0) atomic_fetch_add(&server.sent, n);
		if (slow) usleep(10000);
	}
	close(to);
	return NULL;
}

static const char *to_server(void *arg, const char *url, struct ts_demuxer_way *out)
{
	(void)arg;
	(void)url;
	*out = (struct ts_demuxer_way){.scheme = "http", .host = "localhost"};
	snprintf(out->url, sizeof out->url, "http://127.0.0.1:%u/film.avi", server.port);
	return NULL;
}

/* A second of sound, and a large film, of which the sound is wanted. What reading ends with. */
static int read_from_server(struct ts_demuxer_config *config, int64_t first)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof at;
	char why[TS_DEMUXER_WHY];
	struct ts_demuxer *demuxer;
	AVPacket *packet = av_packet_alloc();
	enum ts_media track;
	server.fd = ts_media_files_open("film.avi");
	server.first = first;
	atomic_store(&server.sent, 0);
	server.listens = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(bind(server.listens, (struct sockaddr *)&at, len), 0);
	assert_int_equal(listen(server.listens, 4), 0);
	assert_int_equal(getsockname(server.listens, (struct sockaddr *)&at, &len), 0);
	server.port = ntohs(at.sin_port);
	assert_int_equal(pthread_create(&server.thread, NULL, serve, NULL), 0);
	config->url = "http://films.example/film.avi";
	config->guard = to_server;
	config->no_video = true;
	int err = ts_demuxer_open(&demuxer, config, why);
	while (!err) {
		err = ts_demuxer_read(demuxer, packet, &track);
		if (!err) assert_int_equal(track, TS_AUDIO);
		av_packet_unref(packet);
	}
	if (demuxer) ts_demuxer_close(&demuxer);
	av_packet_free(&packet);
	pthread_join(server.thread, NULL);
	close(server.listens);
	close(server.fd);
	return err;
}

/* Also by what nobody wants of it. */
static void test_limits_in_all(void **state)
{
	enum { MAX = 3 << 20, SLACK = 8 << 20 };
	struct ts_demuxer_config config = ts_media_files_config(-1);
	(void)state;
	if (!ts_media_files_make("-f lavfi -i nullsrc=s=320x240:r=25:d=10,noise=alls=100 -f lavfi "
				 "-i sine=d=1 -c:v rawvideo -pix_fmt yuv420p -c:a pcm_s16le",
		    "film.avi"))
		skip();
	assert_int_equal(read_from_server(&config, INT64_MAX), TS_ENOTFOUND);
	const int64_t all = atomic_load(&server.sent);
	assert_true(all > 2 * MAX + SLACK);
	config.bytes_max = MAX;
	assert_int_equal(read_from_server(&config, INT64_MAX), TS_ELIMIT);
	assert_true(atomic_load(&server.sent) < MAX + SLACK); /* what sockets hold */
	config.bytes_max = all + 1;
	assert_int_equal(read_from_server(&config, INT64_MAX), TS_ENOTFOUND);
	config.bytes_max = 0;
	const int64_t begun_ns = ts_now_ns();
	config.until_ns = begun_ns + 2 * TS_NS_PER_S;
	config.read_ns = 60 * TS_NS_PER_S;
	assert_int_equal(read_from_server(&config, 4 << 20), TS_ELIMIT);
	assert_true(ts_now_ns() - begun_ns < 30 * TS_NS_PER_S);
}

/* ---- a server of HLS by a name, to those who have an account */

static struct {
	int listens;
	uint16_t port;
	pthread_t thread;
	char account[400]; /* of its URLs: "user:password@", or "" */
	int refused, parts;
} hls;

static void say(int to, const char *status, const void *body, size_t len)
{
	char head[200];
	const int n = snprintf(head, sizeof head,
		"HTTP/1.1 %s\r\nContent-Length: %zu\r\nWWW-Authenticate: Basic realm=\"x\"\r\n"
		"Connection: close\r\n\r\n",
		status, len);
	if (send(to, head, (size_t)n, MSG_NOSIGNAL) == n && len) send(to, body, len, MSG_NOSIGNAL);
}

static void say_part(int to)
{
	static uint8_t bytes[1 << 20];
	const int fd = ts_media_files_open("part.ts");
	const ssize_t n = read(fd, bytes, sizeof bytes);
	close(fd);
	say(to, "200 OK", bytes, n > 0 ? (size_t)n : 0);
}

static void *serve_hls(void *arg)
{
	static const char list[] = "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\na.ts\n"
				   "#EXTINF:1,\n/b.ts\n#EXT-X-ENDLIST\n";
	char text[4096];
	(void)arg;
	for (int to; (to = accept(hls.listens, NULL, NULL)) >= 0; close(to)) {
		const ssize_t n = recv(to, text, sizeof text - 1, 0);
		text[n > 0 ? n : 0] = '\0';
		if (!strstr(text, "Host: films.example\r\n")) {
			say(to, "421 Misdirected Request", NULL, 0);
		} else if (*hls.account && !strstr(text, "Authorization: Basic ")) {
			hls.refused++;
			say(to, "401 Unauthorized", NULL, 0);
		} else if (!strncmp(text, "GET /list.m3u8 ", 15)) {
			say(to, "200 OK", list, sizeof list - 1);
		} else {
			hls.parts++;
			say_part(to);
		}
	}
	return NULL;
}

/* Parts are asked for as the list was. */
static const char *to_hls(void *arg, const char *url, struct ts_demuxer_way *out)
{
	char origin[500];
	(void)arg;
	snprintf(origin, sizeof origin, "http://%sfilms.example/", hls.account);
	if (strncmp(url, origin, strlen(origin)) != 0) return "it has another origin";
	*out = (struct ts_demuxer_way){.scheme = "http", .host = "films.example"};
	snprintf(out->url, sizeof out->url, "http://%s127.0.0.1:%u/%s", hls.account, hls.port,
		url + strlen(origin));
	return NULL;
}

static void read_hls(const char *account)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof at;
	char why[TS_DEMUXER_WHY] = "", url[500];
	struct ts_demuxer *demuxer;
	struct ts_demuxer_config config = ts_media_files_config(-1);
	AVPacket *packet = av_packet_alloc();
	enum ts_media track;
	int packets = 0;
	hls.refused = hls.parts = 0;
	snprintf(hls.account, sizeof hls.account, "%s", account);
	snprintf(url, sizeof url, "http://%sfilms.example/list.m3u8", account);
	hls.listens = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(bind(hls.listens, (struct sockaddr *)&at, len), 0);
	assert_int_equal(listen(hls.listens, 8), 0);
	assert_int_equal(getsockname(hls.listens, (struct sockaddr *)&at, &len), 0);
	hls.port = ntohs(at.sin_port);
	assert_int_equal(pthread_create(&hls.thread, NULL, serve_hls, NULL), 0);
	config.url = url;
	config.guard = to_hls;
	const int err = ts_demuxer_open(&demuxer, &config, why);
	while (!err && !ts_demuxer_read(demuxer, packet, &track)) {
		packets++;
		av_packet_unref(packet);
	}
	if (demuxer) ts_demuxer_close(&demuxer);
	av_packet_free(&packet);
	shutdown(hls.listens, SHUT_RDWR);
	pthread_join(hls.thread, NULL);
	close(hls.listens);
	assert_string_equal(why, "");
	assert_int_equal(err, 0);
	assert_true(packets >= 25);
	assert_int_equal(hls.parts, 2);
	assert_int_equal(hls.refused, *account ? 3 : 0); /* what asks for the account */
}

static void test_parts_are_asked_for_by_name_and_account(void **state)
{
	char longest[257] = "user:";
	(void)state;
	if (!ts_media_files_make(RED "-c:v mpeg2video", "part.ts")) skip();
	read_hls("");
	read_hls("user:password@");
	memset(longest + 5, 'p', sizeof longest - 7);
	longest[sizeof longest - 2] = '@';
	read_hls(longest);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_files_of_files),
		cmocka_unit_test(test_guard),
		cmocka_unit_test(test_limits_in_all),
		cmocka_unit_test(test_parts_are_asked_for_by_name_and_account),
		cmocka_unit_test(test_rewind),
		cmocka_unit_test(test_large_pictures),
	};
	return cmocka_run_group_tests(tests, ts_media_files_begin, ts_media_files_end);
}
