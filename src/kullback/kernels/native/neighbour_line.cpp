#include "neighbour_line.hpp"

#include <cstring>

namespace kullback {
namespace {

using std::size_t;

constexpr Index TASK = 4096;  // queries that a thread takes at a time

Index lower_bound(const double* values, Index count, double x) {
    return std::lower_bound(values, values + count, x) - values;
}

// The k nearest of the points that `kept` lets in, in order.
struct Window {
    const Line& points;
    std::vector<Neighbour> found, tied;

    template <class Kept>
    void search(double query, Index place, Index k, const Kept& kept) {
        const double* values = points.values;
        Index left = place - 1, right = place;  // the next on either side
        bool ties = false;
        double previous = -1.0;
        found.clear();
        while (static_cast<Index>(found.size()) < k) {
            while (left >= 0 && !kept(left)) --left;
            while (right < points.count && !kept(right)) ++right;
            if (left < 0 && right == points.count) break;
            const double below = left < 0 ? INFINITE : query - values[left];
            const double above = right == points.count ? INFINITE : values[right] - query;
            const bool go_right = left < 0 || (right < points.count && above < below);
            const double distance = go_right ? above : below;
            found.push_back({distance, points.index[go_right ? right++ : left--]});
            ties |= distance == previous;
            previous = distance;
        }
        const Index first = left, stop = right;
        while (left >= 0 && (query - values[left] == previous || !kept(left))) --left;
        while (right < points.count && (values[right] - query == previous || !kept(right))) ++right;
        if (!ties && left == first && right == stop) return;
        tied.clear();
        for (Index at = left + 1; at < right; ++at)
            if (kept(at)) tied.push_back({std::fabs(query - values[at]), points.index[at]});
        const auto end = tied.begin() + static_cast<std::ptrdiff_t>(std::min(size_t(k), tied.size()));
        std::partial_sort(tied.begin(), end, tied.end());
        found.assign(tied.begin(), end);
    }
};

// A sum of many numbers and its rounding.
struct Exactly {
    double sum = 0.0, rest = 0.0;

    void add(double x) {
        const double whole = sum + x, part = whole - sum;
        rest += (sum - (whole - part)) + (x - part);
        sum = whole;
    }
    double value() const { return sum + rest; }
};

double between(const std::vector<Exactly>& sums, Index first, Index stop) {
    const Exactly &a = sums[size_t(first)], &b = sums[size_t(stop)];
    Exactly apart = b;
    apart.add(-a.sum);
    apart.rest -= a.rest;
    return apart.value();
}

// Sums of values over ranges of places, and what is added over ranges.
struct Ranges {
    std::vector<Exactly> sums, pulls;

