#include "control/http/patience.h"

/* An address that has connections. */
struct ts_host {
	char *address;
	size_t n;
	GQueue waited;
};

static void host_free(void *data)
{
	struct ts_host *host = data;
	g_free(host->address);
	g_free(host);
}

void ts_patience_init(struct ts_patience *patience, const struct ts_patience_config *config)
{
	*patience = (struct ts_patience){.config = *config};
	g_queue_init(&patience->waited);
	patience->by_address = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, host_free);
}

void ts_patience_fini(struct ts_patience *patience)
{
	g_assert(!patience->n && !patience->waited.length);
	g_hash_table_unref(patience->by_address);
}

static struct ts_host *host_of(struct ts_patience *patience, const char *address)
{
	struct ts_host *host = g_hash_table_lookup(patience->by_address, address);
	if (host) return host;
	host = g_new0(struct ts_host, 1);
	host->address = g_strdup(address);
	g_queue_init(&host->waited);
	g_hash_table_insert(patience->by_address, host->address, host);
	return host;
}

void ts_patience_stop(struct ts_patience *patience, struct ts_visit *visit)
{
	if (!visit->due_ns) return;
	visit->due_ns = 0;
	g_queue_unlink(&patience->waited, &visit->link);
	if (visit->host) g_queue_unlink(&visit->host->waited, &visit->host_link);
}

void ts_patience_wait(struct ts_patience *patience, struct ts_visit *visit, int64_t now_ns)
{
	if (!visit->counted) return;
	ts_patience_stop(patience, visit);
	visit->due_ns = now_ns + patience->config.limit_ns;
	g_queue_push_tail_link(&patience->waited, &visit->link);
	if (visit->host) g_queue_push_tail_link(&visit->host->waited, &visit->host_link);
}

static void uncount(struct ts_patience *patience, struct ts_visit *visit)
{
	struct ts_host *host = visit->host;
	ts_patience_stop(patience, visit);
	if (!visit->counted) return;
	visit->counted = false;
	visit->host = NULL;
	patience->n--;
	if (host && --host->n == 0) g_hash_table_remove(patience->by_address, host->address);
}

static void cut(struct ts_patience *patience, struct ts_visit *visit, bool late)
{
	uncount(patience, visit);
	patience->config.cut(visit, late);
}

void ts_patience_open(
	struct ts_patience *patience, struct ts_visit *visit, const char *address, int64_t now_ns)
{
	visit->link.data = visit->host_link.data = visit;
	visit->host = address ? host_of(patience, address) : NULL;
	visit->counted = true;
	patience->n++;
	if (visit->host) visit->host->n++;
	ts_patience_wait(patience, visit, now_ns);
	/* nobody waits: then the newcomer, who is in both queues */
	if (visit->host && visit->host->n > patience->config.max_per_address)
		cut(patience, visit->host->waited.head->data, false);
	if (patience->n > patience->config.max) cut(patience, patience->waited.head->data, false);
}

void ts_patience_close(struct ts_patience *patience, struct ts_visit *visit)
{
	uncount(patience, visit);
}

int64_t ts_patience_due_ns(const struct ts_patience *patience)
{
	const struct ts_visit *first = patience->waited.head ? patience->waited.head->data : NULL;
	return first ? first->due_ns : INT64_MAX;
}

void ts_patience_expire(struct ts_patience *patience, int64_t now_ns)
{
	while (ts_patience_due_ns(patience) <= now_ns)
		cut(patience, patience->waited.head->data, true);
}
