/* etag - entity tags and what requests ask of them.
 * Thread  control.   Source  RFC 9110 8.8.3, 13.1. */
#ifndef TS_CONTROL_HTTP_ETAG_H
#define TS_CONTROL_HTTP_ETAG_H

#include <stdbool.h>

struct ts_request;

/* Does the value of If-Match or If-None-Match, a list or "*", name the tag ("\"...\""; "": there is
 * nothing yet)? weak: a weak tag of the same value will do. */
bool ts_etag_named(const char *list, const char *etag, bool weak);
/* If-Match and If-None-Match against the tag. False: answered 412, why says so. */
bool ts_precondition(struct ts_request *request, const char *etag, const char *why);

#endif
