/* certificate - what a PEM file of a certificate says, for somebody who asks why it does not work.
 *
 * Thread  any.   Source  RFC 5280 4.1.2.5 (dates), 6.1 (paths); RFC 6125 (names).
 */
#ifndef TS_TRANSPORT_SECURE_CERTIFICATE_H
#define TS_TRANSPORT_SECURE_CERTIFICATE_H

#include <stdbool.h>
#include <stdint.h>

struct ts_certificate_facts {
	int64_t not_before_unix_s, not_after_unix_s;
	bool key_fits;
	bool self_signed;
	bool chain_fits;   /* each behind it signed the one before, as far as they go */
	int chain;         /* how many stand behind it */
	bool names_host;   /* the host that was asked for */
	char subject[256]; /* printable ASCII */
};

/* host "": none is asked for. TS_EINVAL: there is no certificate in it. */
int ts_certificate_read(struct ts_certificate_facts *out, const char *cert_pem, const char *key_pem,
	const char *host);

#endif
