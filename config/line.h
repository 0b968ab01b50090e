/* line - where in the text of a key file something stands, for messages.
 * Pure. Thread any. Source: GKeyFile's format. */
#ifndef TS_CONFIG_LINE_H
#define TS_CONFIG_LINE_H

/* Lines count from 1; 0: it is nowhere. The last one of that key, which is the one that counts. */
unsigned ts_config_line_of(const char *text, const char *section, const char *key);
/* The first that is neither blank, comment, [section] nor key=value within one. */
unsigned ts_config_bad_line(const char *text);

#endif
