#include "base/error.h"

const char *ts_strerror(int err)
{
	switch ((enum ts_error)err) {
	case TS_OK: return "ok";
	case TS_ENOMEM: return "out-of-memory";
	case TS_EINVAL: return "invalid";
	case TS_EBADMSG: return "bad-message";
	case TS_EAGAIN: return "again";
	case TS_EFULL: return "full";
	case TS_ELATE: return "late";
	case TS_ECLOSED: return "closed";
	case TS_ENOTFOUND: return "not-found";
	case TS_EEXIST: return "exists";
	case TS_ELIMIT: return "limit";
	case TS_EUNSUPPORTED: return "unsupported";
	case TS_EIO: return "io";
	case TS_EAUTH: return "auth";
	case TS_EDRAINING: return "draining";
	}
	return "unknown";
}
