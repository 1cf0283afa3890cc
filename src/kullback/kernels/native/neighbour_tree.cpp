#include "neighbour_tree.hpp"

#include <cstring>

namespace kullback {
namespace {

using std::size_t;

constexpr Index WORTH_THREADS = Index(1) << 14;  // points or queries
constexpr Index TASK = 256;                      // queries that a thread takes at a time

struct Key {
    double value;
    std::int64_t index;

    bool operator<(const Key& other) const {
        return value < other.value || (value == other.value && index < other.index);
    }
};

}  // namespace

Tree::Tree(const double* points, const std::int64_t* codes, Index count, int dimensions, int exponent)
    : count_(count), d_(dimensions), unit_(exponent), slack_(2e-7 * std::sqrt(double(dimensions))) {
    while ((count_ + leaves_ - 1) / leaves_ > LEAF) leaves_ *= 2, ++halvings_;
    order_.resize(size_t(count_));
    for (Index i = 0; i < count_; ++i) order_[size_t(i)] = i;
    halve(points);
    fill(points, codes);
    enclose();
}

// Halves level by level, ties by the index.
void Tree::halve(const double* points) {
    split_on_.resize(size_t(leaves_));
    split_at_.resize(size_t(leaves_));
    leaf_begin_.assign({0, count_});
    std::vector<Key> keys(static_cast<size_t>(count_));
    for (int level = 0; level < halvings_; ++level) {
        const Index cells = Index(1) << level;
        std::vector<Index> begin(size_t(2 * cells + 1));
        run_all(cells, count_ > WORTH_THREADS, [&](Index cell) {
            const Index first = leaf_begin_[size_t(cell)], stop = leaf_begin_[size_t(cell) + 1];
            double low[MOST_DIMENSIONS], high[MOST_DIMENSIONS];
            for (int j = 0; j < d_; ++j) low[j] = INFINITE, high[j] = -INFINITE;
            for (Index i = first; i < stop; ++i) {
                const double* point = points + order_[size_t(i)] * d_;
                for (int j = 0; j < d_; ++j) {
                    low[j] = point[j] < low[j] ? point[j] : low[j];
                    high[j] = point[j] > high[j] ? point[j] : high[j];
                }
            }
            int widest = 0;
            for (int j = 1; j < d_; ++j)
                if (0.5 * high[j] - 0.5 * low[j] > 0.5 * high[widest] - 0.5 * low[widest]) widest = j;
            for (Index i = first; i < stop; ++i) {
                const std::int64_t index = order_[size_t(i)];
                keys[size_t(i)] = {points[index * d_ + widest], index};
            }
            const Index middle = first + (stop - first) / 2;
            std::nth_element(keys.begin() + first, keys.begin() + middle, keys.begin() + stop);
            for (Index i = first; i < stop; ++i) order_[size_t(i)] = keys[size_t(i)].index;
            split_on_[size_t(cells + cell)] = widest;
            split_at_[size_t(cells + cell)] = unit_.grown(keys[size_t(middle)].value);
            begin[size_t(2 * cell)] = first;
            begin[size_t(2 * cell + 1)] = middle;
        });
        begin[size_t(2 * cells)] = count_;
        leaf_begin_ = begin;
    }
}

void Tree::fill(const double* points, const std::int64_t* codes) {
    for (Index leaf = 0; leaf < leaves_; ++leaf)
        std::sort(order_.begin() + leaf_begin_[size_t(leaf)], order_.begin() + leaf_begin_[size_t(leaf) + 1]);
    points_.resize(size_t(count_ * d_));
    codes_.resize(size_t(count_));
    for (Index i = 0; i < count_; ++i) {
        const std::int64_t index = order_[size_t(i)];
        codes_[size_t(i)] = codes[index];
        for (int j = 0; j < d_; ++j) points_[size_t(i * d_ + j)] = unit_.grown(points[index * d_ + j]);
    }
}

// Boxes from the leaves up, then all that is in float32.
void Tree::enclose() {
    // The steps near the root may have fewer parts, so that the last ones are full.
    int done = 0;
    std::vector<int> bits;
    if (halvings_ % 4) bits.push_back(halvings_ % 4);
    for (int i = 0; i < halvings_ / 4; ++i) bits.push_back(4);
    for (size_t i = 0; i <= bits.size(); ++i) {
        Step step;
        step.bits = i < bits.size() ? bits[i] : 0;
        step.cells = Index(1) << done;
        done += step.bits;
        for (auto* corner : {&step.low, &step.high, &step.middle}) corner->resize(size_t(step.cells * d_));
        step.scale.resize(size_t(step.cells));
        step.least.resize(size_t(step.cells));
        steps_.push_back(std::move(step));
    }
    Index most = 0;
    Step& last = steps_.back();
    for (Index leaf = 0; leaf < leaves_; ++leaf) {
        const Index first = leaf_begin_[size_t(leaf)], stop = leaf_begin_[size_t(leaf) + 1];
        most = stop - first > most ? stop - first : most;
        last.least[size_t(leaf)] = order_[size_t(first)];
        for (int j = 0; j < d_; ++j) {
            double low = INFINITE, high = -INFINITE;
            for (Index i = first; i < stop; ++i) {
                const double x = points_[size_t(i * d_ + j)];
                low = x < low ? x : low;
                high = x > high ? x : high;
            }
            last.low[size_t(leaf * d_ + j)] = low;
            last.high[size_t(leaf * d_ + j)] = high;
        }
    }
    groups_ = int((most + 15) / 16);
    for (size_t i = steps_.size() - 1; i-- > 0;) {
        Step& step = steps_[i];
        const Step& parts = steps_[i + 1];
        const Index size = Index(1) << step.bits;
        for (Index cell = 0; cell < step.cells; ++cell) {
            step.least[size_t(cell)] = parts.least[size_t(cell * size)];
            for (Index part = cell * size; part < (cell + 1) * size; ++part) {
                step.least[size_t(cell)] = std::min(step.least[size_t(cell)], parts.least[size_t(part)]);
                for (int j = 0; j < d_; ++j) {
                    const size_t at = size_t(cell * d_ + j), from = size_t(part * d_ + j);
                    const bool start = part == cell * size;
                    step.low[at] = start ? parts.low[from] : std::min(step.low[at], parts.low[from]);
                    step.high[at] = start ? parts.high[from] : std::max(step.high[at], parts.high[from]);
                }
            }
        }
    }
    for (size_t i = 0; i < steps_.size(); ++i) {
        Step& step = steps_[i];
        for (Index cell = 0; cell < step.cells; ++cell) {
            double width = 0.0;
            for (int j = 0; j < d_; ++j) {
                const size_t at = size_t(cell * d_ + j);
                const double half = 0.5 * (step.high[at] - step.low[at]);
                step.middle[at] = step.low[at] + half;
                width = half > width ? half : width;
            }
            // Equal points: a unit far below the size of the cell that they are in.
            if (width == 0.0) width = i ? std::ldexp(1.0 / steps_[i - 1].scale[size_t(cell >> steps_[i - 1].bits)], -12) : 1.0;
            int power;
            std::frexp(width, &power);
            step.scale[size_t(cell)] = std::ldexp(1.0, std::min(-power, 1000));
        }
    }
    for (size_t i = 0; i + 1 < steps_.size(); ++i) {
        Step& step = steps_[i];
        const Step& parts = steps_[i + 1];
        const Index size = Index(1) << step.bits;
        step.sides.assign(size_t(step.cells * d_ * 32), 0.0f);
        for (Index cell = 0; cell < step.cells; ++cell)
            for (Index part = 0; part < size; ++part)
                for (int j = 0; j < d_; ++j) {
                    float* side = &step.sides[size_t((cell * d_ + j) * 32 + part)];
                    const size_t from = size_t((cell * size + part) * d_ + j);
                    const double middle = step.middle[size_t(cell * d_ + j)], scale = step.scale[size_t(cell)];
                    side[0] = static_cast<float>((parts.low[from] - middle) * scale);
                    side[16] = static_cast<float>((parts.high[from] - middle) * scale);
                }
    }
    leaf_points_.assign(size_t(leaves_ * groups_ * 16 * d_), 1e30f);  // what fills up is far from all
    for (Index leaf = 0; leaf < leaves_; ++leaf) {
        const Index first = leaf_begin_[size_t(leaf)], stop = leaf_begin_[size_t(leaf) + 1];
        for (Index i = first; i < stop; ++i)
            for (int j = 0; j < d_; ++j) {
                const Index group = leaf * groups_ + (i - first) / 16;
                leaf_points_[size_t((group * d_ + j) * 16 + (i - first) % 16)] = static_cast<float>(
                    (points_[size_t(i * d_ + j)] - last.middle[size_t(leaf * d_ + j)]) * last.scale[size_t(leaf)]);
            }
    }
}

Index Tree::begin(size_t step, Index cell) const {
    int bits = 0;
    for (size_t i = step; i < steps_.size(); ++i) bits += steps_[i].bits;
    return leaf_begin_[size_t(cell << bits)];
}

// What a squared distance in float32, in a cell's unit, cannot exceed if the true distance is within reach.
//
// With |x| ≤ 1 for what is in the cell, each difference is off by less than 2^-23 (|difference| + 1), the sum of up to
// 16 squares by less than 2^-19 of itself: so the distance by less than 1.2e-6 of itself and 1.3e-7 √d.
float Tree::limit(double reach, double scale) const {
    const double edge = reach * scale * (1.0 + 2e-6) + slack_;
    return static_cast<float>(edge * edge * (1.0 + 1e-6));
}

// From a squared distance in float32, what no distance exceeds that is the same one or less in the user's unit.
double Tree::reach_of(float square, double scale) const {
    return (std::sqrt(double(square)) * (1.0 + 2e-6) + slack_) / scale + unit_.reach(0.0);
}

void Tree::scaled(const double* query, double* found) const {
    for (int j = 0; j < d_; ++j) found[j] = unit_.grown(query[j]);
}

Index Tree::leaf_of(const double* query) const {
    Index node = 1;
    for (int level = 0; level < halvings_; ++level) {
        const bool above = query[split_on_[size_t(node)]] >= split_at_[size_t(node)];
        node = 2 * node + above;
    }
    return node - leaves_;
}

void Tree::sort_queries(const double* queries, Index count, std::int64_t* order) const {
    std::vector<Index> leaf(static_cast<size_t>(count)), begin(size_t(leaves_ + 1), 0);
    run_all((count + TASK - 1) / TASK, count > WORTH_THREADS, [&](Index task) {
        double query[MOST_DIMENSIONS];
        for (Index i = task * TASK; i < std::min(count, (task + 1) * TASK); ++i) {
            scaled(queries + i * d_, query);
            leaf[size_t(i)] = leaf_of(query);
        }
    });
    for (Index i = 0; i < count; ++i) ++begin[size_t(leaf[size_t(i)]) + 1];
    for (Index i = 0; i < leaves_; ++i) begin[size_t(i) + 1] += begin[size_t(i)];
    for (Index i = 0; i < count; ++i) order[begin[size_t(leaf[size_t(i)])]++] = i;
}

struct NearestSearch {
    const Tree& tree;
    const NeighbourKernels& kernels;
    Best best;
    double query[MOST_DIMENSIONS];
    std::int64_t code = -1;
    int asked = 0;  // how many points hold the nearest k for certain; 0 where that is not known
    double reach = INFINITE;

