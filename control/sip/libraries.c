#include "control/sip/libraries.h"
#include "control/sip/re.h"

void ts_sip_libraries(struct ts_libraries *list)
{
	ts_library_add(list, "libre", sys_libre_version_get());
}
