#include "transport/secure/certificate.h"
#include "base/error.h"
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <time.h>

static int64_t unix_s(const ASN1_TIME *time)
{
	struct tm tm;
	return ASN1_TIME_to_tm(time, &tm) ? (int64_t)timegm(&tm) : 0;
}

static int no_password(char *out, int cap, int writing, void *arg)
{
	(void)out, (void)cap, (void)writing, (void)arg;
	return -1;
}

static bool fits(X509 *cert, const char *key_pem)
{
	BIO *bio = BIO_new_mem_buf(key_pem, -1);
	EVP_PKEY *key = bio ? PEM_read_bio_PrivateKey(bio, NULL, no_password, NULL) : NULL;
	const bool good = key && X509_check_private_key(cert, key) == 1;
	EVP_PKEY_free(key);
	BIO_free(bio);
	return good;
}

static bool names(X509 *cert, const char *host)
{
	return X509_check_host(cert, host, 0, 0, NULL) == 1 ||
		X509_check_ip_asc(cert, host, 0) == 1;
}

static bool signed_by(X509 *cert, X509 *issuer)
{
	return X509_check_issued(issuer, cert) == X509_V_OK &&
		X509_verify(cert, X509_get0_pubkey(issuer)) == 1;
}

static void read_subject(char out[256], X509 *cert)
{
	X509_NAME_oneline(X509_get_subject_name(cert), out, 256);
	for (char *c = out; *c; c++)
		if (*c < ' ' || *c > '~') *c = '?';
}

int ts_certificate_read(struct ts_certificate_facts *out, const char *cert_pem, const char *key_pem,
	const char *host)
{
	BIO *bio = BIO_new_mem_buf(cert_pem, -1);
	X509 *cert = bio ? PEM_read_bio_X509_AUX(bio, NULL, no_password, NULL) : NULL, *next;
	*out = (struct ts_certificate_facts){.chain_fits = true};
	if (cert) {
		out->not_before_unix_s = unix_s(X509_get0_notBefore(cert));
		out->not_after_unix_s = unix_s(X509_get0_notAfter(cert));
		out->key_fits = fits(cert, key_pem);
		out->self_signed = signed_by(cert, cert);
		out->names_host = !*host || names(cert, host);
		read_subject(out->subject, cert);
	}
	X509 *last = cert;
	while (last && (next = PEM_read_bio_X509(bio, NULL, no_password, NULL))) {
		out->chain++;
		out->chain_fits &= signed_by(last, next);
		X509_free(last);
		last = next;
	}
	X509_free(last);
	BIO_free(bio);
	ERR_clear_error();
	return cert ? 0 : TS_EINVAL;
}
