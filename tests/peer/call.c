#include "tests/peer/call.h"

#include "base/error.h"
#include "base/random.h"
#include "base/text.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PT_OPUS = 96, PT_H264 = 97, MESSAGE_MAX = 16384, ANSWER_MS = 10000 };

void ts_call_media(const struct ts_describe *d, struct ts_transport_config *config)
{
	*config = (struct ts_transport_config){.kind = TS_TRANSPORT_PLAIN,
		.n_media = 2,
		.local_address = "127.0.0.1",
		.proven_host = "127.0.0.1",
		.offering = true,
		.cname = "peer"};
	config->media[PEER_AUDIO] = (struct ts_media_config){.kind = TS_AUDIO,
		.pt = {{PT_OPUS, TS_CODEC_OPUS, -1, 48000}},
		.n_pt = 1,
		.send = d->send_audio,
		.send_pt = PT_OPUS,
		.send_codec = TS_CODEC_OPUS,
		.send_ssrc = d->audio_ssrc};
	config->media[PEER_VIDEO] = (struct ts_media_config){.kind = TS_VIDEO,
		.pt = {{PT_H264, TS_CODEC_H264, -1, 90000}},
		.n_pt = 1,
		.pli = true,
		.fir = true,
		.send = d->send_video,
		.send_pt = PT_H264,
		.send_codec = TS_CODEC_H264,
		.send_ssrc = d->video_ssrc[0]};
}

static void put_line(struct ts_text *t, const struct ts_transport_local *local,
	const struct ts_transport_config *config, size_t media)
{
	const bool video = media == PEER_VIDEO;
	ts_text_append(t, "m=%s %u RTP/AVPF %d\r\na=rtcp:%u\r\n", video ? "video" : "audio",
		local->port[media].rtp, video ? PT_H264 : PT_OPUS, local->port[media].rtcp);
	ts_text_append(t, "a=%s\r\n", config->media[media].send ? "sendrecv" : "recvonly");
	if (video)
		ts_text_append(t,
			"a=rtpmap:%d H264/90000\r\na=fmtp:%d profile-level-id=42e01f;"
			"packetization-mode=1\r\na=rtcp-fb:* nack pli\r\na=rtcp-fb:* ccm fir\r\n",
			PT_H264, PT_H264);
	else
		ts_text_append(t, "a=rtpmap:%d opus/48000/2\r\n", PT_OPUS);
}

static void put_head(struct ts_text *t, const struct ts_peer_call *call, const char *method)
{
	ts_text_append(t,
		"%s sip:%s SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1;rport;branch=z9hG4bK%s%u%c\r\n"
		"Max-Forwards: 70\r\nFrom: %s\r\nTo: %s\r\nCall-ID: %s\r\nCSeq: %u %s\r\n"
		"Contact: <sip:peer@127.0.0.1>\r\n",
		method, call->target, call->id, call->cseq, method[0], call->from, call->to,
		call->id, call->cseq, method);
}

/* The value of the first header of that name. */
static bool header(char *out, size_t cap, const char *message, const char *name)
{
	char start[64];
	snprintf(start, sizeof start, "\r\n%s: ", name);
	const char *at = strcasestr(message, start);
	if (!at) return false;
	at += strlen(start);
	const size_t n = strcspn(at, "\r\n");
	if (n >= cap) return false;
	memcpy(out, at, n);
	out[n] = '\0';
	return true;
}

/* The final answer to our INVITE; what comes besides is passed over. */
static bool await_final(struct ts_peer_call *call, char message[MESSAGE_MAX])
{
	struct pollfd poll_fd = {.fd = call->fd, .events = POLLIN};
	for (int i = 0; i < 20 && poll(&poll_fd, 1, ANSWER_MS) == 1; i++) {
		const ssize_t n = recv(call->fd, message, MESSAGE_MAX - 1, 0);
		if (n <= 0) return false;
		message[n] = '\0';
		if (sscanf(message, "SIP/2.0 %d", &call->status) == 1 && call->status >= 200)
			return true;
	}
	call->status = 0;
	return false;
}

/* Ports of the answer's m-lines, in the order of our offer. */
static int read_answer(struct ts_transport_config *config, const char *sdp)
{
	static const char *const lines[] = {"m=audio ", "m=video "};
	for (size_t i = 0; i < config->n_media; i++) {
		struct ts_plain_config *plain = &config->media[i].plain;
		const char *line = sdp ? strstr(sdp, lines[i]) : NULL;
		const char *rtcp = line ? strstr(line, "\na=rtcp:") : NULL;
		const char *next = line ? strstr(line + 1, "\nm=") : NULL;
		if (!line) return TS_EBADMSG;
		strcpy(plain->address, "127.0.0.1");
		plain->port = (uint16_t)atoi(line + strlen(lines[i]));
		if (rtcp && (!next || rtcp < next)) plain->rtcp_port = (uint16_t)atoi(rtcp + 8);
		if (!plain->port) return TS_EBADMSG;
	}
	config->offering = false;
	return 0;
}

static int open_socket(struct ts_peer_call *call, unsigned port)
{
	const struct sockaddr_in to = {.sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	call->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (call->fd < 0) return TS_EIO;
	return connect(call->fd, (const struct sockaddr *)&to, sizeof to) ? TS_EIO : 0;
}

int ts_call_invite(struct ts_peer_call *call, unsigned port, const char *room, const char *name,
	const struct ts_transport_local *local, struct ts_transport_config *config)
{
	char message[MESSAGE_MAX], sdp[4096];
	struct ts_text body = ts_text(sdp, sizeof sdp), t = ts_text(message, sizeof message);
	*call = (struct ts_peer_call){.cseq = 1};
	if (open_socket(call, port)) return TS_EIO;
	snprintf(call->target, sizeof call->target, "%s@127.0.0.1:%u", room, port);
	snprintf(call->id, sizeof call->id, "%08x%08x", ts_random_u32(), ts_random_u32());
	snprintf(call->from, sizeof call->from, "\"%s\" <sip:peer@127.0.0.1>;tag=%.8s", name,
		call->id);
	snprintf(call->to, sizeof call->to, "<sip:%s>", call->target);
	ts_text_append(&body,
		"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\n"
		"t=0 0\r\n");
	for (size_t i = 0; i < config->n_media; i++) put_line(&body, local, config, i);
	put_head(&t, call, "INVITE");
	ts_text_append(&t, "Content-Type: application/sdp\r\nContent-Length: %zu\r\n\r\n%s",
		body.len, sdp);
	if (send(call->fd, message, t.len, 0) < 0 || !await_final(call, message)) return TS_EIO;
	header(call->to, sizeof call->to, message, "To");
	int err = call->status < 300 ? read_answer(config, strstr(message, "\r\n\r\n")) : TS_EIO;
	t = ts_text(message, sizeof message);
	put_head(&t, call, "ACK");
	ts_text_append(&t, "Content-Length: 0\r\n\r\n");
	send(call->fd, message, t.len, 0);
	return err;
}

void ts_call_end(struct ts_peer_call *call, bool bye)
{
	char message[2048];
	struct ts_text t = ts_text(message, sizeof message);
	if (call->fd <= 0) return;
	call->cseq++;
	put_head(&t, call, "BYE");
	ts_text_append(&t, "Content-Length: 0\r\n\r\n");
	if (bye && call->status && call->status < 300) send(call->fd, message, t.len, 0);
	close(call->fd);
	call->fd = -1;
}
