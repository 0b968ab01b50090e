#include "base/error.h"
#include "base/log.h"
#include "config/config.h"
#include "config/keys.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
/* after the standard headers it needs */
#include <cmocka.h>

static int setup(void **state)
{
	static struct ts_config config;
	ts_config_init_defaults(&config);
	*state = &config;
	return 0;
}

static int teardown(void **state)
{
	ts_config_fini(*state);
	return 0;
}

static char *printed(const struct ts_config *config)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);
	ts_config_print(config, out);
	fclose(out);
	return text;
}

/* Loads text as a file; returns the code, the message in err. */
static int load_text(struct ts_config *config, const char *text, char err[TS_CONFIG_ERR_MAX])
{
	char path[] = "/tmp/tessera-test-XXXXXX";
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
	err[0] = '\0';
	int rc = ts_config_load(config, path, err, TS_CONFIG_ERR_MAX);
	unlink(path);
	return rc;
}

static void test_defaults(void **state)
{
	const struct ts_config *c = *state;
	char err[TS_CONFIG_ERR_MAX];

	assert_int_equal(c->http.listen.n, 1);
	assert_string_equal(c->http.listen.item[0].at.addr, "127.0.0.1");
	assert_int_equal(c->http.listen.item[0].at.port, 8080);
	assert_false(c->http.listen.item[0].tls);
	assert_string_equal(c->http.public_url, "");
	assert_string_equal(c->http.api_token, "");
	assert_int_equal(c->join.policy, TS_JOIN_LOCAL);
	assert_int_equal(c->media.ports.first, 20000);
	assert_int_equal(c->media.ports.last, 29999);
	assert_int_equal(c->media.advertise.n, 0);
	assert_int_equal(c->media.addresses.n, 0);
	assert_int_equal(c->media.net_threads, 1);
	assert_int_equal(c->media.video_threads, 0);
	assert_int_equal(c->media.audio_threads, 0);
	assert_int_equal(c->room.width_px, 1280);
	assert_int_equal(c->room.height_px, 720);
	assert_int_equal(c->room.fps, 30);
	assert_int_equal(c->room.bitrate_kbps, 0);
	assert_int_equal(c->room.transition_ms, 250);
	assert_int_equal(c->room.max_participants, 50);
	assert_int_equal(c->room.max_watchers, 500);
	assert_int_equal(c->limits.max_rooms, 200);
	assert_int_equal(c->log.level, TS_LOG_INFO);
	assert_string_equal(c->node.id, "");
	assert_int_equal(ts_config_check(c, err, sizeof(err)), 0);
}

/* Tests run at the root of the tree. `tessera --print-config >config/tessera.conf` makes the file
 * anew. */
static void test_shipped_file_is_the_defaults(void **state)
{
	g_autofree char *shipped = NULL;
	char *made = printed(*state);
	assert_true(g_file_get_contents("config/tessera.conf", &shipped, NULL, NULL));
	assert_string_equal(shipped, made);
	free(made);
}

