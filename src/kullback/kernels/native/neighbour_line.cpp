#include "neighbour_line.hpp"

#include <cstring>

#if defined(__linux__)
#include <sys/mman.h>
#include <unistd.h>
#endif

namespace kullback {
namespace {

using std::size_t;
using Point = Line::Point;

constexpr Index TASK = 4096;   // queries that a thread takes at a time
constexpr Index BLOCK = 64;    // queries whose points are fetched before they are looked at
constexpr Index CROWDED = 24;  // points of a cell above which it is cut again
constexpr int DEEPEST = 5;     // how often that is done
constexpr Index MANY = 512;    // points above which their bits are sorted

inline void fetch(const void* address) {
#if defined(__GNUC__) || defined(__clang__)
    __builtin_prefetch(address);
#else
    (void)address;
#endif
}

// All bits set if a < b, none otherwise, in such a way that no compiler makes a branch of what is done with them: which
// side of a query is nearer cannot be foreseen.
inline std::uintptr_t ones_if_less(double a, double b) {
    std::uintptr_t mask = std::uintptr_t(0) - std::uintptr_t(a < b);
#if defined(__GNUC__) || defined(__clang__)
    __asm__("" : "+r"(mask));
#endif
    return mask;
}

// By the bits of the numbers, eleven at a time, the lowest first: that keeps the order of equal numbers.
void sort_by_bits(Point* points, Index count) {
    constexpr int BITS = 11, PASSES = 6;
    constexpr std::uint64_t MASK = (1u << BITS) - 1u, SIGN = std::uint64_t(1) << 63;
    struct Key {
        std::uint64_t bits;
        std::int64_t index;
    };
    std::vector<Key> keys(static_cast<size_t>(count)), others(static_cast<size_t>(count));
    std::vector<Index> places(size_t(PASSES) << BITS, 0);
    for (Index i = 0; i < count; ++i) {
        std::uint64_t bits;
        std::memcpy(&bits, &points[i].value, sizeof bits);
        if (bits == SIGN) bits = 0;  // −0 is 0
        bits = bits & SIGN ? ~bits : bits | SIGN;
        keys[size_t(i)] = {bits, points[i].index};
        for (int pass = 0; pass < PASSES; ++pass)
            ++places[(size_t(pass) << BITS) + size_t(bits >> (BITS * pass) & MASK)];
    }
    for (int pass = 0; pass < PASSES; ++pass) {
        Index* place = places.data() + (size_t(pass) << BITS);
        if (place[keys[0].bits >> (BITS * pass) & MASK] == count) continue;
        for (Index at = 0, i = 0; i < Index(1) << BITS; ++i) {
            const Index size = place[i];
            place[i] = at;
            at += size;
        }
        for (const Key& key : keys) others[size_t(place[key.bits >> (BITS * pass) & MASK]++)] = key;
        std::swap(keys, others);
    }
    for (Index i = 0; i < count; ++i) {
        const std::uint64_t found = keys[size_t(i)].bits, bits = found & SIGN ? found & ~SIGN : ~found;
        std::memcpy(&points[i].value, &bits, sizeof bits);
        points[i].index = keys[size_t(i)].index;
    }
}

void sort_points(Point* points, Index count) {
    const auto less = [](const Point& a, const Point& b) {
        return a.value < b.value || (a.value == b.value && a.index < b.index);
    };
    if (std::is_sorted(points, points + count, less)) return;
    if (count > MANY)
        sort_by_bits(points, count);
    else
        std::sort(points, points + count, less);
}

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

// The k nearest of the points that `kept` lets in, in order, for queries that `Merge` leaves open.
struct Window {
    const Line& line;
    std::vector<Neighbour> found;

