#include "transport/secure/dtls_record.h"

enum {
	HEADER = 13,
	/* change_cipher_spec, alert, handshake, application_data; no other was negotiated */
	TYPE_FIRST = 20,
	TYPE_LAST = 23,
	FRAGMENT_MAX = (1 << 14) + 2048, /* RFC 6347 4.1 */
	BLOCK = 16,
	DTLS_1_0 = 0xfeff, /* the first ClientHello of some */
	DTLS_1_2 = 0xfefd,
};

/* AEAD: explicit nonce and tag. CBC: the MAC, an explicit IV beside it. */
static const struct {
	size_t nonce, tag, mac;
} shapes[TS_DTLS_CIPHER_COUNT] = {
	[TS_DTLS_CIPHER_UNKNOWN] = {0, 16, 0},
	[TS_DTLS_CIPHER_GCM] = {8, 16, 0},
	[TS_DTLS_CIPHER_CCM] = {8, 16, 0},
	[TS_DTLS_CIPHER_CCM_8] = {8, 8, 0},
	[TS_DTLS_CIPHER_CHACHA20] = {0, 16, 0},
	[TS_DTLS_CIPHER_CBC_SHA1] = {0, 0, 20},
	[TS_DTLS_CIPHER_CBC_SHA256] = {0, 0, 32},
	[TS_DTLS_CIPHER_CBC_SHA384] = {0, 0, 48},
};

/* IV, then blocks that hold at least the MAC and one byte of padding length. */
static bool fits_mac_then_encrypt(size_t mac, size_t len)
{
	size_t least = BLOCK + (mac + 1 + BLOCK - 1) / BLOCK * BLOCK;
	return len >= least && len % BLOCK == 0;
}

/* IV, blocks that hold at least the padding length, then the MAC. */
static bool fits_encrypt_then_mac(size_t mac, size_t len)
{
	return len >= BLOCK + BLOCK + mac && (len - mac) % BLOCK == 0;
}

bool ts_dtls_fragment_fits(enum ts_dtls_cipher cipher, size_t len)
{
	size_t mac = shapes[cipher].mac;
	if (mac) return fits_mac_then_encrypt(mac, len) || fits_encrypt_then_mac(mac, len);
	return len >= shapes[cipher].nonce + shapes[cipher].tag;
}

struct record {
	uint8_t type;
	uint16_t version, epoch;
	size_t len; /* of the fragment */
	struct ts_rd bytes;
};

/* Takes one record out of r; false: what is left is none. */
static bool cut(struct ts_rd *r, struct record *out)
{
	const uint8_t *start = r->p;
	out->type = ts_rd_u8(r);
	out->version = ts_rd_u16(r);
	out->epoch = ts_rd_u16(r);
	ts_rd_bytes(r, 6);
	out->len = ts_rd_u16(r);
	ts_rd_bytes(r, out->len);
	if (r->bad) return false;
	out->bytes = ts_rd(start, HEADER + out->len);
	return out->type >= TYPE_FIRST && out->type <= TYPE_LAST && out->len <= FRAGMENT_MAX &&
		(out->version == DTLS_1_0 || out->version == DTLS_1_2);
}

bool ts_dtls_framed(const uint8_t *data, size_t len)
{
	struct ts_rd r = ts_rd(data, len);
	struct record record;
	do {
		if (!cut(&r, &record)) return false;
	} while (ts_rd_left(&r));
	return true;
}

static bool may_see(const struct record *record, struct ts_dtls_now *now)
{
	if (record->epoch == 0) return !now->done && record->len > 0;
	if (record->epoch > 1 || record->version != DTLS_1_2) return false;
	if (!ts_dtls_fragment_fits(now->cipher, record->len)) return false;
	return now->done || now->early_left-- > 0;
}

struct ts_rd ts_dtls_next_record(struct ts_rd *datagram, struct ts_dtls_now *now, int *dropped)
{
	struct record record;
	while (ts_rd_left(datagram) && cut(datagram, &record)) {
		if (may_see(&record, now)) return record.bytes;
		++*dropped;
	}
	return ts_rd(NULL, 0);
}