static void test_values(void **state)
{
	/* assignment, and as it is printed; NULL: refused */
	static const struct {
		const char *given, *printed;
	} rows[] = {
		{"http.listen=127.0.0.1:80", "listen=127.0.0.1:80"},
		{"http.listen=[::1]:8443", "listen=[::1]:8443"},
		{"http.listen=0.0.0.0:0", "listen=0.0.0.0:0"},
		{"http.listen= 127.0.0.1:81 ", "listen=127.0.0.1:81"},
		{"http.listen=", NULL},
		{"http.listen=8080", NULL},
		{"http.listen=:8080", NULL},
		{"http.listen=localhost:8080", NULL},
		{"http.listen=127.0.0.1:", NULL},
		{"http.listen=127.0.0.1:65536", NULL},
		{"http.listen=127.0.0.1:-1", NULL},
		{"http.listen=127.0.0.1:0x50", NULL},
		{"http.listen=127.0.0.256:80", NULL},
		{"http.listen=[127.0.0.1]:80", NULL},
		{"http.listen=::1:80", NULL},
		{"http.listen=[]:80", NULL},
		{"http.listen=[1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa]:80", NULL},
		{"http.listen=https:127.0.0.1:8443", "listen=https:127.0.0.1:8443"},
		{"http.listen=http:127.0.0.1:80; https:[::1]:8443",
			"listen=127.0.0.1:80;https:[::1]:8443"},
		{"http.listen=127.0.0.1:80;", NULL},
		{"http.listen=https:", NULL},
		{"http.listen=ftp:127.0.0.1:80", NULL},
		{"http.listen=127.0.0.1:1;127.0.0.1:2;127.0.0.1:3;127.0.0.1:4;127.0.0.1:5", NULL},
		{"http.cert=/etc/ssl/a b.pem", "cert=/etc/ssl/a b.pem"},
		{"http.public_url=https://meet.example.org/",
			"public_url=https://meet.example.org"},
		{"http.public_url=http://[::1]:8080", "public_url=http://[::1]:8080"},
		{"http.public_url=meet.example.org", NULL},
		{"http.public_url=https://", NULL},
		{"http.public_url=ftp://meet.example.org", NULL},
		{"http.public_url=https://a b", NULL},
		{"http.public_url=https://a/\"><script>", NULL},
		{"http.api_token=0123456789abcdef", "api_token=0123456789abcdef"},
		{"http.api_token=a=b\\c#d;0123456789", "api_token=a=b\\\\c#d;0123456789"},
		{"http.api_token=0123456789abcde", NULL},
		{"http.api_token=0123456789 abcdef", NULL},
		{"http.trusted_proxies=127.0.0.1, 10.0.0.0/8,::1",
			"trusted_proxies=127.0.0.1,10.0.0.0/8,::1"},
		{"http.trusted_proxies=", "trusted_proxies="},
		{"http.trusted_proxies=10.0.0.0/33", NULL},
		{"http.trusted_proxies=10.0.0.0/", NULL},
		{"http.trusted_proxies=proxy", NULL},
		{"join.policy=open", "policy=open"},
		{"join.policy=pin", "policy=pin"},
		{"join.policy=token", "policy=token"},
		{"join.policy=", "policy="},
		{"join.policy=closed", NULL},
		{"join.pin=1234", "pin=1234"},
		{"join.pin=123", NULL},
		{"join.tokens=0123456789abcdef, fedcba9876543210",
			"tokens=0123456789abcdef,fedcba9876543210"},
		{"join.tokens=0123456789abcdef,", NULL},
		{"join.tokens=0123456789abcdef,short", NULL},
		{"ice.stun=stun:stun.example.org:3478", "stun=stun:stun.example.org:3478"},
		{"ice.stun=stun:192.0.2.1", "stun=stun:192.0.2.1"},
		{"ice.stun=stun.example.org", NULL},
		{"ice.stun=turn:192.0.2.1", NULL},
		{"ice.stun=stun:x?transport=udp", NULL},
		{"ice.turn=turn:192.0.2.1:3478?transport=udp",
			"turn=turn:192.0.2.1:3478?transport=udp"},
		{"ice.turn=turns:[2001:db8::1]:5349?transport=tcp",
			"turn=turns:[2001:db8::1]:5349?transport=tcp"},
		{"ice.turn=turn:x?transport=sctp", NULL},
		{"ice.turn=turn:x>; rel=\"other\"", NULL},
		{"ice.turn=turn:", NULL},
		{"ice.gather=all", "gather=all"},
		{"ice.tcp=on", "tcp=on"},
		{"media.dscp=on", "dscp=on"},
		{"media.dscp=46", NULL},
		{"ice.tcp=yes", NULL},
		{"media.ports=1024-65535", "ports=1024-65535"},
		{"media.ports=5000-5000", "ports=5000-5000"},
		{"media.ports=1023-2000", NULL},
		{"media.ports=3000-2000", NULL},
		{"media.ports=3000-65536", NULL},
		{"media.ports=3000", NULL},
		{"media.ports=-3000", NULL},
		{"media.ports=3000-", NULL},
		{"media.ports=3000-4000-5000", NULL},
		{"media.ports=0000003000-4000", NULL},
		{"media.advertise=192.0.2.1, 2001:db8::1", "advertise=192.0.2.1,2001:db8::1"},
		{"media.advertise=eth0", NULL},
		{"media.advertise=192.0.2.1,", NULL},
		{"media.advertise=,", NULL},
		{"media.addresses=127.0.0.1,eth0", "addresses=127.0.0.1,eth0"},
		{"media.addresses=127.0.0.1 eth0", NULL},
		{"media.addresses=aninterfacenamethatistoolong", NULL},
		{"media.net_threads=64", "net_threads=64"},
		{"media.net_threads=0", NULL},
		{"media.video_threads=0", "video_threads=0"},
		{"media.audio_threads=65", NULL},
		{"room.width=640", "width=640"},
		{"room.width=641", NULL},
		{"room.width=158", NULL},
		{"room.width=1922", NULL},
		{"room.height=90", "height=90"},
		{"room.height=1090", NULL},
		{"room.fps=60", "fps=60"},
		{"room.fps=61", NULL},
		{"room.fps=0", NULL},
		{"room.fps=29.97", NULL},
		{"room.fps=+30", NULL},
		{"room.fps=-1", NULL},
		{"room.fps=99999999999999999999", NULL},
		{"room.bitrate_kbps=50", "bitrate_kbps=50"},
		{"room.transition_ms=0", "transition_ms=0"},
		{"room.transition_ms=1001", NULL},
		{"room.max_participants=1", "max_participants=1"},
		{"room.max_watchers=0", "max_watchers=0"},
		{"limits.max_rooms=1", "max_rooms=1"},
		{"limits.max_rooms=0", NULL},
		{"log.level=debug", "level=debug"},
		{"log.level=INFO", NULL},
		{"node.id=mcu-1.example_org", "id=mcu-1.example_org"},
		{"node.id=mcu 1", NULL},
	};
	struct ts_config *c = *state;

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		char err[TS_CONFIG_ERR_MAX] = "";
		char *before = printed(c);
		int rc = ts_config_set(c, rows[i].given, err, sizeof(err));
		char *after = printed(c);
		g_autofree char *line = rows[i].printed ? g_strdup_printf("\n%s\n", rows[i].printed)
							: NULL;

		if (line && (rc || !strstr(after, line)))
			fail_msg("%s: %s", rows[i].given, rc ? err : "not stored");
		if (!line && rc != TS_EINVAL) fail_msg("%s: accepted", rows[i].given);
		if (!line && strcmp(before, after))
			fail_msg("%s: refused, but something changed", rows[i].given);
		free(before);
		free(after);
	}
}

