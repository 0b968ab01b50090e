#include "tests/peer/film.h"

#include <stdlib.h>
#include <string.h>

FILE *ts_film_open(const char *path)
{
	FILE *film = *path ? fopen(path, "wb") : NULL;
	if (*path && !film) {
		perror(path);
		exit(2);
	}
	return film;
}

static void put(FILE *film, const void *bytes, size_t n)
{
	if (fwrite(bytes, 1, n, film) == n) return;
	perror("film");
	exit(2);
}

void ts_film_add(FILE *film, const AVFrame *picture, int64_t arrival_ns, uint32_t time_rtp)
{
	if (!film) return;
	const uint16_t size[2] = {(uint16_t)picture->width, (uint16_t)picture->height};
	put(film, &arrival_ns, sizeof arrival_ns);
	put(film, &time_rtp, sizeof time_rtp);
	put(film, size, sizeof size);
	for (int p = 0; p < 3; p++) {
		const int w = p ? (size[0] + 1) / 2 : size[0], h = p ? (size[1] + 1) / 2 : size[1];
		for (int y = 0; y < h; y++)
			put(film, picture->data[p] + (ptrdiff_t)y * picture->linesize[p],
				(size_t)w);
	}
}
