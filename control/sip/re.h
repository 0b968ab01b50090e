/* re - libre's header as it wants to be included. Private to core.h: only control/sip/ knows libre.
 *
 * Its own headers include nothing, and differ by HAVE_INET6 (struct sa) and USE_OPENSSL, with which
 * Debian builds the library.
 */
#ifndef TS_CONTROL_SIP_RE_H
#define TS_CONTROL_SIP_RE_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <time.h>

#define HAVE_INET6 1
#define USE_OPENSSL 1
#include <re/re.h>

#endif
