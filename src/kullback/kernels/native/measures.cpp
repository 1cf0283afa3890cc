#include "measures.hpp"

#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>
#include <new>
#include <utility>

#include "threads.hpp"

#if defined(__GNUC__) && !defined(__clang__)
// The kernels are long chains of operations: the next should begin before the last has ended.
#pragma GCC optimize("schedule-insns", "sched-pressure")
#endif
#define KULLBACK_KERNELS "sweeps.hpp"
#include "for_each_level.hpp"

namespace kullback {

double careful_log_ratio(double p, double q) { return std::log(p) - std::log(q); }

double careful_power_excess(double p, double q, const Parameters& parameters) {
    const double y = -parameters.beta * careful_log_ratio(p, q);
    if (std::fabs(y) < 1.0) return p * std::expm1(y);
    return std::exp(parameters.alpha * std::log(p) + parameters.beta * std::log(q)) - p;
}

namespace {

constexpr double NOT_PROMISED = std::numeric_limits<double>::quiet_NaN();
constexpr Index GATHERED = 2048;      // outcomes of a strided row that are copied at a time; a multiple of a block
constexpr Index CHUNK = Index(1) << 17;     // outcomes of a row that one thread takes at a time; a multiple of the above
constexpr Index WORTH_SINGLE = 64;          // outcomes: fewer are as fast in double
constexpr double LEAST_SINGLE_COST = 1e-20;  // below it, what float32 cannot hold may have cost digits
constexpr double LEAST_COST = 1e-280;  // below it, subnormal numbers may have cost digits

template <class To, class From>
void gather(Row row, Index n, To* to) {
    if (row.stride == sizeof(From)) {
        const From* values = reinterpret_cast<const From*>(row.values);
        for (Index i = 0; i < n; ++i) to[i] = values[i];
        return;
    }
    for (Index i = 0; i < n; ++i) {
        From value;
        std::memcpy(&value, row.values + i * row.stride, sizeof value);
        to[i] = value;
    }
}

// Rows of numbers of type From, for a sweep that takes numbers of type To.
template <class To, class From>
void sweep_chunk(Sweep sweep, Row p, Row q, Index n, double shift, const Parameters& parameters, Accumulator& total) {
    if (sizeof(From) == sizeof(To) && p.stride == sizeof(From) && q.stride == sizeof(From))
        return sweep(p.values, q.values, n, shift, parameters, total);
    To first[GATHERED], second[GATHERED];
    for (Index start = 0; start < n; start += GATHERED) {
        const Index size = n - start < GATHERED ? n - start : GATHERED;
        gather<To, From>({p.values + start * p.stride, p.stride}, size, first);
        gather<To, From>({q.values + start * q.stride, q.stride}, size, second);
        sweep(first, second, size, shift, parameters, total);
    }
}

struct Pass {
    Sweep sweep;
    decltype(&sweep_chunk<double, double>) sweep_chunk;
    Row p, q;
    Index n;
    double shift;
    const Parameters& parameters;
    Accumulator* chunks;

