#include "transport/ice/description.h"
#include "base/error.h"
#include <stdbool.h>
#include <string.h>

static bool ice_chars(const char *s, size_t min)
{
	size_t n = strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");
	return s[n] == 0 && n >= min && n <= TS_ICE_STR_MAX;
}

int ts_ice_check_credentials(const char *ufrag, const char *pwd)
{
	return ice_chars(ufrag, 4) && ice_chars(pwd, 22) ? TS_OK : TS_EINVAL;
}
