#include "transport/secure/srtp_crypto.h"
#define OPENSSL_SUPPRESS_DEPRECATED /* SHA_CTX */
#include "base/error.h"
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <srtp2/auth.h>
#include <srtp2/cipher.h>
#include <srtp2/srtp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum {
	BLOCK_BYTES = 16,
	CM_SALT_BYTES = 14,
	GCM_IV_BYTES = 12,
};

/* fetched once: looking one up takes longer than a packet */
static EVP_CIPHER *aes_ctr[2], *aes_gcm[2]; /* of keys of 128, of 256 bits */

/* what libsrtp hands out as srtp_cipher_t, and its state behind it */
struct cipher {
	srtp_cipher_t base;
	EVP_CIPHER_CTX *ctx;
	uint8_t offset[BLOCK_BYTES]; /* AES-CM: the salt, its last two bytes 0 */
	uint32_t tag_len;            /* AES-GCM */
};

static const srtp_cipher_type_t cm_types[2], gcm_types[2];

static srtp_err_status_t status_of(int openssl)
{
	return openssl == 1 ? srtp_err_status_ok : srtp_err_status_cipher_fail;
}

static srtp_err_status_t cipher_new(
	srtp_cipher_pointer_t *out, const srtp_cipher_type_t *type, int key_len, int tag_len)
{
	struct cipher *c = calloc(1, sizeof(*c));
	if (!c || !(c->ctx = EVP_CIPHER_CTX_new())) {
		free(c);
		return srtp_err_status_alloc_fail;
	}
	c->base = (srtp_cipher_t){
		.type = type, .state = c, .key_len = key_len, .algorithm = (int)type->id};
	c->tag_len = (uint32_t)tag_len;
	*out = &c->base;
	return srtp_err_status_ok;
}

static srtp_err_status_t cipher_free(srtp_cipher_pointer_t base)
{
	struct cipher *c = base->state;
	EVP_CIPHER_CTX_free(c->ctx);
	explicit_bzero(c, sizeof(*c));
	free(c);
	return srtp_err_status_ok;
}

/* ---- AES-CM: the salt, exclusive-or SSRC and index, is where the counter begins */

static srtp_err_status_t cm_alloc(srtp_cipher_pointer_t *out, int key_len, int tag_len)
{
	(void)tag_len;
	if (key_len != SRTP_AES_ICM_128_KEY_LEN_WSALT && key_len != SRTP_AES_ICM_256_KEY_LEN_WSALT)
		return srtp_err_status_bad_param;
	const bool is_long = key_len == SRTP_AES_ICM_256_KEY_LEN_WSALT;
	return cipher_new(out, &cm_types[is_long], key_len, 0);
}

static srtp_err_status_t cm_init(void *state, const uint8_t *key)
{
	struct cipher *c = state;
	const bool is_long = c->base.key_len == SRTP_AES_ICM_256_KEY_LEN_WSALT;
	memcpy(c->offset, key + c->base.key_len - CM_SALT_BYTES, CM_SALT_BYTES);
	return status_of(EVP_EncryptInit_ex(c->ctx, aes_ctr[is_long], NULL, key, c->offset));
}

static srtp_err_status_t cm_set_iv(void *state, uint8_t *iv, srtp_cipher_direction_t direction)
{
	struct cipher *c = state;
	uint8_t counter[BLOCK_BYTES];
	(void)direction;
	for (size_t i = 0; i < BLOCK_BYTES; i++) counter[i] = c->offset[i] ^ iv[i];
	return status_of(EVP_EncryptInit_ex(c->ctx, NULL, NULL, NULL, counter));
}

static srtp_err_status_t cm_crypt(void *state, uint8_t *buf, unsigned int *len)
{
	struct cipher *c = state;
	int n = 0;
	return status_of(EVP_EncryptUpdate(c->ctx, buf, &n, buf, (int)*len));
}

/* ---- AES-GCM */

static srtp_err_status_t gcm_alloc(srtp_cipher_pointer_t *out, int key_len, int tag_len)
{
	if (key_len != SRTP_AES_GCM_128_KEY_LEN_WSALT && key_len != SRTP_AES_GCM_256_KEY_LEN_WSALT)
		return srtp_err_status_bad_param;
	if (tag_len != 16 && tag_len != 8) return srtp_err_status_bad_param;
	const bool is_long = key_len == SRTP_AES_GCM_256_KEY_LEN_WSALT;
	return cipher_new(out, &gcm_types[is_long], key_len, tag_len);
}

