#include "control/ingest/rtmp.h"

#include "base/error.h"
#include "base/random.h"
#include "control/ingest/amf0.h"

enum {
	VERSION = 3,
	EARLY_MAX = 16 * 1024,
	MESSAGE_MAX = 4 << 20,
	WINDOW_BYTES = 2500000, /* that we ask for, and acknowledge where nothing was asked for */
	WINDOW_MIN = 1024,      /* of theirs: an acknowledgement takes 16 bytes */
	STREAMS_MAX = 8,
	REPLY_MAX = 1024,
	CHUNK_OUT = 4096,
	COMMAND_STREAM = 3 /* chunk stream of commands, 2 that of the protocol's own (5.4) */
};

enum message_type {
	SET_CHUNK_SIZE = 1,
	ABORT = 2,
	ACKNOWLEDGEMENT = 3,
	USER_CONTROL = 4,
	WINDOW_SIZE = 5,
	PEER_BANDWIDTH = 6,
	AUDIO = 8,
	VIDEO = 9,
	DATA_AMF3 = 15,
	COMMAND_AMF3 = 17,
	DATA = 18,
	COMMAND = 20
};

enum user_control { STREAM_BEGIN = 0, PING_REQUEST = 6, PING_RESPONSE = 7 };

/* FLV, E.2 */
enum { FLV_VIDEO = 1, FLV_AUDIO = 4, FLV_TAG_HEADER = 11 };

void ts_rtmp_init(struct ts_rtmp *m, const struct ts_rtmp_events *events, void *arg)
{
	*m = (struct ts_rtmp){.events = events, .arg = arg, .ack_window = WINDOW_BYTES};
	ts_rtmp_chunks_init(&m->chunks, EARLY_MAX);
}

void ts_rtmp_fini(struct ts_rtmp *m)
{
	ts_rtmp_chunks_fini(&m->chunks);
	explicit_bzero(m->app, sizeof m->app);
}

/* ---- sending */

static int send_bytes(struct ts_rtmp *m, const uint8_t *bytes, size_t n)
{
	return m->events->send(m->arg, bytes, n) ? 0 : TS_EFULL;
}

/* One chunk: the first message that is longer than TS_RTMP_CHUNK_SIZE comes behind the one that
 * makes chunks CHUNK_OUT long. */
static int send_message(struct ts_rtmp *m, enum message_type type, const struct ts_wr *body)
{
	uint8_t bytes[12 + REPLY_MAX];
	const bool own = type != COMMAND;
	const size_t n = ts_wr_len(body);
	struct ts_wr w = ts_wr(bytes, sizeof bytes);
	if (body->bad) return TS_ELIMIT;
	ts_wr_u8(&w, own ? 2 : COMMAND_STREAM);
	ts_wr_u24(&w, 0);
	ts_wr_u24(&w, (uint32_t)n);
	ts_wr_u8(&w, (uint8_t)type);
	/* the only one whose bytes are in the other order */
	const uint32_t stream = own || m->state < TS_RTMP_ASKED ? 0 : m->stream;
	ts_wr_u8(&w, (uint8_t)stream);
	ts_wr_u8(&w, (uint8_t)(stream >> 8));
	ts_wr_u8(&w, (uint8_t)(stream >> 16));
	ts_wr_u8(&w, (uint8_t)(stream >> 24));
	ts_wr_bytes(&w, body->start, n);
	return w.bad ? TS_ELIMIT : send_bytes(m, bytes, ts_wr_len(&w));
}

static int send_number(struct ts_rtmp *m, enum message_type type, uint32_t number)
{
	uint8_t body[8];
	struct ts_wr w = ts_wr(body, sizeof body);
	ts_wr_u32(&w, number);
	if (type == PEER_BANDWIDTH) ts_wr_u8(&w, 2); /* dynamic */
	return send_message(m, type, &w);
}

static int send_user(struct ts_rtmp *m, enum user_control event, uint32_t number)
{
	uint8_t body[6];
	struct ts_wr w = ts_wr(body, sizeof body);
	ts_wr_u16(&w, (uint16_t)event);
	ts_wr_u32(&w, number);
	return send_message(m, USER_CONTROL, &w);
}

