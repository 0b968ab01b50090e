#include "transport/nets.h"
#include "base/error.h"
#include "transport/ice/port.h"
#include <stdlib.h>

int ts_nets_create(struct ts_nets **out, const struct ts_nets_config *config)
{
	*out = NULL;
	if (config->threads < 1 || config->threads > 64) return TS_EINVAL;
	struct ts_nets *nets = calloc(1, sizeof(*nets));
	if (!nets) return TS_ENOMEM;
	size_t n = (size_t)config->threads;
	int err = ts_ice_host_init(&nets->host, &config->ice);
	if (!err) err = ts_dtls_cert_create(&nets->cert);
	/* aligned: neighbours' queues must not share a cache line */
	if (!err && !(nets->net = aligned_alloc(_Alignof(struct ts_net), n * sizeof(nets->net[0]))))
		err = TS_ENOMEM;
	while (!err && nets->n < n) {
		nets->net[nets->n] = (struct ts_net){0};
		struct ts_net *net = &nets->net[nets->n];
		err = ts_net_init(net, nets, nets->n);
		if (!err && nets->host.port)
			err = ts_ice_port_create(&net->port, net->loop, &nets->host,
				(uint16_t)(nets->host.port + nets->n));
		nets->n++;
	}
	if (err) {
		ts_nets_destroy(&nets);
		return err;
	}
	*out = nets;
	return TS_OK;
}

void ts_nets_destroy(struct ts_nets **nets)
{
	if (!*nets) return;
	for (size_t i = 0; i < (*nets)->n; i++) {
		ts_net_fini(&(*nets)->net[i]);
		ts_ice_port_destroy(&(*nets)->net[i].port);
	}
	free((*nets)->net);
	ts_dtls_cert_destroy(&(*nets)->cert);
	ts_ice_host_fini(&(*nets)->host);
	free(*nets);
	*nets = NULL;
}

const char *ts_nets_fingerprint(const struct ts_nets *nets)
{
	return ts_dtls_cert_fingerprint(nets->cert);
}

int64_t ts_nets_waited_ns(struct ts_nets *nets)
{
	int64_t longest_ns = 0;
	for (size_t i = 0; i < nets->n; i++) {
		const int64_t ns = ts_net_waited_ns(&nets->net[i]);
		if (ns > longest_ns) longest_ns = ns;
	}
	return longest_ns;
}

struct ts_net *ts_nets_place(struct ts_nets *nets)
{
	struct ts_net *best = &nets->net[0];
	for (size_t i = 1; i < nets->n; i++)
		if (atomic_load(&nets->net[i].transports) < atomic_load(&best->transports))
			best = &nets->net[i];
	atomic_fetch_add(&best->transports, 1);
	return best;
}
