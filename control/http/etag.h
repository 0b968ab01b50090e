/* etag - entity tags and what requests ask of them. Thread  control.   Source  RFC 9110 8.8.3, 13.1. */
#ifndef TS_CONTROL_HTTP_ETAG_H
#define TS_CONTROL_HTTP_ETAG_H

#include <stdbool.h>

struct ts_request;

/* Does the value of If-Match or If-None-Match name the tag ("\"...\"", "": there is nothing yet)? A weak tag never matches. */
bool ts_etag_named(const char *list, const char *etag);
/* If-Match and If-None-Match against the tag. False: answered 412, why says so. */
bool ts_precondition(struct ts_request *request, const char *etag, const char *why);

#endif
