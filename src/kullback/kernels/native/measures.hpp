// The measures that have a kernel, and one row of them: from two rows of numbers to a value that is promised, or NaN.
#pragma once

#include "accumulator.hpp"

namespace kullback {

enum class Measure : int { kl, jeffreys, jensen_shannon, total_variation, hellinger, chi_square, renyi };
constexpr int MEASURES = 7;

// A measure compiled for a level and a type of numbers.
struct Operation {
    Measure measure;
    bool single;   // float32 numbers
    bool swapped;  // the arguments change places
    Sweeps sweeps;
};

struct Row {
    const char* values;
    Index stride;  // in bytes
};

// The value for two rows of n outcomes, relative error at most 2e-14 (1e-6 for float32); NaN where that, or that the
// rows are probabilities, is not certain. `split` lets a long row be divided among threads.
double measure_row(const Operation& operation, const Parameters& parameters, Row p, Row q, Index n, double tolerance,
                   bool split);

// The operations compiled for a level, by measure and type (double, float).
const Operation& operation_of(int level, Measure measure, bool single, bool swapped);

// What the matrices of pairs need beside them.
struct PairFunctions {
    double (*mean_entropy)(const double* p, const double* q, const double* r, Index n);  // Σ m ln(m/r), m = (p + q)/2
    void (*log_ratios)(const double* p, const double* r, Index n, double* result);       // ln(p/r); 0 where p is 0
};
PairFunctions pair_functions_of(int level);

}  // namespace kullback