    void scan(Index leaf) {
        const Tree::Step& last = tree.steps_.back();
        const Index first = tree.leaf_begin_[size_t(leaf)], count = tree.leaf_begin_[size_t(leaf) + 1] - first;
        const int d = tree.d_;
        const double scale = last.scale[size_t(leaf)];
        float squares[LEAF];
        float limit = tree.limit(reach, scale);
        std::uint64_t mask =
            kernels.leaf[d](query, &last.middle[size_t(leaf * d)], scale,
                            &tree.leaf_points_[size_t(leaf * tree.groups_ * 16 * d)], tree.groups_, limit, squares);
        if (asked && limit == INFINITE_FLOAT) {
            // In the first leaf: as far as so many of its points are, one more than wanted if one may be left out.
            reach = std::min(reach, tree.reach_of(kernels.about(squares, tree.groups_, asked), scale));
            limit = tree.limit(reach, scale);
            mask = kernels.below(squares, tree.groups_, limit);
        }
        if (count < 64) mask &= (std::uint64_t(1) << count) - 1;
        for (; mask; mask &= mask - 1) {
            const int i = trailing_zeros(mask);
            if (squares[i] > limit) continue;
            const Index at = first + i;
            if (tree.codes_[size_t(at)] == code) continue;
            const double distance = tree.unit_.distance(squared_distance(query, &tree.points_[size_t(at * d)], d));
            if (best.offer(distance, tree.order_[size_t(at)]) && best.full()) {
                reach = std::min(reach, tree.unit_.reach(best.reach()));
                limit = tree.limit(reach, scale);
            }
        }
    }

