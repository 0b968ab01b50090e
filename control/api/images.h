/* images - the rooms that show an image are told when it is another. Thread  control. */
#ifndef TS_CONTROL_API_IMAGES_H
#define TS_CONTROL_API_IMAGES_H

#include "control/http/context.h"

/* Once, when both are there. */
void ts_image_rooms(struct ts_api *api);

#endif
