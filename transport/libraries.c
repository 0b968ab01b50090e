#include "transport/libraries.h"
#include <nice/nice-version.h>
#include <nice/nice.h>
#include <openssl/crypto.h>
#include <srtp2/srtp.h>
#include <string.h>

void ts_transport_libraries(struct ts_libraries *list)
{
	/* "libsrtp2 2.5.0" */
	const char *srtp = srtp_get_version_string(), *number = strchr(srtp, ' ');
	ts_library_add_numbers(list, "openssl", OPENSSL_version_major(), OPENSSL_version_minor(),
		OPENSSL_version_patch());
	ts_library_add(list, "libsrtp2", number ? number + 1 : srtp);
	ts_library_add_numbers(
		list, "libnice_built", NICE_VERSION_MAJOR, NICE_VERSION_MINOR, NICE_VERSION_MICRO);
}
