/* picture_score - how good a picture is to look at, from 1 to 5, as far as numbers tell; pure.
 *
 *   score = 1 + 4 x size x rate x flow
 *   size  1 where it has the lines that it is shown with, 0.8 with half of them, 0.6 with a quarter
 *   rate  the root of fps / full rate
 *   flow  1 - twice the share of the time that it stands still
 *
 * A rule of ours, not a standard: ITU-T P.1204 wants bytes of the stream. It orders calls, and its
 * worst factor is the reason that is told.
 * Thread  any.
 */
#ifndef TS_MIXER_OUTPUT_PICTURE_SCORE_H
#define TS_MIXER_OUTPUT_PICTURE_SCORE_H

struct ts_picture_seen {
	int height, full_height; /* of it, and what is of use; full 0: as it is */
	int fps, full_fps;
	double frozen;           /* 0 .. 1, share of the time */
};

enum ts_picture_fault {
	TS_PICTURE_GOOD,
	TS_PICTURE_COARSE,
	TS_PICTURE_SLOW,
	TS_PICTURE_FROZEN,
};

/* 1 .. 5; fault: what took most of it, if that is a tenth at least. */
double ts_picture_score(const struct ts_picture_seen *seen, enum ts_picture_fault *fault);

#endif
