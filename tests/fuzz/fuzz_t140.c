/* Packets of real-time text, each behind two bytes of its length, by RED and without: no text is
 * told that is longer than what came, none waits for longer than it may, and what is typed ends. */
#include "codec/t140.h"
#include "control/rtt/typing.h"
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static size_t told;

static void on_typed(void *arg, enum ts_typed_kind kind, const char *text)
{
	(void)arg;
	if (kind == TS_TYPED_TEXT && (!*text || strlen(text) > 6)) abort();
}

static void on_line(void *arg, const char *line)
{
	(void)arg;
	if (!*line || strlen(line) > TS_TYPED_LINE_MAX + 6) abort();
}

static const struct ts_typing_events events = {on_typed, on_line, NULL};

static void on_text(void *arg, const char *text, size_t n)
{
	told += n;
	ts_typing_take(arg, text, n, &events);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const struct ts_t140_format formats[] = {
		{.pt = 98, .red_pt = 97, .generations = 2, .cps = 30}, {.pt = 98, .cps = 30}};
	struct ts_t140_in in = {.began = false};
	struct ts_typing typing = {.len = 0};
	int64_t now_ns = 0;
	size_t came = 0;
	told = 0;
	for (size_t i = 0; len >= 2; i++) {
		size_t n = (size_t)data[0] << 8 | data[1];
		const struct ts_t140_format *format = &formats[n >> 15];
		n &= 0x7fff;
		data += 2, len -= 2;
		if (n > len) n = len;
		/* read where it ends, so that a byte beyond is seen */
		uint8_t *packet = malloc(n ? n : 1);
		if (!packet) abort();
		memcpy(packet, data, n);
		ts_t140_in_packet(&in, format, packet, n, now_ns, on_text, &typing);
		free(packet);
		now_ns += 100000000;
		ts_t140_in_run(&in, now_ns, on_text, &typing);
		if (ts_t140_in_due_ns(&in) <= now_ns) abort();
		data += n, len -= n;
		came += n + 3;
	}
	ts_t140_in_run(&in, INT64_MAX - 1, on_text, &typing);
	ts_typing_end(&typing, &events);
	if (in.n_held || told > came) abort();
	return 0;
}
