/* options - the command line: which file, which overrides, and the modes that print something and end.
 *
 *   tessera [--config FILE] [--set section.key=value]... [--check-config | --print-config | --help | --version]
 *
 * The file is read first and overrides are applied after it, wherever they stand on the line.
 * Thread  none (getopt's state is global: main only).
 */
#ifndef TS_CONFIG_OPTIONS_H
#define TS_CONFIG_OPTIONS_H

#include "config/config.h"

enum {
	TS_OPTIONS_RUN = -1, /* start the server */
	TS_EXIT_OK = 0,
	TS_EXIT_OTHER = 1,
	TS_EXIT_CONFIG = 2,  /* bad config or arguments */
};

/* Fills config, which the caller has set to defaults and frees in any case. Returns TS_OPTIONS_RUN, or the exit code with
 * which the process is to end; the text for the user was then written to out or, for errors, to err. */
int ts_options_parse(struct ts_config *config, int argc, char **argv, const char *version, FILE *out, FILE *err);

#endif
