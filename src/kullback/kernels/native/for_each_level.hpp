// Includes KULLBACK_KERNELS (a quoted file name) once per level, with KULLBACK_LEVEL the namespace it must use:
//
//     #include <all standard headers that the kernels need>
//     #define KULLBACK_KERNELS "terms.hpp"
//     #include "for_each_level.hpp"
//
// Traps: a standard header, or an inline function from one, that is first seen between the pragmas is compiled for
// AVX-512 and may be the copy that the linker keeps for everybody. So include headers before, and let the kernels call
// nothing but their own functions and compiler built-ins. KULLBACK_KERNELS must have no include guard.
#include "levels.hpp"

#define KULLBACK_LEVEL baseline
#include KULLBACK_KERNELS
#undef KULLBACK_LEVEL

#if KULLBACK_X86_LEVELS

#define KULLBACK_LEVEL v3
#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2,fma,bmi,bmi2,lzcnt,popcnt"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx2,fma,bmi,bmi2,lzcnt,popcnt")
#endif
#include KULLBACK_KERNELS
#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif
#undef KULLBACK_LEVEL

#define KULLBACK_LEVEL v4
#if defined(__clang__)
#pragma clang attribute push(                                                                                   \
    __attribute__((target("avx2,fma,bmi,bmi2,lzcnt,popcnt,avx512f,avx512dq,avx512bw,avx512vl,avx512cd"))),      \
    apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx2,fma,bmi,bmi2,lzcnt,popcnt,avx512f,avx512dq,avx512bw,avx512vl,avx512cd,prefer-vector-width=512")
#endif
#include KULLBACK_KERNELS
#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif
#undef KULLBACK_LEVEL

#endif

#undef KULLBACK_KERNELS
