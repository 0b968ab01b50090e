#include "control/sip/best.h"

/* The least is the best. */
static int rank(int code)
{
	switch (code) {
	case 401:
	case 407:
	case 415:
	case 420:
	case 484: return 4 * 2;
	default: return code >= 600 ? 0 : code / 100 * 2 + 1;
	}
}

bool ts_sip_is_better(int code, int than)
{
	return !than || rank(code) < rank(than);
}