static void test_length_limits(void **state)
{
	struct ts_config *c = *state;
	static const struct {
		const char *key;
		size_t max;
	} rows[] = {{"node.id=", 64}, {"http.api_token=", 256}};

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		char err[TS_CONFIG_ERR_MAX];
		g_autofree char *fits = g_strnfill(rows[i].max, 'x'),
				*longer = g_strnfill(rows[i].max + 1, 'x');
		g_autofree char *good = g_strconcat(rows[i].key, fits, NULL),
				*bad = g_strconcat(rows[i].key, longer, NULL);
		assert_int_equal(ts_config_set(c, good, err, sizeof(err)), 0);
		assert_int_equal(ts_config_set(c, bad, err, sizeof(err)), TS_EINVAL);
	}
}

static void test_messages(void **state)
{
	static const struct {
		const char *given;
		int rc;
		const char *message;
	} rows[] = {
		{"room.fps=0", TS_EINVAL, "room.fps: \"0\" is not a number from 1 to 60"},
		{"room.width=7", TS_EINVAL,
			"room.width: \"7\" is not an even number from 160 to 1920"},
		{"join.policy=closed", TS_EINVAL,
			"join.policy: \"closed\" is not open, pin or token"},
		{"http.api_token=hunter2", TS_EINVAL,
			"http.api_token: what was given is not 16 to 256 visible ASCII characters"},
		{"http.lisen=x", TS_ENOTFOUND,
			"http.lisen is not a known key; did you mean http.listen?"},
		{"htp.listen=x", TS_ENOTFOUND,
			"htp.listen is not a known key; did you mean http.listen?"},
		{"media.max_rooms=x", TS_ENOTFOUND,
			"media.max_rooms is not a known key; did you mean limits.max_rooms?"},
		{"sip.subscribe=x", TS_ENOTFOUND,
			"sip.subscribe is not a known key; --help lists them"},
		{"room=1", TS_EINVAL, "\"room=1\" is not section.key=value"},
		{"room.fps", TS_EINVAL, "\"room.fps\" is not section.key=value"},
		{"room=a.b", TS_EINVAL, "\"room=a.b\" is not section.key=value"},
		{"", TS_EINVAL, "\"\" is not section.key=value"},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		char err[TS_CONFIG_ERR_MAX] = "";
		int rc = ts_config_set(*state, rows[i].given, err, sizeof(err));
		assert_string_equal(err, rows[i].message);
		assert_int_equal(rc, rows[i].rc);
	}
}

