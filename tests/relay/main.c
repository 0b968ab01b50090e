/* The relay as a program: build/relay --target 127.0.0.1:20000 --loss 5 --jitter 30ms --down-rate
 * 800k Prints "listening 127.0.0.1:PORT" when it is ready, and what it did when it ends (SIGINT,
 * SIGTERM). */
#include "base/error.h"
#include "tests/relay/relay.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int usage(FILE *to)
{
	fprintf(to,
		"usage: relay --target ADDR:PORT [--listen ADDR:PORT] [--seed N] "
		"[--[up-|down-]OPTION VALUE]...\n"
		"Forwards UDP between clients and the target over a bad network. Without up- or "
		"down- an option is for both "
		"directions.\n");
	const char *name, *help;
	for (size_t i = 0; ts_impair_option_help(i, &name, &help); i++)
		fprintf(to, "  --%-12s %s\n", name, help);
	return to == stdout ? 0 : 2;
}

/* --loss, --up-loss or --down-loss */
static int set_impairment(struct ts_relay_config *config, const char *name, const char *value)
{
	if (!strncmp(name, "up-", 3))
		return ts_impair_option(&config->dir[TS_RELAY_UP], name + 3, value);
	if (!strncmp(name, "down-", 5))
		return ts_impair_option(&config->dir[TS_RELAY_DOWN], name + 5, value);
	const int err = ts_impair_option(&config->dir[TS_RELAY_UP], name, value);
	return err ? err : ts_impair_option(&config->dir[TS_RELAY_DOWN], name, value);
}

static int set_option(struct ts_relay_config *config, const char *name, const char *value)
{
	if (!strcmp(name, "listen")) return ts_relay_parse_address(&config->listen, value);
	if (!strcmp(name, "target")) return ts_relay_parse_address(&config->target, value);
	if (!strcmp(name, "seed")) {
		char *end;
		config->seed = strtoull(value, &end, 10);
		return end == value || *end ? TS_EINVAL : 0;
	}
	return set_impairment(config, name, value);
}

static void print_stats(struct ts_relay *relay)
{
	static const char *const names[2] = {"up", "down"};
	struct ts_relay_stats s;
	ts_relay_get_stats(relay, &s);
	for (int i = 0; i < 2; i++) {
		printf("%s in=%" PRIu64 " forwarded=%" PRIu64 " lost=%" PRIu64 " in_bursts=%" PRIu64
		       " queue_full=%" PRIu64 " held_back=%" PRIu64 "\n",
			names[i], s.dir[i].in, s.forwarded[i], s.dir[i].lost,
			s.dir[i].lost_in_bursts, s.dir[i].queue_full, s.dir[i].held_back);
	}
	printf("clients=%u no_room=%" PRIu64 "\n", s.clients, s.no_room);
}

int main(int argc, char **argv)
{
	struct ts_relay_config config = {.seed = 1};
	for (int i = 1; i < argc; i += 2) {
		if (!strcmp(argv[i], "--help")) return usage(stdout);
		if (strncmp(argv[i], "--", 2) || i + 1 == argc ||
			set_option(&config, argv[i] + 2, argv[i + 1])) {
			fprintf(stderr, "relay: cannot understand %s %s\n", argv[i],
				i + 1 < argc ? argv[i + 1] : "");
			return usage(stderr);
		}
	}
	if (config.target.sin_port == 0) return usage(stderr);

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
	while (sigwaitinfo(&ends, NULL) < 0 && errno == EINTR) continue;
	print_stats(relay);
	ts_relay_destroy(&relay);
	return 0;
}
