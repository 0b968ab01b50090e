/* A trickle-ice fragment from outside: what is taken of it is lawful, and read again from what we
 * write of it. */
#include "base/error.h"
#include "control/join/fragment.h"
#include "transport/ice/agent.h"
#include <stdlib.h>
#include <string.h>

static void write_and_read(const struct ts_ice_description *remote)
{
	static struct ts_transport_local local;
	static struct ts_ice_description again;
	static char text[16384];
	char err[200];
	memcpy(local.ice.ufrag, remote->ufrag, sizeof(local.ice.ufrag));
	memcpy(local.ice.pwd, remote->pwd, sizeof(local.ice.pwd));
	memcpy(local.ice.candidate, remote->candidate, sizeof(local.ice.candidate));
	local.ice.n_candidates = remote->n_candidates;
	struct ts_wr w = ts_wr(text, sizeof(text));
	if (ts_fragment_write(&w, "audio", "0", &local)) abort();
	if (ts_fragment_read(&again, text, ts_wr_len(&w), err, sizeof(err))) abort();
	if (again.n_candidates != remote->n_candidates || strcmp(again.ufrag, remote->ufrag))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct ts_ice_description remote;
	char err[200] = "";
	int rc = ts_fragment_read(&remote, (const char *)data, size, err, sizeof(err));
	if (!rc != !*err) abort();
	if (rc) return 0;
	if (remote.n_candidates > TS_CAND_MAX || !*remote.ufrag != !*remote.pwd) abort();
	if (!*remote.ufrag) return 0;
	if (ts_ice_check_credentials(remote.ufrag, remote.pwd)) abort();
	write_and_read(&remote);
	return 0;
}
