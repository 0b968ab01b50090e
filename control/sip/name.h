/* name - who calls and who is called, as text for people and for rules: From and the Request-URI.
 * Pure.
 *
 *   "\"The Duke\" Wayne" <sip:j@h>;tag=1 -> "The Duke" Wayne
 *   sip:+49-30;ext=7@h;user=phone         -> +4930
 *   <tel:+49-30;phone-context=x>          -> +4930
 *   sip:%64esk:secret@h                   -> desk
 *
 * Thread  none.
 * Source  RFC 3261 19.1 (URIs), 20.10, 25.1 (quoted pairs); RFC 3966 (tel:).
 */
#ifndef TS_CONTROL_SIP_NAME_H
#define TS_CONTROL_SIP_NAME_H

#include <stdbool.h>
#include <stddef.h>

/* A header of From's kind: its display name, else its URI without scheme and parameters. Valid
 * UTF-8, no control bytes, no blanks around; cut between letters. "": there is nothing to tell. cap
 * at least 2. */
void ts_sip_caller(char *out, size_t cap, const char *from, size_t n);

/* The called user of a sip:, sips: or tel: URI, unescaped, without user parameters and password; a
 * telephone number (tel:, user=phone) without visual separators. False: it has a NUL or control
 * byte, or does not fit. */
bool ts_sip_called(char *out, size_t cap, const char *uri, size_t n);
/* A parameter of the URI ("pin"), unescaped; "" when there is none. False: as above. */
bool ts_sip_uri_param(char *out, size_t cap, const char *uri, size_t n, const char *name);
/* The URI as it is written, but for headers ("?") and parameters of that name. False: does not
 * fit. */
bool ts_sip_uri_without(char *out, size_t cap, const char *uri, size_t n, const char *name);

/* A SIP URI for logs and for others to see: without its parameters and headers, which may be a PIN,
 * and without a password. */
void ts_sip_uri_shown(char *out, size_t cap, const char *uri);

#endif