    void visit(size_t number, Index cell) {
        const Tree::Step& step = tree.steps_[number];
        if (!step.bits) return scan(cell);
        const Index size = Index(1) << step.bits;
        const int d = tree.d_;
        const double scale = step.scale[size_t(cell)];
        float squares[16];
        unsigned mask = kernels.boxes[d](query, &step.middle[size_t(cell * d)], scale,
                                         &step.sides[size_t(cell * d * 32)], tree.limit(reach, scale), squares);
        mask &= (1u << size) - 1u;
        int parts[16], count = 0;
        for (; mask; mask &= mask - 1) {
            const int part = trailing_zeros(mask);
            int at = count++;
            for (; at > 0 && squares[part] < squares[parts[at - 1]]; --at) parts[at] = parts[at - 1];
            parts[at] = part;
        }
        const bool leaves = number + 2 == tree.steps_.size();
        for (int i = 0; i < count; ++i) {
            if (squares[parts[i]] > tree.limit(reach, scale)) break;
            const Index part = cell * size + parts[i];
            // Among points equal to the query, those of lower index are wanted.
            if (best.reach() == 0.0 &&
                tree.steps_[number + 1].least[size_t(part)] > best.last().index)
                continue;
            if (leaves)
                scan(part);
            else
                visit(number + 1, part);
        }
    }
};

void Tree::nearest(const NeighbourKernels& kernels, const double* queries, const std::int64_t* query_codes,
                   const std::int64_t* order, Index count, Index k, bool own, double* distances,
                   std::int64_t* indices) const {
    run_all((count + TASK - 1) / TASK, count > 2 * TASK, [&](Index task) {
        NearestSearch search{*this, kernels, Best(k)};
        for (Index i = task * TASK; i < std::min(count, (task + 1) * TASK); ++i) {
            const std::int64_t at = order[i];
            scaled(queries + at * d_, search.query);
            search.code = query_codes[at];
            search.reach = INFINITE;
            search.asked = k > 15 ? 0 : search.code < 0 ? int(k) : own ? int(k) + 1 : 0;
            search.best.clear();
            search.visit(0, 0);
            search.best.write(distances + at * k, indices + at * k);
        }
    });
}

// The pull of the queries of one task: on whole cells, and on points where cells are cut by a ball. Only the leaves that
// are touched take memory.
struct Pull {
    std::vector<std::vector<double>> cells;
    std::vector<Index> leaf;
    std::vector<double> points;
};

struct BallSearch {
    const Tree& tree;
    const NeighbourKernels& kernels;
    const Balls& balls;
    const std::vector<std::vector<double>>& cell_sums;
    const std::vector<Index>& places;
    Pull* pull;
    double query[MOST_DIMENSIONS];
    std::int64_t code = -1;
    Index own = -1;
    double radius = 0.0, reach = 0.0, weight = 0.0, sum = 0.0;
    std::int64_t count = 0;

