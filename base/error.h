/* error - the one list of error codes; every fallible function of tessera returns 0 or one of
 * these.
 *
 * Four kinds, handled differently: our own bug is an assert; bad bytes from outside are TS_EBADMSG
 * and a counter; "not now" (TS_EAGAIN, TS_ELATE, TS_EFULL, TS_ECLOSED) is normal flow; a lacking
 * resource (TS_ENOMEM, TS_ELIMIT, TS_EIO) is refused upwards to whoever can say no.
 */
#ifndef TS_BASE_ERROR_H
#define TS_BASE_ERROR_H

enum ts_error {
	TS_OK = 0,
	TS_ENOMEM = -1,  /* out of memory */
	TS_EINVAL = -2,  /* a caller outside the process asked for something that makes no sense */
	TS_EBADMSG = -3, /* malformed bytes from the network or a file */
	TS_EAGAIN = -4,  /* nothing to give yet */
	TS_EFULL = -5,   /* a bounded queue is full; the item was not taken */
	TS_ELATE = -6,   /* came after its deadline or below the window */
	TS_ECLOSED = -7, /* the object no longer takes work */
	TS_ENOTFOUND = -8,
	TS_EEXIST = -9,
	TS_ELIMIT = -10,       /* a configured limit */
	TS_EUNSUPPORTED = -11, /* well-formed, but not something we do */
	TS_EIO = -12,          /* the operating system refused; errno was logged */
	TS_EAUTH = -13,        /* authentication failed (SRTP tag, fingerprint, PIN) */
	TS_EDRAINING = -14,    /* the process is to end, and begins nothing new */
};

/* The name of a code as it appears in logs and problem+json, e.g. "bad-message". Never NULL. */
const char *ts_strerror(int err);

#endif
