/* stream_rule - one item of outputs.allow: where streams may go. As sip.dial (config/dial.h), with
 * the scheme in front where it is for one alone.
 *
 *   rtmps://a.rtmps.youtube.com   srt://10.0.0.0/8:9000-9010   192.0.2.7:1935
 *
 * Thread  none.
 */
#ifndef TS_CONFIG_STREAM_RULE_H
#define TS_CONFIG_STREAM_RULE_H

#include "config/dial.h"

struct ts_stream_rule {
	char scheme[16]; /* "": any */
	struct ts_dial_rule to;
};

/* False: that is none. */
bool ts_stream_rule_parse(struct ts_stream_rule *out, const char *text);

#endif