    double& pulled(Index leaf, Index place) {
        Index& at = pull->leaf[size_t(leaf)];
        if (at < 0) {
            at = static_cast<Index>(pull->points.size());
            pull->points.resize(pull->points.size() + LEAF, 0.0);
        }
        return pull->points[size_t(at + place)];
    }

    void take(Index leaf, Index first, Index at) {
        ++count;
        if (balls.point_values) sum += balls.point_values[tree.order_[size_t(at)]];
        if (pull) pulled(leaf, at - first) += weight;
    }

    // All of a cell that lies in the ball, but for the points left out.
    void hold(size_t number, Index cell) {
        const Index first = tree.begin(number, cell), stop = tree.begin(number, cell + 1);
        if (code < 0 || (balls.own && (own < first || own >= stop))) {
            count += stop - first;
            if (balls.point_values) sum += cell_sums[number][size_t(cell)];
            if (pull) pull->cells[number][size_t(cell)] += weight;
            return;
        }
        const Tree::Step& step = tree.steps_[number];
        if (step.bits) {
            for (Index part = cell << step.bits; part < (cell + 1) << step.bits; ++part) hold(number + 1, part);
            return;
        }
        for (Index at = first; at < stop; ++at)
            if (tree.codes_[size_t(at)] != code) take(cell, first, at);
    }

    void scan(Index leaf) {
        const Tree::Step& last = tree.steps_.back();
        const Index first = tree.leaf_begin_[size_t(leaf)], size = tree.leaf_begin_[size_t(leaf) + 1] - first;
        const int d = tree.d_;
        const double scale = last.scale[size_t(leaf)];
        float squares[LEAF];
        std::uint64_t mask = kernels.leaf[d](query, &last.middle[size_t(leaf * d)], scale,
                                             &tree.leaf_points_[size_t(leaf * tree.groups_ * 16 * d)], tree.groups_,
                                             tree.limit(reach, scale), squares);
        if (size < 64) mask &= (std::uint64_t(1) << size) - 1;
        for (; mask; mask &= mask - 1) {
            const Index at = first + trailing_zeros(mask);
            if (tree.codes_[size_t(at)] == code) continue;
            if (tree.unit_.distance(squared_distance(query, &tree.points_[size_t(at * d)], d)) <= radius)
                take(leaf, first, at);
        }
    }

