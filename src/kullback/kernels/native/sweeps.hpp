// One pass over a row: Σ f(p, q), Σ p and Σ (p − q), and a look at the values. No include guard: included once per
// level by for_each_level.hpp, in the namespace KULLBACK_LEVEL.
//
// Rows of float32 are summed by the float members of the arithmetic below, and measure_row() turns to those in double
// where they are not enough.

#include "log_ratio.hpp"

namespace kullback {
namespace KULLBACK_LEVEL {

constexpr Index BLOCK = 512;  // summed in lanes; the sums of blocks are added with their rounding errors

// Horner's rule, written out by the compiler: a loop in it would keep the loop over outcomes from becoming vectors.
template <int FROM>
struct Series {
    static inline double value(double x, const double* c) { return c[FROM] + x * Series<FROM + 1>::value(x, c); }
};

template <>
struct Series<19> {
    static inline double value(double, const double* c) { return c[19]; }
};

// e^y − 1 for −745 < y < 709.
static inline double exponential_minus_one(double y) {
    const double shifted = y * 0x1.71547652b82fep+0 + 6755399441055744.0;  // 1.5·2^52: rounds to a whole number
    const double n = shifted - 6755399441055744.0;
    const double r = (y - n * 0x1.62e42fee00000p-1) - n * 0x1.a39ef35793c76p-33;
    double e = 1.0 / 6227020800.0;
    e = e * r + 1.0 / 479001600.0;
    e = e * r + 1.0 / 39916800.0;
    e = e * r + 1.0 / 3628800.0;
    e = e * r + 1.0 / 362880.0;
    e = e * r + 1.0 / 40320.0;
    e = e * r + 1.0 / 5040.0;
    e = e * r + 1.0 / 720.0;
    e = e * r + 1.0 / 120.0;
    e = e * r + 1.0 / 24.0;
    e = e * r + 1.0 / 6.0;
    e = e * r + 0.5;
    e = e * (r * r) + r;
    // 2^n in two factors: n reaches -1075.
    const Bits half = (bits(shifted) - 0x4338000000000000 + 4096) >> 1;  // (n + 4096)/2, rounded down
    const Bits rest = (bits(shifted) - 0x4338000000000000 + 4096) - half;
    const double scale = number((half - 2048 + 1023) << 52) * number((rest - 2048 + 1023) << 52);
    return scale * e + (scale - 1.0);
}

// ---- the members: the cost of an outcome, and which outcomes need care -------------------------------------------
// `special` has its sign bit set where `cost` would be wrong; `careful` is right everywhere.

// p > 0 = q, or with q negligible; in float, where blocks with an outcome that needs care are done in double, whatever
// p is.
static inline Bits q_vanishes(double p, double q) {
    return (bits(q) - Format<double>::NEGLIGIBLE) & (Bits(0) - bits(p));
}

static inline std::uint32_t q_vanishes(float, float q) { return std::uint32_t(bits(q)) - Format<float>::NEGLIGIBLE; }

template <class Real>
static inline auto never(Real, Real) {
    return typename Format<Real>::Bits(0);
}

struct Kl {
    template <bool PLAIN, class Real>
    static inline Real cost(Real p, Real q, Real reverse, const Parameters&) {
        return relative_entropy<PLAIN>(p, q, reverse);
    }
    template <class Real>
    static inline auto special(Real p, Real q) { return q_vanishes(p, q); }
    static double careful(double p, double q, double reverse, const Parameters&, bool& infinite) {
        if (q == 0.0) return infinite = true, 0.0;
        return p * careful_log_ratio(p, q) + reverse;
    }
};

struct Jeffreys {
    template <bool PLAIN, class Real>
    static inline Real cost(Real p, Real q, Real reverse, const Parameters&) {
        return -(reverse * ratio<PLAIN>(p, q, reverse).log());
    }
    template <class Real>
    static inline auto special(Real p, Real q) { return q_vanishes(p, q) | q_vanishes(q, p); }
    static double careful(double p, double q, double reverse, const Parameters&, bool& infinite) {
        if (p == 0.0 || q == 0.0) return infinite = true, 0.0;
        return -(reverse * careful_log_ratio(p, q));
    }
};

struct JensenShannon {
    template <bool PLAIN, class Real>
    static inline Real cost(Real p, Real q, Real reverse, const Parameters& parameters) {
        const Real v = static_cast<Real>(parameters.v), w = static_cast<Real>(parameters.w);
        const Real mean = v * p + w * q;
        return v * relative_entropy<false>(p, mean, w * reverse) + w * relative_entropy<false>(q, mean, -(v * reverse));
    }
    template <class Real>
    static inline auto special(Real p, Real q) { return never(p, q); }
    static double careful(double, double, double, const Parameters&, bool&) { return 0.0; }
};

struct TotalVariation {
    template <bool PLAIN, class Real>
    static inline Real cost(Real, Real, Real reverse, const Parameters&) {
        return number(bits(reverse) & Format<Real>::MAGNITUDE);
    }
    template <class Real>
    static inline auto special(Real p, Real q) { return never(p, q); }
    static double careful(double, double, double, const Parameters&, bool&) { return 0.0; }
};

struct SquaredHellinger {
    // (√p − √q)²
    template <bool PLAIN, class Real>
    static inline Real cost(Real p, Real q, Real reverse, const Parameters&) {
        return reverse * (reverse / ((p + q + Real(2) * std::sqrt(p * q)) + Format<Real>::LEAST_NORMAL));
    }
    template <class Real>
    static inline auto special(Real p, Real q) { return never(p, q); }
    static double careful(double, double, double, const Parameters&, bool&) { return 0.0; }
};

struct ChiSquare {
    template <bool PLAIN, class Real>
    static inline Real cost(Real, Real q, Real reverse, const Parameters&) {
        return reverse * (reverse / (q + Format<Real>::LEAST_NORMAL));
    }
    template <class Real>
    static inline auto special(Real p, Real q) { return q_vanishes(p, q); }
    static double careful(double, double q, double reverse, const Parameters&, bool& infinite) {
        if (q == 0.0) return infinite = true, 0.0;
        return reverse * (reverse / q);
    }
};

struct Renyi {
    // p (v − ((1 + v)^β − 1)/β) ≥ 0 with v = q/p − 1, whose sum C gives Σ p^α q^β = 1 − β C.
    template <bool PLAIN>
    static inline double cost(double p, double q, double reverse, const Parameters& parameters) {
        const double x = -ratio<PLAIN>(p, q, reverse).log();
        const double y = parameters.beta * x;
        const bool near = (x < 1.0) & (x > -1.0) & (y < 1.0) & (y > -1.0);
        const double t = near ? x : 0.0;
        const double close = parameters.alpha * p * (t * t) * Series<0>::value(t, parameters.series);
        // Below 1/2 written with α, so that nothing is lost where the whole is of the order of α.
        const bool low = parameters.alpha < 0.5;
        const double z = low ? -(parameters.alpha * x) : y;
        const double bounded = z > 700.0 ? 700.0 : (z < -740.0 ? -740.0 : z);
        const double e = exponential_minus_one(bounded);
        const double far = low ? -(parameters.alpha * reverse + q * e) : (parameters.beta * reverse - p * e);
        const double overflow = number((z > 700.0 ? Bits(0x7ff0000000000000) : Bits(0)));
        const double distant = far * parameters.inverse_beta + (p == 0.0 ? 0.0 : overflow);
        return near ? close : distant;
    }
    static inline Bits special(double p, double q) {
        return q_vanishes(p, q) | q_vanishes(q, p);
    }
    static double careful(double p, double q, double reverse, const Parameters& parameters, bool& infinite) {
        if (q == 0.0 && parameters.alpha > 1.0) return infinite = true, 0.0;
        if (p == 0.0 || q == 0.0) return p * parameters.inverse_beta + reverse;
        return reverse - careful_power_excess(p, q, parameters) * parameters.inverse_beta;
    }
};

// ---- the pass ---------------------------------------------------------------------------------------------------

template <class Member, bool SHIFTED>
static inline void block(const double* p, const double* q, Index n, double shift, const Parameters& parameters,
                         Accumulator& total) {
    double cost = 0.0, sum = 0.0, reverses = 0.0;
    Bits unusual = 0;
#pragma omp simd reduction(+ : cost, sum, reverses) reduction(| : unusual)
    for (Index i = 0; i < n; ++i) {
        const double a = p[i], b = q[i];
        const double scaled = SHIFTED ? a + a * shift : a;
        const double reverse = SHIFTED ? (b - a) - a * shift : b - a;
        cost += Member::template cost<!SHIFTED>(scaled, b, reverse, parameters);
        sum += scaled;
        reverses += reverse;
        unusual |= (Member::special(a, b) | bits(a)) | bits(b);
    }
    if (unusual & SIGN) {
        cost = sum = reverses = 0.0;
        for (Index i = 0; i < n; ++i) {
            const double a = number(bits(p[i]) & ~SIGN), b = number(bits(q[i]) & ~SIGN);  // -0 is 0
            total.negative |= p[i] < 0.0 || q[i] < 0.0;
            const double scaled = SHIFTED ? a + a * shift : a;
            const double reverse = SHIFTED ? (b - a) - a * shift : b - a;
            if (SHIFTED && a > 0.0 && b > 0.0 && (Member::special(b, a) & SIGN))
                // A subnormal number cannot be multiplied by 1 + 1e-9, say, and its logarithm may count: no promise.
                cost += std::numeric_limits<double>::quiet_NaN();
            else if (Member::special(a, b) & SIGN)
                cost += Member::careful(scaled, b, reverse, parameters, total.infinite);
            else
                cost += Member::template cost<!SHIFTED>(scaled, b, reverse, parameters);
            sum += scaled;
            reverses += reverse;
        }
    }
    total.cost.add(cost);
    total.p.add(sum);
    total.difference.add(-reverses);
}

template <class Member, bool SHIFTED>
static void sweep(const void* p, const void* q, Index n, double shift, const Parameters& parameters,
                  Accumulator& total) {
    const double* first = static_cast<const double*>(p);
    const double* second = static_cast<const double*>(q);
    for (Index start = 0; start < n; start += BLOCK)
        block<Member, SHIFTED>(first + start, second + start, n - start < BLOCK ? n - start : BLOCK, shift, parameters,
                               total);
}

template <class Member>
static void in_double(const float* p, const float* q, Index n, const Parameters& parameters, Accumulator& total) {
    double first[BLOCK], second[BLOCK];
    for (Index i = 0; i < n; ++i) {
        first[i] = p[i];
        second[i] = q[i];
    }
    sweep<Member, false>(first, second, n, 0.0, parameters, total);
}

// Costs and p are added in float two by two, the rest of the adding is in double: whatever repeats in a row, these sums
// are off by no more than 2^-24 of what is added. The differences of p and q, which count less, are added in float.
template <class Member>
static inline void single_block(const float* p, const float* q, Index n, const Parameters& parameters,
                                Accumulator& total) {
    double cost = 0.0, sum = 0.0;
    float reverses = 0.0f;
    std::uint32_t unusual = 0;
    const Index half = n / 2;
#pragma omp simd reduction(+ : cost, sum, reverses) reduction(| : unusual)
    for (Index i = 0; i < half; ++i) {
        const float a = p[i], b = q[i], c = p[i + half], d = q[i + half];
        const float cost1 = Member::template cost<true>(a, b, b - a, parameters);
        const float cost2 = Member::template cost<true>(c, d, d - c, parameters);
        cost += static_cast<double>(cost1 + cost2);
        sum += static_cast<double>(a + c);
        reverses += (b - a) + (d - c);
        unusual |= (Member::special(a, b) | bits(a)) | bits(b);
        unusual |= (Member::special(c, d) | bits(c)) | bits(d);
    }
    if (unusual >> 31 || !(cost < HUGE_VAL)) return in_double<Member>(p, q, n, parameters, total);
    total.cost.add(cost);
    total.p.add(sum);
    total.difference.add(-static_cast<double>(reverses));
    if (n & 1) in_double<Member>(p + (n - 1), q + (n - 1), 1, parameters, total);
}

template <class Member>
static void single_sweep(const void* p, const void* q, Index n, double, const Parameters& parameters,
                         Accumulator& total) {
    const float* first = static_cast<const float*>(p);
    const float* second = static_cast<const float*>(q);
    for (Index start = 0; start < n; start += BLOCK)
        single_block<Member>(first + start, second + start, n - start < BLOCK ? n - start : BLOCK, parameters, total);
}

// Σ m ln(m/r) with m = (p + q)/2.
static double mean_entropy(const double* p, const double* q, const double* r, Index n) {
    double total = 0.0;
    for (Index start = 0; start < n; start += BLOCK) {
        const Index stop = n - start < BLOCK ? n : start + BLOCK;
        double sum = 0.0;
#pragma omp simd reduction(+ : sum)
        for (Index i = start; i < stop; ++i) {
            const double m = 0.5 * (p[i] + q[i]);
            sum += m * ratio<true>(m, r[i], 0.0).log();
        }
        total += sum;
    }
    return total;
}

// ln(p/r), 0 where p is 0, NaN where it is subnormal; r is positive and normal, as everywhere here.
static void log_ratios(const double* p, const double* r, Index n, double* result) {
#pragma omp simd
    for (Index i = 0; i < n; ++i) {
        const double log = ratio<false>(p[i], r[i], r[i] - p[i]).log();
        const double known = p[i] < Format<double>::LEAST_NORMAL ? number(Bits(0x7ff8000000000000)) : log;
        result[i] = p[i] == 0.0 ? 0.0 : known;
    }
}

template <class Member>
static Sweeps sweeps_for() {
    return {sweep<Member, false>, sweep<Member, true>, single_sweep<Member>};
}

static Sweeps sweeps_of(Measure measure) {
    switch (measure) {
        case Measure::kl: return sweeps_for<Kl>();
        case Measure::jeffreys: return sweeps_for<Jeffreys>();
        case Measure::jensen_shannon: return sweeps_for<JensenShannon>();
        case Measure::total_variation: return sweeps_for<TotalVariation>();
        case Measure::hellinger: return sweeps_for<SquaredHellinger>();
        case Measure::chi_square: return sweeps_for<ChiSquare>();
        case Measure::renyi: break;
    }
    return {sweep<Renyi, false>, sweep<Renyi, true>, nullptr};
}

}  // namespace KULLBACK_LEVEL
}  // namespace kullback
