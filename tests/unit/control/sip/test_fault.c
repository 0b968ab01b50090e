/* Numbers that libre would cut off, and headers said twice: in every place and form they may stand
 * in. */
#include "control/sip/fault.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define LINE "INVITE sip:b@h SIP/2.0\r\n"

static const char *fault(const char *message)
{
	return ts_sip_fault(message, strlen(message));
}

static void finds_faults(void **state)
{
	static const char *const bad[] = {
		/* status codes */
		"SIP/2.0 4294967496 OK\r\n\r\n",
		"SIP/2.0 65736 OK\r\n\r\n",
		"SIP/2.0 20 OK\r\n\r\n",
		"SIP/2.0 2000 OK\r\n\r\n",
		"SIP/2.0 700 Odd\r\n\r\n",
		"SIP/2.0 099 Odd\r\n\r\n",
		"SIP/2.0 -20 OK\r\n\r\n",
		/* ports of URIs */
		"INVITE sip:b@h:70596 SIP/2.0\r\n\r\n",
		"INVITE sip:h:65536 SIP/2.0\r\n\r\n",
		/* no host */
		"INVITE sip:b@ SIP/2.0\r\n\r\n",
		"INVITE sip:b@:5060 SIP/2.0\r\n\r\n",
		"INVITE sip:b@;pin=1 SIP/2.0\r\n\r\n",
		"INVITE sips:b@?x=y SIP/2.0\r\n\r\n",
		"INVITE sip: SIP/2.0\r\n\r\n",
		"INVITE sip:;x SIP/2.0\r\n\r\n",
		"INVITE sips:b@[::1]:4294972356 SIP/2.0\r\n\r\n",
		"INVITE sip:b@h:-5 SIP/2.0\r\n\r\n",
		"INVITE sip:b@h:5x SIP/2.0\r\n\r\n",
		"INVITE sip:b@[::1 SIP/2.0\r\n\r\n",
		LINE "To: <sip:b@h:70596>\r\n\r\n",
		LINE "t:sip:b@h:70596;tag=1\r\n\r\n",
		LINE "From : \"x<\\\"\" <sip:b@h:70596>\r\n\r\n",
		LINE "m: <sip:b@[2001:db8::1]:70596;transport=tcp>\r\n\r\n",
		LINE "Contact:\r\n <sip:b@h:70596>\r\n\r\n",
		LINE "Route: <sip:a@h;lr>, <sip:h:70596;lr>\r\n\r\n",
		LINE "Record-Route: <sip:h:70596>\r\n\r\n",
		LINE "r: <sip:h:70596>\r\n\r\n",
		LINE "m: \"a, b\" <sip:a@h>;q=1,<sip:a@h:70596>\r\n\r\n",
		/* Via */
		LINE "Via: SIP/2.0/UDP h:70596;branch=z9\r\n\r\n",
		LINE "v: SIP / 2.0 / UDP h : 70596\r\n\r\n",
		LINE "v: SIP/2.0/TCP [::1]:70596\r\n\r\n",
		LINE "v: SIP/2.0/UDP h;rport=70000\r\n\r\n",
		LINE "v: SIP/2.0/UDP h;rport=x\r\n\r\n",
		LINE "v: SIP/2.0/UDP h; ttl = 256\r\n\r\n",
		LINE "v: SIP/2.0/UDP h, SIP/2.0/UDP g:70596\r\n\r\n",
		LINE "Via: SIP/2.0/UDP h\r\nVia: SIP/2.0/UDP g:70596\r\n\r\n",
		/* numbers */
		LINE "CSeq: 4294967297 INVITE\r\n\r\n",
		LINE "CSeq: 2147483648 INVITE\r\n\r\n",
		LINE "CSeq: 1\r\n\r\n",
		LINE "CSeq: -1 INVITE\r\n\r\n",
		LINE "Max-Forwards: 256\r\n\r\n",
		LINE "Max-Forwards: 4294967366\r\n\r\n",
		LINE "Max-Forwards:\r\n\r\n",
		LINE "Content-Length: 4294967296\r\n\r\n",
		LINE "l: -1\r\n\r\n",
		LINE "Expires: 4294967296\r\n\r\n",
		LINE "Expires: soon\r\n\r\n",
		LINE "x: 4294969096;refresher=uac\r\n\r\n",
		LINE "Session-Expires : -90\r\n\r\n",
		LINE "Min-SE: 4294967386\r\n\r\n",
		LINE "Min-Expires: 4294967296\r\n\r\n",
		LINE "Retry-After: 99999999999\r\n\r\n",
		LINE "m: <sip:a@h>;expires=4294967297\r\n\r\n",
		/* said twice */
		LINE "l: 0\r\nContent-Length: 0\r\n\r\n",
		LINE "Call-ID: a\r\ni: a\r\n\r\n",
		LINE "CSeq: 1 INVITE\r\nCSEQ: 1 INVITE\r\n\r\n",
		LINE "To: <sip:b@h>\r\nt: <sip:b@h>\r\n\r\n",
		LINE "From: <sip:b@h>\r\nf: <sip:b@h>\r\n\r\n",
		LINE "Max-Forwards: 70\r\nmax-forwards : 70\r\n\r\n",
		LINE "c: a/b\r\nContent-Type: a/b\r\n\r\n",
		LINE "x: 90\r\nSession-Expires: 90\r\n\r\n",
		LINE "Expires: 1\r\nExpires: 1\r\n\r\n",
	};
	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (!fault(bad[i])) fail_msg("taken: %s", bad[i]);
}

