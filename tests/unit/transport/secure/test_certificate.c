#include "base/error.h"
#include "tests/unit/base/cmocka_all.h"
#include "transport/secure/certificate.h"
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

struct issued {
	EVP_PKEY *key;
	X509 *cert;
	char pem[4096], key_pem[4096];
};

static void write_pem(char out[4096], X509 *cert, EVP_PKEY *key)
{
	BIO *bio = BIO_new(BIO_s_mem());
	if (cert) PEM_write_bio_X509(bio, cert);
	if (key) PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL);
	int n = BIO_read(bio, out, 4095);
	out[n > 0 ? n : 0] = '\0';
	BIO_free(bio);
}

/* by NULL: itself */
static void issue(
	struct issued *out, const char *name, const struct issued *by, long from_s, long to_s)
{
	out->key = EVP_EC_gen("P-256");
	out->cert = X509_new();
	X509_set_version(out->cert, 2);
	X509_gmtime_adj(X509_getm_notBefore(out->cert), from_s);
	X509_gmtime_adj(X509_getm_notAfter(out->cert), to_s);
	X509_NAME_add_entry_by_txt(X509_get_subject_name(out->cert), "CN", MBSTRING_ASC,
		(const unsigned char *)name, -1, -1, 0);
	X509_set_issuer_name(out->cert, X509_get_subject_name(by ? by->cert : out->cert));
	X509_set_pubkey(out->cert, out->key);
	X509_EXTENSION *names = X509V3_EXT_conf_nid(
		NULL, NULL, NID_subject_alt_name, "DNS:meet.example.org,IP:192.0.2.1");
	X509_add_ext(out->cert, names, -1);
	X509_EXTENSION_free(names);
	X509_sign(out->cert, by ? by->key : out->key, EVP_sha256());
	write_pem(out->pem, out->cert, NULL);
	write_pem(out->key_pem, NULL, out->key);
}

static void forget(struct issued *i)
{
	EVP_PKEY_free(i->key);
	X509_free(i->cert);
}

static void says_what_is_wrong(void **state)
{
	static struct issued ca, leaf, alone, old;
	static char chain[8192], wrong[8192];
	struct ts_certificate_facts f;
	(void)state;
	issue(&ca, "authority", NULL, -60, 360000);
	issue(&leaf, "meet.example.org", &ca, -60, 3600);
	issue(&alone, "alone\n\xff", NULL, -60, 3600);
	issue(&old, "old", &ca, -7200, -3600);
	snprintf(chain, sizeof(chain), "%s%s", leaf.pem, ca.pem);
	snprintf(wrong, sizeof(wrong), "%s%s", leaf.pem, alone.pem);

	assert_int_equal(ts_certificate_read(&f, chain, leaf.key_pem, "meet.example.org"), 0);
	assert_true(f.key_fits && f.chain_fits && f.names_host && !f.self_signed);
	assert_int_equal(f.chain, 1);
	assert_in_range(f.not_after_unix_s, time(NULL) + 3500, time(NULL) + 3700);
	assert_string_equal(f.subject, "/CN=meet.example.org");

	assert_int_equal(ts_certificate_read(&f, leaf.pem, alone.key_pem, "192.0.2.1"), 0);
	assert_true(!f.key_fits && f.chain_fits && f.names_host);
	assert_int_equal(f.chain, 0);
	assert_int_equal(ts_certificate_read(&f, wrong, "none", "other.example.org"), 0);
	assert_true(!f.key_fits && !f.chain_fits && !f.names_host);
	assert_int_equal(ts_certificate_read(&f, alone.pem, alone.key_pem, ""), 0);
	assert_true(f.self_signed && f.key_fits && f.names_host);
	for (const char *c = f.subject; *c; c++) assert_in_range(*c, ' ', '~');
	assert_int_equal(ts_certificate_read(&f, old.pem, old.key_pem, ""), 0);
	assert_in_range(f.not_after_unix_s, time(NULL) - 3700, time(NULL) - 3500);

	assert_int_equal(ts_certificate_read(&f, "", "", ""), TS_EINVAL);
	assert_int_equal(ts_certificate_read(&f, leaf.key_pem, leaf.key_pem, ""), TS_EINVAL);
	forget(&ca), forget(&leaf), forget(&alone), forget(&old);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(says_what_is_wrong)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
