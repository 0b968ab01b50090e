#include "control/trunks/settings.h"
#include "codec/registry.h"
#include "control/rooms/registry.h"
#include "control/sip/number.h"
#include <glib.h>
#include <string.h>

/* what a row does not name is zero */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

enum { EXPIRES_S = 600, OPTIONS_S = 60 };

/* ---- the shape */

static const char *const transports[] = {"auto", "udp", "tcp", "tls", NULL};
static const char *const formats[] = {"e164", "plain", "00", NULL};
static const char *const inbounds[] = {"auto", "token", "address", NULL};
static const char *const states[] = {
	"static", "registering", "registered", "failed", "refused", NULL};

static bool id_ok(const char *text)
{
	for (const char *c = text; *c; c++)
		if (!g_ascii_isalnum(*c) && !strchr("_-", *c)) return false;
	return *text;
}

static bool server_ok(const char *text)
{
	char host[TS_TRUNK_TEXT_MAX];
	uint16_t port;
	return !*text || ts_trunk_host_split(text, host, sizeof(host), &port);
}

/* What may stand in a URI as it is. */
static bool user_ok(const char *text)
{
	for (const char *c = text; *c; c++)
		if (!g_ascii_isalnum(*c) && !strchr("-_.!~*'()&=+$,;?/", *c)) return false;
	return true;
}

static bool secret_ok(const char *text)
{
	for (const char *c = text; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f) return false;
	return true;
}

static bool room_ok(const char *text)
{
	return !*text || ts_room_id_ok(text);
}

#define TEXT .type = TS_F_STRING, .min = 0, .max = TS_TRUNK_TEXT_MAX - 1
#define SERVER .ok = server_ok, .pattern = "^([A-Za-z0-9._-]+|\\[[0-9A-Fa-f:.]+\\])?(:[0-9]+)?$"
#define USER .ok = user_ok, .pattern = "^[A-Za-z0-9_.!~*'()&=+$,;?/-]*$"
static const struct ts_field fields[] = {
	{"id", TS_F_STRING, TS_F_NEEDED, .min = 1, .max = TS_TRUNK_NAME_MAX, .ok = id_ok,
		.pattern = "^[A-Za-z0-9_-]+$", .help = "Its name; it never changes"},
	{"registrar", TEXT, SERVER,
		.help = "HOST or HOST:PORT where we register; \"\": not at all, `proxy` is needed"},
	{"proxy", TEXT, SERVER,
		.help = "Through which all goes, with a Route; \"\": the registrar"},
	{"domain", TEXT, .ok = server_ok,
		.help = "Of our address and of numbers; \"\": the registrar's or proxy's host"},
	{"transport", TS_F_STRING, .choices = transports,
		.help = "auto (the default): as NAPTR and SRV records say, UDP without any"},
	{"user", TEXT, USER, .help = "The account: user part of our address"},
	{"auth_user", TEXT, .ok = secret_ok, .pattern = "^[^\\x00-\\x1f]*$",
		.help = "The name that goes with the password; \"\": user"},
	{"password", TEXT, .flags = TS_F_WRITE, .ok = secret_ok, .pattern = "^[^\\x00-\\x1f]*$"},
	{"password_set", TS_F_BOOL, TS_F_READ},
	{"realm", TEXT, .ok = secret_ok, .pattern = "^[^\\x00-\\x1f]*$",
		.help = "The only one whose challenges are answered; \"\": the first that the "
			"registrar names"},
	{"expires", TS_F_INT, .min = 30, .max = 86400,
		.help = "Seconds asked for; 600 if left out"},
	{"options_interval", TS_F_INT, .min = 0, .max = 3600,
		.help = "Seconds between OPTIONS; 60 if left out; 0: none"},
	{"inbound", TS_F_STRING, .choices = inbounds,
		.help = "How its calls are known: token (as only its registrar can call us), "
			"address (also by its servers' addresses), auto (the default): token "
			"where it registers, else address"},
	{"trusted", TS_F_BOOL,
		.help = "Names that it asserts (P-Asserted-Identity, Remote-Party-ID, `headers`) "
			"are believed, and its address over UDP needs no password"},
	{"number_format", TS_F_STRING, .choices = formats,
		.help = "How the + of a number is sent: e164 (the default) +49, plain 49, 00 0049"},
	{"dial", TS_F_LIST, .max = TS_TRUNK_LIST_MAX,
		.help = "PATTERN=NUMBER: which numbers it takes, and as what (docs/TRUNKS.md)"},
	{"numbers", TS_F_LIST, .max = TS_TRUNK_LIST_MAX,
		.help = "PATTERN=ROOM of numbers called by it; none: as sip.numbers"},
	{"default_room", TEXT, .ok = room_ok, .pattern = "^$|" TS_ROOM_ID_PATTERN,
		.help = "Where no pattern of `numbers` fits; \"\": the call is refused"},
	{"headers", TS_F_LIST, .max = 8,
		.help = "HEADER=attribute of the call, where the trunk is trusted"},
	{"codecs", TS_F_LIST, .max = 8,
		.help = "What we offer by it, best first; none: all that we have"},
	{"srtp", TS_F_STRING, .choices = ts_sip_srtp_words,
		.help = "As sip.srtp, for its calls; default: sip.srtp"},
	{"browsers", TS_F_BOOL,
		.help = "What is called by it are browsers: offers have ICE, DTLS and one path"},
	{"from_file", TS_F_BOOL, TS_F_READ, .help = "Of the configuration file: stays as it is"},
	{"state", TS_F_STRING, TS_F_READ, .choices = states,
		.help = "refused: the password was wrong twice, and nothing more is sent until the "
			"trunk is changed"},
	{"code", TS_F_INT, TS_F_READ | TS_F_NULL, .help = "SIP status that said so"},
	{"reason", TS_F_STRING, TS_F_READ | TS_F_NULL},
	{"server", TS_F_STRING, TS_F_READ | TS_F_NULL, .help = "The one in use: \"udp ADDR:PORT\""},
	{"reachable", TS_F_BOOL, TS_F_READ | TS_F_NULL, .help = "By OPTIONS; null: not asked yet"},
	{"changed_ms", TS_F_INT, TS_F_READ, .help = "Unix time, as the following"},
	{"next_ms", TS_F_INT, TS_F_READ | TS_F_NULL, .help = "Next try, refresh or look-up"},
	{"expires_ms", TS_F_INT, TS_F_READ | TS_F_NULL},
};
const struct ts_shape ts_shape_trunk = TS_SHAPE("Trunk", fields, "A SIP trunk: docs/TRUNKS.md");
static const struct ts_field list_fields[] = {{"items", TS_F_LIST, .of = &ts_shape_trunk,
	.help = "Those of the file in its order, then others by name: as numbers try them"}};
