// One pass over a row: Σ f(p, q), Σ p and Σ (p − q), and a look at the values. No include guard: included once per
// level by for_each_level.hpp, in the namespace KULLBACK_LEVEL.
//
// Every element is computed in double, float32 too: that a float32 answer holds to a unit in the last place *whatever*
// the row is cannot be had in float32 arithmetic, whose errors add up where values repeat.

namespace kullback {
namespace KULLBACK_LEVEL {

using Bits = std::uint64_t;

constexpr Bits SIGN = Bits(1) << 63;
constexpr Bits LEAST_NORMAL = Bits(1) << 52;
constexpr Index BLOCK = 512;  // summed in lanes; the sums of blocks are added with their rounding errors

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

static inline double at_least(double x, double least) { return x < least ? least : x; }

static inline double normal(double x) { return at_least(x, number(LEAST_NORMAL)); }

// R = (atanh(s)/s − 1)/s² for z = s² ≤ 0.2005², within 1.5e-15 (7 terms) or 2.1e-9 (4 terms), which s² makes 6e-17 and
// 9e-11 of the logarithm: Chebyshev fits of Σ z^i/(2i + 3).
template <class T>
struct Arctanh;

template <>
struct Arctanh<double> {
    static inline double tail(double z) {
        double r = 0x1.35b9af5d3cfa1p-4;
        r = r * z + 0x1.38ffd636e2f77p-4;
        r = r * z + 0x1.746bd7fefd0e0p-4;
        r = r * z + 0x1.c71c3c49760aep-4;
        r = r * z + 0x1.249249529e35fp-3;
        r = r * z + 0x1.999999997bed4p-3;
        return r * z + 0x1.555555555556ep-2;
    }
};

template <>
struct Arctanh<float> {
    static inline double tail(double z) {
        double r = 0x1.e68272faeec75p-4;
        r = r * z + 0x1.242bd40f19289p-3;
        r = r * z + 0x1.999a6db3d0e1bp-3;
        return r * z + 0x1.5555553330d1cp-2;
    }
};

// ln(p/q) as k·ln 2 + ln(m/q), where m = p·2^-k lies within a factor 3/2 of q. Rounding the difference of the bit
// patterns finds k: they are logarithms to base 2, off by less than 0.09 (Mitchell 1962). p may be 0 or subnormal,
// and gives some finite number then; q is a positive normal number.
struct Ratio {
    bool close;  // k = 0
    double k;    // a whole number
    double s;  // (m − q)/(m + q), at most 0.2005
    double u;  // atanh(s)/s − 1, divided by s: s·R(s²)

