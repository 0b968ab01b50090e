#include "control/sip/bindings.h"
#include <glib.h>
#include <string.h>

struct ts_bindings {
	GPtrArray *list; /* of struct ts_binding */
};

struct ts_bindings *ts_bindings_new(void)
{
	struct ts_bindings *bindings = g_new0(struct ts_bindings, 1);
	bindings->list = g_ptr_array_new_with_free_func(g_free);
	return bindings;
}

void ts_bindings_free(struct ts_bindings *bindings)
{
	if (!bindings) return;
	g_ptr_array_unref(bindings->list);
	g_free(bindings);
}

/* ---- a value of Contact */

/* "0.7" -> 700. Anything else than RFC 3261's qvalue counts as the lowest. */
static int read_q(const struct pl *value)
{
	int q = 0, weight = 100;
	if (!value->l || (value->p[0] != '0' && value->p[0] != '1')) return 0;
	q = (value->p[0] - '0') * 1000;
	if (value->l > 1 && value->p[1] != '.') return 0;
	for (size_t i = 2; i < value->l && weight; i++, weight /= 10) {
		if (!g_ascii_isdigit(value->p[i])) return 0;
		q += (value->p[i] - '0') * weight;
	}
	return MIN(q, 1000);
}

static int64_t read_expires(const struct pl *value)
{
	int64_t seconds = 0;
	if (!value->l) return -1;
	for (size_t i = 0; i < value->l; i++) {
		if (!g_ascii_isdigit(value->p[i])) return -1;
		seconds = MIN(seconds * 10 + value->p[i] - '0', UINT32_MAX);
	}
	return seconds;
}

/* The parameter's value, as it stands; empty: there is none. Names of libre's own search may hold
 * no '+'. */
static struct pl find_param(const struct pl *params, const char *name)
{
	const size_t len = strlen(name);
	bool quoted = false;
	for (size_t i = 0; i < params->l; i++) {
		const char *at = params->p + i + 1;
		size_t left = params->l - i - 1, n = 0;
		if (params->p[i] == '"') quoted = !quoted;
		if (quoted || params->p[i] != ';') continue;
		for (; left && (*at == ' ' || *at == '\t'); at++) left--;
		if (left <= len || g_ascii_strncasecmp(at, name, len) != 0 || at[len] != '=')
			continue;
		at += len + 1;
		left -= len + 1;
		for (bool inside = false; n < left && (inside || at[n] != ';'); n++)
			if (at[n] == '"') inside = !inside;
		return (struct pl){at, n};
	}
	return (struct pl){NULL, 0};
}

static void read_device(char out[TS_BINDING_DEVICE_MAX], const struct pl *params)
{
	const struct pl instance = find_param(params, "+sip.instance"),
			reg = find_param(params, "reg-id");
	*out = '\0';
	if (instance.l && instance.l + 1 + reg.l < TS_BINDING_DEVICE_MAX)
		g_snprintf(out, TS_BINDING_DEVICE_MAX, "%.*s;%.*s", (int)instance.l, instance.p,
			(int)reg.l, reg.l ? reg.p : "");
}

bool ts_binding_contact_read(struct ts_binding_contact *out, const char *value, size_t n)
{
	const struct pl pl = {value, n};
	struct sip_addr addr;
	struct pl param;
	if (sip_addr_decode(&addr, &pl) || !addr.auri.l || addr.auri.l >= sizeof(out->uri) ||
		!addr.uri.host.l)
		return false;
	if (pl_strcasecmp(&addr.uri.scheme, "sip") && pl_strcasecmp(&addr.uri.scheme, "sips"))
		return false;
	for (size_t i = 0; i < addr.auri.l; i++)
		if (!g_ascii_isgraph(addr.auri.p[i]) || strchr("<>\"", addr.auri.p[i]))
			return false;
	memcpy(out->uri, addr.auri.p, addr.auri.l);
	out->uri[addr.auri.l] = '\0';
	read_device(out->device, &addr.params);
	out->q = msg_param_decode(&addr.params, "q", &param) ? 1000 : read_q(&param);
	out->expires_s = msg_param_decode(&addr.params, "expires", &param) ? -1
									   : read_expires(&param);
	return true;
}

/* ---- the table */

static void forget_old(struct ts_bindings *b, int64_t now_ns)
{
	for (guint i = b->list->len; i-- > 0;) {
		const struct ts_binding *one = b->list->pdata[i];
		if (one->expires_ns <= now_ns) g_ptr_array_remove_index(b->list, i);
	}
}

static guint find(const struct ts_bindings *b, const char *user, const char *uri)
{
	for (guint i = 0; i < b->list->len; i++) {
		const struct ts_binding *one = b->list->pdata[i];
		if (!strcmp(one->user, user) && !strcmp(one->uri, uri)) return i;
	}
	return b->list->len;
}

/* Where the phone was before that this contact is of; the length of the list: nowhere else. */
static guint find_moved(
	const struct ts_bindings *b, const char *user, const struct ts_binding_contact *contact)
{
	for (guint i = 0; i < b->list->len && *contact->device; i++) {
		const struct ts_binding *one = b->list->pdata[i];
		if (!strcmp(one->user, user) && !strcmp(one->device, contact->device) &&
			strcmp(one->uri, contact->uri) != 0)
			return i;
	}
	return b->list->len;
}

static bool is_old(const struct ts_bindings *b, const struct ts_binding_request *r)
{
	for (guint i = 0; i < b->list->len; i++) {
		const struct ts_binding *one = b->list->pdata[i];
		if (!strcmp(one->user, r->user) && !strcmp(one->call_id, r->call_id) &&
			r->cseq <= one->cseq)
			return true;
	}
	return false;
}

