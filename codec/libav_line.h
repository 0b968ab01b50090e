/* libav_line - a line of libav's log, without what of it could be secret.
 *
 *   "Error when loading first segment 'http://USER:PW@h?token=x'" --> "... 'http:// and stars
 *
 * Thread  any: a plain function.
 */
#ifndef TS_CODEC_LIBAV_LINE_H
#define TS_CODEC_LIBAV_LINE_H

/* Cuts it off behind the first "://": where a URL ends cannot be told, it may have spaces and
 * quotes in it. */
void ts_libav_line_cut(char *line);

#endif