static void test_long_input_is_cut_in_messages(void **state)
{
	char err[TS_CONFIG_ERR_MAX];
	g_autofree char *x = g_strnfill(5000, 'x');
	g_autofree char *value = g_strdup_printf("room.fps=%s", x),
			*name = g_strdup_printf("%s.%s=1", x, x);

	assert_int_equal(ts_config_set(*state, value, err, sizeof(err)), TS_EINVAL);
	assert_non_null(strstr(err, "is not a number from 1 to 60"));
	assert_int_equal(ts_config_set(*state, name, err, sizeof(err)), TS_ENOTFOUND);
	assert_non_null(strstr(err, "is not a known key"));
}

static void test_file(void **state)
{
	struct ts_config *c = *state;
	char err[TS_CONFIG_ERR_MAX];
	int rc = load_text(c,
		"# a comment\n[room]\nfps = 25\n\n[http]\nlisten=127.0.0.1:9000\n"
		"api_token=back\\\\slash-and-more\n",
		err);

	assert_string_equal(err, "");
	assert_int_equal(rc, 0);
	assert_int_equal(c->room.fps, 25);
	assert_int_equal(c->room.width_px, 1280); /* not named: stays */
	assert_int_equal(c->http.listen.item[0].at.port, 9000);
	assert_string_equal(c->http.api_token, "back\\slash-and-more");
}

static void test_file_errors(void **state)
{
	static const struct {
		const char *text;
		int rc;
		const char *part;
	} rows[] = {
		{"[room]\nfps=many\n", TS_EINVAL,
			": room.fps: \"many\" is not a number from 1 to 60"},
		{"[room]\nfsp=30\n", TS_ENOTFOUND,
			": room.fsp is not a known key; did you mean room.fps?"},
		{"[rooms]\nwhatever=30\n", TS_ENOTFOUND, ": rooms.whatever is not a known key"},
		{"fps=30\n", TS_EBADMSG, ""},
		{"[room\nfps=30\n", TS_EBADMSG, ""},
		{"[node]\nid=bad\\qescape\n", TS_EBADMSG,
			": node.id: not UTF-8, or a wrong escape sequence"},
		{"[node]\nid=\xff\xfe\n", TS_EBADMSG,
			": node.id: not UTF-8, or a wrong escape sequence"},
	};
	char err[TS_CONFIG_ERR_MAX];

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		assert_int_equal(load_text(*state, rows[i].text, err), rows[i].rc);
		assert_ptr_equal(strstr(err, "/tmp/tessera-test-"), err); /* begins with the file */
		if (!strstr(err, rows[i].part)) fail_msg("%s: \"%s\"", rows[i].text, err);
	}
	assert_int_equal(
		ts_config_load(*state, "/nonexistent/tessera.conf", err, sizeof(err)), TS_EIO);
	assert_non_null(strstr(err, "/nonexistent/tessera.conf: No such file"));
	/* GLib: not a regular file */
	assert_int_equal(ts_config_load(*state, "/tmp", err, sizeof(err)), TS_EIO);
}

