#include "codec/g711.h"

/* Both laws: sign, 3 bits of exponent, 4 of mantissa. */
enum { SIGN = 0x80, U_BIAS = 0x84, U_MAX = 32635, A_FLIP = 0x55 };

/* The number of the highest bit of x above `least`; 0 when there is none. */
static int exponent(int x, int least)
{
	int e = 0;
	while (x >> (least + e + 1)) e++;
	return e;
}

uint8_t ts_g711_to_u(int16_t pcm)
{
	int x = pcm < 0 ? -pcm : pcm;
	x = (x > U_MAX ? U_MAX : x) + U_BIAS;
	int e = exponent(x, 7);
	return (uint8_t) ~((pcm < 0 ? SIGN : 0) | e << 4 | (x >> (e + 3) & 15));
}

int16_t ts_g711_from_u(uint8_t code)
{
	code = (uint8_t)~code;
	int x = (((code & 15) << 3) + U_BIAS) << (code >> 4 & 7);
	return (int16_t)(code & SIGN ? U_BIAS - x : x - U_BIAS);
}

uint8_t ts_g711_to_a(int16_t pcm)
{
	int x = pcm < 0 ? ~pcm : pcm; /* -1 is the first negative step */
	int e = exponent(x, 7);
	int mantissa = x >> (e ? e + 3 : 4) & 15;
	return (uint8_t)(((pcm < 0 ? 0 : SIGN) | e << 4 | mantissa) ^ A_FLIP);
}

int16_t ts_g711_from_a(uint8_t code)
{
	code ^= A_FLIP;
	int e = code >> 4 & 7, x = (code & 15) << 4 | 8;
	if (e) x = (x | 0x100) << (e - 1);
	return (int16_t)(code & SIGN ? x : -x);
}
