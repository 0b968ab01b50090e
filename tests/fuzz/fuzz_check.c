/* Connectivity checks on media.port, as anybody on the internet can send them: whom they are for,
 * the answer of a session whose password is known here so that whole ones get through, and
 * replies. */
#include "base/address.h"
#include "transport/ice/check.h"
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t id[TS_CHECK_ID] = "transaction.";
	char name[TS_CHECK_NAME + 1];
	uint8_t reply[TS_CHECK_MAX];
	struct ts_check_request request;
	struct sockaddr_storage from;
	ts_address_parse(&from, size % 2 ? "192.0.2.1" : "2001:db8::1", 5000);
	const enum ts_check_kind kind = ts_check_read(name, data, size);
	if (strlen(name) > TS_CHECK_NAME || (kind == TS_CHECK_REQUEST) != (*name != '\0')) abort();
	const size_t n = ts_check_answer(
		reply, &request, data, size, &from, "VOkJxbRl1RmTxUk/WvJxBt"); /* RFC 5769 */
	if (n > TS_CHECK_MAX || (request.proved && !n)) abort();
	/* what has no integrity by that is neither answered nor believed */
	if (ts_check_answer(reply, &request, data, size, &from, "another one") && request.proved)
		abort();
	ts_check_succeeded(data, size, id, "VOkJxbRl1RmTxUk/WvJxBt");
	return 0;
}
