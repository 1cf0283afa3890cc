#include "neighbour_rows.hpp"

namespace kullback {
namespace {

using std::size_t;

constexpr double ROUNDED_UP = 1.0 + 2e-7;  // more than the rounding of a float32
constexpr double LEAST = 1e-30;            // more than what is lost to underflow in the product

float not_below(double x) { return static_cast<float>(x + std::fabs(x) * (ROUNDED_UP - 1.0) + LEAST); }

float limit_of(const Rows& rows, double distance, double query_norm) {
    if (distance == INFINITE) return std::numeric_limits<float>::infinity();
    const double edge = rows.unit.reach(distance) * rows.shrink * (1.0 + 1e-12 * double(rows.dimensions));
    return not_below(edge * edge - query_norm + rows.c * query_norm);
}

struct RowOfCandidates {
    const Rows& rows;
    const Candidates& all;
    Index row;
    Best& best;
    std::vector<float>& uppers;

    double upper(Index at) const {
        return double(all.values[row * all.room + at]) +
               4.0 * rows.c * rows.point_norms[all.found[row * all.room + at]];
    }

    // Lowers the limit by what is waiting, and forgets what is above it.
    void thin() {
        std::int32_t* found = all.found + row * all.room;
        float* values = all.values + row * all.room;
        Index count = all.waiting[row], kept = 0;
        for (Index i = 0; i < count; ++i)
            if (rows.point_codes[found[i]] != rows.query_codes[row]) found[kept] = found[i], values[kept++] = values[i];
        count = kept;
        float& limit = all.limits[row];
        if (count >= all.k) {
            uppers.clear();
            for (Index i = 0; i < count; ++i) uppers.push_back(not_below(upper(i)));
            std::nth_element(uppers.begin(), uppers.begin() + (all.k - 1), uppers.end());
            double most = double(uppers[size_t(all.k - 1)]) + 2.0 * rows.c * rows.query_norms[row];
            // Distances that are subnormal in the user's unit are equal there where they are not here.
            const double grain = rows.unit.reach(0.0) * rows.shrink, norm = rows.query_norms[row];
            if (grain > 1e-20) {
                const double edge = std::sqrt(std::fmax(0.0, most + norm)) + grain;
                most = edge * edge - norm + 1e-15 * norm;
            }
            const float lower = not_below(most);
            limit = lower < limit ? lower : limit;
        }
        for (Index i = kept = 0; i < count; ++i)
            if (values[i] <= limit) found[kept] = found[i], values[kept++] = values[i];
        all.waiting[row] = kept;
    }

    void decide() {
        double* distances = all.distances + row * all.k;
        std::int64_t* indices = all.indices + row * all.k;
        best.clear();
        for (Index i = 0; i < all.decided[row]; ++i) best.offer(distances[i], indices[i]);
        const Index d = rows.dimensions;
        for (Index i = 0; i < all.waiting[row]; ++i) {
            const std::int64_t index = all.found[row * all.room + i];
            if (all.values[row * all.room + i] > all.limits[row]) continue;
            const double square = squared_distance(rows.queries + row * d, rows.points + index * d, d);
            best.offer(rows.unit.distance(square), index);
            if (best.full()) {
                const float lower = limit_of(rows, best.reach(), rows.query_norms[row]);
                all.limits[row] = lower < all.limits[row] ? lower : all.limits[row];
            }
        }
        all.waiting[row] = 0;
        all.decided[row] = best.size();
        best.write(distances, indices);
    }
};

}  // namespace

void nearest_in_rows(const NeighbourKernels& kernels, const Rows& rows, const Candidates& candidates,
                     const float* product, Index count, Index columns, Index first, bool done) {
    constexpr Index TASK = 8;
    run_all((count + TASK - 1) / TASK, count * columns > (Index(1) << 18), [&](Index task) {
        Best best(candidates.k);
        std::vector<float> uppers;
        for (Index row = task * TASK; row < std::min(count, (task + 1) * TASK); ++row) {
            RowOfCandidates here{rows, candidates, row, best, uppers};
            const float* values = product + row * columns;
            Index at = 0;
            while (at < columns) {
                Index waiting = candidates.waiting[row];
                at = kernels.chosen(values, at, columns, candidates.limits[row], first,
                                    candidates.found + row * candidates.room,
                                    candidates.values + row * candidates.room, waiting, candidates.room);
                candidates.waiting[row] = waiting;
                if (at == columns) break;
                here.thin();
                if (candidates.waiting[row] > candidates.room / 2) here.decide();
            }
            if (done) {
                here.thin();
                here.decide();
            }
        }
    });
}

void within_in_rows(const NeighbourKernels& kernels, const Rows& rows, const Balls& balls, const float* product,
                    Index columns, Index first) {
    constexpr Index TASK = 8, ROOM = 1024, PIECE = 512;
    std::vector<unsigned char> inside;
    if (balls.pulled) inside.assign(size_t(balls.count * columns), 0);
    const Index d = rows.dimensions;
    const bool threads = balls.count * columns > (Index(1) << 18);
    run_all((balls.count + TASK - 1) / TASK, threads, [&](Index task) {
        std::int32_t found[ROOM];
        float values[ROOM];
        for (Index row = task * TASK; row < std::min(balls.count, (task + 1) * TASK); ++row) {
            const double radius = balls.radii[row], norm = rows.query_norms[row];
            if (!(radius >= 0.0)) continue;
            const float limit = limit_of(rows, radius, norm);
            const double edge = rows.unit.grown(radius) * rows.shrink * (1.0 - 1e-12 * double(d));
            const double sure = edge * edge * (1.0 - 1e-6) - norm - rows.c * norm - LEAST;
            Index at = 0;
            while (at < columns) {
                Index count = 0;
                at = kernels.chosen(product + row * columns, at, columns, limit, first, found, values, count, ROOM);
                for (Index i = 0; i < count; ++i) {
                    const std::int64_t index = found[i];
                    if (rows.point_codes[index] == rows.query_codes[row]) continue;
                    const bool held = double(values[i]) + 4.0 * rows.c * rows.point_norms[index] <= sure;
                    if (!held && !(rows.unit.distance(squared_distance(rows.queries + row * d,
                                                                       rows.points + index * d, d)) <= radius))
                        continue;
                    ++balls.counts[row];
                    if (balls.sums) balls.sums[row] += balls.point_values[index];
                    if (balls.pulled) inside[size_t(row * columns + index - first)] = 1;
                }
            }
        }
    });
    if (!balls.pulled) return;
    run_all((columns + PIECE - 1) / PIECE, threads, [&](Index piece) {
        const Index stop = std::min(columns, (piece + 1) * PIECE);
        for (Index row = 0; row < balls.count; ++row)
            for (Index at = piece * PIECE; at < stop; ++at)
                if (inside[size_t(row * columns + at)]) balls.pulled[first + at] += balls.query_values[row];
    });
}

}  // namespace kullback
