/* redirect - where an HTTP server says that what was asked for is to be fetched: libavformat
 * follows none, and does not tell where one leads, so that what broke is asked for once more here.
 *
 *   way --GET, head alone--> 301, 302, 303, 307, 308? --Location--> the URL there, which is
 *                                                                   admitted as any other
 *
 * From http to http or https, from https to https alone. The account of the URL goes along within
 * one origin (scheme, host, port), and nowhere else; one that a Location names is left out.
 * Pure but for ts_redirect_query, which blocks as its interrupt says.
 * Source  RFC 9110 10.2.2, 15.4, RFC 3986 5.2.
 * Full    a head is 8 kB at most, a URL as base/url.h.
 */
#ifndef TS_CONTAINER_REDIRECT_H
#define TS_CONTAINER_REDIRECT_H

#include "base/url.h"
#include "container/demuxer.h"
#include <libavformat/avio.h>

enum { TS_REDIRECTS_MAX = 5, TS_REDIRECT_HEAD_MAX = 8192 };

/* 0: the server of that way leads elsewhere, where is in location. TS_ENOTFOUND: it does not, or
 * does not say so now. */
int ts_redirect_query(const struct ts_demuxer_way *way, const AVIOInterruptCB *interrupt,
	char location[TS_URL_MAX]);
/* The same of an answer's head, up to its empty line, with a zero behind it. */
int ts_redirect_answer(const char *head, char location[TS_URL_MAX]);
/* What that location means to who asked for `from`. NULL, or why it is not followed. */
const char *ts_redirect_to(char out[TS_URL_MAX], const char *from, const char *location);

#endif
