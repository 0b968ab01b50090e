/* INVITEs that come by a trunk: what they tell beside what every INVITE tells. */
#include "control/sip/core.h"
#include "control/sip/identity.h"
#include "control/sip/name.h"
#include <string.h>

enum { HEADER_MAX = 1024, VALUE_MAX = 128 };

static bool join(const struct sip_hdr *header, const struct sip_msg *msg, void *arg)
{
	GString *all = arg;
	(void)msg;
	if (all->len + header->val.l > HEADER_MAX) return true;
	if (all->len) g_string_append_c(all, ',');
	g_string_append_len(all, header->val.p, (gssize)header->val.l);
	return false;
}

static GString *values_of(const struct sip_msg *msg, const char *name)
{
	GString *all = g_string_new("");
	sip_msg_xhdr_apply(msg, true, name, join, all);
	return all;
}

static void read_identity(struct ts_sip_event *event, const struct sip_msg *msg)
{
	char name[TS_SIP_TEXT_MAX];
	g_autoptr(GString) asserted = values_of(msg, "P-Asserted-Identity"),
			   party = values_of(msg, "Remote-Party-ID"),
			   privacy = values_of(msg, "Privacy");
	const struct ts_sip_asserted told = {asserted->len ? asserted->str : NULL,
		party->len ? party->str : NULL, privacy->len ? privacy->str : NULL, asserted->len,
		party->len, privacy->len};
	ts_sip_identity(name, sizeof(name), &told);
	if (*name) g_strlcpy(event->from, name, sizeof(event->from));
}

static void read_number(
	struct ts_sip_event *event, const struct ts_trunk_config *trunk, const struct sip_msg *msg)
{
	static const char *const names[] = {"P-Asserted-Identity", "Remote-Party-ID"};
	struct pl uri = msg->from.auri;
	for (size_t i = 0; i < G_N_ELEMENTS(names) && trunk->trusted; i++) {
		const struct sip_hdr *header = sip_msg_xhdr(msg, names[i]);
		struct sip_addr told;
		if (!header || sip_addr_decode(&told, &header->val)) continue;
		uri = told.auri;
		break;
	}
	if (!ts_sip_called(event->caller, sizeof(event->caller), uri.p, uri.l))
		*event->caller = '\0';
}

/* "Header=attribute" of the trunk -> "attribute=value\n" */
static void read_attributes(
	struct ts_sip_event *event, const struct ts_trunk_config *trunk, const struct sip_msg *msg)
{
	for (size_t i = 0; trunk->headers && trunk->headers[i]; i++) {
		char name[TS_TRUNK_TEXT_MAX], value[VALUE_MAX],
			line[TS_TRUNK_TEXT_MAX + VALUE_MAX + 2];
		const char *equals = strchr(trunk->headers[i], '=');
		g_strlcpy(name, trunk->headers[i], sizeof(name));
		name[equals - trunk->headers[i]] = '\0';
		const struct sip_hdr *header = sip_msg_xhdr(msg, name);
		if (!header) continue;
		ts_sip_text(value, sizeof(value), &header->val);
		if (!g_utf8_validate(value, -1, NULL)) continue;
		g_snprintf(line, sizeof(line), "%s=%s\n", equals + 1, value);
		if (strlen(event->attributes) + strlen(line) < sizeof(event->attributes))
			g_strlcat(event->attributes, line, sizeof(event->attributes));
	}
}

/* Who looks a registration up puts our Contact into the URI: To says what was dialled. */
void ts_sip_from_trunk(
	struct ts_sip_event *event, const struct ts_sip_from_trunk *from, const struct sip_msg *msg)
{
	const struct ts_trunk_config *trunk = from->config;
	const struct pl *uri = &msg->ruri;
	if (from->by_token || !pl_strcmp(&msg->uri.user, trunk->user)) uri = &msg->to.auri;
	g_strlcpy(event->trunk, trunk->name, sizeof(event->trunk));
	if (!ts_sip_called(event->called, sizeof(event->called), uri->p, uri->l))
		*event->called = '\0';
	read_number(event, trunk, msg);
	if (!trunk->trusted) return;
	read_identity(event, msg);
	read_attributes(event, trunk, msg);
}
