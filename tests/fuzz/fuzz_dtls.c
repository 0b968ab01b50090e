/* Datagrams on a DTLS association: { u8 kind, u16 length, bytes }*. The first byte: 1 we are the
 * client, 2 after a whole handshake with an honest peer. kind 1: a copy of what the honest peer
 * sent last, with the bytes written over it. Strangers never end an association that is done, and
 * the honest peer's close is seen after all of it. */
#include "base/bytes.h"
#include "base/clock.h"
#include "transport/secure/dtls.h"
#include <stdlib.h>
#include <string.h>

enum { QUEUE = 16, BYTES = 1700, DATAGRAMS_MAX = 60 };

struct wire {
	struct {
		size_t len;
		uint8_t bytes[BYTES];
	} out[QUEUE];
	size_t n;
	uint8_t last[BYTES];
	size_t last_len;
};

static struct ts_dtls_cert *cert;
static int64_t now_ns;

static void on_send(void *arg, const uint8_t *data, size_t len)
{
	struct wire *w = arg;
	if (len > 1200) abort();
	if (w->n < QUEUE) {
		w->out[w->n].len = len;
		memcpy(w->out[w->n++].bytes, data, len);
	}
	memcpy(w->last, data, len);
	w->last_len = len;
}

static struct ts_dtls *make(enum ts_dtls_role role, struct wire *w)
{
	struct ts_dtls *dtls;
	struct ts_dtls_config config = {role, ts_dtls_cert_fingerprint(cert), on_send, w};
	w->n = w->last_len = 0;
	if (ts_dtls_create(&dtls, cert, &config)) abort();
	return dtls;
}

static enum ts_dtls_state carry(struct wire *from, struct ts_dtls *to)
{
	enum ts_dtls_state state = TS_DTLS_HANDSHAKE;
	struct wire copy = *from;
	from->n = 0;
	for (size_t i = 0; i < copy.n; i++)
		state = ts_dtls_input(to, copy.out[i].bytes, copy.out[i].len, now_ns);
	return state;
}

static void shake(struct ts_dtls *a, struct wire *wa, struct ts_dtls *b, struct wire *wb)
{
	enum ts_dtls_state sa = TS_DTLS_HANDSHAKE, sb = TS_DTLS_HANDSHAKE;
	for (int i = 0; i < 10 && (sa != TS_DTLS_DONE || sb != TS_DTLS_DONE); i++) {
		if (wa->n) sb = carry(wa, b);
		if (wb->n) sa = carry(wb, a);
	}
	if (sa != TS_DTLS_DONE || sb != TS_DTLS_DONE) abort();
}

static enum ts_dtls_state give(
	struct ts_dtls *dtls, const struct wire *peer, uint8_t kind, struct ts_rd *bytes)
{
	uint8_t buf[BYTES] = {0};
	size_t n = ts_rd_left(bytes), len = kind & 1 ? peer->last_len : n;
	if (kind & 1) memcpy(buf, peer->last, len);
	if (n > len) n = len;
	if (n) memcpy(buf, bytes->p, n);
	uint8_t *exact = malloc(len ? len : 1);
	if (!exact) abort();
	memcpy(exact, buf, len);
	enum ts_dtls_state state = ts_dtls_input(dtls, exact, len, now_ns);
	free(exact);
	return state;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct wire ours, theirs;
	if (!cert && ts_dtls_cert_create(&cert)) abort();
	struct ts_rd r = ts_rd(data, len);
	uint8_t how = ts_rd_u8(&r);
	bool done = how & 2;
	now_ns = TS_NS_PER_S;
	struct ts_dtls *dtls = make(how & 1 ? TS_DTLS_CLIENT : TS_DTLS_SERVER, &ours);
	struct ts_dtls *peer = make(how & 1 ? TS_DTLS_SERVER : TS_DTLS_CLIENT, &theirs);
	ts_dtls_start(dtls);
	ts_dtls_start(peer);
	if (done) shake(dtls, &ours, peer, &theirs);
	enum ts_dtls_state state = done ? TS_DTLS_DONE : TS_DTLS_HANDSHAKE;
	for (int i = 0; i < DATAGRAMS_MAX && ts_rd_left(&r) > 3; i++) {
		uint8_t kind = ts_rd_u8(&r);
		size_t n = ts_rd_u16(&r) % 1600;
		struct ts_rd bytes = ts_rd_sub(&r, n > ts_rd_left(&r) ? ts_rd_left(&r) : n);
		now_ns += 50 * TS_NS_PER_MS;
		state = give(dtls, &theirs, kind, &bytes);
		if (done && state != TS_DTLS_DONE) abort();
		ts_dtls_due_ns(dtls, now_ns);
		if (state == TS_DTLS_FAILED && !*ts_dtls_reason(dtls)) abort();
	}
	if (done) {
		theirs.n = 0;
		now_ns += 2 * TS_NS_PER_S;
		ts_dtls_close(peer);
		if (carry(&theirs, dtls) != TS_DTLS_CLOSED) abort();
	}
	ts_dtls_destroy(&dtls);
	ts_dtls_destroy(&peer);
	return 0;
}
