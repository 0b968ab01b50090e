#include "config/config.h"
#include "base/error.h"
#include "config/keys.h"
#include "config/line.h"
#include "config/sip.h"
#include "config/trunk.h"
#include <arpa/inet.h>
#include <string.h>
#include <sys/stat.h>

static void *field_of(struct ts_config *config, const struct ts_config_key *key)
{
	return (char *)config + key->offset;
}

void ts_config_init_defaults(struct ts_config *config)
{
	memset(config, 0, sizeof(*config));
	for (size_t i = 0; i < ts_config_n_keys; i++) {
		const struct ts_config_key *key = &ts_config_keys[i];
		bool ok = key->type->parse(key, field_of(config, key), key->def);
		g_assert(ok); /* a wrong row in the table */
	}
}

void ts_config_fini(struct ts_config *config)
{
	for (size_t i = 0; i < ts_config_n_keys; i++) {
		const struct ts_config_key *key = &ts_config_keys[i];
		if (key->type->fini) key->type->fini(field_of(config, key));
	}
	ts_config_fini_trunks(config);
}

/* ---- names */

static const struct ts_config_key *find(const char *section, const char *name)
{
	for (size_t i = 0; i < ts_config_n_keys; i++)
		if (!strcmp(ts_config_keys[i].section, section) &&
			!strcmp(ts_config_keys[i].name, name))
			return &ts_config_keys[i];
	return NULL;
}

enum { NAME_MAX_COMPARED = 40 };

/* Levenshtein's distance of two short texts; longer ones are far from everything. */
static unsigned distance(const char *a, const char *b)
{
	unsigned row[NAME_MAX_COMPARED + 1];
	size_t na = strlen(a), nb = strlen(b);
	if (na > NAME_MAX_COMPARED || nb > NAME_MAX_COMPARED) return UINT32_MAX;
	for (size_t j = 0; j <= nb; j++) row[j] = (unsigned)j;
	for (size_t i = 1; i <= na; i++) {
		unsigned diagonal = row[0];
		row[0] = (unsigned)i;
		for (size_t j = 1; j <= nb; j++) {
			unsigned replaced = diagonal + (a[i - 1] != b[j - 1]);
			diagonal = row[j];
			row[j] = MIN(replaced, MIN(row[j], row[j - 1]) + 1);
		}
	}
	return row[nb];
}

/* The right name in a wrong section is nearer than any misspelling. */
static const struct ts_config_key *nearest(const char *section, const char *name)
{
	const struct ts_config_key *best = NULL;
	unsigned best_d = 4; /* more than three letters wrong: no suggestion */
	for (size_t i = 0; i < ts_config_n_keys; i++) {
		const struct ts_config_key *key = &ts_config_keys[i];
		unsigned ds = distance(key->section, section), dn = distance(key->name, name);
		unsigned d = dn == 0 ? MIN(ds, 1) : ds > 2 ? UINT32_MAX : dn + ds;
		if (d >= best_d) continue;
		best = key;
		best_d = d;
	}
	return best;
}

static int set_field(struct ts_config *config, const char *section, const char *name,
	const char *value, char *err, size_t cap)
{
	if (ts_config_is_trunk(section))
		return ts_config_set_trunk(config, section, name, value, err, cap);
	const struct ts_config_key *key = find(section, name);
	if (!key) {
		const struct ts_config_key *near = nearest(section, name);
		if (near)
			snprintf(err, cap, "%.64s.%.64s is not a known key; did you mean %s.%s?",
				section, name, near->section, near->name);
		else
			snprintf(err, cap, "%.64s.%.64s is not a known key; --help lists them",
				section, name);
		return TS_ENOTFOUND;
	}
	if (key->type->parse(key, field_of(config, key), value)) return 0;

	char allowed[160];
	ts_config_key_allowed(key, allowed, sizeof(allowed));
	if (key->secret || key->type == &ts_type_token || key->type == &ts_type_tokens ||
		key->type == &ts_type_sip_users) /* a mistyped secret is still most of a secret */
		snprintf(err, cap, "%s.%s: what was given is not %s", section, name, allowed);
	else
		snprintf(err, cap, "%s.%s: \"%.100s\" is not %s", section, name, value, allowed);
	return TS_EINVAL;
}

/* ---- file, overrides, check */

/* bad: the key with which it ended. */
static int load_section(struct ts_config *config, GKeyFile *file, const char *section, char **bad,
	char *err, size_t cap)
{
	g_auto(GStrv) names = g_key_file_get_keys(file, section, NULL, NULL);
	for (size_t i = 0; names && names[i]; i++) {
		g_autoptr(GError) error = NULL; /* a wrong escape gives an error and a value */
		g_autofree char *value = g_key_file_get_string(file, section, names[i], &error);
		if (!value || error) {
			snprintf(err, cap, "%.64s.%.64s: not UTF-8, or a wrong escape sequence",
				section, names[i]);
			*bad = g_strdup(names[i]);
			return TS_EBADMSG;
		}
		int rc = set_field(config, section, names[i], g_strstrip(value), err, cap);
		if (rc) *bad = g_strdup(names[i]);
		if (rc) return rc;
	}
	return 0;
}