static void leaves_good_ones_alone(void **state)
{
	static const char *const good[] = {
		"SIP/2.0 200 OK\r\n\r\n",
		"SIP/2.0 699 \r\n\r\n",
		"INVITE sip:b@h:65535 SIP/2.0\r\n\r\n",
		"INVITE sip:b:70596@h SIP/2.0\r\n\r\n",
		"INVITE tel:+4930:70596 SIP/2.0\r\n\r\n",
		"INVITE sip:b@[::1]:5060;x=1:99999 SIP/2.0\r\n\r\n",
		"INVITE sip:b@h?Subject=70596:99999 SIP/2.0\r\n\r\n",
		LINE "To: \"sip:b@h:70596\" <sip:b@h>\r\n\r\n",
		LINE "f: sip:b@h:5060;tag=70596\r\n\r\n",
		LINE "m: *\r\n\r\n",
		LINE "m: <sip:b;x=1?@[2001:db8::1]:5060;transport=tcp>;expires=3600\r\n\r\n",
		LINE "To: tel:+49\r\n\r\n",
		LINE "Via: SIP/2.0/UDP h:5060;rport;ttl=1;branch=z9:70596\r\n\r\n",
		LINE "v: SIP / 2.0 / UDP h : 5060 ;rport=65535\r\n\r\n",
		LINE "Via: SIP/2.0/UDP h, SIP/2.0/UDP [::1]:1\r\nv: SIP/2.0/NEW g\r\n\r\n",
		LINE "CSeq: 2147483647\r\n INVITE\r\n\r\n",
		LINE "CSeq:\t0009 \t INVITE\r\n\r\n",
		LINE "Max-Forwards: 0255\r\n\r\n",
		LINE "Session-Expires: 1800;refresher=uas\r\n\r\n",
		LINE "Retry-After: 5 (busy);duration=1\r\n\r\n",
		LINE "Expires: 4294967295\r\n\r\n",
		LINE "X-Expires: 9999999999\r\n\r\nCSeq: x\r\n",
		LINE "no colon\r\n\r\n",
		"noise",
		"",
	};
	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		if (fault(good[i])) fail_msg("%s: %s", fault(good[i]), good[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_faults), cmocka_unit_test(leaves_good_ones_alone)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
