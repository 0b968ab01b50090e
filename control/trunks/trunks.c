#include "control/trunks/trunks.h"
#include "base/clock.h"
#include "base/counter.h"
#include "base/error.h"
#include "base/log.h"
#include "control/sip/number.h"
#include "control/sip/trunk_plan.h"
#include "control/trunks/store.h"
#include <glib.h>
#include <string.h>

struct ts_trunks {
	const struct ts_config *config;
	struct ts_sip_ua *ua;
	char *folder;
	GPtrArray *list; /* of struct ts_trunk: the file's, then others by name */
	void (*changed)(void *arg, const struct ts_trunk *trunk, bool gone);
	void *changed_arg;
};

static int64_t now_ms(void)
{
	return ts_unix_ms_from_ns(ts_now_ns());
}

/* ---- counting: by state, so that labels are few */

static const enum ts_counter gauges[] = {[TS_TRUNK_STATIC] = TS_C_TRUNKS_STATIC,
	[TS_TRUNK_REGISTERING] = TS_C_TRUNKS_REGISTERING,
	[TS_TRUNK_REGISTERED] = TS_C_TRUNKS_REGISTERED,
	[TS_TRUNK_FAILED] = TS_C_TRUNKS_FAILED,
	[TS_TRUNK_REFUSED] = TS_C_TRUNKS_REFUSED};

static void set_state(struct ts_trunk *trunk, int state)
{
	ts_count_add(gauges[trunk->state], -1);
	ts_count_add(gauges[state], 1);
	trunk->state = state;
}

/* ---- the list */

static struct ts_trunk *find(const struct ts_trunks *trunks, const char *name)
{
	for (guint i = 0; i < trunks->list->len; i++) {
		struct ts_trunk *trunk = trunks->list->pdata[i];
		if (!strcmp(trunk->config->name, name)) return trunk;
	}
	return NULL;
}

static void trunk_free(gpointer data)
{
	struct ts_trunk *trunk = data;
	ts_count_add(gauges[trunk->state], -1);
	ts_trunk_config_unref(trunk->config);
	g_free(trunk);
}

static struct ts_trunk *add(struct ts_trunks *trunks, struct ts_trunk_config *config)
{
	struct ts_trunk *trunk = g_new0(struct ts_trunk, 1);
	guint at = 0;
	trunk->config = config;
	trunk->ping = -1;
	trunk->state = *config->registrar ? TS_TRUNK_REGISTERING : TS_TRUNK_STATIC;
	ts_count(gauges[trunk->state]);
	for (; at < trunks->list->len; at++) {
		const struct ts_trunk *other = trunks->list->pdata[at];
		if (other->config->by_file) continue;
		if (config->by_file || strcmp(other->config->name, config->name) > 0) break;
	}
	g_ptr_array_insert(trunks->list, (gint)at, trunk);
	return trunk;
}

static void tell(struct ts_trunks *trunks, const struct ts_trunk *trunk, bool gone)
{
	if (trunks->changed) trunks->changed(trunks->changed_arg, trunk, gone);
}

static void order(const struct ts_trunks *trunks, const struct ts_trunk *trunk, bool set)
{
	const struct ts_sip_command command = {
		.type = set ? TS_SIP_DO_TRUNK : TS_SIP_DO_TRUNK_REMOVE,
		.trunk = set ? trunk->config : NULL,
		.name = trunk->config->name};
	if (trunks->ua) ts_sip_ua_command(trunks->ua, &command);
}

const struct ts_trunk *ts_trunks_at(const struct ts_trunks *trunks, size_t i)
{
	return trunks && i < trunks->list->len ? trunks->list->pdata[i] : NULL;
}

const struct ts_trunk *ts_trunks_find(const struct ts_trunks *trunks, const char *name)
{
	return trunks ? find(trunks, name) : NULL;
}

