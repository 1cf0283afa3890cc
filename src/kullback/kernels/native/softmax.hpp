// Divergences of P = softmax(a) and Q = softmax(b), row by row, with nothing the size of a row in memory.
//
// Included once per level by for_each_level.hpp: no include guard, no standard headers.
//
// With t = b − a − c, where c is a constant and E is the mean under P,
//
//     KL(P‖Q) = ln E[e^t] − E[t] = ln(1 + (E[φ(t)] − φ(m)) e^−m),  φ(x) = e^x − 1 − x,  m = E[t].
//
// Every φ(t) ≥ 0 has a small relative error near 0 by its series, so all is well as long as φ(m) is no greater than
// half of E[φ(t)]; where a block of outcomes moves the mean farther, c follows: the sums so far are rewritten for the
// new c, and the block is summed again. The row is read once. b − a is carried with its rounding error, so that a
// common shift of one side costs nothing. Other divergences and the gradients read the row again, with the right c.
//
// Masses are e^a 2^−K: a itself is reduced by multiples of ln 2, which rounds less than a − max(a) would.
//
// Rows that single precision cannot do to 1e-6 are done in double; what is left is FAILED, and the caller's.
//
// Source of the one-pass normaliser: Milakov and Gimelshein, "Online normalizer calculation for softmax" (2018).

