// Relative entropies of normal, gamma, beta and Dirichlet distributions, pair by pair. No include guard: included once
// per level by for_each_level.hpp, in the namespace KULLBACK_LEVEL. NaN where the value is not promised.

#include "log_ratio.hpp"

namespace kullback {
namespace KULLBACK_LEVEL {

// Inlined whatever its size: a call in the loop over pairs would keep it from becoming vectors.
#if defined(_MSC_VER)
#define KULLBACK_INLINE static __forceinline
#define KULLBACK_INLINE_MEMBER __forceinline
#else
#define KULLBACK_INLINE static inline __attribute__((always_inline))
#define KULLBACK_INLINE_MEMBER inline __attribute__((always_inline))
#endif

// x − ln(1 + x) ≥ 0, from 1 + x and x
static inline double log_excess(double grown, double x) { return relative_entropy<false>(1.0, grown, x); }

// (1 + x) − (1 + y), from all four.
static inline double gap(double one_and_x, double x, double one_and_y, double y) {
    const bool near = (x > -0.5) & (x < 0.5) & (y > -0.5) & (y < 0.5);
    return near ? x - y : one_and_x - one_and_y;
}

// What is farther from 1 than this overflows or loses digits on the way: no promise.
constexpr double LARGEST = 1e30, LEAST = 1e-30;
// A sum that is so much smaller than its parts has lost digits: no promise.
constexpr double LEAST_SHARE = 0.03;

static inline bool in_range(double x) { return (x > LEAST) & (x < LARGEST); }

// The parts of ln Γ(b) − ln Γ(a) − (b − a) ψ(a) with d = b − a: STEPS steps of the recurrence, then Stirling's series
// (DLMF 5.11.1) at a + STEPS. `beyond` is all but its leading term, a relative entropy of `from` and `grown`. All are
// positive or nearly so; the steps share one logarithm, of the product of (b + k)/(a + k).
struct Remainder {
    double from, grown, t, beyond;

    KULLBACK_INLINE_MEMBER double leading() const { return from * relative_entropy<false>(grown, 1.0, -t); }
    KULLBACK_INLINE_MEMBER double whole() const { return beyond + leading(); }
};

// Σ over k = 0 … 7 of x − ln(1 + x), x = d/(a + k), with one logarithm.
KULLBACK_INLINE double eight_steps(double a, double b, double d) {
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
    return near ? close : distant;
}

template <bool TWICE>
KULLBACK_INLINE Remainder log_gamma_remainder(double a, double b, double d) {
    // Each eight have a logarithm of their own: more together would lose digits.
    const double steps = eight_steps(a, b, d) + (TWICE ? eight_steps(a + 8.0, b + 8.0, d) : 0.0);

    constexpr double STEPS = TWICE ? 16.0 : 8.0;
    const double from = a + STEPS, to = b + STEPS;
    const double inverse = 1.0 / from, t = d * inverse, grown = to * inverse, h = from / to;
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
    return {from, grown, t, steps + (half + series)};
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
        const Remainder shape = log_gamma_remainder<false>(a, other_a, d);
        const double excess = log_excess(grown, r);
        // The leading term and the rates make one relative entropy, so that nothing cancels where the means agree; its
        // eight steps have to be taken off again, which is much for small shapes and rates far apart.
        const double joint = shape.from * relative_entropy<false>(shape.grown, grown, gap(grown, r, shape.grown, shape.t));
        const double joined = shape.beyond + (joint - 8.0 * excess), joined_parts = shape.beyond + joint + 8.0 * excess;
        const double mixed = -(d * ratio<false>(1.0, grown, r).log()), whole = shape.whole() + a * excess;
        const double apart = whole - mixed, apart_parts = whole + std::fabs(mixed);
        const bool choice = apart_parts < joined_parts;
        const double result = choice ? apart : joined, parts = choice ? apart_parts : joined_parts;
        const bool promised = in_range(a) & in_range(other_a) & in_range(grown) & (result >= LEAST_SHARE * parts);
        return promised ? result : std::numeric_limits<double>::quiet_NaN();
    }
};

struct Beta {
    KULLBACK_INLINE double value(double a, double b, double other_a, double other_b) {
        const double da = other_a - a, db = other_b - b;
        const Remainder first = log_gamma_remainder<false>(a, other_a, da);
        const Remainder second = log_gamma_remainder<false>(b, other_b, db);
        const Remainder both = log_gamma_remainder<true>(a + b, other_a + other_b, da + db);
        // The leading terms of a + 8 and b + 8 less that of a + b + 16 are relative entropies too.
        const double first_gap = gap(both.grown, both.t, first.grown, first.t);
        const double second_gap = gap(both.grown, both.t, second.grown, second.t);
        const double joint = first.from * relative_entropy<false>(first.grown, both.grown, first_gap) +
                             second.from * relative_entropy<false>(second.grown, both.grown, second_gap);
        // What the rounding of the gaps is multiplied by.
        const double rounded = first.from * std::fabs(first_gap * (std::fabs(both.t) + std::fabs(first.t))) +
                               second.from * std::fabs(second_gap * (std::fabs(both.t) + std::fabs(second.t)));
        const double positive = (first.beyond + second.beyond) + joint;
        const double result = positive - both.beyond;
        const bool promised = in_range(a) & in_range(b) & in_range(other_a) & in_range(other_b) &
                              (result >= LEAST_SHARE * ((positive + both.beyond) + rounded));
        return promised ? result : std::numeric_limits<double>::quiet_NaN();
    }
};

template <class Family>
static void pairs(const double* first, const double* second, const double* third, const double* fourth, double* found,
                  Index n) {
#pragma omp simd
    for (Index i = 0; i < n; ++i) found[i] = Family::value(first[i], second[i], third[i], fourth[i]);
}

static void remainders(const double* from, const double* to, double* found, Index n) {
#pragma omp simd
    for (Index i = 0; i < n; ++i) {
        const double whole = log_gamma_remainder<false>(from[i], to[i], to[i] - from[i]).whole();
        found[i] = in_range(from[i]) & in_range(to[i]) ? whole : std::numeric_limits<double>::quiet_NaN();
    }
}

// Σ of the remainders of the components, less the remainder of their sum.
static void dirichlet(const double* parts, const double* from, const double* step, double* found, Index n) {
#pragma omp simd
    for (Index i = 0; i < n; ++i) {
        const double result = parts[i] - log_gamma_remainder<false>(from[i], from[i] + step[i], step[i]).whole();
        found[i] = result >= LEAST_SHARE * parts[i] ? result : std::numeric_limits<double>::quiet_NaN();
    }
}

#undef KULLBACK_INLINE
#undef KULLBACK_INLINE_MEMBER

extern const FamilyTable FAMILIES = {pairs<Normal>, pairs<Gamma>, pairs<Beta>, remainders, dirichlet};

}  // namespace KULLBACK_LEVEL
}  // namespace kullback