int ts_trunks_put(struct ts_trunks *trunks, struct ts_trunk_config *config)
{
	struct ts_trunk *trunk = find(trunks, config->name);
	if (trunk && trunk->config->by_file) return TS_EEXIST;
	if (!trunk && trunks->list->len >= TS_TRUNKS_MAX) return TS_ELIMIT;
	int rc = ts_trunk_store_put(trunks->folder, config);
	if (rc) return rc;
	if (trunk) {
		ts_trunk_config_unref(trunk->config);
		trunk->config = config;
		set_state(trunk, *config->registrar ? TS_TRUNK_REGISTERING : TS_TRUNK_STATIC);
		trunk->ping = -1;
		trunk->code = 0;
		*trunk->reason = *trunk->server = '\0';
		trunk->next_unix_ms = trunk->expires_unix_ms = 0;
	} else {
		trunk = add(trunks, config);
	}
	trunk->changed_unix_ms = now_ms();
	order(trunks, trunk, true);
	tell(trunks, trunk, false);
	return 0;
}

int ts_trunks_remove(struct ts_trunks *trunks, const char *name)
{
	struct ts_trunk *trunk = find(trunks, name);
	if (!trunk) return TS_ENOTFOUND;
	if (trunk->config->by_file) return TS_EEXIST;
	int rc = ts_trunk_store_remove(trunks->folder, name);
	if (rc) return rc;
	order(trunks, trunk, false);
	tell(trunks, trunk, true);
	g_ptr_array_remove(trunks->list, trunk);
	return 0;
}

/* ---- what the sip thread tells */

void ts_trunks_handle(struct ts_trunks *trunks, const struct ts_sip_event *event)
{
	struct ts_trunk *trunk = find(trunks, event->trunk);
	const int64_t now = now_ms();
	if (!trunk) return;
	if (event->trunk_state == TS_TRUNK_FAILED || event->trunk_state == TS_TRUNK_REFUSED)
		ts_count(TS_C_TRUNK_FAILURES);
	set_state(trunk, event->trunk_state);
	trunk->code = event->code;
	trunk->ping = event->ping;
	g_strlcpy(trunk->reason, event->reason, sizeof(trunk->reason));
	g_strlcpy(trunk->server, event->agent, sizeof(trunk->server));
	trunk->changed_unix_ms = now;
	trunk->next_unix_ms = event->wait_ms ? now + event->wait_ms : 0;
	trunk->expires_unix_ms = event->expires_s ? now + event->expires_s * 1000LL : 0;
	tell(trunks, trunk, false);
}

void ts_trunks_watch(struct ts_trunks *trunks,
	void (*changed)(void *arg, const struct ts_trunk *trunk, bool gone), void *arg)
{
	trunks->changed = changed;
	trunks->changed_arg = arg;
}

/* ---- numbers */

static bool is_well(const struct ts_trunk *trunk)
{
	return (trunk->state == TS_TRUNK_REGISTERED || trunk->state == TS_TRUNK_STATIC) &&
		trunk->ping != 0;
}

bool ts_trunks_route(const struct ts_trunks *trunks, const char *number, struct ts_trunk_route *out)
{
	for (int well = 1; well >= 0; well--) {
		for (guint i = 0; i < trunks->list->len; i++) {
			const struct ts_trunk *trunk = trunks->list->pdata[i];
			char sent[TS_TRUNK_TEXT_MAX];
			if (is_well(trunk) != well || !*trunk->server ||
				!ts_trunk_rewrite(trunk->config, number, sent, sizeof(sent)))
				continue;
			/* the one character of a number that a URI cannot have as it is */
			g_auto(GStrv) part = g_strsplit(sent, "#", -1);
			g_autofree char *user = g_strjoinv("%23", part);
			if (g_snprintf(out->uri, sizeof(out->uri), "sip:%s@%s;user=phone", user,
				    trunk->config->domain) >= (int)sizeof(out->uri))
				continue;
			g_strlcpy(out->trunk, trunk->config->name, sizeof(out->trunk));
			g_strlcpy(out->hop, trunk->server, sizeof(out->hop));
			return true;
		}
	}
	return false;
}