static int load_text(
	struct ts_config *config, const char *text, const char *path, char *err, size_t cap)
{
	g_autoptr(GKeyFile) file = g_key_file_new();
	g_autoptr(GError) error = NULL;
	if (!g_key_file_load_from_data(file, text, strlen(text), G_KEY_FILE_NONE, &error)) {
		snprintf(err, cap, "%.200s:%u: %.200s", path, ts_config_bad_line(text),
			error->message);
		return TS_EBADMSG;
	}
	g_auto(GStrv) sections = g_key_file_get_groups(file, NULL);
	for (size_t i = 0; sections[i]; i++) {
		char what[TS_CONFIG_ERR_MAX] = "";
		g_autofree char *bad = NULL;
		int rc = load_section(config, file, sections[i], &bad, what, sizeof(what));
		if (!rc) continue;
		snprintf(err, cap, "%.100s:%u: %.390s", path,
			ts_config_line_of(text, sections[i], bad), what);
		return rc;
	}
	return 0;
}

int ts_config_load(struct ts_config *config, const char *path, char *err, size_t cap)
{
	g_autofree char *text = NULL;
	g_autoptr(GError) error = NULL;
	gsize len;
	if (!g_file_get_contents(path, &text, &len, &error)) {
		const char *why = strrchr(error->message, ':'); /* before it is the path, too */
		snprintf(err, cap, "%.200s: %.200s", path, why ? why + 2 : error->message);
		return TS_EIO;
	}
	int rc = load_text(config, text, path, err, cap);
	explicit_bzero(text, len);
	return rc;
}

/* Lines become items of a list. The command line is seen by everybody on the machine, a file need
 * not be. */
static int read_secret(char **out, const char *path, char *err, size_t cap)
{
	g_autoptr(GError) error = NULL;
	if (!g_file_get_contents(path, out, NULL, &error)) {
		snprintf(err, cap, "%.400s", error->message);
		return TS_EIO;
	}
	g_strdelimit(g_strstrip(*out), "\r\n", ',');
	return 0;
}

int ts_config_set(struct ts_config *config, const char *assignment, char *err, size_t cap)
{
	const char *dot = strchr(assignment, '.'), *equals = strchr(assignment, '=');
	if (!dot || !equals || dot > equals) {
		snprintf(err, cap, "\"%.100s\" is not section.key=value", assignment);
		return TS_EINVAL;
	}
	g_autofree char *section = g_strndup(assignment, (size_t)(dot - assignment));
	g_autofree char *name = g_strndup(dot + 1, (size_t)(equals - dot - 1));
	g_autofree char *value = g_strdup(equals + 1);
	const struct ts_config_key *key = find(section, name);
	const bool secret = key ? key->secret
				: ts_config_is_trunk(section) && !strcmp(name, "password");
	if (secret && g_strstrip(value)[0] == '@') {
		g_autofree char *path = g_steal_pointer(&value);
		int rc = read_secret(&value, path + 1, err, cap);
		if (rc) return rc;
	}
	return set_field(config, section, name, g_strstrip(value), err, cap);
}

bool ts_config_is_exposed(const struct ts_config *loaded, const char *path)
{
	struct stat st;
	if (stat(path, &st) || !S_ISREG(st.st_mode) || !(st.st_mode & S_IROTH)) return false;
	for (size_t i = 0; i < ts_config_n_keys; i++) {
		const struct ts_config_key *key = &ts_config_keys[i];
		g_autoptr(GString) text = g_string_new(NULL);
		if (key->secret) key->type->print(key, (const char *)loaded + key->offset, text);
		bool held = text->len > 0;
		explicit_bzero(text->str, text->len);
		if (held) return true;
	}
	return ts_config_has_trunk_password(loaded);
}

bool ts_endpoint_is_loopback(const struct ts_endpoint *endpoint)
{
	struct in6_addr six;
	struct in_addr four;
	if (inet_pton(AF_INET, endpoint->addr, &four) == 1) return ntohl(four.s_addr) >> 24 == 127;
	return inet_pton(AF_INET6, endpoint->addr, &six) == 1 && IN6_IS_ADDR_LOOPBACK(&six);
}

bool ts_config_asks(const struct ts_config *config)
{
	return *config->http.api_token || *config->identity.keys || *config->identity.jwt_keys ||
		*config->identity.signing_key;
}

static int check_listener(const struct ts_config *config, size_t i, char *err, size_t cap)
{
	const char *addr = config->http.listen.item[i].at.addr;
	if (config->http.listen.item[i].tls && (!*config->http.cert || !*config->http.key)) {
		snprintf(err, cap, "http.listen: https: needs http.cert and http.key");
		return TS_EINVAL;
	}
	if (ts_endpoint_is_loopback(&config->http.listen.item[i].at)) return 0;
	if (!ts_config_asks(config)) {
		snprintf(err, cap,
			"http.listen: %s can be reached from other machines, and without "
			"http.api_token everyone there could "
			"control all rooms; set http.api_token (or identity.keys, "
			"identity.jwt_keys), or listen on 127.0.0.1",
			addr);
		return TS_EINVAL;
	}
	if (config->join.policy == TS_JOIN_LOCAL) {
		snprintf(err, cap,
			"http.listen: %s can be reached from other machines, and join.policy does "
			"not say who may join from there; "
			"set it to open, pin or token",
			addr);
		return TS_EINVAL;
	}
	return 0;
}

