/* The values of RSeq and RAck. */
#include "control/sip/reliable.h"
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct ts_sip_rack rack;
	uint32_t rseq;
	if (ts_sip_rseq_parse(&rseq, (const char *)data, len) && !rseq) abort();
	if (ts_sip_rack_parse(&rack, (const char *)data, len) &&
		(!rack.rseq || !*rack.method || strlen(rack.method) >= sizeof(rack.method)))
		abort();
	return 0;
}
