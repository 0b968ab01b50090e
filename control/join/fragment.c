#include "control/join/fragment.h"
#include "base/error.h"
#include "control/sdp/sdp.h"
#include <stdio.h>
#include <string.h>

/* RFC 8839 5.4: 4 to 256 letters, digits, + and / for the name, 22 to 256 for the password. */
static bool read_credential(
	char *out, const struct ts_sdp_section *s, const char *name, size_t min, bool *bad)
{
	const struct ts_sdp_attr *a = ts_sdp_find(s, name, NULL);
	if (!a) return false;
	size_t len = strlen(a->value);
	size_t good = strspn(
		a->value, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");
	*bad |= len < min || len > TS_ICE_STR_MAX || good != len;
	if (!*bad) memcpy(out, a->value, len + 1);
	return true;
}

/* Both or none, in the session or below the first m-line that has them. */
static int read_credentials(
	struct ts_ice_description *out, const struct ts_sdp *sdp, char *err, size_t err_cap)
{
	const struct ts_sdp_section *s = &sdp->s;
	bool bad = false;
	for (size_t i = 0; i < sdp->n_media && !ts_sdp_has(s, "ice-ufrag"); i++)
		s = &sdp->media[i].s;
	bool ufrag = read_credential(out->ufrag, s, "ice-ufrag", 4, &bad);
	bool pwd = read_credential(out->pwd, s, "ice-pwd", 22, &bad);
	if (!bad && ufrag == pwd) return 0;
	snprintf(err, err_cap, "%s",
		bad ? "a=ice-ufrag or a=ice-pwd has the wrong form or length"
		    : "a=ice-ufrag and a=ice-pwd stand together");
	return TS_EINVAL;
}

int ts_fragment_read(
	struct ts_ice_description *out, const char *text, size_t n_bytes, char *err, size_t err_cap)
{
	struct ts_sdp *sdp;
	memset(out, 0, sizeof(*out));
	int rc = ts_sdp_parse_fragment(&sdp, text, n_bytes, err, err_cap);
	if (rc) return rc;
	rc = read_credentials(out, sdp, err, err_cap);
	out->n_candidates = ts_sdp_candidates_read(out->candidate, 0, TS_CAND_MAX, &sdp->s);
	for (size_t i = 0; i < sdp->n_media; i++)
		out->n_candidates = ts_sdp_candidates_read(
			out->candidate, out->n_candidates, TS_CAND_MAX, &sdp->media[i].s);
	ts_sdp_destroy(&sdp);
	return rc;
}

int ts_fragment_write(
	struct ts_wr *w, const char *kind, const char *mid, const struct ts_transport_local *local)
{
	if (local->ice.lite) ts_sdp_line(w, 'a', "ice-lite");
	ts_sdp_line(w, 'a', "ice-options:trickle");
	ts_sdp_line(w, 'm', "%s 9 UDP/TLS/RTP/SAVPF 0", kind);
	if (*mid) ts_sdp_line(w, 'a', "mid:%s", mid);
	ts_sdp_line(w, 'a', "ice-ufrag:%s", local->ice.ufrag);
	ts_sdp_line(w, 'a', "ice-pwd:%s", local->ice.pwd);
	for (size_t i = 0; i < local->ice.n_candidates; i++)
		ts_sdp_candidate_write(w, &local->ice.candidate[i]);
	ts_sdp_line(w, 'a', "end-of-candidates");
	return w->bad ? TS_EFULL : 0;
}