static void test_print_and_load_agree(void **state)
{
	static const char *const changes[] = {
		"http.listen=[::1]:1",
		"http.public_url=http://x",
		"http.api_token=\\#=;'\"0123456789abc",
		"media.ports=1024-1025",
		"media.advertise=192.0.2.1,192.0.2.2",
		"media.addresses=lo,127.0.0.1",
		"media.net_threads=2",
		"media.video_threads=3",
		"media.audio_threads=4",
		"room.width=640",
		"room.height=360",
		"room.fps=15",
		"room.bitrate_kbps=500",
		"room.max_participants=5",
		"room.max_watchers=6",
		"limits.max_rooms=7",
		"log.level=error",
		"node.id=n",
	};
	struct ts_config *a = *state, b;
	char err[TS_CONFIG_ERR_MAX];

	for (size_t i = 0; i < G_N_ELEMENTS(changes); i++) {
		if (ts_config_set(a, changes[i], err, sizeof(err))) fail_msg("%s", err);
		ts_config_init_defaults(&b);
		char *first = printed(a);
		assert_int_equal(load_text(&b, first, err), 0);
		char *second = printed(&b);
		assert_string_equal(first, second);
		free(first);
		free(second);
		ts_config_fini(&b);
	}
}

static void test_public_listen_needs_policy(void **state)
{
	struct ts_config *c = *state;
	char err[TS_CONFIG_ERR_MAX];
	static const char *const sets[] = {
		"http.listen=127.0.0.1:80;0.0.0.0:81", "http.api_token=0123456789abcdef"};
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(ts_config_set(c, sets[i], err, sizeof(err)), 0);
	assert_int_equal(ts_config_check(c, err, sizeof(err)), TS_EINVAL);
	assert_non_null(strstr(err, "join.policy"));
	assert_int_equal(ts_config_set(c, "join.policy=token", err, sizeof(err)), 0);
	assert_int_equal(ts_config_check(c, err, sizeof(err)), TS_EINVAL);
	assert_non_null(strstr(err, "join.tokens"));
	assert_int_equal(ts_config_set(c, "join.policy=open", err, sizeof(err)), 0);
	assert_int_equal(ts_config_check(c, err, sizeof(err)), 0);
	assert_int_equal(ts_config_set(c, "http.listen=https:127.0.0.1:8443", err, sizeof(err)), 0);
	assert_int_equal(ts_config_check(c, err, sizeof(err)), TS_EINVAL);
	assert_non_null(strstr(err, "http.cert"));
	assert_int_equal(ts_config_set(c, "http.listen=127.0.0.1:80", err, sizeof(err)), 0);
	assert_int_equal(ts_config_set(c, "ice.turn=turn:192.0.2.1", err, sizeof(err)), 0);
	assert_int_equal(ts_config_check(c, err, sizeof(err)), TS_EINVAL);
	assert_int_equal(ts_config_set(c, "ice.turn_secret=s", err, sizeof(err)), 0);
	assert_int_equal(ts_config_check(c, err, sizeof(err)), 0);
}

static void test_public_ingest_needs_policy(void **state)
{
	static const char *const keys[] = {"ingest.rtmp_listen", "ingest.srt_listen"};
	struct ts_config *c = *state;
	char err[TS_CONFIG_ERR_MAX], line[80];
	for (size_t i = 0; i < 2; i++) {
		snprintf(line, sizeof(line), "%s=0.0.0.0:1935", keys[i]);
		assert_int_equal(ts_config_set(c, line, err, sizeof(err)), 0);
		assert_int_equal(ts_config_set(c, "join.policy=", err, sizeof(err)), 0);
		assert_int_equal(ts_config_check(c, err, sizeof(err)), TS_EINVAL);
		assert_non_null(strstr(err, "join.policy"));
		assert_int_equal(ts_config_set(c, "join.policy=open", err, sizeof(err)), 0);
		assert_int_equal(ts_config_check(c, err, sizeof(err)), 0);
		assert_int_equal(ts_config_set(c, "join.policy=", err, sizeof(err)), 0);
		snprintf(line, sizeof(line), "%s=[::1]:1935", keys[i]);
		assert_int_equal(ts_config_set(c, line, err, sizeof(err)), 0);
		assert_int_equal(ts_config_check(c, err, sizeof(err)), 0);
		snprintf(line, sizeof(line), "%s=", keys[i]);
		assert_int_equal(ts_config_set(c, line, err, sizeof(err)), 0);
		assert_int_equal(ts_config_check(c, err, sizeof(err)), 0);
		snprintf(line, sizeof(line), "%s=1935", keys[i]);
		assert_int_equal(ts_config_set(c, line, err, sizeof(err)), TS_EINVAL);
	}
}

