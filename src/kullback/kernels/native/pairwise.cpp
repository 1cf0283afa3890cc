// What a matrix of divergences needs beside a matrix product (see kullback/kernels/pairwise.py): the value of a pair
// from sums that cancel, where they do not cancel too much, and else the row-wise kernel.
#include "numpy_api.hpp"

#include <cfenv>
#include <cmath>

#include "measures.hpp"
#include "threads.hpp"

namespace kullback {
namespace {

constexpr Index WORTH_THREADS = Index(1) << 18;  // outcomes, as for rows
constexpr npy_intp TASK = 64;             // pairs that a thread takes at a time

struct Pairs {
    const Operation* operation;
    PairFunctions functions;
};

double at(char** args, const npy_intp* steps, int which, npy_intp i) {
    return *reinterpret_cast<const double*>(args[which] + i * steps[which]);
}

double careful(const Pairs& pairs, char** args, const npy_intp* steps, npy_intp i, Index n, npy_intp p_step,
               npy_intp q_step, double tolerance) {
    return measure_row(*pairs.operation, Parameters(), {args[0] + i * steps[0], static_cast<Index>(p_step)},
                       {args[1] + i * steps[1], static_cast<Index>(q_step)}, n, tolerance, false);
}

// p, q, Σ p ln(q/r), Σ p ln(p/r), the least value that is not redone, tolerance → KL.
void kl_loop(char** args, const npy_intp* dimensions, const npy_intp* steps, void* data) {
    const Pairs& pairs = *static_cast<const Pairs*>(data);
    for (npy_intp i = 0; i < dimensions[0]; ++i) {
        double value = at(args, steps, 3, i) - at(args, steps, 2, i);
        if (!(value >= at(args, steps, 4, i)))
            value = careful(pairs, args, steps, i, static_cast<Index>(dimensions[1]), steps[7], steps[8],
                            at(args, steps, 5, i));
        *reinterpret_cast<double*>(args[6] + i * steps[6]) = value;
    }
    std::feclearexcept(FE_ALL_EXCEPT);
}

// p, q as given; p, q normalised; r; Σ p ln(p/r), Σ q ln(q/r); what the least value that is not redone has of the
// size of these two, and beside it; tolerance → JS.
struct JensenShannonPairs {
    const Pairs& pairs;
    char** args;
    const npy_intp *dimensions, *steps;

    void pair(npy_intp i) const {
        const Index n = static_cast<Index>(dimensions[1]);
        const auto row = [&](int which) { return reinterpret_cast<const double*>(args[which] + i * steps[which]); };
        const double own = 0.5 * (at(args, steps, 5, i) + at(args, steps, 6, i));
        double value = NAN;
        // The normalised rows and r are contiguous: the caller has made them.
        if (own < HUGE_VAL) value = own - pairs.functions.mean_entropy(row(2), row(3), row(4), n);
        if (!(value >= at(args, steps, 7, i) * (own + std::sqrt(own)) + at(args, steps, 8, i)))
            value = careful(pairs, args, steps, i, n, steps[11], steps[12], at(args, steps, 9, i));
        *reinterpret_cast<double*>(args[10] + i * steps[10]) = std::fmin(value, 0x1.62e42fefa39efp-1);
        if (value != value) *reinterpret_cast<double*>(args[10] + i * steps[10]) = value;
    }
};

void task(void* context, Index index) {
    const auto& work = *static_cast<const JensenShannonPairs*>(context);
    for (npy_intp i = index * TASK; i < (index + 1) * TASK && i < work.dimensions[0]; ++i) work.pair(i);
}

void jensen_shannon_loop(char** args, const npy_intp* dimensions, const npy_intp* steps, void* data) {
    JensenShannonPairs work{*static_cast<const Pairs*>(data), args, dimensions, steps};
    const npy_intp count = dimensions[0], tasks = (count + TASK - 1) / TASK;
    if (count > 0 && dimensions[1] >= WORTH_THREADS / count)
        run_tasks(static_cast<Index>(tasks), task, &work);
    else
        for (npy_intp i = 0; i < tasks; ++i) task(&work, static_cast<Index>(i));
    std::feclearexcept(FE_ALL_EXCEPT);
}

// Contiguous rows p and r → ln(p/r).
void log_ratio_loop(char** args, const npy_intp* dimensions, const npy_intp* steps, void* data) {
    const Pairs& pairs = *static_cast<const Pairs*>(data);
    for (npy_intp i = 0; i < dimensions[0]; ++i)
        pairs.functions.log_ratios(reinterpret_cast<const double*>(args[0] + i * steps[0]),
                                   reinterpret_cast<const double*>(args[1] + i * steps[1]),
                                   static_cast<Index>(dimensions[1]), reinterpret_cast<double*>(args[2] + i * steps[2]));
    std::feclearexcept(FE_ALL_EXCEPT);
}

}  // namespace
}  // namespace kullback

int register_pairwise(PyObject* functions, int level) {
    using namespace kullback;
    static Pairs pairs[3][2][2];
    static void* data[3][3][2];
    static PyUFuncGenericFunction loops[3][2] = {
        {kl_loop, kl_loop}, {jensen_shannon_loop, jensen_shannon_loop}, {log_ratio_loop, log_ratio_loop}};
    static char types[3][2 * 11];
    const char* names[] = {"kl_pairs", "jensen_shannon_pairs", "log_ratios"};
    const char* signatures[] = {"(k),(k),(),(),(),()->()", "(k),(k),(k),(k),(k),(),(),(),(),()->()", "(k),(k)->(k)"};
    const int arguments[] = {6, 10, 2};
    for (int i = 0; i < 3; ++i) {
        char* type = types[i];
        for (int which = 0; which < 2; ++which) {
            const bool single = which == 0 && i < 2;  // first: NumPy takes the first loop that fits
            Pairs& pair = pairs[level][i == 1][single];
            const Measure measure = i == 1 ? Measure::jensen_shannon : Measure::kl;
            pair = {&operation_of(level, measure, single, false), pair_functions_of(level)};
            data[level][i][which] = &pair;
            for (int argument = 0; argument <= arguments[i]; ++argument)
                *type++ = single && argument < 2 ? NPY_FLOAT : NPY_DOUBLE;
        }
        PyObject* made = PyUFunc_FromFuncAndDataAndSignature(loops[i], data[level][i], types[i], i == 2 ? 1 : 2,
                                                             arguments[i], 1, PyUFunc_None, names[i],
                                                             "A part of kullback.kernels.pairwise.", 0, signatures[i]);
        if (!made) return -1;
        const int failed = PyDict_SetItemString(functions, names[i], made);
        Py_DECREF(made);
        if (failed < 0) return -1;
    }
    return 0;
}