    void visit(size_t number, Index cell) {
        const Tree::Step& step = tree.steps_[number];
        if (!step.bits) return scan(cell);
        const Index size = Index(1) << step.bits;
        const int d = tree.d_;
        const double scale = step.scale[size_t(cell)];
        unsigned held, mask = kernels.balls[d](query, &step.middle[size_t(cell * d)], scale,
                                               &step.sides[size_t(cell * d * 32)], tree.limit(reach, scale), &held);
        const Tree::Step& parts = tree.steps_[number + 1];
        for (mask &= (1u << size) - 1u; mask; mask &= mask - 1) {
            const int i = trailing_zeros(mask);
            const Index part = cell * size + i;
            // Decided in float64, so that sums are made of the same cells at every level.
            if (held >> i & 1u &&
                tree.unit_.distance(farthest_corner(query, &parts.low[size_t(part * d)], &parts.high[size_t(part * d)],
                                                    d)) <= radius)
                hold(number + 1, part);
            else
                visit(number + 1, part);
        }
    }
};

void Tree::within(const NeighbourKernels& kernels, const double* queries, const std::int64_t* order,
                  const Balls& balls) const {
    std::vector<std::vector<double>> cell_sums(steps_.size());
    if (balls.point_values)
        for (size_t i = steps_.size(); i-- > 0;) {
            cell_sums[i].assign(size_t(steps_[i].cells), 0.0);
            for (Index cell = 0; cell < steps_[i].cells; ++cell) {
                double& sum = cell_sums[i][size_t(cell)];
                if (steps_[i].bits)
                    for (Index part = cell << steps_[i].bits; part < (cell + 1) << steps_[i].bits; ++part)
                        sum += cell_sums[i + 1][size_t(part)];
                else
                    for (Index at = leaf_begin_[size_t(cell)]; at < leaf_begin_[size_t(cell) + 1]; ++at)
                        sum += balls.point_values[order_[size_t(at)]];
            }
        }
    std::vector<Index> places;
    if (balls.own) {
        places.resize(size_t(count_));
        for (Index at = 0; at < count_; ++at) places[size_t(order_[size_t(at)])] = at;
    }
    // How many tasks there are depends on the sizes alone, and so does every sum.
    const Index tasks = std::max(Index(1), std::min(Index(64), balls.count / TASK));
    std::vector<Pull> pulls(balls.pulled ? size_t(tasks) : 0);
    run_all(tasks, balls.count > 2 * TASK, [&](Index task) {
        Pull* pull = balls.pulled ? &pulls[size_t(task)] : nullptr;
        if (pull) {
            for (const Step& step : steps_) pull->cells.emplace_back(size_t(step.cells), 0.0);
            pull->leaf.assign(size_t(leaves_), -1);
        }
        BallSearch search{*this, kernels, balls, cell_sums, places, pull};
        for (Index i = balls.count * task / tasks; i < balls.count * (task + 1) / tasks; ++i) {
            const std::int64_t at = order[i];
            scaled(queries + at * d_, search.query);
            search.code = balls.query_codes[at];
            search.own = balls.own && search.code >= 0 && search.code < count_ ? places[size_t(search.code)] : -1;
            search.radius = balls.radii[at];
            search.reach = unit_.reach(search.radius);
            search.weight = balls.query_values ? balls.query_values[at] : 0.0;
            search.count = 0;
            search.sum = 0.0;
            if (search.radius >= 0.0) search.visit(0, 0);
            balls.counts[at] = search.count;
            if (balls.sums) balls.sums[at] = search.sum;
        }
    });
    if (!balls.pulled) return;
    run_all(leaves_, count_ > WORTH_THREADS, [&](Index leaf) {
        double whole = 0.0;
        Index cell = leaf;
        for (size_t i = steps_.size(); i-- > 0;) {
            cell >>= steps_[i].bits;
            for (const Pull& pull : pulls) whole += pull.cells[i][size_t(cell)];
        }
        for (Index at = leaf_begin_[size_t(leaf)]; at < leaf_begin_[size_t(leaf) + 1]; ++at) {
            double sum = whole;
            for (const Pull& pull : pulls)
                if (pull.leaf[size_t(leaf)] >= 0)
                    sum += pull.points[size_t(pull.leaf[size_t(leaf)] + at - leaf_begin_[size_t(leaf)])];
            balls.pulled[order_[size_t(at)]] = sum;
        }
    });
}

}  // namespace kullback