static void write_status(struct ts_wr *w, const char *level, const char *code, const char *text)
{
	ts_amf_object(w);
	ts_amf_name(w, "level");
	ts_amf_string(w, level);
	ts_amf_name(w, "code");
	ts_amf_string(w, code);
	ts_amf_name(w, "description");
	ts_amf_string(w, text);
}

static int send_status(struct ts_rtmp *m, const char *level, const char *code, const char *text)
{
	uint8_t body[REPLY_MAX];
	struct ts_wr w = ts_wr(body, sizeof body);
	ts_amf_string(&w, "onStatus");
	ts_amf_number(&w, 0);
	ts_amf_null(&w);
	write_status(&w, level, code, text);
	ts_amf_end(&w);
	return send_message(m, COMMAND, &w);
}

/* ---- commands */

static int send_connected(struct ts_rtmp *m, double transaction)
{
	uint8_t body[REPLY_MAX];
	struct ts_wr w = ts_wr(body, sizeof body);
	int err = send_number(m, WINDOW_SIZE, WINDOW_BYTES);
	if (!err) err = send_number(m, PEER_BANDWIDTH, WINDOW_BYTES);
	if (!err) err = send_number(m, SET_CHUNK_SIZE, CHUNK_OUT);
	ts_amf_string(&w, "_result");
	ts_amf_number(&w, transaction);
	ts_amf_object(&w);
	ts_amf_name(&w, "fmsVer");
	ts_amf_string(&w, "FMS/3,0,1,123"); /* clients look for a number they know */
	ts_amf_name(&w, "capabilities");
	ts_amf_number(&w, 31);
	ts_amf_end(&w);
	write_status(&w, "status", "NetConnection.Connect.Success", "connected");
	ts_amf_name(&w, "objectEncoding");
	ts_amf_number(&w, 0);
	ts_amf_end(&w);
	return err ? err : send_message(m, COMMAND, &w);
}

static int on_connect(struct ts_rtmp *m, double transaction, struct ts_rd *r)
{
	char name[16];
	if (m->state != TS_RTMP_CONNECTING || !ts_amf_enter(r)) return TS_EBADMSG;
	while (ts_amf_next(r, name, sizeof name)) {
		if (!strcmp(name, "app") && ts_amf_is_string(r))
			ts_amf_read_string(r, m->app, sizeof m->app);
		else
			ts_amf_skip(r);
	}
	if (r->bad) return TS_EBADMSG;
	m->state = TS_RTMP_CONNECTED;
	return send_connected(m, transaction);
}

static int on_create_stream(struct ts_rtmp *m, double transaction)
{
	uint8_t body[REPLY_MAX];
	struct ts_wr w = ts_wr(body, sizeof body);
	if (m->state < TS_RTMP_CONNECTED) return TS_EBADMSG;
	if (++m->streams > STREAMS_MAX) return TS_ELIMIT;
	ts_amf_string(&w, "_result");
	ts_amf_number(&w, transaction);
	ts_amf_null(&w);
	ts_amf_number(&w, m->streams);
	return send_message(m, COMMAND, &w);
}

static int on_publish(struct ts_rtmp *m, uint32_t stream, struct ts_rd *r)
{
	char key[TS_RTMP_TEXT_MAX] = "";
	if (m->state != TS_RTMP_CONNECTED) return TS_EBADMSG;
	ts_amf_skip(r); /* null, where others have their object */
	if (ts_amf_is_string(r)) ts_amf_read_string(r, key, sizeof key);
	if (r->bad) return TS_EBADMSG;
	m->stream = stream;
	m->state = TS_RTMP_ASKED;
	m->events->on_publish(m->arg, m->app, key);
	explicit_bzero(key, sizeof key);
	return m->state == TS_RTMP_OVER ? TS_ECLOSED : 0;
}

int ts_rtmp_answer(struct ts_rtmp *m, bool admitted)
{
	if (m->state != TS_RTMP_ASKED) return 0;
	int err;
	if (admitted) {
		err = send_user(m, STREAM_BEGIN, m->stream);
		if (!err) err = send_status(m, "status", "NetStream.Publish.Start", "publishing");
		m->chunks.message_max = MESSAGE_MAX;
		m->state = TS_RTMP_PUBLISHING;
	} else {
		err = send_status(m, "error", "NetStream.Publish.BadName", "refused");
		m->state = TS_RTMP_OVER;
	}
	return err;
}

