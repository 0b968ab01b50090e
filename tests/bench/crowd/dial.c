#include "tests/bench/crowd/dial.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/random.h"
#include <arpa/inet.h>
#include <glib.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define FIRST_WAIT_MS 500
#define ANSWER_WAIT_NS (15 * TS_NS_PER_S)
enum { MESSAGE_MAX = 4000 };

static int text_of(char *out, const struct ts_dial *d, const char *method, int cseq,
	const char *uri, const char *body)
{
	char here[INET_ADDRSTRLEN], there[INET_ADDRSTRLEN];
	inet_ntop(AF_INET, &d->here.sin_addr, here, sizeof here);
	inet_ntop(AF_INET, &d->server.sin_addr, there, sizeof there);
	int port = ntohs(d->here.sin_port);
	return snprintf(out, MESSAGE_MAX,
		"%s %s SIP/2.0\r\nVia: SIP/2.0/UDP %s:%d;branch=z9hG4bK%s%s%d;rport\r\n"
		"Max-Forwards: 70\r\n"
		"From: <sip:%s@%s>;tag=%s\r\nTo: %s\r\nCall-ID: %s\r\nCSeq: %d %s\r\n"
		"Contact: <sip:bench@%s:%d>\r\n"
		"%sContent-Length: %zu\r\n\r\n%s",
		method, uri, here, port, d->call_id, method, cseq, d->tag, here, d->tag, d->to,
		d->call_id, cseq, method, here, port,
		*body ? "Content-Type: application/sdp\r\n" : "", strlen(body), body);
}

static void put(const struct ts_dial *d, const char *text, int len)
{
	sendto(d->fd, text, (size_t)len, 0, (const struct sockaddr *)&d->server, sizeof d->server);
}

/* The value of a header, without its name; false: it is not there. */
static bool header(const char *text, const char *name, char *out, size_t cap)
{
	for (const char *line = strstr(text, "\r\n"); line && line[2] != '\r';
		line = strstr(line + 2, "\r\n")) {
		size_t n = strlen(name);
		if (strncasecmp(line + 2, name, n) || line[2 + n] != ':') continue;
		const char *v = line + 3 + n + strspn(line + 3 + n, " ");
		snprintf(out, cap, "%.*s", (int)strcspn(v, "\r"), v);
		return true;
	}
	return false;
}

/* The key of the first a=crypto line of our suite into 30 bytes. */
static bool read_key(const char *text, uint8_t key[TS_SRTP_KEY_MAX])
{
	const char *line = strstr(text, "AES_CM_128_HMAC_SHA1_80"),
		   *at = line ? strstr(line, "inline:") : NULL;
	if (!at) return false;
	at += strlen("inline:");
	char base64[64];
	gsize len = 0;
	snprintf(base64, sizeof base64, "%.*s", (int)strcspn(at, "|\r\n ;"), at);
	guchar *bytes = g_base64_decode(base64, &len);
	if (len == TS_SRTP_KEY_MAX) memcpy(key, bytes, len);
	g_free(bytes);
	return len == TS_SRTP_KEY_MAX;
}

static int read_media(struct ts_dial *d, const char *text, int at)
{
	static const char *const line[] = {"\nm=audio ", "\nm=video "};
	const char *m = strstr(text, line[at]), *c = strstr(text, "\nc=IN IP4 ");
	char address[64] = "";
	d->media[at] = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr = d->server.sin_addr};
	if (m) d->media[at].sin_port = htons((uint16_t)atoi(m + strlen(line[at])));
	if (c && sscanf(c + 10, "%63[0-9.]", address) == 1)
		inet_pton(AF_INET, address, &d->media[at].sin_addr);
	return m && d->keys[at].profile && !read_key(m, d->keys[at].remote) ? TS_EIO : 0;
}

static int read_answer(struct ts_dial *d, const char *text)
{
	char contact[200];
	header(text, "To", d->to, sizeof d->to);
	if (header(text, "Contact", contact, sizeof contact)) {
		const char *from = strchr(contact, '<');
		from = from ? from + 1 : contact;
		snprintf(d->contact, sizeof d->contact, "%.*s", (int)strcspn(from, ">"), from);
	}
	int err = read_media(d, text, 0);
	return err ? err : read_media(d, text, 1);
}

