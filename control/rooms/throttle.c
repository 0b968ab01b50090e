#include "control/rooms/throttle.h"
#include <glib.h>

/* A bucket as the instant at which it will be full: one number, nothing to be done while time
 * passes. */
struct bucket {
	char *address;
	struct ts_bucket fill;
	GList link; /* in throttle->seen */
};

struct ts_throttle {
	struct ts_throttle_config config;
	GHashTable *by_address; /* -> [owned] bucket */
	GQueue seen;            /* the same, the latest last */
};

static void bucket_free(void *data)
{
	struct bucket *bucket = data;
	g_free(bucket->address);
	g_free(bucket);
}

struct ts_throttle *ts_throttle_new(const struct ts_throttle_config *config)
{
	struct ts_throttle *throttle = g_new0(struct ts_throttle, 1);
	throttle->config = *config;
	throttle->by_address = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, bucket_free);
	g_queue_init(&throttle->seen);
	return throttle;
}

void ts_throttle_set(struct ts_throttle *throttle, const struct ts_throttle_config *config)
{
	throttle->config = *config;
}

void ts_throttle_free(struct ts_throttle *throttle)
{
	if (!throttle) return;
	g_hash_table_unref(throttle->by_address);
	g_free(throttle);
}

static void forget(struct ts_throttle *throttle, struct bucket *bucket)
{
	g_queue_unlink(&throttle->seen, &bucket->link);
	g_hash_table_remove(throttle->by_address, bucket->address);
}

/* How long until a token is there. */
static int64_t wait_ns(
	const struct ts_throttle_config *config, const struct ts_bucket *bucket, int64_t now_ns)
{
	/* of missing tokens, for one to be left */
	int64_t most_ns = (config->burst - 1) * config->period_ns;
	int64_t missing_ns = bucket ? bucket->full_ns - now_ns : 0;
	return missing_ns > most_ns ? missing_ns - most_ns : 0;
}

int64_t ts_bucket_take(
	struct ts_bucket *bucket, const struct ts_throttle_config *config, int64_t now_ns)
{
	int64_t wait = wait_ns(config, bucket, now_ns);
	if (!wait) bucket->full_ns = MAX(bucket->full_ns, now_ns) + config->period_ns;
	return wait;
}

static const struct ts_bucket *find(const struct ts_throttle *throttle, const char *address)
{
	const struct bucket *bucket = g_hash_table_lookup(throttle->by_address, address);
	return bucket ? &bucket->fill : NULL;
}

int64_t ts_throttle_peek(struct ts_throttle *throttle, const char *address, int64_t now_ns)
{
	if (!throttle->config.period_ns) return 0;
	return wait_ns(&throttle->config, find(throttle, address), now_ns);
}

int64_t ts_throttle_full_ns(const struct ts_throttle *throttle, const char *address)
{
	const struct ts_bucket *bucket = find(throttle, address);
	return bucket ? bucket->full_ns : INT64_MIN;
}

int64_t ts_throttle_take(struct ts_throttle *throttle, const char *address, int64_t now_ns)
{
	if (!throttle->config.period_ns) return 0;
	struct bucket *bucket = g_hash_table_lookup(throttle->by_address, address);
	if (!bucket) {
		if (throttle->seen.length >= throttle->config.max_addresses)
			forget(throttle, throttle->seen.head->data);
		bucket = g_new0(struct bucket, 1);
		bucket->address = g_strdup(address);
		bucket->link.data = bucket;
		g_hash_table_insert(throttle->by_address, bucket->address, bucket);
	} else {
		g_queue_unlink(&throttle->seen, &bucket->link);
	}
	g_queue_push_tail_link(&throttle->seen, &bucket->link);
	return ts_bucket_take(&bucket->fill, &throttle->config, now_ns);
}
