#include "base/secret.h"
#include <string.h>

bool ts_same_secret(const char *given, const char *secret)
{
	size_t n_given = strlen(given), n_secret = strlen(secret);
	volatile unsigned char differs = n_given != n_secret;
	for (size_t i = 0; i < n_given; i++)
		differs |= (unsigned char)(given[i] ^ secret[n_secret ? i % n_secret : 0]);
	return !differs;
}