static void fill(struct ts_binding *one, const struct ts_binding_request *r,
	const struct ts_binding_contact *contact, int64_t now_ns)
{
	g_strlcpy(one->user, r->user, sizeof(one->user));
	g_strlcpy(one->uri, contact->uri, sizeof(one->uri));
	g_strlcpy(one->call_id, r->call_id, sizeof(one->call_id));
	g_strlcpy(one->address, r->address, sizeof(one->address));
	g_strlcpy(one->hop, r->hop, sizeof(one->hop));
	g_strlcpy(one->agent, r->agent, sizeof(one->agent));
	g_strlcpy(one->device, contact->device, sizeof(one->device));
	one->cseq = r->cseq;
	one->q = contact->q;
	one->expires_ns = now_ns + contact->expires_s * 1000000000;
}

struct telling {
	void (*changed)(void *arg, const struct ts_binding *binding);
	void *arg;
};

static void remove_at(struct ts_bindings *b, guint at, const struct telling *t)
{
	struct ts_binding *one = b->list->pdata[at];
	one->expires_ns = 0;
	t->changed(t->arg, one);
	g_ptr_array_remove_index(b->list, at);
}

/* As it is asked for, with no look at limits. */
static void take(struct ts_bindings *b, const struct ts_binding_request *r, int64_t now_ns,
	const struct telling *t)
{
	for (guint i = b->list->len; r->all_gone && i-- > 0;) {
		const struct ts_binding *one = b->list->pdata[i];
		if (!strcmp(one->user, r->user)) remove_at(b, i, t);
	}
	for (size_t i = 0; i < r->n; i++) {
		const guint moved = find_moved(b, r->user, &r->contact[i]);
		if (moved < b->list->len && r->contact[i].expires_s) remove_at(b, moved, t);
		const guint at = find(b, r->user, r->contact[i].uri);
		const bool known = at < b->list->len;
		if (!r->contact[i].expires_s) {
			if (known) remove_at(b, at, t);
			continue;
		}
		if (!known) g_ptr_array_add(b->list, g_new0(struct ts_binding, 1));
		fill(b->list->pdata[at], r, &r->contact[i], now_ns);
		t->changed(t->arg, b->list->pdata[at]);
	}
}

/* ---- limits */

struct counts {
	size_t all, of_user, of_address;
};

static struct counts count(const struct ts_bindings *b, const struct ts_binding_request *r)
{
	struct counts n = {.all = b->list->len};
	for (guint i = 0; i < b->list->len; i++) {
		const struct ts_binding *one = b->list->pdata[i];
		n.of_user += !strcmp(one->user, r->user);
		n.of_address += !strcmp(one->address, r->address);
	}
	return n;
}

/* What was more than that before may stay. */
static bool is_within(size_t after, size_t before, size_t max)
{
	return after <= max || after <= before;
}

static void tell_nobody(void *arg, const struct ts_binding *binding)
{
	(void)arg, (void)binding;
}

/* Tried on a copy of what the user has. What only refreshes or removes always fits, also from
 * another address than before. */
static bool fits(const struct ts_bindings *b, const struct ts_binding_request *r, int64_t now_ns)
{
	static const struct telling nobody = {tell_nobody, NULL};
	struct ts_bindings *users = ts_bindings_new();
	bool adds = false;
	for (guint i = 0; i < b->list->len; i++) {
		const struct ts_binding *one = b->list->pdata[i];
		if (!strcmp(one->user, r->user))
			g_ptr_array_add(users->list, g_memdup2(one, sizeof(*one)));
	}
	const struct counts all = count(b, r), before = count(users, r);
	take(users, r, now_ns, &nobody);
	const struct counts after = count(users, r);
	for (guint i = 0; i < users->list->len; i++) {
		const struct ts_binding *one = users->list->pdata[i];
		adds |= find(b, r->user, one->uri) == b->list->len;
	}
	ts_bindings_free(users);
	return !adds ||
		(is_within(all.all - before.all + after.all, all.all, TS_BINDINGS_MAX) &&
			is_within(after.of_user, before.of_user, TS_BINDINGS_PER_USER) &&
			is_within(all.of_address - before.of_address + after.of_address,
				all.of_address, TS_BINDINGS_PER_ADDRESS));
}

enum ts_bindings_verdict ts_bindings_apply(struct ts_bindings *b,
	const struct ts_binding_request *r, int64_t now_ns,
	void (*changed)(void *arg, const struct ts_binding *binding), void *arg)
{
	const struct telling telling = {changed, arg};
	forget_old(b, now_ns);
	if (is_old(b, r)) return TS_BINDINGS_OLD;
	if (!fits(b, r, now_ns)) return TS_BINDINGS_FULL;
	take(b, r, now_ns, &telling);
	return TS_BINDINGS_OK;
}

void ts_bindings_forget(struct ts_bindings *b, const char *hop,
	void (*changed)(void *arg, const struct ts_binding *binding), void *arg)
{
	const struct telling telling = {changed, arg};
	for (guint i = b->list->len; i-- > 0;) {
		const struct ts_binding *one = b->list->pdata[i];
		if (!strcmp(one->hop, hop)) remove_at(b, i, &telling);
	}
}

const struct ts_binding *ts_bindings_of(
	const struct ts_bindings *b, const char *user, size_t i, int64_t now_ns)
{
	for (guint k = 0; k < b->list->len; k++) {
		const struct ts_binding *one = b->list->pdata[k];
		if (strcmp(one->user, user) != 0 || one->expires_ns <= now_ns) continue;
		if (!i--) return one;
	}
	return NULL;
}
