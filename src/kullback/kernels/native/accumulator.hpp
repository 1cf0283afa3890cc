// What a pass over a row leaves behind: three sums and what was met.
#pragma once

#include "threads.hpp"

namespace kullback {

// A sum with the rounding error of its additions (Neumaier 1974), so that thousands of blocks cost no digits.
struct Total {
    double high = 0.0, low = 0.0;

    void add(double x) {
        const double sum = high + x;
        const double magnitude = high < 0.0 ? -high : high;
        low += (magnitude >= (x < 0.0 ? -x : x)) ? (high - sum) + x : (x - sum) + high;
        high = sum;
    }
    void add(const Total& other) {
        add(other.high);
        low += other.low;
    }
    double value() const { return high + low; }
};

struct Accumulator {
    Total cost;        // Σ f(p, q) ≥ 0
    Total p;           // Σ p
    Total difference;  // Σ (p − q)
    bool negative = false;
    bool infinite = false;  // an outcome with an infinite cost was met

    void add(const Accumulator& other) {
        cost.add(other.cost);
        p.add(other.p);
        difference.add(other.difference);
        negative = negative || other.negative;
        infinite = infinite || other.infinite;
    }
};

// The parameters of families, ready for use.
struct Parameters {
    double alpha = 0.0, beta = 0.0, inverse_beta = 0.0;  // Rényi; β = 1 − α
    double series[20] = {};                              // Rényi: (1 + β + … + β^k)/(k + 2)!
    double v = 0.5, w = 0.5;                             // Jensen–Shannon: the weights of p and q
};

// ln(p/q) for any two positive numbers, subnormal ones too.
double careful_log_ratio(double p, double q);
// p^α q^β − p, likewise.
double careful_power_excess(double p, double q, const Parameters& parameters);

using Sweep = void (*)(const void* p, const void* q, Index n, double shift, const Parameters& parameters,
                       Accumulator& total);

struct Sweeps {
    Sweep plain;   // assumes that both rows have the same total
    Sweep scaled;  // of p·(1 + shift) and q
    Sweep single;  // of rows of float32, the sums with a relative error of 6e-7; may be missing
};

}  // namespace kullback