/* Its IV has 12 bytes, as OpenSSL takes for granted. */
static srtp_err_status_t gcm_init(void *state, const uint8_t *key)
{
	struct cipher *c = state;
	const bool is_long = c->base.key_len == SRTP_AES_GCM_256_KEY_LEN_WSALT;
	return status_of(EVP_CipherInit_ex(c->ctx, aes_gcm[is_long], NULL, key, NULL, 1));
}

static srtp_err_status_t gcm_set_iv(void *state, uint8_t *iv, srtp_cipher_direction_t direction)
{
	struct cipher *c = state;
	return status_of(EVP_CipherInit_ex(
		c->ctx, NULL, NULL, NULL, iv, direction == srtp_direction_encrypt));
}

static srtp_err_status_t gcm_set_aad(void *state, const uint8_t *aad, uint32_t len)
{
	struct cipher *c = state;
	int n = 0;
	return status_of(EVP_CipherUpdate(c->ctx, NULL, &n, aad, (int)len));
}

static srtp_err_status_t gcm_encrypt(void *state, uint8_t *buf, unsigned int *len)
{
	struct cipher *c = state;
	int n = 0;
	return status_of(EVP_CipherUpdate(c->ctx, buf, &n, buf, (int)*len));
}

static srtp_err_status_t gcm_get_tag(void *state, uint8_t *tag, uint32_t *len)
{
	struct cipher *c = state;
	int n = 0;
	*len = c->tag_len;
	if (EVP_CipherFinal_ex(c->ctx, tag, &n) != 1) return srtp_err_status_cipher_fail;
	return status_of(EVP_CIPHER_CTX_ctrl(c->ctx, EVP_CTRL_AEAD_GET_TAG, (int)c->tag_len, tag));
}

/* buf ends with the tag; what it opens to is worth nothing unless this succeeds. */
static srtp_err_status_t gcm_decrypt(void *state, uint8_t *buf, unsigned int *len)
{
	struct cipher *c = state;
	int n = 0;
	if (*len < c->tag_len) return srtp_err_status_bad_param;
	unsigned int text = *len - c->tag_len;
	if (EVP_CIPHER_CTX_ctrl(c->ctx, EVP_CTRL_AEAD_SET_TAG, (int)c->tag_len, buf + text) != 1)
		return srtp_err_status_cipher_fail;
	if (EVP_CipherUpdate(c->ctx, buf, &n, buf, (int)text) != 1)
		return srtp_err_status_cipher_fail;
	if (EVP_CipherFinal_ex(c->ctx, buf + text, &n) != 1) return srtp_err_status_auth_fail;
	*len = text;
	return srtp_err_status_ok;
}

/* ---- HMAC-SHA1 (RFC 2104): a message comes in pieces, start, update ..., compute. By OpenSSL's
 * SHA_CTX, which is a plain struct: an EVP_MAC_CTX is a dozen objects, and with hundreds of streams
 * each of them is a cache miss for each packet. */

struct auth {
	srtp_auth_t base;
	SHA_CTX inner, outer; /* after the block that the key makes */
	SHA_CTX run;
};

static const srtp_auth_type_t hmac_type;

static srtp_err_status_t hmac_alloc(srtp_auth_pointer_t *out, int key_len, int out_len)
{
	if (key_len > SHA_DIGEST_LENGTH || out_len > SHA_DIGEST_LENGTH)
		return srtp_err_status_bad_param;
	struct auth *a = calloc(1, sizeof(*a));
	if (!a) return srtp_err_status_alloc_fail;
	a->base = (srtp_auth_t){
		.type = &hmac_type, .state = a, .out_len = out_len, .key_len = key_len};
	*out = &a->base;
	return srtp_err_status_ok;
}

static srtp_err_status_t hmac_free(srtp_auth_pointer_t base)
{
	struct auth *a = base->state;
	explicit_bzero(a, sizeof(*a));
	free(a);
	return srtp_err_status_ok;
}

static void keyed(SHA_CTX *sha, const uint8_t *key, int key_len, uint8_t pad)
{
	uint8_t block[SHA_CBLOCK];
	memset(block, pad, sizeof(block));
	for (int i = 0; i < key_len; i++) block[i] ^= key[i];
	SHA1_Init(sha);
	SHA1_Update(sha, block, sizeof(block));
	explicit_bzero(block, sizeof(block));
}

