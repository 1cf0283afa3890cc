// Relative entropies of members of a family, pair by pair, as generalized universal functions of NumPy.
#include "numpy_api.hpp"

#include <cfenv>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>

#include "measures.hpp"
#include "threads.hpp"

namespace kullback {

using Pairs = void (*)(const double*, const double*, const double*, const double*, double*, Index);
using Remainders = void (*)(const double*, const double*, double*, Index);
using Totals = void (*)(const double*, const double*, const double*, double*, Index);

struct FamilyTable {
    Pairs normal, gamma, beta;
    Remainders remainders;
    Totals dirichlet;
};

}  // namespace kullback

#define KULLBACK_KERNELS "families.hpp"
#include "for_each_level.hpp"

namespace kullback {
namespace {

const FamilyTable& families_of(int level) {
#if KULLBACK_X86_LEVELS
    if (level == LEVEL_V4) return v4::FAMILIES;
    if (level == LEVEL_V3) return v3::FAMILIES;
#endif
    return baseline::FAMILIES;
}

constexpr Index GATHERED = 512;
constexpr Index TASK = Index(1) << 14;  // pairs that a thread takes at a time

void gather(const char* values, npy_intp stride, Index n, double* to) {
    for (Index i = 0; i < n; ++i) std::memcpy(to + i, values + i * stride, sizeof(double));
}

struct Batch {
    Pairs pairs;
    char** args;
    const npy_intp* steps;
    Index count;

    void range(Index start, Index stop) const {
        double columns[4][GATHERED], found[GATHERED];
        for (Index at = start; at < stop; at += GATHERED) {
            const Index n = stop - at < GATHERED ? stop - at : GATHERED;
            for (int k = 0; k < 4; ++k) gather(args[k] + at * steps[k], steps[k], n, columns[k]);
            pairs(columns[0], columns[1], columns[2], columns[3], found, n);
            for (Index i = 0; i < n; ++i) std::memcpy(args[4] + (at + i) * steps[4], found + i, sizeof(double));
        }
    }
};

void batch_task(void* context, Index index) {
    const Batch& batch = *static_cast<const Batch*>(context);
    const Index start = index * TASK;
    batch.range(start, batch.count - start < TASK ? batch.count : start + TASK);
}

void pairs_loop(char** args, const npy_intp* dimensions, const npy_intp* steps, void* data) {
    Batch batch{reinterpret_cast<Pairs>(data), args, steps, static_cast<Index>(dimensions[0])};
    if (batch.count >= 2 * TASK)
        run_tasks((batch.count + TASK - 1) / TASK, batch_task, &batch);
    else
        batch.range(0, batch.count);
    std::feclearexcept(FE_ALL_EXCEPT);  // NaN is an answer here, not a fault to warn of
}

struct VectorBatch {
    const FamilyTable& table;
    char** args;
    const npy_intp* steps;
    Index count, size, rows;  // vectors, their length, and how many a thread takes at a time

    // Vectors are laid one behind the other, so that short ones fill the lanes too.
    void range(Index start, Index stop) const {
        double first[GATHERED], second[GATHERED], each[GATHERED];
        double parts[GATHERED], from[GATHERED], step[GATHERED], found[GATHERED];
        const Index group = size < GATHERED ? GATHERED / (size ? size : 1) : 1;
        for (Index at = start; at < stop; at += group) {
            const Index n = stop - at < group ? stop - at : group;
            for (Index i = 0; i < n; ++i) parts[i] = from[i] = step[i] = 0.0;
            // All of a few vectors at once, or one long vector piece by piece.
            for (Index piece = 0; piece < size; piece += GATHERED) {
                const Index width = size - piece < GATHERED ? size - piece : GATHERED;
                for (Index i = 0; i < n; ++i) {
                    const char* a = args[0] + (at + i) * steps[0] + piece * steps[3];
                    const char* b = args[1] + (at + i) * steps[1] + piece * steps[4];
                    gather(a, steps[3], width, first + i * width);
                    gather(b, steps[4], width, second + i * width);
                }
                table.remainders(first, second, each, n * width);
                for (Index i = 0; i < n; ++i)
                    for (Index k = i * width; k < (i + 1) * width; ++k) {
                        parts[i] += each[k];
                        from[i] += first[k];
                        step[i] += second[k] - first[k];
                    }
            }
            table.dirichlet(parts, from, step, found, n);
            for (Index i = 0; i < n; ++i) std::memcpy(args[2] + (at + i) * steps[2], found + i, sizeof(double));
        }
    }
};

void vector_task(void* context, Index index) {
    const VectorBatch& batch = *static_cast<const VectorBatch*>(context);
    const Index start = index * batch.rows;
    batch.range(start, batch.count - start < batch.rows ? batch.count : start + batch.rows);
}

void vectors_loop(char** args, const npy_intp* dimensions, const npy_intp* steps, void* data) {
    const Index count = static_cast<Index>(dimensions[0]), size = static_cast<Index>(dimensions[1]);
    VectorBatch batch{*static_cast<const FamilyTable*>(data), args, steps, count, size, TASK / (size + 1) + 1};
    if (count > 1 && count >= 2 * batch.rows)
        run_tasks((count + batch.rows - 1) / batch.rows, vector_task, &batch);
    else
        batch.range(0, count);
    std::feclearexcept(FE_ALL_EXCEPT);
}

}  // namespace
}  // namespace kullback

int register_families(PyObject* functions, int level) {
    using namespace kullback;
    constexpr int COUNT = 4;
    static void* data[3][COUNT];
    static PyUFuncGenericFunction loops[2] = {pairs_loop, vectors_loop};
    static char types[5] = {NPY_DOUBLE, NPY_DOUBLE, NPY_DOUBLE, NPY_DOUBLE, NPY_DOUBLE};
    const FamilyTable& table = families_of(level);
    void* chosen[COUNT] = {reinterpret_cast<void*>(table.normal), reinterpret_cast<void*>(table.gamma),
                           reinterpret_cast<void*>(table.beta), const_cast<FamilyTable*>(&table)};
    const char* names[COUNT] = {"normal_kl", "gamma_kl", "beta_kl", "dirichlet_kl"};
    for (int i = 0; i < COUNT; ++i) {
        const bool vectors = i == 3;
        data[level][i] = chosen[i];
        PyObject* made = PyUFunc_FromFuncAndDataAndSignature(
            &loops[vectors], &data[level][i], types, 1, vectors ? 2 : 4, 1, PyUFunc_None, names[i],
            "Relative entropy of members of a family; NaN where the value is not promised.", 0,
            vectors ? "(n),(n)->()" : "(),(),(),()->()");
        if (!made) return -1;
        const int failed = PyDict_SetItemString(functions, names[i], made);
        Py_DECREF(made);
        if (failed < 0) return -1;
    }
    return 0;
}
