/* options - the command line: which file, which overrides, and the modes that print something and
 * end.
 *
 *   tessera [--config FILE] [--set section.key=value]... [--check-config | --print-config |
 *       --doctor [--json] | --help | --version]
 *
 * The file is read first and overrides are applied after it, wherever they stand on the line.
 * Thread  none (getopt's state is global: main only).
 */
#ifndef TS_CONFIG_OPTIONS_H
#define TS_CONFIG_OPTIONS_H

#include "config/config.h"

enum {
	TS_OPTIONS_RUN = -1, /* start the server */
	TS_OPTIONS_DOCTOR = -2, /* doctor/doctor.h, as text */
	TS_OPTIONS_DOCTOR_JSON = -3,
	TS_EXIT_OK = 0,
	TS_EXIT_OTHER = 1,
	TS_EXIT_CONFIG = 2,  /* bad config or arguments */
};

/* X(name, letter, value, help): for the parser, --help and tessera(1) */
/* clang-format off */
#define TS_OPTIONS(X) \
	X("config", 'c', "FILE", \
	  "read settings from FILE; without it, defaults that work on this machine") \
	X("set", 's', "section.key=value", \
	  "override one setting; may be repeated. Of tokens, PINs and passwords " \
	  "section.key=@FILE\n" \
	  "takes what FILE holds: the command line is seen by everybody on the machine") \
	X("check-config", 'k', "", "check the settings and end: 0 good, 2 bad") \
	X("print-config", 'p', "", \
	  "print a complete, documented file with the settings in effect and end") \
	X("doctor", 'd', "", \
	  "look whether it can work on this machine, say how to mend what cannot, and end: 0\n" \
	  "good, 1 bad; `tessera doctor` is the same") \
	X("json", 'j', "", "of --doctor: as JSON") \
	X("version", 'v', "", "print the version and end") \
	X("help", 'h', "", "print this and end")
/* clang-format on */
#define TS_OPTIONS_ABOUT \
	"Mixes the pictures and sound of everyone in a room into one stream, for browsers."
#define TS_OPTIONS_END \
	"SIGTERM ends calls cleanly, then the server. Exit codes: 0 ok, 2 bad settings or " \
	"arguments, 1 anything else."

/* Fills config, which the caller has set to defaults and frees in any case. Returns TS_OPTIONS_RUN
 * or one of _DOCTOR, or the exit code with which the process is to end; the text for the user was
 * then written to out or, for errors, to err. */
int ts_options_parse(struct ts_config *config, int argc, char **argv, const char *version,
	FILE *out, FILE *err);

/* Settings read again, as the same arguments say, over defaults; the caller frees fresh. err: one
 * line. 0, or as of ts_config_load, ts_config_set and ts_config_check. */
int ts_options_read_again(struct ts_config *fresh, int argc, char **argv, char *err,
	size_t err_cap);

#endif