static int check_ingest(const struct ts_config *config, char *err, size_t cap)
{
	const struct ts_endpoint *at[] = {&config->ingest.rtmp_listen, &config->ingest.rtmps_listen,
		&config->ingest.srt_listen};
	const bool own = *config->ingest.rtmps_cert && *config->ingest.rtmps_key;
	if (!*config->ingest.rtmps_cert != !*config->ingest.rtmps_key ||
		(*config->ingest.rtmps_listen.addr && !own &&
			(!*config->http.cert || !*config->http.key))) {
		snprintf(err, cap,
			"ingest.rtmps_listen needs ingest.rtmps_cert and rtmps_key, or "
			"http.cert and key");
		return TS_EINVAL;
	}
	for (size_t i = 0; i < G_N_ELEMENTS(at); i++) {
		if (!*at[i]->addr || ts_endpoint_is_loopback(at[i]) ||
			config->join.policy != TS_JOIN_LOCAL)
			continue;
		snprintf(err, cap,
			"ingest: %s can be reached from other machines, and join.policy does not "
			"say who may join from there; set it to open, pin or token",
			at[i]->addr);
		return TS_EINVAL;
	}
	return 0;
}

int ts_config_check(const struct ts_config *config, char *err, size_t cap)
{
	for (size_t i = 0; i < config->http.listen.n; i++) {
		int rc = check_listener(config, i, err, cap);
		if (rc) return rc;
	}
	const bool identity = *config->identity.keys || *config->identity.jwt_keys ||
		*config->identity.signing_key;
	if (config->join.policy == TS_JOIN_TOKEN && !config->join.tokens.n && !identity) {
		snprintf(err, cap,
			"join.policy: token needs join.tokens, or identity.keys or jwt_keys; "
			"without one nobody could join");
		return TS_EINVAL;
	}
	if (*config->ice.turn && !*config->ice.turn_secret &&
		(!*config->ice.turn_user || !*config->ice.turn_password)) {
		snprintf(err, cap, "ice.turn: needs turn_user and turn_password, or turn_secret");
		return TS_EINVAL;
	}
	if (config->media.port && config->ice.tcp) {
		snprintf(err, cap,
			"media.port is for UDP alone; set ice.tcp to off, or media.port to 0");
		return TS_EINVAL;
	}
	if (config->media.port && config->media.port + config->media.net_threads - 1 > UINT16_MAX) {
		snprintf(err, cap,
			"media.port: each of media.net_threads takes the next port, and there are "
			"none above 65535");
		return TS_EINVAL;
	}
	if (*config->webhooks.url && !*config->webhooks.secret) {
		snprintf(err, cap, "webhooks.url: needs webhooks.secret");
		return TS_EINVAL;
	}
	const int rc = check_ingest(config, err, cap);
	return rc ? rc : ts_config_check_sip(config, err, cap);
}

/* ---- printing */

static void print_comment(const char *text, const char *prefix, FILE *out)
{
	while (*text) {
		int len = (int)strcspn(text, "\n");
		fprintf(out, "%s%.*s\n", prefix, len, text);
		text += len + (text[len] == '\n');
	}
}

void ts_config_print(const struct ts_config *config, FILE *out)
{
	g_autoptr(GKeyFile) escaper = g_key_file_new();
	g_autoptr(GString) text = g_string_new(NULL);
	const char *section = "";

	fputs("# tessera: every key with its value. `tessera --print-config` makes this file; "
	      "`--set section.key=value`\n"
	      "# overrides a key for one run.\n",
		out);
	for (size_t i = 0; i < ts_config_n_keys; i++) {
		const struct ts_config_key *key = &ts_config_keys[i];
		if (strcmp(section, key->section))
			fprintf(out, "\n[%s]\n", key->section);
		else
			fputc('\n', out);
		section = key->section;
		print_comment(key->help, "# ", out);
		char allowed[160];
		ts_config_key_allowed(key, allowed, sizeof(allowed));
		if (key->type == &ts_type_int) fprintf(out, "# Allowed: %s.\n", allowed);

		g_string_truncate(text, 0);
		key->type->print(key, (const char *)config + key->offset, text);
		g_key_file_set_string(escaper, key->section, key->name, text->str);
		g_autofree char *value = g_key_file_get_value(
			escaper, key->section, key->name, NULL);
		fprintf(out, "%s=%s\n", key->name, value);
	}
	ts_config_print_trunks(config, out);
}

void ts_config_print_keys(FILE *out)
{
	for (size_t i = 0; i < ts_config_n_keys; i++) {
		const struct ts_config_key *key = &ts_config_keys[i];
		fprintf(out, "  %s.%s=%s\n", key->section, key->name, key->def);
		print_comment(key->help, "        ", out);
	}
}