static bool ends_stream(const char *name)
{
	return !strcmp(name, "deleteStream") || !strcmp(name, "closeStream") ||
		!strcmp(name, "FCUnpublish");
}

static int on_command(struct ts_rtmp *m, uint32_t stream, struct ts_rd r)
{
	char name[32];
	if (m->state < TS_RTMP_CONNECTING) return TS_EBADMSG;
	ts_amf_read_string(&r, name, sizeof name);
	/* one whose name is longer is none of ours */
	if (r.bad) return m->state < TS_RTMP_CONNECTED ? TS_EBADMSG : 0;
	const double transaction = ts_amf_read_number(&r);
	if (!strcmp(name, "connect")) return on_connect(m, transaction, &r);
	if (m->state < TS_RTMP_CONNECTED) return TS_EBADMSG;
	if (!strcmp(name, "createStream")) return on_create_stream(m, transaction);
	if (!strcmp(name, "publish")) return on_publish(m, stream, &r);
	if (m->state >= TS_RTMP_ASKED && ends_stream(name)) {
		m->state = TS_RTMP_OVER;
		return TS_ECLOSED;
	}
	return 0;
}

/* ---- media */

static int send_header(struct ts_rtmp *m)
{
	/* what it has, as far as is known: libavformat looks for all of it, and long for what is
	 * not there */
	const uint8_t tracks = m->tracks ? m->tracks : FLV_VIDEO | FLV_AUDIO;
	const uint8_t header[] = {'F', 'L', 'V', 1, tracks, 0, 0, 0, 9, 0, 0, 0, 0};
	m->has_header = true;
	return m->events->on_media(m->arg, header, sizeof header) ? 0 : TS_EFULL;
}

static int send_tag(struct ts_rtmp *m, const struct ts_rtmp_message *message, uint8_t type)
{
	uint8_t head[FLV_TAG_HEADER], size[4];
	struct ts_wr w = ts_wr(head, sizeof head), end = ts_wr(size, sizeof size);
	int err = m->has_header ? 0 : send_header(m);
	ts_wr_u8(&w, type);
	ts_wr_u24(&w, (uint32_t)message->len);
	ts_wr_u24(&w, message->timestamp & 0xffffff);
	ts_wr_u8(&w, (uint8_t)(message->timestamp >> 24));
	ts_wr_u24(&w, 0);
	ts_wr_u32(&end, FLV_TAG_HEADER + (uint32_t)message->len);
	if (err) return err;
	return m->events->on_media(m->arg, head, sizeof head) &&
			m->events->on_media(m->arg, message->body, message->len) &&
			m->events->on_media(m->arg, size, sizeof size)
		? 0
		: TS_EFULL;
}

static uint8_t tracks_of(struct ts_rd *r)
{
	char name[24];
	uint8_t tracks = 0;
	if (!ts_amf_enter(r)) return 0;
	while (ts_amf_next(r, name, sizeof name)) {
		if (!strcmp(name, "videocodecid")) tracks |= FLV_VIDEO;
		if (!strcmp(name, "audiocodecid")) tracks |= FLV_AUDIO;
		ts_amf_skip(r);
	}
	return r->bad ? 0 : tracks;
}

/* The first metadata goes in front of all; later ones are left out, as they tell nothing new. */
static int on_data(struct ts_rtmp *m, const struct ts_rtmp_message *message, struct ts_rd r)
{
	char name[32];
	if (m->state != TS_RTMP_PUBLISHING || m->has_header || m->has_metadata || !message->len)
		return 0;
	struct ts_rtmp_message data = *message;
	ts_amf_read_string(&r, name, sizeof name);
	if (!r.bad && !strcmp(name, "@setDataFrame")) {
		data.body = r.p;
		data.len = ts_rd_left(&r);
		ts_amf_read_string(&r, name, sizeof name);
	} else {
		data.body = message->body + (message->type == DATA_AMF3);
		data.len = message->len - (message->type == DATA_AMF3);
	}
	if (r.bad || strcmp(name, "onMetaData") != 0) return 0;
	m->has_metadata = true;
	m->tracks = tracks_of(&r);
	return send_tag(m, &data, DATA);
}

