/* sanitizer - is this built with AddressSanitizer (or another one that tells of crashes itself)?
 * gcc and clang say so in different ways. */
#ifndef TS_BASE_SANITIZER_H
#define TS_BASE_SANITIZER_H

#ifdef __SANITIZE_ADDRESS__
#define TS_SANITIZES_ADDRESSES 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define TS_SANITIZES_ADDRESSES 1
#endif
#if __has_feature(thread_sanitizer)
#define TS_SANITIZES_MEMORY_USE 1
#endif
#endif

#if defined(TS_SANITIZES_ADDRESSES) || defined(__SANITIZE_THREAD__)
#define TS_SANITIZES_MEMORY_USE 1
#endif

#endif