    void start(const Balls& balls, const Line& points, const std::vector<Index>* places) {
        if (balls.pulled) pulls.resize(size_t(points.count + 1));
        if (!balls.point_values) return;
        sums.resize(size_t(points.count + 1));
        Exactly sum;
        for (Index i = 0; i < points.count; ++i) {
            sum.add(balls.point_values[points.index[places ? (*places)[size_t(i)] : i]]);
            sums[size_t(i + 1)] = sum;
        }
    }
    void pull(Index first, Index stop, double weight) {
        pulls[size_t(first)].add(weight);
        pulls[size_t(stop)].add(-weight);
    }
    void add_up() {
        Exactly sum;
        for (Exactly& pull : pulls) {
            sum.add(pull.sum);
            sum.add(pull.rest);
            pull = sum;
        }
    }
};

// The first place in [0, stop) from which on `near` holds, given that it holds up to stop; looks close to stop first.
template <class Near>
Index reach_down(Index stop, const Near& near) {
    Index step = 1, high = stop;  // near holds from high on
    while (high - step >= 0 && near(high - step)) high -= step, step *= 2;
    Index low = high - step < 0 ? -1 : high - step;
    while (high - low > 1) {
        const Index middle = low + (high - low) / 2;
        (near(middle) ? high : low) = middle;
    }
    return high;
}

template <class Near>
Index reach_up(Index start, Index count, const Near& near) {
    return count - reach_down(count - start, [&](Index i) { return near(count - 1 - i); });
}

}  // namespace

void sort_line(const double* values, Index count, double* sorted, std::int64_t* index, double* scratch) {
    // By eleven bits at a time, the lowest first: that keeps the order of equal numbers.
    constexpr int BITS = 11, PASSES = 6;
    constexpr std::uint64_t MASK = (1u << BITS) - 1u, SIGN = std::uint64_t(1) << 63;
    struct Key {
        std::uint64_t bits;
        std::int64_t index;
    };
    static_assert(sizeof(Key) == 2 * sizeof(double), "what the scratch has room for");
    Key *keys = reinterpret_cast<Key*>(scratch), *other = keys + count;
    std::vector<Index> places(size_t(PASSES) << BITS, 0);
    for (Index i = 0; i < count; ++i) {
        const double value = values[i] + 0.0;  // no −0
        std::uint64_t bits;
        std::memcpy(&bits, &value, sizeof bits);
        bits = bits & SIGN ? ~bits : bits | SIGN;
        keys[i] = {bits, i};
        for (int pass = 0; pass < PASSES; ++pass)
            ++places[(size_t(pass) << BITS) + size_t(bits >> (BITS * pass) & MASK)];
    }
    for (int pass = 0; pass < PASSES; ++pass) {
        Index* place = places.data() + (size_t(pass) << BITS);
        if (count && place[keys[0].bits >> (BITS * pass) & MASK] == count) continue;
        for (Index at = 0, i = 0; i < Index(1) << BITS; ++i) {
            const Index size = place[i];
            place[i] = at;
            at += size;
        }
        for (Index i = 0; i < count; ++i) other[place[keys[i].bits >> (BITS * pass) & MASK]++] = keys[i];
        std::swap(keys, other);
    }
    for (Index i = 0; i < count; ++i) {
        const std::uint64_t found = keys[i].bits, bits = found & SIGN ? found & ~SIGN : ~found;
        std::memcpy(sorted + i, &bits, sizeof bits);
        index[i] = keys[i].index;
    }
}

void nearest_on_line(const Line& points, const Line& queries, const std::int64_t* point_codes,
                     const std::int64_t* query_codes, bool own, Index k, double* distances, std::int64_t* indices) {
    const double least = std::min(points.values[0], queries.values[0]);
    const double greatest = std::max(points.values[points.count - 1], queries.values[queries.count - 1]);
    const Index wanted = k + 1;  // one more, of which the query's own point is dropped, or the last
    const bool plain = own && wanted <= points.count && greatest - least < INFINITE;
    // With what is farther than all at both ends, the merge below needs no look at the ends.
    std::vector<double> fenced;
    if (plain) {
        fenced.reserve(size_t(points.count + 2));
        fenced.push_back(-INFINITE);
        fenced.insert(fenced.end(), points.values, points.values + points.count);
        fenced.push_back(INFINITE);
    }
    const bool threads = queries.count > 2 * TASK;
    const Index tasks = (queries.count + TASK - 1) / TASK;
    // How many points lie below each query, and which queries have to be looked at more closely.
    std::vector<Index> place_of(static_cast<size_t>(queries.count));
    std::vector<unsigned char> open(size_t(queries.count), 1);
    run_all(tasks, threads, [&](Index task) {
        const Index begin = task * TASK, end = std::min(queries.count, begin + TASK);
        Index place = lower_bound(points.values, points.count, queries.values[begin]);
        for (Index i = begin; i < end; ++i) {
            while (place < points.count && points.values[place] < queries.values[i]) ++place;
            place_of[size_t(queries.index[i])] = place;
        }
    });
    if (plain) {
        std::vector<double> query_of(static_cast<size_t>(queries.count));
        for (Index i = 0; i < queries.count; ++i) query_of[size_t(queries.index[i])] = queries.values[i];
        // Row by row, so that what is written follows in memory.
        run_all(tasks, threads, [&](Index task) {
            std::vector<double> near(static_cast<size_t>(wanted + 1));
            std::vector<std::int64_t> whose(static_cast<size_t>(wanted + 1));
            for (Index row = task * TASK; row < std::min(queries.count, (task + 1) * TASK); ++row) {
                const double query = query_of[size_t(row)];
                const std::int64_t code = query_codes[row];
                Index left = place_of[size_t(row)], right = left + 1, written = 0;
                double previous = -1.0;
                double below = query - fenced[size_t(left)], above = fenced[size_t(right)] - query;
                bool ties = false;
                for (Index j = 0; j < wanted; ++j) {
                    // Without branches: which side is nearer cannot be foreseen.
                    const Index go_right = above < below;
                    const double distance = above < below ? above : below;
                    const std::int64_t index = points.index[left + ((right - left) & -go_right) - 1];
                    left -= 1 - go_right;
                    right += go_right;
                    below = query - fenced[size_t(left)];
                    above = fenced[size_t(right)] - query;
                    ties |= distance == previous;
                    previous = distance;
                    near[size_t(written)] = distance;
                    whose[size_t(written)] = index;
                    written += index != code;
                }
                ties |= (below == previous) | (above == previous);
                open[size_t(row)] = ties;
                std::memcpy(distances + row * k, near.data(), size_t(k) * sizeof(double));
                std::memcpy(indices + row * k, whose.data(), size_t(k) * sizeof(std::int64_t));
            }
        });
    }
    run_all(tasks, threads, [&](Index task) {
        Window window{points, {}, {}};
        Index before = -1;  // the query whose window it is
        for (Index i = task * TASK; i < std::min(queries.count, (task + 1) * TASK); ++i) {
            const std::int64_t row = queries.index[i], code = query_codes[row];
            if (!open[size_t(row)]) continue;
            const double query = queries.values[i];
            const Index place = place_of[size_t(row)];
            if (!own)
                window.search(query, place, k, [&](Index at) { return point_codes[points.index[at]] != code; });
            else if (before < 0 || query != queries.values[before])
                window.search(query, place, wanted, [](Index) { return true; });
            before = i;  // of equal queries, each leaves out at most one point
            Index written = 0;
            for (const Neighbour& found : window.found) {
                if (written == k) break;
                if (own && found.index == code) continue;
                distances[row * k + written] = found.distance;
                indices[row * k + written++] = found.index;
            }
            for (; written < k; ++written) distances[row * k + written] = INFINITE, indices[row * k + written] = -1;
        }
    });
}

void within_on_line(const Line& points, const Line& queries, const Balls& balls) {
    // Places by code and then in order, to take out those of one code.
    std::vector<Index> places;
    std::vector<Index> place_of;
    if (balls.own) {
        place_of.resize(size_t(points.count));
        for (Index at = 0; at < points.count; ++at) place_of[size_t(points.index[at])] = at;
    } else {
        places.resize(size_t(points.count));
        for (Index at = 0; at < points.count; ++at) places[size_t(at)] = at;
        std::stable_sort(places.begin(), places.end(), [&](Index a, Index b) {
            return balls.point_codes[points.index[a]] < balls.point_codes[points.index[b]];
        });
    }
    const auto code_at = [&](Index at) { return balls.point_codes[points.index[at]]; };
    struct Found {
        Index first, stop, out_first, out_stop;
    };
    std::vector<Found> all(static_cast<size_t>(queries.count));
    Ranges whole, out;
    whole.start(balls, points, nullptr);
    if (!balls.own) out.start(balls, points, &places);
    run_all((queries.count + TASK - 1) / TASK, queries.count > 2 * TASK, [&](Index task) {
        for (Index i = task * TASK; i < std::min(queries.count, (task + 1) * TASK); ++i) {
            const std::int64_t row = queries.index[i], code = balls.query_codes[row];
            const double query = queries.values[i], radius = balls.radii[row];
            const Index place = lower_bound(points.values, points.count, query);
            Found& found = all[size_t(i)];
            const auto near = [&](Index at) { return std::fabs(query - points.values[at]) <= radius; };
            found = {reach_down(place, near), reach_up(place, points.count, near), 0, 0};
            double sum = balls.sums ? between(whole.sums, found.first, found.stop) : 0.0;
            if (balls.own) {
                const Index at = code >= 0 && code < points.count ? place_of[size_t(code)] : -1;
                const bool inside = at >= found.first && at < found.stop;
                found.out_first = inside ? at : found.stop;
                found.out_stop = found.out_first + inside;
                if (inside && balls.sums)
                    sum = between(whole.sums, found.first, at) + between(whole.sums, at + 1, found.stop);
            } else {
                const auto before = [&](Index a, Index bound) {
                    return code_at(a) < code || (code_at(a) == code && a < bound);
                };
                const auto begin = places.begin(), end = places.end();
                found.out_first = std::lower_bound(begin, end, found.first, before) - begin;
                found.out_stop = std::lower_bound(begin, end, found.stop, before) - begin;
                if (balls.sums) {
                    Exactly rest;
                    rest.add(sum);
                    rest.add(-between(out.sums, found.out_first, found.out_stop));
                    sum = rest.value();
                }
            }
            balls.counts[row] = found.stop - found.first - (found.out_stop - found.out_first);
            if (balls.sums) balls.sums[row] = sum;
        }
    });
    if (!balls.pulled) return;
    for (Index i = 0; i < queries.count; ++i) {
        const Found& found = all[size_t(i)];
        const double weight = balls.query_values[queries.index[i]];
        whole.pull(found.first, found.stop, weight);
        if (balls.own && found.out_first < found.out_stop)
            whole.pull(found.out_first, found.out_stop, -weight);
        else if (!balls.own)
            out.pull(found.out_first, found.out_stop, weight);
    }
    whole.add_up();
    for (Index at = 0; at < points.count; ++at) balls.pulled[points.index[at]] = whole.pulls[size_t(at)].value();
    if (balls.own) return;
    out.add_up();
    for (Index i = 0; i < points.count; ++i) {
        const Index at = places[size_t(i)];
        Exactly left = whole.pulls[size_t(at)];
        left.add(-out.pulls[size_t(i)].sum);
        left.rest -= out.pulls[size_t(i)].rest;
        balls.pulled[points.index[at]] = left.value();
    }
}

}  // namespace kullback