    double half_log() const { return k * 0x1.62e42fefa39efp-2 + (s + s * (s * u)); }
    double log() const { return 2.0 * half_log(); }
};

// `difference` is p − q, which may be known more accurately than p and q say: unless PLAIN.
template <class T, bool PLAIN>
static inline Ratio ratio(double p, double q, double difference) {
    const Bits t = (bits(p) - bits(q) + SIGN + (LEAST_NORMAL >> 1)) >> 52;  // k + 2048
    const double m = number(bits(p) - (t << 52) + SIGN);
    Ratio result;
    result.k = number(t | 0x4330000000000000) - (4503599627370496.0 + 2048.0);
    result.close = result.k == 0.0;  // as numbers: SSE2 cannot compare integers of 64 bits
    const double numerator = !PLAIN && result.close ? difference : m - q;
    result.s = numerator / (m + q);
    result.u = result.s * Arctanh<T>::tail(result.s * result.s);
    return result;
}

// p ln(p/q) − (p − q) ≥ 0, without cancellation where p and q are close.
template <class T, bool PLAIN>
static inline double relative_entropy(double p, double q, double difference) {
    const Ratio r = ratio<T, PLAIN>(p, normal(q), difference);
    const double near = difference * r.s * (1.0 + (1.0 + r.s) * r.u);
    const double far = (p + p) * r.half_log() - difference;
    return r.close ? near : far;
}

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

// p > 0 = q, or with q subnormal.
static inline Bits q_vanishes(double p, double q) { return (bits(q) - LEAST_NORMAL) & (0 - bits(p)); }

struct Kl {
    template <class T, bool PLAIN>
    static inline double cost(double p, double q, double difference, const Parameters&) {
        return relative_entropy<T, PLAIN>(p, q, difference);
    }
    static inline Bits special(double p, double q) { return q_vanishes(p, q); }
    static double careful(double p, double q, double difference, const Parameters&, bool& infinite) {
        if (q == 0.0) return infinite = true, 0.0;
        return p * careful_log_ratio(p, q) - difference;
    }
};

struct Jeffreys {
    template <class T, bool PLAIN>
    static inline double cost(double p, double q, double difference, const Parameters&) {
        return difference * ratio<T, PLAIN>(p, normal(q), difference).log();
    }
    static inline Bits special(double p, double q) { return q_vanishes(p, q) | q_vanishes(q, p); }
    static double careful(double p, double q, double difference, const Parameters&, bool& infinite) {
        if (p == 0.0 || q == 0.0) return infinite = true, 0.0;
        return difference * careful_log_ratio(p, q);
    }
};

struct JensenShannon {
    template <class T, bool PLAIN>
    static inline double cost(double p, double q, double difference, const Parameters& parameters) {
        const double v = parameters.v, w = parameters.w;
        const double mean = v * p + w * q;
        return v * relative_entropy<T, false>(p, mean, w * difference) + w * relative_entropy<T, false>(q, mean, -(v * difference));
    }
    static inline Bits special(double, double) { return 0; }
    static double careful(double, double, double, const Parameters&, bool&) { return 0.0; }
};

struct TotalVariation {
    template <class T, bool PLAIN>
    static inline double cost(double, double, double difference, const Parameters&) {
        return number(bits(difference) & ~SIGN);
    }
    static inline Bits special(double, double) { return 0; }
    static double careful(double, double, double, const Parameters&, bool&) { return 0.0; }
};

struct SquaredHellinger {
    // (√p − √q)²
    template <class T, bool PLAIN>
    static inline double cost(double p, double q, double difference, const Parameters&) {
        return difference * (difference / at_least(p + q + 2.0 * std::sqrt(p * q), number(LEAST_NORMAL)));
    }
    static inline Bits special(double, double) { return 0; }
    static double careful(double, double, double, const Parameters&, bool&) { return 0.0; }
};

struct ChiSquare {
    template <class T, bool PLAIN>
    static inline double cost(double, double q, double difference, const Parameters&) {
        return difference * (difference / (q == 0.0 ? 1.0 : q));
    }
    static inline Bits special(double p, double q) { return (bits(q) - 1) & (0 - bits(p)); }
    static double careful(double, double, double, const Parameters&, bool& infinite) { return infinite = true, 0.0; }
};

struct Renyi {
    // p (v − ((1 + v)^β − 1)/β) ≥ 0 with v = q/p − 1, whose sum C gives Σ p^α q^β = 1 − β C.
    template <class T, bool PLAIN>
    static inline double cost(double p, double q, double difference, const Parameters& parameters) {
        const double x = -ratio<T, PLAIN>(p, normal(q), difference).log();
        const double y = parameters.beta * x;
        const bool near = (x < 1.0) & (x > -1.0) & (y < 1.0) & (y > -1.0);
        const double t = near ? x : 0.0;
        const double close = parameters.alpha * p * (t * t) * Series<0>::value(t, parameters.series);
        // Below 1/2 written with α, so that nothing is lost where the whole is of the order of α.
        const bool low = parameters.alpha < 0.5;
        const double z = low ? -(parameters.alpha * x) : y;
        const double bounded = z > 700.0 ? 700.0 : (z < -740.0 ? -740.0 : z);
        const double e = exponential_minus_one(bounded);
        const double far = low ? (parameters.alpha * difference - q * e) : (-(parameters.beta * difference) - p * e);
        const double overflow = number((z > 700.0 ? Bits(0x7ff0000000000000) : Bits(0)));
        const double distant = far * parameters.inverse_beta + (p == 0.0 ? 0.0 : overflow);
        return near ? close : distant;
    }
    static inline Bits special(double p, double q) {
        return q_vanishes(p, q) | q_vanishes(q, p);
    }
    static double careful(double p, double q, double difference, const Parameters& parameters, bool& infinite) {
        if (q == 0.0 && parameters.alpha > 1.0) return infinite = true, 0.0;
        if (p == 0.0 || q == 0.0) return p * parameters.inverse_beta - difference;
        return -difference - careful_power_excess(p, q, parameters) * parameters.inverse_beta;
    }
};

// ---- the pass ---------------------------------------------------------------------------------------------------

template <class Member, class T, bool SHIFTED>
static inline void block(const T* p, const T* q, Index n, double shift, const Parameters& parameters,
                         Accumulator& total) {
    double cost = 0.0, sum = 0.0, differences = 0.0;
    Bits unusual = 0;
#pragma omp simd reduction(+ : cost, sum, differences) reduction(| : unusual)
    for (Index i = 0; i < n; ++i) {
        const double a = p[i], b = q[i];
        const double scaled = SHIFTED ? a + a * shift : a;
        const double difference = SHIFTED ? (a - b) + a * shift : a - b;
        cost += Member::template cost<T, !SHIFTED>(scaled, b, difference, parameters);
        sum += scaled;
        differences += difference;
        unusual |= (Member::special(a, b) | bits(a)) | bits(b);
    }
    if (unusual & SIGN) {
        cost = sum = differences = 0.0;
        for (Index i = 0; i < n; ++i) {
            const double a = number(bits(p[i]) & ~SIGN), b = number(bits(q[i]) & ~SIGN);  // -0 is 0
            total.negative |= p[i] < T(0) || q[i] < T(0);
            const double scaled = SHIFTED ? a + a * shift : a;
            const double difference = SHIFTED ? (a - b) + a * shift : a - b;
            if (Member::special(a, b) & SIGN)
                cost += Member::careful(scaled, b, difference, parameters, total.infinite);
            else
                cost += Member::template cost<T, !SHIFTED>(scaled, b, difference, parameters);
            sum += scaled;
            differences += difference;
        }
    }
    total.cost.add(cost);
    total.p.add(sum);
    total.difference.add(differences);
}

template <class Member, class T, bool SHIFTED>
static void sweep(const void* p, const void* q, Index n, double shift, const Parameters& parameters,
                  Accumulator& total) {
    const T* first = static_cast<const T*>(p);
    const T* second = static_cast<const T*>(q);
    for (Index start = 0; start < n; start += BLOCK)
        block<Member, T, SHIFTED>(first + start, second + start, n - start < BLOCK ? n - start : BLOCK, shift,
                                  parameters, total);
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
            sum += m * ratio<double, true>(m, r[i], 0.0).log();
        }
        total += sum;
    }
    return total;
}