/* ---- the protocol's own */

static int on_user_control(struct ts_rtmp *m, struct ts_rd *r)
{
	const uint16_t event = ts_rd_u16(r);
	const uint32_t number = ts_rd_u32(r);
	return !r->bad && event == PING_REQUEST ? send_user(m, PING_RESPONSE, number) : 0;
}

static int on_chunk_size(struct ts_rtmp *m, uint32_t size)
{
	if (size < 1 || size > TS_RTMP_CHUNK_MAX) return TS_ELIMIT;
	m->chunks.chunk_size = size;
	return 0;
}

static int on_message(void *arg, const struct ts_rtmp_message *message)
{
	struct ts_rtmp *m = arg;
	struct ts_rd r = ts_rd(message->body, message->len);
	switch (message->type) {
	case SET_CHUNK_SIZE: return on_chunk_size(m, ts_rd_u32(&r));
	case ABORT: ts_rtmp_chunks_abort(&m->chunks, ts_rd_u32(&r)); return 0;
	case USER_CONTROL: return on_user_control(m, &r);
	case WINDOW_SIZE:
		m->ack_window = ts_rd_u32(&r);
		if (m->ack_window < WINDOW_MIN) m->ack_window = WINDOW_MIN;
		return 0;
	case COMMAND_AMF3: ts_rd_u8(&r); return on_command(m, message->stream, r);
	case COMMAND: return on_command(m, message->stream, r);
	case DATA_AMF3: ts_rd_u8(&r); return on_data(m, message, r);
	case DATA: return on_data(m, message, r);
	case AUDIO:
	case VIDEO:
		return m->state == TS_RTMP_PUBLISHING && message->len
			? send_tag(m, message, message->type)
			: 0;
	default: return 0;
	}
}

/* ---- bytes */

/* S0 and S1, then C1 as S2 (5.2.4). The version in S1 is 0: else clients look for a digest. */
static int answer_hello(struct ts_rtmp *m)
{
	uint8_t hello[1 + TS_RTMP_HANDSHAKE] = {VERSION};
	if (m->hello[0] != VERSION) return TS_EUNSUPPORTED;
	ts_random_bytes(hello + 9, sizeof hello - 9);
	const int err = send_bytes(m, hello, sizeof hello);
	return err ? err : send_bytes(m, m->hello + 1, TS_RTMP_HANDSHAKE);
}

static int shake_hands(struct ts_rtmp *m, struct ts_rd *r)
{
	const size_t whole = m->state == TS_RTMP_C0C1 ? sizeof m->hello : TS_RTMP_HANDSHAKE;
	const size_t need = whole - m->n_hello, n = need < ts_rd_left(r) ? need : ts_rd_left(r);
	memcpy(m->hello + m->n_hello, ts_rd_bytes(r, n), n);
	m->n_hello += n;
	if (m->hello[0] != VERSION && m->state == TS_RTMP_C0C1) return TS_EBADMSG;
	if (n < need) return 0;
	m->n_hello = 0;
	if (m->state == TS_RTMP_C2) {
		m->state = TS_RTMP_CONNECTING;
		return 0;
	}
	m->state = TS_RTMP_C2;
	return answer_hello(m);
}

static int acknowledge(struct ts_rtmp *m)
{
	if (m->state < TS_RTMP_CONNECTED || m->received - m->acked < m->ack_window) return 0;
	m->acked = m->received;
	return send_number(m, ACKNOWLEDGEMENT, (uint32_t)m->received);
}

int ts_rtmp_feed(struct ts_rtmp *m, const uint8_t *bytes, size_t n)
{
	struct ts_rd r = ts_rd(bytes, n);
	int err = 0;
	m->received += n;
	while (!err && m->state < TS_RTMP_CONNECTING && ts_rd_left(&r)) err = shake_hands(m, &r);
	if (!err && ts_rd_left(&r))
		err = ts_rtmp_chunks_feed(&m->chunks, r.p, ts_rd_left(&r), on_message, m);
	if (!err && m->state == TS_RTMP_OVER) err = TS_ECLOSED;
	return err ? err : acknowledge(m);
}