    template <class Kept>
    void search(double query, Index place, Index k, const Kept& kept) {
        found.clear();
        if (same_place(query, place, k, kept)) return;
        Index left = place - 1, right = place;  // the next on either side
        bool ties = false;
        double last = -1.0;
        while (static_cast<Index>(found.size()) < k) {
            while (left >= 0 && !kept(left)) --left;
            while (right < line.count() && !kept(right)) ++right;
            if (left < 0 && right == line.count()) break;
            const double below = left < 0 ? INFINITE : query - line.value(left);
            const double above = right == line.count() ? INFINITE : line.value(right) - query;
            const bool go_right = left < 0 || (right < line.count() && above < below);
            const double distance = std::fabs(go_right ? above : below);  // no −0
            found.push_back({distance, line.index(go_right ? right++ : left--)});
            ties |= distance == last;
            last = distance;
        }
        // All that are as far away as the last, of which the lowest indices are wanted.
        const Index left_stop = reach_down(place, [&](Index at) { return query - line.value(at) < last; });
        const Index first = reach_down(left_stop, [&](Index at) { return query - line.value(at) == last; });
        const Index right_first =
            reach_up(place, line.count(), [&](Index at) { return line.value(at) - query < last; });
        const Index stop =
            reach_up(right_first, line.count(), [&](Index at) { return line.value(at) - query == last; });
        if (!ties && first > left && stop <= right) return;
        while (!found.empty() && found.back().distance == last) found.pop_back();
        take(first, left_stop, last, k, kept);
        take(right_first, stop, last, k, kept);
        const size_t size = std::min(size_t(k), found.size());
        std::partial_sort(found.begin(), found.begin() + static_cast<std::ptrdiff_t>(size), found.end());
        found.resize(size);
    }

  private:
    // Where many points are in the place of the query, they are in the order of their indices already.
    template <class Kept>
    bool same_place(double query, Index place, Index k, const Kept& kept) {
        if (place + k > line.count() || line.value(place + k - 1) != query) return false;
        for (Index at = place; at < line.count() && line.value(at) == query; ++at) {
            if (!kept(at)) continue;
            found.push_back({0.0, line.index(at)});
            if (static_cast<Index>(found.size()) == k) return true;
        }
        found.clear();
        return false;
    }

    // Points in one place are in the order of their indices, and no more than k of them are needed.
    template <class Kept>
    void take(Index first, Index stop, double distance, Index k, const Kept& kept) {
        while (first < stop) {
            const double value = line.value(first);
            const Index end = reach_up(first, stop, [&](Index at) { return line.value(at) == value; });
            for (Index taken = 0; first < end && taken < k; ++first)
                if (kept(first)) found.push_back({distance, line.index(first)}), ++taken;
            first = end;
        }
    }
};

// The nearest of a query, side by side from its place outwards, and whether they are in order: that is left open where
// distances are equal, where there are too few points, and where a distance is infinite.
bool merge(const Point* place, double query, Index k, double* distances, std::int64_t* indices) {
    const Point *left = place - 1, *right = place;
    double below = query - left->value, above = right->value - query, last = -1.0;
    bool open = false;
    for (Index j = 0; j < k; ++j) {
        const std::uintptr_t go_right = ones_if_less(above, below);
        const std::uintptr_t apart = reinterpret_cast<std::uintptr_t>(right) - reinterpret_cast<std::uintptr_t>(left);
        const Index step = static_cast<Index>(go_right & 1);
        const double distance = above < below ? above : below;
        indices[j] = reinterpret_cast<const Point*>(reinterpret_cast<std::uintptr_t>(left) + (apart & go_right))->index;
        distances[j] = std::fabs(distance);  // no −0
        open |= distance == last;
        last = distance;
        left -= 1 - step;
        right += step;
        below = query - left->value;
        above = right->value - query;
    }
    return !(open | (below == last) | (above == last) | !(last < INFINITE));
}

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

