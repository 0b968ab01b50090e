/* The relay as a program: build/relay --target 127.0.0.1:20000 --loss 5 --jitter 30ms --down-rate
 * 800k. Prints "listening 127.0.0.1:PORT" when it is ready, and its statistics when it ends
 * (SIGINT, SIGTERM). With --control 1 it reads commands (command.h), answers each with a line, and
 * ends with its standard input as well. */
#include "base/error.h"
#include "tests/relay/command.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

static int usage(FILE *to)
{
	fprintf(to,
		"usage: relay --target ADDR:PORT [--listen ADDR:PORT] [--seed N] "
		"[--control 1] [--[up-|down-]OPTION VALUE]...\n"
		"Forwards UDP between clients and the target over a bad network. Without up- or "
		"down- an option is for both "
		"directions.\n");
	const char *name, *help;
	for (size_t i = 0; ts_impair_option_help(i, &name, &help); i++)
		fprintf(to, "  --%-12s %s\n", name, help);
	return to == stdout ? 0 : 2;
}

static int set_option(
	struct ts_relay_config *config, bool *control, const char *name, const char *value)
{
	if (!strcmp(name, "control")) {
		*control = !strcmp(value, "1");
		return 0;
	}
	if (!strcmp(name, "listen")) return ts_relay_parse_address(&config->listen, value);
	if (!strcmp(name, "target")) return ts_relay_parse_address(&config->target, value);
	if (!strcmp(name, "seed")) {
		char *end;
		config->seed = strtoull(value, &end, 10);
		return end == value || *end ? TS_EINVAL : 0;
	}
	return ts_relay_option(config->dir, name, value);
}

/* Reads what there is of standard input and does whole lines of it; false: it has ended. */
static bool obey(struct ts_relay *relay, struct ts_relay_config *config)
{
	static char line[4096];
	static size_t len;
	char answer[TS_RELAY_ANSWER_CAP];
	const ssize_t n = read(STDIN_FILENO, line + len, sizeof(line) - 1 - len);
	if (n <= 0) return false; /* also: a line that does not end */
	len += (size_t)n;
	line[len] = 0;
	for (char *end; (end = memchr(line, '\n', len));) {
		*end++ = 0;
		ts_relay_command(relay, config->dir, line, answer);
		puts(answer);
		fflush(stdout);
		len -= (size_t)(end - line);
		memmove(line, end, len + 1);
	}
	return true;
}

/* Until a signal, or the end of what it is told. */
static void serve(struct ts_relay *relay, struct ts_relay_config *config, bool control)
{
	sigset_t ends;
	sigemptyset(&ends);
	sigaddset(&ends, SIGINT);
	sigaddset(&ends, SIGTERM);
	struct pollfd on[2] = {{.fd = signalfd(-1, &ends, SFD_CLOEXEC), .events = POLLIN},
		{.fd = control ? STDIN_FILENO : -1, .events = POLLIN}};
	for (;;) {
		if (poll(on, 2, -1) < 0) continue;
		if (on[0].revents) break;
		if (on[1].revents && !obey(relay, config)) break;
	}
	close(on[0].fd);
}

int main(int argc, char **argv)
{
	struct ts_relay_config config = {.seed = 1};
	bool control = false;
	for (int i = 1; i < argc; i += 2) {
		if (!strcmp(argv[i], "--help")) return usage(stdout);
		if (strncmp(argv[i], "--", 2) || i + 1 == argc ||
			set_option(&config, &control, argv[i] + 2, argv[i + 1])) {
			fprintf(stderr, "relay: cannot understand %s %s\n", argv[i],
				i + 1 < argc ? argv[i + 1] : "");
			return usage(stderr);
		}
	}
	if (config.target.sin_port == 0 && !control) return usage(stderr);

	sigset_t ends;
	sigemptyset(&ends);
	sigaddset(&ends, SIGINT);
	sigaddset(&ends, SIGTERM);
	sigprocmask(SIG_BLOCK, &ends, NULL);

	struct ts_relay *relay;
	if (ts_relay_create(&relay, &config)) return 1;
	const uint32_t at = config.listen.sin_addr.s_addr ? ntohl(config.listen.sin_addr.s_addr)
							  : INADDR_LOOPBACK;
	printf("listening %u.%u.%u.%u:%u\n", at >> 24, at >> 16 & 255, at >> 8 & 255, at & 255,
		ts_relay_port(relay));
	fflush(stdout);
	serve(relay, &config, control);
	char stats[TS_RELAY_ANSWER_CAP];
	ts_relay_print_stats(relay, stats);
	puts(stats);
	ts_relay_destroy(&relay);
	return 0;
}