bool ts_trunks_room(
	const struct ts_trunks *trunks, const char *name, const char *called, char *out, size_t cap)
{
	const struct ts_trunk *trunk = find(trunks, name);
	if (!trunk) return false; /* removed since */
	const struct ts_trunk_config *c = trunk->config;
	const size_t n = c->numbers ? g_strv_length(c->numbers) : 0;
	if (!n && !*c->default_room)
		return ts_sip_number_room(out, cap, called,
			(const char *const *)trunks->config->sip.numbers.item,
			trunks->config->sip.numbers.n);
	if (ts_sip_number_rule(out, cap, called, (const char *const *)c->numbers, n)) return true;
	return *c->default_room && g_strlcpy(out, c->default_room, cap) < cap;
}

/* ---- JSON */

json_t *ts_trunk_json(const struct ts_trunk *trunk)
{
	json_t *json = ts_trunk_shown(trunk->config);
	json_t *state = json_pack("{s:s, s:o, s:o, s:o, s:o, s:I, s:o, s:o}", "state",
		ts_trunk_state_name((enum ts_trunk_state)trunk->state), "code",
		trunk->code ? json_integer(trunk->code) : json_null(), "reason",
		*trunk->reason && g_utf8_validate(trunk->reason, -1, NULL)
			? json_string(trunk->reason)
			: json_null(),
		"server", *trunk->server ? json_string(trunk->server) : json_null(), "reachable",
		trunk->ping < 0 ? json_null() : json_boolean(trunk->ping), "changed_ms",
		(json_int_t)trunk->changed_unix_ms, "next_ms",
		trunk->next_unix_ms ? json_integer(trunk->next_unix_ms) : json_null(), "expires_ms",
		trunk->expires_unix_ms ? json_integer(trunk->expires_unix_ms) : json_null());
	json_object_update_new(json, state);
	return json;
}

/* ---- life */

static int read_section(struct ts_trunks *trunks, const struct ts_trunk_section *section)
{
	struct ts_shape_error error = {"", ""};
	struct ts_trunk_config *config = NULL;
	json_t *json = ts_trunk_section_json(section, &error);
	if (json && ts_shape_check(&ts_shape_trunk, TS_USE_BODY, json, &error))
		config = ts_trunk_from_json(json, true, &error);
	json_decref(json);
	if (!config) {
		ts_error("trunk", "name=%s error=%s", TS_LOG_STR(section->name),
			TS_LOG_STR(error.detail));
		return TS_EINVAL;
	}
	add(trunks, config)->changed_unix_ms = now_ms();
	return 0;
}

static void on_stored(void *arg, struct ts_trunk_config *config)
{
	struct ts_trunks *trunks = arg;
	if (find(trunks, config->name) || trunks->list->len >= TS_TRUNKS_MAX) {
		ts_warn("trunk left out", "name=%s why=%s", config->name,
			find(trunks, config->name) ? "the file has one of that name" : "too many");
		ts_trunk_config_unref(config);
		return;
	}
	add(trunks, config)->changed_unix_ms = now_ms();
}

int ts_trunks_create(struct ts_trunks **out, const struct ts_config *config)
{
	struct ts_trunks *trunks = g_new0(struct ts_trunks, 1);
	trunks->config = config;
	trunks->folder = ts_trunk_store_folder(config->node.state_dir);
	trunks->list = g_ptr_array_new_with_free_func(trunk_free);
	*out = trunks;
	for (size_t i = 0; i < config->trunks.n; i++) {
		int rc = read_section(trunks, &config->trunks.item[i]);
		if (rc) return rc;
	}
	ts_trunk_store_read(trunks->folder, on_stored, trunks);
	return 0;
}

void ts_trunks_start(struct ts_trunks *trunks, struct ts_sip_ua *ua)
{
	trunks->ua = ua;
	for (guint i = 0; i < trunks->list->len; i++) order(trunks, trunks->list->pdata[i], true);
}

void ts_trunks_destroy(struct ts_trunks **trunksp)
{
	struct ts_trunks *trunks = *trunksp;
	*trunksp = NULL;
	if (!trunks) return;
	g_ptr_array_unref(trunks->list);
	g_free(trunks->folder);
	g_free(trunks);
}
