#include "control/sip/locate.h"
#include "base/random.h"
#include <errno.h>
#include <glib.h>
#include <string.h>

enum { QUESTIONS_MAX = 24, SERVICES_MAX = 4 };

struct service {
	enum sip_transp tp;
	uint16_t order, preference;
	char name[256]; /* whose SRV records count */
};

struct ts_locate {
	struct ts_locate **self;
	struct dnsc *dns;
	struct dns_query *query;
	ts_locate_fn fn;
	void *arg;
	char host[256];
	enum ts_trunk_transport transport;
	bool v4, v6, six; /* six: the question now is for AAAA */
	int left;         /* questions */
	struct service service[SERVICES_MAX];
	size_t n_services, at_service;
	struct ts_locate_target target[TS_LOCATE_MAX];
	size_t n_targets, at_target;
	struct ts_sip_hop hop[TS_LOCATE_MAX];
	size_t n_hops;
};

static const struct {
	const char *naptr, *srv;
	enum sip_transp tp;
	enum ts_trunk_transport asked;
} ways[] = {{"SIP+D2U", "_sip._udp.", SIP_TRANSP_UDP, TS_TRUNK_UDP},
	{"SIP+D2T", "_sip._tcp.", SIP_TRANSP_TCP, TS_TRUNK_TCP},
	{"SIPS+D2T", "_sips._tcp.", SIP_TRANSP_TLS, TS_TRUNK_TLS}};

static enum sip_transp transport_of(enum ts_trunk_transport asked)
{
	for (size_t i = 0; i < G_N_ELEMENTS(ways); i++)
		if (ways[i].asked == asked) return ways[i].tp;
	return SIP_TRANSP_UDP;
}

static uint16_t port_of(enum sip_transp tp)
{
	return tp == SIP_TRANSP_TLS ? SIP_PORT_TLS : SIP_PORT;
}

/* ---- order */

void ts_locate_sort(struct ts_locate_target *target, size_t n, uint32_t (*random)(void))
{
	for (size_t i = 0; i < n; i++) {
		uint32_t total = 0, least = UINT16_MAX;
		for (size_t j = i; j < n; j++) least = MIN(least, target[j].priority);
		for (size_t j = i; j < n; j++)
			if (target[j].priority == least) total += target[j].weight;
		uint32_t pick = total ? random() % (total + 1) : 0, sum = 0;
		for (size_t j = i; j < n; j++) {
			if (target[j].priority != least) continue;
			sum += target[j].weight;
			if (sum < pick) continue;
			const struct ts_locate_target chosen = target[j];
			memmove(&target[i + 1], &target[i], (j - i) * sizeof(*target));
			target[i] = chosen;
			break;
		}
	}
}

/* ---- steps: each asks one question, or goes on */

static void ask_service(struct ts_locate *l);
static void ask_address(struct ts_locate *l);

static void finish(struct ts_locate *l)
{
	struct ts_sip_hop hop[TS_LOCATE_MAX];
	const size_t n = l->n_hops;
	ts_locate_fn fn = l->fn;
	void *arg = l->arg;
	memcpy(hop, l->hop, sizeof(hop));
	*l->self = NULL;
	mem_deref(l);
	fn(arg, hop, n);
}

static int ask(struct ts_locate *l, const char *name, uint16_t type, dns_query_h *on_answer)
{
	l->query = mem_deref(l->query);
	if (!l->dns || l->left-- <= 0) return ENOENT;
	return dnsc_query(&l->query, l->dns, name, type, DNS_CLASS_IN, true, on_answer, l);
}

static void add_hop(struct ts_locate *l, const struct sa *addr)
{
	const struct ts_locate_target *target = &l->target[l->at_target];
	if (l->n_hops == TS_LOCATE_MAX) return;
	struct ts_sip_hop *hop = &l->hop[l->n_hops++];
	hop->tp = target->tp;
	hop->addr = *addr;
	sa_set_port(&hop->addr, target->port);
}

static bool add_record(struct dnsrr *rr, void *arg)
{
	struct sa addr;
	if (rr->type == DNS_TYPE_A)
		sa_set_in(&addr, rr->rdata.a.addr, 0);
	else if (rr->type == DNS_TYPE_AAAA)
		sa_set_in6(&addr, rr->rdata.aaaa.addr, 0);
	else
		return false;
	add_hop(arg, &addr);
	return false;
}

static void next_address(struct ts_locate *l)
{
	if (!l->six && l->v6) {
		l->six = true;
	} else {
		l->six = false;
		l->at_target++;
	}
	ask_address(l);
}

static void on_address(int err, const struct dnshdr *hdr, struct list *answers, struct list *auth,
	struct list *more, void *arg)
{
	struct ts_locate *l = arg;
	(void)hdr, (void)auth, (void)more;
	if (!err)
		dns_rrlist_apply(answers, l->target[l->at_target].host,
			l->six ? DNS_TYPE_AAAA : DNS_TYPE_A, DNS_CLASS_IN, true, add_record, l);
	next_address(l);
}

static void ask_address(struct ts_locate *l)
{
	struct sa addr;
	for (;; l->at_target++) {
		if (l->at_target == l->n_targets || l->n_hops == TS_LOCATE_MAX) {
			finish(l);
			return;
		}
		if (sa_set_str(&addr, l->target[l->at_target].host, 0)) break;
		add_hop(l, &addr);
	}
	if (!l->six && !l->v4) l->six = true;
	if (ask(l, l->target[l->at_target].host, l->six ? DNS_TYPE_AAAA : DNS_TYPE_A, on_address))
		finish(l);
}