namespace kullback {
namespace KULLBACK_LEVEL {
namespace softmax {

constexpr int BLOCK = 1024;

#define KULLBACK_INLINE inline __attribute__((always_inline))

template <class R>
struct Of;

template <>
struct Of<float> {
    using Bits = softmax_uint32;
    static constexpr float magic = 12582912.0f, log2e = 1.44269504f, ln2_high = 0.693359375f, ln2_low = -2.12194440e-4f;
    static constexpr int bias = 127, mantissa = 23;
    static constexpr float limit = 8000.0f;  // of what exponential() reduces exactly
    static constexpr float tiny = 1.2e-38f;
    static KULLBACK_INLINE float exp_tail(float r) {  // (e^r − 1 − r)/r², |r| ≤ ln2/2
        return 0.5f + r * (0.16666576978f + r * (0.041666554601f + r * (0.00836318108008f + r * 0.0013926186120218f)));
    }
    static KULLBACK_INLINE float phi_tail(float t) {  // (e^t − 1 − t)/t², |t| ≤ 1
        return 0.499999997814f +
               t * (0.166666666468f +
                    t * (0.041666736595f +
                         t * (0.00833333967592f +
                              t * (0.001388539691181f +
                                   t * (1.98381019687e-4f + t * (2.53585122446e-5f + t * 2.80626025823e-6f))))));
    }
    static KULLBACK_INLINE float bend_tail(float z) {  // (x tanh x − ln cosh x)/z, x = √z/2, z ≤ 1
        return 0.124999996975f +
               z * (-0.0156248484337f +
                    z * (0.0017348854971844f + z * (-1.80947787529e-4f + z * 1.49881640687e-5f)));
    }
    static KULLBACK_INLINE float cosh_tail(float z) {  // ln cosh x / z, x = √z/2, z ≤ 1
        return 0.124999999714f +
               z * (-0.0052083190316f +
                    z * (3.47106769189e-4f + z * (-2.60213958949e-5f + z * 1.74166447714e-6f)));
    }
    static KULLBACK_INLINE float atanh_tail(float s2) {  // (2 atanh s − 2 s)/s³, s ≤ 0.156
        return 0.66666676935f + s2 * (0.399924019566f + s2 * 0.293999332501f);
    }
};

template <>
struct Of<double> {
    using Bits = softmax_uint64;
    static constexpr double magic = 6755399441055744.0, log2e = 1.4426950408889634074,
                            ln2_high = 6.93147180369123816490e-01, ln2_low = 1.90821492927058770002e-10;
    static constexpr int bias = 1023, mantissa = 52;
    static constexpr double limit = 400000.0;
    static constexpr double tiny = 2.3e-308;
    static KULLBACK_INLINE double exp_tail(double r) {
        constexpr double c[] = {0.50000000000000010225, 0.16666666666666667453, 0.041666666666624116328,
                                0.0083333333333300609447, 0.001388888891721948282, 1.9841269863058050964e-4,
                                2.480152128699543959e-5, 2.7557268453107524856e-6, 2.7620092706650664804e-7,
                                2.5100388772450646568e-8};
        const double r2 = r * r, r4 = r2 * r2, r8 = r4 * r4;
        return ((c[0] + c[1] * r) + (c[2] + c[3] * r) * r2) + ((c[4] + c[5] * r) + (c[6] + c[7] * r) * r2) * r4 +
               (c[8] + c[9] * r) * r8;
    }
    static KULLBACK_INLINE double phi_tail(double t) {
        constexpr double c[] = {0.5000000000000000059, 0.16666666666666666701, 0.041666666666666088346,
                                0.0083333333333332993552, 0.0013888888888981404452, 1.9841269841324197917e-4,
                                2.4801587246096816904e-5, 2.7557319191381816996e-6, 2.755733506893372671e-7,
                                2.5052117695907823572e-8, 2.0874435575864274724e-9, 1.6057679623801637746e-10,
                                1.1639194124150522395e-11, 7.7461785930188274892e-13};
        const double t2 = t * t, t4 = t2 * t2, t8 = t4 * t4;
        return ((c[0] + c[1] * t) + (c[2] + c[3] * t) * t2) + ((c[4] + c[5] * t) + (c[6] + c[7] * t) * t2) * t4 +
               (((c[8] + c[9] * t) + (c[10] + c[11] * t) * t2) + (c[12] + c[13] * t) * t4) * t8;
    }
    static KULLBACK_INLINE double bend_tail(double z) {
        constexpr double c[] = {0.12499999999999999938, -0.015624999999999848914, 0.0017361111111050548578,
                                -1.8446180546070183084e-4, 1.9221229395181718716e-5, -1.9835492774528973351e-6,
                                2.0357506010099755385e-7, -2.0805680080944528842e-8, 2.1007351845217135438e-9,
                                -1.9701139242339730768e-10, 1.286131072453550669e-11};
        double s = c[10];
        for (int k = 9; k >= 0; --k) s = s * z + c[k];
        return s;
    }
    static KULLBACK_INLINE double cosh_tail(double z) {
        constexpr double c[] = {0.12499999999999999997, -0.0052083333333333264789, 3.4722222222194751039e-4,
                                -2.6351686503635357335e-5, 2.1356922052535417591e-6, -1.8032282563560412806e-7,
                                1.5659955891010332273e-8, -1.3874796729991839188e-9, 1.2391706767843529659e-10,
                                -1.0521892302005291428e-11, 6.4152768658391058605e-13};
        double s = c[10];
        for (int k = 9; k >= 0; --k) s = s * z + c[k];
        return s;
    }
    static KULLBACK_INLINE double atanh_tail(double s2) {
        constexpr double c[] = {0.66666666666666666624, 0.40000000000000224769, 0.28571428571234496775,
                                0.22222222286006384751, 0.18181807899202097953, 0.15385513870841279044,
                                0.13289996605084257577, 0.12843552338714684278};
        double s = c[7];
        for (int k = 6; k >= 0; --k) s = s * s2 + c[k];
        return s;
    }
};

// ---- Reading and writing the four kinds of number -------------------------------------------------------------------

template <class R>
KULLBACK_INLINE R from_half(softmax_uint16 h) {
    const softmax_uint32 magnitude = h & 0x7fffu;
    const softmax_uint32 shifted = magnitude << 13;
    float value;
    __builtin_memcpy(&value, &shifted, 4);
    value *= 5.192296858534828e33f;  // 2^112: the exponent's new bias, subnormal numbers included
    softmax_uint32 bits;
    __builtin_memcpy(&bits, &value, 4);
    bits |= magnitude >= 0x7c00u ? 0x7f800000u : 0u;
    bits |= static_cast<softmax_uint32>(h & 0x8000u) << 16;
    __builtin_memcpy(&value, &bits, 4);
    return static_cast<R>(value);
}

template <class R>
KULLBACK_INLINE R from_bfloat(softmax_uint16 h) {
    const softmax_uint32 bits = static_cast<softmax_uint32>(h) << 16;
    float value;
    __builtin_memcpy(&value, &bits, 4);
    return static_cast<R>(value);
}

KULLBACK_INLINE softmax_uint16 to_bfloat(float value) {  // to nearest, ties to even
    softmax_uint32 bits;
    __builtin_memcpy(&bits, &value, 4);
    const softmax_uint32 rounded = (bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16;
    return static_cast<softmax_uint16>((bits & 0x7fffffffu) > 0x7f800000u ? (bits >> 16) | 0x40u : rounded);
}

KULLBACK_INLINE softmax_uint16 to_half(float value) {  // to nearest, ties to even
    softmax_uint32 bits;
    __builtin_memcpy(&bits, &value, 4);
    const softmax_uint32 sign = (bits >> 16) & 0x8000u;
    const softmax_uint32 magnitude = bits & 0x7fffffffu;
    float small;  // below 2^-14 the adder rounds: 0.5 + value has the subnormal's last bit at its own
    __builtin_memcpy(&small, &magnitude, 4);
    small += 0.5f;
    softmax_uint32 small_bits;
    __builtin_memcpy(&small_bits, &small, 4);
    const softmax_uint32 subnormal = small_bits - 0x3f000000u;
    const softmax_uint32 normal = (magnitude + 0xc8000fffu + ((magnitude >> 13) & 1u)) >> 13;
    softmax_uint32 result = magnitude < 0x38800000u ? subnormal : normal;
    result = magnitude >= 0x477ff000u ? 0x7c00u : result;
    result = magnitude > 0x7f800000u ? 0x7e00u : result;
    return static_cast<softmax_uint16>(result | sign);
}

// Returns the numbers [start, start + n) of a row, in place if they have the type already.
template <class R>
KULLBACK_INLINE const R* load(Kind kind, const void* row, long start, int n, R* buffer) {
    switch (kind) {
        case FLOAT64: {
            const double* x = static_cast<const double*>(row) + start;
            if (sizeof(R) == 8) return reinterpret_cast<const R*>(x);
            for (int i = 0; i < n; ++i) buffer[i] = static_cast<R>(x[i]);
            return buffer;
        }
        case FLOAT32: {
            const float* x = static_cast<const float*>(row) + start;
            if (sizeof(R) == 4) return reinterpret_cast<const R*>(x);
            for (int i = 0; i < n; ++i) buffer[i] = static_cast<R>(x[i]);
            return buffer;
        }
        case FLOAT16: {
            const softmax_uint16* x = static_cast<const softmax_uint16*>(row) + start;
            for (int i = 0; i < n; ++i) buffer[i] = from_half<R>(x[i]);
            return buffer;
        }
        case BFLOAT16: {
            const softmax_uint16* x = static_cast<const softmax_uint16*>(row) + start;
            for (int i = 0; i < n; ++i) buffer[i] = from_bfloat<R>(x[i]);
            return buffer;
        }
    }
    return buffer;
}

template <class R>
KULLBACK_INLINE void store(Kind kind, void* row, long start, int n, const R* values) {
    switch (kind) {
        case FLOAT64: {
            double* x = static_cast<double*>(row) + start;
            for (int i = 0; i < n; ++i) x[i] = static_cast<double>(values[i]);
            return;
        }
        case FLOAT32: {
            float* x = static_cast<float*>(row) + start;
            for (int i = 0; i < n; ++i) x[i] = static_cast<float>(values[i]);
            return;
        }
        case FLOAT16: {
            softmax_uint16* x = static_cast<softmax_uint16*>(row) + start;
            for (int i = 0; i < n; ++i) x[i] = to_half(static_cast<float>(values[i]));
            return;
        }
        case BFLOAT16: {
            softmax_uint16* x = static_cast<softmax_uint16*>(row) + start;
            for (int i = 0; i < n; ++i) x[i] = to_bfloat(static_cast<float>(values[i]));
            return;
        }
    }
}

KULLBACK_INLINE long item_size(Kind kind) { return kind == FLOAT64 ? 8 : kind == FLOAT32 ? 4 : 2; }

// ---- One outcome ----------------------------------------------------------------------------------------------------

// 2^−K as what exponential() needs: where its exponent runs out, at 0 and at infinity.
template <class R>
struct Scale {
    R low, high;
    typename Of<R>::Bits add;

    static Scale of(int k) {
        const R magic = Of<R>::magic;
        return {magic + static_cast<R>(k - Of<R>::bias), magic + static_cast<R>(k + Of<R>::bias + 1),
                static_cast<typename Of<R>::Bits>(static_cast<softmax_int64>(Of<R>::bias - k))};
    }
};

// e^x 2^−K for |x| ≤ limit; exactly 0 below the normal numbers, infinite above them, NaN for NaN and infinities.
template <class R>
KULLBACK_INLINE R exponential(R x, const Scale<R>& scale) {
    R shifted = x * Of<R>::log2e + Of<R>::magic;
    const R k = shifted - Of<R>::magic;
    const R r = (x - k * Of<R>::ln2_high) - k * Of<R>::ln2_low;
    shifted = shifted > scale.low ? shifted : scale.low;
    shifted = shifted < scale.high ? shifted : scale.high;
    typename Of<R>::Bits bits;
    __builtin_memcpy(&bits, &shifted, sizeof(R));
    bits = (bits + scale.add) << Of<R>::mantissa;
    R power;
    __builtin_memcpy(&power, &bits, sizeof(R));
    return power + power * (r + r * r * Of<R>::exp_tail(r));
}

// The constant c, and the scales of both sides: p = e^a 2^−K · p_factor and q = e^b 2^−J · q_factor.
template <class R>
struct Frame {
    R c_high, c_low;
    Scale<R> a, b;
    R p_factor, q_factor;

    static Frame of(double c_high, double c_low, int k, double mass) {
        Frame f;
        f.c_high = static_cast<R>(c_high);
        f.c_low = static_cast<R>((c_high - static_cast<double>(f.c_high)) + c_low);
        const double turns = __builtin_floor(c_high * 1.4426950408889634074 + 0.5);
        f.a = Scale<R>::of(k);
        f.b = Scale<R>::of(k + static_cast<int>(turns));
        f.p_factor = static_cast<R>(1.0 / mass);
        // J = K + turns, so that the factor e^−c 2^turns is within [0.7, 1.42].
        const double rest = ((c_high - turns * 6.93147180369123816490e-01) - turns * 1.90821492927058770002e-10) + c_low;
        f.q_factor = static_cast<R>(__builtin_exp(-rest) / mass);
        return f;
    }
};

enum Mode { NEAR, FAR, CHECKED };

template <class R>
struct Outcome {
    R p, q, t, tail, difference;  // tail is φ(t) where near; difference is q − p
    bool near;
};

// NEAR is for |t| < 1 throughout, FAR for any finite numbers, CHECKED for what may be infinite or out of range.
template <class R, int MODE>
KULLBACK_INLINE Outcome<R> outcome(R a, R b, const Frame<R>& f) {
    Outcome<R> o;
    const R s = b - a;
    const R v = s + a;
    const R slip = (b - v) - (a - (v - s));
    o.t = (s - f.c_high) + (slip - f.c_low);
    if (MODE == CHECKED) {
        const R limit = Of<R>::limit;
        const bool a_in = a > -limit && a < limit, b_in = b > -limit && b < limit;
        o.p = a_in ? exponential(a_in ? a : R(0), f.a) * f.p_factor : R(0);
        o.q = b_in ? exponential(b_in ? b : R(0), f.b) * f.q_factor : R(0);
        const bool possible = o.p > R(0);
        // The error of a difference of huge numbers may be inf − inf.
        o.t = slip == slip ? o.t : s - f.c_high;
        o.t = possible ? o.t : R(0);
        o.near = (o.t < R(0) ? -o.t : o.t) < R(1) && possible;
    } else {
        o.p = exponential(a, f.a) * f.p_factor;
        o.q = MODE == NEAR ? R(0) : exponential(b, f.b) * f.q_factor;
        o.near = MODE == NEAR ? true : (o.t < R(0) ? -o.t : o.t) < R(1);
    }
    o.tail = o.t * o.t * Of<R>::phi_tail(o.t);
    const R close = o.p * (o.t + o.tail);
    if (MODE == NEAR) {
        o.q = o.p + close;
        o.difference = close;
    } else {
        o.difference = o.near ? close : o.q - o.p;
    }
    return o;
}

// ---- The first pass: the mean and the spread of t -------------------------------------------------------------------

struct Sums {
    double mass = 0.0, first = 0.0, second = 0.0;  // Σ p, Σ p t, Σ p φ(t), with p up to the factor 2^−K
    double widest = 0.0;                           // max |t|
    // How many outcomes are NaN, +inf or in doubt; have p > 0 = q; have p = 0 < q; are not plain. Counted where CHECKED.
    double refused = 0.0, endless = 0.0, lonely = 0.0, odd = 0.0;
};

template <class R, int MODE>
Sums sum_block(const R* a, const R* b, int n, const Frame<R>& f) {
    R mass = 0, first = 0, second = 0, widest = 0, refused = 0, endless = 0, lonely = 0, odd = 0;
#pragma omp simd reduction(+ : mass, first, second, refused, endless, lonely, odd) reduction(max : widest)
    for (int i = 0; i < n; ++i) {
        const Outcome<R> o = outcome<R, MODE>(a[i], b[i], f);
        R t = o.t;
        if (MODE == CHECKED) {
            const R limit = Of<R>::limit, infinity = __builtin_inf();
            const bool none = b[i] == -infinity;
            const bool bad = !(a[i] < limit) || !(b[i] < limit);
            // A mass that underflows may still count where the other side is out of all proportion.
            const bool underflown = !(o.p > R(0)) && a[i] > -infinity;
            const R gap = b[i] - a[i];
            const bool doubtful = underflown && (none || !((gap < R(0) ? -gap : gap) < R(1e4)));
            refused += bad || doubtful ? R(1) : R(0);
            endless += none && o.p > R(0) ? R(1) : R(0);
            lonely += a[i] == -infinity && !none ? R(1) : R(0);
            odd += a[i] > -limit && b[i] > -limit ? R(0) : R(1);
            t = none ? R(0) : t;
        }
        const R size = t < R(0) ? -t : t;
        widest = size > widest ? size : widest;
        mass += o.p;
        first += o.p * t;
        second += o.near ? o.p * o.tail : (o.q - o.p) - o.p * t;
    }
    Sums sums;
    sums.mass = static_cast<double>(mass);
    sums.first = static_cast<double>(first);
    sums.second = static_cast<double>(second);
    sums.widest = static_cast<double>(widest);
    sums.refused = static_cast<double>(refused);
    sums.endless = static_cast<double>(endless);
    sums.lonely = static_cast<double>(lonely);
    sums.odd = static_cast<double>(odd);
    return sums;
}

template <class R>
Sums sum_block(Mode mode, const R* a, const R* b, int n, const Frame<R>& f) {
    if (mode == NEAR) return sum_block<R, NEAR>(a, b, n, f);
    if (mode == FAR) return sum_block<R, FAR>(a, b, n, f);
    return sum_block<R, CHECKED>(a, b, n, f);
}

inline double phi(double x) {
    if (x < 1.0 && x > -1.0) return x * x * Of<double>::phi_tail(x);
    return __builtin_expm1(x) - x;
}

// The greatest number of a block that exponential() can take, or −limit.
template <class R>
R greatest(const R* a, int n) {
    R top = -Of<R>::limit;
#pragma omp simd reduction(max : top)
    for (int i = 0; i < n; ++i) {
        const R x = a[i] < Of<R>::limit ? a[i] : -Of<R>::limit;
        top = x > top ? x : top;
    }
    return top;
}

struct Pair {
    Kind kind;
    const void *a, *b;
    long size;
};

enum Status { DONE, ENDLESS, FAILED };

// What the first pass finds: KL, and the frame in which q and p are normalised.
struct Centre {
    Status status = FAILED;
    double kl = 0.0;
    double c_high = 0.0, c_low = 0.0, mass = 0.0;
    int k = 0;
    bool checked = false, lonely = false;
    double widest = 0.0;  // no |t| is greater, in the frame found
};

inline bool finite(double x) { return x - x == 0.0; }

template <class R>
Centre find_centre(const Pair& pair) {
    R a_buffer[BLOCK], b_buffer[BLOCK];
    Centre centre;
    double c_high = 0.0, c_low = 0.0;
    int k = 0;
    Sums run;
    Mode mode = FAR;
    bool checked = false;
    for (long start = 0; start < pair.size; start += BLOCK) {
        const int n = pair.size - start < BLOCK ? static_cast<int>(pair.size - start) : BLOCK;
        const R* a = load<R>(pair.kind, pair.a, start, n, a_buffer);
        const R* b = load<R>(pair.kind, pair.b, start, n, b_buffer);
        if (start == 0) {
            const R top = greatest(a, n);
            int i = 0;
            while (i < n - 1 && a[i] != top) ++i;
            const double x = static_cast<double>(a[i]), y = static_cast<double>(b[i]), s = y - x;
            // Where p is 0 so far, q sets the scale.
            const double anchor = static_cast<double>(top > -Of<R>::limit ? top : greatest(b, n));
            k = static_cast<int>(__builtin_floor(anchor * 1.4426950408889634 + 0.5));
            if (s < 2.0 * Of<R>::limit && s > -2.0 * Of<R>::limit) {
                c_high = s;
                c_low = (y - (s + x)) - (x - ((s + x) - s));
            }
        }
        Sums block, both;
        for (int attempt = 0;; ++attempt) {
            if (attempt == 8) return centre;
            const Frame<R> frame = Frame<R>::of(c_high, c_low, k, 1.0);
            block = sum_block<R>(mode, a, b, n, frame);
            if (mode == NEAR && !(block.widest < 1.0)) {
                mode = FAR;
                continue;
            }
            if (!(block.mass < 1e12)) {  // far above what there was before, or not finite
                const int higher =
                    static_cast<int>(__builtin_floor(static_cast<double>(greatest(a, n)) * 1.4426950408889634 + 0.5));
                if (higher > k) {
                    const double scale = __builtin_ldexp(1.0, k - higher);
                    run.mass *= scale;
                    run.first *= scale;
                    run.second *= scale;
                    k = higher;
                    continue;
                }
            }
            if (!finite(block.first) || !finite(block.second) || !finite(block.mass)) {
                if (mode == CHECKED) return centre;
                mode = CHECKED;
                continue;
            }
            both.mass = run.mass + block.mass;
            both.first = run.first + block.first;
            both.second = run.second + block.second;
            if (!(both.mass > 0.0) || run.endless + block.endless > 0.0) break;
            const double m = both.first / both.mass, spread = both.second / both.mass;
            if (!(phi(m) > 0.5 * spread) || attempt >= 5) break;
            // c moves to the mean, and Σ p φ(t − m) = e^−m Σ p φ(t) + (e^−m − 1) Σ p t + φ(−m) Σ p.
            const double s = c_high + m, v = s - c_high;
            c_low += (c_high - (s - v)) + (m - v);
            c_high = s;
            run.second = __builtin_exp(-m) * run.second + __builtin_expm1(-m) * run.first + phi(-m) * run.mass;
            run.first -= m * run.mass;
            // Numbers so far were at most this far from the old centre.
            run.widest += m < 0.0 ? -m : m;
        }
        if (block.refused > 0.0) return centre;
        if (mode == CHECKED) {
            checked = true;
            if (block.odd == 0.0) mode = FAR;
        } else {
            mode = block.widest < 1.0 ? NEAR : FAR;
        }
        both.widest = run.widest > block.widest ? run.widest : block.widest;
        both.endless = run.endless + block.endless;
        both.lonely = run.lonely + block.lonely;
        run = both;
    }
    if (!(run.mass > 0.0) || !finite(run.mass)) return centre;
    if (run.endless > 0.0) {
        centre.status = ENDLESS;
        return centre;
    }
    const double m = run.first / run.mass, spread = run.second / run.mass;
    const double excess = spread - phi(m);
    const double kl = __builtin_log1p(excess > 0.0 ? excess * __builtin_exp(-m) : 0.0);
    // Where t is tiny its square underflows; where it is huge, so may a mass that matters. Neither is promised.
    const bool single = sizeof(R) == 4;
    const bool same = run.widest == 0.0 && run.lonely == 0.0;
    if (!same) {
        if (!(excess >= 0.25 * spread) || !finite(kl) || !(kl > (single ? 1e-20 : 1e-250))) return centre;
        if (single ? !(run.widest < 1e4) : !(run.widest < 1e200)) return centre;
    }
    centre.status = DONE;
    centre.kl = kl;
    // ln E[e^t] = KL + m: with it, q is normalised too.
    const double step = kl + m, s = c_high + step, v = s - c_high;
    centre.c_high = s;
    centre.c_low = c_low + ((c_high - (s - v)) + (step - v));
    centre.k = k;
    centre.mass = run.mass;
    centre.checked = checked;
    centre.lonely = run.lonely > 0.0;
    centre.widest = same ? 0.0 : run.widest + (step < 0.0 ? -step : step);
    return centre;
}

// ---- What is summed and written once P and Q are known --------------------------------------------------------------

template <class R>
struct Cosh {
    R bend, half;  // x tanh x − ln cosh x and ln cosh x, where x = t/2
};

template <class R>
KULLBACK_INLINE Cosh<R> hyperbolic(const Outcome<R>& o) {
    const R z = o.t * o.t;
    const R less = o.p < o.q ? o.p : o.q, more = o.p < o.q ? o.q : o.p;
    const R u = less / (more + Of<R>::tiny);  // e^−|t|
    const R s = u / (R(2) + u);
    const R log = R(2) * s + s * s * s * Of<R>::atanh_tail(s * s);  // ln(1 + u), u ≤ 1/e where it is used
    const R size = o.t < R(0) ? -o.t : o.t;
    const R ln2 = R(0.69314718055994530942);
    Cosh<R> c;
    c.bend = o.near ? z * Of<R>::bend_tail(z) : (ln2 - log) - size * (u / (R(1) + u));
    c.half = o.near ? z * Of<R>::cosh_tail(z) : R(0.5) * size + (log - ln2);
    return c;
}

// What a member of the family needs of a row: the order and what earlier passes found, and how it is written.
template <class R>
struct Need {
    R beta = 0;
    R mean_p = 0, mean_q = 0;    // subtracted in the gradient
    R factor_p = 0, factor_q = 0;  // times the upstream gradient
};

// Each has sum(), two sums over the outcomes, and write(), the two gradients of one outcome.
struct RelativeEntropy {
    template <class R>
    static KULLBACK_INLINE void sum(const Outcome<R>&, const Need<R>&, R& one, R& two) {
        one = 0;
        two = 0;
    }
    template <class R>
    static KULLBACK_INLINE void write(const Outcome<R>& o, const Need<R>& need, R& to_p, R& to_q) {
        to_p = -o.p * (o.t + need.mean_p);
        to_q = o.difference;
    }
};

struct BothEntropies {
    template <class R>
    static KULLBACK_INLINE void sum(const Outcome<R>& o, const Need<R>&, R& one, R& two) {
        one = o.difference * o.t;
        two = 0;
    }
    template <class R>
    static KULLBACK_INLINE void write(const Outcome<R>& o, const Need<R>& need, R& to_p, R& to_q) {
        to_p = -o.p * (o.t + need.mean_p) - o.difference;
        to_q = o.q * (o.t - need.mean_q) + o.difference;
    }
};

struct JensenShannon {
    template <class R>
    static KULLBACK_INLINE void sum(const Outcome<R>& o, const Need<R>&, R& one, R& two) {
        const Cosh<R> c = hyperbolic(o);
        one = (o.p + R(0.5) * o.difference) * c.bend;
        two = -o.p * (R(0.5) * o.t + c.half);  // p ln(p/m)
    }
    template <class R>
    static KULLBACK_INLINE void write(const Outcome<R>& o, const Need<R>& need, R& to_p, R& to_q) {
        const Cosh<R> c = hyperbolic(o);
        to_p = R(-0.5) * o.p * (R(0.5) * o.t + c.half + need.mean_p);
        to_q = R(0.5) * o.q * (R(0.5) * o.t - c.half - need.mean_q);
    }
};

struct TotalVariation {
    template <class R>
    static KULLBACK_INLINE void sum(const Outcome<R>& o, const Need<R>&, R& one, R& two) {
        one = o.difference < R(0) ? -o.difference : o.difference;
        two = o.difference < R(0) ? o.p : o.difference > R(0) ? -o.p : R(0);  // p sign(p − q)
    }
    template <class R>
    static KULLBACK_INLINE void write(const Outcome<R>& o, const Need<R>& need, R& to_p, R& to_q) {
        const R sign = o.difference < R(0) ? R(0.5) : o.difference > R(0) ? R(-0.5) : R(0);
        to_p = o.p * (sign - need.mean_p);
        to_q = -o.q * (sign - need.mean_q);
    }
};

// Σ p^α q^β − 1 = Σ p φ(βt) − β KL, where α + β = 1.
struct Power {
    template <class R>
    static KULLBACK_INLINE R rise(const Outcome<R>& o, const Need<R>& need) {  // e^x − 1 − x, x = β t
        const R x = need.beta * o.t;
        const R size = x < R(0) ? -x : x;
        return size < R(1) ? x * x * Of<R>::phi_tail(x) : (exponential(x, Scale<R>::of(0)) - R(1)) - x;
    }
    template <class R>
    static KULLBACK_INLINE void sum(const Outcome<R>& o, const Need<R>& need, R& one, R& two) {
        one = o.p * rise(o, need);
        two = 0;
    }
    template <class R>
    static KULLBACK_INLINE void write(const Outcome<R>& o, const Need<R>& need, R& to_p, R& to_q) {
        // r − p, where r = p^α q^β / Σ p^α q^β; mean_p is the sum less 1, mean_q its reciprocal.
        const R tilt = o.p * need.mean_q * ((need.beta * o.t + rise(o, need)) - need.mean_p);
        to_p = need.factor_p * tilt;
        to_q = need.factor_q * (tilt - o.difference);
    }
};

template <class R, class F, int MODE>
void sum_members(const R* a, const R* b, int n, const Frame<R>& f, const Need<R>& need, double& one, double& two) {
    R first = 0, second = 0;
#pragma omp simd reduction(+ : first, second)
    for (int i = 0; i < n; ++i) {
        R x, y;
        F::sum(outcome<R, MODE>(a[i], b[i], f), need, x, y);
        first += x;
        second += y;
    }
    one += static_cast<double>(first);
    two += static_cast<double>(second);
}

template <class R, class F, int MODE>
void write_members(const R* a, const R* b, int n, const Frame<R>& f, const Need<R>& need, R weight,
                   R* __restrict__ to_p, R* __restrict__ to_q) {
    R x, y;
    if (!to_p) {
#pragma omp simd private(x, y)
        for (int i = 0; i < n; ++i) {
            F::write(outcome<R, MODE>(a[i], b[i], f), need, x, y);
            to_q[i] = weight * y;
        }
    } else if (!to_q) {
#pragma omp simd private(x, y)
        for (int i = 0; i < n; ++i) {
            F::write(outcome<R, MODE>(a[i], b[i], f), need, x, y);
            to_p[i] = weight * x;
        }
    } else {
#pragma omp simd private(x, y)
        for (int i = 0; i < n; ++i) {
            F::write(outcome<R, MODE>(a[i], b[i], f), need, x, y);
            to_p[i] = weight * x;
            to_q[i] = weight * y;
        }
    }
}

inline Mode mode_of(const Centre& centre) { return centre.checked ? CHECKED : centre.widest < 0.999 ? NEAR : FAR; }

template <class R, class F>
void sum_row(const Pair& pair, const Centre& centre, const Need<R>& need, double& one, double& two) {
    R a_buffer[BLOCK], b_buffer[BLOCK];
    const Frame<R> f = Frame<R>::of(centre.c_high, centre.c_low, centre.k, centre.mass);
    const Mode mode = mode_of(centre);
    one = two = 0.0;
    for (long start = 0; start < pair.size; start += BLOCK) {
        const int n = pair.size - start < BLOCK ? static_cast<int>(pair.size - start) : BLOCK;
        const R* a = load<R>(pair.kind, pair.a, start, n, a_buffer);
        const R* b = load<R>(pair.kind, pair.b, start, n, b_buffer);
        if (mode == NEAR) sum_members<R, F, NEAR>(a, b, n, f, need, one, two);
        else if (mode == FAR) sum_members<R, F, FAR>(a, b, n, f, need, one, two);
        else sum_members<R, F, CHECKED>(a, b, n, f, need, one, two);
    }
}

template <class R, class F>
void write_row(const Pair& pair, const Centre& centre, const Need<R>& need, double weight, void* to_p, void* to_q) {
    R a_buffer[BLOCK], b_buffer[BLOCK], p_buffer[BLOCK], q_buffer[BLOCK];
    const Frame<R> f = Frame<R>::of(centre.c_high, centre.c_low, centre.k, centre.mass);
    const Mode mode = mode_of(centre);
    for (long start = 0; start < pair.size; start += BLOCK) {
        const int n = pair.size - start < BLOCK ? static_cast<int>(pair.size - start) : BLOCK;
        const R* a = load<R>(pair.kind, pair.a, start, n, a_buffer);
        const R* b = load<R>(pair.kind, pair.b, start, n, b_buffer);
        const R w = static_cast<R>(weight);
        // Straight into the result where it has the type.
        const bool same = pair.kind == (sizeof(R) == 8 ? FLOAT64 : FLOAT32);
        R* into_p = !to_p ? nullptr : same ? static_cast<R*>(to_p) + start : p_buffer;
        R* into_q = !to_q ? nullptr : same ? static_cast<R*>(to_q) + start : q_buffer;
        if (mode == NEAR) write_members<R, F, NEAR>(a, b, n, f, need, w, into_p, into_q);
        else if (mode == FAR) write_members<R, F, FAR>(a, b, n, f, need, w, into_p, into_q);
        else write_members<R, F, CHECKED>(a, b, n, f, need, w, into_p, into_q);
        if (to_p && !same) store<R>(pair.kind, to_p, start, n, p_buffer);
        if (to_q && !same) store<R>(pair.kind, to_q, start, n, q_buffer);
    }
}

// ---- One row --------------------------------------------------------------------------------------------------------

// Returns D(P‖Q) or NaN, and writes the gradients if they are wanted. An infinite value has no gradients: NaN.
template <class R>
double row(const Task& task, const Pair& pair, double weight, void* to_p, void* to_q) {
    const double nan = __builtin_nan(""), infinity = __builtin_inf();
    const bool single = sizeof(R) == 4, gradient = to_p || to_q;
    const Centre centre = find_centre<R>(pair);
    if (centre.status == FAILED) return nan;
    if (centre.status == ENDLESS)
        return !gradient && (task.member == KL || task.member == JEFFREYS) ? infinity : nan;
    Need<R> need;
    double one, two;
    switch (task.member) {
        case KL:
            need.mean_p = static_cast<R>(centre.kl);
            if (gradient) write_row<R, RelativeEntropy>(pair, centre, need, weight, to_p, to_q);
            return centre.kl;
        case JEFFREYS: {
            if (centre.lonely) return gradient ? nan : infinity;
            sum_row<R, BothEntropies>(pair, centre, need, one, two);
            need.mean_p = static_cast<R>(centre.kl);
            need.mean_q = static_cast<R>(one - centre.kl);
            if (gradient) write_row<R, BothEntropies>(pair, centre, need, weight, to_p, to_q);
            return finite(one) && one >= 0.0 ? one : nan;
        }
        case JS: {
            sum_row<R, JensenShannon>(pair, centre, need, one, two);
            need.mean_p = static_cast<R>(two);
            need.mean_q = static_cast<R>(2.0 * one - two);
            if (gradient) write_row<R, JensenShannon>(pair, centre, need, weight, to_p, to_q);
            const double ln2 = 0.69314718055994530942;
            return finite(one) && one >= 0.0 ? (one < ln2 ? one : ln2) : nan;
        }
        case TV: {
            sum_row<R, TotalVariation>(pair, centre, need, one, two);
            // Σ q sign(p − q) = Σ p sign(p − q) − Σ |p − q|.
            need.mean_p = static_cast<R>(0.5 * two);
            need.mean_q = static_cast<R>(0.5 * (two - one));
            if (gradient) write_row<R, TotalVariation>(pair, centre, need, weight, to_p, to_q);
            return finite(one) ? (one < 2.0 ? 0.5 * one : 1.0) : nan;
        }
        default: break;
    }
    // The powers. In single precision e^x with a great x carries the rounding of x.
    need.beta = static_cast<R>(task.beta);  // the nearest order will do
    const double beta = static_cast<double>(need.beta), steepest = (beta < 0.0 ? -beta : beta) * centre.widest;
    if (!(steepest < (single ? 6.0 : 600.0))) return nan;
    sum_row<R, Power>(pair, centre, need, one, two);
    const double rise = one - beta * centre.kl, total = 1.0 + rise;
    if (!finite(rise) || !(total > (single ? 0.2 : 0.005))) return nan;
    double value, factor;  // of dD = factor · d(Σ p^α q^β)/Σ
    if (task.member == RENYI) {
        value = __builtin_log1p(rise) / -beta;
        factor = -1.0 / beta;
    } else if (task.member == CHI2) {
        value = rise;
        factor = total;
    } else {
        value = __builtin_sqrt(rise < 0.0 ? -rise : 0.0);
        factor = value > 0.0 ? -total / (2.0 * value) : 0.0;
    }
    if (!(value >= 0.0)) {
        if (!(centre.kl == 0.0)) return nan;
        value = 0.0;
    }
    if (gradient) {
        need.mean_p = static_cast<R>(rise);
        need.mean_q = static_cast<R>(1.0 / total);
        need.factor_p = static_cast<R>(factor * (1.0 - beta));
        need.factor_q = static_cast<R>(factor * beta);
        write_row<R, Power>(pair, centre, need, weight, to_p, to_q);
    }
    return value;
}

// Single precision where it is promised, else double.
inline double any_row(const Task& task, const Pair& pair, double weight, void* to_p, void* to_q) {
    if (pair.kind != FLOAT64 && pair.size >= 512) {
        const double value = row<float>(task, pair, weight, to_p, to_q);
        if (value == value) return value;
    }
    return row<double>(task, pair, weight, to_p, to_q);
}

// ---- Totals ---------------------------------------------------------------------------------------------------------

template <class R>
double total_row(Kind kind, const void* x, long size) {
    R buffer[BLOCK];
    const Scale<R> scale = Scale<R>::of(0);
    double total = 0.0;
    for (long start = 0; start < size; start += BLOCK) {
        const int n = size - start < BLOCK ? static_cast<int>(size - start) : BLOCK;
        const R* values = load<R>(kind, x, start, n, buffer);
        R sum = 0;
#pragma omp simd reduction(+ : sum)
        for (int i = 0; i < n; ++i) {
            const R v = values[i];
            // Below the limit (−inf included) there is nothing; NaN stays.
            sum += v < -Of<R>::limit ? R(0) : exponential(v < Of<R>::limit ? v : Of<R>::limit + (v - v), scale);
        }
        total += static_cast<double>(sum);
    }
    return total;
}

void do_rows(const Task& task, long begin, long end) {
    for (long i = begin; i < end; ++i) {
        const char* a = static_cast<const char*>(task.a) + i * task.a_stride;
        if (task.member == TOTAL) {
            task.value[i] = task.kind == FLOAT64 ? total_row<double>(task.kind, a, task.size)
                                                 : total_row<float>(task.kind, a, task.size);
            continue;
        }
        const char* b = static_cast<const char*>(task.b) + i * task.b_stride;
        const Pair pair = task.swapped ? Pair{task.kind, b, a, task.size} : Pair{task.kind, a, b, task.size};
        const long bytes = task.size * item_size(task.kind);
        void* to_a = task.to_a ? static_cast<char*>(task.to_a) + i * bytes : nullptr;
        void* to_b = task.to_b ? static_cast<char*>(task.to_b) + i * bytes : nullptr;
        const double factor = task.factor;
        const double weight = (task.weight ? task.weight[i] : 0.0) * factor;
        task.value[i] =
            factor * any_row(task, pair, weight, task.swapped ? to_b : to_a, task.swapped ? to_a : to_b);
    }
}

#undef KULLBACK_INLINE

}  // namespace softmax
}  // namespace KULLBACK_LEVEL
}  // namespace kullback
