#include "tests/relay/command.h"
#include "base/clock.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static double ms(int64_t ns)
{
	return (double)ns / TS_NS_PER_MS;
}

static int print_way(
	const struct ts_relay_stats *s, enum ts_relay_direction i, char *buf, size_t cap)
{
	const struct ts_impair_stats *d = &s->dir[i];
	const struct ts_relay_way *w = &s->way[i];
	return snprintf(buf, cap,
		"{\"in\":%" PRIu64 ",\"bytes_in\":%" PRIu64 ",\"forwarded\":%" PRIu64
		",\"bytes_sent\":%" PRIu64 ",\"lost\":%" PRIu64 ",\"lost_in_bursts\":%" PRIu64
		",\"queue_full\":%" PRIu64 ",\"held_back\":%" PRIu64 ",\"twice\":%" PRIu64
		",\"waited_p50_ms\":%.0f,\"waited_p95_ms\":%.0f,\"waited_max_ms\":%.0f}",
		d->in, d->bytes_in, s->forwarded[i], w->bytes_sent, d->lost, d->lost_in_bursts,
		d->queue_full, d->held_back, d->twice, ms(w->waited_p50_ns), ms(w->waited_p95_ns),
		ms(w->waited_max_ns));
}

void ts_relay_print_stats(struct ts_relay *relay, char answer[TS_RELAY_ANSWER_CAP])
{
	struct ts_relay_stats s;
	char up[400], down[400];
	ts_relay_get_stats(relay, &s);
	print_way(&s, TS_RELAY_UP, up, sizeof(up));
	print_way(&s, TS_RELAY_DOWN, down, sizeof(down));
	snprintf(answer, TS_RELAY_ANSWER_CAP,
		"{\"up\":%s,\"down\":%s,\"clients\":%u,\"no_room\":%" PRIu64 ",\"latest_ms\":%.1f}",
		up, down, s.clients, s.no_room, ms(s.latest_ns));
}

static const char *next_word(char **line)
{
	const char *word;
	do word = strsep(line, " ");
	while (word && !*word);
	return word;
}

static void set(struct ts_relay *relay, struct ts_impair_config dir[2], char *rest, char *answer)
{
	struct ts_impair_config wanted[2] = {dir[0], dir[1]};
	const char *name, *value;
	while ((name = next_word(&rest))) {
		value = next_word(&rest);
		if (!value || ts_relay_option(wanted, name, value)) {
			snprintf(answer, TS_RELAY_ANSWER_CAP, "error %.40s %.40s", name,
				value ? value : "has no value");
			return;
		}
	}
	for (int i = 0; i < 2; i++) {
		dir[i] = wanted[i];
		ts_relay_set(relay, (enum ts_relay_direction)i, &dir[i]);
	}
	snprintf(answer, TS_RELAY_ANSWER_CAP, "ok");
}

static void add(struct ts_relay *relay, char *rest, char *answer)
{
	struct sockaddr_in target;
	uint16_t port;
	const char *address = next_word(&rest);
	if (!address || ts_relay_parse_address(&target, address))
		snprintf(answer, TS_RELAY_ANSWER_CAP, "error no address");
	else if (ts_relay_add(relay, &target, &port))
		snprintf(answer, TS_RELAY_ANSWER_CAP, "error no port");
	else
		snprintf(answer, TS_RELAY_ANSWER_CAP, "listening 127.0.0.1:%u", port);
}

void ts_relay_command(struct ts_relay *relay, struct ts_impair_config dir[2], char *line,
	char answer[TS_RELAY_ANSWER_CAP])
{
	const char *command = next_word(&line);
	if (!command) command = "";
	if (!strcmp(command, "set")) {
		set(relay, dir, line, answer);
	} else if (!strcmp(command, "add")) {
		add(relay, line, answer);
	} else if (!strcmp(command, "stats")) {
		ts_relay_print_stats(relay, answer);
	} else if (!strcmp(command, "forget")) {
		ts_relay_forget(relay);
		snprintf(answer, TS_RELAY_ANSWER_CAP, "ok");
	} else {
		snprintf(answer, TS_RELAY_ANSWER_CAP, "error no such command: %.40s", command);
	}
}
