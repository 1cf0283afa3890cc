// Neighbours and balls on a line: windows of the sorted points. Distances are |q − p|.
#pragma once

#include "neighbour_parts.hpp"

namespace kullback {

// Values in ascending order, equal ones in the order of their indices, and whose they are.
struct Line {
    const double* values;
    const std::int64_t* index;
    Index count;
};

// Finite numbers in ascending order, equal ones by index; the scratch has room for four per number.
void sort_line(const double* values, Index count, double* sorted, std::int64_t* index, double* scratch);

void nearest_on_line(const Line& points, const Line& queries, const std::int64_t* point_codes,
                     const std::int64_t* query_codes, bool own, Index k, double* distances, std::int64_t* indices);

void within_on_line(const Line& points, const Line& queries, const Balls& balls);

}  // namespace kullback
