// Neighbours and balls on a line: windows of the sorted points. Distances are |q − p|.
#pragma once

#include <memory>

#include "neighbour_parts.hpp"

namespace kullback {

// Finite points of a line in ascending order, equal ones in the order of their indices. The line is cut into as many
// cells of equal length as there are points, and a table says where each begins; a cell of many points is cut again.
// So the place of a number is most often found in one look, wherever the points crowd.
class Line {
  public:
    struct Point {
        double value;
        std::int64_t index;
    };

    Line(const double* values, Index count);

    Index count() const { return count_; }
    // One before the first and one after the last may be looked at too: they are infinitely far away.
    const Point* points() const { return points_; }
    double value(Index at) const { return points_[at].value; }
    std::int64_t index(Index at) const { return points_[at].index; }

    // How many points are less than x.
    Index below(double x) const;
    // Calls work(i, how many points are less than queries[i]) for i in [begin, end), in order.
    template <class Work>
    void for_each_place(const double* queries, Index begin, Index end, const Work& work) const;

  private:
    using Room = std::unique_ptr<char[]>;

    struct Cells {
        double least, per_unit, last;
        Room room;
        Index* starts;  // of the points of each; below zero, ~ of the cells that it is cut into

        // Of any number; a greater number has no lesser cell.
        Index* start(double x) const {
            const double at = (x - least) * per_unit;
            return starts + (at > 0.0 ? (at < last ? static_cast<Index>(at) : static_cast<Index>(last)) : 0);
        }
    };

    static Room large_room(std::size_t bytes);
    template <class Source>
    bool cut(const Source& source, Index first, Index count, int depth);
    void cut_again(Index* start, Index count, int depth);

    static constexpr Index LOOK = 4;  // points of a cell that are compared without a branch
    Index count_;
    Room room_;
    Point* points_;
    std::vector<Cells> cells_;  // first those of the whole line
};

// Writes the k nearest of each query. Without codes of queries nothing is left out; where codes are the points' own
// indices, there need be none of points.
void nearest_on_line(const Line& line, const double* queries, Index count, const std::int64_t* point_codes,
                     const std::int64_t* query_codes, bool own, Index k, double* distances, std::int64_t* indices);

void within_on_line(const Line& line, const Line& asked, const Balls& balls);

}  // namespace kullback
