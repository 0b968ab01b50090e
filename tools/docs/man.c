/* man - the manual pages tessera(1), from config/options.h, and tessera.conf(5), from
 * config/keys.c. */
#include "config/keys.h"
#include "config/options.h"
#include "tools/docs/docs.h"
#include <stdio.h>
#include <string.h>

/* Text as roff: backslashes and leading dots mean nothing, lines are filled. `-` is the sign that
 * is typed. */
static void print_text(const char *text)
{
	for (bool begins = true; *text; text++) {
		if (begins && (*text == '.' || *text == '\'')) fputs("\\&", stdout);
		begins = *text == '\n';
		switch (*text) {
		case '\\': fputs("\\e", stdout); break;
		case '-': fputs("\\-", stdout); break;
		case '~': fputs("\\(ti", stdout); break;
		case '^': fputs("\\(ha", stdout); break;
		case '`': fputs("\\(ga", stdout); break;
		case '\'': fputs("\\(aq", stdout); break;
		default: putchar(*text);
		}
	}
}

/* Without a date: a build is the same on any day. */
static void head(const char *title, int section, const char *version)
{
	puts(".\\\" Printed by tools/docs from the tables of config/. Do not edit.");
	printf(".TH %s %d \"\" \"tessera %s\" \"tessera\"\n", title, section, version);
}

static void print_option(const char *name, const char *value, const char *help)
{
	fputs(".TP\n\\fB\\-\\-", stdout);
	print_text(name);
	fputs("\\fR", stdout);
	if (*value) printf(" \\fI%s\\fR", value);
	putchar('\n');
	print_text(help);
	puts(".");
}

bool print_man1(const char *version)
{
	head("TESSERA", 1, version);
	puts(".SH NAME\ntessera \\- mixing server (MCU) for meetings over WebRTC and SIP\n"
	     ".SH SYNOPSIS\n.B tessera\n[\\fIoption\\fR]...\n.SH DESCRIPTION");
	print_text(TS_OPTIONS_ABOUT);
	puts("\nBrowsers join a room over WebRTC, phones and room systems by SIP. The server "
	     "decodes what they send, puts the pictures into\n"
	     "one, sums the voices, encodes the result once for each format and sends it to "
	     "everyone. It prints the address of its join\n"
	     "page when it takes people.\n.SH OPTIONS");
#define X(name, letter, value, help) print_option(name, value, help);
	TS_OPTIONS(X)
#undef X
	puts(".SH SIGNALS\n.TP\n.B SIGTERM, SIGINT\nend calls cleanly, then the server, within 5 "
	     "seconds; a second one does not wait.\n"
	     ".TP\n.B SIGHUP\nreads settings and certificates again: the log says "
	     "what changed, and what needs a restart.\n"
	     ".TP\n.B SIGUSR1\ndrains: no new rooms; the server ends when nobody is left, after "
	     "node.drain_s seconds at the latest.\n"
	     ".SH EXIT STATUS\n.TP\n.B 0\nended as asked.\n.TP\n.B 2\nbad settings or "
	     "arguments.\n.TP\n.B 1\nanything else.\n"
	     ".SH FILES\n.TP\n.I /usr/local/share/doc/tessera/tessera.conf\nall settings with "
	     "their defaults.\n"
	     ".TP\n.I $STATE_DIRECTORY, $XDG_STATE_HOME/tessera\nwhat lasts over restarts, such "
	     "as stored layouts (node.state_dir).\n"
	     ".SH SEE ALSO\n.BR tessera.conf (5)");
	return true;
}

static void print_key(const struct ts_config_key *key)
{
	char allowed[512];
	ts_config_key_allowed(key, allowed, sizeof(allowed));
	printf(".TP\n\\fB%s\\fR=", key->name);
	print_text(key->def);
	putchar('\n');
	print_text(key->help);
	fputs("\nAllowed: ", stdout);
	print_text(allowed);
	puts(".");
	if (key->secret) puts("\\-\\-set takes @FILE for it.");
	puts(key->reload == TS_RELOAD_NOW ? "SIGHUP takes another value."
					  : "Another value needs a restart.");
}

bool print_man5(const char *version)
{
	head("TESSERA.CONF", 5, version);
	puts(".SH NAME\ntessera.conf \\- settings of tessera(1)\n.SH DESCRIPTION\n"
	     "The file that\n.B tessera \\-\\-config\nreads: sections in brackets, lines of "
	     "key=value, comments after #. Each key has a default that works on\n"
	     "this machine; a key that is misspelt or out of range is refused at start with the "
	     "reason.\n"
	     ".B tessera \\-\\-print\\-config\nprints a complete file. After \\(lq=\\(rq stands "
	     "the default.");
	const char *section = "";
	bool whole = true;
	for (size_t i = 0; i < ts_config_n_keys; i++) {
		const struct ts_config_key *key = &ts_config_keys[i];
		if (!key->help || !*key->help) {
			fprintf(stderr, "config/keys.c: %s.%s has no help\n", key->section,
				key->name);
			whole = false;
			continue;
		}
		if (strcmp(section, key->section) != 0) printf(".SH [%s]\n", key->section);
		section = key->section;
		print_key(key);
	}
	puts(".SH SEE ALSO\n.BR tessera (1)");
	return whole;
}
