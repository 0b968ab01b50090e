/* places - so many may be at work at one time, and so many of them for one address;
 * of IPv6 the first 64 bits, which one customer has. Pure.
 * Thread  one.   Full  refused; nothing is taken. */
#ifndef TS_CONTROL_HTTP_PLACES_H
#define TS_CONTROL_HTTP_PLACES_H

#include <netinet/in.h>
#include <stdbool.h>

enum { TS_PLACES = 16, TS_PLACES_OF_ADDRESS = 4 };

/* Zeroed at first. */
struct ts_places {
	int n;
	char address[TS_PLACES][INET6_ADDRSTRLEN];
};

bool ts_places_take(struct ts_places *places, const char *address);
void ts_places_give(struct ts_places *places, const char *address); /* one that was taken */

#endif
