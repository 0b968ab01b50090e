/* pem - a key in PEM, public or private, as a JWK. Thread  control. Source  RFC 7468, 7517. */
#ifndef TS_CONTROL_IDENTITY_PEM_H
#define TS_CONTROL_IDENTITY_PEM_H

#include <jansson.h>
#include <stddef.h>

/* [give]; NULL: it is none, it is encrypted, or not RSA or EC. */
json_t *ts_pem_jwk(const char *text, size_t len);

#endif
