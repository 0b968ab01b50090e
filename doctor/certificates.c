/* certificates - are those of https, SIP and RTMPS what a client will take? */
#include "base/clock.h"
#include "doctor/doctor.h"
#include "transport/secure/certificate.h"
#include <glib.h>
#include <string.h>

enum { SOON_DAYS = 14, DAY_S = 24 * 3600 };

/* The host of http.public_url, without its port; "": there is none. */
static void public_host(char out[256], const struct ts_config *config)
{
	const char *at = strstr(config->http.public_url, "://");
	*out = '\0';
	if (!at) return;
	at += 3;
	const bool bracket = *at == '[';
	g_strlcpy(out, at + bracket, 256);
	out[strcspn(out, bracket ? "]" : ":/")] = '\0';
}

static void judge(struct ts_report *report, const char *key, const struct ts_certificate_facts *c,
	const char *host, int64_t now_s)
{
	const int64_t days = (c->not_after_unix_s - now_s) / DAY_S;
	const enum ts_finding_kind bad = TS_FINDING_BAD, warn = TS_FINDING_WARNING;
	const unsigned before = ts_report_count(report, bad) + ts_report_count(report, warn);
	if (!c->key_fits)
		ts_report_add(report, "certificates", bad,
			"name the key that the certificate was made with",
			"%s: the key cannot be read, or is another one's", key);
	if (now_s < c->not_before_unix_s)
		ts_report_add(report, "certificates", bad, "look at the clock of this machine",
			"%s: the certificate is not valid yet", key);
	if (now_s > c->not_after_unix_s)
		ts_report_add(report, "certificates", bad, "renew it, and send SIGHUP",
			"%s: the certificate ended %lld days ago", key, (long long)-days);
	else if (days < SOON_DAYS)
		ts_report_add(report, "certificates", warn, "renew it, and send SIGHUP",
			"%s: the certificate ends in %lld days", key, (long long)days);
	if (!c->chain_fits)
		ts_report_add(report, "certificates", bad,
			"put the certificates into the file in order: the server's, then each that "
			"signed the one before",
			"%s: the chain is in no order, or of another certificate", key);
	if (c->self_signed)
		ts_report_add(report, "certificates", warn,
			"take one of an authority that clients know, such as Let's Encrypt",
			"%s: it is signed by itself: browsers warn of it", key);
	else if (!c->chain)
		ts_report_add(report, "certificates", warn,
			"name the file with the whole chain (fullchain.pem)",
			"%s: no certificate of the authority stands behind it", key);
	if (*host && !c->names_host)
		ts_report_add(report, "certificates", bad,
			"get one for that name, or change http.public_url",
			"%s: it is not for %s, which http.public_url names", key, host);
	if (ts_report_count(report, bad) + ts_report_count(report, warn) == before)
		ts_report_add(report, "certificates", TS_FINDING_GOOD, NULL,
			"%s: %s, for another %lld days", key, c->subject, (long long)days);
}

static void check(struct ts_report *report, const char *key, const char *cert, const char *key_file,
	const char *host)
{
	g_autofree char *cert_pem = NULL, *key_pem = NULL;
	g_autoptr(GError) error = NULL;
	struct ts_certificate_facts facts;
	gsize key_len = 0;
	if (!g_file_get_contents(cert, &cert_pem, NULL, &error) ||
		!g_file_get_contents(key_file, &key_pem, &key_len, &error))
		ts_report_add(report, "certificates", TS_FINDING_BAD,
			"the user that the server runs as must be able to read both files",
			"%s: %s", key, error->message);
	else if (ts_certificate_read(&facts, cert_pem, key_pem, host))
		ts_report_add(report, "certificates", TS_FINDING_BAD,
			"it must be a PEM file: -----BEGIN CERTIFICATE-----",
			"%s: there is no certificate in it", key);
	else
		judge(report, key, &facts, host, ts_unix_ms_from_ns(ts_now_ns()) / 1000);
	if (key_pem) explicit_bzero(key_pem, key_len);
}

void ts_doctor_certificates(struct ts_report *report, const struct ts_config *config)
{
	char host[256];
	bool https = false, sips = false;
	public_host(host, config);
	for (size_t i = 0; i < config->http.listen.n; i++) https |= config->http.listen.item[i].tls;
	for (size_t i = 0; i < config->sip.listen.n; i++)
		sips |= config->sip.listen.item[i].protocol == TS_SIP_TLS;
	const bool rtmps = *config->ingest.rtmps_listen.addr && *config->ingest.rtmps_cert;
	if (https) check(report, "http.cert", config->http.cert, config->http.key, host);
	if (sips) check(report, "sip.cert", config->sip.cert, config->sip.key, "");
	if (rtmps)
		check(report, "ingest.rtmps_cert", config->ingest.rtmps_cert,
			config->ingest.rtmps_key, "");
	if (!https && !sips && !rtmps)
		ts_report_add(report, "certificates", TS_FINDING_GOOD, NULL,
			"none is needed: nothing listens with TLS");
}