/* Sends the INVITE until something comes, then waits for the final answer. */
static int converse(struct ts_dial *d, const char *invite, int len)
{
	char text[MESSAGE_MAX + 1];
	int64_t until_ns = ts_now_ns() + ANSWER_WAIT_NS;
	int wait_ms = FIRST_WAIT_MS;
	bool heard = false;
	put(d, invite, len);
	while (ts_now_ns() < until_ns) {
		struct pollfd p = {.fd = d->fd, .events = POLLIN};
		if (poll(&p, 1, wait_ms) <= 0) {
			if (!heard) put(d, invite, len);
			wait_ms = wait_ms < 4000 ? 2 * wait_ms : wait_ms;
			continue;
		}
		ssize_t n = recv(d->fd, text, MESSAGE_MAX, 0);
		if (n <= 0) continue;
		text[n] = 0;
		heard = true;
		if (sscanf(text, "SIP/2.0 %d", &d->status) != 1 || d->status < 200) continue;
		return d->status == 200 ? read_answer(d, text) : TS_EIO;
	}
	return TS_EIO;
}

static void describe_keys(GString *out, const struct ts_srtp_keys *keys)
{
	if (!keys->profile) return;
	char *key = g_base64_encode(keys->local, TS_SRTP_KEY_MAX);
	g_string_append_printf(out, "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:%s\r\n", key);
	g_free(key);
}

static void describe(GString *out, const struct ts_dial *d, const struct ts_dial_wish *w)
{
	const char *secure = w->srtp ? "S" : "";
	bool pcmu = w->codec == TS_CODEC_PCMU;
	g_string_append_printf(out,
		"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
		"m=audio %d RTP/%sAVP %d\r\n%s"
		"a=ptime:20\r\na=sendrecv\r\na=rtcp-mux\r\n",
		w->media_port, secure, pcmu ? 0 : 111,
		pcmu ? "a=rtpmap:0 PCMU/8000\r\n" : "a=rtpmap:111 opus/48000/2\r\n");
	describe_keys(out, &d->keys[0]);
	if (!w->video) return;
	g_string_append_printf(out,
		"m=video %d RTP/%sAVPF %d\r\na=rtpmap:%d %s/90000\r\na=sendrecv\r\na=rtcp-mux\r\n"
		"a=rtcp-fb:%d nack pli\r\n",
		w->media_port, secure, w->video_pt, w->video_pt,
		w->video == TS_CODEC_VP8 ? "VP8" : "H264", w->video_pt);
	if (w->video == TS_CODEC_H264)
		g_string_append_printf(out,
			"a=fmtp:%d profile-level-id=42e01f;packetization-mode=1\r\n", w->video_pt);
	describe_keys(out, &d->keys[1]);
}

static int open_socket(struct ts_dial *d, const char *server)
{
	char host[64];
	int port;
	socklen_t len = sizeof d->here;
	d->here = d->server = (struct sockaddr_in){
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	if (sscanf(server, "%63[0-9.]:%d", host, &port) != 2 ||
		inet_pton(AF_INET, host, &d->server.sin_addr) != 1)
		return TS_EINVAL;
	d->server.sin_port = htons((uint16_t)port);
	return d->fd < 0 || bind(d->fd, (struct sockaddr *)&d->here, len) ||
			getsockname(d->fd, (struct sockaddr *)&d->here, &len)
		? TS_EIO
		: 0;
}

int ts_dial_call(struct ts_dial *d, const struct ts_dial_wish *w)
{
	char text[MESSAGE_MAX];
	*d = (struct ts_dial){.fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
	int err = open_socket(d, w->server);
	if (err) return err;
	for (int i = 0; i < 2; i++) {
		if (w->srtp) d->keys[i].profile = TS_SRTP_AES128_CM_SHA1_80;
		ts_random_bytes(d->keys[i].local, sizeof d->keys[i].local);
	}
	ts_secret(d->call_id);
	snprintf(d->tag, sizeof d->tag, "%.19s", w->name);
	snprintf(d->contact, sizeof d->contact, "sip:%s@%s", w->room, w->server);
	snprintf(d->to, sizeof d->to, "<%.180s>", d->contact);
	GString *body = g_string_new(NULL);
	describe(body, d, w);
	err = converse(d, text, text_of(text, d, "INVITE", 1, d->contact, body->str));
	g_string_free(body, TRUE);
	if (d->status >= 200) put(d, text, text_of(text, d, "ACK", 1, d->contact, ""));
	return err;
}

void ts_dial_hang_up(struct ts_dial *d)
{
	char text[MESSAGE_MAX];
	if (d->status == 200) put(d, text, text_of(text, d, "BYE", 2, d->contact, ""));
	if (d->fd >= 0) close(d->fd);
	d->fd = -1;
}
