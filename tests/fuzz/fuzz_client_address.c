/* What proxies say of a client, and names that a request may be for: three lines: X-Forwarded-For,
 * Host, networks. */
#include "base/address.h"
#include "config/config.h"
#include "control/http/client_address.h"
#include "control/http/guard.h"
#include <arpa/inet.h>
#include <glib.h>
#include <stdlib.h>
#include <string.h>

static void check(const char *peer_text, const char *forwarded, char **networks)
{
	struct ts_strings trusted = {networks, g_strv_length(networks)}, none = {0};
	struct in6_addr peer, whose;
	char text[INET6_ADDRSTRLEN];
	if (inet_pton(AF_INET6, peer_text, &peer) != 1) abort();
	whose = ts_client_address(&peer, forwarded, &trusted);
	ts_address_print(text, &whose);
	if (!memchr(text, '\0', sizeof(text)) || !*text) abort();
	/* who is not trusted is believed nothing */
	bool believed = memcmp(&whose, &peer, sizeof(peer)) != 0;
	if (believed && !ts_client_address_trusts(&peer, &trusted)) abort();
	whose = ts_client_address(&peer, forwarded, &none);
	if (memcmp(&whose, &peer, sizeof(peer))) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct ts_config config;
	static bool ready;
	if (!ready) ts_config_init_defaults(&config);
	ready = true;
	char *text = g_strndup((const char *)data, size);
	char **lines = g_strsplit(text, "\n", 3);
	size_t n = g_strv_length(lines);
	char **networks = g_strsplit(n > 2 ? lines[2] : "127.0.0.0/8 ::1 192.0.2.0/24", " ", 16);
	check("::ffff:127.0.0.1", n > 0 ? lines[0] : NULL, networks);
	check("2001:db8::1", n > 0 ? lines[0] : NULL, networks);
	if (n > 1 && ts_guard_host_ok(&config, lines[1]) && strpbrk(lines[1], "/@\\")) abort();
	g_strfreev(networks);
	g_strfreev(lines);
	g_free(text);
	return 0;
}