// ln(p/r), 0 where p is 0; r is positive and normal, as everywhere here.
static void log_ratios(const double* p, const double* r, Index n, double* result) {
#pragma omp simd
    for (Index i = 0; i < n; ++i) {
        const double log = ratio<double, false>(at_least(p[i], number(LEAST_NORMAL)), r[i], p[i] - r[i]).log();
        result[i] = p[i] == 0.0 ? 0.0 : log;
    }
}

// Row by type (double, float), column by whether p is scaled to the total of q.
template <class Member>
static void fill(Sweep (&sweeps)[2][2]) {
    sweeps[0][0] = sweep<Member, double, false>;
    sweeps[0][1] = sweep<Member, double, true>;
    sweeps[1][0] = sweep<Member, float, false>;
    sweeps[1][1] = sweep<Member, float, true>;
}

static void sweeps_of(Measure measure, Sweep (&sweeps)[2][2]) {
    switch (measure) {
        case Measure::kl: return fill<Kl>(sweeps);
        case Measure::jeffreys: return fill<Jeffreys>(sweeps);
        case Measure::jensen_shannon: return fill<JensenShannon>(sweeps);
        case Measure::total_variation: return fill<TotalVariation>(sweeps);
        case Measure::hellinger: return fill<SquaredHellinger>(sweeps);
        case Measure::chi_square: return fill<ChiSquare>(sweeps);
        case Measure::renyi: return fill<Renyi>(sweeps);
    }
}

}  // namespace KULLBACK_LEVEL
}  // namespace kullback
