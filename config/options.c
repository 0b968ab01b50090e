#include "config/options.h"
#include <getopt.h>
#include <string.h>

enum mode { MODE_RUN, MODE_CHECK, MODE_PRINT, MODE_DOCTOR, MODE_HELP, MODE_VERSION };

static const struct option long_options[] = {
#define X(name, letter, value, help) \
	{name, sizeof(value) > 1 ? required_argument : no_argument, NULL, letter},
	TS_OPTIONS(X)
#undef X
		{NULL, 0, NULL, 0},
};

static const char help_text[] = "Usage: tessera [OPTION]...\n" TS_OPTIONS_ABOUT "\n"
				"\n";
static const char help_end[] = "\n" TS_OPTIONS_END "\n"
			       "\n"
			       "Settings and their defaults:\n";

static void print_option(FILE *out, const char *name, const char *value, const char *help)
{
	char left[40];
	snprintf(left, sizeof(left), "--%s%s%s", name, *value ? " " : "", value);
	for (const char *line = help; line;
		line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL)
		fprintf(out, "  %-24s %.*s\n", line == help ? left : "", (int)strcspn(line, "\n"),
			line);
}

static void print_help(FILE *out)
{
	fputs(help_text, out);
#define X(name, letter, value, help) print_option(out, name, value, help);
	TS_OPTIONS(X)
#undef X
	fputs(help_end, out);
	ts_config_print_keys(out);
}

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

/* By what the file alone holds. */
static bool is_exposed(const char *file)
{
	struct ts_config alone;
	char why[TS_CONFIG_ERR_MAX];
	ts_config_init_defaults(&alone);
	const bool exposed = !ts_config_load(&alone, file, why, sizeof(why)) &&
		ts_config_is_exposed(&alone, file);
	ts_config_fini(&alone);
	return exposed;
}

static int load_and_check(
	struct ts_config *config, const char *file, int argc, char **argv, char *why, size_t cap)
{
	int rc = file ? ts_config_load(config, file, why, cap) : 0;
	if (!rc) rc = apply_overrides(config, argc, argv, why, cap);
	return rc ? rc : ts_config_check(config, why, cap);
}

static int load_or_tell(
	struct ts_config *config, const char *file, int argc, char **argv, FILE *err)
{
	char why[TS_CONFIG_ERR_MAX] = "";
	int rc = load_and_check(config, file, argc, argv, why, sizeof(why));
	if (!rc && file && is_exposed(file))
		fprintf(err,
			"tessera: warning: %s holds secrets, and everybody on this machine may "
			"read it: chmod o-r\n",
			file);
	if (rc) fprintf(err, "tessera: %s\n", why);
	return rc;
}

int ts_options_read_again(struct ts_config *fresh, int argc, char **argv, char *err, size_t err_cap)
{
	const char *file = NULL;
	int c;
	ts_config_init_defaults(fresh);
	optind = 0;
	while ((c = getopt_long(argc, argv, "", long_options, NULL)) != -1)
		if (c == 'c') file = optarg;
	return load_and_check(fresh, file, argc, argv, err, err_cap);
}

int ts_options_parse(
	struct ts_config *config, int argc, char **argv, const char *version, FILE *out, FILE *err)
{
	const char *file = NULL;
	enum mode mode = MODE_RUN;
	bool json = false;
	int c;

	optind = 0; /* GNU: start anew */
	opterr = 0;
	while ((c = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
		switch (c) {
		case 'c': file = optarg; break;
		case 's': break; /* after the file */
		case 'k': mode = MODE_CHECK; break;
		case 'p': mode = MODE_PRINT; break;
		case 'd': mode = MODE_DOCTOR; break;
		case 'j': json = true; break;
		case 'h': mode = MODE_HELP; break;
		case 'v': mode = MODE_VERSION; break;
		default: {
			char what[160];
			snprintf(what, sizeof(what),
				"%.100s: unknown option, or its value is missing",
				argv[optind - 1]);
			return misused(err, what);
		}
		}
	}
	if (optind + 1 == argc && !strcmp(argv[optind], "doctor")) {
		mode = MODE_DOCTOR;
		optind++;
	}
	if (json && mode != MODE_DOCTOR) return misused(err, "--json is of --doctor alone");
	if (optind < argc) return misused(err, "takes options only, no other arguments");

	if (mode == MODE_HELP) {
		print_help(out);
		return TS_EXIT_OK;
	}
	if (mode == MODE_VERSION) {
		fprintf(out, "tessera %s\n", version);
		return TS_EXIT_OK;
	}
	if (load_or_tell(config, file, argc, argv, err)) return TS_EXIT_CONFIG;
	if (mode == MODE_PRINT) ts_config_print(config, out);
	if (mode == MODE_DOCTOR) return json ? TS_OPTIONS_DOCTOR_JSON : TS_OPTIONS_DOCTOR;
	return mode == MODE_RUN ? TS_OPTIONS_RUN : TS_EXIT_OK;
}
