// What all searches for neighbours share: the exact distance, and the best so far.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "threads.hpp"

namespace kullback {

constexpr int MOST_DIMENSIONS = 16;  // of a tree
constexpr Index LEAF = 64;           // points, at most
constexpr double INFINITE = std::numeric_limits<double>::infinity();
constexpr float INFINITE_FLOAT = std::numeric_limits<float>::infinity();

// Filters in float32, compiled once per level: see neighbours.hpp.
struct NeighbourKernels {
    using Leaf = std::uint64_t (*)(const double* query, const double* middle, double scale, const float* points,
                                   int groups, float limit, float* squares);
    using Boxes = unsigned (*)(const double* query, const double* middle, double scale, const float* sides, float limit,
                               float* squares);
    using Balls = unsigned (*)(const double* query, const double* middle, double scale, const float* sides, float limit,
                               unsigned* held);
    using Chosen = Index (*)(const float* values, Index begin, Index end, float limit, Index base, std::int32_t* found,
                             float* found_values, Index& count, Index room);
    Leaf leaf[MOST_DIMENSIONS + 1];
    Boxes boxes[MOST_DIMENSIONS + 1];
    Balls balls[MOST_DIMENSIONS + 1];
    std::uint64_t (*below)(const float* squares, int groups, float limit);
    float (*about)(const float* squares, int groups, int k);
    Chosen chosen;
};

const NeighbourKernels& neighbour_kernels(int level);

inline int trailing_zeros(std::uint64_t mask) {
#if defined(__GNUC__) || defined(__clang__)
    return __builtin_ctzll(mask);
#else
    int found = 0;
    while (!(mask & 1)) mask >>= 1, ++found;
    return found;
#endif
}

inline int bits_in(unsigned mask) {
#if defined(__GNUC__) || defined(__clang__)
    return __builtin_popcount(mask);
#else
    int found = 0;
    for (; mask; mask &= mask - 1) ++found;
    return found;
#endif
}

// A product as float64 rounds it: no compiler may make one instruction of it and the sum that follows, or the results
// would differ from level to level.
inline double rounded(double product) {
#if defined(__GNUC__) && defined(__x86_64__)
    __asm__("" : "+x"(product));
#elif defined(__GNUC__) && defined(__aarch64__)
    __asm__("" : "+w"(product));
#elif !defined(_MSC_VER)
    volatile double kept = product;
    product = kept;
#endif
    return product;
}

inline double squared_distance(const double* a, const double* b, Index size) {
    double sum = 0.0;
    for (Index j = 0; j < size; ++j) {
        const double apart = a[j] - b[j];
        sum += rounded(apart * apart);
    }
    return sum;
}

// Squared distance to the farthest corner of a box: as a computed number too, no point of the box has a larger one,
// because rounding keeps the order.
inline double farthest_corner(const double* query, const double* low, const double* high, Index size) {
    double sum = 0.0;
    for (Index j = 0; j < size; ++j) {
        const double above = high[j] - query[j], below = query[j] - low[j];
        const double far = above > below ? above : below;
        sum += rounded(far * far);
    }
    return sum;
}

// A power of two, in two factors, because it may be none of float64.
struct Scale {
    double up[2], down[2];

    explicit Scale(int exponent) {
        const int half = exponent / 2, rest = exponent - half;
        up[0] = std::ldexp(1.0, half), up[1] = std::ldexp(1.0, rest);
        down[0] = std::ldexp(1.0, -half), down[1] = std::ldexp(1.0, -rest);
    }
    double grown(double x) const { return x * up[0] * up[1]; }
    double shrunk(double x) const { return x * down[0] * down[1]; }
    double distance(double square) const { return shrunk(std::sqrt(square)); }
    // Of a distance, no less than it was before it was rounded to the user's unit.
    double reach(double distance) const { return grown(distance + std::numeric_limits<double>::denorm_min()); }
};

struct Neighbour {
    double distance;
    std::int64_t index;

    bool operator<(const Neighbour& other) const {
        return distance < other.distance || (distance == other.distance && index < other.index);
    }
};

// The k nearest of those offered: a sorted list, or a heap where k is large.
class Best {
  public:
    explicit Best(Index k) : k_(k) { found_.reserve(static_cast<std::size_t>(k)); }

    void clear() { found_.clear(); }
    Index size() const { return static_cast<Index>(found_.size()); }
    bool full() const { return static_cast<Index>(found_.size()) == k_; }
    const Neighbour& last() const { return k_ > SORTED ? found_.front() : found_.back(); }
    double reach() const { return full() ? last().distance : INFINITE; }

    // Whether it was taken.
    bool offer(double distance, std::int64_t index) {
        const Neighbour offered{distance, index};
        if (full()) {
            if (!(offered < last())) return false;
            if (k_ > SORTED) std::pop_heap(found_.begin(), found_.end());
            found_.pop_back();
        }
        found_.push_back(offered);
        if (k_ > SORTED) {
            std::push_heap(found_.begin(), found_.end());
        } else {
            std::size_t at = found_.size() - 1;
            for (; at > 0 && offered < found_[at - 1]; --at) found_[at] = found_[at - 1];
            found_[at] = offered;
        }
        return true;
    }

    void write(double* distances, std::int64_t* indices) {
        if (k_ > SORTED) std::sort_heap(found_.begin(), found_.end());
        for (Index i = 0; i < k_; ++i) {
            const bool there = i < static_cast<Index>(found_.size());
            distances[i] = there ? found_[static_cast<std::size_t>(i)].distance : INFINITE;
            indices[i] = there ? found_[static_cast<std::size_t>(i)].index : -1;
        }
    }

  private:
    static constexpr Index SORTED = 64;
    Index k_;
    std::vector<Neighbour> found_;
};

// What is asked of balls: arrays of the caller. Of the values, those not wanted are null.
struct Balls {
    Index count, points;
    const double* radii;
    const std::int64_t *point_codes, *query_codes;
    bool own;  // codes of points are their indices: at most one is left out
    const double *query_values, *point_values;
    std::int64_t* counts;
    double *sums, *pulled;
};

// Runs tasks on threads only where they are many.
template <class Task>
void run_all(Index count, bool threads, const Task& task) {
    const auto call = [](void* context, Index i) { (*static_cast<const Task*>(context))(i); };
    if (threads)
        run_tasks(count, call, const_cast<Task*>(&task));
    else
        for (Index i = 0; i < count; ++i) task(i);
}

}  // namespace kullback