static void test_public_listen_needs_token(void **state)
{
	static const struct {
		const char *listen;
		int rc_without, rc_with;
	} rows[] = {
		{"http.listen=127.0.0.1:8080", 0, 0},
		{"http.listen=127.9.9.9:8080", 0, 0},
		{"http.listen=[::1]:8080", 0, 0},
		{"http.listen=0.0.0.0:8080", TS_EINVAL, 0},
		{"http.listen=192.0.2.1:8080", TS_EINVAL, 0},
		{"http.listen=[::]:8080", TS_EINVAL, 0},
		{"http.listen=[2001:db8::1]:80", TS_EINVAL, 0},
		{"http.listen=[::ffff:127.0.0.1]:80", TS_EINVAL, 0},
	};
	struct ts_config *c = *state;
	char err[TS_CONFIG_ERR_MAX];

	assert_int_equal(ts_config_set(c, "join.policy=open", err, sizeof(err)), 0);
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		assert_int_equal(ts_config_set(c, rows[i].listen, err, sizeof(err)), 0);
		assert_int_equal(ts_config_set(c, "http.api_token=", err, sizeof(err)), 0);
		assert_int_equal(ts_config_check(c, err, sizeof(err)), rows[i].rc_without);
		if (rows[i].rc_without) assert_non_null(strstr(err, "http.api_token"));
		assert_int_equal(
			ts_config_set(c, "http.api_token=0123456789abcdef", err, sizeof(err)), 0);
		assert_int_equal(ts_config_check(c, err, sizeof(err)), rows[i].rc_with);
	}
}

static void test_local_addresses(void **state)
{
	struct ts_config *c = *state;
	struct ts_strings got;
	char err[TS_CONFIG_ERR_MAX];

	assert_int_equal(ts_config_local_addresses(c, &got, err, sizeof(err)), 0);
	assert_int_equal(got.n, 0);

	assert_int_equal(ts_config_set(c, "media.addresses=192.0.2.7,lo", err, sizeof(err)), 0);
	assert_int_equal(ts_config_local_addresses(c, &got, err, sizeof(err)), 0);
	assert_true(got.n >= 2);
	assert_string_equal(got.item[0], "192.0.2.7");
	assert_true(g_strv_contains((const char *const *)got.item, "127.0.0.1"));
	assert_null(got.item[got.n]);
	ts_strings_fini(&got);

	assert_int_equal(ts_config_set(c, "media.addresses=lo,nothere0", err, sizeof(err)), 0);
	assert_int_equal(ts_config_local_addresses(c, &got, err, sizeof(err)), TS_EINVAL);
	assert_string_equal(
		err, "media.addresses: there is no interface \"nothere0\" with an address");
	assert_int_equal(got.n, 0);
}

/* every row has help that fits a line of the file, and a name that --set can give */
static void test_table(void **state)
{
	(void)state;
	for (size_t i = 0; i < ts_config_n_keys; i++) {
		const struct ts_config_key *key = &ts_config_keys[i];
		g_auto(GStrv) lines = g_strsplit(key->help, "\n", -1);
		for (size_t k = 0; lines[k]; k++) assert_in_range(strlen(lines[k]), 1, 118);
		assert_null(strpbrk(key->section, ".= "));
		assert_null(strpbrk(key->name, ".= "));
		for (size_t k = 0; k < i; k++)
			assert_false(!strcmp(key->section, ts_config_keys[k].section) &&
				!strcmp(key->name, ts_config_keys[k].name));
	}
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_defaults),
		TEST(test_shipped_file_is_the_defaults),
		TEST(test_values),
		TEST(test_length_limits),
		TEST(test_messages),
		TEST(test_long_input_is_cut_in_messages),
		TEST(test_file),
		TEST(test_file_errors),
		TEST(test_print_and_load_agree),
		TEST(test_public_listen_needs_policy),
		TEST(test_public_ingest_needs_policy),
		TEST(test_public_listen_needs_token),
		TEST(test_local_addresses),
		cmocka_unit_test(test_table),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