    Accumulator chunk(Index index) const {
        Accumulator total;
        const Index start = index * CHUNK, size = n - start < CHUNK ? n - start : CHUNK;
        const Row first{p.values + start * p.stride, p.stride}, second{q.values + start * q.stride, q.stride};
        sweep_chunk(sweep, first, second, size, shift, parameters, total);
        return total;
    }
};

void chunk_task(void* context, Index index) {
    const Pass& pass = *static_cast<const Pass*>(context);
    pass.chunks[index] = pass.chunk(index);
}

// The chunks are the same, and added in the same order, whether threads share them or not.
Accumulator whole_row(Pass pass, bool split) {
    const Index count = (pass.n + CHUNK - 1) / CHUNK;
    if (count == 1) return pass.chunk(0);
    Accumulator total;
    std::unique_ptr<Accumulator[]> chunks;
    if (split && count > 1) chunks.reset(new (std::nothrow) Accumulator[count]);
    if (chunks) {
        pass.chunks = chunks.get();
        run_tasks(count, chunk_task, &pass);
    }
    for (Index i = 0; i < count; ++i) total.add(chunks ? chunks[i] : pass.chunk(i));
    return total;
}

template <class T>
bool equal(Row p, Row q, Index n) {
    for (Index i = 0; i < n; ++i) {
        T first, second;
        std::memcpy(&first, p.values + i * p.stride, sizeof(T));
        std::memcpy(&second, q.values + i * q.stride, sizeof(T));
        if (first != second) return false;
    }
    return true;
}

// x − ln(1 + x) ≥ 0.
double log_defect(double x) {
    if (std::fabs(x) > 0.1) return x - std::log1p(x);
    if (std::fabs(x) < 1e-4) return x * x * (0.5 - x * (1.0 / 3.0 - x * (0.25 - x * 0.2)));
    double sum = 0.0, power = x * x;
    for (int k = 2; k < 20; ++k, power *= -x) sum += power / k;
    return sum;
}

// The value of the measure, for normalised rows, from the sum of the costs.
double finish(Measure measure, const Parameters& parameters, double cost) {
    switch (measure) {
        case Measure::jensen_shannon: {
            const double v = parameters.v, w = parameters.w;
            return std::fmin(cost, -v * std::log(v) - w * std::log(w));
        }
        case Measure::total_variation: return std::fmin(0.5 * cost, 1.0);
        case Measure::hellinger: return std::fmin(std::sqrt(0.5 * cost), 1.0);
        case Measure::renyi: {
            const double x = -parameters.beta * cost;
            if (std::fabs(x) < 1e-17) return cost;
            // 1 + x is Σ p^α q^β: near 0 it has no digits left.
            return x > -0.98 ? std::log1p(x) / -parameters.beta : NOT_PROMISED;
        }
        default: return cost;
    }
}

bool near_unit(double sum_p, double sum_q, double tolerance) {
    return std::fabs(sum_p - 1.0) <= tolerance && std::fabs(sum_q - 1.0) <= tolerance;
}

// The value from the sums in float; NaN where these are not enough, be it because the totals differ by too much.
double single_value(Measure measure, const Parameters& parameters, const Accumulator& sums, double tolerance) {
    const double p = sums.p.value(), cost = sums.cost.value(), q = p - sums.difference.value(), x = (q - p) / p;
    if (sums.negative || sums.infinite || !near_unit(p, q, tolerance) || !(cost >= LEAST_SINGLE_COST && cost < HUGE_VAL))
        return NOT_PROMISED;
    if (measure == Measure::kl) {
        const double value = cost / p - log_defect(x);
        return value >= 0.999 * cost / p ? value : NOT_PROMISED;
    }
    const bool absolute = measure == Measure::total_variation;
    const bool negligible = std::fabs(x) <= 1e-7 && (absolute ? std::fabs(x) <= 1e-7 * cost : x * x <= 1e-8 * cost);
    return negligible ? finish(measure, parameters, 2.0 * cost / (p + q)) : NOT_PROMISED;
}

}  // namespace

double measure_row(const Operation& operation, const Parameters& parameters, Row p, Row q, Index n, double tolerance,
                   bool split) {
    const double infinity = std::numeric_limits<double>::infinity();
    if (operation.swapped) std::swap(p, q);
    const bool kl = operation.measure == Measure::kl, absolute = operation.measure == Measure::total_variation;
    Pass pass{operation.sweeps.plain, operation.single ? sweep_chunk<double, float> : sweep_chunk<double, double>,
              p, q, n, 0.0, parameters, nullptr};
    if (operation.single && operation.sweeps.single && n >= WORTH_SINGLE) {
        pass.sweep = operation.sweeps.single;
        pass.sweep_chunk = sweep_chunk<float, float>;
        const double value = single_value(operation.measure, parameters, whole_row(pass, split), tolerance);
        if (value == value) return value;
        pass.sweep = operation.sweeps.plain;
        pass.sweep_chunk = sweep_chunk<double, float>;
    }
    const Accumulator first = whole_row(pass, split);
    const double sum_p = first.p.value(), difference = first.difference.value(), sum_q = sum_p - difference;
    if (first.negative || !near_unit(sum_p, sum_q, tolerance) ||
        !(sum_p > 0.0 && sum_q > 0.0 && sum_p < infinity && sum_q < infinity))
        return NOT_PROMISED;
    if (first.infinite) return infinity;
    if (n == 1) return 0.0;
    double cost = first.cost.value();
    if (!(cost >= LEAST_COST)) {
        const bool same = cost >= 0.0 && (operation.single ? equal<float> : equal<double>)(p, q, n);
        return same ? 0.0 : NOT_PROMISED;
    }
    if (!(cost < infinity)) return NOT_PROMISED;

    // The totals are not exactly equal. For KL their difference enters in closed form; for the others it is negligible
    // or p is scaled to the total of q, term by term, in a second pass (the row is in the cache).
    const double x = -difference / sum_p;
    if (kl) {
        const double value = cost / sum_p - log_defect(x);
        if (value >= 0.25 * cost / sum_p) return value;
    } else {
        const double negligible = operation.single ? 1e-8 : 1e-15;
        if (std::fabs(x) <= negligible && (absolute ? std::fabs(x) : x * x) <= negligible * cost)
            return finish(operation.measure, parameters, 2.0 * cost / (sum_p + sum_q));
    }
    pass.sweep = operation.sweeps.scaled;
    pass.shift = x;
    const Accumulator second = whole_row(pass, split);
    const double total = second.p.value();
    cost = second.cost.value();
    if (second.infinite) return infinity;
    if (!(cost >= LEAST_COST && cost < infinity)) return NOT_PROMISED;
    // What the scaling has left of p − q has an absolute error of 1e-16·x·p.
    const double noise = operation.single ? 1e-9 : 1e-2;
    const double visible = absolute ? noise * std::fabs(x) : 5.0 * noise * noise * x * x;
    if (!(cost >= visible)) return NOT_PROMISED;
    if (!kl) return finish(operation.measure, parameters, cost / total);
    const double value = cost / total - log_defect(-second.difference.value() / total);
    return value >= 0.25 * cost / total ? value : NOT_PROMISED;
}

const Operation& operation_of(int level, Measure measure, bool single, bool swapped) {
    static Operation operations[3][MEASURES][2][2];
    Operation& found = operations[level][static_cast<int>(measure)][single][swapped];
    if (!found.sweeps.plain) {
        Sweeps sweeps = baseline::sweeps_of(measure);
#if KULLBACK_X86_LEVELS
        if (level == LEVEL_V3) sweeps = v3::sweeps_of(measure);
        if (level == LEVEL_V4) sweeps = v4::sweeps_of(measure);
#endif
        found = {measure, single, swapped, sweeps};
    }
    return found;
}

PairFunctions pair_functions_of(int level) {
#if KULLBACK_X86_LEVELS
    if (level == LEVEL_V4) return {v4::mean_entropy, v4::log_ratios};
    if (level == LEVEL_V3) return {v3::mean_entropy, v3::log_ratios};
#endif
    (void)level;
    return {baseline::mean_entropy, baseline::log_ratios};
}

}  // namespace kullback
