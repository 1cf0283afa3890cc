// Divergences of probabilities as generalized universal functions of NumPy: f(p, q, tolerance, …parameters).
#include "numpy_api.hpp"

#include <cfenv>
#include <cmath>

#include "measures.hpp"
#include "threads.hpp"

namespace kullback {
namespace {

constexpr Index WORTH_THREADS = Index(1) << 18;  // outcomes; starting a thread costs as much as some 30 000
constexpr Index TASK = Index(1) << 16;           // outcomes of short rows that a thread takes at a time

Parameters parameters_of(Measure measure, char** args, const npy_intp* steps, npy_intp row) {
    Parameters result;
    const auto argument = [&](int i) { return *reinterpret_cast<const double*>(args[i] + row * steps[i]); };
    if (measure == Measure::renyi) {
        result.alpha = argument(3);
        result.beta = 1.0 - result.alpha;
        result.inverse_beta = 1.0 / result.beta;
        double sum = 1.0, factorial = 2.0;
        for (int k = 0; k < 20; ++k) {
            result.series[k] = sum / factorial;
            sum = 1.0 + result.beta * sum;
            factorial *= k + 3.0;
        }
    }
    if (measure == Measure::jensen_shannon) {
        result.v = argument(3);
        result.w = argument(4);
    }
    return result;
}

struct Rows {
    const Operation& operation;
    char** args;
    const npy_intp *dimensions, *steps;
    int arguments;
    bool split;
    Index batch;

    void row(npy_intp i, const Parameters& parameters) const {
        const Row p{args[0] + i * steps[0], static_cast<Index>(steps[arguments + 1])};
        const Row q{args[1] + i * steps[1], static_cast<Index>(steps[arguments + 2])};
        const double tolerance = *reinterpret_cast<const double*>(args[2] + i * steps[2]);
        *reinterpret_cast<double*>(args[arguments] + i * steps[arguments]) =
            measure_row(operation, parameters, p, q, static_cast<Index>(dimensions[1]), tolerance, split);
    }

    void range(npy_intp start, npy_intp stop) const {
        Parameters parameters = parameters_of(operation.measure, args, steps, start);
        for (npy_intp i = start; i < stop; ++i) {
            for (int k = 3; k < arguments; ++k)
                if (steps[k] != 0 && i != start) parameters = parameters_of(operation.measure, args, steps, i);
            row(i, parameters);
        }
    }
};

void batch_task(void* context, Index index) {
    const Rows& rows = *static_cast<const Rows*>(context);
    const npy_intp start = static_cast<npy_intp>(index) * rows.batch, count = rows.dimensions[0];
    rows.range(start, count - start < rows.batch ? count : start + rows.batch);
}

template <int ARGUMENTS>
void loop(char** args, const npy_intp* dimensions, const npy_intp* steps, void* data) {
    const Operation& operation = *static_cast<const Operation*>(data);
    const npy_intp count = dimensions[0], n = dimensions[1];
    const bool worth_threads = count > 0 && n >= WORTH_THREADS / count;
    Rows rows{operation, args, dimensions, steps, ARGUMENTS, worth_threads && count == 1, n < TASK ? TASK / (n + 1) + 1 : 1};
    if (worth_threads && count > 1)
        run_tasks(static_cast<Index>((count + rows.batch - 1) / rows.batch), batch_task, &rows);
    else
        rows.range(0, count);
    std::feclearexcept(FE_ALL_EXCEPT);  // NaN is an answer here, not a fault to warn of
}

struct Function {
    const char* name;
    const char* signature;
    Measure measure;
    bool swapped;
    int arguments;
};

const Function FUNCTIONS[] = {
    {"kl", "(n),(n),()->()", Measure::kl, false, 3},
    {"kl_reverse", "(n),(n),()->()", Measure::kl, true, 3},
    {"jeffreys", "(n),(n),()->()", Measure::jeffreys, false, 3},
    {"jensen_shannon", "(n),(n),(),(),()->()", Measure::jensen_shannon, false, 5},
    {"tv", "(n),(n),()->()", Measure::total_variation, false, 3},
    {"hellinger", "(n),(n),()->()", Measure::hellinger, false, 3},
    {"chi2", "(n),(n),()->()", Measure::chi_square, false, 3},
    {"neyman_chi2", "(n),(n),()->()", Measure::chi_square, true, 3},
    {"renyi", "(n),(n),(),()->()", Measure::renyi, false, 4},
    {"renyi_reverse", "(n),(n),(),()->()", Measure::renyi, true, 4},
};
constexpr int COUNT = sizeof FUNCTIONS / sizeof *FUNCTIONS;

}  // namespace
}  // namespace kullback

int register_probabilities(PyObject* functions, int level) {
    using namespace kullback;
    static void* data[3][COUNT][2];
    static PyUFuncGenericFunction loops[COUNT][2];
    static char types[COUNT][2][6];
    for (int i = 0; i < COUNT; ++i) {
        const Function& function = FUNCTIONS[i];
        const PyUFuncGenericFunction chosen = function.arguments == 3   ? loop<3>
                                              : function.arguments == 4 ? loop<4>
                                                                        : loop<5>;
        char* type = &types[i][0][0];
        for (int which = 0; which < 2; ++which) {
            const bool single = which == 0;  // first: NumPy takes the first loop that the arguments can be cast to
            data[level][i][which] =
                const_cast<Operation*>(&operation_of(level, function.measure, single, function.swapped));
            loops[i][which] = chosen;
            for (int argument = 0; argument <= function.arguments; ++argument)
                *type++ = single && argument < 2 ? NPY_FLOAT : NPY_DOUBLE;
        }
        PyObject* made = PyUFunc_FromFuncAndDataAndSignature(
            loops[i], data[level][i], &types[i][0][0], 2, function.arguments, 1, PyUFunc_None, function.name,
            "A row-wise divergence; NaN where the value is not promised.", 0, function.signature);
        if (!made) return -1;
        const int failed = PyDict_SetItemString(functions, function.name, made);
        Py_DECREF(made);
        if (failed < 0) return -1;
    }
    return 0;
}