static srtp_err_status_t hmac_init(void *state, const uint8_t *key, int key_len)
{
	struct auth *a = state;
	keyed(&a->inner, key, key_len, 0x36);
	keyed(&a->outer, key, key_len, 0x5c);
	a->run = a->inner;
	return srtp_err_status_ok;
}

static srtp_err_status_t hmac_start(void *state)
{
	struct auth *a = state;
	a->run = a->inner;
	return srtp_err_status_ok;
}

static srtp_err_status_t hmac_update(void *state, const uint8_t *buf, int len)
{
	struct auth *a = state;
	SHA1_Update(&a->run, buf, (size_t)len);
	return srtp_err_status_ok;
}

static srtp_err_status_t hmac_compute(
	void *state, const uint8_t *buf, int len, int tag_len, uint8_t *tag)
{
	struct auth *a = state;
	uint8_t digest[SHA_DIGEST_LENGTH];
	if (tag_len > SHA_DIGEST_LENGTH) return srtp_err_status_bad_param;
	SHA1_Update(&a->run, buf, (size_t)len);
	SHA1_Final(digest, &a->run);
	a->run = a->outer;
	SHA1_Update(&a->run, digest, sizeof(digest));
	SHA1_Final(digest, &a->run);
	memcpy(tag, digest, (size_t)tag_len);
	return srtp_err_status_ok;
}

/* ---- known answers: RFC 3711 B.2, RFC 6188 7.1; test cases 4 and 16 of the GCM specification; RFC
 * 2202 3, case 1 */

static const uint8_t cm_key[] = {0x2b, 0x7e, 0x15, 0x16, 0x28, 0xae, 0xd2, 0xa6, 0xab, 0xf7, 0x15,
	0x88, 0x09, 0xcf, 0x4f, 0x3c, /* and the salt */
	0xf0, 0xf1, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf7, 0xf8, 0xf9, 0xfa, 0xfb, 0xfc, 0xfd};
static const uint8_t cm_plain[32];
static const uint8_t cm_coded[] = {0xe0, 0x3e, 0xad, 0x09, 0x35, 0xc9, 0x5e, 0x80, 0xe1, 0x66, 0xb1,
	0x6d, 0xd9, 0x2b, 0x4e, 0xb4, 0xd2, 0x35, 0x13, 0x16, 0x2b, 0x02, 0xd0, 0xf7, 0x2a, 0x43,
	0xa2, 0xfe, 0x4a, 0x5f, 0x97, 0xab};
static uint8_t cm_index[BLOCK_BYTES]; /* not const: libsrtp's type for it is not */

static const srtp_cipher_test_case_t cm_test = {.key_length_octets = sizeof(cm_key),
	.key = cm_key,
	.idx = cm_index,
	.plaintext_length_octets = sizeof(cm_plain),
	.plaintext = cm_plain,
	.ciphertext_length_octets = sizeof(cm_coded),
	.ciphertext = cm_coded};

static const uint8_t cm256_key[] = {0x57, 0xf8, 0x2f, 0xe3, 0x61, 0x3f, 0xd1, 0x70, 0xa8, 0x5e,
	0xc9, 0x3c, 0x40, 0xb1, 0xf0, 0x92, 0x2e, 0xc4, 0xcb, 0x0d, 0xc0, 0x25, 0xb5, 0x82, 0x72,
	0x14, 0x7c, 0xc4, 0x38, 0x94, 0x4a, 0x98, /* and the salt */
	0xf0, 0xf1, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf7, 0xf8, 0xf9, 0xfa, 0xfb, 0xfc, 0xfd};
static const uint8_t cm256_coded[] = {0x92, 0xbd, 0xd2, 0x8a, 0x93, 0xc3, 0xf5, 0x25, 0x11, 0xc6,
	0x77, 0xd0, 0x8b, 0x55, 0x15, 0xa4, 0x9d, 0xa7, 0x1b, 0x23, 0x78, 0xa8, 0x54, 0xf6, 0x70,
	0x50, 0x75, 0x6d, 0xed, 0x16, 0x5b, 0xac};

static const srtp_cipher_test_case_t cm256_test = {.key_length_octets = sizeof(cm256_key),
	.key = cm256_key,
	.idx = cm_index,
	.plaintext_length_octets = sizeof(cm_plain),
	.plaintext = cm_plain,
	.ciphertext_length_octets = sizeof(cm256_coded),
	.ciphertext = cm256_coded};

