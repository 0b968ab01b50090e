/* cmocka with the headers it wants before it. */
#ifndef TS_TESTS_UNIT_BASE_CMOCKA_ALL_H
#define TS_TESTS_UNIT_BASE_CMOCKA_ALL_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#endif
