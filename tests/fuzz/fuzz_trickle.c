/* What a peer tells of its side of ICE after the description, at a transport of its own with a net
 * thread: { u8 what, u16 length, fragment }*. what: 1 asks for an ICE restart, 2 with nothing of
 * the peer's, 4 waits until ours was gathered. However it goes: credentials of ours are lawful and
 * new at each restart, refusals have a reason, and `closed` is the last event. */
#include "base/bytes.h"
#include "base/error.h"
#include "control/join/fragment.h"
#include "tests/fuzz/loopback.h"
#include "transport/ice/agent.h"
#include "transport/transport.h"
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { CALLS_MAX = 64, WAIT_S = 5 };

struct world {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	int gathered, failed, closed;
	char ufrag[TS_ICE_STR_MAX + 1];
};

static void on_gathered(void *arg, const struct ts_transport_local *local)
{
	struct world *w = arg;
	pthread_mutex_lock(&w->lock);
	if (w->closed || ts_ice_check_credentials(local->ice.ufrag, local->ice.pwd) ||
		!*local->ice.ufrag)
		abort();
	if (!strcmp(w->ufrag, local->ice.ufrag)) abort();
	memcpy(w->ufrag, local->ice.ufrag, sizeof(w->ufrag));
	w->gathered++;
	pthread_cond_broadcast(&w->changed);
	pthread_mutex_unlock(&w->lock);
}

static void on_failed(void *arg, const char *reason)
{
	struct world *w = arg;
	pthread_mutex_lock(&w->lock);
	if (w->failed++ || w->closed || !*reason) abort();
	pthread_cond_broadcast(&w->changed);
	pthread_mutex_unlock(&w->lock);
}

static void on_closed(void *arg)
{
	struct world *w = arg;
	pthread_mutex_lock(&w->lock);
	if (w->closed++) abort();
	pthread_cond_broadcast(&w->changed);
	pthread_mutex_unlock(&w->lock);
}

static void on_connected(void *arg)
{
	(void)arg;
	abort(); /* nobody is there who could shake hands */
}

static void on_stalled(void *arg, bool stalled)
{
	(void)arg, (void)stalled;
}

/* Until a counter has a value or the transport failed. */
static void wait_for(struct world *w, const int *counter, int value, bool even_if_failed)
{
	struct timespec until;
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += WAIT_S;
	pthread_mutex_lock(&w->lock);
	while (*counter < value && (even_if_failed || !w->failed))
		if (pthread_cond_timedwait(&w->changed, &w->lock, &until)) abort();
	pthread_mutex_unlock(&w->lock);
}

static void tell(struct world *w, struct ts_transport *t, struct ts_rd *in, int *restarts)
{
	static struct ts_ice_description remote;
	char err[200];
	uint8_t what = ts_rd_u8(in);
	size_t len = ts_rd_u16(in) % 4096;
	if (len > ts_rd_left(in)) len = ts_rd_left(in);
	const char *text = len ? (const char *)ts_rd_bytes(in, len) : "";
	bool bare = (what & 3) == 3;
	if (!bare && ts_fragment_read(&remote, text, len, err, sizeof(err))) return;
	keep_loopback(&remote);
	int rc = what & 1 ? ts_transport_restart(t, bare ? NULL : &remote)
			  : ts_transport_trickle(t, &remote);
	if (rc && rc != TS_EINVAL && rc != TS_EFULL) abort();
	if (rc == TS_EINVAL && !ts_ice_check_credentials(remote.ufrag, remote.pwd)) abort();
	*restarts += !rc && what & 1;
	if (what & 4) wait_for(w, &w->gathered, 1 + *restarts, false);
}

static struct ts_nets *nets_of_process(void)
{
	static const char *const loopback[] = {"127.0.0.1"};
	static const struct ts_nets_config config = {.threads = 1,
		.ice.port_min = 20000,
		.ice.port_max = 29999,
		.ice.addresses = loopback,
		.ice.n_addresses = 1};
	static struct ts_nets *nets;
	if (!nets && ts_nets_create(&nets, &config)) abort();
	return nets;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct ts_transport_events events = {.gathered = on_gathered,
		.connected = on_connected,
		.stalled = on_stalled,
		.failed = on_failed,
		.closed = on_closed};
	static struct ts_transport_config config = {.cname = "fuzz"};
	struct world w = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};
	struct ts_rd in = ts_rd(data, size);
	struct ts_transport *t;
	int restarts = 0;
	strcpy(config.remote.ufrag, "abcd");
	strcpy(config.remote.pwd, "abcdefghijklmnopqrstuvwx");
	strcpy(config.remote_fingerprint, ts_nets_fingerprint(nets_of_process()));
	config.ice_controlling = ts_rd_u8(&in) & 1;
	if (ts_transport_create(&t, nets_of_process(), &config, &events, &w)) abort();
	for (int i = 0; i < CALLS_MAX && ts_rd_left(&in) > 3; i++) tell(&w, t, &in, &restarts);
	ts_transport_close(t);
	wait_for(&w, &w.closed, 1, true);
	pthread_mutex_destroy(&w.lock);
	pthread_cond_destroy(&w.changed);
	return 0;
}