static const uint8_t gcm_key[] = {0xfe, 0xff, 0xe9, 0x92, 0x86, 0x65, 0x73, 0x1c, 0x6d, 0x6a, 0x8f,
	0x94, 0x67, 0x30, 0x83, 0x08, /* and the salt */
	0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
static uint8_t gcm_iv[] = {0xca, 0xfe, 0xba, 0xbe, 0xfa, 0xce, 0xdb, 0xad, 0xde, 0xca, 0xf8, 0x88};
static const uint8_t gcm_aad[] = {0xfe, 0xed, 0xfa, 0xce, 0xde, 0xad, 0xbe, 0xef, 0xfe, 0xed, 0xfa,
	0xce, 0xde, 0xad, 0xbe, 0xef, 0xab, 0xad, 0xda, 0xd2};
static const uint8_t gcm_plain[] = {0xd9, 0x31, 0x32, 0x25, 0xf8, 0x84, 0x06, 0xe5, 0xa5, 0x59,
	0x09, 0xc5, 0xaf, 0xf5, 0x26, 0x9a, 0x86, 0xa7, 0xa9, 0x53, 0x15, 0x34, 0xf7, 0xda, 0x2e,
	0x4c, 0x30, 0x3d, 0x8a, 0x31, 0x8a, 0x72, 0x1c, 0x3c, 0x0c, 0x95, 0x95, 0x68, 0x09, 0x53,
	0x2f, 0xcf, 0x0e, 0x24, 0x49, 0xa6, 0xb5, 0x25, 0xb1, 0x6a, 0xed, 0xf5, 0xaa, 0x0d, 0xe6,
	0x57, 0xba, 0x63, 0x7b, 0x39};
static const uint8_t gcm_coded[] = {0x42, 0x83, 0x1e, 0xc2, 0x21, 0x77, 0x74, 0x24, 0x4b, 0x72,
	0x21, 0xb7, 0x84, 0xd0, 0xd4, 0x9c, 0xe3, 0xaa, 0x21, 0x2f, 0x2c, 0x02, 0xa4, 0xe0, 0x35,
	0xc1, 0x7e, 0x23, 0x29, 0xac, 0xa1, 0x2e, 0x21, 0xd5, 0x14, 0xb2, 0x54, 0x66, 0x93, 0x1c,
	0x7d, 0x8f, 0x6a, 0x5a, 0xac, 0x84, 0xaa, 0x05, 0x1b, 0xa3, 0x0b, 0x39, 0x6a, 0x0a, 0xac,
	0x97, 0x3d, 0x58, 0xe0, 0x91, /* and the tag */
	0x5b, 0xc9, 0x4f, 0xbc, 0x32, 0x21, 0xa5, 0xdb, 0x94, 0xfa, 0xe9, 0x5a, 0xe7, 0x12, 0x1a,
	0x47};

static const srtp_cipher_test_case_t gcm_test = {.key_length_octets = sizeof(gcm_key),
	.key = gcm_key,
	.idx = gcm_iv,
	.plaintext_length_octets = sizeof(gcm_plain),
	.plaintext = gcm_plain,
	.ciphertext_length_octets = sizeof(gcm_coded),
	.ciphertext = gcm_coded,
	.aad_length_octets = sizeof(gcm_aad),
	.aad = gcm_aad,
	.tag_length_octets = 16};

static const uint8_t gcm256_key[] = {0xfe, 0xff, 0xe9, 0x92, 0x86, 0x65, 0x73, 0x1c, 0x6d, 0x6a,
	0x8f, 0x94, 0x67, 0x30, 0x83, 0x08, 0xfe, 0xff, 0xe9, 0x92, 0x86, 0x65, 0x73, 0x1c, 0x6d,
	0x6a, 0x8f, 0x94, 0x67, 0x30, 0x83, 0x08, /* and the salt */
	0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
static const uint8_t gcm256_coded[] = {0x52, 0x2d, 0xc1, 0xf0, 0x99, 0x56, 0x7d, 0x07, 0xf4, 0x7f,
	0x37, 0xa3, 0x2a, 0x84, 0x42, 0x7d, 0x64, 0x3a, 0x8c, 0xdc, 0xbf, 0xe5, 0xc0, 0xc9, 0x75,
	0x98, 0xa2, 0xbd, 0x25, 0x55, 0xd1, 0xaa, 0x8c, 0xb0, 0x8e, 0x48, 0x59, 0x0d, 0xbb, 0x3d,
	0xa7, 0xb0, 0x8b, 0x10, 0x56, 0x82, 0x88, 0x38, 0xc5, 0xf6, 0x1e, 0x63, 0x93, 0xba, 0x7a,
	0x0a, 0xbc, 0xc9, 0xf6, 0x62, /* and the tag */
	0x76, 0xfc, 0x6e, 0xce, 0x0f, 0x4e, 0x17, 0x68, 0xcd, 0xdf, 0x88, 0x53, 0xbb, 0x2d, 0x55,
	0x1b};

static const srtp_cipher_test_case_t gcm256_test = {.key_length_octets = sizeof(gcm256_key),
	.key = gcm256_key,
	.idx = gcm_iv,
	.plaintext_length_octets = sizeof(gcm_plain),
	.plaintext = gcm_plain,
	.ciphertext_length_octets = sizeof(gcm256_coded),
	.ciphertext = gcm256_coded,
	.aad_length_octets = sizeof(gcm_aad),
	.aad = gcm_aad,
	.tag_length_octets = 16};

static const uint8_t hmac_key[] = {0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b,
	0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b};
static const uint8_t hmac_data[] = {'H', 'i', ' ', 'T', 'h', 'e', 'r', 'e'};
static const uint8_t hmac_tag[] = {0xb6, 0x17, 0x31, 0x86, 0x55, 0x05, 0x72, 0x64, 0xe2, 0x8b, 0xc0,
	0xb6, 0xfb, 0x37, 0x8c, 0x8e, 0xf1, 0x46, 0xbe, 0x00};

static const srtp_auth_test_case_t hmac_test = {.key_length_octets = sizeof(hmac_key),
	.key = hmac_key,
	.data_length_octets = sizeof(hmac_data),
	.data = hmac_data,
	.tag_length_octets = sizeof(hmac_tag),
	.tag = hmac_tag};

/* ---- what libsrtp is given */

#define CM(text, answers, number)                                                                \
	{                                                                                        \
		.alloc = cm_alloc, .dealloc = cipher_free, .init = cm_init, .encrypt = cm_crypt, \
		.decrypt = cm_crypt, .set_iv = cm_set_iv, .description = text,                   \
		.test_data = answers, .id = number                                               \
	}
static const srtp_cipher_type_t cm_types[] = {
	CM("AES-128 counter mode by OpenSSL", &cm_test, SRTP_AES_ICM_128),
	CM("AES-256 counter mode by OpenSSL", &cm256_test, SRTP_AES_ICM_256)};

#define GCM(text, answers, number)                                                      \
	{                                                                               \
		.alloc = gcm_alloc, .dealloc = cipher_free, .init = gcm_init,           \
		.set_aad = gcm_set_aad, .encrypt = gcm_encrypt, .decrypt = gcm_decrypt, \
		.set_iv = gcm_set_iv, .get_tag = gcm_get_tag, .description = text,      \
		.test_data = answers, .id = number                                      \
	}
static const srtp_cipher_type_t gcm_types[] = {
	GCM("AES-128 GCM by OpenSSL", &gcm_test, SRTP_AES_GCM_128),
	GCM("AES-256 GCM by OpenSSL", &gcm256_test, SRTP_AES_GCM_256)};

static const srtp_auth_type_t hmac_type = {.alloc = hmac_alloc,
	.dealloc = hmac_free,
	.init = hmac_init,
	.compute = hmac_compute,
	.update = hmac_update,
	.start = hmac_start,
	.description = "HMAC-SHA1 by OpenSSL",
	.test_data = &hmac_test,
	.id = SRTP_HMAC_SHA1};

int ts_srtp_crypto_install(void)
{
	static const char *const ctr[] = {"AES-128-CTR", "AES-256-CTR"},
				 *const gcm[] = {"AES-128-GCM", "AES-256-GCM"};
	for (int i = 0; i < 2; i++) {
		aes_ctr[i] = EVP_CIPHER_fetch(NULL, ctr[i], NULL);
		aes_gcm[i] = EVP_CIPHER_fetch(NULL, gcm[i], NULL);
		if (!aes_ctr[i] || !aes_gcm[i]) return TS_EUNSUPPORTED;
		if (srtp_replace_cipher_type(&cm_types[i], cm_types[i].id)) return TS_EUNSUPPORTED;
		if (srtp_replace_cipher_type(&gcm_types[i], gcm_types[i].id))
			return TS_EUNSUPPORTED;
	}
	return srtp_replace_auth_type(&hmac_type, SRTP_HMAC_SHA1) ? TS_EUNSUPPORTED : TS_OK;
}
