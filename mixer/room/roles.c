#include "mixer/room/roles.h"
#include <string.h>

static const struct {
	const char *name, *alias;
	unsigned rights;
} roles[] = {
#define X(id, name, alias, rights, help) {name, alias, rights},
	TS_ROLES(X)
#undef X
};

enum ts_role ts_role_of(const char *role)
{
	for (int i = 0; *role && i < TS_ROLE_COUNT; i++)
		if (!strcmp(role, roles[i].name) || !strcmp(role, roles[i].alias))
			return (enum ts_role)i;
	return TS_ROLE_GUEST;
}

unsigned ts_role_rights(const char *role)
{
	return roles[ts_role_of(role)].rights;
}
