/* sanitizer - is this built with AddressSanitizer? gcc and clang say so in different ways. */
#ifndef TS_BASE_SANITIZER_H
#define TS_BASE_SANITIZER_H

#ifdef __SANITIZE_ADDRESS__
#define TS_SANITIZES_ADDRESSES 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define TS_SANITIZES_ADDRESSES 1
#endif
#endif

#endif
