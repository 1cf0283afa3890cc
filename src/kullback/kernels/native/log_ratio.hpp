// Logarithms of ratios, and the relative entropy of two numbers, without cancellation. No include guard: included once
// per level, in the namespace KULLBACK_LEVEL, by the kernels that for_each_level.hpp includes.
namespace kullback {
namespace KULLBACK_LEVEL {

using Bits = std::uint64_t;

constexpr Bits SIGN = Bits(1) << 63;
static inline Bits bits(double x) {
    Bits result;
    std::memcpy(&result, &x, sizeof result);
    return result;
}

static inline double number(Bits x) {
    double result;
    std::memcpy(&result, &x, sizeof result);
    return result;
}

static inline std::int32_t bits(float x) {
    std::int32_t result;
    std::memcpy(&result, &x, sizeof result);
    return result;
}

static inline float number(std::int32_t x) {
    float result;
    std::memcpy(&result, &x, sizeof result);
    return result;
}

template <class Real>
struct Format;

template <>
struct Format<double> {
    using Bits = std::uint64_t;
    static constexpr double LEAST_NORMAL = 0x1p-1022;
    static constexpr Bits MAGNITUDE = ~(Bits(1) << 63);
    static constexpr Bits NEGLIGIBLE = Bits(1023 - 960) << 52;  // 2^-960, as bits: see `least`
};

template <>
struct Format<float> {
    using Bits = std::uint32_t;
    static constexpr float LEAST_NORMAL = 0x1p-126f;
    static constexpr std::int32_t MAGNITUDE = 0x7fffffff;
    static constexpr Bits NEGLIGIBLE = Bits(127 - 95) << 23;  // 2^-95
};

// ln(p/q) as k·ln 2 + ln(m/q), where m = p·2^-k lies near q, from two numbers s and L:
//     s = (q − m)/(q + m)            L = 1 + s²·R(s²) = atanh(s)/s            ln(p/q) = k·ln 2 − 2 s L
// The difference of the bit patterns, rounded, is k: they are logarithms to base 2, off by less than 0.09 (Mitchell
// 1962). p may be 0 or subnormal, and gives some finite number then. What q + m is raised by keeps 0/0 away, and is
// lost in the rounding of every q that is not negligible (see `special`).
template <class Real>
struct Ratio {
    bool far;     // k is not taken as 0
    Real k;       // a whole number, right where p and q are far
    Real whole;   // k, or 0 where they are not
    Real s;
    Real u;  // s·R(s²)

    Real stretch() const { return s * u + Real(1); }
    Real far_half_log() const { return k * Real(0x1.62e42fefa39efp-2) - s * stretch(); }
    Real log() const { return Real(2) * (whole * Real(0x1.62e42fefa39efp-2) - s * stretch()); }
};

// In double m lies within a factor 3/2 of q: |s| ≤ 0.2005. R is a Chebyshev fit of Σ z^i/(2i + 3) within 1.5e-15, which
// s² makes 6e-17. `reverse` is q − p, which may be known more accurately than p and q say: unless PLAIN.
template <bool PLAIN>
static inline Ratio<double> ratio(double p, double q, double reverse) {
    // With the sign bit turned over m comes out negative, and the shift needs no signs.
    constexpr Bits HALF = Bits(1) << 51, LOW = (Bits(1) << 52) - 1;
    const Bits near_q = bits(q) + (SIGN - HALF);
    const Bits t = bits(p) - near_q;  // k + 2048 in its upper bits
    const double minus_m = number(near_q + (t & LOW));
    Ratio<double> result;
    result.k = number((t >> 52) | 0x4330000000000000) - (4503599627370496.0 + 2048.0);
    result.whole = result.k;
    result.far = result.k != 0.0;  // as numbers: SSE2 cannot compare integers of 64 bits
    const double numerator = PLAIN || result.far ? q + minus_m : reverse;
    result.s = numerator / ((q - minus_m) + Format<double>::LEAST_NORMAL);
    const double z = result.s * result.s;
    // Not by Horner's rule: the processor waits for the longest chain of operations, not for their number.
    const double z2 = z * z, z4 = z2 * z2;
    const double r = ((0x1.555555555556ep-2 + z * 0x1.999999997bed4p-3) +
                      z2 * (0x1.249249529e35fp-3 + z * 0x1.c71c3c49760aep-4)) +
                     z4 * ((0x1.746bd7fefd0e0p-4 + z * 0x1.38ffd636e2f77p-4) + z2 * 0x1.35b9af5d3cfa1p-4);
    result.u = result.s * r;
    return result;
}

// In float k = ±1 is left at 0 too, |s| ≤ 0.5, so that what is far is far enough not to cancel: relative_entropy() then
// has an error of at most 8 units of 2^-24. R holds within 2.1e-8, which s² makes 5.3e-9.
template <bool PLAIN>
static inline Ratio<float> ratio(float p, float q, float reverse) {
    const std::int32_t t = std::int32_t(std::uint32_t(bits(p)) - std::uint32_t(bits(q)) + (1u << 22));
    Ratio<float> result;
    result.k = static_cast<float>(t >> 23);
    const float nearness = 2.0f - result.k * result.k;
    result.far = nearness < 0.0f;
    result.whole = result.far ? result.k : 0.0f;
    // As a mask of bits: written as a choice, the compiler computes both cases.
    const float m = number(bits(p) - (t & ~((1 << 23) - 1) & (bits(nearness) >> 31)));
    const float numerator = PLAIN || result.far ? q - m : reverse;
    result.s = numerator / (q + m);
    const float z = result.s * result.s;
    const float z2 = z * z, z4 = z2 * z2;
    const float r = ((0x1.555554p-2f + z * 0x1.999c14p-3f) + z2 * (0x1.242056p-3f + z * 0x1.d5ce5cp-4f)) +
                    z4 * (0x1.09f92cp-4f + z * 0x1.4298b2p-3f);
    result.u = result.s * r;
    return result;
}

// p ln(p/q) + (q − p) ≥ 0, without cancellation where p and q are close.
template <bool PLAIN, class Real>
static inline Real relative_entropy(Real p, Real q, Real reverse) {
    const Ratio<Real> r = ratio<PLAIN>(p, q, reverse);
    const Real near = (reverse * r.s) * (r.stretch() - r.u);
    const Real far = (p + p) * r.far_half_log() + reverse;
    return r.far ? far : near;
}

}  // namespace KULLBACK_LEVEL
}  // namespace kullback
