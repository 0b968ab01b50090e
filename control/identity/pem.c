#include "control/identity/pem.h"
#include "control/identity/quiet.h"
#include <jose/openssl.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>

/* No terminal is asked for a password. */
static int no_password(char *buf, int size, int rwflag, void *arg)
{
	(void)buf, (void)size, (void)rwflag, (void)arg;
	return -1;
}

static EVP_PKEY *read_key(const char *text, size_t len)
{
	BIO *bio = BIO_new_mem_buf(text, (int)len);
	EVP_PKEY *key = bio ? PEM_read_bio_PUBKEY(bio, NULL, no_password, NULL) : NULL;
	BIO_free(bio);
	if (key) return key;
	bio = BIO_new_mem_buf(text, (int)len);
	key = bio ? PEM_read_bio_PrivateKey(bio, NULL, no_password, NULL) : NULL;
	BIO_free(bio);
	return key;
}

json_t *ts_pem_jwk(const char *text, size_t len)
{
	EVP_PKEY *key = read_key(text, len);
	json_t *jwk = key ? jose_openssl_jwk_from_EVP_PKEY(ts_jose_quiet(), key) : NULL;
	EVP_PKEY_free(key);
	ERR_clear_error();
	return jwk;
}
