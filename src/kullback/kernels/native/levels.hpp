// Levels: how much of the processor the kernels may use. The same kernels are compiled once per level, and the module
// picks one table of functions when it is loaded.
#pragma once

#if (defined(__GNUC__) || defined(__clang__)) && defined(__x86_64__)
#define KULLBACK_X86_LEVELS 1
#else
#define KULLBACK_X86_LEVELS 0
#endif

namespace kullback {

enum Level : int { LEVEL_BASELINE = 0, LEVEL_V3 = 1, LEVEL_V4 = 2 };

// The highest level that this processor (and its operating system) can run.
inline int highest_level() {
#if KULLBACK_X86_LEVELS
    __builtin_cpu_init();
    const bool v3 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi2");
    const bool v4 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
                    __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
                    __builtin_cpu_supports("avx512cd");
    return v3 ? (v4 ? LEVEL_V4 : LEVEL_V3) : LEVEL_BASELINE;
#else
    return LEVEL_BASELINE;
#endif
}

}  // namespace kullback
