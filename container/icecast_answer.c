#include "container/icecast.h"

#include <stdio.h>

int ts_icecast_answer(const char *head)
{
	int status;
	if (sscanf(head, "HTTP/1.%*1[01] %3d", &status) != 1) return AVERROR_INVALIDDATA;
	if (status == 100 || status == 200) return 0;
	if (status == 401) return AVERROR_HTTP_UNAUTHORIZED;
	return status >= 300 ? AVERROR_HTTP_FORBIDDEN : AVERROR_INVALIDDATA;
}