    void start(const Balls& balls, const Line& line, const std::vector<Index>* places) {
        if (balls.pulled) pulls.resize(size_t(line.count() + 1));
        if (!balls.point_values) return;
        sums.resize(size_t(line.count() + 1));
        Exactly sum;
        for (Index i = 0; i < line.count(); ++i) {
            sum.add(balls.point_values[line.index(places ? (*places)[size_t(i)] : i)]);
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

}  // namespace

// Large pieces of memory come in large pages where the system is asked for them: it hands out small ones so slowly that
// they would be most of the time of a search.
Line::Room Line::large_room(size_t bytes) {
    Room room(new char[bytes]);
#if defined(__linux__) && defined(MADV_HUGEPAGE)
    if (bytes >= size_t(1) << 22) {
        const std::uintptr_t page = static_cast<std::uintptr_t>(sysconf(_SC_PAGESIZE));
        const std::uintptr_t begin = reinterpret_cast<std::uintptr_t>(room.get());
        const std::uintptr_t first = (begin + page - 1) / page * page, stop = (begin + bytes) / page * page;
        madvise(reinterpret_cast<void*>(first), stop - first, MADV_HUGEPAGE);
    }
#endif
    return room;
}

Line::Line(const double* values, Index count)
    : count_(count), room_(large_room(size_t(count + 1 + LOOK) * sizeof(Point))) {
    points_ = reinterpret_cast<Point*>(room_.get()) + 1;
    points_[-1] = {-INFINITE, -1};
    for (Index i = 0; i < LOOK; ++i) points_[count + i] = {INFINITE, -1};
    const auto source = [&](Index i) { return Point{values[i], i}; };
    if (!cut(source, 0, count, 0)) {
        for (Index i = 0; i < count; ++i) points_[i] = source(i);
        sort_points(points_, count);
        cells_.push_back({0.0, 0.0, 0.0, large_room(sizeof(Index)), nullptr});
        cells_.back().starts = reinterpret_cast<Index*>(cells_.back().room.get());
        *cells_.back().starts = 0;
    }
    // What the cells leave out of order; nothing moves from one to another.
    for (Index i = 1; i < count; ++i) {
        const Point moved = points_[i];
        Index at = i;
        for (; moved.value < points_[at - 1].value; --at) points_[at] = points_[at - 1];
        points_[at] = moved;
    }
}

// Writes the points of the source, cell by cell, from `first` on, and adds the cells; not where they cannot be told
// apart, being in one place or farther apart than any number.
template <class Source>
bool Line::cut(const Source& source, Index first, Index count, int depth) {
    double least = source(0).value, greatest = least;
    for (Index i = 1; i < count; ++i) {
        const double value = source(i).value;
        least = value < least ? value : least;
        greatest = value > greatest ? value : greatest;
    }
    const double per_unit = double(count) / (greatest - least);
    if (!(per_unit > 0.0 && per_unit < INFINITE)) return false;
    const size_t entries = size_t(count + 2);
    cells_.push_back({least, per_unit, double(count - 1), large_room(entries * sizeof(Index)), nullptr});
    Cells& cells = cells_.back();
    Index* starts = cells.starts = reinterpret_cast<Index*>(cells.room.get());
    std::fill(starts, starts + entries, Index(0));
    for (Index i = 0; i < count; ++i) ++cells.start(source(i).value)[2];
    Index most = 0, sum = first;
    for (Index i = 0; i < count; ++i) {
        const Index size = starts[i + 2];
        most = std::max(most, size);
        starts[i + 1] = sum;  // of cell i, and once it is filled, of the next
        sum += size;
    }
    starts[0] = first;
    for (Index i = 0; i < count; ++i) {
        const Point point = source(i);
        points_[cells.start(point.value)[1]++] = point;
    }
    if (most <= CROWDED) return true;
    for (Index i = 0; i < count; ++i) {
        const Index size = starts[i + 1] - starts[i];
        if (size > CROWDED) cut_again(starts + i, size, depth + 1);
    }
    return true;
}

void Line::cut_again(Index* start, Index count, int depth) {
    const Index first = *start, name = static_cast<Index>(cells_.size());
    const std::vector<Point> crowd(points_ + first, points_ + first + count);
    if (depth <= DEEPEST && cut([&](Index i) { return crowd[size_t(i)]; }, first, count, depth))
        *start = ~name;
    else
        sort_points(points_ + first, count);
}

Index Line::below(double x) const {
    return std::lower_bound(points_, points_ + count_, x, [](const Point& a, double b) { return a.value < b; }) - points_;
}

template <class Work>
void Line::for_each_place(const double* queries, Index begin, Index end, const Work& work) const {
    const Cells& whole = cells_.front();
    const Index* starts[BLOCK];
    Index places[BLOCK];
    for (; begin < end; begin += BLOCK) {
        const Index size = std::min(BLOCK, end - begin);
        for (Index i = 0; i < size; ++i) fetch(starts[i] = whole.start(queries[begin + i]));
        for (Index i = 0; i < size; ++i) {
            Index place = *starts[i];
            while (place < 0) place = *cells_[size_t(~place)].start(queries[begin + i]);
            places[i] = place;
            for (Index ahead = -4; ahead <= 4; ahead += 4) fetch(points_ + place + ahead);
        }
        for (Index i = 0; i < size; ++i) {
            const double query = queries[begin + i];
            Index place = places[i], less = 0;
            for (Index j = 0; j < LOOK; ++j) less += value(place + j) < query;
            place += less;
            if (less == LOOK) place = reach_up(place, count_, [&](Index at) { return value(at) < query; });
            work(begin + i, place);
        }
    }
}

void nearest_on_line(const Line& line, const double* queries, Index count, const std::int64_t* point_codes,
                     const std::int64_t* query_codes, bool own, Index k, double* distances, std::int64_t* indices) {
    const Index wanted = k + (query_codes && own);  // one more, of which the query's own point is dropped, or the last
    run_all((count + TASK - 1) / TASK, count > 2 * TASK, [&](Index task) {
        Window window{line, {}};
        std::vector<double> near(static_cast<size_t>(wanted));
        std::vector<std::int64_t> whose(static_cast<size_t>(wanted));
        const Index end = std::min(count, (task + 1) * TASK);
        line.for_each_place(queries, task * TASK, end, [&](Index row, Index place) {
            const double query = queries[row];
            const std::int64_t code = query_codes ? query_codes[row] : -1;
            double* to = distances + row * k;
            std::int64_t* to_index = indices + row * k;
            Index written = 0;
            if (!query_codes) {
                if (merge(line.points() + place, query, k, to, to_index)) return;
            } else if (own && merge(line.points() + place, query, wanted, near.data(), whose.data())) {
                Index own_place = 0;  // most often it is the first
                while (own_place < k && whose[size_t(own_place)] != code) ++own_place;
                for (; written < own_place; ++written) {
                    to[written] = near[size_t(written)];
                    to_index[written] = whose[size_t(written)];
                }
                for (; written < k; ++written) {
                    to[written] = near[size_t(written + 1)];
                    to_index[written] = whose[size_t(written + 1)];
                }
                return;
            }
            if (query_codes && !own)
                window.search(query, place, k, [&](Index at) { return point_codes[line.index(at)] != code; });
            else
                window.search(query, place, wanted, [](Index) { return true; });
            for (const Neighbour& found : window.found) {
                if (written == k) break;
                if (own && found.index == code) continue;
                to[written] = found.distance;
                to_index[written++] = found.index;
            }
            for (; written < k; ++written) to[written] = INFINITE, to_index[written] = -1;
        });
    });
}

void within_on_line(const Line& line, const Line& asked, const Balls& balls) {
    const Index count = line.count();
    // Places by code and then in order, to take out those of one code.
    std::vector<Index> places;
    std::vector<Index> place_of;
    if (balls.own) {
        place_of.resize(size_t(count));
        for (Index at = 0; at < count; ++at) place_of[size_t(line.index(at))] = at;
    } else {
        places.resize(size_t(count));
        for (Index at = 0; at < count; ++at) places[size_t(at)] = at;
        std::stable_sort(places.begin(), places.end(), [&](Index a, Index b) {
            return balls.point_codes[line.index(a)] < balls.point_codes[line.index(b)];
        });
    }
    const auto code_at = [&](Index at) { return balls.point_codes[line.index(at)]; };
    struct Found {
        Index first, stop, out_first, out_stop;
    };
    std::vector<Found> all(static_cast<size_t>(balls.count));
    Ranges whole, out;
    whole.start(balls, line, nullptr);
    if (!balls.own) out.start(balls, line, &places);
    run_all((balls.count + TASK - 1) / TASK, balls.count > 2 * TASK, [&](Index task) {
        const Index begin = task * TASK;
        Index place = line.below(asked.value(begin));
        for (Index i = begin; i < std::min(balls.count, begin + TASK); ++i) {
            const double query = asked.value(i);
            while (line.value(place) < query) ++place;
            const std::int64_t row = asked.index(i), code = balls.query_codes[row];
            const double radius = balls.radii[row];
            Found& found = all[size_t(i)];
            const auto near = [&](Index at) { return std::fabs(query - line.value(at)) <= radius; };
            found = {reach_down(place, near), reach_up(place, count, near), 0, 0};
            double sum = balls.sums ? between(whole.sums, found.first, found.stop) : 0.0;
            if (balls.own) {
                const Index at = code >= 0 && code < count ? place_of[size_t(code)] : -1;
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
    for (Index i = 0; i < balls.count; ++i) {
        const Found& found = all[size_t(i)];
        const double weight = balls.query_values[asked.index(i)];
        whole.pull(found.first, found.stop, weight);
        if (balls.own && found.out_first < found.out_stop)
            whole.pull(found.out_first, found.out_stop, -weight);
        else if (!balls.own)
            out.pull(found.out_first, found.out_stop, weight);
    }
    whole.add_up();
    for (Index at = 0; at < count; ++at) balls.pulled[line.index(at)] = whole.pulls[size_t(at)].value();
    if (balls.own) return;
    out.add_up();
    for (Index i = 0; i < count; ++i) {
        const Index at = places[size_t(i)];
        Exactly left = whole.pulls[size_t(at)];
        left.add(-out.pulls[size_t(i)].sum);
        left.rest -= out.pulls[size_t(i)].rest;
        balls.pulled[line.index(at)] = left.value();
    }
}

}  // namespace kullback
