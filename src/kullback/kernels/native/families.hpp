// Relative entropies of normal, gamma, beta and Dirichlet distributions, pair by pair. No include guard: included once
// per level by for_each_level.hpp, in the namespace KULLBACK_LEVEL. NaN where the value is not promised.

#include "log_ratio.hpp"

namespace kullback {
namespace KULLBACK_LEVEL {

// Inlined whatever its size: a call in the loop over pairs would keep it from becoming vectors.
#if defined(_MSC_VER)
#define KULLBACK_INLINE static __forceinline
#else
#define KULLBACK_INLINE static inline __attribute__((always_inline))
#endif

// x − ln(1 + x) ≥ 0, from 1 + x and x
static inline double log_excess(double grown, double x) { return relative_entropy<false>(1.0, grown, x); }

// What is farther from 1 than this overflows or loses digits on the way: no promise.
constexpr double LARGEST = 1e30, LEAST = 1e-30;
// A sum that is so much smaller than its parts has lost digits: no promise.
constexpr double LEAST_SHARE = 0.1;

static inline bool in_range(double x) { return (x > LEAST) & (x < LARGEST); }

// ln Γ(b) − ln Γ(a) − (b − a) ψ(a) ≥ 0 with d = b − a: eight steps of the recurrence, then Stirling's series (DLMF
// 5.11.1). Every part is positive or nearly so; the shifts share one logarithm, of the product of (b + k)/(a + k).
KULLBACK_INLINE double log_gamma_remainder(double a, double b, double d) {
    double y = 0.0, higher = 0.0, first = 0.0, product = 1.0;
    // Written out: a loop in it would keep the loop over pairs from becoming vectors.
#define KULLBACK_STEP(k)                       \
    {                                          \
        const double inverse = 1.0 / (a + k);  \
        const double x = d * inverse;          \
        const double crossed = x * y;          \
        higher += crossed;                     \
        y += x + crossed;                      \
        first += x;                            \
        product *= (b + k) * inverse;          \
    }
    KULLBACK_STEP(0.0) KULLBACK_STEP(1.0) KULLBACK_STEP(2.0) KULLBACK_STEP(3.0)
    KULLBACK_STEP(4.0) KULLBACK_STEP(5.0) KULLBACK_STEP(6.0) KULLBACK_STEP(7.0)
#undef KULLBACK_STEP
    const double close = log_excess(1.0 + y, y) - higher;
    const double distant = first - ratio<true>(product, 1.0, 0.0).log();
    const bool near = (y < 1.0) & (y > -0.5);
    const double shifts = near ? close : distant;

    const double from = a + 8.0, to = b + 8.0;
    const double inverse = 1.0 / from, t = d * inverse, grown = to * inverse, h = from / to;
    const double leading = from * relative_entropy<false>(grown, 1.0, -t);
    const double half = 0.5 * relative_entropy<false>(1.0, grown, t);
    // (1 + t)^−n − 1 + n t, for n = 1, 3, 5, …, each from the one before.
    const double square = t * t, squared = inverse * inverse;
    double g = square * h, power = inverse, series = power * g * (1.0 / 12.0);
#define KULLBACK_TERM(n, coefficient)            \
    g = h * (g + (n) * square);                  \
    g = h * (g + ((n) + 1.0) * square);          \
    power *= squared;                            \
    series += power * g * (coefficient);
    KULLBACK_TERM(2.0, -1.0 / 360.0)
    KULLBACK_TERM(4.0, 1.0 / 1260.0)
    KULLBACK_TERM(6.0, -1.0 / 1680.0)
    KULLBACK_TERM(8.0, 1.0 / 1188.0)
    KULLBACK_TERM(10.0, -691.0 / 360360.0)
    KULLBACK_TERM(12.0, 1.0 / 156.0)
    KULLBACK_TERM(14.0, -3617.0 / 122400.0)
#undef KULLBACK_TERM
    return shifts + ((leading + half) + series);
}

struct Normal {
    KULLBACK_INLINE double value(double loc, double scale, double other_loc, double other_scale) {
        const double r = (scale - other_scale) / other_scale, rho = scale / other_scale;
        const double z = (loc - other_loc) / other_scale;
        const double result = 0.5 * (relative_entropy<false>(1.0, rho * rho, r * (2.0 + r)) + z * z);
        const bool promised = in_range(rho) & (result < LARGEST);
        return promised ? result : std::numeric_limits<double>::quiet_NaN();
    }
};

struct Gamma {
    KULLBACK_INLINE double value(double a, double rate, double other_a, double other_rate) {
        const double d = other_a - a, r = (other_rate - rate) / rate, grown = other_rate / rate;
        const double shape = log_gamma_remainder(a, other_a, d);
        const double rates = a * log_excess(grown, r), mixed = -(d * ratio<false>(1.0, grown, r).log());
        const double result = shape + (rates - mixed);
        const double parts = shape + rates + std::fabs(mixed);
        const bool promised = in_range(a) & in_range(other_a) & in_range(grown) & (result >= LEAST_SHARE * parts);
        return promised ? result : std::numeric_limits<double>::quiet_NaN();
    }
};

struct Beta {
    KULLBACK_INLINE double value(double a, double b, double other_a, double other_b) {
        const double da = other_a - a, db = other_b - b;
        const double parts = log_gamma_remainder(a, other_a, da) + log_gamma_remainder(b, other_b, db);
        const double result = parts - log_gamma_remainder(a + b, other_a + other_b, da + db);
        const bool promised =
            in_range(a) & in_range(b) & in_range(other_a) & in_range(other_b) & (result >= LEAST_SHARE * parts);
        return promised ? result : std::numeric_limits<double>::quiet_NaN();
    }
};

template <class Family>
static void pairs(const double* first, const double* second, const double* third, const double* fourth, double* found,
                  Index n) {
#pragma omp simd
    for (Index i = 0; i < n; ++i) found[i] = Family::value(first[i], second[i], third[i], fourth[i]);
}

static double dirichlet(const double* concentration, const double* other, Index n) {
    double parts = 0.0, from = 0.0, step = 0.0;
    double outside = 0.0;
#pragma omp simd reduction(+ : parts, from, step, outside)
    for (Index i = 0; i < n; ++i) {
        const double a = concentration[i], b = other[i], d = b - a;
        parts += log_gamma_remainder(a, b, d);
        from += a;
        step += d;
        outside += in_range(a) & in_range(b) ? 0.0 : 1.0;
    }
    const double result = parts - log_gamma_remainder(from, from + step, step);
    const bool promised = outside == 0.0 && result >= LEAST_SHARE * parts;
    return promised ? result : std::numeric_limits<double>::quiet_NaN();
}

#undef KULLBACK_INLINE

extern const FamilyTable FAMILIES = {pairs<Normal>, pairs<Gamma>, pairs<Beta>, dirichlet};

}  // namespace KULLBACK_LEVEL
}  // namespace kullback
