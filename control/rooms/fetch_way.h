/* fetch_way - what is opened in place of a URL that somebody gave: inputs.allow judges it
 * (config/fetch.h), and what was refused is counted and logged without secrets.
 * Thread  any; it may wait for name servers, for six seconds at most (container/lookup.h). */
#ifndef TS_CONTROL_ROOMS_FETCH_WAY_H
#define TS_CONTROL_ROOMS_FETCH_WAY_H

#include "container/demuxer.h"

/* A guard of a demuxer; config: a struct ts_config, which is constant. */
const char *ts_fetch_way(void *config, const char *url, struct ts_demuxer_way *out);

#endif