static void add_target(struct ts_locate *l, enum sip_transp tp, const char *host, uint16_t port)
{
	if (l->n_targets == TS_LOCATE_MAX) return;
	struct ts_locate_target *target = &l->target[l->n_targets++];
	*target = (struct ts_locate_target){.tp = tp, .port = port};
	g_strlcpy(target->host, host, sizeof(target->host));
}

static bool add_srv(struct dnsrr *rr, void *arg)
{
	struct ts_locate *l = arg;
	if (!*rr->rdata.srv.target || !strcmp(rr->rdata.srv.target, ".")) return false;
	if (!rr->rdata.srv.port) return false;
	const size_t at = l->n_targets;
	add_target(l, l->service[l->at_service].tp, rr->rdata.srv.target, rr->rdata.srv.port);
	if (at == l->n_targets) return true;
	l->target[at].priority = rr->rdata.srv.pri;
	l->target[at].weight = rr->rdata.srv.weight;
	return false;
}

static void on_srv(int err, const struct dnshdr *hdr, struct list *answers, struct list *auth,
	struct list *more, void *arg)
{
	struct ts_locate *l = arg;
	(void)hdr, (void)auth, (void)more;
	const size_t from = l->n_targets;
	if (!err) dns_rrlist_apply(answers, NULL, DNS_TYPE_SRV, DNS_CLASS_IN, false, add_srv, l);
	ts_locate_sort(&l->target[from], l->n_targets - from, ts_random_u32);
	l->at_service++;
	ask_service(l);
}

/* Without any record the name's own addresses serve (RFC 3263 4.2). */
static void ask_service(struct ts_locate *l)
{
	if (l->at_service < l->n_services && l->n_targets < TS_LOCATE_MAX &&
		!ask(l, l->service[l->at_service].name, DNS_TYPE_SRV, on_srv))
		return;
	if (!l->n_targets) {
		enum sip_transp tp = transport_of(l->transport);
		add_target(l, tp, l->host, port_of(tp));
	}
	ask_address(l);
}

static void add_service(struct ts_locate *l, enum sip_transp tp, const char *name)
{
	if (l->n_services == SERVICES_MAX) return;
	struct service *service = &l->service[l->n_services++];
	service->tp = tp;
	g_strlcpy(service->name, name, sizeof(service->name));
}

static void usual_services(struct ts_locate *l)
{
	char name[256];
	for (size_t i = 0; i < G_N_ELEMENTS(ways); i++) {
		if (l->transport != TS_TRUNK_AUTO && l->transport != ways[i].asked) continue;
		if (g_snprintf(name, sizeof(name), "%s%s", ways[i].srv, l->host) <
			(int)sizeof(name))
			add_service(l, ways[i].tp, name);
	}
}

static bool add_naptr(struct dnsrr *rr, void *arg)
{
	struct ts_locate *l = arg;
	if (g_ascii_strcasecmp(rr->rdata.naptr.flags, "s") != 0) return false;
	for (size_t i = 0; i < G_N_ELEMENTS(ways); i++) {
		if (g_ascii_strcasecmp(rr->rdata.naptr.services, ways[i].naptr) != 0) continue;
		const size_t at = l->n_services;
		add_service(l, ways[i].tp, rr->rdata.naptr.replace);
		if (at == l->n_services) return true;
		l->service[at].order = rr->rdata.naptr.order;
		l->service[at].preference = rr->rdata.naptr.pref;
	}
	return false;
}

static int compare_services(const void *a, const void *b)
{
	const struct service *one = a, *other = b;
	if (one->order != other->order) return one->order < other->order ? -1 : 1;
	return one->preference < other->preference ? -1 : one->preference > other->preference;
}

static void on_naptr(int err, const struct dnshdr *hdr, struct list *answers, struct list *auth,
	struct list *more, void *arg)
{
	struct ts_locate *l = arg;
	(void)hdr, (void)auth, (void)more;
	if (!err)
		dns_rrlist_apply(answers, NULL, DNS_TYPE_NAPTR, DNS_CLASS_IN, false, add_naptr, l);
	qsort(l->service, l->n_services, sizeof(l->service[0]), compare_services);
	if (!l->n_services) usual_services(l);
	ask_service(l);
}

/* ---- life */

static void on_free(void *arg)
{
	struct ts_locate *l = arg;
	mem_deref(l->query);
}

int ts_locate(struct ts_locate **self, struct dnsc *dns, const struct ts_locate_ask *asked,
	ts_locate_fn fn, void *arg)
{
	struct sa addr;
	enum sip_transp tp = transport_of(asked->transport);
	struct ts_locate *l = mem_zalloc(sizeof(*l), on_free);
	if (!l) return ENOMEM;
	l->self = self;
	l->dns = dns;
	l->fn = fn;
	l->arg = arg;
	l->transport = asked->transport;
	l->v4 = asked->v4;
	l->v6 = asked->v6;
	l->left = QUESTIONS_MAX;
	g_strlcpy(l->host, asked->host, sizeof(l->host));
	*self = l;
	if (asked->port || !sa_set_str(&addr, l->host, 0)) {
		add_target(l, tp, l->host, asked->port ? asked->port : port_of(tp));
		ask_address(l);
	} else if (asked->transport != TS_TRUNK_AUTO) {
		usual_services(l);
		ask_service(l);
	} else if (ask(l, l->host, DNS_TYPE_NAPTR, on_naptr)) {
		finish(l);
	}
	return 0;
}