const struct ts_shape ts_shape_trunks = TS_SHAPE("Trunks", list_fields, NULL);

/* ---- from JSON */

static bool wrong(struct ts_shape_error *error, const char *pointer, const char *why)
{
	g_snprintf(error->pointer, sizeof(error->pointer), "%s", pointer);
	g_snprintf(error->detail, sizeof(error->detail), "%s %s", pointer + 1, why);
	return false;
}

static void read_text(const json_t *json, const char *name, char out[TS_TRUNK_TEXT_MAX])
{
	const char *text = json_string_value(json_object_get(json, name));
	g_strlcpy(out, text ? text : "", TS_TRUNK_TEXT_MAX);
}

static uint32_t read_number(const json_t *json, const char *name, uint32_t otherwise)
{
	const json_t *value = json_object_get(json, name);
	return json_is_number(value) ? (uint32_t)json_number_value(value) : otherwise;
}

static int read_choice(const json_t *json, const char *name, const char *const *choices)
{
	const char *text = json_string_value(json_object_get(json, name));
	for (int i = 0; text && choices[i]; i++)
		if (!strcmp(text, choices[i])) return i;
	return 0;
}

static bool header_ok(const char *text)
{
	const char *equals = strchr(text, '=');
	if (!equals || equals == text || !equals[1] || strlen(text) >= TS_TRUNK_TEXT_MAX)
		return false;
	for (const char *c = text; *c; c++)
		if (!g_ascii_isalnum(*c) && !strchr("-_.=", *c)) return false;
	return !strchr(equals + 1, '=');
}

static bool codec_ok(const char *text)
{
	const struct ts_codec_info *info;
	for (size_t i = 0; (info = ts_codec_row(i)); i++)
		if (!g_ascii_strcasecmp(info->sdp_name, text)) return true;
	return false;
}

static bool read_list(const json_t *json, const char *name, bool (*ok)(const char *text),
	char ***out, struct ts_shape_error *error)
{
	const json_t *list = json_object_get(json, name);
	const size_t n = json_array_size(list);
	char pointer[64];
	*out = g_new0(char *, n + 1);
	for (size_t i = 0; i < n; i++) {
		const char *text = json_string_value(json_array_get(list, i));
		(*out)[i] = g_strdup(text ? text : "");
		if (ok((*out)[i])) continue;
		g_snprintf(pointer, sizeof(pointer), "/%s/%zu", name, i);
		return wrong(error, pointer, "makes no sense: docs/TRUNKS.md");
	}
	return true;
}

/* Where none is given. */
static void print_domain(const struct ts_trunk_config *c, char out[TS_TRUNK_TEXT_MAX])
{
	char host[TS_TRUNK_TEXT_MAX];
	uint16_t port;
	if (ts_trunk_host_split(*c->registrar ? c->registrar : c->proxy, host, sizeof(host), &port))
		g_snprintf(out, TS_TRUNK_TEXT_MAX, strchr(host, ':') ? "[%.120s]" : "%.120s", host);
}

