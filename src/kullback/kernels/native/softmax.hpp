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
// Where P and Q are far apart, the plain e^b − e^a − e^a t is as good as φ in single precision, and faster.
//
// Rows that single precision cannot do to 1e-6 are done in double; what is left is FAILED, and the caller's.
//
// Source of the one-pass normaliser: Milakov and Gimelshein, "Online normalizer calculation for softmax" (2018).

namespace kullback {
namespace KULLBACK_LEVEL {
namespace softmax {

constexpr int BLOCK = 1024;

// Sums are kept in lanes, outcome i in lane i % LANES, which a vector of 64 bytes holds, or some shorter ones; after STRIP
// numbers they go to a second set. Beside a number that is dominant those below half its last bit are lost, so there may
// not be many in one lane.
constexpr int STRIP = 16;

template <class R>
constexpr int LANES = 64 / sizeof(R);

#define KULLBACK_INLINE inline __attribute__((always_inline))
#if defined(__FMA__) || defined(__ARM_FEATURE_FMA)  // GCC says so between the pragmas of a level
#define KULLBACK_FUSED 1
#else
#define KULLBACK_FUSED 0
#endif
#define KULLBACK_APART __attribute__((noinline))  // compiled once, not where it is called

template <class R>
struct Of;

template <>
struct Of<float> {
    using Bits = softmax_uint32;
    static constexpr float magic = 12582912.0f, log2e = 1.44269504f, ln2 = 0.69314718f, ln2_high = 0.693359375f, ln2_low = -2.12194440e-4f;
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
    static KULLBACK_INLINE float phi_tail_of_eighth(float t) {  // (e^t − 1 − t)/t², |t| ≤ 1/2
        return 0.50000001209f +
               t * (0.166666654525f +
                    t * (0.0416657922565f + t * (0.00833345174304f + t * (0.00139821945638f + t * 1.98760738521e-4f))));
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
KULLBACK_APART const R* load(Kind kind, const void* row, Index start, int n, R* buffer) {
    switch (kind) {
        case FLOAT64: {
            const double* x = static_cast<const double*>(row) + start;
            if constexpr (sizeof(R) == 8) return reinterpret_cast<const R*>(x);
#pragma omp simd
            for (int i = 0; i < n; ++i) buffer[i] = static_cast<R>(x[i]);
            return buffer;
        }
        case FLOAT32: {
            const float* x = static_cast<const float*>(row) + start;
            if constexpr (sizeof(R) == 4) return reinterpret_cast<const R*>(x);
#pragma omp simd
            for (int i = 0; i < n; ++i) buffer[i] = static_cast<R>(x[i]);
            return buffer;
        }
        case FLOAT16: {
            const softmax_uint16* x = static_cast<const softmax_uint16*>(row) + start;
#pragma omp simd
            for (int i = 0; i < n; ++i) buffer[i] = from_half<R>(x[i]);
            return buffer;
        }
        case BFLOAT16: {
            const softmax_uint16* x = static_cast<const softmax_uint16*>(row) + start;
#pragma omp simd
            for (int i = 0; i < n; ++i) buffer[i] = from_bfloat<R>(x[i]);
            return buffer;
        }
    }
    return buffer;
}

template <class R>
KULLBACK_APART void store(Kind kind, void* row, Index start, int n, const R* values) {
    switch (kind) {
        case FLOAT64: {
            double* x = static_cast<double*>(row) + start;
#pragma omp simd
            for (int i = 0; i < n; ++i) x[i] = static_cast<double>(values[i]);
            return;
        }
        case FLOAT32: {
            float* x = static_cast<float*>(row) + start;
#pragma omp simd
            for (int i = 0; i < n; ++i) x[i] = static_cast<float>(values[i]);
            return;
        }
        case FLOAT16: {
            softmax_uint16* x = static_cast<softmax_uint16*>(row) + start;
#pragma omp simd
            for (int i = 0; i < n; ++i) x[i] = to_half(static_cast<float>(values[i]));
            return;
        }
        case BFLOAT16: {
            softmax_uint16* x = static_cast<softmax_uint16*>(row) + start;
#pragma omp simd
            for (int i = 0; i < n; ++i) x[i] = to_bfloat(static_cast<float>(values[i]));
            return;
        }
    }
}

KULLBACK_INLINE Index item_size(Kind kind) { return kind == FLOAT64 ? 8 : kind == FLOAT32 ? 4 : 2; }

// ---- One outcome ----------------------------------------------------------------------------------------------------

// 2^−K as exponential() needs it.
template <class R>
struct Anchor {
    R shift, low, high;
    R turn;  // as brisk_exponential() needs it

    static Anchor of(int k) {
        const R exponent = static_cast<R>(Of<R>::bias - k);
        Anchor anchor;
        anchor.shift = Of<R>::magic + exponent;
        // Written so that the compiler does not see that these are constants: it would make branches of the clamps.
        anchor.low = anchor.shift - exponent;
        anchor.high = anchor.low + static_cast<R>(2 * Of<R>::bias + 1);
        anchor.turn = Of<R>::magic - static_cast<R>(k);
        return anchor;
    }
};

// e^x 2^−K for |x| ≤ limit; exactly 0 below the normal numbers, infinite above them, NaN for NaN and infinities.
template <class R>
KULLBACK_INLINE R exponential(R x, const Anchor<R>& anchor) {
    // The last bits of `shifted` are the exponent, biased as it is stored; clamped, those of 0 and of infinity.
    R shifted = x * Of<R>::log2e + anchor.shift;
    const R k = shifted - anchor.shift;
    const R r = (x - k * Of<R>::ln2_high) - k * Of<R>::ln2_low;
    shifted = shifted > anchor.low ? shifted : anchor.low;
    shifted = shifted < anchor.high ? shifted : anchor.high;
    typename Of<R>::Bits bits;
    __builtin_memcpy(&bits, &shifted, sizeof(R));
    bits <<= Of<R>::mantissa;
    R power;
    __builtin_memcpy(&power, &bits, sizeof(R));
    return power + power * (r + r * r * Of<R>::exp_tail(r));
}

// The same in single precision for x within the frame's reach, where it is a normal number. The product with ln 2 in one
// number: what that rounds is 3e-9 of x, the same for P and Q.
KULLBACK_INLINE float brisk_exponential(float x, const Anchor<float>& anchor) {
    const float shifted = x * Of<float>::log2e + anchor.turn;
    const float k = shifted - anchor.turn;
#if KULLBACK_FUSED
    const float r = x - k * Of<float>::ln2;
#else
    const float r = (x - k * Of<float>::ln2_high) - k * Of<float>::ln2_low;
#endif
    const float mantissa = 1.0f + r * (1.0f + r * Of<float>::exp_tail(r));
    softmax_uint32 bits, exponent;
    __builtin_memcpy(&bits, &mantissa, 4);
    __builtin_memcpy(&exponent, &shifted, 4);
    bits += exponent << 23;
    float power;
    __builtin_memcpy(&power, &bits, 4);
    return power;
}

// The constant c, and the scales of both sides: p = e^a 2^−K and q = e^b 2^−J · q_factor, both up to one factor.
template <class R>
struct Frame {
    R c_high, c_low;
    Anchor<R> a, b;
    R q_factor;
    R reach;  // of brisk_exponential()

    static Frame of(double c_high, double c_low, int k) {
        Frame f;
        f.c_high = static_cast<R>(c_high);
        f.c_low = static_cast<R>((c_high - static_cast<double>(f.c_high)) + c_low);
        const double turns = __builtin_floor(c_high * 1.4426950408889634074 + 0.5);
        f.a = Anchor<R>::of(k);
        f.b = Anchor<R>::of(k + static_cast<int>(turns));
        // J = K + turns, so that the factor e^−c 2^turns is within [0.7, 1.42].
        const double rest = ((c_high - turns * 6.93147180369123816490e-01) - turns * 1.90821492927058770002e-10) + c_low;
        f.q_factor = static_cast<R>(__builtin_exp(-rest));
        const double span = turns < 0.0 ? -turns : turns, height = k < 0 ? -k : k;
        f.reach = static_cast<R>(0.69 * (Of<R>::bias - 2.0 - height - span));
        return f;
    }
};

// NEAR is for |t| < 1 throughout, FAR for any finite numbers, CHECKED for what may be infinite or out of range.
//
// In single precision NEAR is also for numbers within reach only, and so are these: MIDDLE for |t| < 4 and a c that b − a
// rounds little beside; GRID without regard to what cancels where t is small and what b − a rounds, for c that are
// multiples of ln 2; PLAIN the same for any c.
enum Mode { NEAR, MIDDLE, FAR, PLAIN, GRID, CHECKED };

constexpr bool brisk(int mode) { return mode == NEAR || mode == MIDDLE || mode == PLAIN || mode == GRID; }

template <int MODE>
KULLBACK_INLINE float mass_of(float x, const Anchor<float>& anchor) {
    return brisk(MODE) ? brisk_exponential(x, anchor) : exponential(x, anchor);
}

template <int MODE>
KULLBACK_INLINE double mass_of(double x, const Anchor<double>& anchor) {
    return exponential(x, anchor);
}

template <class R>
struct Outcome {
    R p, q, t, tail, difference;  // tail is φ(t) where near; difference is q − p
    bool near;
};

template <class R, int MODE>
KULLBACK_INLINE Outcome<R> outcome(R a, R b, const Frame<R>& f) {
    Outcome<R> o;
    const R s = b - a;
    if (MODE == PLAIN || MODE == GRID) {
        o.t = s - f.c_high;
        o.p = mass_of<MODE>(a, f.a);
        o.q = mass_of<MODE>(b, f.b);
        if (MODE == PLAIN) o.q *= f.q_factor;  // 1 on the grid
        o.near = false;
        o.tail = R(0);
        o.difference = o.q - o.p;
        return o;
    }
    if constexpr (MODE == MIDDLE) {
        // φ(2x) = 2 φ(x) + (x + φ(x))², in which nothing cancels, three times.
        o.t = s - f.c_high;
        o.p = mass_of<MODE>(a, f.a);
        const R x = R(0.125) * o.t;
        R tail = x * x * Of<R>::phi_tail_of_eighth(x);
        R rise = x + tail;
        tail = (tail + tail) + rise * rise;
        rise = R(0.25) * o.t + tail;
        tail = (tail + tail) + rise * rise;
        rise = R(0.5) * o.t + tail;
        o.tail = (tail + tail) + rise * rise;
        o.q = o.difference = R(0);
        o.near = true;
        return o;
    }
    const R v = s + a;
    const R slip = (b - v) - (a - (v - s));
    o.t = (s - f.c_high) + (slip - f.c_low);
    if (MODE == CHECKED) {
        const R limit = Of<R>::limit;
        const bool a_in = a > -limit && a < limit, b_in = b > -limit && b < limit;
        o.p = a_in ? exponential(a_in ? a : R(0), f.a) : R(0);
        o.q = b_in ? exponential(b_in ? b : R(0), f.b) * f.q_factor : R(0);
        const bool possible = o.p > R(0);
        // The error of a difference of huge numbers may be inf − inf.
        o.t = slip == slip ? o.t : s - f.c_high;
        o.t = possible ? o.t : R(0);
        o.near = (o.t < R(0) ? -o.t : o.t) < R(1) && possible;
    } else {
        o.p = mass_of<MODE>(a, f.a);
        o.q = MODE == NEAR ? R(0) : exponential(b, f.b) * f.q_factor;
        o.near = MODE == NEAR ? true : (o.t < R(0) ? -o.t : o.t) < R(1);
    }
    o.tail = o.t * o.t * Of<R>::phi_tail(o.t);
    const R close = o.p * (o.t + o.tail);
    if (MODE == NEAR) o.q = o.p + close;
    o.difference = o.near ? close : o.q - o.p;
    return o;
}

struct Pair {
    Kind kind;
    const void *a, *b;
    Index size;
};

// ---- The first pass: the mean and the spread of t -------------------------------------------------------------------

struct Sums {
    double mass = 0.0, first = 0.0, second = 0.0;  // Σ p, Σ p t, Σ p φ(t), with p up to the factor 2^−K
    double widest = 0.0, farthest = 0.0;           // max |t|; max |a|, |b|, in single precision, else infinity
    // How many outcomes are NaN, +inf or in doubt; have p > 0 = q; have p = 0 < q; are not plain; have q = 0. Counted where CHECKED.
    double refused = 0.0, endless = 0.0, lonely = 0.0, odd = 0.0, barred = 0.0;
};

template <class R>
struct Lanes {
    R mass[LANES<R>], first[LANES<R>], second[LANES<R>], widest[LANES<R>];
    typename Of<R>::Bits farthest[LANES<R>];  // the bits of |x|, doubled
    R refused[LANES<R>], endless[LANES<R>], lonely[LANES<R>], odd[LANES<R>], barred[LANES<R>];
};

KULLBACK_INLINE softmax_uint32 farther(float a, float b, softmax_uint32 farthest) {
    softmax_uint32 x, y;
    __builtin_memcpy(&x, &a, 4);
    __builtin_memcpy(&y, &b, 4);
    x += x;
    y += y;
    farthest = x > farthest ? x : farthest;
    return y > farthest ? y : farthest;
}

KULLBACK_INLINE softmax_uint64 farther(double, double, softmax_uint64 farthest) { return farthest; }

KULLBACK_INLINE double magnitude(softmax_uint32 doubled) {
    const softmax_uint32 bits = doubled >> 1;
    float x;
    __builtin_memcpy(&x, &bits, 4);
    return x == x ? static_cast<double>(x) : __builtin_inf();
}

KULLBACK_INLINE double magnitude(softmax_uint64) { return __builtin_inf(); }

template <class R, int MODE>
KULLBACK_INLINE void sum_outcome(R a, R b, const Frame<R>& f, Lanes<R>& lanes, int j) {
    const Outcome<R> o = outcome<R, MODE>(a, b, f);
    R t = o.t;
    if (MODE == CHECKED) {
        const R limit = Of<R>::limit, infinity = __builtin_inf();
        const bool none = b == -infinity;
        const bool bad = !(a < limit) || !(b < limit);
        // A mass that underflows may still count where the other side is out of all proportion.
        const bool underflown = !(o.p > R(0)) && a > -infinity;
        const R gap = b - a;
        const bool doubtful = underflown && (none || !((gap < R(0) ? -gap : gap) < R(1e4)));
        lanes.refused[j] += bad || doubtful ? R(1) : R(0);
        lanes.endless[j] += none && o.p > R(0) ? R(1) : R(0);
        lanes.lonely[j] += a == -infinity && !none ? R(1) : R(0);
        lanes.odd[j] += a > -limit && b > -limit ? R(0) : R(1);
        lanes.barred[j] += none ? R(1) : R(0);
        t = none ? R(0) : t;
    }
    if (MODE != GRID) {
        const R size = t < R(0) ? -t : t;
        lanes.widest[j] = size > lanes.widest[j] ? size : lanes.widest[j];
    }
    lanes.farthest[j] = farther(a, b, lanes.farthest[j]);
    lanes.mass[j] += o.p;
    lanes.first[j] += o.p * t;
    lanes.second[j] += MODE == NEAR || MODE == MIDDLE ? o.p * o.tail : o.near ? o.p * o.tail : (o.q - o.p) - o.p * t;
}

template <class R, int MODE>
KULLBACK_APART Sums sum_block(const R* a, const R* b, int n, const Frame<R>& frame) {
    constexpr int L = LANES<R>;
    const Frame<R> f = frame;
    R mass[L], first[L], second[L], a_rest[L], b_rest[L];
    Lanes<R> lanes, before;
#pragma omp simd
    for (int j = 0; j < L; ++j) {
        mass[j] = first[j] = second[j] = lanes.widest[j] = R(0);
        lanes.farthest[j] = 0;
        if (MODE == CHECKED) lanes.refused[j] = lanes.endless[j] = lanes.lonely[j] = lanes.odd[j] = lanes.barred[j] = R(0);
    }
    int valid = L;
    while (n > 0) {
        int steps = n / L < STRIP ? n / L : STRIP;
        if (steps == 0) {
            // The rest beside copies of its first outcome, which do not count.
            for (int j = 0; j < L; ++j) {
                a_rest[j] = a[j < n ? j : 0];
                b_rest[j] = b[j < n ? j : 0];
            }
            a = a_rest;
            b = b_rest;
            valid = n;
            steps = 1;
            before = lanes;
        }
        n -= steps * L;
#pragma omp simd
        for (int j = 0; j < L; ++j) lanes.mass[j] = lanes.first[j] = lanes.second[j] = R(0);
        for (; steps > 0; --steps, a += L, b += L)
#pragma omp simd
            for (int j = 0; j < L; ++j) sum_outcome<R, MODE>(a[j], b[j], f, lanes, j);
        if (valid < L)
            for (int j = valid; j < L; ++j) {
                lanes.mass[j] = lanes.first[j] = lanes.second[j] = R(0);
                lanes.widest[j] = before.widest[j];
                lanes.farthest[j] = before.farthest[j];
                if (MODE == CHECKED) {
                    lanes.refused[j] = before.refused[j];
                    lanes.endless[j] = before.endless[j];
                    lanes.lonely[j] = before.lonely[j];
                    lanes.odd[j] = before.odd[j];
                    lanes.barred[j] = before.barred[j];
                }
            }
#pragma omp simd
        for (int j = 0; j < L; ++j) {
            mass[j] += lanes.mass[j];
            first[j] += lanes.first[j];
            second[j] += lanes.second[j];
        }
    }
    Sums sums;
    typename Of<R>::Bits farthest = 0;
    for (int j = 0; j < L; ++j) {
        sums.mass += static_cast<double>(mass[j]);
        sums.first += static_cast<double>(first[j]);
        sums.second += static_cast<double>(second[j]);
        const double widest = static_cast<double>(lanes.widest[j]);
        sums.widest = widest > sums.widest ? widest : sums.widest;
        farthest = lanes.farthest[j] > farthest ? lanes.farthest[j] : farthest;
        if (MODE == CHECKED) {
            sums.refused += static_cast<double>(lanes.refused[j]);
            sums.endless += static_cast<double>(lanes.endless[j]);
            sums.lonely += static_cast<double>(lanes.lonely[j]);
            sums.odd += static_cast<double>(lanes.odd[j]);
            sums.barred += static_cast<double>(lanes.barred[j]);
        }
    }
    sums.farthest = magnitude(farthest);
    if (MODE == GRID) sums.widest = 2.0 * sums.farthest + (f.c_high < R(0) ? -f.c_high : f.c_high);
    return sums;
}

// The block of a pair; the buffers are for numbers that are stored otherwise, and read once.
template <class R>
struct Block {
    R a_buffer[BLOCK], b_buffer[BLOCK];
    const Pair* pair;
    const R *a, *b;
    Index start;
    int n;

    void go(Index at) {
        start = at;
        n = pair->size - start < BLOCK ? static_cast<int>(pair->size - start) : BLOCK;
        a = b = nullptr;
    }

    void read() {
        if (a) return;
        a = load<R>(pair->kind, pair->a, start, n, a_buffer);
        b = load<R>(pair->kind, pair->b, start, n, b_buffer);
    }

    Sums sum(Mode mode, const Frame<R>& f) {
        read();
        if (mode == NEAR) return sum_block<R, NEAR>(a, b, n, f);
        if (mode == FAR) return sum_block<R, FAR>(a, b, n, f);
        if constexpr (sizeof(R) == 4) {
            if (mode == GRID) return sum_block<R, GRID>(a, b, n, f);
            if (mode == MIDDLE) return sum_block<R, MIDDLE>(a, b, n, f);
        }
        return sum_block<R, CHECKED>(a, b, n, f);
    }
};

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

enum Status { DONE, ENDLESS, FAILED };

inline bool finite(double x) { return x - x == 0.0; }

inline int power_of_two(double x) { return static_cast<int>(__builtin_floor(x * 1.4426950408889634 + 0.5)); }

// K for logits of which x is the greatest so far; in single precision 0 where that does, so that many are within reach.
template <class R>
int scale_of(R x) {
    const int k = power_of_two(static_cast<double>(x));
    if (sizeof(R) == 8) return k;
    return k > 30 ? k - 30 : k < 0 ? k : 0;
}

inline double size(double x) { return x < 0.0 ? -x : x; }

// The constant c, to 100 bits.
struct Constant {
    double c_high = 0.0, c_low = 0.0;

    void move_by(double m) {
        const double s = c_high + m, v = s - c_high;
        c_low += (c_high - (s - v)) + (m - v);
        c_high = s;
    }
};

// What the first pass finds: KL, and the frame in which q and p have one total.
struct Centre : Constant {
    Status status = FAILED;
    double kl = 0.0;
    double mass = 0.0;
    int k = 0;
    bool plain = false, checked = false, lonely = false;
    double widest = 0.0, farthest = 0.0;  // no |t| is greater, in the frame found; no |a|, |b| is
};

// The sums and the constant c that they are for.
struct Run : Sums, Constant {
    // Σ p φ(t − m) = e^−m Σ p φ(t) + (e^−m − 1) Σ p t + φ(−m) Σ p.
    void shift(double m) {
        second = __builtin_exp(-m) * second + __builtin_expm1(-m) * first + phi(-m) * mass;
        first -= m * mass;
        widest += size(m);  // none is farther from the new centre
    }

    void shift_by(double m) {
        shift(m);
        move_by(m);
    }

    void shift_to(double c) {
        shift((c - c_high) - c_low);
        c_high = c;
        c_low = 0.0;
    }

    void add(const Sums& block) {
        mass += block.mass;
        first += block.first;
        second += block.second;
        widest = block.widest > widest ? block.widest : widest;
        farthest = block.farthest > farthest ? block.farthest : farthest;
        endless += block.endless;
        lonely += block.lonely;
        barred += block.barred;
    }
};

// GRID is for Σ p φ(t) ≥ 0.3 Σ p: there it is good to 1e-6 at worst, 1e-7 as a rule. And for a c that b − a rounds little
// beside.
constexpr double GRID_SPREAD = 0.3, LN2 = 0.69314718055994530942;

inline double on_grid(double c) { return __builtin_floor(c / LN2 + 0.5) * LN2; }
inline bool within_grid(double c) { return c < 2.4 * LN2 && c > -2.4 * LN2; }

inline double single(double x) { return static_cast<double>(static_cast<float>(x)); }

// Whether c is not much greater than most t, so that neither b − a nor c loses anything that counts when rounded.
inline bool beside(const Run& run) { return run.c_high * run.c_high * run.mass <= 8.0 * run.second; }

template <class R>
Centre find_centre(const Pair& pair, bool grid_allowed) {
    Block<R> values;
    values.pair = &pair;
    Centre centre;
    int k = 0;
    Run run;
    Mode mode = FAR;
    double rough = 0.0;  // mass that was summed as GRID
    int misses = 0;      // how often a quicker mode did not do
    for (Index start = 0; start < pair.size; start += BLOCK) {
        values.go(start);
        if (start == 0) {
            values.read();
            const R *a = values.a, *b = values.b;
            const int n = values.n;
            const R top = greatest(a, n);
            int i = 0;
            while (i < n - 1 && a[i] != top) ++i;
            const double x = static_cast<double>(a[i]), y = static_cast<double>(b[i]), s = y - x;
            // Where p is 0 so far, q sets the scale.
            k = scale_of<R>(top > -Of<R>::limit ? top : greatest(b, n));
            if (s < 2.0 * Of<R>::limit && s > -2.0 * Of<R>::limit) {
                run.c_high = s;
                run.c_low = (y - (s + x)) - (x - ((s + x) - s));
            }
        }
        Sums block;
        for (int attempt = 0;; ++attempt) {
            if (attempt == 8) return centre;
            const Frame<R> frame = Frame<R>::of(run.c_high, run.c_low, k);
            block = values.sum(mode, frame);
            const bool beyond = sizeof(R) == 4 && brisk(mode) && !(block.farthest < static_cast<double>(frame.reach));
            if (beyond || (mode == NEAR && !(block.widest < 1.0)) || (mode == MIDDLE && !(block.widest < 4.0))) {
                ++misses;
                mode = FAR;
                continue;
            }
            if (!(block.mass < 1e15)) {  // far above what there was before, or not finite
                values.read();
                const int higher = scale_of<R>(greatest(values.a, values.n));
                if (higher > k) {
                    const double scale = __builtin_ldexp(1.0, k - higher);
                    run.mass *= scale;
                    run.first *= scale;
                    run.second *= scale;
                    rough *= scale;
                    k = higher;
                    continue;
                }
            }
            if (!finite(block.first) || !finite(block.second) || !finite(block.mass)) {
                if (mode == CHECKED) return centre;
                mode = CHECKED;
                continue;
            }
            const double mass = run.mass + block.mass;
            if (!(mass > 0.0) || run.endless + block.endless > 0.0 || attempt >= 5) break;
            const double m = (run.first + block.first) / mass, spread = (run.second + block.second) / mass;
            if (!(phi(m) > (mode == GRID ? 0.3 : 0.1) * spread)) break;
            const double aim = on_grid(run.c_high + m);
            if (mode == GRID && within_grid(run.c_high + m) && aim != run.c_high) {
                run.shift_to(aim);
            } else {
                if (mode == MIDDLE) run.shift_to(single(run.c_high + m));
                else run.shift_by(m);
                if (mode == GRID) mode = FAR;
            }
        }
        if (block.refused > 0.0) return centre;
        if (mode == GRID) rough += block.mass;
        centre.checked = centre.checked || mode == CHECKED;
        run.add(block);
        if (mode == CHECKED) {
            if (block.odd == 0.0) mode = FAR;
        } else if (mode == GRID) {
            if (run.second < (GRID_SPREAD + 0.02) * run.mass) mode = FAR;
        } else if (sizeof(R) == 8) {
            mode = block.widest < 1.0 ? NEAR : FAR;
        } else {
            mode = FAR;
            const double c = run.c_high + run.first / run.mass;
            if (misses < 4) {
                if (grid_allowed && within_grid(c) && run.second > (GRID_SPREAD + 0.04) * run.mass) {
                    run.shift_to(on_grid(c));
                    mode = GRID;
                } else if (block.widest < 0.9) {
                    mode = NEAR;
                } else if (block.widest < 3.6 && beside(run)) {
                    run.shift_to(single(run.c_high));
                    mode = MIDDLE;
                }
            }
        }
    }
    if (!(run.mass > 0.0) || !finite(run.mass)) return centre;
    if (run.barred == static_cast<double>(pair.size)) return centre;
    if (run.endless > 0.0) {
        centre.status = ENDLESS;
        return centre;
    }
    const double m = run.first / run.mass, spread = run.second / run.mass;
    const double excess = spread - phi(m);
    if (rough > 0.0 && !(excess * run.mass >= GRID_SPREAD * rough)) return find_centre<R>(pair, false);
    const double kl = __builtin_log1p(excess > 0.0 ? excess * __builtin_exp(-m) : 0.0);
    // Where t is tiny its square underflows; where it is huge, so may a mass that matters. Neither is promised.
    const bool single = sizeof(R) == 4;
    const bool same = run.widest == 0.0 && run.lonely == 0.0;
    if (!same) {
        if (!(excess >= 0.25 * spread) || !finite(kl) || !(kl > (single ? 1e-20 : 1e-250))) return centre;
        if (single ? !(run.widest < 1e4) : !(run.widest < 1e200)) return centre;
        // ln E[e^t] = KL + m: with it, q is normalised too.
        run.shift_by(kl + m);
    }
    centre.status = DONE;
    centre.kl = same ? 0.0 : kl;
    centre.c_high = run.c_high;
    centre.c_low = run.c_low;
    centre.k = k;
    centre.mass = run.mass;
    centre.plain = rough > 0.5 * run.mass;
    centre.lonely = run.lonely > 0.0;
    centre.widest = run.widest;
    centre.farthest = run.farthest;
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
    const R ln2 = R(LN2);
    Cosh<R> c;
    c.bend = o.near ? z * Of<R>::bend_tail(z) : (ln2 - log) - size * (u / (R(1) + u));
    c.half = o.near ? z * Of<R>::cosh_tail(z) : R(0.5) * size + (log - ln2);
    return c;
}

// What a member of the family needs of a row: the order and what earlier passes found, and how it is written.
template <class R>
struct Need {
    R beta = 0;
    Anchor<R> unit = Anchor<R>::of(0);
    R mean_p = 0, mean_q = 0;    // subtracted in the gradient
    R factor_p = 0, factor_q = 0;  // times the upstream gradient
};

// Each has sum(), two sums over the outcomes; write(), the two gradients of one outcome; ROUGHEST, in which mode that may
// be done; and ALONE, whether one gradient is worth a loop of its own.
struct RelativeEntropy {
    // Where P and Q are far apart, the gradients need no small relative error against |q − p|, only against p + q.
    static constexpr Mode ROUGHEST = PLAIN;
    static constexpr bool ALONE = true;
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
    static constexpr Mode ROUGHEST = FAR;
    static constexpr bool ALONE = false;
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
    static constexpr Mode ROUGHEST = FAR;
    static constexpr bool ALONE = false;
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
    static constexpr Mode ROUGHEST = FAR;
    static constexpr bool ALONE = false;
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
    static constexpr Mode ROUGHEST = FAR;
    static constexpr bool ALONE = false;
    template <class R>
    static KULLBACK_INLINE R rise(const Outcome<R>& o, const Need<R>& need) {  // e^x − 1 − x, x = β t
        const R x = need.beta * o.t;
        const R size = x < R(0) ? -x : x;
        return size < R(1) ? x * x * Of<R>::phi_tail(x) : (exponential(x, need.unit) - R(1)) - x;
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

// Over a row: what F::sum() says, and Σ (q − p), which is 0 but for the error of c.
struct Totals {
    double one = 0.0, two = 0.0, surplus = 0.0;
};

template <class R, class F, int MODE>
void sum_members(const R* a, const R* b, int n, const Frame<R>& f, const Need<R>& need, Totals& totals) {
    constexpr int strip = STRIP * LANES<R> / 2;  // in vectors of 16 bytes at least
    for (int start = 0; start < n; start += strip) {
        const int end = start + strip < n ? start + strip : n;
        R one = 0, two = 0, surplus = 0;
#pragma omp simd reduction(+ : one, two, surplus)
        for (int i = start; i < end; ++i) {
            const Outcome<R> o = outcome<R, MODE>(a[i], b[i], f);
            R x, y;
            F::sum(o, need, x, y);
            one += x;
            two += y;
            surplus += o.difference;
        }
        totals.one += static_cast<double>(one);
        totals.two += static_cast<double>(two);
        totals.surplus += static_cast<double>(surplus);
    }
}

// to_p may be null where F::ALONE says so.
template <class R, class F, int MODE>
void write_members(const R* a, const R* b, int n, const Frame<R>& f, const Need<R>& need, R weight,
                   R* __restrict__ to_p, R* __restrict__ to_q) {
    R x, y;
    if (F::ALONE && !to_p) {
#pragma omp simd private(x, y)
        for (int i = 0; i < n; ++i) {
            F::write(outcome<R, MODE>(a[i], b[i], f), need, x, y);
            to_q[i] = weight * y;
        }
        return;
    }
#pragma omp simd private(x, y)
    for (int i = 0; i < n; ++i) {
        F::write(outcome<R, MODE>(a[i], b[i], f), need, x, y);
        to_p[i] = weight * x;
        to_q[i] = weight * y;
    }
}

template <class R, class F>
Totals sum_row(const Pair& pair, const Centre& centre, const Need<R>& need) {
    R a_buffer[BLOCK], b_buffer[BLOCK];
    const Frame<R> f = Frame<R>::of(centre.c_high, centre.c_low, centre.k);
    Totals totals;
    for (Index start = 0; start < pair.size; start += BLOCK) {
        const int n = pair.size - start < BLOCK ? static_cast<int>(pair.size - start) : BLOCK;
        const R* a = load<R>(pair.kind, pair.a, start, n, a_buffer);
        const R* b = load<R>(pair.kind, pair.b, start, n, b_buffer);
        if (centre.checked) sum_members<R, F, CHECKED>(a, b, n, f, need, totals);
        else sum_members<R, F, FAR>(a, b, n, f, need, totals);
    }
    totals.one /= centre.mass;
    totals.two /= centre.mass;
    totals.surplus /= centre.mass;
    return totals;
}

template <class R, class F>
void write_row(const Pair& pair, const Centre& centre, const Need<R>& need, double weight, void* to_p, void* to_q) {
    R a_buffer[BLOCK], b_buffer[BLOCK], p_buffer[BLOCK], q_buffer[BLOCK];
    const Frame<R> f = Frame<R>::of(centre.c_high, centre.c_low, centre.k);
    const R w = static_cast<R>(weight / centre.mass);
    const bool rough = F::ROUGHEST != FAR && centre.plain && centre.farthest < static_cast<double>(f.reach);
    // Straight into the result where it has the type.
    const bool same = pair.kind == (sizeof(R) == 8 ? FLOAT64 : FLOAT32);
    for (Index start = 0; start < pair.size; start += BLOCK) {
        const int n = pair.size - start < BLOCK ? static_cast<int>(pair.size - start) : BLOCK;
        const R* a = load<R>(pair.kind, pair.a, start, n, a_buffer);
        const R* b = load<R>(pair.kind, pair.b, start, n, b_buffer);
        R* into_p = to_p && same ? static_cast<R*>(to_p) + start : p_buffer;
        R* into_q = to_q && same ? static_cast<R*>(to_q) + start : q_buffer;
        if (F::ALONE && !to_p) into_p = nullptr;
        if (centre.checked) write_members<R, F, CHECKED>(a, b, n, f, need, w, into_p, into_q);
        else if (rough) write_members<R, F, sizeof(R) == 4 ? F::ROUGHEST : FAR>(a, b, n, f, need, w, into_p, into_q);
        else write_members<R, F, FAR>(a, b, n, f, need, w, into_p, into_q);
        if (to_p && !same) store<R>(pair.kind, to_p, start, n, p_buffer);
        if (to_q && !same) store<R>(pair.kind, to_q, start, n, q_buffer);
    }
}

// ---- One row --------------------------------------------------------------------------------------------------------

// Returns D(P‖Q) or NaN, and writes the gradients if they are wanted. An infinite value has no gradients: NaN.
template <class R>
double row(const Task& task, const Pair& pair, double weight, void* to_p, void* to_q) {
    const double nan = __builtin_nan(""), infinity = __builtin_inf();
    const bool gradient = to_p || to_q;
    Centre centre = find_centre<R>(pair, task.member == KL);
    if (centre.status == FAILED) return nan;
    if (centre.status == ENDLESS)
        return !gradient && (task.member == KL || task.member == JEFFREYS) ? infinity : nan;
    Need<R> need;
    switch (task.member) {
        case KL:
            need.mean_p = static_cast<R>(centre.kl);
            if (gradient) write_row<R, RelativeEntropy>(pair, centre, need, weight, to_p, to_q);
            return centre.kl;
        case JEFFREYS: {
            if (centre.lonely) return gradient ? nan : infinity;
            const Totals totals = sum_row<R, BothEntropies>(pair, centre, need);
            const double one = totals.one;
            need.mean_p = static_cast<R>(centre.kl);
            need.mean_q = static_cast<R>(one - centre.kl);
            if (gradient) write_row<R, BothEntropies>(pair, centre, need, weight, to_p, to_q);
            return finite(one) && one >= 0.0 ? one : nan;
        }
        case JS: {
            const Totals totals = sum_row<R, JensenShannon>(pair, centre, need);
            const double one = totals.one;
            need.mean_p = static_cast<R>(totals.two);
            need.mean_q = static_cast<R>(2.0 * one - totals.two);
            if (gradient) write_row<R, JensenShannon>(pair, centre, need, weight, to_p, to_q);
            return finite(one) && one >= 0.0 ? (one < LN2 ? one : LN2) : nan;
        }
        case TV: {
            if constexpr (sizeof(R) == 4) return nan;  // beside a dominant outcome the errors of c cost up to 1.4e-6
            else {
                // Of all members only this one has kinks, at which an error of c is not of second order. But it shows:
                // Σ (q − p) is not 0.
                const double tolerable = 1e-15;
                Totals totals = sum_row<R, TotalVariation>(pair, centre, need);
                for (int attempt = 0; finite(totals.one) && !(size(totals.surplus) <= tolerable * totals.one); ++attempt) {
                    if (attempt == 3) return nan;
                    centre.move_by(__builtin_log1p(totals.surplus));
                    totals = sum_row<R, TotalVariation>(pair, centre, need);
                }
                // Σ q sign(q − p) = Σ |q − p| − Σ p sign(p − q).
                const double one = totals.one - totals.surplus * (totals.one - totals.two);
                need.mean_p = static_cast<R>(0.5 * totals.two);
                need.mean_q = static_cast<R>(0.5 * (totals.two - totals.one));
                if (gradient) write_row<R, TotalVariation>(pair, centre, need, weight, to_p, to_q);
                return finite(one) && one >= 0.0 ? (one < 2.0 ? 0.5 * one : 1.0) : nan;
            }
        }
        default: break;
    }
    return nan;
}

// The same for the members that are functions of Σ p^α q^β, whose parts cancel too much for single precision.
inline double power_row(const Task& task, const Pair& pair, double weight, void* to_p, void* to_q) {
    const double nan = __builtin_nan("");
    const Centre centre = find_centre<double>(pair, false);
    if (centre.status != DONE) return nan;
    Need<double> need;
    need.beta = task.beta;
    const double beta = task.beta;
    if (!((beta < 0.0 ? -beta : beta) * centre.widest < 600.0)) return nan;
    const Totals totals = sum_row<double, Power>(pair, centre, need);
    const double one = totals.one;
    const double rise = one - beta * centre.kl, total = 1.0 + rise;
    if (!finite(rise) || !(total > 0.1)) return nan;  // what is left of 1 has lost a digit
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
    if (to_p || to_q) {
        need.mean_p = rise;
        need.mean_q = 1.0 / total;
        need.factor_p = factor * (1.0 - beta);
        need.factor_q = factor * beta;
        write_row<double, Power>(pair, centre, need, weight, to_p, to_q);
    }
    return value;
}

// Single precision where it is promised, else double.
inline double any_row(const Task& task, const Pair& pair, double weight, void* to_p, void* to_q) {
    if (task.member == HELLINGER || task.member == CHI2 || task.member == RENYI)
        return power_row(task, pair, weight, to_p, to_q);
    // In a short row no errors average out.
    if (pair.kind != FLOAT64 && pair.size >= 512 && task.member != TV) {
        const double value = row<float>(task, pair, weight, to_p, to_q);
        if (value == value) return value;
    }
    return row<double>(task, pair, weight, to_p, to_q);
}

// ---- Totals ---------------------------------------------------------------------------------------------------------

template <class R>
double total_row(Kind kind, const void* x, Index size) {
    R buffer[BLOCK];
    const Anchor<R> anchor = Anchor<R>::of(size < 0 ? 1 : 0);
    double total = 0.0;
    for (Index start = 0; start < size; start += BLOCK) {
        const int n = size - start < BLOCK ? static_cast<int>(size - start) : BLOCK;
        const R* values = load<R>(kind, x, start, n, buffer);
        R sum = 0;
#pragma omp simd reduction(+ : sum)
        for (int i = 0; i < n; ++i) {
            const R v = values[i];
            // Below the limit (−inf included) there is nothing; NaN stays.
            const R e = exponential(v, anchor);
            sum += v < -Of<R>::limit ? R(0) : e;
        }
        total += static_cast<double>(sum);
    }
    return total;
}

void do_rows(const Task& task, Index begin, Index end) {
    for (Index i = begin; i < end; ++i) {
        const char* a = static_cast<const char*>(task.a) + i * task.a_stride;
        if (task.member == TOTAL) {
            task.value[i] = task.kind == FLOAT64 ? total_row<double>(task.kind, a, task.size)
                                                 : total_row<float>(task.kind, a, task.size);
            continue;
        }
        const char* b = static_cast<const char*>(task.b) + i * task.b_stride;
        const Pair pair = task.swapped ? Pair{task.kind, b, a, task.size} : Pair{task.kind, a, b, task.size};
        const Index bytes = task.size * item_size(task.kind);
        void* to_a = task.to_a ? static_cast<char*>(task.to_a) + i * bytes : nullptr;
        void* to_b = task.to_b ? static_cast<char*>(task.to_b) + i * bytes : nullptr;
        const double factor = task.factor;
        const double weight = (task.weight ? task.weight[i] : 0.0) * factor;
        task.value[i] =
            factor * any_row(task, pair, weight, task.swapped ? to_b : to_a, task.swapped ? to_a : to_b);
    }
}

#undef KULLBACK_INLINE
#undef KULLBACK_APART
#undef KULLBACK_FUSED

}  // namespace softmax
}  // namespace KULLBACK_LEVEL
}  // namespace kullback
