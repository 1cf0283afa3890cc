// Neighbours in many dimensions, from a matrix product in float32 that bounds the squared distances.
//
// With N the squared norms (in a unit where the largest coordinate is about 1), the product v holds N_p (1 − 2c) − 2 q·p,
// computed with an error below c (N_q + 2 N_p) before the factor is counted: so
//
//     v − c N_q  ≤  |q − p|² − N_q  ≤  v + 4 c N_p + c N_q.
//
// What these bounds leave open is decided in float64 (see squared_distance).
#pragma once

#include "neighbour_parts.hpp"

namespace kullback {

struct Rows {
    const double *points, *queries;  // scaled by the unit
    Index dimensions;
    const std::int64_t *point_codes, *query_codes;  // of the queries of this block
    const double *point_norms, *query_norms;        // N, in the unit of the product
    double c;                                       // the bound of the error
    double shrink;                                  // from the scaled unit to that of the product
    Scale unit;
};

// What is known of a block of queries when some of the points were seen.
struct Candidates {
    Index k;
    double* distances;
    std::int64_t* indices;  // the k nearest of those that were decided, ascending; the first `decided`
    std::int64_t *decided, *waiting;
    float* limits;  // of v
    std::int32_t* found;
    float* values;
    Index room;
};

// Goes through the product of a block of queries and of `columns` points from `first` on; `done` after the last.
void nearest_in_rows(const NeighbourKernels& kernels, const Rows& rows, const Candidates& candidates,
                     const float* product, Index count, Index columns, Index first, bool done);

// Adds what the balls of a block of queries hold of `columns` points from `first` on. `balls` is of this block of
// queries and of all points.
void within_in_rows(const NeighbourKernels& kernels, const Rows& rows, const Balls& balls, const float* product,
                    Index columns, Index first);

}  // namespace kullback