static bool read_all(struct ts_trunk_config *c, const json_t *json, struct ts_shape_error *error)
{
	g_strlcpy(c->name, json_string_value(json_object_get(json, "id")), sizeof(c->name));
	read_text(json, "registrar", c->registrar);
	read_text(json, "proxy", c->proxy);
	read_text(json, "domain", c->domain);
	read_text(json, "user", c->user);
	read_text(json, "auth_user", c->auth_user);
	read_text(json, "password", c->password);
	read_text(json, "realm", c->realm);
	read_text(json, "default_room", c->default_room);
	c->transport = (enum ts_trunk_transport)read_choice(json, "transport", transports);
	c->format = (enum ts_trunk_format)read_choice(json, "number_format", formats);
	c->inbound = (enum ts_trunk_inbound)read_choice(json, "inbound", inbounds);
	c->expires_s = read_number(json, "expires", EXPIRES_S);
	c->options_s = read_number(json, "options_interval", OPTIONS_S);
	c->trusted = json_is_true(json_object_get(json, "trusted"));
	c->browsers = json_is_true(json_object_get(json, "browsers"));
	c->srtp = read_choice(json, "srtp", ts_sip_srtp_words) - 1;
	if (!*c->registrar && !*c->proxy) return wrong(error, "/registrar", "or proxy is needed");
	if (*c->registrar && !*c->user) return wrong(error, "/user", "is needed to register");
	if (!*c->user) g_strlcpy(c->user, "tessera", sizeof(c->user));
	if (!*c->domain) print_domain(c, c->domain);
	return read_list(json, "dial", ts_sip_number_rewrite_ok, &c->dial, error) &&
		read_list(json, "numbers", ts_sip_number_ok, &c->numbers, error) &&
		read_list(json, "headers", header_ok, &c->headers, error) &&
		read_list(json, "codecs", codec_ok, &c->codecs, error);
}

struct ts_trunk_config *ts_trunk_from_json(
	const json_t *json, bool by_file, struct ts_shape_error *error)
{
	struct ts_trunk_config *config = ts_trunk_config_new();
	config->by_file = by_file;
	if (read_all(config, json, error)) return config;
	ts_trunk_config_unref(config);
	return NULL;
}

/* ---- to JSON */

static json_t *list_json(char *const *list)
{
	json_t *array = json_array();
	for (; list && *list; list++) json_array_append_new(array, json_string(*list));
	return array;
}

json_t *ts_trunk_settings(const struct ts_trunk_config *c)
{
	char usual[TS_TRUNK_TEXT_MAX] = "";
	print_domain(c, usual);
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:i, s:i, s:s, s:b, s:s, "
			 "s:o, s:o, s:s, s:o, s:o, s:s, s:b}",
		"id", c->name, "registrar", c->registrar, "proxy", c->proxy, "domain",
		strcmp(usual, c->domain) != 0 ? c->domain : "", "transport",
		transports[c->transport], "user", c->user, "auth_user", c->auth_user, "password",
		c->password, "realm", c->realm, "expires", (int)c->expires_s, "options_interval",
		(int)c->options_s, "inbound", inbounds[c->inbound], "trusted", c->trusted,
		"number_format", formats[c->format], "dial", list_json(c->dial), "numbers",
		list_json(c->numbers), "default_room", c->default_room, "headers",
		list_json(c->headers), "codecs", list_json(c->codecs), "srtp",
		ts_sip_srtp_words[c->srtp + 1], "browsers", c->browsers);
}

json_t *ts_trunk_shown(const struct ts_trunk_config *c)
{
	json_t *json = ts_trunk_settings(c);
	json_object_set_new(json, "domain", json_string(c->domain));
	json_object_del(json, "password");
	json_object_set_new(json, "password_set", json_boolean(*c->password));
	json_object_set_new(json, "from_file", json_boolean(c->by_file));
	return json;
}

/* ---- the configuration file */

static const struct ts_field *field_named(const char *name)
{
	for (size_t i = 0; i < ts_shape_trunk.n; i++)
		if (!strcmp(ts_shape_trunk.field[i].name, name)) return &ts_shape_trunk.field[i];
	return NULL;
}

static json_t *list_of(const char *text)
{
	g_auto(GStrv) item = g_strsplit(text, ",", -1);
	json_t *array = json_array();
	for (size_t i = 0; *text && item[i]; i++)
		json_array_append_new(array, json_string(g_strstrip(item[i])));
	return array;
}

static json_t *value_of(const struct ts_field *field, const char *text)
{
	gint64 number;
	switch (field->type) {
	case TS_F_INT:
		return g_ascii_string_to_signed(text, 10, 0, 86400, &number, NULL)
			? json_integer(number)
			: NULL;
	case TS_F_BOOL:
		return !strcmp(text, "on")     ? json_true()
			: !strcmp(text, "off") ? json_false()
					       : NULL;
	case TS_F_LIST: return list_of(text);
	default: return json_string(text);
	}
}

json_t *ts_trunk_section_json(const struct ts_trunk_section *section, struct ts_shape_error *error)
{
	json_t *json = json_pack("{s:s}", "id", section->name);
	for (size_t i = 0; i < section->n; i++) {
		const struct ts_field *field = field_named(section->setting[i].key);
		json_t *value = field ? value_of(field, section->setting[i].value) : NULL;
		if (value) {
			json_object_set_new(json, field->name, value);
			continue;
		}
		g_autofree char *pointer = g_strconcat("/", section->setting[i].key, NULL);
		wrong(error, pointer, "is a whole number, or on or off");
		json_decref(json);
		return NULL;
	}
	return json;
}
