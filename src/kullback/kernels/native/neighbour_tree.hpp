// A tree for the nearest neighbours in 2 to 16 dimensions: halves along the widest side down to leaves of at most 64
// points, four halvings in one step, so that sixteen boxes or points are looked at together.
//
// Boxes and points are kept in float32, relative to the middle of their cell and in halves of its width, and are used
// only to leave out what is certainly too far; what remains is decided in float64 (see squared_distance).
#pragma once

#include "neighbour_parts.hpp"

namespace kullback {

class Tree {
  public:
    // Coordinates and codes are copied.
    Tree(const double* points, const std::int64_t* codes, Index count, int dimensions, int exponent);

    Index size() const { return count_; }
    int dimensions() const { return d_; }
    // The indices of the points, cell by cell.
    const std::vector<std::int64_t>& order() const { return order_; }

    // An order of the queries in which neighbours follow one another.
    void sort_queries(const double* queries, Index count, std::int64_t* order) const;

    void nearest(const NeighbourKernels& kernels, const double* queries, const std::int64_t* query_codes,
                 const std::int64_t* order, Index count, Index k, bool own, double* distances,
                 std::int64_t* indices) const;

    void within(const NeighbourKernels& kernels, const double* queries, const std::int64_t* order,
                const Balls& balls) const;

  private:
    friend struct NearestSearch;
    friend struct BallSearch;

    // All cells after the same number of steps; those of the last step are the leaves.
    struct Step {
        int bits;  // every cell has 2^bits parts
        Index cells;
        std::vector<double> low, high, middle, scale;
        std::vector<std::int64_t> least;  // index in the cell
        std::vector<float> sides;         // of the parts of each cell: sixteen low, sixteen high, by dimension
    };

    Index leaf_of(const double* query) const;
    void halve(const double* points);
    void fill(const double* points, const std::int64_t* codes);
    void enclose();
    Index begin(std::size_t step, Index cell) const;
    float limit(double reach, double scale) const;
    double reach_of(float square, double scale) const;
    void scaled(const double* query, double* found) const;

    Index count_, leaves_ = 1;
    int d_, halvings_ = 0, groups_ = 1;
    Scale unit_;
    double slack_;
    std::vector<int> split_on_;
    std::vector<double> split_at_;
    std::vector<Index> leaf_begin_;
    std::vector<std::int64_t> order_, codes_;
    std::vector<double> points_;  // in the order of the tree
    std::vector<float> leaf_points_;
    std::vector<Step> steps_;
};

}  // namespace kullback
