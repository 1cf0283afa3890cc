// What the search for neighbours does to sixteen points or boxes at once, in float32: it only says which of them cannot
// be near enough. No include guard: included once per level by for_each_level.hpp, in the namespace KULLBACK_LEVEL.

#define KULLBACK_JOINED(a, b) a##b
#define KULLBACK_JOIN(a, b) KULLBACK_JOINED(a, b)
#define KULLBACK_WIDTH_baseline 4
#define KULLBACK_WIDTH_v3 8
#define KULLBACK_WIDTH_v4 16
#define KULLBACK_WIDTH KULLBACK_JOIN(KULLBACK_WIDTH_, KULLBACK_LEVEL)

namespace kullback {
namespace KULLBACK_LEVEL {
namespace neighbours {

#if defined(_MSC_VER)
#define KULLBACK_INLINE static __forceinline
#else
#define KULLBACK_INLINE static inline __attribute__((always_inline))
#endif

// Sixteen numbers. `plus_square` is a + b², whose rounding may differ from level to level.
#if KULLBACK_X86_LEVELS && KULLBACK_WIDTH == 16
struct Lanes {
    __m512 x;
};
KULLBACK_INLINE Lanes all(float a) { return {_mm512_set1_ps(a)}; }
KULLBACK_INLINE Lanes load(const float* p) { return {_mm512_loadu_ps(p)}; }
KULLBACK_INLINE void store(float* p, Lanes a) { _mm512_storeu_ps(p, a.x); }
KULLBACK_INLINE Lanes minus(Lanes a, Lanes b) { return {_mm512_sub_ps(a.x, b.x)}; }
KULLBACK_INLINE Lanes greater(Lanes a, Lanes b) { return {_mm512_maskz_max_ps(0xffff, a.x, b.x)}; }
KULLBACK_INLINE Lanes lesser(Lanes a, Lanes b) { return {_mm512_maskz_min_ps(0xffff, a.x, b.x)}; }
KULLBACK_INLINE Lanes plus_square(Lanes a, Lanes b) { return {_mm512_fmadd_ps(b.x, b.x, a.x)}; }
KULLBACK_INLINE unsigned at_most(Lanes a, Lanes b) { return _mm512_cmp_ps_mask(a.x, b.x, _CMP_LE_OQ); }
#elif KULLBACK_X86_LEVELS && KULLBACK_WIDTH == 8
struct Lanes {
    __m256 x, y;
};
KULLBACK_INLINE Lanes all(float a) { return {_mm256_set1_ps(a), _mm256_set1_ps(a)}; }
KULLBACK_INLINE Lanes load(const float* p) { return {_mm256_loadu_ps(p), _mm256_loadu_ps(p + 8)}; }
KULLBACK_INLINE void store(float* p, Lanes a) {
    _mm256_storeu_ps(p, a.x);
    _mm256_storeu_ps(p + 8, a.y);
}
KULLBACK_INLINE Lanes minus(Lanes a, Lanes b) { return {_mm256_sub_ps(a.x, b.x), _mm256_sub_ps(a.y, b.y)}; }
KULLBACK_INLINE Lanes greater(Lanes a, Lanes b) { return {_mm256_max_ps(a.x, b.x), _mm256_max_ps(a.y, b.y)}; }
KULLBACK_INLINE Lanes lesser(Lanes a, Lanes b) { return {_mm256_min_ps(a.x, b.x), _mm256_min_ps(a.y, b.y)}; }
KULLBACK_INLINE Lanes plus_square(Lanes a, Lanes b) {
    return {_mm256_fmadd_ps(b.x, b.x, a.x), _mm256_fmadd_ps(b.y, b.y, a.y)};
}
KULLBACK_INLINE unsigned at_most(Lanes a, Lanes b) {
    return static_cast<unsigned>(_mm256_movemask_ps(_mm256_cmp_ps(a.x, b.x, _CMP_LE_OQ))) |
           static_cast<unsigned>(_mm256_movemask_ps(_mm256_cmp_ps(a.y, b.y, _CMP_LE_OQ))) << 8;
}
#elif KULLBACK_X86_LEVELS
struct Lanes {
    __m128 x[4];
};
KULLBACK_INLINE Lanes all(float a) {
    const __m128 x = _mm_set1_ps(a);
    return {{x, x, x, x}};
}
KULLBACK_INLINE Lanes load(const float* p) {
    return {{_mm_loadu_ps(p), _mm_loadu_ps(p + 4), _mm_loadu_ps(p + 8), _mm_loadu_ps(p + 12)}};
}
KULLBACK_INLINE void store(float* p, Lanes a) {
    for (int i = 0; i < 4; ++i) _mm_storeu_ps(p + 4 * i, a.x[i]);
}
KULLBACK_INLINE Lanes minus(Lanes a, Lanes b) {
    for (int i = 0; i < 4; ++i) a.x[i] = _mm_sub_ps(a.x[i], b.x[i]);
    return a;
}
KULLBACK_INLINE Lanes greater(Lanes a, Lanes b) {
    for (int i = 0; i < 4; ++i) a.x[i] = _mm_max_ps(a.x[i], b.x[i]);
    return a;
}
KULLBACK_INLINE Lanes lesser(Lanes a, Lanes b) {
    for (int i = 0; i < 4; ++i) a.x[i] = _mm_min_ps(a.x[i], b.x[i]);
    return a;
}
KULLBACK_INLINE Lanes plus_square(Lanes a, Lanes b) {
    for (int i = 0; i < 4; ++i) a.x[i] = _mm_add_ps(a.x[i], _mm_mul_ps(b.x[i], b.x[i]));
    return a;
}
KULLBACK_INLINE unsigned at_most(Lanes a, Lanes b) {
    unsigned mask = 0;
    for (int i = 0; i < 4; ++i)
        mask |= static_cast<unsigned>(_mm_movemask_ps(_mm_cmple_ps(a.x[i], b.x[i]))) << (4 * i);
    return mask;
}
#else
struct Lanes {
    float x[16];
};
KULLBACK_INLINE Lanes all(float a) {
    Lanes found;
    for (int i = 0; i < 16; ++i) found.x[i] = a;
    return found;
}
KULLBACK_INLINE Lanes load(const float* p) {
    Lanes found;
    for (int i = 0; i < 16; ++i) found.x[i] = p[i];
    return found;
}
KULLBACK_INLINE void store(float* p, Lanes a) {
    for (int i = 0; i < 16; ++i) p[i] = a.x[i];
}
KULLBACK_INLINE Lanes minus(Lanes a, Lanes b) {
    for (int i = 0; i < 16; ++i) a.x[i] -= b.x[i];
    return a;
}
KULLBACK_INLINE Lanes greater(Lanes a, Lanes b) {
    for (int i = 0; i < 16; ++i) a.x[i] = a.x[i] > b.x[i] ? a.x[i] : b.x[i];
    return a;
}
KULLBACK_INLINE Lanes lesser(Lanes a, Lanes b) {
    for (int i = 0; i < 16; ++i) a.x[i] = a.x[i] < b.x[i] ? a.x[i] : b.x[i];
    return a;
}
KULLBACK_INLINE Lanes plus_square(Lanes a, Lanes b) {
    for (int i = 0; i < 16; ++i) a.x[i] += b.x[i] * b.x[i];
    return a;
}
KULLBACK_INLINE unsigned at_most(Lanes a, Lanes b) {
    unsigned mask = 0;
    for (int i = 0; i < 16; ++i) mask |= static_cast<unsigned>(a.x[i] <= b.x[i]) << i;
    return mask;
}
#endif

// The query as its distance from the middle of a box, in halves of the width of the box.
template <int D>
KULLBACK_INLINE void relative(const double* query, const double* middle, double scale, float* found) {
    for (int j = 0; j < D; ++j) found[j] = static_cast<float>((query[j] - middle[j]) * scale);
}

// Squared distances to the points of a leaf; returns which are at most `limit`, one bit per point.
template <int D>
static std::uint64_t leaf(const double* query, const double* middle, double scale, const float* points, int groups,
                          float limit, float* squares) {
    float q[D];
    relative<D>(query, middle, scale, q);
    const Lanes most = all(limit);
    std::uint64_t mask = 0;
    for (int g = 0; g < groups; ++g) {
        Lanes sum = all(0.0f);
        for (int j = 0; j < D; ++j) sum = plus_square(sum, minus(all(q[j]), load(points + (g * D + j) * 16)));
        store(squares + 16 * g, sum);
        mask |= static_cast<std::uint64_t>(at_most(sum, most)) << (16 * g);
    }
    return mask;
}

static std::uint64_t below(const float* squares, int groups, float limit) {
    const Lanes most = all(limit);
    std::uint64_t mask = 0;
    for (int g = 0; g < groups; ++g)
        mask |= static_cast<std::uint64_t>(at_most(load(squares + 16 * g), most)) << (16 * g);
    return mask;
}

// A number that at least k ≤ 16 of the squares do not exceed, and seldom many more: the k-th of the least in each lane.
static float about(const float* squares, int groups, int k) {
    Lanes least = load(squares);
    for (int g = 1; g < groups; ++g) least = lesser(least, load(squares + 16 * g));
    float lanes[16];
    store(lanes, least);
    float found = INFINITE_FLOAT;
    for (int i = 0; i < 16; ++i)
        if (lanes[i] < found && bits_in(at_most(least, all(lanes[i]))) >= k) found = lanes[i];
    return found;
}

// Squared distances to sixteen boxes; returns which are at most `limit`.
template <int D>
static unsigned boxes(const double* query, const double* middle, double scale, const float* sides, float limit,
                      float* squares) {
    float q[D];
    relative<D>(query, middle, scale, q);
    Lanes sum = all(0.0f);
    for (int j = 0; j < D; ++j) {
        const Lanes at = all(q[j]);
        const Lanes low = minus(load(sides + j * 32), at), high = minus(at, load(sides + j * 32 + 16));
        sum = plus_square(sum, greater(greater(low, high), all(0.0f)));
    }
    store(squares, sum);
    return at_most(sum, all(limit));
}

// The same, and in `held` which boxes have their farthest corner within `limit`.
template <int D>
static unsigned balls(const double* query, const double* middle, double scale, const float* sides, float limit,
                      unsigned* held) {
    float q[D];
    relative<D>(query, middle, scale, q);
    Lanes near = all(0.0f), far = all(0.0f);
    for (int j = 0; j < D; ++j) {
        const Lanes at = all(q[j]), low = load(sides + j * 32), high = load(sides + j * 32 + 16);
        near = plus_square(near, greater(greater(minus(low, at), minus(at, high)), all(0.0f)));
        far = plus_square(far, greater(minus(high, at), minus(at, low)));
    }
    *held = at_most(far, all(limit));
    return at_most(near, all(limit));
}

// Appends those of values[begin … end) that are at most `limit`, until there is room for fewer than sixteen more, and
// returns where to go on.
static Index chosen(const float* values, Index begin, Index end, float limit, Index base, std::int32_t* found,
                    float* found_values, Index& count, Index room) {
    const Lanes most = all(limit);
    Index i = begin;
    for (; i + 16 <= end; i += 16) {
        unsigned mask = at_most(load(values + i), most);
        if (!mask) continue;
        if (count + 16 > room) return i;
        for (; mask; mask &= mask - 1) {
            const Index at = i + trailing_zeros(mask);
            found[count] = static_cast<std::int32_t>(base + at);
            found_values[count++] = values[at];
        }
    }
    for (; i < end; ++i)
        if (values[i] <= limit) {
            if (count == room) return i;
            found[count] = static_cast<std::int32_t>(base + i);
            found_values[count++] = values[i];
        }
    return end;
}

#define KULLBACK_DIMENSIONS(f)                                                                                       \
    {nullptr, nullptr, f<2>, f<3>, f<4>, f<5>, f<6>, f<7>, f<8>, f<9>, f<10>, f<11>, f<12>, f<13>, f<14>, f<15>, f<16>}

extern const NeighbourKernels KERNELS = {KULLBACK_DIMENSIONS(leaf), KULLBACK_DIMENSIONS(boxes),
                                         KULLBACK_DIMENSIONS(balls), below, about, chosen};

#undef KULLBACK_DIMENSIONS
#undef KULLBACK_INLINE
#undef KULLBACK_JOINED
#undef KULLBACK_JOIN
#undef KULLBACK_WIDTH_baseline
#undef KULLBACK_WIDTH_v3
#undef KULLBACK_WIDTH_v4
#undef KULLBACK_WIDTH

}  // namespace neighbours
}  // namespace KULLBACK_LEVEL
}  // namespace kullback
