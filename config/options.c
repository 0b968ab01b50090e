#include "config/options.h"
#include <getopt.h>

enum mode { MODE_RUN, MODE_CHECK, MODE_PRINT, MODE_HELP, MODE_VERSION };

static const struct option long_options[] = {
	{"config", required_argument, NULL, 'c'},
	{"set", required_argument, NULL, 's'},
	{"check-config", no_argument, NULL, 'k'},
	{"print-config", no_argument, NULL, 'p'},
	{"help", no_argument, NULL, 'h'},
	{"version", no_argument, NULL, 'v'},
	{NULL, 0, NULL, 0},
};

static const char help_text[] =
	"Usage: tessera [OPTION]...\n"
	"Mixes the pictures and sound of everyone in a room into one stream, for browsers.\n"
	"\n"
	"  --config FILE            read settings from FILE; without it, defaults that work on this machine\n"
	"  --set section.key=value  override one setting; may be repeated. Of tokens, PINs and passwords section.key=@FILE\n"
	"                           takes what FILE holds: the command line is seen by everybody on the machine\n"
	"  --check-config           check the settings and end: 0 good, 2 bad\n"
	"  --print-config           print a complete, documented file with the settings in effect and end\n"
	"  --version                print the version and end\n"
	"  --help                   print this and end\n"
	"\n"
	"SIGTERM ends calls cleanly, then the server. Exit codes: 0 ok, 2 bad settings or arguments, 1 anything else.\n"
	"\n"
	"Settings and their defaults:\n";

static int misused(FILE *err, const char *what)
{
	fprintf(err, "tessera: %s\nTry 'tessera --help'.\n", what);
	return TS_EXIT_CONFIG;
}

/* Overrides, in their order; argv was seen to be well-formed. */
static int apply_overrides(struct ts_config *config, int argc, char **argv, char *why, size_t cap)
{
	int c, rc = 0;
	optind = 0;
	while (!rc && (c = getopt_long(argc, argv, "", long_options, NULL)) != -1)
		if (c == 's') rc = ts_config_set(config, optarg, why, cap);
	return rc;
}

static int load_and_check(struct ts_config *config, const char *file, int argc, char **argv, FILE *err)
{
	char why[TS_CONFIG_ERR_MAX] = "";
	int rc = file ? ts_config_load(config, file, why, sizeof(why)) : 0;
	if (!rc && file && ts_config_is_exposed(config, file))
		fprintf(err,
			"tessera: warning: %s holds secrets, and everybody on this machine may read it: chmod o-r\n",
			file);
	if (!rc) rc = apply_overrides(config, argc, argv, why, sizeof(why));
	if (!rc) rc = ts_config_check(config, why, sizeof(why));
	if (rc) fprintf(err, "tessera: %s\n", why);
	return rc;
}

int ts_options_parse(struct ts_config *config, int argc, char **argv, const char *version, FILE *out, FILE *err)
{
	const char *file = NULL;
	enum mode mode = MODE_RUN;
	int c;

	optind = 0; /* GNU: start anew */
	opterr = 0;
	while ((c = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
		switch (c) {
		case 'c': file = optarg; break;
		case 's': break; /* after the file */
		case 'k': mode = MODE_CHECK; break;
		case 'p': mode = MODE_PRINT; break;
		case 'h': mode = MODE_HELP; break;
		case 'v': mode = MODE_VERSION; break;
		default: {
			char what[160];
			snprintf(what, sizeof(what), "%.100s: unknown option, or its value is missing",
				argv[optind - 1]);
			return misused(err, what);
		}
		}
	}
	if (optind < argc) return misused(err, "takes options only, no other arguments");

	if (mode == MODE_HELP) {
		fputs(help_text, out);
		ts_config_print_keys(out);
		return TS_EXIT_OK;
	}
	if (mode == MODE_VERSION) {
		fprintf(out, "tessera %s\n", version);
		return TS_EXIT_OK;
	}
	if (load_and_check(config, file, argc, argv, err)) return TS_EXIT_CONFIG;
	if (mode == MODE_PRINT) ts_config_print(config, out);
	return mode == MODE_RUN ? TS_OPTIONS_RUN : TS_EXIT_OK;
}
